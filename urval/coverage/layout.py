"""How the table is laid out: a column for each ordinary occasion, a line below the account for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from urval.coverage.table import Coverage, Slot


def ordinary(table: Coverage) -> list[Slot]:
    """Return the spec's own occasions, one of each id, in the order in which their periods end."""
    first = {one.id: one for one in reversed(table.slots) if one.kind == "ordinary"}
    return sorted(first.values(), key=lambda one: (ends(one), one.id))


def ends(slot: Slot) -> str:
    """Return the day on which an occasion's period ends, as text that sorts."""
    return slot.period.partition("--")[2]


def matrix(table: Coverage, ids: Sequence[str]) -> NDArray[np.int64]:
    """Return the number of the cell of each account and shown occasion, -1 where there is none."""
    column_of = {one: place for place, one in enumerate(ids)}
    columns = np.array([column_of.get(one.id, -1) for one in table.slots], dtype=np.int64)[table.slot]
    found = np.full((len(table.accounts), len(ids)), -1, dtype=np.int64)
    shown = np.flatnonzero(columns >= 0)
    found[table.account[shown], columns[shown]] = shown
    return found


def beside(table: Coverage, ids: set[str]) -> dict[int, list[int]]:
    """Return the cells that have no column: extra occasions, last captures, periods only the ledger knows."""
    own = np.array([one.kind != "ordinary" and one.id not in ids for one in table.slots], dtype=bool)[table.slot]
    found: dict[int, list[int]] = {}
    for number in np.flatnonzero(own).tolist():
        found.setdefault(int(table.account[number]), []).append(number)
    return found
