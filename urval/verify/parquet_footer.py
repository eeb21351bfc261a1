"""The footer of a Parquet file, read without Arrow.

Arrow's C++ ends the whole process on some damaged footers (an unknown compression code, for one), where a verifier
must end in a finding. So what Arrow takes on trust is looked at here first, by the letter of ``parquet.thrift``
(FileMetaData, RowGroup, ColumnChunk, ColumnMetaData).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from urval.verify.layout import TAG_BYTES
from urval.verify.thrift_compact import I32, I64, LIST, STRUCT, Compact

if TYPE_CHECKING:
    from collections.abc import Callable

_MAGIC = b"PAR1"
_TAIL = 8  # length of the footer, then the magic word
_ZSTD = 6
_BYTE_ARRAY = 6
_TYPES = range(8)
_ENCODINGS = frozenset({0, 2, 3, 4, 8})  # plain, dictionary (old and new name), run lengths, bits
_ROW_GROUPS, _COLUMNS, _META = 4, 1, 3  # field ids
_TYPE, _ENCODINGS_FIELD, _PATH, _CODEC, _LENGTH, _DATA_AT, _DICTIONARY_AT = 1, 2, 3, 4, 7, 9, 11  # of ColumnMetaData


@dataclass
class ColumnChunk:
    """One column of one row group: where its pages lie, in bytes, and what they hold."""

    path: str = ""
    group: int = 0
    kind: int = -1
    codec: int = -1
    length: int = -1
    data_at: int = -1
    dictionary_at: int = 0  # 0: there is none

    @property
    def where(self) -> str:
        """Return what messages call it."""
        return f"{self.path} in row group {self.group}"

    @property
    def start(self) -> int:
        """Return where its first page begins."""
        return min(self.data_at, self.dictionary_at) if self.dictionary_at else self.data_at

    @property
    def nested(self) -> bool:
        """Whether a row may hold many values."""
        return "." in self.path

    @property
    def texts(self) -> bool:
        """Whether its values are of any length."""
        return self.kind == _BYTE_ARRAY


def column_chunks(file: BinaryIO) -> list[ColumnChunk]:
    """Return every column chunk of the file.

    Raises:
        ValueError: The footer is damaged, or names a type, a compression, an encoding or a place that cannot be.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or not 0 < length <= min(size - _TAIL, TAG_BYTES):
        raise ValueError("no Parquet file")
    file.seek(size - _TAIL - length)
    compact = Compact(file.read(length))
    chunks: list[ColumnChunk] = []
    _fields(compact, {(_ROW_GROUPS, LIST): lambda: _row_groups(compact, chunks)})
    for chunk in chunks:
        _check(chunk, size)
    return chunks


def _fields(compact: Compact, wanted: dict[tuple[int, int], Callable[[], None]]) -> None:
    """Read a struct; fields of the wanted (id, type) are read by their functions, others passed over."""
    for field in compact.fields():
        read = wanted.get(field)
        if read is None:
            compact.skip(field[1])
        else:
            read()


def _row_groups(compact: Compact, chunks: list[ColumnChunk]) -> None:
    for group in range(_structs(compact)):
        _fields(compact, {(_COLUMNS, LIST): lambda group=group: _columns(compact, group, chunks)})  # type: ignore[misc]


def _columns(compact: Compact, group: int, chunks: list[ColumnChunk]) -> None:
    for _ in range(_structs(compact)):
        chunk = ColumnChunk(group=group)
        _fields(compact, {(_META, STRUCT): lambda chunk=chunk: _column(compact, chunk)})  # type: ignore[misc]
        chunks.append(chunk)


def _structs(compact: Compact) -> int:
    count, kind = compact.list_of()
    if count and kind != STRUCT:
        raise ValueError("a Parquet header holds an impossible list")
    return count


def _column(compact: Compact, chunk: ColumnChunk) -> None:
    def number(name: str) -> Callable[[], None]:
        return lambda: setattr(chunk, name, compact.zigzag())

    wanted = {
        (_TYPE, I32): number("kind"),
        (_ENCODINGS_FIELD, LIST): lambda: _check_encodings(compact),
        (_PATH, LIST): lambda: setattr(chunk, "path", ".".join(_texts(compact))),
        (_CODEC, I32): number("codec"),
        (_LENGTH, I64): number("length"),
        (_DATA_AT, I64): number("data_at"),
        (_DICTIONARY_AT, I64): number("dictionary_at"),
    }
    _fields(compact, wanted)


def _check_encodings(compact: Compact) -> None:
    count, _ = compact.list_of()
    if not {compact.zigzag() for _ in range(count)} <= _ENCODINGS:
        raise ValueError("a column is written in a way this format does not use")


def _texts(compact: Compact) -> list[str]:
    count, _ = compact.list_of()
    return [compact.text() for _ in range(count)]


def _check(chunk: ColumnChunk, size: int) -> None:
    if chunk.codec != _ZSTD:
        raise ValueError(f"{chunk.where} is not compressed by zstd")
    if chunk.kind not in _TYPES:
        raise ValueError(f"{chunk.where} has an unknown type")
    if not (chunk.start > 0 and 0 <= chunk.length <= size - chunk.start):
        raise ValueError(f"{chunk.where} lies outside the file")
