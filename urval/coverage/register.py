"""What coverage needs of an archive spec: its calendar, and of each account when it was opened and closed."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

from urval.periods import account_occasions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urval.periods import Calendar, ExtraOccasion, Occasion
    from urval.spec import ArchiveSpec

_LAST_DAY = (12, 31)


class Entry(NamedTuple):
    """One account of the register. Days are local."""

    id: str
    name: str
    opened: date | None = None
    closing: date | None = None
    closed: date | None = None


class Days(NamedTuple):
    """Days of every year as ``MM-DD``, both included."""

    start: str
    end: str


class Window(NamedTuple):
    """One capture time of every year; see ``urval.periods.OccasionRule``."""

    id: str
    opens: str
    closes: str
    period_end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The register and the calendar of one spec: small enough to be remembered, where the spec is large."""

    archive: str
    name: str
    spec: str
    version: str
    timezone: str
    first_period_start: date
    persons: int  # how many must approve
    occasions: tuple[Window, ...]
    blackouts: tuple[Days, ...]
    accounts: tuple[Entry, ...]

    @classmethod
    def of(cls, spec: ArchiveSpec) -> Register:
        """Take out of a spec what is needed."""
        return cls(
            archive=spec.archive.id,
            name=spec.archive.name,
            spec=spec.id,
            version=spec.version,
            timezone=spec.timezone,
            first_period_start=spec.first_period_start,
            persons=spec.review.persons,
            occasions=tuple(Window(one.id, one.opens, one.closes, one.period_end) for one in spec.occasions),
            blackouts=tuple(Days(one.start, one.end) for one in spec.blackouts),
            accounts=tuple(Entry(one.id, one.name, one.opened, one.closing, one.closed) for one in spec.accounts),
        )

    def to_plain(self) -> dict[str, Any]:
        """Return it as plain JSON data."""
        return {
            **{name: getattr(self, name) for name in ("archive", "name", "spec", "version", "timezone", "persons")},
            "first_period_start": self.first_period_start.isoformat(),
            "occasions": self.occasions,
            "blackouts": self.blackouts,
            "accounts": [[one.id, one.name, *map(_text, one[2:])] for one in self.accounts],
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Register:
        """Build it from the data of :meth:`to_plain`.

        Raises:
            ValueError, TypeError, KeyError: The data are others.
        """
        return cls(
            **{name: plain[name] for name in ("archive", "name", "spec", "version", "timezone", "persons")},
            first_period_start=date.fromisoformat(plain["first_period_start"]),
            occasions=tuple(Window(*one) for one in plain["occasions"]),
            blackouts=tuple(Days(*one) for one in plain["blackouts"]),
            accounts=tuple(Entry(one[0], one[1], *map(_day, one[2:])) for one in plain["accounts"]),
        )


def chains_of(
    register: Register, extras: Mapping[str, Sequence[ExtraOccasion]], today: date
) -> dict[str, tuple[Occasion, ...]]:
    """Return the occasions of each account in the order of time: all that have opened, and those of today's year.

    Accounts whose occasions are the same share one tuple.

    Raises:
        ConfigError: An extra occasion lies after the day on which its account closes.
    """
    plain = Entry("", "")
    ordinary = _until(register, plain, (), today)
    ends = [one.period.end_day for one in ordinary]
    by_first = [ordinary[first:] for first in range(len(ordinary) + 1)]
    chains = {}
    for entry in register.accounts:
        own = extras.get(entry.id, ())
        if entry.closing is not None or own:
            chains[entry.id] = _until(register, entry, own, today)
        else:  # as account_occasions: none that ends by the day the account was opened
            chains[entry.id] = by_first[bisect_right(ends, entry.opened) if entry.opened else 0]
    return chains


def _until(register: Calendar, entry: Entry, extras: Sequence[ExtraOccasion], today: date) -> tuple[Occasion, ...]:
    last = date(today.year, *_LAST_DAY)
    begun = takewhile(lambda one: one.period.first_day <= last, account_occasions(register, entry, extras))
    return tuple(one for one in begun if one.opens <= today or one.year <= today.year)


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
