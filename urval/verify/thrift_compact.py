"""Reading Thrift structs in the compact protocol, as Parquet's headers are written. Bounded by the bytes at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12  # type codes that callers look for
_TRUE, _FALSE, _BYTE, _DOUBLE, _SET = 1, 2, 3, 7, 10
_NUMBERS = (4, I32, I64)
_DEPTH = 16


class Compact:
    """A reader of one Thrift struct in the compact protocol."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def byte(self) -> int:
        """Return the next byte."""
        if self.at >= len(self.data):
            raise ValueError("a Parquet header is cut off or too long")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self) -> int:
        """Return the next unsigned number."""
        value = 0
        for shift in range(0, 70, 7):
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:  # noqa: PLR2004 - the continuation bit
                return value
        raise ValueError("a number in a Parquet header is too long")

    def zigzag(self) -> int:
        """Return the next signed number."""
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def fields(self) -> Iterator[tuple[int, int]]:
        """Yield (id, type) of each field; the caller consumes its value before going on."""
        number = 0
        while (head := self.byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self.zigzag()
            yield number, head & 0x0F

    def skip(self, kind: int, depth: int = 0) -> None:
        """Pass over a value of a type."""
        if depth > _DEPTH:
            raise ValueError("a Parquet header is nested too deeply")
        if kind in _NUMBERS:
            self.varint()
        elif kind == _BYTE:
            self.byte()
        elif kind == _DOUBLE:
            self.at += 8
        elif kind == BINARY:
            length = self.varint()
            self.at += length
        elif kind == STRUCT:
            for _, inner in self.fields():
                self.skip(inner, depth + 1)
        elif kind in {LIST, _SET}:
            self._skip_list(depth)
        elif kind not in {_TRUE, _FALSE}:
            raise ValueError(f"a Parquet header holds an unknown type {kind}")

    def text(self) -> str:
        """Return the next text."""
        length = self.varint()
        if length > len(self.data) - self.at:
            raise ValueError("a Parquet header is cut off")
        self.at += length
        return self.data[self.at - length : self.at].decode("utf-8")

    def list_of(self) -> tuple[int, int]:
        """Return (number of entries, their type) of the list that begins here."""
        head = self.byte()
        count = self.varint() if head >> 4 == 15 else head >> 4  # noqa: PLR2004 - 15 says that the count follows
        if count > len(self.data):
            raise ValueError("a Parquet header holds an impossible list")
        return count, head & 0x0F

    def _skip_list(self, depth: int) -> None:
        count, kind = self.list_of()
        for _ in range(count):
            self.skip(kind, depth + 1)
