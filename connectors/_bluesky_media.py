"""Pictures and films of Bluesky: originals from the account's own data server, others' as the AppView shows them.

A blob's identifier holds its SHA-256 (CID version 1, raw, sha2-256, base32), so that an original vouches for itself.
Which data server another author uses is not told; of their pictures the AppView's largest size is taken, re-encoded by
it, and of their films its still picture alone.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from connectors._connector import MediaRef
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterator

_RAW_SHA256: Final = b"\x01\x55\x12\x20"
_CID_SIGNS, _CID_BYTES = 59, 36
_KINDS: Final = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_DEEPEST = 8  # levels of an embed; the deepest known is four
_LARGEST_SIDE = 1_000_000  # pixels; more is no size
_SHOWN: Final = re.compile(r"/plain/(did:[^/]+)/(b[a-z2-7]{58})(?:@|$)")
_STREAM = "the film lies on its author's data server; the AppView has a stream of it"


def sha256_of(cid: str) -> str | None:
    """Return the SHA-256 (hex) that a blob's identifier holds; None for one of another kind."""
    if not cid.startswith("b") or len(cid) != _CID_SIGNS:
        return None
    try:
        data = base64.b32decode(cid[1:].upper() + "======")
    except binascii.Error:
        return None
    return data[4:].hex() if data.startswith(_RAW_SHA256) and len(data) == _CID_BYTES else None


def blob_of(did: str, cid: str) -> str:
    """Return where an original lies on its author's data server."""
    return f"/xrpc/com.atproto.sync.getBlob?did={quote(did, safe='')}&cid={quote(cid, safe='')}"


def uploaded(owner: str, did: str, embed: Any) -> tuple[MediaRef, ...]:
    """Return the originals that a record of the account itself names, in order."""
    return tuple(
        MediaRef(
            id=f"{owner}:{number}", url=blob_of(did, cid), base="pds_url", sha256=sha256_of(cid),
            kind=_KINDS.get(str(blob.get("mimeType")).partition("/")[0], MediaKind.FILE), **_about(holder),
        )
        for number, (cid, blob, holder) in enumerate(_blobs(embed, {}, 0), 1)
    )  # fmt: skip


def _blobs(value: Any, holder: dict[str, Any], depth: int) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Yield identifier and blob, and the object it stands in, which holds its alt text and size."""
    members = value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()
    ref = value.get("ref") if isinstance(value, dict) else None
    if isinstance(ref, dict) and isinstance(ref.get("$link"), str):
        yield ref["$link"], value, holder
    elif isinstance(value, dict) and isinstance(value.get("cid"), str) and isinstance(value.get("mimeType"), str):
        yield value["cid"], value, holder  # the form of 2022 and early 2023
    elif depth < _DEEPEST:
        for member in members:
            yield from _blobs(member, value if isinstance(value, dict) else holder, depth + 1)


def shown(owner: str, view: Any) -> tuple[MediaRef, ...]:
    """Return what the AppView shows of the pictures and films of an answer, in order."""
    found = [*_addresses(view, 0)]
    return tuple(
        MediaRef(id=f"{owner}:{number}", url=url, kind=kind, withheld=words, never=bool(words), **_about(holder))
        for number, (url, kind, words, holder) in enumerate(found, 1)
    )


def _addresses(value: Any, depth: int) -> Iterator[tuple[str | None, MediaKind, str, dict[str, Any]]]:
    if isinstance(value, list):
        for member in value:
            yield from _addresses(member, depth + 1)
    if not isinstance(value, dict):
        return
    if isinstance(value.get("playlist"), str):
        yield None, MediaKind.VIDEO, _STREAM, value
    url = value.get("fullsize") or value.get("thumbnail") or value.get("thumb")
    if isinstance(url, str):
        yield url, MediaKind.IMAGE, "", value
    elif depth < _DEEPEST:
        for name, member in value.items():
            if name != "record":  # what is quoted is another's
                yield from _addresses(member, depth + 1)


def profile_picture(owner: str, kind: MediaKind, url: str) -> MediaRef:
    """Return the original of an avatar or banner, where the AppView's address names it; else what is shown."""
    named = _SHOWN.search(url)
    if named is None:
        return MediaRef(id=f"{owner}:{kind}", url=url, kind=kind)
    did, cid = named.groups()
    return MediaRef(id=f"{owner}:{kind}", url=blob_of(did, cid), base="pds_url", sha256=sha256_of(cid), kind=kind)


def _about(holder: dict[str, Any]) -> dict[str, Any]:
    ratio, alt = holder.get("aspectRatio"), holder.get("alt")
    sides = [ratio.get(name) if isinstance(ratio, dict) else None for name in ("width", "height")]
    width, height = (side if isinstance(side, int) and 0 < side < _LARGEST_SIDE else None for side in sides)
    return {"alt_text": alt if isinstance(alt, str) and alt else None, "width": width, "height": height}
