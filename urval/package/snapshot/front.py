"""The first page's document data: the account's page as it presented itself, and where everything comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.package.snapshot.document import gap_line
from urval.package.snapshot.figures import Picture, picture_of
from urval.package.snapshot.visits import VisitDoc, attached_of, visits_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.package.snapshot.document import DocumentMaker
    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.richtext import Block
    from urval.package.snapshot.view import SnapshotView
    from urval.records import MediaItem

_DIGEST_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoc:
    """The first page, and the lines that stand on every page."""

    title: str
    archive: str
    account: str
    platform: str
    span: str
    name: str
    initial: str
    handle: str
    about: tuple[Block, ...]
    address: str
    links: tuple[str, ...]
    figures: tuple[tuple[str, str], ...]
    missing: str  # said when the profile could not be had
    avatar: Picture | None
    cover: Picture | None
    visits: tuple[VisitDoc, ...]
    attached: tuple[VisitDoc, ...]
    provenance: tuple[tuple[str, str], ...]
    verify: str
    cannot: tuple[str, ...]
    gaps: tuple[str, ...]
    footer: str


def front_of(
    view: SnapshotView, labels: Labels, maker: DocumentMaker, *, has_file: Callable[[MediaItem], bool]
) -> FrontDoc:
    """Return the document data of the first page."""
    profile = view.profile
    name = profile.name if profile else view.account.name
    span = labels.span(view.period_start, view.period_end)

    def shown(item: MediaItem | None, alt: str) -> Picture | None:
        if item is None:
            return None
        return picture_of(item, labels, has_file=has_file(item), alt=labels.say(alt, name=name))

    return FrontDoc(
        title=labels.say("title", account=name, platform=view.platform_name, period=span),
        archive=view.archive_name,
        account=view.account.name,
        platform=view.platform_name,
        span=span,
        name=name,
        initial=next((char.upper() for char in name if char.isalpha()), "·"),
        handle=_handle(view),
        about=maker.blocks(profile.about or "", profile.platform) if profile else (),
        address=(profile.url or "") if profile else "",
        links=tuple(link for link in profile.links if link != profile.url) if profile else (),
        figures=_figures(view, labels),
        missing="" if profile else labels["profile_missing"],
        avatar=shown(view.avatar, "alt_avatar"),
        cover=shown(view.cover, "alt_cover"),
        visits=visits_of(view.page_views, labels, has_file=has_file),
        attached=attached_of(view.attached, labels),
        provenance=tuple((labels[key], value) for key, value in _provenance(view, labels, span) if value),
        verify=labels["verify_line"],
        cannot=view.cannot_show or (labels["cannot_1"], labels["cannot_2"], labels["cannot_3"]),
        gaps=tuple(gap_line(gap, labels) for gap in view.gaps),
        footer=labels.say(
            "footer",
            source=_source(view),
            time=labels.time(view.capture.captured_at),
            digest=view.capture.digest[:_DIGEST_SHORT],
        ),
    )


def _provenance(view: SnapshotView, labels: Labels, span: str) -> list[tuple[str, str]]:
    counts = view.counts
    numbers = {word: labels.number(getattr(counts, word)) for word in ("frame", "kept", "dropped", "excluded")}
    return [
        ("archive", view.archive_name),
        ("account", f"{view.account.name}, {view.platform_name}"),
        ("account_class", labels.coded("class", view.account.account_class)),
        ("owner", view.account.owner),
        ("purpose", view.account.purpose),
        ("period", span),
        ("occasion", view.occasion),
        ("selection", labels.say("selection_line", **numbers)),
        ("source", _source(view)),
        ("captured", labels.time(view.capture.captured_at)),
        ("digest", view.capture.digest),
        ("package", view.package_id or ""),
        ("times", labels.say("times_line", timezone=view.timezone)),
    ]


def _source(view: SnapshotView) -> str:
    version = f" {view.capture.api_version}" if view.capture.api_version else ""
    interface = f"{view.capture.interface}{version}"
    # An interface that bears the platform's name ("WordPress REST API") says it once.
    return interface if interface.startswith(view.platform_name) else f"{view.platform_name}, {interface}"


def _handle(view: SnapshotView) -> str:
    handle = view.profile.handle if view.profile else None
    return f"@{handle.lstrip('@')}" if handle else ""


def _figures(view: SnapshotView, labels: Labels) -> tuple[tuple[str, str], ...]:
    if view.profile is None:
        return ()
    told = (("followers", view.profile.followers), ("likes", view.profile.likes), ("posts", view.profile.posts))
    return tuple((labels.number(count), labels[word]) for word, count in told if count is not None)
