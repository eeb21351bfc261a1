"""Files of a package on their way to a browser: what they may pass as, in parts where asked, in checked bytes only."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

_CHUNK = 1 << 18  # bytes
_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
POLICY = "sandbox; default-src 'none'"
# What a browser may show by itself: by the ending and the first bytes, both of which must fit.
_SHOWN: dict[str, tuple[str, re.Pattern[bytes]]] = {
    "png": ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    "jpg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    "jpeg": ("image/jpeg", re.compile(rb"\xff\xd8\xff")),
    "gif": ("image/gif", re.compile(rb"GIF8[79]a")),
    "webp": ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    "mp4": ("video/mp4", re.compile(rb"....ftyp", re.DOTALL)),
    "pdf": ("application/pdf", re.compile(rb"%PDF-")),
}


def shown_as(path: str) -> str:
    """Return the media type a file may be shown as by its ending; "" where it may only be saved."""
    return _SHOWN.get(path.rpartition(".")[2].lower(), ("", None))[0]


def type_of(path: str, head: bytes) -> str | None:
    """Return the media type under which a browser may show a file; None where it may only save it.

    Args:
        path: Its name, whose ending counts.
        head: Its first 16 bytes at least, which must be those of such a file.
    """
    kind, magic = _SHOWN.get(path.rpartition(".")[2].lower(), ("", None))
    return kind if magic is not None and magic.match(head) else None


def send(file: BinaryIO, path: str, *, size: int, asked: str | None, save: bool = False) -> Response:
    """Return the answer that sends a checked file, whole or the one range that was asked for.

    Args:
        file: The open file, every byte of which was checked; it is closed when it was sent.
        path: Its path in the package; the name it is saved under is the last part.
        size: Its size in bytes.
        asked: The request's ``Range``.
        save: Whether it is to be saved, whatever it is.
    """
    kind = type_of(path, file.read(16))
    placed = "inline" if _stands_alone(kind) and not save else "attachment"
    name = quote(path.rpartition("/")[2])
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "Content-Disposition": f"{placed}; filename*=UTF-8''{name}",
        "Content-Encoding": "identity",  # a range of packed bytes is none of the file
    }
    span = _span(asked, size)
    if span is None:
        file.close()
        return Response(status_code=416, headers={"Content-Range": f"bytes */{size}"})
    first, end = span
    headers["Content-Length"] = str(end - first)
    status = 200
    if asked and (first, end) != (0, size):
        status, headers["Content-Range"] = 206, f"bytes {first}-{end - 1}/{size}"
    return StreamingResponse(
        _parts(file, first, end), status, headers=headers, media_type=kind or "application/octet-stream"
    )


def _stands_alone(kind: str | None) -> bool:
    """Tell whether a browser shows it by itself: a viewer of PDF refuses to start in a sandbox, so PDF is saved."""
    return kind is not None and kind != "application/pdf"


def _span(asked: str | None, size: int) -> tuple[int, int] | None:
    """Return the first byte and the byte after the last; the whole where several ranges or none is asked for."""
    found = _RANGE.match(asked.strip()) if asked and len(asked) < 100 else None  # noqa: PLR2004 - two numbers
    if found is None or found.groups() == ("", ""):
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(0, size - int(last)), size) if int(last) else None
    start, end = int(first), min(size, int(last) + 1) if last else size
    return (start, end) if start < end else None


def _parts(file: BinaryIO, first: int, end: int) -> Iterator[bytes]:
    with closing(file):
        file.seek(first)
        while first < end and (data := file.read(min(_CHUNK, end - first))):
            first += len(data)
            yield data
