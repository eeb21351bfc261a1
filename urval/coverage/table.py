"""The table itself: a cell for each occasion of each account, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage.columns import distinct, numbers_among, text
from urval.coverage.judging import NO_CELL, judged
from urval.coverage.states import COUNTED, STATES, CellState, among

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from urval.coverage.register import Register
    from urval.periods import Occasion

_DAY = timedelta(days=1)


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
    own = ledger
    if distinct(ledger.column("archive")) != [register.archive]:
        own = ledger.filter(pc.equal(ledger.column("archive"), text(register.archive))).combine_chunks()
    names = [entry.id for entry in register.accounts]
    accounts = (*names, *sorted({*distinct(own.column("account"))}.difference(names)))
    slots, account, slot = _expected(names, chains)
    slots, more_account, more_slot, row = _joined(accounts, len(names), slots, account, slot, own)
    expected = np.arange(len(row)) < len(account)
    account, slot = np.concatenate([account, more_account]), np.concatenate([slot, more_slot])
    order = np.lexsort((_rank(slots)[slot], account))
    if year:
        order = order[np.array([one.year == year for one in slots], dtype=bool)[slot[order]]]
    account, slot, row, expected = account[order], slot[order], row[order], expected[order]
    state, late, still_open = judged(slots, slot, row, own, today, register.timezone)
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
    periods = list(dict.fromkeys([*(one.period for one in slots), *distinct(own.column("period"))]))
    of_period = {period: number for number, period in enumerate(periods)}
    width = max(len(periods), 1)
    slot_period = np.array([of_period[one.period] for one in slots], dtype=np.int64)
    cells = account * width + slot_period[slot] if len(slot) else account
    rows = numbers_among(own.column("account"), accounts) * width + numbers_among(own.column("period"), periods)
    place = np.argsort(rows)
    at = np.searchsorted(rows[place], cells)
    hit = (at < len(rows)) & (rows[place][np.minimum(at, len(rows) - 1)] == cells) if len(rows) else at < 0
    row = np.full(len(cells), NO_CELL, dtype=np.int64)
    row[hit] = place[at[hit]]
    alone = np.ones(len(rows), dtype=bool)
    alone[row[hit]] = False
    outside = np.flatnonzero(alone)
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
