"""Rules that name threads from a list or by a mark: judgement, mandatory, exclude, and the census of all."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.selection.named import Named, all_alike, only
from urval.spec import REMOVAL_KIND, REMOVALS, Mandatory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urval.selection.frame import Frame, Mask
    from urval.spec import Census, Exclude, Judgement, Rule

# Where an account has no mandatory rule in force, what the body removed is kept all the same (requirement R12).
REMOVALS_RULE = Mandatory(rule="mandatory", id=REMOVALS, removed=False, pinned=False)


def everything(rule: Census, frame: Frame) -> Named:
    """Name every thread."""
    return Named(rule, np.ones(len(frame), dtype=np.bool_), all_alike(Fraction(1)))


def chosen(rule: Judgement, frame: Frame) -> Named:
    """Name the threads a person chose."""
    return _listed(rule, frame, (thread.id for thread in rule.threads))


def bound_to_be_kept(rule: Mandatory, frame: Frame) -> Named:
    """Name what must be kept."""
    links = (*rule.case_linked, *rule.police_reported)
    marks = [frame.flags(column) for column in ("removed", "pinned") if getattr(rule, column)]
    return _listed(rule, frame, (link.thread for link in links), of_kinds(frame, [REMOVAL_KIND]), *marks)


def barred(rule: Exclude, frame: Frame) -> Named:
    """Name what is taken out."""
    return _listed(rule, frame, (thread.id for thread in rule.threads), of_kinds(frame, rule.kinds))


def of_kinds(frame: Frame, kinds: Iterable[str]) -> Mask:
    """Tell which threads are of some kinds, in just these letters."""
    return frame.in_order(pc.is_in(frame.table["kind"], pa.array(list(kinds), pa.string())))


def listed(frame: Frame, ids: Iterable[str]) -> tuple[Mask, tuple[str, ...]]:
    """Return which threads are listed, and the listed ids that the frame has not, each once and in order."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return np.zeros(len(frame), dtype=np.bool_), ()
    rows = pc.indices_nonzero(pc.is_in(frame.ids, pa.array(wanted, pa.string()))).to_numpy()
    known = set(frame.ids.take(rows).to_pylist())
    return only(rows, len(frame)), tuple(one for one in wanted if one not in known)


def _listed(rule: Rule, frame: Frame, ids: Iterable[str], *others: Mask) -> Named:
    mask, missing = listed(frame, ids)
    for other in others:
        mask |= other
    return Named(rule, mask, missing=missing)
