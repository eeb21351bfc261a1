"""Occasions and periods: when to capture, and which time each capture covers.

Pure. All days are local to the spec's time zone; a period is the half-open span between two local midnights, as UTC
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
from itertools import dropwhile, takewhile
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_LAST_YEAR = 3000
_DAY = timedelta(days=1)


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


class WindowRule(Protocol):
    """A rule that keeps the threads of some days in a row."""

    @property
    def days(self) -> int:
        """How many days."""

    @property
    def anchor(self) -> str:
        """``term_mid``, or a day of the year as ``MM-DD``."""

    @property
    def avoid_blackouts(self) -> bool:
        """Whether the days move off the spec's blackouts."""

    @property
    def avoid(self) -> Sequence[DayRange]:
        """More days to move off."""


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
    """One capture time of one year, ``2026-host``: its local days, both included, and the period it covers."""

    id: str
    opens: date
    closes: date
    period: Period

    @property
    def year(self) -> int:
        """The year of the last day it covers."""
        return int(self.id[:4])


@dataclass(frozen=True, slots=True)
class Span:
    """Local days ``[first_day, end_day)``, and the same as aware UTC instants ``[start, end)``."""

    first_day: date
    end_day: date
    start: datetime
    end: datetime


def local_midnight(day: date, timezone: str) -> datetime:
    """Return the first instant of a local day, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(timezone)).astimezone(UTC)


def make_period(first_day: date, end_day: date, timezone: str) -> Period:
    """Return the period of the local days ``[first_day, end_day)``."""
    start, end = local_midnight(first_day, timezone), local_midnight(end_day, timezone)
    return Period(f"{first_day.isoformat()}--{end_day.isoformat()}", start, end)


def all_occasions(spec: Calendar) -> Iterator[Occasion]:
    """Yield every occasion in the order of time, from the first period on."""
    start = spec.first_period_start
    rules = sorted(spec.occasions, key=lambda rule: rule.period_end)
    for year in range(start.year, _LAST_YEAR):
        for rule in rules:
            end = _on(year, rule.period_end)
            if end > start:
                yield _occasion(rule, make_period(start, end, spec.timezone))
                start = end


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
    return any(_within(day, blackout) for blackout in spec.blackouts)


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


def window_spans(
    rule: WindowRule, period: Period, terms: Sequence[DayRange], blackouts: Sequence[DayRange], timezone: str
) -> tuple[Span, ...]:
    """Return the days a window rule names in a period, in the order of time.

    One span for each middle of a term (or each occurrence of the anchor's day) in the period: ``rule.days`` days around
    it. A span that touches a day to be avoided moves to the nearest place, later rather than earlier, where it touches
    none and lies whole in the period. Where there is no such place there is no span.
    """
    avoided = [*rule.avoid, *(blackouts if rule.avoid_blackouts else ())]
    anchors = [day for day in _anchors(rule.anchor, period, terms) if period.first_day <= day < period.end_day]
    spans = {_free_span(day - timedelta(days=rule.days // 2), rule.days, period, avoided) for day in anchors}
    return tuple(_span(first, rule.days, timezone) for first in sorted(first for first in spans if first is not None))


def _span(first: date, days: int, timezone: str) -> Span:
    end = first + timedelta(days=days)
    return Span(first, end, local_midnight(first, timezone), local_midnight(end, timezone))


def _anchors(anchor: str, period: Period, terms: Sequence[DayRange]) -> Iterator[date]:
    for year in range(period.first_day.year - 1, period.end_day.year + 1):
        if anchor != "term_mid":
            yield _on(year, anchor)
            continue
        for term in terms:
            start, end = _on(year, term.start), _on(year, term.end)
            if end < start:
                end = _on(year + 1, term.end)
            yield start + timedelta(days=(end - start).days // 2)


def _free_span(wanted: date, days: int, period: Period, avoided: Sequence[DayRange]) -> date | None:
    """Return the first day nearest to the wanted one from which ``days`` days are in the period and not avoided."""
    whole = (period.end_day - period.first_day).days
    for shift in range(whole + 1):
        for first in (wanted + timedelta(days=shift), wanted - timedelta(days=shift)):
            if first < period.first_day or first + timedelta(days=days) > period.end_day:
                continue
            if not any(_within(first + timedelta(days=n), one) for n in range(days) for one in avoided):
                return first
    return None


def _occasion(rule: OccasionRule, period: Period) -> Occasion:
    opens = _next(period.end_day, rule.opens)
    year = (period.end_day - _DAY).year
    return Occasion(f"{year:04d}-{rule.id}", opens, _next(opens, rule.closes), period)


def _on(year: int, month_day: str) -> date:
    return date(year, int(month_day[:2]), int(month_day[3:]))


def _next(day: date, month_day: str) -> date:
    """Return the first such day of a year on or after a date."""
    this_year = _on(day.year, month_day)
    return this_year if this_year >= day else _on(day.year + 1, month_day)


def _within(day: date, days: DayRange) -> bool:
    text = day.strftime("%m-%d")
    if days.start <= days.end:
        return days.start <= text <= days.end
    return text >= days.start or text <= days.end
