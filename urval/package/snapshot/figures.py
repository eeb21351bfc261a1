"""A medium as the snapshot shows it: a picture, a frame that names a file, or a frame that says why it is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from urval.errors import PackageError
from urval.records import MediaKind

if TYPE_CHECKING:
    from urval.package.snapshot.labels import Labels
    from urval.records import MediaItem

# Only these are ever shown by a browser; SVG can carry script and stays a named file.
_SHOWN = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
_FILE = re.compile(r"media/[0-9a-f]{64}\.[a-z0-9]{1,8}")
_PICTURE_KINDS = frozenset(
    {MediaKind.IMAGE, MediaKind.AVATAR, MediaKind.COVER, MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One medium as shown. ``file`` is relative to the package's ``data/``; ``lines`` are the words of a frame."""

    state: Literal["shown", "file", "gap"]
    file: str
    alt: str
    has_alt: bool
    width: int  # pixels, 0 if not known
    height: int
    heading: str
    lines: tuple[tuple[str, str], ...]


def picture_of(item: MediaItem | None, labels: Labels, *, has_file: bool, alt: str = "") -> Picture:
    """Return what stands for a medium; ``has_file`` tells whether its bytes are at hand.

    Raises:
        PackageError: The medium names a file outside ``media/``.
    """
    if item is None:
        return _frame("gap", labels.say("media_missing", kind=labels["media.file"]),
                      ((labels["media_reason"], labels["gap.no_record"]),))  # fmt: skip
    if item.file is not None and _FILE.fullmatch(item.file) is None:
        raise PackageError(f"The medium {item.id} names the file {item.file!r}, which is no media/<sha256>.<ending>.")
    kind = labels[f"media.{item.kind.value}"]
    if item.file is None or not has_file:
        reason = labels[f"gap.{item.gap.value}"] if item.gap else labels["gap.no_file"]
        lines = ((labels["media_reason"], reason), *_told(item, labels))
        return _frame("gap", labels.say("media_missing", kind=kind), lines, item.alt_text)
    if item.kind not in _PICTURE_KINDS or item.mime not in _SHOWN:
        lines = ((labels["media_file"], item.file), *_told(item, labels))
        return _frame("file", labels.say("media_unshown", kind=kind), lines, item.alt_text)
    told = (item.alt_text or "").strip()
    return Picture(state="shown", file=item.file, alt=told or alt or labels["alt_none"], has_alt=bool(told),
                   width=item.width or 0, height=item.height or 0, heading="",
                   lines=((labels["media_file"], item.file),))  # fmt: skip


def _told(item: MediaItem, labels: Labels) -> tuple[tuple[str, str], ...]:
    lines: list[tuple[str, str]] = []
    if item.mime or item.bytes is not None:
        size = labels.say("media_bytes", count=labels.number(item.bytes)) if item.bytes is not None else ""
        lines.append((labels["media_size"], ", ".join(part for part in (size, item.mime or "") if part)))
    if item.sha256:
        lines.append(("SHA-256", item.sha256))
    if item.file is None and item.source_url:
        lines.append((labels["address"], item.source_url))
    return tuple(lines)


def _frame(
    state: Literal["file", "gap"], heading: str, lines: tuple[tuple[str, str], ...], alt: str | None = None
) -> Picture:
    told = (alt or "").strip()
    return Picture(state=state, file="", alt=told, has_alt=bool(told), width=0, height=0, heading=heading, lines=lines)
