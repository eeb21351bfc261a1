"""The days a window rule names in a period: some days in a row around an anchor, moved off days to be avoided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from urval.periods.anchors import anchor_days
from urval.periods.calendar import local_midnight, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.periods.calendar import DayRange, Period

_DAY = timedelta(days=1)


class WindowRule(Protocol):
    """A rule that keeps the threads of some days in a row."""

    @property
    def days(self) -> int:
        """How many days."""

    @property
    def anchor(self) -> str:
        """``term_mid``, a day ``MM-DD``, a date ``YYYY-MM-DD``, a week ``W42``, ``10-tue-2`` or ``10-tue-last``."""

    @property
    def count(self) -> int | None:
        """At most so many spans in a period, the earliest; None for all."""

    @property
    def avoid_blackouts(self) -> bool:
        """Whether the days move off the spec's blackouts."""

    @property
    def avoid(self) -> Sequence[DayRange]:
        """More days to move off."""

    @property
    def timezone(self) -> str | None:
        """Whose days these are, an IANA name; None for the spec's."""


@dataclass(frozen=True, slots=True)
class Span:
    """Local days ``[first_day, end_day)``, and the same as aware UTC instants ``[start, end)``."""

    first_day: date
    end_day: date
    start: datetime
    end: datetime


def window_spans(
    rule: WindowRule, period: Period, terms: Sequence[DayRange], blackouts: Sequence[DayRange], timezone: str
) -> tuple[Span, ...]:
    """Return the days a window rule names in a period, in the order of time.

    One span for each middle of a term (or each occurrence of the anchor's day) in the period: ``rule.days`` days around
    it. A span that touches a day to be avoided moves to the nearest place, later rather than earlier, where it touches
    none and lies whole in the period. Where there is no such place there is no span. Spans of different anchors may
    share days.

    ``timezone`` is the spec's. Where the rule names another, its days begin and end by that zone's clocks; an anchor
    belongs to the period its day begins in, and a span is whole in the period only if all its instants are.
    """
    zone = rule.timezone or timezone
    first, end = _days_begun(period, zone, timezone)
    wanted = [day - timedelta(days=rule.days // 2) for day in anchor_days(rule.anchor, first, end, terms)]
    if local_midnight(end, zone) > period.end:
        end -= _DAY
    avoided = [*rule.avoid, *(blackouts if rule.avoid_blackouts else ())]
    found = {_free_span(day, rule.days, first, end, avoided) for day in wanted}
    return tuple(_span(day, rule.days, zone) for day in islice(sorted(filter(None, found)), rule.count))


def _days_begun(period: Period, zone: str, timezone: str) -> tuple[date, date]:
    """Return the local days ``[first, end)`` of a zone that begin in a period; the last may stick out."""
    if zone == timezone:
        return period.first_day, period.end_day
    first, end = (moment.astimezone(ZoneInfo(zone)).date() for moment in (period.start, period.end))
    return (
        first if local_midnight(first, zone) >= period.start else first + _DAY,
        end if local_midnight(end, zone) >= period.end else end + _DAY,
    )


def _span(first: date, days: int, timezone: str) -> Span:
    end = first + timedelta(days=days)
    return Span(first, end, local_midnight(first, timezone), local_midnight(end, timezone))


def _free_span(wanted: date, days: int, first: date, end: date, avoided: Sequence[DayRange]) -> date | None:
    """Return the day nearest to the wanted one from which ``days`` days lie in ``[first, end)`` and none is avoided."""
    for shift in range((end - first).days + 1):
        for start in (wanted + timedelta(days=shift), wanted - timedelta(days=shift)):
            if start < first or start + timedelta(days=days) > end:
                continue
            if not any(within(start + timedelta(days=n), one) for n in range(days) for one in avoided):
                return start
    return None
