"""What must hold between the parts of a spec. Works on the parts that are sound, even when others are not."""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from urval.spec.model import Blackout, OccasionRule, Term
from urval.spec.register import Account
from urval.spec.rules import NOT_SELECTED, Exclude, Rule, Window

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.spec.tree import Path

T = TypeVar("T")
_HALF_YEAR = 183
_ACCOUNT = TypeAdapter(Account)
_OCCASION = TypeAdapter(OccasionRule)
_TERM = TypeAdapter(Term)
_BLACKOUT = TypeAdapter(Blackout)
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)


def inconsistencies(data: Any) -> Iterator[tuple[Path, str]]:
    """Yield the path and the sentence of everything that does not fit together in a spec's plain data."""
    if not isinstance(data, dict):
        return
    for key in ("accounts", "rules", "occasions", "terms"):
        yield from _same_ids(data, key)
    yield from _validity(data)
    yield from _occasions(data)
    yield from _rules(data)


def _items(data: dict[str, Any], key: str) -> list[tuple[int, Any]]:
    value = data.get(key)
    return list(enumerate(value)) if isinstance(value, tuple) else []


def _sound(data: dict[str, Any], key: str, adapter: TypeAdapter[T]) -> list[tuple[int, T]]:
    """Return the sound items of a list with their indexes; what is wrong with the others is reported elsewhere."""
    sound = []
    for index, item in _items(data, key):
        try:
            sound.append((index, adapter.validate_python(item)))
        except ValidationError:
            continue
    return sound


def _ids(data: dict[str, Any], key: str) -> list[tuple[int, str]]:
    pairs = [(index, item.get("id")) for index, item in _items(data, key) if isinstance(item, dict)]
    return [(index, name) for index, name in pairs if isinstance(name, str)]


def _same_ids(data: dict[str, Any], key: str) -> Iterator[tuple[Path, str]]:
    first: dict[str, int] = {}
    for index, name in _ids(data, key):
        if name in first:
            yield (
                (key, index, "id"),
                f"'id' is the same as that of item {first[name] + 1} of {key!r}; give each its own",
            )
        first.setdefault(name, index)


def _validity(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    start, end = data.get("valid_from"), data.get("valid_to")
    if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and end < start:  # ISO dates sort
        yield ("valid_to",), "'valid_to' lies before valid_from; exchange the two or correct one"


def _days_after(start: str, end: str) -> int:
    """Return the days from one day of the year to the next such other day, in a year without 29 February."""
    first, last = (date(2001, int(day[:2]), int(day[3:])) for day in (start, end))
    return (last - first).days % 365


def _within(day: str, item: Blackout) -> bool:
    return item.start <= day <= item.end if item.start <= item.end else day >= item.start or day <= item.end


def _occasions(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    listed = _items(data, "occasions")
    if len(listed) == 1 and not data.get("single_occasion_reason"):
        sentence = "one occasion a year needs a reason; add a second occasion, or 'single_occasion_reason'"
        yield ("occasions",), sentence
    ends: dict[str, str] = {}
    blackouts = [item for _, item in _sound(data, "blackouts", _BLACKOUT)]
    for index, item in _sound(data, "occasions", _OCCASION):
        if item.period_end in ends:
            sentence = (
                f"'period_end' is the same as that of occasion {ends[item.period_end]!r}; a period cannot be empty"
            )
            yield ("occasions", index, "period_end"), sentence
        ends.setdefault(item.period_end, item.id)
        if _days_after(item.period_end, item.opens) > _HALF_YEAR:
            sentence = "'opens' lies before period_end; a capture covers what has been, so open on or after that day"
            yield ("occasions", index, "opens"), sentence
        if _days_after(item.opens, item.closes) > _HALF_YEAR:
            yield ("occasions", index, "closes"), "'closes' lies before opens; exchange the two or correct one"
        elif any(_covers(blackout, item) for blackout in blackouts):
            sentence = "the occasion lies wholly within a blackout; move the occasion or shorten the blackout"
            yield ("occasions", index), sentence


def _covers(blackout: Blackout, item: OccasionRule) -> bool:
    reach = _days_after(blackout.start, blackout.end)
    offset = _days_after(blackout.start, item.opens)
    return _within(item.opens, blackout) and offset + _days_after(item.opens, item.closes) <= reach


def _rules(data: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    known = [name for _, name in _ids(data, "accounts")]
    for index, name in _ids(data, "rules"):
        if name == NOT_SELECTED:
            yield ("rules", index, "id"), f"'id' {NOT_SELECTED!r} stands for threads no rule names; choose another"
    rules = _sound(data, "rules", _RULE)
    terms = _sound(data, "terms", _TERM)
    for index, rule in rules:
        if isinstance(rule, Window) and rule.anchor == "term_mid" and not terms:
            yield ("rules", index, "anchor"), "'anchor' term_mid needs terms; add 'terms', or write a day MM-DD"
        for position, name in enumerate(rule.applies_to.accounts or ()):
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else "use an id from 'accounts'"
                yield ("rules", index, "applies_to", "accounts", position), f"there is no such account; {hint}"
    if len(rules) == len(_items(data, "rules")) > 0:
        yield from _uncovered(data, [rule for _, rule in rules])


def _uncovered(data: dict[str, Any], rules: list[Rule]) -> Iterator[tuple[Path, str]]:
    for index, account in _sound(data, "accounts", _ACCOUNT):
        if not any(rule.covers(account) for rule in rules if not isinstance(rule, Exclude)):
            sentence = "no rule keeps anything of this account; add a rule, or widen the applies_to of one"
            yield ("accounts", index), sentence
