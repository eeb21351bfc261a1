"""Reading lines of unknown origin: bounded in length, in number held, and in how far packed bytes may expand."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from urval.verify.layout import CHUNK_BYTES, CHUNK_ROWS, EXPANSION, FREE_BYTES, LINE_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.verify.reader import PackageReader

_BLOCK = 1 << 20  # bytes read at a time


def line_chunks(file: BinaryIO, rows: int = CHUNK_ROWS, *, most: int | None = None) -> Iterator[list[bytes]]:
    """Yield the lines, without their line feeds, in lists of at most ``rows`` lines and of bounded size.

    Raises:
        ValueError: A line is too long, the last one does not end, or there are more than ``most`` bytes.
    """
    lines: list[bytes] = []
    rest, before, size, total = b"", 0, 0, 0
    while block := file.read(_BLOCK):
        total += len(block)
        if most is not None and total > most:
            raise ValueError(f"unpacks to more than {most} bytes")
        *whole, rest = (rest + block).split(b"\n")
        _check_lengths([*whole, rest], before + len(lines))
        lines += whole
        size += len(block)
        while len(lines) >= rows or (lines and size >= CHUNK_BYTES):
            yield lines[:rows]
            before += len(lines[:rows])
            lines, size = lines[rows:], 0
    if rest:
        raise ValueError(f"line {before + len(lines) + 1} does not end in a line feed")
    if lines:
        yield lines


def _check_lengths(lines: list[bytes], before: int) -> None:
    if max(map(len, lines)) > LINE_BYTES:
        number = next(place for place, line in enumerate(lines, before + 1) if len(line) > LINE_BYTES)
        raise ValueError(f"line {number} is longer than {LINE_BYTES} bytes")


def unpacked_chunks(reader: PackageReader, name: str) -> Iterator[list[bytes]]:
    """Yield the lines of a gzip file, as :func:`line_chunks` does.

    Raises:
        OSError: It is no gzip file, or cannot be read.
        EOFError: It is cut off.
        zlib.error: It is damaged.
        ValueError: It unpacks to more than any honest text would.
    """
    most = max(FREE_BYTES, EXPANSION * reader.size(name))
    with reader.open(name) as file, gzip.GzipFile(fileobj=file, mode="rb") as unpacked:
        yield from line_chunks(unpacked, most=most)  # type: ignore[arg-type]  # GzipFile reads as a BinaryIO does


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
