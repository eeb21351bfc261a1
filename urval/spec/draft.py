"""The sound parts of a spec that may not be sound as a whole: what the checks of how things fit together work on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cached_property, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from urval.spec.model import Blackout, OccasionRule, Term
from urval.spec.register import Account
from urval.spec.rules import Combine, Rule
from urval.spec.scalars import IsoDate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.spec.rule_base import AppliesTo, RuleBase
    from urval.spec.tree import Path

T = TypeVar("T")
_ACCOUNT, _OCCASION = TypeAdapter(Account), TypeAdapter(OccasionRule)
_TERM, _BLACKOUT = TypeAdapter(Term), TypeAdapter(Blackout)
_RULE: TypeAdapter[Rule] = TypeAdapter(Rule)
_DATE: TypeAdapter[date] = TypeAdapter(IsoDate)
_ENDS = ("valid_from", "valid_to")
_NAME, _CLASS, _PLATFORM = range(3)
_HINTS = 20  # a suggestion costs time, and nobody reads more


@dataclass(frozen=True, slots=True)
class Days:
    """Local days, first and last included."""

    first: date = date.min
    last: date = date.max

    def __and__(self, other: Days) -> Days:
        """Return the days in both; ``last`` before ``first`` means none."""
        return Days(max(self.first, other.first), min(self.last, other.last))

    def __bool__(self) -> bool:
        """Tell whether there is any day."""
        return self.first <= self.last


def days_of(part: Any) -> Days:
    """Return the days of validity of a sound part with ``valid_from`` and ``valid_to``."""
    return Days(part.valid_from or date.min, part.valid_to or date.max)


def raw_days(item: dict[str, Any]) -> Days | None:
    """Return the days of validity that plain data states; None if they are unreadable or the wrong way round."""
    try:
        first, last = (None if item.get(key) is None else _DATE.validate_python(item[key]) for key in _ENDS)
    except ValidationError:
        return None
    days = Days(first or date.min, last or date.max)
    return days or None


@dataclass(frozen=True, slots=True)
class Placed:
    """A sound rule, or a part of a combined one: its path, and the rule whose days and accounts count for it."""

    path: Path
    rule: Rule
    outer: Rule


class Draft:
    """A spec's plain data, with the parts of it that are sound. What is wrong with the others is told elsewhere."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.accounts = _sound(self.items("accounts"), _ACCOUNT)
        self.occasions = _sound(self.items("occasions"), _OCCASION)
        self.terms = [item for _, item in _sound(self.items("terms"), _TERM)]
        self.blackouts = [item for _, item in _sound(self.items("blackouts"), _BLACKOUT)]
        self.rules: list[tuple[int, Rule]] = _sound(self.items("rules"), _RULE)
        self._hints = _HINTS
        self._scopes: dict[AppliesTo, int] = {}

    def items(self, key: str) -> list[tuple[int, Any]]:
        """Return the items of a list with their indexes; none if it is no list."""
        value = self.data.get(key)
        return list(enumerate(value)) if isinstance(value, tuple) else []

    def mappings(self, key: str) -> list[tuple[int, dict[str, Any]]]:
        """Return the items of a list that are keys with values, sound or not."""
        return [(index, item) for index, item in self.items(key) if isinstance(item, dict)]

    def ids(self, key: str) -> list[tuple[int, str]]:
        """Return the ids that a list's items give themselves."""
        pairs = [(index, item.get("id")) for index, item in self.mappings(key)]
        return [(index, name) for index, name in pairs if isinstance(name, str)]

    @cached_property
    def all_rules_sound(self) -> bool:
        """Whether nothing is wrong with any single rule, and there is one."""
        return len(self.rules) == len(self.items("rules")) > 0

    @cached_property
    def all_accounts_sound(self) -> bool:
        """Whether nothing is wrong with any single account, and there is one."""
        return len(self.accounts) == len(self.items("accounts")) > 0

    @cached_property
    def days(self) -> Days | None:
        """The days the spec is in force; None if they are unreadable or the wrong way round."""
        return raw_days(self.data) if isinstance(self.data.get("valid_from"), str) else None

    @cached_property
    def first_day(self) -> date | None:
        """Where the first period starts."""
        try:
            return _DATE.validate_python(self.data.get("first_period_start"))
        except ValidationError:
            return None

    def placed_rules(self) -> Iterator[Placed]:
        """Yield every sound rule with its path, then the parts of combined ones."""
        for index, rule in self.rules:
            yield Placed(("rules", index), rule, rule)
        for index, rule in self.rules:
            if isinstance(rule, Combine):
                yield from (Placed(("rules", index, "parts", at), part, rule) for at, part in enumerate(rule.parts))

    def scope(self, rule: RuleBase) -> int:
        """Return the sound accounts a rule concerns, as a set of bits, for quick comparison."""
        wanted = rule.applies_to
        if wanted not in self._scopes:
            lists = [(_NAME, wanted.accounts), (_CLASS, wanted.classes), (_PLATFORM, wanted.platforms)]
            found = (1 << len(self.accounts)) - 1
            for kind, names in lists:
                if names is not None:
                    found &= reduce(or_, (self._bits[kind].get(name, 0) for name in names), 0)
            self._scopes[wanted] = found
        return self._scopes[wanted]

    @cached_property
    def _bits(self) -> tuple[dict[str, int], ...]:
        """For each name, class and platform: the accounts of that, as a set of bits."""
        found: tuple[dict[str, int], ...] = ({}, {}, {})
        for at, (_, account) in enumerate(self.accounts):
            for kind, name in enumerate((account.id, account.account_class, account.platform)):
                found[kind][name] = found[kind].get(name, 0) | 1 << at
        return found

    def hint(self, name: str, known: Iterable[str], otherwise: str) -> str:
        """Return what to write instead of an unknown name: the known one that is nearest, or a general sentence."""
        self._hints -= 1
        near = get_close_matches(name[:64], list(known), n=1) if self._hints >= 0 else []
        return f"did you mean {near[0]!r}?" if near else otherwise


def _sound(items: list[tuple[int, Any]], adapter: TypeAdapter[T]) -> list[tuple[int, T]]:
    sound = []
    for index, item in items:
        try:
            sound.append((index, adapter.validate_python(item)))
        except ValidationError:
            continue
    return sound
