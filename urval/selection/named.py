"""What one rule names, and what can be said about it: the result of every rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    import numpy.typing as npt

    from urval.periods import Period, Span
    from urval.selection.frame import Mask, Numbers, Rows
    from urval.spec import Account, ArchiveSpec, Rule

    # For some rows: which of the chances each has, and the chances.
    Chances: TypeAlias = Callable[[Rows], tuple[Numbers, tuple[Fraction, ...]]]


@dataclass(frozen=True, slots=True)
class Setting:
    """What rules need beside the frame. ``prefix`` stands before a rule's id in its draws."""

    spec: ArchiveSpec
    account: Account
    period: Period
    seed: str
    prefix: str = ""

    def lines(self, rule: Rule) -> tuple[str, str]:
        """Return what a rule's draws follow from: the seed and the rule's id, ``<combine>/<part>`` for a part."""
        return self.seed, f"{self.prefix}{rule.id}"

    def within(self, rule: Rule) -> Setting:
        """Return the setting of a rule's parts."""
        return replace(self, prefix=f"{self.prefix}{rule.id}/")


@dataclass(frozen=True)
class Order:
    """An order of all threads: by value, those of the same value by thread id."""

    values: npt.NDArray[np.int64] | npt.NDArray[np.uint64]

    @cached_property
    def places(self) -> Numbers:
        """Each thread's place, from 1."""
        return inverse(np.argsort(self.values, kind="stable"))


@dataclass(frozen=True)
class Strata:
    """How a frame is divided: the stratum of each row, their names, sizes, and how many are drawn from each.

    Within each, threads are drawn in ``order``.
    """

    codes: Numbers
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    wanted: tuple[int, ...]
    order: Order

    @cached_property
    def places(self) -> Numbers:
        """Each thread's place within its stratum, from 1."""
        before = np.concatenate([[0], np.cumsum(self.sizes)])
        places: Numbers = inverse(np.lexsort((self.order.values, self.codes))) - before[self.codes]
        return places


@dataclass(frozen=True, slots=True)
class Named:
    """What one rule names: a mask over the frame, and what a table and an explanation need."""

    rule: Rule
    mask: Mask
    chances: Chances | None = None  # how likely each thread was to be named, where that is defined
    missing: tuple[str, ...] = ()  # thread ids the rule names that the frame has not
    order: Order | None = None  # in which the first or every so manieth is named
    first: int = 1  # systematic: the place of the first thread named
    wanted: int = 0  # how many are named, where the rule says so
    spans: tuple[Span, ...] = ()  # its days
    strata: Strata | None = None
    step: Fraction | None = None  # pps: the step; at least so large is certain
    parts: tuple[Named, ...] = ()  # combine
    capped: Mask | None = None  # combine: what the cap cut off
    stand_ins: tuple[tuple[int, int], ...] = ()  # reserve: rows of the lost threads and of their substitutes


def inverse(rows: Rows) -> Numbers:
    """Return the place of each row, from 1, where ``rows`` holds the rows in order."""
    places = np.empty(len(rows), dtype=np.int64)
    places[rows] = np.arange(1, len(rows) + 1)
    return places


def only(rows: Rows, size: int) -> Mask:
    """Return a mask that holds just these rows."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[rows] = True
    return mask


def first_of(order: Order, wanted: int) -> Mask:
    """Return a mask of the first so many in an order; all if there are fewer."""
    values = order.values
    if wanted >= len(values):
        return np.ones(len(values), dtype=np.bool_)
    if wanted <= 0:
        return np.zeros(len(values), dtype=np.bool_)
    last = np.partition(values, wanted - 1)[wanted - 1]
    mask: Mask = values < last
    mask[np.flatnonzero(values == last)[: wanted - int(mask.sum())]] = True
    return mask


def all_alike(chance: Fraction) -> Chances:
    """Return chances that are the same for every thread."""
    return lambda rows: (np.zeros(len(rows), dtype=np.int64), (chance,))
