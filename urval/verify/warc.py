"""What a WARC holds, with the standard library alone (ISO 28500, WARC/1.0 and 1.1): digests, and exchange by exchange.

An exchange is a response and what follows it and names it in ``WARC-Concurrent-To``: its request, its metadata.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from urval.verify.layout import EXPANSION, FREE_BYTES, HTTP_HEADER_BYTES, WARC

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.verify.reader import PackageReader

MARK = b"REDACTED"  # stands where a secret was
_HEADER_LINES = 200
_LINE = 1 << 16
_BLOCK = 1 << 18
_NOTES = 1 << 20  # bytes of a metadata record


@dataclass(slots=True)
class Exchange:
    """A request and its answer. ``marks`` counts, part by part, the places (of headers the lines) with a mark."""

    target: str
    record_id: str
    digest: bytes  # SHA-256 of the body
    headers: list[tuple[str, str]]  # of the answer; names in lower case
    marks: dict[str, int]
    notes: list[tuple[str, str]] = field(default_factory=list)


def contents(reader: PackageReader) -> Iterator[Exchange | bytes]:
    """Yield every exchange, and of every resource the SHA-256 of its block.

    Raises:
        OSError: The file is no gzip file, or cannot be read.
        EOFError: It is cut off.
        zlib.error: It is damaged.
        ValueError: A record is malformed, or the file unpacks to more than honest exchanges would.
    """
    most = max(FREE_BYTES, EXPANSION * reader.size(WARC))
    current: Exchange | None = None
    with reader.open(WARC) as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        stream: BinaryIO = unpacked  # type: ignore[assignment]  # GzipFile reads as a BinaryIO does
        while (headers := _headers(stream)) is not None:
            length = int(headers.get("content-length", "-1"))
            if not 0 <= length <= most:
                raise ValueError("a WARC record has an impossible length")
            kind = headers.get("warc-type")
            if kind == "response":
                if current is not None:
                    yield current
                current = _response(stream, length, headers)
            elif kind == "resource":
                yield _digest(stream, length)[0]
            elif kind in {"request", "metadata"} and "warc-concurrent-to" in headers:
                _join(current, kind, headers, _read(stream, length))
            else:
                _digest(stream, length)
            if stream.read(4) != b"\r\n\r\n":
                raise ValueError("a WARC record does not end where it says")
            if unpacked.tell() > most:
                raise ValueError(f"unpacks to more than {most} bytes")
    if current is not None:
        yield current


def _response(stream: BinaryIO, length: int, record: dict[str, str]) -> Exchange:
    lines, size = _http_headers(stream, length)
    digest, marks = _digest(stream, length - size)
    target = record.get("warc-target-uri", "")
    told = [line.decode("latin-1").partition(":") for line in lines[1:]]
    return Exchange(
        target=target,
        record_id=record.get("warc-record-id", ""),
        digest=digest,
        headers=[(name.lower(), value.strip(" \t\r\n")) for name, _, value in told],
        marks={
            "target": target.encode().count(MARK),
            "request-headers": 0,
            "response-headers": sum(MARK in line for line in lines),
            "body": marks,
        },
    )


def _join(current: Exchange | None, kind: str, record: dict[str, str], block: bytes) -> None:
    """Take a request or a metadata record into the exchange that it names."""
    if current is None or record["warc-concurrent-to"] != current.record_id:
        raise ValueError(f"a WARC {kind} record does not follow the response that it names")
    lines = block.split(b"\r\n")
    if kind == "request":
        current.marks["request-headers"] += sum(MARK in line for line in lines[1:])
        return
    for line in lines[:-1]:
        name, colon, value = line.decode("utf-8").partition(":")
        if not colon:
            raise ValueError("a WARC metadata record has a line that is no note")
        current.notes.append((name, value.strip()))


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


def _http_headers(stream: BinaryIO, length: int) -> tuple[list[bytes], int]:
    """Return status line and headers of a block of ``length`` bytes, and how many bytes they take."""
    lines: list[bytes] = []
    read = 0
    while True:
        line = stream.readline(min(_LINE, length - read))
        read += len(line)
        if line in {b"\r\n", b"\n"}:
            return lines, read
        if not line or read > HTTP_HEADER_BYTES:
            raise ValueError("a response has no end of headers")
        lines.append(line)


def _read(stream: BinaryIO, length: int) -> bytes:
    if length > _NOTES:
        raise ValueError("a WARC request or metadata record is too large")
    block = stream.read(length)
    if len(block) < length:
        raise EOFError("a WARC record is cut off")
    return block


def _digest(stream: BinaryIO, length: int) -> tuple[bytes, int]:
    """Return the SHA-256 of what comes next, and how many marks are in it."""
    digest = hashlib.sha256()
    marks, tail = 0, b""
    while length:
        block = stream.read(min(_BLOCK, length))
        if not block:
            raise EOFError("a WARC record is cut off")
        digest.update(block)
        length -= len(block)
        marks += block.count(MARK) + (tail + block[: len(MARK) - 1]).count(MARK)
        tail = (tail + block)[1 - len(MARK) :] if len(block) < len(MARK) else block[1 - len(MARK) :]
    return digest.digest(), marks
