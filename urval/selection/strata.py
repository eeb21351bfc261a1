"""The rule that divides the threads into strata and draws from each: stratified."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from urval.selection.dated import months
from urval.selection.keys import drawn_number
from urval.selection.lots import drawn_order, even_places
from urval.selection.named import Named, Order, Strata, first_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.selection.frame import Frame, Numbers, Rows
    from urval.selection.named import Chances, Setting
    from urval.spec import Stratified


def by_stratum(rule: Stratified, frame: Frame, setting: Setting) -> Named:
    """Name as many threads of each stratum as its share, drawn within it."""
    codes, names = _divided(rule, frame, setting)
    sizes = tuple(np.bincount(codes, minlength=len(names)).tolist())
    wanted = allocated(rule, names, sizes)
    in_time = rule.draw == "systematic"
    order = Order(frame.numbers("created_at")) if in_time else drawn_order(rule, frame, setting)
    rows = _together(codes, frame.by_time if in_time else np.arange(len(frame)))
    mask = np.zeros(len(frame), dtype=np.bool_)
    for name, size, share in zip(names, sizes, wanted, strict=True):
        those, rows = rows[:size], rows[size:]
        if in_time:
            mask[those[even_places(size, share, drawn_number(*setting.lines(rule), "start", name))]] = True
        else:
            mask[those] = first_of(Order(order.values[those]), share)
    strata = Strata(codes, names, sizes, wanted, order)
    return Named(rule, mask, _chances(strata), wanted=sum(wanted), strata=strata)


def allocated(rule: Stratified, names: Sequence[str], sizes: Sequence[int]) -> tuple[int, ...]:
    """Return how many are drawn from each stratum; ``names`` are sorted. No stratum gives more than it has."""
    if rule.allocation == "fixed":
        fixed = {one.stratum: one.n for one in rule.sizes}
        shares = [fixed.get(name, 0) for name in names]
    else:
        share_out = _in_proportion if rule.allocation == "proportional" else _equally
        shares = share_out(min(rule.n or 0, sum(sizes)), sizes)
    enough = [max(share, rule.min_per_stratum) for share in shares]
    return tuple(min(share, size) for share, size in zip(enough, sizes, strict=True))


def _in_proportion(n: int, sizes: Sequence[int]) -> list[int]:
    """Share out by size: whole parts first, what is left to the largest remainders, ties by name."""
    total = sum(sizes) or 1
    shares = [n * size // total for size in sizes]
    largest = sorted(range(len(sizes)), key=lambda one: (-(n * sizes[one] % total), one))
    for one in largest[: n - sum(shares)]:
        shares[one] += 1
    return shares


def _equally(n: int, sizes: Sequence[int]) -> list[int]:
    """Share out alike; what a small stratum cannot give falls to the others, a rest to the first by name."""
    shares = [0] * len(sizes)
    by_size = sorted(range(len(sizes)), key=lambda one: sizes[one])
    while by_size and sizes[by_size[0]] * len(by_size) <= n:
        smallest = by_size.pop(0)
        shares[smallest] = sizes[smallest]
        n -= sizes[smallest]
    for place, one in enumerate(sorted(by_size)):
        shares[one] = n // len(by_size) + (place < n % len(by_size))
    return shares


def _divided(rule: Stratified, frame: Frame, setting: Setting) -> tuple[Numbers, tuple[str, ...]]:
    """Return each thread's stratum as a number, and the strata's names in order."""
    codes = np.zeros(len(frame), dtype=np.int64)
    names = [""] if len(frame) else []
    for what in rule.by:
        more, texts = _values(what, frame, setting)
        found, codes = _compact(codes * len(texts) + more)
        names = [f"{names[one // len(texts)]}/{texts[one % len(texts)]}" for one in found]
    ranks = sorted(range(len(names)), key=lambda one: names[one])
    renamed = np.empty(len(names), dtype=np.int64)
    renamed[ranks] = np.arange(len(names))
    return renamed[codes], tuple(names[one].removeprefix("/") for one in ranks)


def _values(what: str, frame: Frame, setting: Setting) -> tuple[Numbers, list[str]]:
    """Return each thread's value as a number, and the texts these stand for."""
    if what == "kind":
        return frame.codes("kind")
    if what == "month":
        found, codes = _compact(months(frame.days(setting.spec.timezone)))
        return codes, [str(np.datetime64(month, "M")) for month in found]
    if what == "has_comments":
        return (frame.numbers("comments") > 0).astype(np.int64), ["no", "yes"]
    return np.zeros(len(frame), dtype=np.int64), [getattr(setting.account, {"account": "id"}.get(what, what))]


def _compact(values: Numbers) -> tuple[list[int], Numbers]:
    """Return the different values, and each value as its number among them; by hash, without sorting."""
    encoded: Any = pa.array(values).dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _together(codes: Numbers, rows: Rows) -> Rows:
    """Return rows stratum by stratum, within each in the order given."""
    few = codes.astype(np.uint16) if codes.max(initial=0) < 1 << 16 else codes  # short numbers sort faster
    return rows[np.argsort(few[rows], kind="stable")]


def _chances(strata: Strata) -> Chances:
    chances = tuple(Fraction(share, size) for share, size in zip(strata.wanted, strata.sizes, strict=True))
    return lambda rows: (strata.codes[rows], chances)
