"""Disposal (gallring): what is due, by which decision, what stands against it, and what it leaves. Pure.

::

    candidate = judge(thing, spec.retention, holds, today)   # None: no rule disposes of such things
    candidate.is_due, candidate.obstacles                    # and why not
    Plan → PlanApproval (another person) → Tombstone of each thing, the deletion, the ledger's act → Protocol
"""

from urval.disposal.due import due_day
from urval.disposal.holds import Hold, Release, held_by_ledger
from urval.disposal.judging import EXECUTED, NEEDS_RULE, Candidate, Obstacle, Thing, judge
from urval.disposal.records import (
    PLAN,
    AppliedRule,
    DecisionRef,
    Executed,
    Kind,
    Plan,
    PlanApproval,
    PlannedThing,
    PlanSpec,
    Protocol,
    Tombstone,
    encode,
    parse,
    plan_id,
)
from urval.disposal.words import Language, lost, stays, told

__all__ = [
    "EXECUTED",
    "NEEDS_RULE",
    "PLAN",
    "AppliedRule",
    "Candidate",
    "DecisionRef",
    "Executed",
    "Hold",
    "Kind",
    "Language",
    "Obstacle",
    "Plan",
    "PlanApproval",
    "PlanSpec",
    "PlannedThing",
    "Protocol",
    "Release",
    "Thing",
    "Tombstone",
    "due_day",
    "encode",
    "held_by_ledger",
    "judge",
    "lost",
    "parse",
    "plan_id",
    "stays",
    "told",
]
