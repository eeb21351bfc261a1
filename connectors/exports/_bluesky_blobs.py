"""The blobs of a Bluesky record: pictures, films and captions by their CID, wherever in the embed they stand.

A repository file holds none of them. Tools that save an account's blobs too name each file by its CID
(``goat blob export``); such files are taken, and checked: a blob's CID holds its SHA-256.

Source: lexicons app.bsky.embed.* of 2026; AT Protocol data model, blob type.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from connectors._cbor import Link, cid_text
from connectors.exports._reader import medium
from urval.records import GapReason, MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem

_KINDS: Final = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_ABSENT = "a repository file holds no pictures or films, only their digests"
_RAW: Final = b"\x01\x55\x12\x20"  # CIDv1, raw, SHA-256 of 32 bytes
_LARGEST_SIDE = 1_000_000  # pixels; more is no size


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob that a record names; sizes in pixels as the record says."""

    cid: str
    mime: str
    alt_text: str | None
    width: int | None
    height: int | None


def blobs_in(value: Any, holder: Any = None) -> Iterator[Blob]:
    """Yield the blobs of a decoded record in order; alt text and size stand in the object that holds the blob."""
    if isinstance(value, list):
        for member in value:
            yield from blobs_in(member, holder)
    if not isinstance(value, dict):
        return
    ref, mime = value.get("ref"), value.get("mimeType")
    if value.get("$type") == "blob" and isinstance(ref, Link):
        yield _blob(str(ref), mime, holder)
    elif isinstance(value.get("cid"), str) and isinstance(mime, str):
        yield _blob(value["cid"], mime, holder)  # the form of 2022 and early 2023
    else:
        for member in value.values():
            yield from blobs_in(member, value)


def _blob(cid: str, mime: Any, holder: Any) -> Blob:
    about = holder if isinstance(holder, dict) else {}
    ratio = about.get("aspectRatio")
    alt = about.get("alt")
    sides = [ratio.get(name) if isinstance(ratio, dict) else None for name in ("width", "height")]
    width, height = (side if isinstance(side, int) and 0 < side < _LARGEST_SIDE else None for side in sides)
    return Blob(cid, str(mime or ""), alt if isinstance(alt, str) else None, width, height)


class BlobShelf:
    """The blobs that lie beside the repository in the export, by CID."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        stems = ((name.rpartition("/")[2].partition(".")[0], name) for name in archive.names)
        self._files = {stem: name for stem, name in stems if stem.startswith("bafkrei")}

    def keep(
        self, blob: Blob, number: int, owner: str, thread: str | None, kind: MediaKind | None = None
    ) -> tuple[MediaItem, tuple[Gap, ...]]:
        """Return a blob's record, and a gap if it is not there or not what its CID says."""
        key = f"{owner}:{kind or number}"
        item, gaps = medium(
            self._archive, self._job, "bluesky", id=key, owner_id=owner, thread_id=thread,
            kind=kind or _KINDS.get(blob.mime.partition("/")[0], MediaKind.FILE), member=self._files.get(blob.cid),
            alt_text=blob.alt_text, width=blob.width, height=blob.height,
            missing=f"{_ABSENT} ({blob.cid})", absent=GapReason.INTERFACE_LIMIT,
        )  # fmt: skip
        if item.sha256 is None or cid_text(_RAW + bytes.fromhex(item.sha256)) == blob.cid:
            return item, gaps
        words = f"the file named {blob.cid} has other bytes than that CID"
        changed = replace(item, gap=GapReason.CHANGED, file=None, sha256=None, bytes=None, mime=None)
        return changed, (self._job.gap("media", key, GapReason.CHANGED, words, thread),)
