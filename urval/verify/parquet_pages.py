"""Walking the pages of a Parquet file: each must carry a checksum that is right, and unpack to a bearable size.

Readers skip a page's checksum when it has none, so that it is there must be seen in the page headers themselves. They
are Thrift structs in the compact protocol (Apache Parquet format, ``parquet.thrift``: PageHeader). Dictionaries let a
small file stand for a very large table; how large, headers and the longest dictionary entry tell before any reading.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa

from urval.verify.layout import BATCH_BYTES, CHUNK_ROWS, LIST_BYTES, PAGE_BYTES
from urval.verify.thrift_compact import I32, STRUCT, Compact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.verify.parquet_footer import ColumnChunk

_HEADER_BYTES = 1 << 16
_KIND, _UNPACKED, _PACKED, _CRC, _DATA, _DICTIONARY, _DATA_V2 = 1, 2, 3, 4, 5, 7, 8  # field ids of PageHeader
_COUNT, _ENCODING = 1, {_DATA: 2, _DICTIONARY: 2, _DATA_V2: 4}  # field ids of the structs in it
_ENCODINGS = {0, 2, 3, 8}  # plain, dictionary (old and new name), run lengths: none packs beyond what is counted here
_IS_DICTIONARY = 2  # the page kind
_LENGTH_BYTES = 4  # before each entry of a dictionary of texts
_FIXED_BYTES = 16  # no number takes more
_LEAST_ROWS = 16


@dataclass
class _Header:
    """What matters of a page header. ``length`` is the header's own, in bytes."""

    length: int = 0
    kind: int = -1
    unpacked: int = -1
    packed: int = -1
    crc: int | None = None
    count: int = 0
    encoding: int = -1


def check_pages(file: BinaryIO, chunks: Sequence[ColumnChunk]) -> int:
    """Read every page of every column chunk once, and return how many rows may be read at a time.

    Raises:
        ValueError: A page has no checksum, a wrong one, or unpacks to more than ``PAGE_BYTES``; a header is damaged; or
            a list column stands for more than ``LIST_BYTES``.
    """
    longest = 1
    for chunk in chunks:
        entry, values = _walk(file, chunk)
        if not chunk.nested:
            longest = max(longest, entry)
        elif values * max(entry, _FIXED_BYTES) > LIST_BYTES:
            raise ValueError(f"{chunk.where} stands for more than {LIST_BYTES} bytes")
    return max(_LEAST_ROWS, min(CHUNK_ROWS, BATCH_BYTES // longest))


def _walk(file: BinaryIO, chunk: ColumnChunk) -> tuple[int, int]:
    """Check one column chunk; return its longest dictionary entry in bytes, and its number of values."""
    at, end, where = chunk.start, chunk.start + chunk.length, chunk.where
    longest = values = 0
    while at < end:
        file.seek(at)
        header = _header(file.read(min(_HEADER_BYTES, end - at)))
        if not 0 <= header.packed <= end - at - header.length or not 0 <= header.unpacked <= PAGE_BYTES:
            raise ValueError(f"a page of {where} has an impossible size")
        if header.encoding not in _ENCODINGS or header.count < 0:
            raise ValueError(f"a page of {where} is written in a way this format does not use")
        file.seek(at + header.length)
        data = file.read(header.packed)
        _check_crc(data, header, where)
        if header.kind == _IS_DICTIONARY:
            longest = max(longest, _longest_entry(data, header, texts=chunk.texts))
        else:
            values += header.count
        at += header.length + header.packed
    return longest, values


def _header(data: bytes) -> _Header:
    compact, header = Compact(data), _Header()
    names = {_KIND: "kind", _UNPACKED: "unpacked", _PACKED: "packed", _CRC: "crc"}
    for number, kind in compact.fields():
        if kind == I32 and number in names:
            setattr(header, names[number], compact.zigzag())
        elif kind == STRUCT and number in _ENCODING:
            for inner, inner_kind in compact.fields():
                if inner_kind == I32 and inner in {_COUNT, _ENCODING[number]}:
                    setattr(header, "count" if inner == _COUNT else "encoding", compact.zigzag())
                else:
                    compact.skip(inner_kind)
        else:
            compact.skip(kind)
    header.length = compact.at
    return header


def _check_crc(data: bytes, header: _Header, where: str) -> None:
    if header.crc is None:
        raise ValueError(f"a page of {where} has no checksum")
    if zlib.crc32(data) != header.crc & 0xFFFFFFFF:
        raise ValueError(f"a page of {where} has a wrong checksum")


def _longest_entry(data: bytes, header: _Header, *, texts: bool) -> int:
    """Return the length of the longest entry of a dictionary page, in bytes."""
    if not texts:
        return _FIXED_BYTES
    plain = pa.decompress(data, decompressed_size=header.unpacked, codec="zstd", asbytes=True)
    longest = at = 0
    while at < len(plain):
        length = int.from_bytes(plain[at : at + _LENGTH_BYTES], "little")
        longest = max(longest, length)
        at += _LENGTH_BYTES + length
    return longest
