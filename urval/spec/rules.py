"""The selection rules as data. What each does with a frame is in ``urval.selection``.

A rule names threads; it never sees another rule's result, ``reserve`` excepted, which stands by for one. All rules but
``exclude`` name threads to keep. ``claim`` says what the chosen threads may be used to show: ``statistical``
(conclusions about all threads), ``illustrative`` (examples), ``evidential`` (proof of what was there). A choice by
judgement or by size is never statistical.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from urval.spec.rule_base import ChosenClaim, RuleBase
from urval.spec.rules_drawing import (
    Discovery,
    Fat,
    FirstLast,
    HashBucket,
    Pps,
    Precision,
    Reserve,
    SimpleRandom,
    Stratified,
    Systematic,
)
from urval.spec.rules_naming import (
    Census,
    Change,
    Event,
    Exclude,
    Judgement,
    Mandatory,
    Predicate,
    Snapshot,
    Window,
)
from urval.spec.scalars import problem

PartRule: TypeAlias = (
    Census
    | Snapshot
    | Window
    | Systematic
    | SimpleRandom
    | Stratified
    | Fat
    | Judgement
    | Predicate
    | Event
    | Change
    | Mandatory
    | HashBucket
    | FirstLast
    | Pps
    | Discovery
    | Precision
)


class Combine(RuleBase):
    """Keeps what several rules name together: any of them, all of them, or the first without the others.

    The parts work within this rule only. ``applies_to``, days of validity and ``on_empty`` of a part do not count.
    """

    rule: Literal["combine"]
    how: Literal["union", "intersect", "minus"] = Field(
        description="union: what any part names; intersect: what all name; minus: the first part's less the others'."
    )
    parts: tuple[Annotated[PartRule, Field(discriminator="rule")], ...] = Field(
        min_length=2, description="The rules that are combined."
    )
    cap: int | None = Field(
        default=None,
        ge=1,
        description="At most so many: those of earlier parts go first, within a part the oldest.",
    )
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        if len({part.id for part in self.parts}) != len(self.parts):
            raise problem("two parts have the same id; give each its own", at="parts")
        return self


InclusionRule: TypeAlias = PartRule | Combine | Reserve
Rule: TypeAlias = Annotated[PartRule | Combine | Reserve | Exclude, Field(discriminator="rule")]
