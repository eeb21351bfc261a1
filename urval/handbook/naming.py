"""Sentences for the rules that name threads by what they are."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.handbook.page import Sentence
    from urval.handbook.telling import Telling
    from urval.handbook.words import Words
    from urval.spec import (
        CaseLink,
        Census,
        Change,
        DayRange,
        Event,
        Exclude,
        Judgement,
        Mandatory,
        Predicate,
        Snapshot,
        Window,
    )


def census(tell: Telling, _rule: Census) -> Iterator[Sentence]:
    """Tell of a rule that keeps everything."""
    yield tell.say("census", whom=tell.whom)


def snapshot(tell: Telling, rule: Snapshot) -> Iterator[Sentence]:
    """Tell of a rule that keeps what a visitor met."""
    words = tell.words
    depth = ""
    if rule.depth_posts is not None:
        depth = words("snapshot.posts", count=rule.depth_posts)
    elif rule.depth_days is not None:
        depth = words("snapshot.days", count=rule.depth_days)
    view = "both" if len(set(rule.views)) > 1 else rule.views[0]
    yield tell.say(f"snapshot.{view}", whom=tell.whom, depth=depth)
    if "profile" in rule.views:
        screens = words.listed(words(f"screen.{name}") for name in rule.viewports)
        locale = words("snapshot.locale", locale=rule.locale) if rule.locale else ""
        yield tell.program("snapshot.view", screens=screens, locale=locale)


def window(tell: Telling, rule: Window) -> Iterator[Sentence]:
    """Tell of a rule that keeps some days in a row."""
    words = tell.words
    days = words("window.days", count=rule.days) if rule.days > 1 else words("window.day")
    yield tell.say("window", whom=tell.whom, days=days, anchor=_anchor(words, rule.anchor))
    avoided: list[DayRange] = [*(tell.spec.blackouts if rule.avoid_blackouts else ()), *rule.avoid]
    if avoided:
        yield tell.say("window.avoid", ranges=words.listed(words.days(one.start, one.end) for one in avoided))
    if rule.count is not None:
        yield tell.say("window.count", count=rule.count)
    if rule.timezone is not None:
        yield tell.say("window.timezone", timezone=rule.timezone)


def _anchor(words: Words, anchor: str) -> str:
    if anchor == "term_mid":
        return words("anchor.term_mid")
    if week := re.fullmatch(r"W(\d\d)", anchor):
        return words("anchor.week", week=int(week[1]))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", anchor):
        return words("anchor.date", day=words.day(date.fromisoformat(anchor)))
    if nth := re.fullmatch(r"(\d\d)-([a-z]{3})-(\d|last)", anchor):
        name = words(f"weekday.{nth[2]}")
        return words("anchor.weekday", nth=words(f"nth.{nth[3]}"), weekday=name, month=words.month(int(nth[1])))
    return words("anchor.month_day", day=words.month_day(anchor))


def judgement(tell: Telling, rule: Judgement) -> Iterator[Sentence]:
    """Tell of the threads that a person chose, each with its reason."""
    words = tell.words
    if not rule.threads:
        yield tell.say("judgement.none", whom=tell.whom)
        return
    yield tell.say("judgement", whom=tell.whom, count=len(rule.threads))
    for one in rule.threads:
        reason, day = words.ended(one.reason), words.day(one.decided_at)
        yield tell.say("judgement.thread", id=one.id, reason=reason, by=one.decided_by, date=day)


def predicate(tell: Telling, rule: Predicate) -> Iterator[Sentence]:
    """Tell of a rule that looks at properties of the post."""
    yield tell.say("predicate", whom=tell.whom, conditions=tell.words.listed(_conditions(tell.words, rule)))


def _conditions(words: Words, rule: Predicate) -> Iterator[str]:
    for key, values in (("keywords", rule.keywords), ("hashtags", rule.hashtags)):
        if values:
            yield words(f"predicate.{key}", words=words.listed(map(words.quoted, values), "or"))
    for key, asked in (("media", rule.has_media), ("link", rule.has_link), ("question", rule.question)):
        if asked is not None:
            yield words(f"predicate.{key}" if asked else f"predicate.no_{key}")
    if rule.author_roles:
        roles = [words(f"author.{role}") for role in rule.author_roles]
        yield words("predicate.author", words=words.listed(roles, "or"))
    if rule.languages:
        yield words("predicate.language", words=words.listed(rule.languages, "or"))
    if rule.kinds:
        yield words("predicate.kind", words=_kinds(words, rule.kinds))
    for key, limit in (("min_length", rule.min_length), ("max_length", rule.max_length)):
        if limit is not None:
            yield words(f"predicate.{key}", count=limit)


def _kinds(words: Words, kinds: Iterable[str]) -> str:
    return words.listed((words.known(f"shown_kind.{kind}", kind) for kind in kinds), "or")


def event(tell: Telling, rule: Event) -> Iterator[Sentence]:
    """Tell of a rule that keeps the days of an event."""
    words = tell.words
    start, end = words.day(rule.start), words.day(rule.end)
    yield tell.say("event", whom=tell.whom, start=start, end=end, name=rule.name, reason=words.ended(rule.reason))


def change(tell: Telling, rule: Change) -> Iterator[Sentence]:
    """Tell of a rule that acts when the page looks otherwise."""
    fields = tell.words.listed((tell.words(f"field.{name}") for name in rule.fields), "or")
    yield tell.say("change", whom=tell.whom, count=rule.newest, fields=fields)


def mandatory(tell: Telling, rule: Mandatory) -> Iterator[Sentence]:
    """Tell of what must be kept."""
    words = tell.words
    what = [words("mandatory.register")]
    what += [
        words(f"mandatory.{key}") for key, wanted in (("removed", rule.removed), ("pinned", rule.pinned)) if wanted
    ]
    for key, links in (("case", rule.case_linked), ("police", rule.police_reported)):
        if links:
            what.append(words(f"mandatory.{key}", links=_links(words, links)))
    yield tell.say("mandatory", whom=tell.whom, what=words.listed(what))


def _links(words: Words, links: Iterable[CaseLink]) -> str:
    return words.listed(words("mandatory.link", thread=one.thread, case=one.case) for one in links)


def exclude(tell: Telling, rule: Exclude) -> Iterator[Sentence]:
    """Tell of what is left out, and why."""
    words = tell.words
    what = [words("exclude.kinds", kinds=_kinds(words, rule.kinds))] if rule.kinds else []
    if rule.threads:
        what.append(words("exclude.threads", count=len(rule.threads)))
    elif "threads" in rule.model_fields_set:
        what.append(words("exclude.listed"))
    yield tell.say("exclude", whom=tell.whom, what=words.listed(what), reason=words.ended(rule.reason))
    for one in rule.threads:
        yield tell.say("exclude.thread", id=one.id, reason=words.ended(one.reason or rule.reason))
