"""The coverage table as a picture: an SVG page for every 200 accounts, without script, remote font or style."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from urval.coverage.layout import beside, ends, matrix, ordinary
from urval.coverage.states import STATES, CellState
from urval.coverage.words import SIGNS, words
from urval.coverage.years import VERDICTS, YearVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from urval.coverage.table import Coverage, Slot
    from urval.coverage.words import Language
    from urval.coverage.years import Years

ACCOUNTS_A_PAGE = 200  # readable in a browser and on paper; 10,000 accounts are 50 pages
_ROW, _COLUMN, _NAME, _YEAR, _TOP, _MARGIN = 26, 92, 270, 84, 116, 28
_MOST_COLUMNS = 24  # occasions: the newest; twelve years of two
_LETTERS = 34  # of an account's id

# Fill and ink of each state. The fills differ in lightness too, so that they stay apart in grey and to those who do not
# tell red from green; each has its sign besides.
_PAINT = {
    CellState.VERIFIED: ("#0b5d4b", "#ffffff"),
    CellState.PACKAGED: ("#3f9c82", "#000000"),
    CellState.APPROVED: ("#8fcbb6", "#000000"),
    CellState.PROPOSED: ("#f2c14e", "#000000"),
    CellState.CAPTURED: ("#f7dc94", "#000000"),
    CellState.RETURNED: ("#e3a857", "#000000"),
    CellState.FAILED: ("#a3243b", "#ffffff"),
    CellState.SKIPPED: ("#c9c9c9", "#000000"),
    CellState.DUE: ("#fff6d6", "#000000"),
    CellState.MISSED: ("#c8324a", "#ffffff"),
    CellState.AHEAD: ("#f4f4f4", "#555555"),
    CellState.BROKEN: ("#4a0d1a", "#ffffff"),
}
_RED = "#c8324a"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """What every page shows: the columns, the words, and the cells that have no column of their own."""

    table: Coverage
    years: Years
    said: Mapping[str, str]
    slots: Sequence[Slot]
    shown: Sequence[int]  # years
    cells: NDArray[np.int64]  # by account and column, -1: none
    others: Mapping[int, Sequence[int]]  # by account

    @property
    def right(self) -> int:
        """Where the years begin."""
        return _MARGIN + _NAME + len(self.slots) * _COLUMN

    @property
    def width(self) -> int:
        """The width of the page."""
        return max(self.right + len(self.shown) * _YEAR + _MARGIN, 900)


def pictures(table: Coverage, years: Years, language: Language) -> list[str]:
    """Return the pages, each a whole SVG; at least one.

    At most the newest 24 ordinary occasions have a column. What else there is of an account, extra occasions and its
    last one, stands on a line of its own below it, under the ordinary occasion that it comes before.
    """
    slots = ordinary(table)[-_MOST_COLUMNS:]
    ids = [one.id for one in slots]
    sheet = _Sheet(
        table=table, years=years, said=words(language), slots=slots, cells=matrix(table, ids),
        shown=sorted({one.year for one in slots} & set(years.years)), others=beside(table, set(ids)),
    )  # fmt: skip
    count = len(table.accounts)
    pages = [range(first, min(first + ACCOUNTS_A_PAGE, count)) for first in range(0, count, ACCOUNTS_A_PAGE)]
    return ["".join(_page(sheet, page, number, len(pages))) for number, page in enumerate(pages, start=1)]


def _page(sheet: _Sheet, accounts: range, page: int, pages: int) -> Iterator[str]:
    said, register, width = sheet.said, sheet.table.register, sheet.width
    bottom = _TOP + sum(1 + len(sheet.others.get(place, ())) for place in accounts) * _ROW
    height = bottom + 150
    title = said["title"].format(
        name=register.name, today=sheet.table.today, spec=register.spec, version=register.version
    )  # fmt: skip
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" font-family="Helvetica, Arial, sans-serif" font-size="13">\n'
        f'<title id="title">{escape(title)}</title>\n<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
    )
    yield _words(_MARGIN, 42, title, size=_fitting(title, width), bold=True)
    if pages > 1:
        yield _words(_MARGIN, 64, said["page"].format(page=page, pages=pages), ink="#555555")
    top = _TOP
    for place in accounts:
        yield from _lines(sheet, place, top)
        top += (1 + len(sheet.others.get(place, ()))) * _ROW
    yield from _heads(sheet, bottom)  # its lines lie above the stripes
    yield from _legend(said, bottom + 34)
    yield "</svg>\n"


def _heads(sheet: _Sheet, bottom: int) -> Iterator[str]:
    yield _words(_MARGIN, _TOP - 12, sheet.said["account"], bold=True)
    for place, slot in enumerate(sheet.slots):
        yield _words(_MARGIN + _NAME + place * _COLUMN + 4, _TOP - 12, slot.id, bold=True)
    for place, year in enumerate(sheet.shown):
        yield _words(sheet.right + place * _YEAR + 10, _TOP - 12, str(year), bold=True)
    end = sheet.right + len(sheet.shown) * _YEAR
    lines = f"M{_MARGIN} {_TOP - 4}H{end}M{sheet.right + 4} {_TOP - 26}V{bottom}"
    yield f'<path d="{lines}" stroke="#999999"/>\n'


def _lines(sheet: _Sheet, place: int, top: int) -> Iterator[str]:
    """Draw the line of an account, and the lines of its other occasions."""
    table, others = sheet.table, sheet.others.get(place, ())
    if place % 2:
        high = (1 + len(others)) * _ROW
        yield f'<rect x="{_MARGIN}" y="{top}" width="{sheet.width - 2 * _MARGIN}" height="{high}" fill="#f7f7f5"/>\n'
    yield _words(_MARGIN, top + 18, _fit(table.accounts[place]), slanted=place >= table.listed)
    for column, number in enumerate(sheet.cells[place].tolist()):
        if number >= 0:
            yield _cell(table, number, _MARGIN + _NAME + column * _COLUMN, top)
    for column, year in enumerate(sheet.shown):
        yield _year(sheet, place, sheet.years.years.index(year), sheet.right + column * _YEAR, top)
    for line, number in enumerate(others, start=1):
        slot = table.slots[table.slot[number]]
        yield _words(_MARGIN + 14, top + line * _ROW + 18, f"+ {_fit(slot.id)}", ink="#555555")
        later = [column for column, one in enumerate(sheet.slots) if ends(one) >= ends(slot)]
        column = later[0] if later else max(len(sheet.slots) - 1, 0)
        yield _cell(table, number, _MARGIN + _NAME + column * _COLUMN, top + line * _ROW)


def _year(sheet: _Sheet, place: int, at: int, left: int, top: int) -> str:
    years = sheet.years
    verdict, counted, expected = (
        VERDICTS[years.verdict[place, at]], years.counted[place, at], years.expected[place, at]
    )  # fmt: skip
    if verdict is YearVerdict.NONE:
        return _words(left + 12, top + 18, str(counted)) if counted else ""
    if verdict is not YearVerdict.RED:
        return _words(left + 12, top + 18, f"{counted}/{expected}")
    box = f'<rect x="{left + 6}" y="{top + 3}" width="{_YEAR - 8}" height="{_ROW - 6}" rx="3" fill="{_RED}"/>\n'
    return box + _words(left + 12, top + 18, f"{counted}/{expected} {sheet.said['red']}", ink="#ffffff", bold=True)


def _fitting(title: str, width: int) -> int:
    """Return the size of letters in which a title fits; bold letters are 0.65 of it wide on average."""
    return max(10, min(20, int((width - 2 * _MARGIN) / (0.65 * len(title)))))


def _fit(text: str) -> str:
    return text if len(text) <= _LETTERS else f"{text[: _LETTERS - 1]}…"


def _cell(table: Coverage, number: int, left: int, top: int) -> str:
    state, late = STATES[table.state[number]], int(table.late[number])
    fill, ink = _PAINT[state]
    told = f"{SIGNS[state]} +{late}" if late else SIGNS[state]
    return (
        f'<rect x="{left + 2}" y="{top + 3}" width="{_COLUMN - 6}" height="{_ROW - 6}" rx="3" fill="{fill}" '
        f'stroke="#888888" stroke-width="0.5"/>\n' + _words(left + 10, top + 18, told, ink=ink)
    )


def _legend(said: Mapping[str, str], top: int) -> Iterator[str]:
    drawn = said["drawn"].format(red=said["red"])
    for place, state in enumerate(STATES):
        left, line = _MARGIN + (place % 4) * 215, top + (place // 4) * 26
        fill, ink = _PAINT[state]
        yield (
            f'<rect x="{left}" y="{line - 14}" width="26" height="20" rx="3" fill="{fill}" stroke="#888888" '
            f'stroke-width="0.5"/>\n'
        )
        yield _words(left + 7, line + 1, SIGNS[state], ink=ink)
        yield _words(left + 34, line + 1, said[state])
    yield _words(_MARGIN, top + 3 * 26 + 8, f"{said['late']}. {drawn}", ink="#555555", size=12)


def _words(
    left: int, base: int, text: str, *, ink: str = "#222222", size: int = 13, bold: bool = False, slanted: bool = False
) -> str:
    more = (' font-weight="bold"' if bold else "") + (' font-style="italic"' if slanted else "")
    return f'<text x="{left}" y="{base}" font-size="{size}" fill="{ink}"{more}>{escape(text)}</text>\n'
