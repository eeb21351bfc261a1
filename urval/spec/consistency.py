"""What must hold between the parts of a spec. Works on the parts that are sound, even when others are not.

Here: names, references to grounds, days of validity and occasions; rules in ``consistency_rules`` and
``consistency_days``. Only what is certain is a problem.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from urval.spec.consistency_days import day_problems
from urval.spec.consistency_rules import rule_problems
from urval.spec.consistency_storage import storage_problems
from urval.spec.draft import Draft, raw_days

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.spec.draft import Days
    from urval.spec.model import Blackout, OccasionRule
    from urval.spec.tree import Path

_HALF_YEAR = 183
_LIKE_EXTRA = re.compile(r"[0-9]{2}-[0-9]{2}-(?:change|closing|extra)")


def inconsistencies(data: Any) -> Iterator[tuple[Path, str]]:
    """Yield the path and the sentence of everything that does not fit together in a spec's plain data."""
    if not isinstance(data, dict):
        return
    draft = Draft(data)
    for key in ("accounts", "occasions", "terms", "grounds", "retention"):
        yield from _same_ids(draft, key)
    yield from _sources(draft)
    yield from _validity(draft)
    yield from _policies(draft)
    yield from _occasions(draft)
    yield from storage_problems(draft)
    yield from rule_problems(draft)
    yield from day_problems(draft)


def _same_ids(draft: Draft, key: str) -> Iterator[tuple[Path, str]]:
    first: dict[str, int] = {}
    for index, name in draft.ids(key):
        if name in first:
            yield (
                (key, index, "id"),
                f"'id' is the same as that of item {first[name] + 1} of {key!r}; give each its own",
            )
        first.setdefault(name, index)


def _sources(draft: Draft) -> Iterator[tuple[Path, str]]:
    known = [name for _, name in draft.ids("grounds")]
    whole = set(known)
    otherwise = "use an id from 'grounds'" if known else "give the ground in 'grounds' this id"
    for path, names in _named_sources(draft.data, ()):
        for position, name in enumerate(names):
            if isinstance(name, str) and name not in whole:
                sentence = f"there is no ground of that id; {draft.hint(name, known, otherwise)}"
                yield (*path, position), sentence


def _named_sources(data: Any, path: Path) -> Iterator[tuple[Path, tuple[Any, ...]]]:
    """Yield every list under a key ``source``, at any depth; the settings of accounts are texts, so none is there."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, tuple) else ()
    for key, value in items:
        if key == "source" and isinstance(value, tuple):
            yield (*path, key), value
        else:
            yield from _named_sources(value, (*path, key))


def _validity(draft: Draft) -> Iterator[tuple[Path, str]]:
    start, end = draft.data.get("valid_from"), draft.data.get("valid_to")
    if isinstance(start, str) and isinstance(end, str) and len(start) == len(end) and end < start:  # ISO dates sort
        yield ("valid_to",), "'valid_to' lies before valid_from; exchange the two or correct one"


def _policies(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield each format policy whose days overlap with an earlier one's."""
    before: list[tuple[int, Days]] = []
    for index, item in draft.mappings("format_policy"):
        days = raw_days(item)
        if days is None:
            continue
        same = next((other + 1 for other, taken in before if taken & days), None)
        before.append((index, days))
        if same:
            sentence = f"its days overlap with those of item {same} of 'format_policy'; set valid_from and valid_to"
            yield ("format_policy", index), sentence


def _days_after(start: str, end: str) -> int:
    """Return the days from one day of the year to the next such other day, in a year without 29 February."""
    first, last = (date(2001, int(day[:2]), int(day[3:])) for day in (start, end))
    return (last - first).days % 365


def _within(day: str, item: Blackout) -> bool:
    return item.start <= day <= item.end if item.start <= item.end else day >= item.start or day <= item.end


def _occasions(draft: Draft) -> Iterator[tuple[Path, str]]:
    if len(draft.items("occasions")) == 1 and not draft.data.get("single_occasion_reason"):
        sentence = "one occasion a year needs a reason; add a second occasion, or 'single_occasion_reason'"
        yield ("occasions",), sentence
    for index, name in draft.ids("occasions"):
        if _LIKE_EXTRA.fullmatch(name):
            yield ("occasions", index, "id"), "'id' is the name of an extra occasion of that day; choose another"
    ends: dict[str, str] = {}
    for index, item in draft.occasions:
        if item.period_end in ends:
            sentence = (
                f"'period_end' is the same as that of occasion {ends[item.period_end]!r}; a period cannot be empty, "
                "so choose another day"
            )
            yield ("occasions", index, "period_end"), sentence
        ends.setdefault(item.period_end, item.id)
        yield from _capture_days(draft, index, item)


def _capture_days(draft: Draft, index: int, item: OccasionRule) -> Iterator[tuple[Path, str]]:
    if _days_after(item.period_end, item.opens) > _HALF_YEAR:
        sentence = "'opens' lies before period_end; a capture covers what has been, so open on or after that day"
        yield ("occasions", index, "opens"), sentence
    if _days_after(item.opens, item.closes) > _HALF_YEAR:
        yield ("occasions", index, "closes"), "'closes' lies before opens; exchange the two or correct one"
    elif any(_covers(blackout, item) for blackout in draft.blackouts):
        sentence = "the occasion lies wholly within a blackout; move the occasion or shorten the blackout"
        yield ("occasions", index), sentence


def _covers(blackout: Blackout, item: OccasionRule) -> bool:
    reach = _days_after(blackout.start, blackout.end)
    offset = _days_after(blackout.start, item.opens)
    return _within(item.opens, blackout) and offset + _days_after(item.opens, item.closes) <= reach
