"""Reading lines of unknown origin: bounded in length, in number held, and in how far packed bytes may expand."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from urval.verify.layout import CHUNK_BYTES, CHUNK_ROWS, EXPANSION, FREE_BYTES, LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.verify.reader import PackageReader


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines without their line feeds.

    Raises:
        ValueError: A line is too long, or the last one does not end.
    """
    number = 0
    while line := file.readline(LINE_BYTES + 1):
        number += 1
        if line[-1] != 10:  # noqa: PLR2004 - a line feed
            why = f"is longer than {LINE_BYTES} bytes" if len(line) > LINE_BYTES else "does not end in a line feed"
            raise ValueError(f"line {number} {why}")
        yield line[:-1]


def chunks_of(lines: Iterator[bytes], rows: int = CHUNK_ROWS) -> Iterator[list[bytes]]:
    """Yield lines in lists of at most ``rows`` lines and of bounded size."""
    chunk: list[bytes] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line)
        if len(chunk) >= rows or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def unpacked_lines(reader: PackageReader, name: str) -> Iterator[bytes]:
    """Yield the lines of a gzip file.

    Raises:
        OSError: It is no gzip file, or cannot be read.
        EOFError: It is cut off.
        zlib.error: It is damaged.
        ValueError: It unpacks to more than any honest text would.
    """
    most = max(FREE_BYTES, EXPANSION * reader.size(name))
    total = 0
    with reader.open(name) as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        for line in lines_of(unpacked):  # type: ignore[arg-type]  # GzipFile reads as a BinaryIO does
            total += len(line) + 1
            if total > most:
                raise ValueError(f"unpacks to more than {most} bytes")
            yield line


def parse_object(line: bytes) -> dict[str, Any]:
    """Return the JSON object of a line.

    Raises:
        ValueError: It is no UTF-8, no JSON, or no object.
        RecursionError: It is nested too deeply.
    """
    value = json.loads(line.decode("utf-8"))
    if not isinstance(value, dict):
        raise ValueError("no JSON object")  # noqa: TRY004 - malformed input, not a programming error
    return value
