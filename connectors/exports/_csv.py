r"""The CSV of exports: told by its header, wherever it stands; notes before it, other quoting, broken rows.

A header is compared without regard to letter case, spaces and punctuation, so that ``Comment Create Timestamp``,
``Comment create timestamp`` and ``comment_create_timestamp`` are one. Files are UTF-8, with or without a byte order
mark.
LinkedIn writes quotes inside a field once as ``""`` and once as ``\"``: which of the two a file uses is tried.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from urval.errors import MalformedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors.exports._archive import Archive

_NOTES = 20  # lines before the header at most
_LONGEST = 1_000_000  # characters of a field
_HEAD = 8_192  # bytes in which the header stands
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_BACKSLASH: Final = '\\"'


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its fields by canonical name, where it stands in the file, and all of it as received."""

    fields: Mapping[str, str]
    line: int
    raw: str  # a JSON object, header -> text


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that cannot be read."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """What a kind of file is told by: its columns, canonical name -> the headers it goes by, in any language.

    ``needs`` are the columns without which it is another file; ``lacks`` those it must not have.
    """

    columns: Mapping[str, tuple[str, ...]]
    needs: frozenset[str]
    lacks: frozenset[str] = frozenset()

    def fits(self, cells: list[str]) -> dict[int, str] | None:
        """Return column number -> canonical name if these cells are the header, else None."""
        known = {plain(header): name for name, headers in self.columns.items() for header in headers}
        found: dict[int, str] = {}
        for number, cell in enumerate(cells):
            name = known.get(plain(cell))
            if name is not None and name not in found.values():
                found[number] = name
        names = set(found.values())
        return found if self.needs <= names and not self.lacks & names else None


def plain(text: str) -> str:
    """Return a header without letter case, spaces and punctuation."""
    return _PUNCTUATION.sub("", text.removeprefix("\ufeff")).casefold()


def tables_in(archive: Archive, table: Table) -> list[str]:
    """Return the members that are such a table, by their first bytes."""
    return [name for name in archive.find(".csv") if _holds(archive, name, table)]


def _holds(archive: Archive, name: str, table: Table) -> bool:
    try:
        head = archive.head(name, _HEAD).decode("utf-8-sig", "replace")
    except SourceError:
        return False  # damaged: it is named among the files that were not read
    return _header(csv.reader(io.StringIO(head, newline="")), table) is not None


def rows(archive: Archive, name: str, table: Table) -> Iterator[Row | Broken]:
    """Yield the rows of a member, streamed; a broken one does not stop the others.

    Raises:
        MalformedError: It has no such header, or is damaged.
        IncompleteError: It is cut off.
    """
    counts = [_good(archive, name, table, escaped=escaped) for escaped in (False, True)]
    yield from _rows(archive, name, table, escaped=counts[1] > counts[0])


def _good(archive: Archive, name: str, table: Table, *, escaped: bool) -> int:
    found = [isinstance(row, Row) for row in _rows(archive, name, table, escaped=escaped)]
    return sum(found) - found.count(False)


def _rows(archive: Archive, name: str, table: Table, *, escaped: bool) -> Iterator[Row | Broken]:
    csv.field_size_limit(_LONGEST)
    with archive.open(name) as stream:
        lines = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        # Only a backslash before a quote is an escape; any other is text, and csv's own escape would eat it.
        reader = csv.reader((line.replace(_BACKSLASH, '""') for line in lines) if escaped else lines, strict=True)
        header = _header(reader, table)
        if header is None:
            raise MalformedError("a table of the export has another header than it had when it was recognised")
        cells, columns = header
        while True:
            line = reader.line_num + 1
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Broken(line, f"lines {line} to {reader.line_num} are no row ({error})")
                continue
            if any(fields):
                yield _row(fields, cells, columns, line)


def _header(reader: Iterator[list[str]], table: Table) -> tuple[list[str], dict[int, str]] | None:
    for _ in range(_NOTES):
        try:
            cells = next(reader)
        except StopIteration:
            return None
        except csv.Error:
            continue  # a note with stray quotes
        columns = table.fits(cells)
        if columns is not None:
            return cells, columns
    return None


def _row(fields: list[str], cells: list[str], columns: Mapping[int, str], line: int) -> Row | Broken:
    if len(fields) != len(cells):
        return Broken(line, f"the row has {len(fields)} fields, the header {len(cells)}")
    try:
        named: dict[str, str] = {}
        for number, (cell, text) in enumerate(zip(cells, fields, strict=True), 1):
            named[cell if cell not in named else f"{cell} ({number})"] = text
        raw = msgspec.json.encode(named).decode()
    except UnicodeError:
        return Broken(line, "the row is not UTF-8")
    return Row({name: fields[number] for number, name in columns.items()}, line, raw)
