"""The pictures of the account's public page: what a browser without a log-in saw of it, when, and by which browser."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from urval.package.snapshot.figures import Picture, picture_of
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from urval.package.snapshot.labels import Labels
    from urval.records import MediaItem


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitDoc:
    """One picture of the page as shown, with the facts about it."""

    heading: str
    phone: bool
    picture: Picture
    lines: tuple[tuple[str, str], ...]


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
