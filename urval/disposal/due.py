"""When a period of keeping has passed. Calendar days of the spec's time zone; pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_MONTHS = 12


def due_day(start: date, period: str) -> date:
    """Return the first day on which a period of ISO 8601 (years, months, weeks, days) from ``start`` has passed.

    Years and months come first; a day that the month does not have becomes its last one (29 February and P1Y: the
    28th). What would lie beyond the calendar is its last day.
    """
    parts = {unit: int(count) for count, unit in re.findall(r"(\d+)([YMWD])", period)}
    months = start.year * _MONTHS + start.month - 1 + parts.get("Y", 0) * _MONTHS + parts.get("M", 0)
    year, month = divmod(months, _MONTHS)
    if year > date.max.year:
        return date.max
    day = date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
    try:
        return day + timedelta(weeks=parts.get("W", 0), days=parts.get("D", 0))
    except OverflowError:
        return date.max
