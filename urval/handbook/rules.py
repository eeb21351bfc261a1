"""Each rule as a registrar would write it: what it keeps or leaves out, why, since when, and from where."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from urval.handbook import drawing, naming
from urval.handbook.page import Block, Sentence
from urval.handbook.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from urval.handbook.words import Words
    from urval.spec import ArchiveSpec, Combine, Rule

CHANCE = frozenset({"systematic", "simple_random", "stratified", "pps", "discovery", "precision", "reserve"})


def block_of(spec: ArchiveSpec, words: Words, rule: Rule) -> Block:
    """Return the sentences of one rule, under the name of its kind."""
    return Block(tuple(_sentences(Telling(spec, words, rule))), heading=words(f"kind.{rule.rule}"), name=rule.id)


def draws_lots(rule: Any) -> bool:
    """Tell whether chance decides what a rule names."""
    if rule.rule == "systematic":
        return bool(rule.start == "random")
    if rule.rule == "combine":
        return any(draws_lots(part) for part in rule.parts)
    return rule.rule in CHANCE


def combine(tell: Telling, rule: Combine) -> Iterator[Sentence]:
    """Tell of several rules together, then of each part; a part's scope is the whole's."""
    yield tell.say(f"combine.{rule.how}", whom=tell.whom, count=len(rule.parts))
    for number, part in enumerate(rule.parts, 1):
        whole = part.model_copy(update={"applies_to": rule.applies_to})
        own = replace(tell, rule=whole, inherited=rule.source)
        first, *more = _TELLERS[part.rule](own, whole)
        yield replace(first, text=tell.words("part", number=number, sentence=first.text))
        yield from more
    if rule.cap is not None:
        yield tell.say("combine.cap", count=rule.cap)


_TELLERS: dict[str, Callable[[Telling, Any], Iterator[Sentence]]] = {
    "census": naming.census,
    "snapshot": naming.snapshot,
    "window": naming.window,
    "systematic": drawing.systematic,
    "simple_random": drawing.simple_random,
    "stratified": drawing.stratified,
    "fat": drawing.fat,
    "judgement": naming.judgement,
    "predicate": naming.predicate,
    "event": naming.event,
    "change": naming.change,
    "mandatory": naming.mandatory,
    "hash_bucket": drawing.hash_bucket,
    "first_last": drawing.first_last,
    "pps": drawing.pps,
    "discovery": drawing.discovery,
    "precision": drawing.precision,
    "exclude": naming.exclude,
    "combine": combine,
    "reserve": drawing.reserve,
}


def _sentences(tell: Telling) -> Iterator[Sentence]:
    rule: Any = tell.rule
    yield from _TELLERS[rule.rule](tell, rule)
    if rule.purpose:
        yield tell.say("rule.purpose", purpose=tell.words.ended(rule.purpose))
    if rule.version:
        yield tell.say("rule.version", version=rule.version)
    if rule.valid_from or rule.valid_to:
        yield tell.say("rule.dated", validity=tell.words.validity(rule.valid_from, rule.valid_to))
    if rule.decision_ref:
        yield tell.say("rule.decision", decision=rule.decision_ref)
    if rule.on_empty == "fail":
        yield tell.say("rule.on_empty")
