"""What needs doing next, most pressing first, each with the command that does it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage.states import CODE, CellState
from urval.coverage.words import Language, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.coverage.table import Cell, Coverage

_NAMED = 3  # accounts a line names
_PRESSING = (
    CellState.BROKEN,
    CellState.MISSED,
    CellState.FAILED,
    CellState.RETURNED,
    CellState.APPROVED,
    CellState.PROPOSED,
    CellState.CAPTURED,
    CellState.PACKAGED,
    CellState.DUE,
)
_OPEN = ("proposed", "approved")
_REVIEWED = frozenset({"proposed", "second"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One thing to do: for which accounts at which occasion, in a sentence, and by which command."""

    kind: str
    occasion: str
    accounts: tuple[str, ...]
    sentence: str
    command: str


def needs(table: Coverage, language: Language, *, store: str, spec: str) -> list[Need]:
    """Return what needs doing; accounts in the same state at the same occasion are one thing.

    Args:
        table: The coverage.
        language: Of the sentences.
        store: The store as commands shall name it.
        spec: The spec's path as commands shall name it.
    """
    found = [
        (rank, str(table.slots[slot].closes), slot, kind, numbers)
        for rank, state in enumerate(_PRESSING)
        for slot, kind, numbers in _groups(table, state)
    ]
    # Of one state, what closed first comes first.
    told = [_need(table, kind, numbers, language, store, spec) for _, _, _, kind, numbers in sorted(found)]
    return told + _supplements(table, language, store, spec)


def _supplements(table: Coverage, language: Language, store: str, spec: str) -> list[Need]:
    """Return the supplements that wait: to what counts already, so no cell shows them."""
    ledger = table.ledger.select(["account", "period", "done", "stands"])
    waits = pc.is_in(ledger.column("stands"), value_set=pa.array(_OPEN))
    return [
        Need(
            kind="supplement",
            occasion=row["period"],
            accounts=(row["account"],),
            sentence=words(language)["do supplement"].format(what=f"{row['period']}, {row['account']}"),
            command=shlex.join(["urval", "review", "list", "--spec", spec, "--store", store]),
        )
        for row in ledger.filter(waits).to_pylist()
        if row["done"]
    ]


def _groups(table: Coverage, state: CellState) -> Iterator[tuple[int, str, list[int]]]:
    """Yield slot, kind and cells of what is done at once; each broken ledger is a thing of its own."""
    numbers = np.array(table.where(state), dtype=np.int64)
    slots = table.slot[numbers]
    for slot in sorted({*slots.tolist()}):
        kinds: dict[str, list[int]] = {}
        for number in numbers[slots == slot].tolist():
            if state is CellState.BROKEN:
                yield slot, str(state), [number]
            else:
                kinds.setdefault(_kind(table, number, state), []).append(number)
        yield from ((slot, kind, cells) for kind, cells in kinds.items())


def _kind(table: Coverage, number: int, state: CellState) -> str:
    if state is CellState.APPROVED and table.register.persons > 1:
        by = table.ledger.column("approved_by")[int(table.row[number])].as_py()
        return "approved" if ", " in by else "second"
    return str(state)


def _need(table: Coverage, kind: str, numbers: list[int], language: Language, store: str, spec: str) -> Need:
    said = words(language)
    cell = table.cell(numbers[0])
    accounts = tuple(table.accounts[table.account[number]] for number in numbers)
    names = ", ".join(accounts[:_NAMED])
    if len(accounts) > _NAMED:
        names = said["others"].format(names=names, count=len(accounts) - _NAMED)
    sentence = said[f"do {kind}"].format(what=f"{cell.slot.id}, {names}", closes=cell.slot.closes)
    command = _command(kind, cell, accounts, store, spec)
    return Need(kind=kind, occasion=cell.slot.id, accounts=accounts, sentence=sentence, command=command)


def _command(kind: str, cell: Cell, accounts: tuple[str, ...], store: str, spec: str) -> str:
    if kind == "broken":
        return shlex.join(["urval", "ledger", cell.account, "--store", store, "--period", cell.slot.period])
    about = ["--spec", spec, "--store", store, "--occasion", cell.slot.id]
    if kind in _REVIEWED:  # one at a time
        return shlex.join(["urval", "review", "show", *about, "--account", accounts[0]])
    named = [part for account in accounts for part in ("--account", account)]
    return shlex.join(["urval", "capture", *about, *(named if len(accounts) <= _NAMED else ())])


def waiting(table: Coverage) -> dict[str, int]:
    """Return how many cells are in each state, those in none left out."""
    return {str(state): count for state in CODE if (count := len(table.where(state)))}
