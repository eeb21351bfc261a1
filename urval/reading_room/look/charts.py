"""Charts as geometry: figures become bars, lines, ticks and words in the units of an SVG, which a template draws.

``{% import "charts.html" as charts with context %} {{ charts.chart(view.chart) }}``. A view holds its chart with
``Field(exclude=True)``: the JSON twin has the figures, not the drawing.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from babel.dates import format_date
from babel.numbers import format_decimal
from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.reading_room.room import Language

WIDTH, LEFT, RIGHT = 960, 56, 12
HIGH, HEAD, FOOT = 120, 26, 30  # of a panel's field, above it, and of the axis below all
_LABEL = 46  # units that the name of a month needs
_STEPS = (1, 2, 2.5, 5, 10)
_WEEK = 7


class _Drawn(BaseModel):
    model_config = ConfigDict(frozen=True)


class Tick(_Drawn):
    """A line across or below the field, with its words; ``words`` may be empty."""

    at: float
    words: str


class Panel(_Drawn):
    """One series over the shared axis of time. ``path`` draws its bars or its line, ``dots`` the points of a line."""

    name: str
    kind: str  # bars or line
    top: float
    base: float
    path: str
    thick: float
    dots: list[tuple[float, float]]
    ticks: list[Tick]


class Shade(_Drawn):
    """A time of which nothing is known."""

    left: float
    width: float


class Chart(_Drawn):
    """A chart: ``words`` tells in a sentence what is seen, for those who do not see it."""

    id: str
    title: str
    words: str
    width: int
    height: int
    left: int
    right: int
    panels: list[Panel]
    shades: list[Shade]
    months: list[Tick]


class Series(_Drawn):
    """What a panel shows: (day, value) in the order of time. Days of bars are the Mondays of their weeks."""

    name: str
    kind: str
    values: list[tuple[date, float]]


def chart(
    id: str,  # noqa: A002 - what it is in the page
    title: str,
    words: str,
    series: Sequence[Series],
    span: tuple[date, date],
    language: Language,
    *,
    unknown: Sequence[tuple[date, date]] = (),
) -> Chart:
    """Draw series one below the other over one axis of time, each with its own scale.

    Args:
        id: Of the drawing in its page.
        title: Its title.
        words: The sentence that tells what is seen.
        series: One panel each.
        span: The first day, and the first that is no longer shown.
        language: Of months and numbers.
        unknown: Spans of days, the ends not included, that are shaded.
    """
    axis = _Axis(span)
    panels = [_panel(one, axis, place, language) for place, one in enumerate(series)]
    return Chart(
        id=id, title=title, words=words, width=WIDTH, height=len(panels) * (HEAD + HIGH) + FOOT, left=LEFT,
        right=WIDTH - RIGHT, panels=panels, shades=[one for span_ in unknown if (one := axis.shade(*span_))],
        months=_months(axis, language),
    )  # fmt: skip


class _Axis:
    """Days as places from left to right."""

    def __init__(self, span: tuple[date, date]) -> None:
        self.first, self.end = span
        self.days = max((self.end - self.first).days, 1)

    def at(self, day: date) -> float:
        part = min(max((day - self.first).days / self.days, 0), 1)
        return round(LEFT + part * (WIDTH - LEFT - RIGHT), 1)

    def shade(self, first: date, end: date) -> Shade | None:
        left, right = self.at(first), self.at(end)
        return Shade(left=left, width=round(right - left, 1)) if right - left >= 1 else None


def _panel(one: Series, axis: _Axis, place: int, language: Language) -> Panel:
    top = place * (HEAD + HIGH) + HEAD
    base = top + HIGH
    steps = _scale([value for _, value in one.values], from_zero=one.kind == "bars")
    low, high = steps[0], steps[-1]

    def height(value: float) -> float:
        return round(base - (value - low) / (high - low) * HIGH, 1)

    week = (WIDTH - LEFT - RIGHT) / axis.days * _WEEK
    if one.kind == "bars":
        middle = [(round(axis.at(day) + week / 2, 1), height(value)) for day, value in one.values if value]
        path, dots = "".join(f"M{x} {base}V{y}" for x, y in middle), []
    else:
        dots = [(axis.at(day), height(value)) for day, value in one.values]
        path = "".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y) in enumerate(dots))
    return Panel(
        name=one.name, kind=one.kind, top=top, base=base, path=path, thick=round(max(week * 0.72, 0.8), 2), dots=dots,
        ticks=[Tick(at=height(value), words=_number(value, language)) for value in steps],
    )  # fmt: skip


def _scale(values: Sequence[float], *, from_zero: bool) -> list[float]:
    """Return round values that enclose all, two to five of them."""
    low, high = (0.0 if from_zero else min(values, default=0)), max(values, default=0)
    if high <= low:
        low, high = (0.0, max(high, 1)) if from_zero else (max(low - 1, 0), high + 1)
    raw = (high - low) / 3
    unit = 10 ** math.floor(math.log10(raw))
    step = max(next(unit * one for one in _STEPS if unit * one >= raw), 1)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [step * number for number in range(first, last + 1)]


def _months(axis: _Axis, language: Language) -> list[Tick]:
    """Return a tick for each month, quarter or year, as many as have room for their names."""
    room = max(int((WIDTH - LEFT - RIGHT) / _LABEL), 1)
    months = axis.days / 30.4
    apart = next((one for one in (1, 2, 3, 6, 12, 24, 60) if months / one <= room), 120)
    found = []
    day = date(axis.first.year, 1, 1)
    while day < axis.end:
        if day >= axis.first:
            found.append(Tick(at=axis.at(day), words=_month(day, language, apart)))
        later = day.year * 12 + day.month - 1 + apart
        day = date(later // 12, later % 12 + 1, 1)
    return [
        one if after is None or after.at - one.at >= _LABEL / 2 else Tick(at=one.at, words="")
        for one, after in [*pairwise(found), *((one, None) for one in found[-1:])]
    ]


def _month(day: date, language: Language, apart: int) -> str:
    locale = "sv_SE" if language == "sv" else "en_GB"
    if day.month == 1:
        return str(day.year)
    return "" if apart >= 12 else format_date(day, "LLL", locale=locale).rstrip(".")  # noqa: PLR2004 - months


def _number(value: float, language: Language) -> str:
    return format_decimal(value, locale="sv_SE" if language == "sv" else "en_GB")


def weeks_between(first: date, end: date) -> list[date]:
    """Return the Mondays of the weeks that hold a day from ``first`` on, ``end`` not included."""
    monday = first - timedelta(days=first.weekday())
    return [monday + timedelta(days=_WEEK * number) for number in range(max((end - monday).days + 6, 0) // _WEEK)]
