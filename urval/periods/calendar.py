"""The calendar of a spec: its occasions of every year, when to capture, and which time each capture covers.

All days are local to the spec's time zone; a period is the half-open span between two local midnights, as UTC
instants. Periods chain: the first starts at ``first_period_start``, each later one where the one before ended, so every
instant from the first start on lies in exactly one. This holds in any time zone, across clock changes, and where a
midnight does not exist (then the day's first instant counts).

An occasion's year is the year of the last day it covers: the one that covers May to October 2026 is ``2026-host``.
Source: requirements R02-R04.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast
from zoneinfo import ZoneInfo

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

OccasionKind: TypeAlias = Literal["ordinary", "change", "closing", "extra"]

_LAST_YEAR = 3000
_DAY = timedelta(days=1)
_DECIDED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}-(change|closing|extra)")
_KEPT = 4096  # periods, and years of a calendar, at hand: all accounts of an archive have mostly the same


class DayRange(Protocol):
    """Days of every year as ``MM-DD``, both included; ``start`` after ``end`` runs over the turn of the year."""

    @property
    def start(self) -> str:
        """The first day."""

    @property
    def end(self) -> str:
        """The last day."""


class OccasionRule(Protocol):
    """One capture time of every year, days as ``MM-DD``."""

    @property
    def id(self) -> str:
        """Its name, without a year."""

    @property
    def opens(self) -> str:
        """The first day."""

    @property
    def closes(self) -> str:
        """The last day."""

    @property
    def period_end(self) -> str:
        """The first day that is no longer covered."""


class Calendar(Protocol):
    """What this module needs to know of an archive spec."""

    @property
    def timezone(self) -> str:
        """An IANA name."""

    @property
    def first_period_start(self) -> date:
        """Where the first period starts."""

    @property
    def occasions(self) -> Sequence[OccasionRule]:
        """At least one, with different ends."""

    @property
    def blackouts(self) -> Sequence[DayRange]:
        """Days to keep away from."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open span ``[start, end)`` of aware UTC instants; ``id`` holds its local days: 2026-05-01--2026-11-01."""

    id: str
    start: datetime
    end: datetime

    @property
    def first_day(self) -> date:
        """The local day the period starts on."""
        return date.fromisoformat(self.id.partition("--")[0])

    @property
    def end_day(self) -> date:
        """The first local day that is no longer covered."""
        return date.fromisoformat(self.id.partition("--")[2])


@dataclass(frozen=True, slots=True)
class Occasion:
    """One capture time, ``2026-host``: its local days, both included, and the period it covers."""

    id: str
    opens: date
    closes: date
    period: Period

    @property
    def year(self) -> int:
        """The year of the last day it covers."""
        return (self.period.end_day - _DAY).year

    @property
    def kind(self) -> OccasionKind:
        """Whether it is one of the spec's, or was decided for one account; its id says so: ``2026-10-15-change``."""
        found = _DECIDED.fullmatch(self.id)
        return cast("OccasionKind", found[1]) if found else "ordinary"


def local_midnight(day: date, timezone: str) -> datetime:
    """Return the first instant of a local day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


@lru_cache(maxsize=_KEPT)
def make_period(first_day: date, end_day: date, timezone: str) -> Period:
    """Return the period of the local days ``[first_day, end_day)``."""
    start, end = local_midnight(first_day, timezone), local_midnight(end_day, timezone)
    return Period(f"{first_day.isoformat()}--{end_day.isoformat()}", start, end)


def all_occasions(spec: Calendar) -> Iterator[Occasion]:
    """Yield every occasion in the order of time, from the first period on."""
    first, timezone = spec.first_period_start, spec.timezone
    rules = tuple(sorted((rule.period_end, rule.id, rule.opens, rule.closes) for rule in spec.occasions))
    for year in range(first.year, _LAST_YEAR):
        yield from _of_year(year, first, timezone, rules)


@lru_cache(maxsize=_KEPT)
def _of_year(
    year: int, first: date, timezone: str, rules: tuple[tuple[str, str, str, str], ...]
) -> tuple[Occasion, ...]:
    """Return the occasions whose periods end in a year; the same objects for all accounts of a calendar."""
    start = max(first, on_day(year - 1, rules[-1][0]))
    found = []
    for period_end, rule_id, opens, closes in rules:
        end = on_day(year, period_end)
        if end > start:
            found.append(_occasion(rule_id, opens, closes, make_period(start, end, timezone)))
            start = end
    return tuple(found)


def occasions_for(spec: Calendar, *, first_year: int, last_year: int) -> tuple[Occasion, ...]:
    """Return the occasions of some years, both included, in the order of time."""
    late_enough = dropwhile(lambda one: one.year < first_year, all_occasions(spec))
    return tuple(takewhile(lambda one: one.year <= last_year, late_enough))


def occasion_at(spec: Calendar, occasion_id: str) -> Occasion:
    """Return the occasion of an id such as ``2026-host``.

    Raises:
        ConfigError: The spec has no such occasion.
    """
    first = spec.first_period_start.year
    around = int(occasion_id[:4]) if re.match(r"[0-9]{4}-", occasion_id) else first
    around = min(max(around, first), _LAST_YEAR - 2)
    known = {one.id: one for one in occasions_for(spec, first_year=around, last_year=around + 1)}
    if occasion_id in known:
        return known[occasion_id]
    hint = f"Occasions of that time: {', '.join(known)}."
    raise ConfigError(f"The spec has no occasion {occasion_id!r}.", next_step=hint)


def occasion_covering(spec: Calendar, instant: datetime) -> Occasion:
    """Return the occasion whose period an aware instant lies in.

    Raises:
        ConfigError: The instant lies before the first period.
    """
    for occasion in all_occasions(spec):
        if occasion.period.start <= instant < occasion.period.end:
            return occasion
    raise ConfigError(
        f"No period of the spec covers {instant.isoformat()}.",
        next_step=f"The first period starts on {spec.first_period_start}; set first_period_start to go back further.",
    )


def due(spec: Calendar, today: date, done: Collection[str]) -> tuple[Occasion, ...]:
    """Return the occasions that have opened by a local day and are not done, oldest first. Late ones stay due."""
    over = takewhile(lambda one: one.period.end_day <= today, all_occasions(spec))
    return tuple(one for one in over if one.opens <= today and one.id not in done)


def days_late(occasion: Occasion, day: date) -> int:
    """Return how many days after the occasion's last day a local day lies; 0 when it is not late."""
    return max(0, (day - occasion.closes).days)


def in_blackout(spec: Calendar, day: date) -> bool:
    """Tell whether a local day lies in a blackout."""
    return any(within(day, blackout) for blackout in spec.blackouts)


def check_capture_date(occasion: Occasion, day: date) -> None:
    """Refuse a capture on a local day before the occasion's period has ended.

    Raises:
        ConfigError: The period is not over.
    """
    if day < occasion.period.end_day:
        raise ConfigError(
            f"The window of occasion {occasion.id!r} lies in the future: its period ends with "
            f"{occasion.period.end_day - _DAY}, and the capture date is {day}.",
            next_step=f"Capture it on or after {occasion.opens}, or choose an earlier occasion.",
        )


def _occasion(rule_id: str, first_day: str, last_day: str, period: Period) -> Occasion:
    opens = _next(period.end_day, first_day)
    year = (period.end_day - _DAY).year
    return Occasion(f"{year:04d}-{rule_id}", opens, _next(opens, last_day), period)


def on_day(year: int, month_day: str) -> date:
    """Return a day ``MM-DD`` of a year."""
    return date(year, int(month_day[:2]), int(month_day[3:]))


def _next(day: date, month_day: str) -> date:
    """Return the first such day of a year on or after a date."""
    this_year = on_day(day.year, month_day)
    return this_year if this_year >= day else on_day(day.year + 1, month_day)


def within(day: date, days: DayRange) -> bool:
    """Tell whether a day lies in days of every year."""
    text = day.strftime("%m-%d")
    if days.start <= days.end:
        return days.start <= text <= days.end
    return text >= days.start or text <= days.end
