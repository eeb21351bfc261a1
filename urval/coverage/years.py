"""The years of each account: how many occasions counted of how many expected, and which year is red.

A year needs two that count (requirement R02), or as many as the spec and the account's life give it: an account that
was opened in September needs one. Extra occasions after a change of the page count, but none is expected. A year is red
when it is over with fewer, or when it can no longer reach them: what was missed or skipped is lost until somebody
catches it up. An account that is closed without its last capture is red whatever its years are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from urval.coverage.states import COUNTED, STATES, UNDER_WAY, CellState, among
from urval.coverage.words import Language, words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from urval.coverage.table import Coverage
    from urval.periods import Occasion

ENOUGH = 2  # a year, requirement R02


class YearVerdict(StrEnum):
    """How a year of an account stands."""

    NONE = "none"  # nothing is expected
    ENOUGH = "enough"
    OPEN = "open"  # not yet, and it can still be reached
    RED = "red"


VERDICTS = tuple(YearVerdict)
_RED, _OPEN, _ENOUGH, _NONE = (VERDICTS.index(one) for one in ("red", "open", "enough", "none"))


class Missing(NamedTuple):
    """An account that is closed, or was to be closed on a day that is over, without its last capture."""

    account: str
    day: date
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Years:
    """Tables of one row an account, in the order of ``Coverage.accounts``, and one column a year, in ``years``."""

    years: tuple[int, ...]
    counted: NDArray[np.int64]
    expected: NDArray[np.int64]
    verdict: NDArray[np.int64]  # of ``VERDICTS``
    unclosed: tuple[Missing, ...]

    def red_count(self, accounts: Sequence[str]) -> int:
        """Return how many accounts have a red year, or are closed without their last capture."""
        places = np.flatnonzero((self.verdict == _RED).any(axis=1)).tolist()
        return len({accounts[place] for place in places} | {one.account for one in self.unclosed})

    @property
    def any_red(self) -> bool:
        """Tell whether anything is red."""
        return bool((self.verdict == _RED).any()) or bool(self.unclosed)

    def verdict_of(self, account: int, year: int) -> YearVerdict:
        """Return the verdict of an account, by its number, and a year."""
        return VERDICTS[int(self.verdict[account, self.years.index(year)])]


def years_of(table: Coverage, chains: Mapping[str, Sequence[Occasion]]) -> Years:
    """Count and judge every year of every account; ``chains`` as they were given to ``cover``."""
    slot_years = np.array([one.year for one in table.slots], dtype=np.int64)
    of_cell = slot_years[table.slot] if len(table.slots) else np.zeros(0, dtype=np.int64)
    years = np.flatnonzero(np.bincount(of_cell))
    years = years[years > 0]
    asked = np.array([one.kind in {"ordinary", "closing"} for one in table.slots], dtype=bool)[table.slot]
    judged = of_cell > 0
    place = table.account * max(len(years), 1) + np.searchsorted(years, of_cell)

    def tally(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        size = len(table.accounts) * len(years)
        return np.bincount(place[which & judged], minlength=size).reshape(len(table.accounts), len(years))

    counted, expected = tally(table.counted), tally(table.expected & asked)
    needed = np.minimum(expected, ENOUGH)
    past = (table.today > np.array([date(year, 12, 31) for year in years], dtype=object)).astype(bool)
    over = past[np.newaxis, :] & (tally(table.open) == 0)
    short = counted < needed
    red = short & (over | (counted + tally(_possible(table)) < needed))
    verdict = np.select([needed == 0, red, short], [_NONE, _RED, _OPEN], _ENOUGH)
    return Years(
        years=tuple(years.tolist()), counted=counted, expected=expected, verdict=verdict,
        unclosed=_unclosed(table, chains),
    )  # fmt: skip


def _possible(table: Coverage) -> NDArray[np.bool_]:
    """Tell of each cell whether it may still come to count without anybody catching up what was missed."""
    waiting = among({CellState.DUE, CellState.AHEAD, CellState.FAILED})[table.state]
    possible: NDArray[np.bool_] = among(UNDER_WAY)[table.state] | (waiting & table.open)
    return possible


def _unclosed(table: Coverage, chains: Mapping[str, Sequence[Occasion]]) -> tuple[Missing, ...]:
    """Return the accounts whose last capture, due on a day that is over, is neither there nor under way."""
    found = []
    fine = COUNTED | UNDER_WAY
    for number, entry in enumerate(table.register.accounts):
        chain = chains[entry.id]
        end = entry.closing or entry.closed or (chain[-1].period.end_day if chain and _closes(chain[-1]) else None)
        if end is None or not chain or table.today <= end:
            continue
        last = chain[-1]
        first, stop = np.searchsorted(table.account, [number, number + 1])
        states = [STATES[table.state[n]] for n in range(first, stop) if table.slots[table.slot[n]].id == last.id]
        if states and states[0] not in fine:
            found.append(Missing(entry.id, entry.closed or end, entry.closed is not None))
    return tuple(found)


def _closes(occasion: Occasion) -> bool:
    return occasion.kind == "closing"


def red_sentences(table: Coverage, years: Years, language: Language) -> list[str]:
    """Return a sentence for each red year and each account closed without its last capture, in the table's order."""
    said = words(language)
    found = []
    for account, column in zip(*np.nonzero(years.verdict == _RED), strict=True):
        year = years.years[column]
        first, stop = np.searchsorted(table.account, [account, account + 1])
        lost = [
            f"{table.slots[table.slot[n]].id} {said[STATES[table.state[n]]]}"
            for n in range(first, stop)
            if table.slots[table.slot[n]].year == year and STATES[table.state[n]] not in COUNTED
        ]
        found.append(
            said["red year"].format(
                account=table.accounts[account], year=year, counted=years.counted[account, column],
                expected=years.expected[account, column], lost=", ".join(lost),
            )
        )  # fmt: skip
    found += [
        said["closed without" if one.closed else "closing without"].format(account=one.account, day=one.day)
        for one in years.unclosed
    ]
    return found
