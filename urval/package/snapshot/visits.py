"""Pictures of the account's page: what a browser without a log-in saw of it, and what a person attached in the review.

Of the first the capture tells when, and by which browser; of the second a person says who took it, when, and why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from urval.package.snapshot.figures import Picture, picture_of
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.view import AttachedView
    from urval.records import MediaItem


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDoc:
    """One picture of the page as shown, with the facts about it."""

    heading: str
    phone: bool
    picture: Picture
    lines: tuple[tuple[str, str], ...]
    link: str = ""  # a file that is not shown but can be opened, relative to the package's data/


def visits_of(
    items: Iterable[MediaItem], labels: Labels, *, has_file: Callable[[MediaItem], bool]
) -> tuple[VisitDoc, ...]:
    """Return the document data of the pictures, in the order given."""
    return tuple(_visit(item, labels, has_file=has_file(item)) for item in items)


def _visit(item: MediaItem, labels: Labels, *, has_file: bool) -> VisitDoc:
    phone = item.kind is MediaKind.PAGE_PHONE
    heading = labels["visit_phone" if phone else "visit_desktop"]
    time = labels.time(item.captured_at) if item.captured_at else ""
    address = item.source_url or ""
    alt = labels.say("visit_alt", heading=heading, address=address, time=time)
    size = f"{labels.number(item.width)} × {labels.number(item.height)}" if item.width and item.height else ""
    told = (
        ("address", address),
        ("visit_time", time),
        ("visit_browser", item.alt_text or ""),
        ("visit_size", size),
        ("media_file", item.file or ""),
        ("visit_digest", item.sha256 or ""),
    )
    return VisitDoc(
        heading=heading,
        phone=phone,
        picture=replace(picture_of(item, labels, has_file=has_file), alt=alt, has_alt=True),
        lines=tuple((labels[key], value) for key, value in told if value),
    )


def attached_of(views: Iterable[AttachedView], labels: Labels) -> tuple[VisitDoc, ...]:
    """Return the document data of what was attached in the review, in the order given; of a PDF, what names it."""
    return tuple(_attached(view, labels) for view in views)


def _attached(view: AttachedView, labels: Labels) -> VisitDoc:
    told = (
        ("attached_taken_by", view.taken_by),
        ("visit_time", labels.time(view.taken_at)),
        ("attached_by", view.attached_by),
        ("media_file", view.file),
        ("visit_digest", view.sha256),
    )
    shown = view.mime == "image/png"
    alt = labels.say("attached_alt", caption=view.caption, name=view.taken_by, time=labels.time(view.taken_at))
    picture = Picture(
        state="shown" if shown else "file",
        file=view.file if shown else "",
        alt=alt if shown else "",
        has_alt=shown,
        width=0,
        height=0,
        heading=labels["attached_pdf"],
        lines=((labels["media_file"], view.file),),
    )
    return VisitDoc(
        heading=view.caption,
        phone=False,
        picture=picture,
        lines=tuple((labels[key], value) for key, value in told),
        link="" if shown else view.file,
    )
