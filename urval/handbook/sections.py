"""The parts of a handbook page, but for the accounts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from urval.handbook.page import Block, Section, Sentence
from urval.handbook.rules import block_of, draws_lots
from urval.handbook.sources import DECISION, OWN, PROGRAM, REGISTER, SPEC, outside, resolved
from urval.spec import Exclude, Limits, Mandatory

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.handbook.words import Words
    from urval.spec import ArchiveSpec, Term

_TWICE = 2
_NO_LEAP = 2001  # a year without 29 February, as days of every year have it


def _section(words: Words, name: str, *blocks: Iterable[Sentence] | Block) -> Section:
    whole = [block if isinstance(block, Block) else Block(tuple(block)) for block in blocks]
    return Section(name, words(f"section.{name}"), tuple(block for block in whole if block.sentences))


def who(spec: ArchiveSpec, words: Words) -> Section:
    """Tell whom the page concerns, and on which decision the rules rest."""
    return _section(words, "who", _who(spec, words))


def _who(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    yield Sentence(words("who.archive", name=spec.archive.name), (SPEC,))
    if spec.archive.organisation_number:
        yield Sentence(words("who.number", number=spec.archive.organisation_number), (SPEC,))
    validity = words.validity(spec.valid_from, spec.valid_to)
    yield Sentence(words("who.spec", id=spec.id, version=spec.version, validity=validity), (SPEC,))
    if spec.decision is None:
        yield Sentence(words("who.undecided"), (PROGRAM,))
    else:
        one = spec.decision
        text = words("who.decided", authority=one.authority, reference=one.reference, date=words.day(one.date))
        yield Sentence(text, (DECISION,))
    yield Sentence(words("who.timezone", timezone=spec.timezone), (SPEC,))


def when(spec: ArchiveSpec, words: Words) -> Section:
    """Tell how often, when, and which days are avoided."""
    return _section(words, "when", _how_often(spec, words), _terms(spec, words), _avoided(spec, words), _extra(words))


def _how_often(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    count = len(spec.occasions)
    both = [key for one in spec.occasions for key in one.source]
    key = "when.once" if count == 1 else "when.twice" if count == _TWICE else "when.often"
    yield Sentence(words(key, count=count), outside(both))
    if spec.single_occasion_reason:
        reason = words.ended(spec.single_occasion_reason)
        yield Sentence(words("when.once_reason", reason=reason), resolved(both))
    ends = sorted(one.period_end for one in spec.occasions)
    for one in spec.occasions:
        start = ends[ends.index(one.period_end) - 1]
        text = words(
            "when.occasion",
            id=words.quoted(one.id),
            days=words.days(one.opens, one.closes),
            start=words.month_day(start),
            end=words.month_day(_day_before(one.period_end)),
        )
        yield Sentence(text, resolved(one.source))
    yield Sentence(words("when.chain", first=words.day(spec.first_period_start)), (PROGRAM,))
    yield Sentence(words("when.late"), (PROGRAM,))


def _day_before(month_day: str) -> str:
    day = date(_NO_LEAP, int(month_day[:2]), int(month_day[3:])) - timedelta(days=1)
    return day.strftime("%m-%d")


def _terms(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    for term in spec.terms:
        start, end = words.month_day(term.start), words.month_day(term.end)
        text = words("when.term", id=words.quoted(term.id), start=start, end=end, middle=words.month_day(_middle(term)))
        yield Sentence(text, resolved(term.source))


def _middle(term: Term) -> str:
    start, end = (date(_NO_LEAP, int(day[:2]), int(day[3:])) for day in (term.start, term.end))
    return (start + timedelta(days=((end - start).days % 365) // 2)).strftime("%m-%d")


def _avoided(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    for one in spec.blackouts:
        text = words("when.blackout", days=words.days(one.start, one.end), reason=one.reason)
        yield Sentence(text, resolved(one.source))
    if spec.blackouts:
        yield Sentence(words("when.flagged"), (PROGRAM,))


def _extra(words: Words) -> Iterator[Sentence]:
    yield Sentence(words("when.closing"), (PROGRAM,))
    yield Sentence(words("when.extra"), (PROGRAM,))


def kept(spec: ArchiveSpec, words: Words) -> Section:
    """Tell of each rule that keeps something."""
    opening = [Sentence(words(key), (PROGRAM,)) for key in ("kept.thread", "kept.union")]
    if not any(isinstance(rule, Mandatory) for rule in spec.rules):
        opening.append(Sentence(words("rule.removals"), (PROGRAM,)))
    rules = [block_of(spec, words, rule) for rule in spec.rules if not isinstance(rule, Exclude)]
    return _section(words, "kept", opening, *rules)


def never(spec: ArchiveSpec, words: Words) -> Section:
    """Tell what no package holds."""
    rules = [block_of(spec, words, rule) for rule in spec.rules if isinstance(rule, Exclude)]
    always = [Sentence(words(f"never.{key}"), (PROGRAM,)) for key in ("first", "messages", "dropped", "secrets")]
    return _section(words, "never", *rules, always)


def chance(spec: ArchiveSpec, words: Words) -> Section:
    """Tell how a choice by chance is drawn."""
    names = list(dict.fromkeys(rule.id for rule in spec.rules if draws_lots(rule)))
    if not names:
        return _section(words, "chance", [Sentence(words("chance.none"), (SPEC,))])
    return _section(
        words,
        "chance",
        [
            Sentence(words("chance.rules", rules=words.listed(names)), (SPEC,)),
            Sentence(words("chance.seed", seed=words.quoted(spec.seed)), (PROGRAM,)),
            Sentence(words("chance.nobody"), (PROGRAM,)),
            Sentence(words("chance.probability"), (PROGRAM,)),
        ],
    )


def shows(spec: ArchiveSpec, words: Words) -> Section:
    """Tell what the threads of each rule may be used for."""
    told = []
    for claim in ("evidential", "illustrative", "statistical"):
        of = [rule for rule in spec.rules if not isinstance(rule, Exclude) and rule.claim == claim]
        if of:
            names = words.listed(dict.fromkeys(rule.id for rule in of))
            told.append(Sentence(words(f"shows.{claim}", rules=names), (SPEC,)))
    return _section(words, "shows", told)


def review(spec: ArchiveSpec, words: Words) -> Section:
    """Tell who approves, and what they may change."""
    key = "review.two" if spec.review.persons == _TWICE else "review.one"
    rest = [Sentence(words(f"review.{key}"), (PROGRAM,)) for key in ("unseen", "change", "mandatory", "supplement")]
    return _section(words, "review", [Sentence(words(key), resolved(spec.review.source)), *rest])


def formats(spec: ArchiveSpec, words: Words) -> Section:
    """Tell of formats, and of the bounds of a capture."""
    return _section(words, "formats", _formats(spec, words), _limits(spec, words))


def _formats(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    for one in spec.format_policy:
        dated = one.valid_from or one.valid_to
        held = words("formats.validity", validity=words.validity(one.valid_from, one.valid_to)) if dated else ""
        yield Sentence(words("formats.pdf", pdf=_standards(words, one.pdf), validity=held), resolved(one.source))
    if not spec.format_policy:
        yield Sentence(words("formats.pdf", pdf=_standards(words, ("a-2a", "ua-1")), validity=""), (PROGRAM,))
    yield Sentence(words("formats.tables"), (PROGRAM,))


def _standards(words: Words, pdf: Iterable[str]) -> str:
    return words.listed(f"PDF/{kind.upper()}-{level}" for kind, _, level in (name.partition("-") for name in pdf))


def _limits(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    limits = spec.limits
    size = OWN if limits.media_bytes != Limits().media_bytes else PROGRAM
    yield Sentence(words("formats.media", size=words.size(limits.media_bytes)), (size,))
    if limits.money_usd is not None:
        yield Sentence(words("formats.money", amount=words.decimal(limits.money_usd)), (OWN,))


def cannot(spec: ArchiveSpec, words: Words) -> Section:
    """Tell what these rules cannot achieve."""
    return _section(words, "cannot", _cannot(spec, words))


def _cannot(spec: ArchiveSpec, words: Words) -> Iterator[Sentence]:
    if spec.dry_run_only:
        yield Sentence(words("cannot.decision"), (PROGRAM,))
    for key in ("between", "late_comments", "platform", "sameness"):
        yield Sentence(words(f"cannot.{key}"), (PROGRAM,))
    rules = [rule for rule in spec.rules if not isinstance(rule, Exclude)]
    if not any(rule.claim == "statistical" for rule in rules):
        yield Sentence(words("cannot.estimate"), (SPEC,))
    if not any("closing" in (rule.applies_to.occasions or ()) for rule in rules):
        yield Sentence(words("cannot.closing"), (SPEC,))
    unseen = [words.quoted(one.name) for one in spec.accounts if one.url is None]
    if unseen:
        yield Sentence(words("cannot.view", accounts=words.listed(dict.fromkeys(unseen))), (REGISTER,))
    alone = [words.quoted(one.name) for one in spec.accounts if not one.deputies]
    if alone:
        yield Sentence(words("cannot.deputies", accounts=words.listed(dict.fromkeys(alone))), (REGISTER,))
