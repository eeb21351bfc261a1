"""Rules that build on others: combine on its own parts, reserve on the rule it stands by for."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from urval.selection.lots import drawn_order
from urval.selection.named import Named, only

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from urval.selection.frame import Frame, Mask
    from urval.selection.named import Setting
    from urval.spec import Combine, PartRule, Reserve


def together(rule: Combine, frame: Frame, setting: Setting, name: Callable[[PartRule, Frame, Setting], Named]) -> Named:
    """Name what the parts name together; ``name`` applies one part. A part draws as the rule ``<combine>/<part>``."""
    within = setting.within(rule)
    parts = tuple(name(part, frame, within) for part in rule.parts)
    masks = [part.mask for part in parts]
    mask = _joined(rule, masks)
    kept = mask if rule.cap is None else _first(mask, masks, rule.cap, frame)
    missing = tuple(dict.fromkeys(one for part in parts for one in part.missing))
    return Named(rule, kept, missing=missing, parts=parts, capped=mask & ~kept)


def _joined(rule: Combine, masks: Sequence[Mask]) -> Mask:
    if rule.how == "intersect":
        return reduce(np.logical_and, masks)
    others: Mask = reduce(np.logical_or, masks[1:])
    return masks[0] & ~others if rule.how == "minus" else masks[0] | others


def _first(mask: Mask, masks: Sequence[Mask], cap: int, frame: Frame) -> Mask:
    """Return the first so many: those of earlier parts first, within a part the oldest, then by thread id."""
    precedence = np.argmax(np.column_stack(masks), axis=1)  # the first part that names it
    rows = frame.by_time[mask[frame.by_time]]
    return only(rows[np.argsort(precedence[rows], kind="stable")][:cap], len(frame))


def standing_by(rule: Reserve, frame: Frame, setting: Setting, drawn: Named | None, barred: Mask) -> Named:
    """Name a substitute for each thread that ``drawn`` names and that could not be captured whole, the oldest first.

    Substitutes come in the rule's drawn order, from the whole threads that ``drawn`` does not name. Threads that are
    excluded are neither replaced nor substitutes.
    """
    order = drawn_order(rule, frame, setting)
    named = np.zeros(len(frame), dtype=np.bool_) if drawn is None else drawn.mask
    whole = frame.flags("whole")
    lost = frame.by_time[(named & ~whole & ~barred)[frame.by_time]][: rule.n]
    fit = np.flatnonzero(~named & whole & ~barred)
    fit = fit[np.argsort(order.values[fit], kind="stable")][: len(lost)]
    pairs = tuple(zip(lost[: len(fit)].tolist(), fit.tolist(), strict=True))
    return Named(rule, only(fit, len(frame)), order=order, wanted=len(lost), stand_ins=pairs)
