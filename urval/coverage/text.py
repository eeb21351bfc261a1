"""The coverage table as lines of text: at most so many columns wide, colour only where it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from urval.coverage.layout import beside, matrix, ordinary
from urval.coverage.states import STATES, CellState
from urval.coverage.todo import needs
from urval.coverage.words import ASCII_SIGNS, SIGNS, words
from urval.coverage.years import VERDICTS, YearVerdict, red_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from urval.coverage.table import Coverage
    from urval.coverage.words import Language
    from urval.coverage.years import Years

_SHOWN = 20  # sentences of one kind
_NAME = 30  # columns of an account's id at most
_YEAR = 9
_CELL = 6
_BAD = frozenset({CellState.MISSED, CellState.FAILED, CellState.BROKEN})
_GOOD = frozenset({CellState.VERIFIED, CellState.PACKAGED})
_RED, _YELLOW, _GREEN = 31, 33, 32  # ANSI


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How text is written: its language, its width, with colour or not, with signs beyond ASCII or not."""

    language: Language
    width: int = 100
    colour: bool = False
    ascii_only: bool = False

    @property
    def signs(self) -> Mapping[CellState, str]:
        """The sign of each state."""
        return ASCII_SIGNS if self.ascii_only else SIGNS

    def paint(self, text: str, colour: int) -> str:
        """Return the text in a colour, where there is colour."""
        return f"\033[{colour}m{text}\033[0m" if self.colour and text.strip() else text


@dataclass(frozen=True, slots=True)
class _Columns:
    """What is shown: ordinary occasions by id, newest last, and their years."""

    name: int
    ids: list[str]
    widths: list[int]
    years: list[int]
    hidden: bool


def coverage_lines(table: Coverage, years: Years, style: Style, *, store: str, spec: str) -> Iterator[str]:
    """Yield the table, the words for its signs, what is red, and what to do next with its command."""
    said, register = words(style.language), table.register
    yield said["title"].format(name=register.name, today=table.today, spec=register.spec, version=register.version)
    yield ""
    columns = _columns(table, years, style.width)
    yield from _table(table, years, columns, style)
    yield ""
    yield from _legend(table, columns, style)
    red = red_sentences(table, years, style.language)
    broken = [table.cell(number) for number in table.where(CellState.BROKEN)]
    red += [
        said["broken ledger"].format(account=one.account, period=one.slot.period, problem=one.row["problem"])
        for one in broken
    ]
    to_do = needs(table, style.language, store=store, spec=spec)
    if red:
        yield from _headed(said["red head"], [style.paint(sentence, _RED) for sentence in red], said["more"])
    if to_do:
        lines = [f"{need.sentence}\n    {need.command}" for need in to_do]
        yield from _headed(said["todo head"], lines, said["more"])
    if not red and not to_do:
        yield f"\n{said['nothing']}"
    yield ""
    yield said["total"].format(
        accounts=len(table.accounts), cells=len(table.account), counted=int(table.counted.sum()),
        red=years.red_count(table.accounts),
    )  # fmt: skip


def _headed(head: str, lines: Sequence[str], more: str) -> Iterator[str]:
    yield f"\n{head}"
    for line in lines[:_SHOWN]:
        yield f"  {line}"
    if len(lines) > _SHOWN:
        yield f"  {more.format(count=len(lines) - _SHOWN)}"


def _columns(table: Coverage, years: Years, width: int) -> _Columns:
    """Choose the newest occasions that fit; at least one is shown."""
    ids = [one.id for one in ordinary(table)]
    name = min(max((len(account) for account in table.accounts), default=0), _NAME)
    year_of = {one.id: one.year for one in table.slots}
    taken: list[str] = []
    for one in reversed(ids):
        trial = [one, *taken]
        wide = name + sum(max(len(x), _CELL) + 2 for x in trial) + len({year_of[x] for x in trial}) * (_YEAR + 2)
        if taken and wide > width:
            break
        taken = trial
    shown = sorted({year_of[one] for one in taken} & set(years.years))
    return _Columns(name, taken, [max(len(one), _CELL) for one in taken], shown, len(taken) < len(ids))


def _table(table: Coverage, years: Years, columns: _Columns, style: Style) -> Iterator[str]:
    said = words(style.language)
    head = [
        f"{said['account']:<{columns.name}}",
        *(f"{i:<{w}}" for i, w in zip(columns.ids, columns.widths, strict=True)),
    ]
    yield "  ".join([*head, *(f"{year:<{_YEAR}}" for year in columns.years)]).rstrip()
    numbers = matrix(table, columns.ids).tolist()
    others = beside(table, set(columns.ids))
    marks = {
        state: style.paint(style.signs[state], _GREEN if state in _GOOD else _RED if state in _BAD else _YELLOW)
        for state in STATES
    }
    states, late = table.state.tolist(), table.late.tolist()
    at = [years.years.index(year) for year in columns.years]
    for place, account in enumerate(table.accounts):
        if place == table.listed:
            yield said["unlisted"]
        parts = [_fit(account, columns.name)]
        for number, width in zip(numbers[place], columns.widths, strict=True):
            parts.append(" " * width if number < 0 else _cell(STATES[states[number]], late[number], width, marks))
        parts += [_year(years, place, column, style) for column in at]
        yield "  ".join(parts).rstrip()
        for number in others.get(place, ()):
            slot, state = table.slots[table.slot[number]], STATES[states[number]]
            yield f"  + {slot.id}  {_cell(state, late[number], 0, marks)}"


def _cell(state: CellState, late: int, width: int, marks: Mapping[CellState, str]) -> str:
    told = f"+{late}" if late else ""
    return f"{marks[state]}{told}{' ' * (width - 1 - len(told))}"


def _year(years: Years, place: int, column: int, style: Style) -> str:
    verdict = VERDICTS[years.verdict[place, column]]
    if verdict is YearVerdict.NONE and not years.counted[place, column]:
        return " " * _YEAR
    expected = years.expected[place, column]
    told = f"{years.counted[place, column]}/{expected}" if expected else f"{years.counted[place, column]}"
    if verdict is YearVerdict.RED:
        told += f" {words(style.language)['red']}"
        return style.paint(f"{told:<{_YEAR}}", _RED)
    return f"{told:<{_YEAR}}"


def _fit(text: str, width: int) -> str:
    return f"{text:<{width}}" if len(text) <= width else f"{text[: width - 1]}…"


def _legend(table: Coverage, columns: _Columns, style: Style) -> Iterator[str]:
    said = words(style.language)
    there = [STATES[code] for code in np.flatnonzero(np.bincount(table.state, minlength=len(STATES)))]
    parts = [f"{style.signs[state]} {said[state]}" for state in there]
    if table.late.any():
        parts.append(said["late"])
    line = ""
    for part in parts:
        if line and len(line) + len(part) + 3 > style.width:
            yield line
            line = ""
        line += f"   {part}" if line else part
    yield line
    yield said["counts"]
    yield said["blank"]
    if columns.hidden:
        yield said["earlier"]
