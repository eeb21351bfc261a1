"""The selection rules as data. What each does with a frame is in ``urval.selection``.

A rule names threads; it never sees another rule's result. All rules but ``exclude`` name threads to keep. ``claim``
says what the chosen threads may be used to show: ``statistical`` (conclusions about all threads), ``illustrative``
(examples), ``evidential`` (proof of what was there). A choice by judgement or by size is never statistical.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from urval.spec.register import AccountClass  # noqa: TC001 - pydantic reads the annotations
from urval.spec.scalars import Anchor, Id, IsoDate, MonthDay, Part, Start, Text, Word, problem

if TYPE_CHECKING:
    from urval.spec.register import Account

NOT_SELECTED = "not-selected"  # stands where a rule's id would, for a thread that no rule names

AnyClaim = Literal["statistical", "illustrative", "evidential"]
ChosenClaim = Literal["illustrative", "evidential"]


class AppliesTo(Part):
    """Which accounts a rule concerns: those that fit every list given."""

    accounts: tuple[Id, ...] | None = Field(default=None, min_length=1, description="Only these accounts.")
    classes: tuple[AccountClass, ...] | None = Field(default=None, min_length=1, description="Only these classes.")
    platforms: tuple[Word, ...] | None = Field(default=None, min_length=1, description="Only these platforms.")

    def covers(self, account: Account) -> bool:
        """Tell whether the account fits every list given."""
        return (
            (self.accounts is None or account.id in self.accounts)
            and (self.classes is None or account.account_class in self.classes)
            and (self.platforms is None or account.platform in self.platforms)
        )


class _RuleBase(Part):
    id: Id = Field(description="The rule's name; it stands in packages beside every thread the rule names.")
    applies_to: AppliesTo = Field(default=AppliesTo(), description="Which accounts; left out: all.")
    purpose: Text | None = Field(default=None, description="Why the rule is there.")

    def covers(self, account: Account) -> bool:
        """Tell whether the rule applies to the account."""
        return self.applies_to.covers(account)


class Census(_RuleBase):
    """Keeps every thread."""

    rule: Literal["census"]
    claim: AnyClaim = Field(default="evidential", description="What the threads may be used to show.")


class DayRange(Part):
    """Days of every year, first and last included. ``start`` after ``end`` runs over the turn of the year."""

    start: MonthDay = Field(description="First day, MM-DD.")
    end: MonthDay = Field(description="Last day, MM-DD.")


class Window(_RuleBase):
    """Keeps the threads published on some days in a row around the anchor."""

    rule: Literal["window"]
    days: int = Field(ge=1, le=183, description="How many days in a row.")
    anchor: Anchor = Field(description="The middle: term_mid, or a day MM-DD.")
    avoid_blackouts: bool = Field(default=True, description="Move the days off the spec's blackouts.")
    avoid: tuple[DayRange, ...] = Field(default=(), description="More days to move off.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")


class Fat(_RuleBase):
    """Keeps the threads with most of something. A thread with none of it is never among them."""

    rule: Literal["fat"]
    metric: Literal["comments", "reactions", "shares", "views", "bytes"] = Field(description="Most of what.")
    top_k: int | None = Field(default=None, ge=1, description="How many; ties are broken by thread id.")
    threshold: int | None = Field(default=None, ge=1, description="All that have at least this much.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if (self.top_k is None) == (self.threshold is None):
            raise problem("a fat rule needs exactly one of top_k and threshold; give one")
        return self


class JudgedThread(Part):
    """One thread that a person chose."""

    id: Text = Field(description="The thread's id on the platform.")
    reason: Text = Field(description="Why it is worth keeping.")
    decided_by: Text = Field(description="Who decided.")
    decided_at: IsoDate = Field(description="When.")


class Judgement(_RuleBase):
    """Keeps the threads that a person chose."""

    rule: Literal["judgement"]
    threads: tuple[JudgedThread, ...] = Field(description="The threads, each with its reason.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")


class CaseLink(Part):
    """A thread that belongs to a registered case."""

    thread: Text = Field(description="The thread's id on the platform.")
    case: Text = Field(description="The case's reference (diarienummer).")


class Mandatory(_RuleBase):
    """Keeps what must be kept: removed threads, pinned ones, those that belong to a case."""

    rule: Literal["mandatory"]
    removed: bool = Field(default=True, description="Threads the platform or the body removed, where captured.")
    pinned: bool = Field(default=True, description="Pinned threads.")
    case_linked: tuple[CaseLink, ...] = Field(default=(), description="Threads that belong to a registered case.")
    claim: ChosenClaim = Field(default="evidential", description="What the threads may be used to show.")


class SimpleRandom(_RuleBase):
    """Keeps threads drawn with equal chance, without replacement, from the seed."""

    rule: Literal["simple_random"]
    n: int | None = Field(default=None, ge=1, description="How many; all if there are fewer.")
    fraction: float | None = Field(default=None, gt=0, le=1, description="Which part of all, rounded up.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _one_size(self) -> Self:
        if (self.n is None) == (self.fraction is None):
            raise problem("a simple_random rule needs exactly one of n and fraction; give one")
        return self


class Systematic(_RuleBase):
    """Keeps threads at even steps in the order of time."""

    rule: Literal["systematic"]
    every_k: int | None = Field(default=None, ge=1, description="The step: every fifth is 5.")
    n: int | None = Field(default=None, ge=1, description="How many, at even steps.")
    start: Start = Field(default="random", description="random (from the seed), or the first position, from 1.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.every_k is None) == (self.n is None):
            raise problem("a systematic rule needs exactly one of every_k and n; give one")
        if self.start == "random":
            return self
        if self.every_k is None:
            raise problem("a fixed start goes with every_k; write 'start: random', or every_k for n", at="start")
        if self.start > self.every_k:
            raise problem("start is greater than every_k; the first position lies within the first step", at="start")
        if self.claim == "statistical":
            sentence = "a start that a person fixed gives no statistical claim; write 'start: random', or another claim"
            raise problem(sentence, at="start")
        return self


class ExcludedThread(Part):
    """One thread that must not be in a package."""

    id: Text = Field(description="The thread's id on the platform.")
    reason: Text | None = Field(default=None, description="Why, if the rule's reason does not say it.")


class Exclude(_RuleBase):
    """Takes threads out, whatever other rule names them."""

    rule: Literal["exclude"]
    threads: tuple[ExcludedThread, ...] = Field(default=(), description="These threads.")
    kinds: tuple[Text, ...] = Field(default=(), description="All threads of these kinds (message, story …).")
    reason: Text = Field(description="Why; it stands in the package beside the count.")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.model_fields_set & {"threads", "kinds"}:
            raise problem("an exclude rule needs threads or kinds; give one, 'threads: []' if there is none yet")
        return self


InclusionRule = Census | Window | Fat | Judgement | Mandatory | SimpleRandom | Systematic
Rule = Annotated[
    Census | Window | Fat | Judgement | Mandatory | SimpleRandom | Systematic | Exclude, Field(discriminator="rule")
]
