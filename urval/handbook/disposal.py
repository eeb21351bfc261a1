"""The part of a handbook page on what is preserved or disposed of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.handbook.page import Block, Section, Sentence
from urval.handbook.sources import PROGRAM, SPEC, resolved

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook.words import Words
    from urval.spec import ArchiveSpec, RetentionRule


def retention(spec: ArchiveSpec, words: Words) -> Section:
    """Tell what becomes of each class of what is held."""
    blocks = [Block(tuple(_rule(rule, words)), name=rule.id) for rule in spec.retention]
    last = [] if spec.retention else [Sentence(words("retention.none"), (PROGRAM,))]
    last.append(Sentence(words("retention.nothing"), (PROGRAM,)))
    last += [*_seal(spec, words), *_lock(spec, words)]
    return Section("retention", words("section.retention"), (*blocks, Block(tuple(last))))


def _seal(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    """Tell who signs what is kept, and who stamps the time."""
    if spec.seal is None:
        yield Sentence(words("seal.none"), (PROGRAM,))
        return
    yield Sentence(words("seal.signed", identity=spec.seal.identity), (SPEC,))
    if spec.seal.stamps:
        names = ", ".join(one.id for one in spec.seal.time_stamps)
        yield Sentence(words("seal.stamped", count=spec.seal.stamps, names=names), (SPEC,))


def _lock(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    """Tell how long what is stored is locked, where the spec says so."""
    one = spec.storage
    if one is None:
        return
    sources = resolved(one.source)
    yield Sentence(words(f"storage.{one.lock}", period=duration(one.keep, words)), sources)
    if one.captures_keep is None:
        yield Sentence(words("storage.captures_free"), sources)
    else:
        yield Sentence(words("storage.captures", period=duration(one.captures_keep, words)), sources)
    yield Sentence(words("storage.where"), (PROGRAM,))


def _rule(rule: RetentionRule, words: Words) -> Iterator[Sentence]:
    def say(key: str, **values: object) -> Sentence:
        return Sentence(words(f"retention.{key}", **values), resolved(rule.source))

    what, decision = words(f"record.{rule.record_class}"), rule.decision
    time = {
        "period": duration(rule.period, words) if rule.period else "",
        "trigger": words(f"trigger.{rule.trigger}") if rule.trigger else "",
    }
    if rule.action == "preserve":
        yield say("preserve", what=what)
    elif rule.action == "deliver":
        after = words("retention.after", **time) if rule.period and rule.trigger else ""
        yield say("deliver", what=what, after=after)
    elif decision is not None:  # the model asks for a decision, trigger and period
        day = words.day(decision.date)
        yield say("dispose", what=what, reference=decision.reference, authority=decision.authority, date=day, **time)
    if decision is not None and decision.covers_from is not None:
        yield say("covers", start=words.since(decision.covers_from, None))
    if decision is not None and decision.valid_from is not None:
        yield say("applied", start=words.since(decision.valid_from, None))
    if rule.needs:
        yield say("needs", needs=words.listed(words(f"needs.{one}") for one in rule.needs))
    if rule.hold:
        yield say("hold", hold=words.ended(rule.hold))
    if rule.method:
        yield say("method", method=words.ended(rule.method))


def duration(period: str, words: Words) -> str:
    """Return a period of ISO 8601 in words."""
    return words.listed(
        words(f"duration.{unit}", count=int(count)) for count, unit in re.findall(r"(\d+)([YMWD])", period)
    )
