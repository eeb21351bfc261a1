"""The states of a cell: where one occasion of one account stands today."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from urval.ledger import State

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray


class CellState(StrEnum):
    """Where an occasion of an account stands. The first eight are the ledger's; the others come of the calendar."""

    VERIFIED = "verified"
    PACKAGED = "packaged"
    APPROVED = "approved"
    PROPOSED = "proposed"
    CAPTURED = "captured"
    RETURNED = "returned"
    FAILED = "failed"
    SKIPPED = "skipped"
    DUE = "due"  # the window is open, nothing captured
    MISSED = "missed"  # the window is closed, nothing captured
    AHEAD = "ahead"  # the window is not open yet
    BROKEN = "broken"  # the ledger cannot be trusted


STATES = tuple(CellState)
CODE = {state: code for code, state in enumerate(STATES)}


def among(states: Collection[CellState]) -> NDArray[np.bool_]:
    """Return which codes are those of some states: an array to look many codes up in."""
    return np.array([state in states for state in STATES], dtype=bool)


COUNTED = frozenset({CellState.VERIFIED, CellState.PACKAGED})
UNDER_WAY = frozenset({CellState.CAPTURED, CellState.PROPOSED, CellState.APPROVED, CellState.RETURNED})

# What the ledger's newest state (failures apart) is as a cell. None of it: the calendar decides.
OF_LEDGER = {
    "": None,
    State.DUE: None,
    State.CAPTURED: CellState.CAPTURED,
    State.PROPOSED: CellState.PROPOSED,
    State.APPROVED: CellState.APPROVED,
    State.PACKAGED: CellState.PACKAGED,
    State.SEALED: CellState.PACKAGED,
    State.VERIFIED: CellState.VERIFIED,
    State.RETURNED: CellState.RETURNED,
    State.SKIPPED: CellState.SKIPPED,
}
