"""Whether rules find any day: their validity, windows and events in the periods of the spec, and accounts left bare.

A period ends where an occasion says so, or earlier, where something happens to an account. So a rule holds for a
period, or for a part of one, if any day on which such a part could end lies in the rule's days.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from urval.periods import anchor_days
from urval.spec.draft import Days, days_of
from urval.spec.rules_drawing import Reserve
from urval.spec.rules_naming import Event, Exclude, Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.spec.draft import Draft, Placed
    from urval.spec.model import Blackout
    from urval.spec.register import Account
    from urval.spec.rule_base import RuleBase
    from urval.spec.rules_naming import DayRange
    from urval.spec.tree import Path

_DAY = timedelta(days=1)
_PERIODS = 30  # looked at for a free place: weeks 53 lie at most seven years apart
_ALWAYS = [Days()]
_EARLY, _LAST_YEAR = date(1990, 1, 1), 2999
_MONTH_DAY = "%m-%d"
_YEAR = [(date(2000, 1, 1) + timedelta(days=number)).strftime(_MONTH_DAY) for number in range(366)]


def day_problems(draft: Draft) -> Iterator[tuple[Path, str]]:
    """Yield the path and the sentence of every rule that can never hold, and of every account left without a rule."""
    chain, days = _Chain.of(draft), draft.days
    if days is not None:
        yield from _never_in_force(draft, days)
    if days is not None and chain is not None:
        blackouts = _month_days(draft.blackouts)
        for placed in draft.placed_rules():
            common = days & days_of(placed.outer)
            if common and isinstance(placed.rule, Event):
                yield from _event(placed, placed.rule, chain, common)
            elif common and isinstance(placed.rule, Window):
                yield from _window(draft, placed, chain, common, blackouts)
    if draft.all_rules_sound:
        yield from _bare(draft, chain, days)


def _never_in_force(draft: Draft, days: Days) -> Iterator[tuple[Path, str]]:
    for index, rule in draft.rules:
        if rule.valid_to is not None and rule.valid_to < days.first:
            sentence = (
                "'valid_to' lies before the spec's valid_from, so the rule never holds; correct it, or take it out"
            )
            yield ("rules", index, "valid_to"), sentence
        if rule.valid_from is not None and rule.valid_from > days.last:
            sentence = (
                "'valid_from' lies after the spec's valid_to, so the rule never holds; correct it, or take it out"
            )
            yield ("rules", index, "valid_from"), sentence


class _Chain:
    """The periods that follow from the occasions of every year, as far as no account has others."""

    def __init__(self, first_day: date, ends: Iterable[str]) -> None:
        self._first_day = first_day
        self._ends = sorted(set(ends))

    @classmethod
    def of(cls, draft: Draft) -> _Chain | None:
        """Return the periods of a draft; None if its occasions are not all sound, or nothing says where they begin."""
        if draft.first_day is None or not draft.occasions or len(draft.occasions) != len(draft.items("occasions")):
            return None
        return cls(draft.first_day, (item.period_end for _, item in draft.occasions))

    def next_end(self, day: date) -> date:
        """Return the first end of a period on or after a day."""
        wanted = max(day, self._first_day + _DAY)
        years = (wanted.year, wanted.year + 1)
        return next(end for end in (_on(year, one) for year in years for one in self._ends) if end >= wanted)

    def periods(self, day: date) -> Iterator[tuple[date, date]]:
        """Yield the periods ``[start, end)`` that end on or after a day."""
        end = self.next_end(day)
        before = (_on(year, one) for year in (end.year - 1, end.year) for one in self._ends)
        start = max((one for one in before if self._first_day < one < end), default=self._first_day)
        while end.year <= _LAST_YEAR:
            yield start, end
            start, end = end, self.next_end(end + _DAY)


def _on(year: int, month_day: str) -> date:
    return date(year, int(month_day[:2]), int(month_day[3:]))


def _event(placed: Placed, event: Event, chain: _Chain, days: Days) -> Iterator[tuple[Path, str]]:
    start, end = next(chain.periods(max(event.start + _DAY, days.first)))
    if start > event.end or not _may_end(placed.outer, max(start, event.start), end) & days:
        sentence = (
            "'start' to 'end' lie in no period for which the spec and the rule hold; correct the days, or valid_from "
            "and valid_to"
        )
        yield (*placed.path, "start"), sentence


def _may_end(rule: RuleBase, start: date, end: date) -> Days:
    """Return the days on which a part of a period that holds the day ``start`` may end, at the rule's occasions."""
    return Days(end if rule.applies_to.occasions == ("ordinary",) else start + _DAY, end)


def _window(
    draft: Draft, placed: Placed, chain: _Chain, days: Days, blackouts: frozenset[str]
) -> Iterator[tuple[Path, str]]:
    window = placed.rule
    assert isinstance(window, Window)  # noqa: S101 - as the caller has tested
    if window.anchor == "term_mid" and not draft.terms:
        if not draft.items("terms"):
            yield (*placed.path, "anchor"), "'anchor' term_mid needs terms; add 'terms', or write a day MM-DD"
        return
    found = []
    for start, end in islice(chain.periods(max(days.first, _EARLY)), _PERIODS):
        if _may_end(placed.outer, start, end) & days:
            found.append(_Place(start, end, anchor_days(window.anchor, start, end, draft.terms)))
    if sentence := _no_place(window, [one for one in found if one.anchors], blackouts, draft.blackouts):
        yield (*placed.path, "anchor"), sentence


class _Place(NamedTuple):
    """A period ``[start, end)`` for which a window may hold, and the days of the anchor in it."""

    start: date
    end: date
    anchors: list[date]


def _no_place(window: Window, found: list[_Place], blackouts: frozenset[str], named: list[Blackout]) -> str:
    """Return why a window never has its days; empty if it has."""
    if not found:
        return "'anchor' names no day of any period for which the spec and the rule hold; choose another day"
    avoid = _month_days(window.avoid)
    avoided = avoid | blackouts if window.avoid_blackouts else avoid
    if not any(_has_room(window.days, one, avoided) for one in found):
        return (
            f"'anchor' finds no {window.days} days in a row to be kept, in any period; make 'days' fewer, or shorten "
            "the blackouts and 'avoid'"
        )
    if window.avoid_blackouts or not all(_stays_within(window, one, avoid, blackouts) for one in found):
        return ""
    day = found[0].anchors[0].strftime(_MONTH_DAY)
    inside = next(one for one in named if day in _month_days([one]))
    return (
        f"'anchor' puts the window inside the blackout {inside.start} to {inside.end}; choose another day, or take "
        "avoid_blackouts out, so that the window moves"
    )


def _has_room(days: int, place: _Place, avoided: frozenset[str]) -> bool:
    """Tell whether so many days in a row lie in the period and none is to be avoided."""
    free = 0
    for number in range((place.end - place.start).days):
        free = 0 if (place.start + timedelta(days=number)).strftime(_MONTH_DAY) in avoided else free + 1
        if free >= days:
            return True
    return False


def _stays_within(window: Window, place: _Place, avoid: frozenset[str], blackouts: frozenset[str]) -> bool:
    """Tell whether all windows of a period lie in blackouts where they are; one that has to move is not judged."""
    for anchor in place.anchors:
        first = anchor - timedelta(days=window.days // 2)
        days = [first + timedelta(days=number) for number in range(window.days)]
        texts = {day.strftime(_MONTH_DAY) for day in days}
        if days[0] < place.start or days[-1] >= place.end or texts & avoid or texts - blackouts:
            return False
    return True


def _month_days(ranges: Iterable[DayRange]) -> frozenset[str]:
    """Return all days of a (leap) year that lie in some ranges, as ``MM-DD``."""
    bounds = {(one.start, one.end) for one in ranges}
    return frozenset(day for start, end in bounds for day in _YEAR if _between(start, day, end))


def _between(start: str, day: str, end: str) -> bool:
    return start <= day <= end if start <= end else day >= start or day <= end


def _bare(draft: Draft, chain: _Chain | None, days: Days | None) -> Iterator[tuple[Path, str]]:
    """Yield each account for which no rule keeps anything, ever or for some ordinary period."""
    keeping = _Keeping(draft)
    for index, account in draft.accounts:
        held = keeping.days_for(account)
        end = None if days is None or chain is None else _first_bare(held, chain, _own(account, days))
        if not held and (end is not None or chain is None or days is None):
            sentence = "no rule keeps anything of this account; add a rule, or widen the applies_to of one"
            yield ("accounts", index), sentence
        elif end is not None:
            sentence = (
                f"no rule keeps anything of this account's period that ends on {end}; add a rule for that time, or "
                "lengthen the validity of one"
            )
            yield ("accounts", index), sentence


class _Keeping:
    """The rules that keep something at ordinary occasions. Most accounts are alike, so answers are remembered."""

    def __init__(self, draft: Draft) -> None:
        self._general: list[RuleBase] = []
        self._named: dict[str, list[RuleBase]] = defaultdict(list)  # the account's id -> rules that name it
        self._known: dict[tuple[str, str], list[Days]] = {}
        for _, rule in draft.rules:
            wanted = rule.applies_to
            if isinstance(rule, (Exclude, Reserve)) or "ordinary" not in (wanted.occasions or ("ordinary",)):
                continue
            if wanted.accounts is None:
                self._general.append(rule)
            for name in set(wanted.accounts or ()):
                self._named[name].append(rule)

    def days_for(self, account: Account) -> list[Days]:
        """Return the days of the rules that keep something of an account, in the order of their first."""
        alike = (account.account_class, account.platform)
        if alike not in self._known:
            held = [days_of(rule) for rule in self._general if rule.covers(account)]
            self._known[alike] = _ALWAYS if Days() in held else held
        own = [days_of(rule) for rule in self._named.get(account.id, ()) if rule.covers(account)]
        return sorted([*self._known[alike], *own], key=lambda one: one.first)


def _own(account: Account, days: Days) -> Days:
    """Return the days on which an ordinary period of the account may end."""
    first = account.opened + _DAY if account.opened else date.min
    last = account.closing - _DAY if account.closing else date.max
    return days & Days(first, last)


def _first_bare(held: list[Days], chain: _Chain, days: Days) -> date | None:
    """Return the end of the first ordinary period in some days that none of the rules' days hold; None: none such."""
    reached = max(days.first, _EARLY)
    for one in held:
        if one.first > chain.next_end(reached):
            break
        if one.last == date.max:
            return None
        reached = max(reached, one.last + _DAY)
    end = chain.next_end(reached)
    return end if end <= days.last else None
