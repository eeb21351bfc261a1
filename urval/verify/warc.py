"""The digests of what records were made of in a WARC, with the standard library alone (ISO 28500, WARC/1.0 and 1.1)."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING, BinaryIO

from urval.verify.layout import EXPANSION, FREE_BYTES, HTTP_HEADER_BYTES, WARC

if TYPE_CHECKING:
    from urval.verify.reader import PackageReader

_HEADER_LINES = 200
_LINE = 1 << 16
_BLOCK = 1 << 18


def source_digests(reader: PackageReader) -> set[bytes]:
    """Return the SHA-256 of the body of every response and of the block of every resource, as stored.

    Raises:
        OSError: The file is no gzip file, or cannot be read.
        EOFError: It is cut off.
        zlib.error: It is damaged.
        ValueError: A record is malformed, or the file unpacks to more than honest exchanges would.
    """
    most = max(FREE_BYTES, EXPANSION * reader.size(WARC))
    digests: set[bytes] = set()
    with reader.open(WARC) as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        stream: BinaryIO = unpacked  # type: ignore[assignment]  # GzipFile reads as a BinaryIO does
        while (headers := _headers(stream)) is not None:
            length = int(headers.get("content-length", "-1"))
            if not 0 <= length <= most:
                raise ValueError("a WARC record has an impossible length")
            if headers.get("warc-type") == "response":
                digests.add(_body_digest(stream, length))
            elif headers.get("warc-type") == "resource":
                digests.add(_digest(stream, length))
            else:
                _skip(stream, length)
            if stream.read(4) != b"\r\n\r\n":
                raise ValueError("a WARC record does not end where it says")
            if unpacked.tell() > most:
                raise ValueError(f"unpacks to more than {most} bytes")
    return digests


def _headers(stream: BinaryIO) -> dict[str, str] | None:
    """Return a record's headers by lower-case name, or None at the end of the file."""
    first = stream.readline(_LINE)
    if not first:
        return None
    if not first.startswith(b"WARC/1."):
        raise ValueError("a WARC record does not begin with its version")
    headers: dict[str, str] = {}
    for _ in range(_HEADER_LINES):
        line = stream.readline(_LINE)
        if line == b"\r\n":
            return headers
        name, colon, value = line.decode("utf-8").partition(":")
        if not colon or not line.endswith(b"\r\n"):
            raise ValueError("a WARC record has a malformed header")
        headers[name.lower()] = value.strip()
    raise ValueError("a WARC record has too many headers")


def _body_digest(stream: BinaryIO, length: int) -> bytes:
    """Return the digest of what follows the HTTP headers of a block of ``length`` bytes."""
    read = 0
    while True:
        line = stream.readline(min(_LINE, length - read))
        read += len(line)
        if line in {b"\r\n", b"\n"}:
            break
        if not line or read > HTTP_HEADER_BYTES:
            raise ValueError("a response has no end of headers")
    return _digest(stream, length - read)


def _digest(stream: BinaryIO, length: int) -> bytes:
    digest = hashlib.sha256()
    while length:
        block = stream.read(min(_BLOCK, length))
        if not block:
            raise EOFError("a WARC record is cut off")
        digest.update(block)
        length -= len(block)
    return digest.digest()


def _skip(stream: BinaryIO, length: int) -> None:
    while length:
        block = stream.read(min(_BLOCK, length))
        if not block:
            raise EOFError("a WARC record is cut off")
        length -= len(block)
