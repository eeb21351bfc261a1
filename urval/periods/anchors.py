"""The days that a window can be centred on: the middle of a term, a day of the year, a date, a week, an nth weekday.

Source: ISO 8601 for weeks (a year's first week is the one with its first Thursday).
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from urval.periods.calendar import on_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from urval.periods.calendar import DayRange

_WEEK = timedelta(days=7)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_THURSDAY = 4  # the middle of a week, and the day whose year is the week's year


def anchor_days(anchor: str, first_day: date, end_day: date, terms: Iterable[DayRange]) -> list[date]:
    """Return the days of ``[first_day, end_day)`` that an anchor names, in order, each once.

    Args:
        anchor: ``term_mid``, ``MM-DD``, ``YYYY-MM-DD``, ``W42`` (its Thursday), ``10-tue-2`` or ``10-tue-last``.
        first_day: The first day.
        end_day: The first day that is no longer looked at.
        terms: For ``term_mid``.
    """
    terms = list(terms)
    years = range(first_day.year - 1, end_day.year + 1)  # a term may have begun the year before
    found = {day for year in years for day in _in_year(anchor, year, terms)}
    return sorted(day for day in found if first_day <= day < end_day)


def _in_year(anchor: str, year: int, terms: Iterable[DayRange]) -> Iterator[date]:
    if anchor == "term_mid":
        yield from (_middle(term, year) for term in terms)
    elif anchor.startswith("W"):
        day = date.fromisocalendar(year, 1, _THURSDAY) + (int(anchor[1:]) - 1) * _WEEK
        if day.year == year:  # a year has 52 or 53 weeks
            yield day
    elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", anchor):
        yield date.fromisoformat(anchor)
    elif re.fullmatch(r"[0-9]{2}-[0-9]{2}", anchor):
        yield on_day(year, anchor)
    else:
        yield _nth_weekday(year, *anchor.split("-"))


def _middle(term: DayRange, year: int) -> date:
    start, end = on_day(year, term.start), on_day(year, term.end)
    if end < start:
        end = on_day(year + 1, term.end)
    return start + timedelta(days=(end - start).days // 2)


def _nth_weekday(year: int, month: str, weekday: str, nth: str) -> date:
    """Return the first to fourth, or the last, of a month's Mondays, or Tuesdays, and so on."""
    first = date(year, int(month), 1)
    day = first + timedelta(days=(_WEEKDAYS.index(weekday) - first.weekday()) % 7)
    if nth != "last":
        return day + (int(nth) - 1) * _WEEK
    return max(later for n in range(5) if (later := day + n * _WEEK).month == first.month)
