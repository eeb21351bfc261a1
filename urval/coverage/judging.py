"""The state of each cell: what its ledger says, else what the calendar says; and how late it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage.columns import numbers_among, text
from urval.coverage.states import CODE, OF_LEDGER, CellState, among
from urval.ledger import State
from urval.periods import local_midnight

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from urval.coverage.table import Slot

NO_CELL = -1
_DAY = timedelta(days=1)
_NEVER = np.iinfo(np.int64).max


def judged(
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
    of_row = np.append(_of_ledger(own), NO_CELL)[row]  # row -1 is the last
    state = np.where(of_row == NO_CELL, by_calendar, of_row)
    late = np.zeros(len(slot), dtype=np.int64)
    lost = among({CellState.MISSED, CellState.FAILED})[state] & ~still_open
    since = np.array([(today - one.closes).days if one.closes else 0 for one in slots], dtype=np.int64)
    late[lost] = np.maximum(since[slot[lost]], 0)
    _say_late(late, slots, slot, row, own, timezone)
    return state, late, still_open


def _of_ledger(own: pa.Table) -> NDArray[np.int64]:
    """Return the state of each ledger as a cell's; -1 where the calendar decides."""
    names = list(OF_LEDGER)
    codes = np.array([NO_CELL if (cell := OF_LEDGER[name]) is None else CODE[cell] for name in names], dtype=np.int64)
    place = numbers_among(own.column("stands"), names)
    stands = np.append(codes, NO_CELL)[place]  # what is no state: -1, the last
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
    texts = pc.if_else(pc.equal(column, text("")), text("1970-01-01T00:00:00Z"), column)
    found: NDArray[np.int64] = texts.cast(pa.timestamp("s", "UTC")).cast(pa.int64()).to_numpy()
    return found
