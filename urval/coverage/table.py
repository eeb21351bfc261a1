"""The table itself: a cell for each occasion of each account, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage.states import CODE, COUNTED, OF_LEDGER, STATES, CellState, among
from urval.ledger import State
from urval.periods import local_midnight

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from urval.coverage.register import Register
    from urval.periods import Occasion

_DAY = timedelta(days=1)
_NEVER = np.iinfo(np.int64).max
_NO_CELL = -1


class Slot(NamedTuple):
    """A distinct occasion. Its days are None where the ledger speaks of a period that the spec does not have."""

    id: str
    kind: str
    period: str
    year: int
    opens: date | None
    closes: date | None


class Cell(NamedTuple):
    """One cell. ``late``: days after the window, of the capture, or until today where it is missed or failed."""

    account: str
    listed: bool  # in the register
    slot: Slot
    state: CellState
    counted: bool
    late: int
    row: Mapping[str, Any]  # what the ledger says, by the names of ``Standing``; empty where there is no ledger


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coverage:
    """The table. The arrays have one entry a cell, sorted by account, then by the end of the period.

    ``accounts`` are those of the register, in its order, then those only the ledger knows, sorted; the first ``listed``
    are the register's.
    """

    register: Register
    today: date
    accounts: tuple[str, ...]
    listed: int
    slots: tuple[Slot, ...]
    ledger: pa.Table  # the rows of this archive, ``SCHEMA``
    account: NDArray[np.int64]
    slot: NDArray[np.int64]
    state: NDArray[np.int64]
    late: NDArray[np.int64]
    row: NDArray[np.int64]  # of ``ledger``; -1: none
    open: NDArray[np.bool_]  # the window is not closed yet
    expected: NDArray[np.bool_]  # the register expects it

    @property
    def counted(self) -> NDArray[np.bool_]:
        """Whether there is a package that counts; what was skipped does not count."""
        found: NDArray[np.bool_] = among(COUNTED)[self.state]
        return found

    def where(self, *states: CellState) -> list[int]:
        """Return the numbers of the cells in one of these states."""
        found: list[int] = np.flatnonzero(among(states)[self.state]).tolist()
        return found

    def cell(self, number: int) -> Cell:
        """Return one cell, readable."""
        account, row = int(self.account[number]), int(self.row[number])
        state = STATES[self.state[number]]
        said = {name: self.ledger.column(name)[row].as_py() for name in self.ledger.column_names} if row >= 0 else {}
        return Cell(
            self.accounts[account], account < self.listed, self.slots[self.slot[number]], state, state in COUNTED,
            int(self.late[number]), said,
        )  # fmt: skip

    def cells(self) -> Iterator[Cell]:
        """Yield all cells in their order."""
        said: list[dict[str, Any]] = self.ledger.to_pylist()
        columns = (
            self.account.tolist(),
            self.slot.tolist(),
            self.state.tolist(),
            self.late.tolist(),
            self.row.tolist(),
        )
        for account, slot, code, late, row in zip(*columns, strict=True):
            state = STATES[code]
            yield Cell(
                self.accounts[account], account < self.listed, self.slots[slot], state, state in COUNTED, late,
                said[row] if row >= 0 else {},
            )  # fmt: skip


def cover(
    register: Register, chains: Mapping[str, Sequence[Occasion]], ledger: pa.Table, today: date, *, year: int = 0
) -> Coverage:
    """Lay the ledgers over the occasions.

    Args:
        register: The spec's accounts and calendar.
        chains: The occasions of each of its accounts, as :func:`chains_of` gives them.
        ledger: What the ledgers say, as ``SCHEMA``, one row a ledger; rows of other archives are left out.
        today: The local day.
        year: Only the occasions of this year; 0: all.
    """
    own = ledger.filter(pc.equal(ledger.column("archive"), pa.scalar(register.archive))).combine_chunks()
    names = [entry.id for entry in register.accounts]
    accounts = (*names, *sorted({*_distinct(own.column("account"))}.difference(names)))
    slots, account, slot = _expected(names, chains)
    slots, more_account, more_slot, row = _joined(accounts, len(names), slots, account, slot, own)
    expected = np.arange(len(row)) < len(account)
    account, slot = np.concatenate([account, more_account]), np.concatenate([slot, more_slot])
    order = np.lexsort((_rank(slots)[slot], account))
    if year:
        order = order[np.array([one.year == year for one in slots], dtype=bool)[slot[order]]]
    account, slot, row, expected = account[order], slot[order], row[order], expected[order]
    state, late, still_open = _judged(slots, slot, row, own, today, register.timezone)
    return Coverage(
        register=register, today=today, accounts=accounts, listed=len(names), slots=slots, ledger=own, account=account,
        slot=slot, state=state, late=late, row=row, open=still_open, expected=expected,
    )  # fmt: skip


def _expected(
    names: Sequence[str], chains: Mapping[str, Sequence[Occasion]]
) -> tuple[tuple[Slot, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct occasions, and account and slot of every cell. Chains that are one object are read once."""
    known: dict[Occasion, int] = {}
    numbers: dict[int, NDArray[np.int64]] = {}
    for chain in chains.values():
        if id(chain) not in numbers:
            numbers[id(chain)] = np.array([known.setdefault(one, len(known)) for one in chain], dtype=np.int64)
    parts = [numbers[id(chains[name])] for name in names]
    account = np.repeat(np.arange(len(names), dtype=np.int64), [len(part) for part in parts])
    slots = tuple(Slot(one.id, one.kind, one.period.id, one.year, one.opens, one.closes) for one in known)
    return slots, account, np.concatenate(parts) if parts else account


def _joined(
    accounts: Sequence[str],
    listed: int,
    slots: tuple[Slot, ...],
    account: NDArray[np.int64],
    slot: NDArray[np.int64],
    own: pa.Table,
) -> tuple[tuple[Slot, ...], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Match cells and ledgers by account and period.

    Returns:
        The slots, with those only the ledger knows; account and slot of the cells only the ledger knows; and for every
        cell, those included, the row of its ledger or -1.
    """
    periods = list(dict.fromkeys([*(one.period for one in slots), *_distinct(own.column("period"))]))
    of_period = {period: number for number, period in enumerate(periods)}
    width = max(len(periods), 1)
    slot_period = np.array([of_period[one.period] for one in slots], dtype=np.int64)
    cells = account * width + slot_period[slot] if len(slot) else account
    rows = _numbers(own.column("account"), accounts) * width + _numbers(own.column("period"), periods)
    place = np.argsort(rows)
    at = np.searchsorted(rows[place], cells)
    hit = (at < len(rows)) & (rows[place][np.minimum(at, len(rows) - 1)] == cells) if len(rows) else at < 0
    row = np.full(len(cells), _NO_CELL, dtype=np.int64)
    row[hit] = place[at[hit]]
    outside = np.setdiff1d(np.arange(len(rows)), row)
    more = [(int(key) // width, periods[int(key) % width]) for key in rows[outside]]
    all_slots, numbers = _slots_outside(slots, more, listed)
    return all_slots, rows[outside] // width, np.array(numbers, dtype=np.int64), np.concatenate([row, outside])


def _slots_outside(
    slots: tuple[Slot, ...], cells: Sequence[tuple[int, str]], listed: int
) -> tuple[tuple[Slot, ...], list[int]]:
    """Return the slots with those of more cells (account, period), and which is whose.

    Accounts that the register does not know share its occasions; those it knows have their own, and no other.
    """
    known = {one.period: number for number, one in reversed(list(enumerate(slots))) if one.kind == "ordinary"}
    made: dict[str, int] = {}
    numbers = [
        known[period] if account >= listed and period in known else made.setdefault(period, len(slots) + len(made))
        for account, period in cells
    ]
    return (*slots, *map(_outside, made)), numbers


def _distinct(column: pa.ChunkedArray[Any]) -> list[str]:
    return [str(value) for value in pc.unique(column).to_pylist()]


def _numbers(column: pa.ChunkedArray[Any], values: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value of a column among ``values``, which hold them all."""
    found: NDArray[np.int64] = pc.index_in(column, value_set=pa.array(values, pa.string())).to_numpy().astype(np.int64)
    return found


def _outside(period: str) -> Slot:
    try:
        year = (date.fromisoformat(period.partition("--")[2]) - _DAY).year
    except (ValueError, OverflowError):
        year = 0
    return Slot(period, "outside", period, year, None, None)


def _rank(slots: Sequence[Slot]) -> NDArray[np.int64]:
    """Return the place of each slot in the order of the days its period ends, then begins."""
    order = sorted(range(len(slots)), key=lambda n: (slots[n].period.partition("--")[2], slots[n].period, slots[n].id))
    rank = np.empty(len(slots), dtype=np.int64)
    rank[order] = np.arange(len(slots))
    return rank


def _judged(
    slots: Sequence[Slot],
    slot: NDArray[np.int64],
    row: NDArray[np.int64],
    own: pa.Table,
    today: date,
    timezone: str,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Return state, days late, and whether the window is not closed, of every cell."""
    opened = np.array([one.opens is not None and one.opens <= today for one in slots], dtype=bool)[slot]
    still_open = np.array([one.closes is not None and today <= one.closes for one in slots], dtype=bool)[slot]
    by_calendar = np.where(
        still_open, np.where(opened, CODE[CellState.DUE], CODE[CellState.AHEAD]), CODE[CellState.MISSED]
    )
    of_row = np.append(_of_ledger(own), _NO_CELL)[row]  # row -1 is the last
    state = np.where(of_row == _NO_CELL, by_calendar, of_row)
    late = np.zeros(len(slot), dtype=np.int64)
    lost = among({CellState.MISSED, CellState.FAILED})[state] & ~still_open
    since = np.array([(today - one.closes).days if one.closes else 0 for one in slots], dtype=np.int64)
    late[lost] = np.maximum(since[slot[lost]], 0)
    _say_late(late, slots, slot, row, own, timezone)
    return state, late, still_open


def _of_ledger(own: pa.Table) -> NDArray[np.int64]:
    """Return the state of each ledger as a cell's; -1 where the calendar decides."""
    names = list(OF_LEDGER)
    codes = np.array([_NO_CELL if (cell := OF_LEDGER[name]) is None else CODE[cell] for name in names], dtype=np.int64)
    known = np.isin(_plain(own.column("stands")), names)
    stands = np.full(own.num_rows, _NO_CELL, dtype=np.int64)
    stands[known] = codes[_numbers(own.column("stands").filter(pa.array(known)), names)]
    done = _plain(own.column("done"))
    failed, broken = _plain(own.column("state")) == State.FAILED, _plain(own.column("problem")) != ""
    return np.select(
        [broken, done == State.VERIFIED, failed, done == State.PACKAGED],
        [CODE[CellState.BROKEN], CODE[CellState.VERIFIED], CODE[CellState.FAILED], CODE[CellState.PACKAGED]],
        stands,
    )  # fmt: skip


def _plain(column: pa.ChunkedArray[Any]) -> NDArray[Any]:
    return column.to_numpy()


def _say_late(
    late: NDArray[np.int64],
    slots: Sequence[Slot],
    slot: NDArray[np.int64],
    row: NDArray[np.int64],
    own: pa.Table,
    timezone: str,
) -> None:
    """Write how many local days after its window each capture ended."""
    captured = np.append(_seconds(own.column("captured_at")), 0)[row]
    ends = [
        _NEVER if one.closes is None else int(local_midnight(one.closes + _DAY, timezone).timestamp()) for one in slots
    ]
    zone = ZoneInfo(timezone)
    for number in np.flatnonzero(captured >= np.array(ends, dtype=np.int64)[slot]).tolist():
        day = datetime.fromtimestamp(int(captured[number]), UTC).astimezone(zone).date()
        closes = slots[slot[number]].closes
        late[number] = (day - closes).days if closes else 0


def _seconds(column: pa.ChunkedArray[Any]) -> NDArray[np.int64]:
    """Return RFC 3339 texts in UTC as seconds since 1970, "" as 0."""
    texts = pc.if_else(pc.equal(column, pa.scalar("")), pa.scalar("1970-01-01T00:00:00Z"), column)
    found: NDArray[np.int64] = texts.cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy()
    return found
