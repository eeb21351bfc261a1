"""The coverage table as a picture: an SVG page for every 200 accounts, without script, remote font or style."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from urval.coverage.states import STATES, CellState
from urval.coverage.words import SIGNS, words
from urval.coverage.years import VERDICTS, YearVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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


def pictures(table: Coverage, years: Years, language: Language) -> list[str]:
    """Return the pages, each a whole SVG; at least one. At most the newest 24 ordinary occasions are shown."""
    slots = sorted(
        {one.id: one for one in table.slots if one.kind == "ordinary"}.values(), key=lambda one: one.period[-10:]
    )[-_MOST_COLUMNS:]
    shown = sorted({one.year for one in slots} & set(years.years))
    cells = _cells(table, [one.id for one in slots])
    pages = [
        range(n, min(n + ACCOUNTS_A_PAGE, len(table.accounts))) for n in range(0, len(table.accounts), ACCOUNTS_A_PAGE)
    ]
    return [
        "".join(_page(table, years, language, slots, shown, cells, page, f"{number}/{len(pages)}"))
        for number, page in enumerate(pages, start=1)
    ]


def _cells(table: Coverage, ids: Sequence[str]) -> dict[tuple[int, str], int]:
    known = set(ids)
    names = [one.id for one in table.slots]
    pairs = enumerate(zip(table.account.tolist(), table.slot.tolist(), strict=True))
    return {(account, names[slot]): number for number, (account, slot) in pairs if names[slot] in known}


def _page(
    table: Coverage,
    years: Years,
    language: Language,
    slots: Sequence[Slot],
    shown: Sequence[int],
    cells: dict[tuple[int, str], int],
    accounts: range,
    page: str,
) -> Iterator[str]:
    said = words(language)
    right = _MARGIN + _NAME + len(slots) * _COLUMN
    width = max(right + len(shown) * _YEAR + _MARGIN, 900)
    bottom = _TOP + len(accounts) * _ROW
    height = bottom + 150
    register = table.register
    title = said["title"].format(
        name=register.name, today=table.today, spec=register.spec, version=register.version
    )  # fmt: skip
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title" font-family="Helvetica, Arial, sans-serif" font-size="13">\n'
        f'<title id="title">{escape(title)}</title>\n<rect width="{width}" height="{height}" fill="#ffffff"/>\n'
    )
    yield _words(_MARGIN, 42, title, size=20, bold=True)
    first, _, last = page.partition("/")
    if last != "1":
        yield _words(_MARGIN, 64, said["page"].format(page=first, pages=last), ink="#555555")
    yield from _heads(slots, shown, said["account"], right, bottom)
    for line, place in enumerate(accounts):
        top = _TOP + line * _ROW
        yield from _row(table, years, slots, shown, cells, place, top, right, width, said["red"])
    yield from _legend(language, bottom + 34, said["drawn"].format(red=said["red"]))
    yield "</svg>\n"


def _heads(slots: Sequence[Slot], shown: Sequence[int], account: str, right: int, bottom: int) -> Iterator[str]:
    yield _words(_MARGIN, _TOP - 12, account, bold=True)
    for place, slot in enumerate(slots):
        yield _words(_MARGIN + _NAME + place * _COLUMN + 4, _TOP - 12, slot.id, bold=True)
    for place, year in enumerate(shown):
        yield _words(right + place * _YEAR + 10, _TOP - 12, str(year), bold=True)
    lines = f"M{_MARGIN} {_TOP - 4}H{right + len(shown) * _YEAR}M{right + 4} {_TOP - 26}V{bottom}"
    yield f'<path d="{lines}" stroke="#999999"/>\n'


def _row(
    table: Coverage,
    years: Years,
    slots: Sequence[Slot],
    shown: Sequence[int],
    cells: dict[tuple[int, str], int],
    place: int,
    top: int,
    right: int,
    width: int,
    red: str,
) -> Iterator[str]:
    if place % 2:
        yield f'<rect x="{_MARGIN}" y="{top}" width="{width - 2 * _MARGIN}" height="{_ROW}" fill="#f7f7f5"/>\n'
    name = table.accounts[place]
    told = name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"
    yield _words(_MARGIN, top + 18, told, slanted=place >= table.listed)
    for column, slot in enumerate(slots):
        number = cells.get((place, slot.id))
        if number is not None:
            yield _cell(table, number, _MARGIN + _NAME + column * _COLUMN, top)
    for column, year in enumerate(shown):
        at = years.years.index(year)
        verdict = VERDICTS[years.verdict[place, at]]
        if verdict is YearVerdict.NONE and not years.counted[place, at]:
            continue
        counted = f"{years.counted[place, at]}/{years.expected[place, at]}"
        if verdict is YearVerdict.RED:
            left = right + column * _YEAR + 6
            yield f'<rect x="{left}" y="{top + 3}" width="{_YEAR - 8}" height="{_ROW - 6}" rx="3" fill="{_RED}"/>\n'
            yield _words(left + 6, top + 18, f"{counted} {red}", ink="#ffffff", bold=True)
        else:
            yield _words(right + column * _YEAR + 12, top + 18, counted)


def _cell(table: Coverage, number: int, left: int, top: int) -> str:
    state, late = STATES[table.state[number]], int(table.late[number])
    fill, ink = _PAINT[state]
    told = f"{SIGNS[state]} +{late}" if late else SIGNS[state]
    return (
        f'<rect x="{left + 2}" y="{top + 3}" width="{_COLUMN - 6}" height="{_ROW - 6}" rx="3" fill="{fill}" '
        f'stroke="#888888" stroke-width="0.5"/>\n' + _words(left + 10, top + 18, told, ink=ink)
    )


def _legend(language: Language, top: int, drawn: str) -> Iterator[str]:
    said = words(language)
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
