"""What each rule names in a frame. Every rule sees the whole frame and nothing of the other rules.

Frames come sorted by thread id. No rule loops over threads; hashes are one expression over the ids. Places are counted
from 1: in a ``fat`` rule by size, in ``simple_random`` in the drawn order, in ``systematic`` in the order of time.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, assert_never

import numpy as np
import pandas as pd

from urval.periods import window_spans
from urval.spec import Census, Exclude, Fat, Judgement, Mandatory, SimpleRandom, Systematic, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from urval.periods import Period, Span
    from urval.spec import ArchiveSpec, Rule

Mask: TypeAlias = "npt.NDArray[np.bool_]"
Places: TypeAlias = "npt.NDArray[np.int64]"


@dataclass(frozen=True, slots=True)
class Named:
    """What one rule names: a mask over the sorted frame, and what an explanation needs."""

    rule: Rule
    mask: Mask
    places: Places | None = None  # each thread's place in the rule's order
    first: int = 1  # systematic: the place of the first thread named
    wanted: int = 0  # simple_random and systematic: how many
    spans: tuple[Span, ...] = ()  # window: its days
    missing: tuple[str, ...] = ()  # thread ids the rule names that the frame has not


@dataclass(frozen=True, slots=True)
class Setting:
    """What rules need beside the frame."""

    spec: ArchiveSpec
    period: Period
    seed: str


def name_threads(rule: Rule, frame: pd.DataFrame, setting: Setting) -> Named:  # noqa: PLR0911 - one a kind of rule
    """Apply one rule to a frame that is sorted by thread id."""
    match rule:
        case Census():
            return Named(rule, np.ones(len(frame), dtype=np.bool_))
        case Window():
            return _window(rule, frame, setting)
        case Fat():
            return _fat(rule, frame)
        case Judgement():
            return _judgement(rule, frame)
        case Mandatory():
            return _mandatory(rule, frame)
        case SimpleRandom():
            return _simple_random(rule, frame, setting.seed)
        case Systematic():
            return _systematic(rule, frame, setting.seed)
        case Exclude():
            return _exclude(rule, frame)
        case _:
            assert_never(rule)


def _mask(values: pd.Series) -> Mask:
    return values.to_numpy(dtype=np.bool_)


def _listed(frame: pd.DataFrame, ids: Iterable[str]) -> tuple[Mask, tuple[str, ...]]:
    """Return which threads are listed, and the listed ids that the frame has not, each once and in order."""
    wanted = list(dict.fromkeys(ids))
    known = set(frame["thread_id"]) if wanted else set()
    return _mask(frame["thread_id"].isin(wanted)), tuple(one for one in wanted if one not in known)


def _places(order: npt.NDArray[np.intp]) -> Places:
    places = np.empty(len(order), dtype=np.int64)
    places[order] = np.arange(1, len(order) + 1)
    return places


def _digest(*lines: str) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _window(rule: Window, frame: pd.DataFrame, setting: Setting) -> Named:
    spec = setting.spec
    spans = window_spans(rule, setting.period, spec.terms, spec.blackouts, spec.timezone)
    mask = np.zeros(len(frame), dtype=np.bool_)
    for span in spans:
        inside = (frame["created_at"] >= pd.Timestamp(span.start)) & (frame["created_at"] < pd.Timestamp(span.end))
        mask |= _mask(inside)
    return Named(rule, mask, spans=spans)


def _fat(rule: Fat, frame: pd.DataFrame) -> Named:
    sizes = frame[rule.metric].fillna(0).to_numpy(dtype=np.int64)
    places = _places(np.argsort(-sizes, kind="stable"))  # stable: equal sizes stay in the order of their ids
    enough = sizes >= rule.threshold if rule.threshold is not None else places <= (rule.top_k or 0)
    return Named(rule, (sizes > 0) & enough, places)


def _judgement(rule: Judgement, frame: pd.DataFrame) -> Named:
    mask, missing = _listed(frame, (thread.id for thread in rule.threads))
    return Named(rule, mask, missing=missing)


def _mandatory(rule: Mandatory, frame: pd.DataFrame) -> Named:
    mask, missing = _listed(frame, (link.thread for link in rule.case_linked))
    for column, wanted in (("removed", rule.removed), ("pinned", rule.pinned)):
        if wanted:
            mask = mask | _mask(frame[column])
    return Named(rule, mask, missing=missing)


def _simple_random(rule: SimpleRandom, frame: pd.DataFrame, seed: str) -> Named:
    ranks = np.array([_digest(seed, rule.id, one) for one in frame["thread_id"]], dtype="S64")
    places = _places(np.argsort(ranks, kind="stable"))
    wanted = rule.n if rule.n is not None else math.ceil(Fraction(str(rule.fraction)) * len(frame))
    return Named(rule, places <= wanted, places, wanted=wanted)


def _systematic(rule: Systematic, frame: pd.DataFrame, seed: str) -> Named:
    times = frame["created_at"].astype("int64[pyarrow]").to_numpy(dtype=np.int64)
    places = _places(np.argsort(times, kind="stable"))
    drawn = int(_digest(seed, rule.id, "start"), 16)
    if rule.every_k is not None:
        first = drawn % rule.every_k + 1 if rule.start == "random" else rule.start
        return Named(rule, (places >= first) & ((places - first) % rule.every_k == 0), places, first=first)
    return _evenly(rule, places, drawn)


def _evenly(rule: Systematic, places: Places, drawn: int) -> Named:
    """Name ``n`` threads at steps of size/n, which need be no whole number, from a drawn point within the first."""
    size, wanted = len(places), min(rule.n or 0, len(places))
    if not size:
        return Named(rule, np.zeros(0, dtype=np.bool_), places)
    chosen = (drawn % size + np.arange(wanted, dtype=np.int64) * size) // wanted + 1
    return Named(rule, np.isin(places, chosen), places, first=int(chosen[0]), wanted=wanted)


def _exclude(rule: Exclude, frame: pd.DataFrame) -> Named:
    mask, missing = _listed(frame, (thread.id for thread in rule.threads))
    return Named(rule, mask | _mask(frame["kind"].isin(list(rule.kinds))), missing=missing)
