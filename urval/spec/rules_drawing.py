"""Rules that measure or draw lots: by size, by chance, by steps. Each says how large the sample is."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from urval.spec.rule_base import AnyClaim, ChosenClaim, RuleBase
from urval.spec.scalars import Id, Part, Start, Text, problem

Metric = Literal["comments", "reactions", "shares", "views", "bytes"]
Stratum = Literal["platform", "account", "month", "kind", "has_comments"]


class Fat(RuleBase):
    """Keeps the threads with most of something. A thread with none of it is never among them."""

    rule: Literal["fat"]
    metric: Literal["comments", "reactions", "shares", "views", "bytes", "followers"] = Field(
        description="Most of what. followers is the account's own number: with threshold, all its threads or none."
    )
    top_k: int | None = Field(default=None, ge=1, description="How many; ties are broken by thread id.")
    quantile: float | None = Field(
        default=None, gt=0, lt=1, description="Those above this part of all: 0.9 keeps the top tenth, rounded up."
    )
    threshold: int | None = Field(default=None, ge=1, description="All that have at least this much.")
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _one_measure(self) -> Self:
        if sum(one is not None for one in (self.top_k, self.quantile, self.threshold)) != 1:
            raise problem("a fat rule needs exactly one of top_k, quantile and threshold; give one")
        if self.metric == "followers" and self.threshold is None:
            raise problem("followers is a number of the account; give a threshold", at="metric")
        return self


class FirstLast(RuleBase):
    """Keeps the first and the last threads of every day, week, month, or of the period."""

    rule: Literal["first_last"]
    first: int = Field(default=0, ge=0, description="How many of the first.")
    last: int = Field(default=0, ge=0, description="How many of the last.")
    per: Literal["day", "week", "month", "account"] = Field(
        default="account", description="Of each day, ISO week or month of the spec's time zone; account: of the period."
    )
    claim: ChosenClaim = Field(default="illustrative", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not self.first + self.last:
            raise problem("a first_last rule needs first or last; give one of at least 1")
        return self


class SimpleRandom(RuleBase):
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


class Systematic(RuleBase):
    """Keeps threads at even steps in the order of time (ties by thread id)."""

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


class StratumSize(Part):
    """How many are drawn from one stratum of a fixed allocation."""

    stratum: Text = Field(description="Its values in the order of 'by', joined by '/', as 2026-05/video.")
    n: int = Field(ge=0, description="How many; all if there are fewer.")


class Stratified(RuleBase):
    """Keeps threads drawn with equal chance within each stratum."""

    rule: Literal["stratified"]
    by: tuple[Stratum, ...] = Field(
        min_length=1,
        description="What divides: month (YYYY-MM of the spec's time zone), kind, has_comments (yes, no); each account "
        "is selected on its own, so account and platform divide nothing further.",
    )
    allocation: Literal["proportional", "equal", "fixed"] = Field(
        default="proportional", description="How n is shared out; what is left goes to the largest remainders."
    )
    n: int | None = Field(default=None, ge=1, description="How many in all, for proportional and equal.")
    sizes: tuple[StratumSize, ...] = Field(default=(), description="How many from each, for fixed; others: none.")
    min_per_stratum: int = Field(default=0, ge=0, description="At least so many from each, also beyond n.")
    draw: Literal["simple_random", "systematic"] = Field(
        default="simple_random", description="How they are drawn within a stratum."
    )
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _sizes_fit(self) -> Self:
        if self.allocation == "fixed" and (self.n is not None or not self.sizes):
            raise problem("a fixed allocation needs sizes and no n; give the size of each stratum", at="allocation")
        if self.allocation != "fixed" and (self.n is None or self.sizes):
            raise problem(f"a {self.allocation} allocation needs n and no sizes; give n", at="allocation")
        if len({one.stratum for one in self.sizes}) != len(self.sizes):
            raise problem("a stratum is given twice; give each once", at="sizes")
        return self


class HashBucket(RuleBase):
    """Keeps the threads whose key falls into some of m buckets: the modern twin of Swedish date sampling.

    What a bucket holds does not depend on the other threads, so a frame that grows changes no earlier choice. The salt
    is public, so that anyone can choose again.
    """

    rule: Literal["hash_bucket"]
    salt: Text = Field(description="Public text mixed into the hash; the same salt keeps the same threads for ever.")
    modulus: int = Field(ge=2, le=1_000_000, description="How many buckets.")
    keep: tuple[int, ...] = Field(min_length=1, description="The buckets that are kept, from 0.")
    key: Literal["thread_id", "author"] = Field(default="thread_id", description="What is hashed.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")

    @model_validator(mode="after")
    def _buckets(self) -> Self:
        if any(not 0 <= one < self.modulus for one in self.keep) or len(set(self.keep)) != len(self.keep):
            raise problem("keep lists buckets from 0 to modulus - 1, each once; correct it", at="keep")
        return self


class Pps(RuleBase):
    """Keeps threads drawn with a chance in proportion to their size, by even steps of size in the order of time.

    A thread at least as large as a step is certain. Source: ISA 530, value-weighted selection.
    """

    rule: Literal["pps"]
    size_metric: Metric = Field(description="The size. A thread of size 0 has no chance.")
    n: int = Field(ge=1, description="How many; all that have a size if there are fewer.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")


class Discovery(RuleBase):
    """Keeps a simple random sample just large enough to meet at least one deviation, were there as many as tolerable.

    n is the least whole number with (1 - tolerable_rate)^n <= 1 - confidence: 59 at 0.95 and 0.05. Source: ISA 530.
    """

    rule: Literal["discovery"]
    confidence: float = Field(gt=0.5, lt=1, description="How certain, as 0.95.")
    tolerable_rate: float = Field(gt=0, lt=0.5, description="The part of deviations that would still be tolerated.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")


class Precision(RuleBase):
    """Keeps a simple random sample large enough to estimate a proportion within a margin.

    n0 = z² · p · (1 - p) / margin², corrected for the size N of the frame: n0 / (1 + (n0 - 1) / N), rounded up.
    """

    rule: Literal["precision"]
    margin: float = Field(gt=0, lt=0.5, description="The margin of error, as 0.05.")
    confidence: float = Field(default=0.95, gt=0.5, lt=1, description="How certain.")
    p: float = Field(default=0.5, gt=0, lt=1, description="The proportion expected; 0.5 is the most careful.")
    claim: AnyClaim = Field(default="statistical", description="What the threads may be used to show.")


class Reserve(RuleBase):
    """Stands by for a rule that draws lots: for each thread it drew that could not be captured whole, one more is kept.

    The substitutes are drawn with equal chance among whole threads the rule did not draw. The thread that failed stays.
    """

    rule: Literal["reserve"]
    for_rule: Id = Field(description="The rule it stands by for.")
    n: int = Field(ge=1, description="At most so many substitutes.")
    claim: ChosenClaim = Field(default="illustrative", description="What the substitutes may be used to show.")
