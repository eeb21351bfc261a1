"""Coverage as a table of links: an account a row, an occasion a column."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from urval.coverage import Coverage, Slot, words
from urval.coverage.layout import ends, ordinary
from urval.coverage.states import STATES, CellState
from urval.coverage.words import SIGNS
from urval.coverage.years import VERDICTS, YearVerdict
from urval.reading_room.pages import View
from urval.reading_room.room import Language
from urval.reading_room.survey import ArchiveCoverage

COLUMNS = 12  # occasions: the newest; older ones stand on the account's own page


class Mark(View):
    """The state of one occasion of one account.

    ``package`` is the id of the period's package, ``ledger`` says that there is a ledger; ``late``: days after the
    window. ``problem`` is what is wrong with the ledger.
    """

    state: str
    sign: str
    word: str
    occasion: str
    kind: str
    period: str
    late: int
    package: str
    ledger: bool
    problem: str


class YearMark(View):
    """How many occasions of a year count, of how many expected; ``verdict``: none, enough, open or red."""

    counted: int
    expected: int
    verdict: str


class Line(View):
    """An account. ``cells`` has the marks of each column, in the order of time; ``years`` one entry a year shown."""

    account: str
    name: str
    listed: bool
    cells: list[list[Mark]]
    years: list[YearMark]


class Legend(View):
    """A state with its sign and word."""

    state: str
    sign: str
    word: str


class Matrix(View):
    """The table of one archive. ``source``: the spec was given, is of a package (``spec_name``), or there is none."""

    archive: str
    name: str
    source: str
    spec_name: str
    spec_id: str
    spec_version: str
    spec_sha256: str
    today: str
    columns: list[str]
    older: int
    years: list[int]
    lines: list[Line]
    legend: list[Legend]


@dataclass(frozen=True)
class _Sheet:
    """What all lines share: the columns, which column each slot is in (-1: none), and the years."""

    of: ArchiveCoverage
    columns: list[Slot]
    column_of: list[int]
    years: list[int]
    names: dict[str, str]
    language: Language


def matrix(of: ArchiveCoverage, accounts: Collection[str], language: Language) -> Matrix:
    """Lay out the coverage of some accounts of an archive."""
    table, spec = of.table, of.basis.spec
    slots, every = _columns(table)
    shown = sorted({one.year for one in slots} & set(of.years.years)) if of.years else []
    sheet = _Sheet(
        of, slots, _column_of(table.slots, slots, older=every > len(slots)), shown,
        {one.id: one.name for one in table.register.accounts}, language,
    )  # fmt: skip
    lines = [_line(sheet, place) for place, account in enumerate(table.accounts) if account in accounts]
    there = {mark.state for line in lines for cell in line.cells for mark in cell}
    said = words(language)
    return Matrix(
        archive=of.basis.archive, name=table.register.name, source=of.basis.source, spec_name=of.basis.name,
        spec_id=table.register.spec, spec_version=table.register.version, spec_sha256=of.basis.sha256,
        today=table.today.isoformat(), columns=[one.id if spec else one.period for one in slots],
        older=every - len(slots), years=shown, lines=lines,
        legend=[Legend(state=one, sign=SIGNS[one], word=said[one]) for one in STATES if one in there],
    )  # fmt: skip


def mark_of(of: ArchiveCoverage, number: int, language: Language) -> Mark:
    """Return one cell of the coverage."""
    cell = of.table.cell(number)
    return Mark(
        state=cell.state, sign=SIGNS[cell.state], word=words(language)[cell.state], occasion=cell.slot.id,
        kind=cell.slot.kind, period=cell.slot.period, late=cell.late,
        package=of.packages.get((cell.account, cell.slot.period), ""), ledger=bool(cell.row),
        problem=cell.row.get("problem", "") if cell.state is CellState.BROKEN else "",
    )  # fmt: skip


def _columns(table: Coverage) -> tuple[list[Slot], int]:
    """Return the slots that have a column, the newest, and how many there were; without a spec every period has one."""
    slots = ordinary(table) or sorted({one.period: one for one in table.slots}.values(), key=ends)
    return slots[-COLUMNS:], len(slots)


def _column_of(slots: Sequence[Slot], columns: Sequence[Slot], *, older: bool) -> list[int]:
    """Return the column of each slot: its own, else that of the occasion it comes before; -1: it is not shown."""
    ids = {one.id: place for place, one in enumerate(columns)}
    found = []
    for slot in slots:
        later = (place for place, one in enumerate(columns) if ends(one) >= ends(slot))
        place = ids.get(slot.id, next(later, len(columns) - 1))
        found.append(-1 if older and place == 0 and slot.id not in ids and ends(slot) < ends(columns[0]) else place)
    return found


def _line(sheet: _Sheet, place: int) -> Line:
    table = sheet.of.table
    cells: list[list[Mark]] = [[] for _ in sheet.columns]
    first, stop = np.searchsorted(table.account, [place, place + 1]).tolist()
    for number in range(first, stop):
        column = sheet.column_of[table.slot[number]]
        if column >= 0:
            cells[column].append(mark_of(sheet.of, number, sheet.language))
    account = table.accounts[place]
    return Line(
        account=account, name=sheet.names.get(account, ""), listed=place < table.listed or sheet.of.basis.spec is None,
        cells=cells, years=[_year(sheet, place, year) for year in sheet.years],
    )  # fmt: skip


def _year(sheet: _Sheet, place: int, year: int) -> YearMark:
    years = sheet.of.years
    if years is None:
        return YearMark(counted=0, expected=0, verdict=YearVerdict.NONE)
    at = years.years.index(year)
    return YearMark(
        counted=int(years.counted[place, at]), expected=int(years.expected[place, at]),
        verdict=VERDICTS[years.verdict[place, at]],
    )  # fmt: skip
