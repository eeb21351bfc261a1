"""What each rule names in a frame. Every rule sees the whole frame and nothing of the other rules, but for reserve.

No rule loops over threads. Places are counted from 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

import numpy as np

from urval.selection.composed import standing_by, together
from urval.selection.dated import at_the_ends, during_event, in_windows, newest_shown, newest_with_new_look
from urval.selection.described import with_properties
from urval.selection.listed import barred, bound_to_be_kept, chosen, everything
from urval.selection.lots import at_random, in_buckets, in_steps
from urval.selection.measured import by_weight, largest
from urval.selection.strata import by_stratum
from urval.spec import (
    Census,
    Change,
    Combine,
    Discovery,
    Event,
    Exclude,
    Fat,
    FirstLast,
    HashBucket,
    Judgement,
    Mandatory,
    Pps,
    Precision,
    Predicate,
    Reserve,
    SimpleRandom,
    Snapshot,
    Stratified,
    Systematic,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.selection.frame import Frame, Mask
    from urval.selection.named import Named, Setting
    from urval.spec import PartRule, Rule


def name_all(rules: Sequence[Rule], frame: Frame, setting: Setting) -> tuple[Named, ...]:
    """Apply rules to a frame; the results stand in the rules' order."""
    alone = {rule.id: name_threads(rule, frame, setting) for rule in rules if not isinstance(rule, Reserve)}
    excluded = any_of([one.mask for one in alone.values() if isinstance(one.rule, Exclude)], len(frame))
    return tuple(
        standing_by(rule, frame, setting, alone.get(rule.for_rule), excluded)
        if isinstance(rule, Reserve)
        else alone[rule.id]
        for rule in rules
    )


def any_of(masks: Sequence[Mask], size: int) -> Mask:
    """Return where one of some masks holds."""
    found = np.zeros(size, dtype=np.bool_)
    for mask in masks:
        found |= mask
    return found


def name_threads(rule: PartRule | Combine | Exclude, frame: Frame, setting: Setting) -> Named:  # noqa: C901, PLR0911, PLR0912 - one case a kind of rule
    """Apply one rule."""
    match rule:
        case Census():
            return everything(rule, frame)
        case Judgement():
            return chosen(rule, frame)
        case Mandatory():
            return bound_to_be_kept(rule, frame)
        case Exclude():
            return barred(rule, frame)
        case Window():
            return in_windows(rule, frame, setting)
        case Event():
            return during_event(rule, frame, setting)
        case Snapshot():
            return newest_shown(rule, frame, setting)
        case Change():
            return newest_with_new_look(rule, frame)
        case FirstLast():
            return at_the_ends(rule, frame, setting)
        case Predicate():
            return with_properties(rule, frame)
        case Fat():
            return largest(rule, frame)
        case Pps():
            return by_weight(rule, frame, setting)
        case SimpleRandom() | Discovery() | Precision():
            return at_random(rule, frame, setting)
        case Systematic():
            return in_steps(rule, frame, setting)
        case HashBucket():
            return in_buckets(rule, frame)
        case Stratified():
            return by_stratum(rule, frame, setting)
        case Combine():
            return together(rule, frame, setting, name_threads)
        case _:
            assert_never(rule)
