"""Rules that look at how much there is of something: fat, and sampling in proportion to size (pps)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from urval.selection.keys import drawn_number
from urval.selection.named import Named, Order, first_of
from urval.selection.sizes import above

if TYPE_CHECKING:
    from urval.selection.frame import Frame, Mask, Numbers, Rows
    from urval.selection.named import Chances, Setting
    from urval.spec import Fat, Pps

_WORD = 32
_LARGE = 1 << 62  # sums beyond are computed in Python's whole numbers


def largest(rule: Fat, frame: Frame) -> Named:
    """Name the threads with most of something, the first ones or all of a certain size; never those with none."""
    sizes = frame.numbers(rule.metric)
    order = Order(-sizes)
    if rule.threshold is not None:
        return Named(rule, sizes >= rule.threshold, order=order)
    wanted = rule.top_k or 0 if rule.quantile is None else above(len(frame), rule.quantile)
    return Named(rule, (sizes > 0) & first_of(order, wanted), order=order, wanted=wanted)


def by_weight(rule: Pps, frame: Frame, setting: Setting) -> Named:
    """Name threads with a chance in proportion to their size.

    The certain ones are those of at least a step, total size / n. They are taken out, and the step is computed anew
    for the rest, until none is that large. The rest lie in the order of time, each as long as its size; points at even
    steps, the first one drawn, name the threads they fall on.
    """
    sizes = np.maximum(frame.numbers(rule.size_metric), 0)
    wanted = min(rule.n, int(np.count_nonzero(sizes)))
    certain, total = _certain(sizes, wanted)
    drawn = wanted - certain
    step = Fraction(total, drawn) if drawn else Fraction(0)
    sure = first_of(Order(-sizes), certain)
    mask = sure.copy()
    if drawn:
        rest = frame.by_time[~sure[frame.by_time]]
        mask[_hit(rest, sizes, drawn, total, drawn_number(*setting.lines(rule), "start"))] = True
    return Named(rule, mask, _chances(sizes, sure, step), wanted=wanted, step=step)


def _certain(sizes: Numbers, wanted: int) -> tuple[int, int]:
    """Return how many threads are certain, and the total size of the others."""
    total = _sum(sizes)
    largest_first = sorted(sizes[first_of(Order(-sizes), wanted)].tolist(), reverse=True)
    for certain, size in enumerate(largest_first):
        if size * (wanted - certain) < total:
            return certain, total
        total -= size
    return wanted, total


def _sum(sizes: Numbers) -> int:
    """Return the sum, also where it passes 64 bits."""
    return (int((sizes >> _WORD).sum()) << _WORD) + int((sizes & ((1 << _WORD) - 1)).sum())


def _hit(rest: Rows, sizes: Numbers, drawn: int, total: int, number: int) -> Rows:
    """Return the rows that ``drawn`` points at even steps fall on, in a row of threads as long as their sizes."""
    kind: Any = np.int64 if total < _LARGE else object
    ends = np.cumsum(sizes[rest].astype(kind))
    whole, part = divmod(total, drawn)
    start, start_part = divmod(number % total, drawn)
    steps = np.arange(drawn).astype(kind)
    points = start + steps * whole + (start_part + steps * part) // drawn
    hit: Rows = rest[np.searchsorted(ends, points, side="right")]
    return hit


def _chances(sizes: Numbers, sure: Mask, step: Fraction) -> Chances:
    def of(rows: Rows) -> tuple[Numbers, tuple[Fraction, ...]]:
        different, codes = np.unique(np.where(sure[rows], -1, sizes[rows]), return_inverse=True)
        # Where every thread that has a size is certain there is no step, and the others have no chance.
        return codes, tuple(Fraction(1) if size < 0 else size / (step or Fraction(1)) for size in different.tolist())

    return of
