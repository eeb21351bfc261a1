"""Sentences for the rules that measure or draw lots."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook.page import Sentence
    from urval.handbook.telling import Telling
    from urval.spec import (
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


def fat(tell: Telling, rule: Fat) -> Iterator[Sentence]:
    """Tell of a rule that keeps the largest."""
    metric = tell.words(f"metric.{rule.metric}")
    if rule.metric == "followers":
        yield tell.say("fat.followers", whom=tell.whom, count=rule.threshold)
        return
    if rule.top_k is not None:
        yield tell.say("fat.top_k", whom=tell.whom, count=rule.top_k, metric=metric)
    elif rule.quantile is not None:
        share = round(1 - rule.quantile, 9)
        yield tell.say("fat.quantile", whom=tell.whom, percent=tell.words.percent(share), metric=metric)
    else:
        yield tell.say("fat.threshold", whom=tell.whom, count=rule.threshold, metric=metric)
    if rule.threshold is None:
        yield tell.program("fat.none", metric=metric)


def first_last(tell: Telling, rule: FirstLast) -> Iterator[Sentence]:
    """Tell of a rule that keeps the first and the last."""
    words = tell.words
    ends = [
        words(f"{name}.one") if count == 1 else words(f"{name}.many", count=count)
        for name, count in (("first", rule.first), ("last", rule.last))
        if count
    ]
    per = words(f"per.{rule.per}")
    if len(ends) == 1:
        yield tell.say("first_last.first", whom=tell.whom, first=ends[0], per=per)
    else:
        yield tell.say("first_last.both", whom=tell.whom, first=ends[0], last=ends[1], per=per)


def simple_random(tell: Telling, rule: SimpleRandom) -> Iterator[Sentence]:
    """Tell of equal chance."""
    if rule.fraction is not None:
        yield tell.say("simple_random.fraction", whom=tell.whom, percent=tell.words.percent(rule.fraction))
    else:
        yield tell.say("simple_random.n", whom=tell.whom, count=rule.n)


def systematic(tell: Telling, rule: Systematic) -> Iterator[Sentence]:
    """Tell of even steps."""
    words = tell.words
    start = words("start.random") if rule.start == "random" else words("start.fixed", number=rule.start)
    if rule.every_k == 1:
        yield tell.say("systematic.all", whom=tell.whom)
    elif rule.every_k is not None:
        step = words.known(f"step.{rule.every_k}", words("step.many", ordinal=words.ordinal(rule.every_k)))
        yield tell.say("systematic.every", whom=tell.whom, step=step, start=start)
    else:
        yield tell.say("systematic.n", whom=tell.whom, count=rule.n, start=start)


def stratified(tell: Telling, rule: Stratified) -> Iterator[Sentence]:
    """Tell of chance within groups."""
    words = tell.words
    by = words.listed(words(f"by.{name}") for name in rule.by)
    if rule.allocation == "fixed":
        sizes = words.listed(words("stratified.size", count=one.n, stratum=one.stratum) for one in rule.sizes)
        yield tell.say("stratified.fixed", whom=tell.whom, by=by, sizes=sizes)
    else:
        allocation = words(f"allocation.{rule.allocation}")
        yield tell.say("stratified.shared", whom=tell.whom, count=rule.n, by=by, allocation=allocation)
    if rule.min_per_stratum:
        yield tell.say("stratified.min", count=rule.min_per_stratum)
    if rule.draw == "systematic":
        yield tell.say("stratified.systematic")


def hash_bucket(tell: Telling, rule: HashBucket) -> Iterator[Sentence]:
    """Tell of fixed buckets."""
    words, key = tell.words, tell.words(f"key.{rule.key}")
    kept, share = words.number(len(rule.keep)), words.percent(len(rule.keep) / rule.modulus)
    yield tell.say("hash_bucket", whom=tell.whom, key=key, kept=kept, all=words.number(rule.modulus), percent=share)
    yield tell.program("hash_bucket.why", key=key)


def pps(tell: Telling, rule: Pps) -> Iterator[Sentence]:
    """Tell of chance in proportion to size."""
    metric = tell.words(f"metric.{rule.size_metric}")
    yield tell.say("pps", whom=tell.whom, count=rule.n, metric=metric)
    yield tell.program("pps.none", metric=metric)


def discovery(tell: Telling, rule: Discovery) -> Iterator[Sentence]:
    """Tell of a sample that finds deviations. Source of the size: ISA 530, none expected."""
    count = math.ceil(math.log(1 - rule.confidence) / math.log1p(-rule.tolerable_rate) - 1e-9)
    sure, rate = tell.words.percent(rule.confidence), tell.words.percent(rule.tolerable_rate)
    yield tell.say("discovery", whom=tell.whom, count=count, confidence=sure, rate=rate)


def precision(tell: Telling, rule: Precision) -> Iterator[Sentence]:
    """Tell of a sample that estimates a share."""
    margin, sure = tell.words.percent(rule.margin), tell.words.percent(rule.confidence)
    yield tell.say("precision", whom=tell.whom, margin=margin, confidence=sure)


def reserve(tell: Telling, rule: Reserve) -> Iterator[Sentence]:
    """Tell of substitutes."""
    yield tell.say("reserve", whom=tell.whom, rule=rule.for_rule, count=rule.n)
    yield tell.program("reserve.stays")
