"""Occasions and periods: the chain without holes, both clock changes, dates, blackouts and the days of a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.errors import ConfigError
from urval.periods import (
    all_occasions,
    anchor_days,
    check_capture_date,
    days_late,
    due,
    in_blackout,
    local_midnight,
    make_period,
    occasion_at,
    occasion_covering,
    occasions_for,
    window_spans,
)
from urval.spec import load_spec

SPEC = load_spec(Path(__file__).parent.parent / "archive_specs" / "exempelstad.yaml")
STOCKHOLM = "Europe/Stockholm"
# Zones whose clocks change at midnight, by half an hour, across the date line, twice a year, and never.
ZONES = [
    STOCKHOLM, "Asia/Beirut", "America/Sao_Paulo", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia",
    "Atlantic/Azores", "Africa/Casablanca", "America/St_Johns", "Asia/Kathmandu", "UTC",
]  # fmt: skip


@dataclass(frozen=True)
class Range:
    start: str
    end: str


@dataclass(frozen=True)
class Rule:
    id: str
    opens: str
    closes: str
    period_end: str


@dataclass(frozen=True)
class Year:
    timezone: str
    first_period_start: date
    occasions: tuple[Rule, ...]
    blackouts: tuple[Range, ...] = ()


@dataclass(frozen=True)
class Days:
    days: int = 7
    anchor: str = "term_mid"
    avoid_blackouts: bool = True
    avoid: tuple[Range, ...] = ()
    count: int | None = None
    timezone: str | None = None


def month_days() -> st.SearchStrategy[str]:
    """Return a strategy for days that every year has."""
    return st.integers(0, 364).map(lambda n: (date(2001, 1, 1) + timedelta(days=n)).strftime("%m-%d"))


@st.composite
def years(draw: st.DrawFn) -> Year:
    """Draw a calendar with one to five occasions a year, in a zone with some way of changing clocks."""
    ends = draw(st.lists(month_days(), min_size=1, max_size=5, unique=True))
    rules = tuple(Rule(f"o{n}", draw(month_days()), draw(month_days()), end) for n, end in enumerate(ends))
    start = draw(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
    return Year(draw(st.sampled_from(ZONES)), start, rules)


def spans_of(rule: Days, blackouts: tuple[Range, ...] = ()) -> list[tuple[date, date]]:
    """Return the days a rule names in the demo's autumn period, whose term has its middle on 15 October."""
    period = make_period(date(2026, 5, 1), date(2026, 11, 1), STOCKHOLM)
    spans = window_spans(rule, period, [Range("08-16", "12-14")], blackouts, STOCKHOLM)
    return [(span.first_day, span.end_day) for span in spans]


@settings(deadline=None)  # other work on the machine is no failure
@given(years())
def test_consecutive_periods_abut(year: Year) -> None:
    """The first period starts at the given day, each next one at the instant where the one before ended."""
    occasions = list(islice(all_occasions(year), 20))
    assert occasions[0].period.start == local_midnight(year.first_period_start, year.timezone)
    assert all(one.period.end == other.period.start for one, other in pairwise(occasions))
    assert all(one.period.end_day == other.period.first_day for one, other in pairwise(occasions))
    assert all(one.period.first_day < one.period.end_day for one in occasions)


@settings(deadline=None)  # other work on the machine is no failure
@given(years(), st.integers(0, 10**9))
def test_every_instant_lies_in_exactly_one_period(year: Year, seconds: int) -> None:
    """Each instant from the first start on is covered once, and the occasion found for it is the one that covers it."""
    instant = local_midnight(year.first_period_start, year.timezone) + timedelta(seconds=seconds)
    occasions = list(islice(all_occasions(year), 40 * len(year.occasions)))
    covering = [one for one in occasions if one.period.start <= instant < one.period.end]
    assert covering == [occasion_covering(year, instant)]


@settings(deadline=None)  # other work on the machine is no failure
@given(years())
def test_occasions_have_different_ids_and_are_found_by_them(year: Year) -> None:
    """An occasion's id names it alone, and leads back to it."""
    occasions = list(islice(all_occasions(year), 12))
    assert len({one.id for one in occasions}) == len(occasions)
    assert [occasion_at(year, one.id) for one in occasions] == occasions


@settings(deadline=None)  # other work on the machine is no failure
@given(years())
def test_a_capture_window_opens_when_the_period_is_over(year: Year) -> None:
    """An occasion opens on or after its period's end, less than a year later, and closes on or after it opens."""
    for one in islice(all_occasions(year), 12):
        assert one.period.end_day <= one.opens <= one.period.end_day + timedelta(days=366)
        assert one.opens <= one.closes
        check_capture_date(one, one.opens)


def test_the_demo_spec_gives_the_occasions_it_promises() -> None:
    """Exempelstad's occasions of 2026 have the ids, windows and periods that its comments tell."""
    spring, autumn = occasions_for(SPEC, first_year=2026, last_year=2026)
    assert (spring.id, spring.period.id) == ("2026-var", "2025-11-01--2026-05-01")
    assert (autumn.id, autumn.period.id) == ("2026-host", "2026-05-01--2026-11-01")
    assert (autumn.opens, autumn.closes) == (date(2026, 11, 2), date(2026, 11, 30))
    assert (spring.period.first_day, spring.period.end_day) == (date(2025, 11, 1), date(2026, 5, 1))


def test_both_clock_changes_are_in_the_periods() -> None:
    """A local midnight in summer is 22:00 UTC the day before, in winter 23:00; periods differ by that hour."""
    spring, autumn = occasions_for(SPEC, first_year=2026, last_year=2026)
    assert spring.period.start == datetime(2025, 10, 31, 23, tzinfo=UTC)
    assert spring.period.end == datetime(2026, 4, 30, 22, tzinfo=UTC)
    assert autumn.period.end == datetime(2026, 10, 31, 23, tzinfo=UTC)
    assert spring.period.end - spring.period.start == timedelta(days=181, hours=-1)
    assert autumn.period.end - autumn.period.start == timedelta(days=184, hours=1)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 10, 26), 24)]
)
def test_a_day_has_as_many_hours_as_its_clock_says(day: date, hours: int) -> None:
    """The days on which Stockholm's clocks change have 23 and 25 hours."""
    period = make_period(day, day + timedelta(days=1), STOCKHOLM)
    assert period.end - period.start == timedelta(hours=hours)


def test_a_midnight_that_does_not_exist_is_the_first_instant_of_its_day() -> None:
    """Beirut's clocks leap from 00:00 to 01:00: the day starts at the leap."""
    start = local_midnight(date(2022, 3, 27), "Asia/Beirut")
    assert start == datetime(2022, 3, 26, 22, tzinfo=UTC)
    assert start.astimezone(ZoneInfo("Asia/Beirut")).hour == 1


def test_a_midnight_that_comes_twice_is_the_first_one() -> None:
    """Havana's clocks fall back from 01:00 to 00:00: the day starts at the first midnight."""
    assert local_midnight(date(2022, 11, 6), "America/Havana") == datetime(2022, 11, 6, 4, tzinfo=UTC)


def test_a_period_that_ends_with_the_year_belongs_to_that_year() -> None:
    """With an end on 1 January, the occasion's year is that of the last day covered."""
    year = Year(
        STOCKHOLM, date(2026, 1, 1), (Rule("a", "07-02", "07-30", "07-01"), Rule("b", "01-11", "02-10", "01-01"))
    )
    assert [one.id for one in occasions_for(year, first_year=2026, last_year=2026)] == ["2026-a", "2026-b"]
    assert occasion_at(year, "2026-b").opens == date(2027, 1, 11)


@pytest.mark.parametrize("wrong", ["2026-hst", "host", "2025-var", "1900-var", "9999-var", "", "²026-var", "2026-"])
def test_an_unknown_occasion_is_refused(wrong: str) -> None:
    """An id that names no occasion, or one before the first period, is refused, and others are named."""
    with pytest.raises(ConfigError, match="no occasion") as error:
        occasion_at(SPEC, wrong)
    assert "-var" in error.value.next_step


def test_an_instant_before_the_first_period_is_refused() -> None:
    """No period covers an instant before first_period_start."""
    with pytest.raises(ConfigError, match="No period"):
        occasion_covering(SPEC, datetime(2025, 10, 31, 22, 59, tzinfo=UTC))


def test_due_lists_what_has_opened_and_is_not_done() -> None:
    """An occasion is due from its first day on, stays due when late, and is not due when done."""
    assert due(SPEC, date(2026, 5, 1), set()) == ()
    assert [one.id for one in due(SPEC, date(2026, 5, 2), set())] == ["2026-var"]
    assert [one.id for one in due(SPEC, date(2027, 1, 1), set())] == ["2026-var", "2026-host"]
    assert [one.id for one in due(SPEC, date(2027, 1, 1), {"2026-var"})] == ["2026-host"]


def test_days_late_counts_from_the_day_after_the_last() -> None:
    """A capture on the last day is not late; the next day it is one day late."""
    autumn = occasion_at(SPEC, "2026-host")
    late = [
        days_late(autumn, day) for day in (date(2026, 11, 2), date(2026, 11, 30), date(2026, 12, 1), date(2027, 1, 1))
    ]
    assert late == [0, 0, 1, 32]


@pytest.mark.parametrize(
    ("day", "inside"),
    [
        (date(2026, 6, 14), False), (date(2026, 6, 15), True), (date(2026, 8, 15), True), (date(2026, 8, 16), False),
        (date(2026, 12, 14), False), (date(2026, 12, 15), True), (date(2026, 12, 31), True), (date(2027, 1, 1), True),
        (date(2027, 1, 10), True), (date(2027, 1, 11), False), (date(2028, 2, 29), False),
    ],
)  # fmt: skip
def test_blackouts_hold_both_their_ends_and_run_over_the_turn_of_the_year(day: date, inside: bool) -> None:
    """Summer and Christmas of the demo spec are black from the first to the last day."""
    assert in_blackout(SPEC, day) is inside


def test_a_window_in_the_future_is_refused() -> None:
    """A capture before the period's end is refused with the day from which it can be made."""
    autumn = occasion_at(SPEC, "2026-host")
    with pytest.raises(ConfigError, match="lies in the future") as error:
        check_capture_date(autumn, date(2026, 10, 31))
    assert "2026-11-02" in error.value.next_step
    check_capture_date(autumn, date(2026, 11, 1))


def test_the_middle_of_each_demo_term_lies_in_its_period() -> None:
    """The window rule of the demo spec names seven days around 29 March and 15 October, and nothing else."""
    rule = next(rule for rule in SPEC.rules if rule.rule == "window")
    found = [
        [
            (span.first_day, span.end_day)
            for span in window_spans(rule, one.period, SPEC.terms, SPEC.blackouts, STOCKHOLM)
        ]
        for one in occasions_for(SPEC, first_year=2026, last_year=2026)
    ]
    assert found == [[(date(2026, 3, 26), date(2026, 4, 2))], [(date(2026, 10, 12), date(2026, 10, 19))]]


def test_a_window_over_the_clock_change_has_whole_local_days() -> None:
    """Seven days around 29 March 2026, when an hour is lost, last 167 hours between local midnights."""
    period = make_period(date(2025, 11, 1), date(2026, 5, 1), STOCKHOLM)
    (span,) = window_spans(Days(anchor="03-29"), period, (), (), STOCKHOLM)
    assert (span.start, span.end) == (datetime(2026, 3, 25, 23, tzinfo=UTC), datetime(2026, 4, 1, 22, tzinfo=UTC))
    assert span.end - span.start == timedelta(hours=167)


def test_a_window_moves_to_the_nearest_free_days() -> None:
    """A span that touches a blackout moves just off it, later rather than earlier where both are as near."""
    assert spans_of(Days(), (Range("10-18", "10-18"),)) == [(date(2026, 10, 11), date(2026, 10, 18))]
    assert spans_of(Days(), (Range("10-12", "10-12"),)) == [(date(2026, 10, 13), date(2026, 10, 20))]
    assert spans_of(Days(), (Range("10-15", "10-15"),)) == [(date(2026, 10, 16), date(2026, 10, 23))]
    assert spans_of(Days(avoid=(Range("10-15", "12-31"),))) == [(date(2026, 10, 8), date(2026, 10, 15))]
    assert spans_of(Days(avoid_blackouts=False), (Range("10-15", "10-15"),)) == [
        (date(2026, 10, 12), date(2026, 10, 19))
    ]


def test_a_window_without_room_names_no_days() -> None:
    """Where every place is avoided, or the period holds no anchor, there is no span."""
    assert spans_of(Days(avoid=(Range("01-01", "12-31"),))) == []
    assert spans_of(Days(anchor="03-15")) == []
    assert spans_of(Days(days=183)) == [(date(2026, 5, 2), date(2026, 11, 1))]


@pytest.mark.parametrize(
    ("anchor", "days"),
    [
        ("2026-10-15", ["2026-10-15"]),
        ("2027-10-15", []),
        ("W42", ["2026-10-15"]),
        ("W01", []),
        ("W53", []),
        ("10-tue-2", ["2026-10-13"]),
        ("10-thu-1", ["2026-10-01"]),
        ("10-sat-last", ["2026-10-31"]),
        ("05-fri-1", ["2026-05-01"]),
        ("05-sun-last", ["2026-05-31"]),
        ("02-mon-4", []),
        ("10-31", ["2026-10-31"]),
        ("11-01", []),
        ("term_mid", ["2026-10-15"]),
    ],
)
def test_every_way_to_write_an_anchor(anchor: str, days: list[str]) -> None:
    """Dates, weeks and nth weekdays are found in the period they lie in, and only there."""
    found = [first for first, _ in spans_of(Days(days=1, anchor=anchor))]
    assert found == [date.fromisoformat(day) for day in days]
    assert found == anchor_days(anchor, date(2026, 5, 1), date(2026, 11, 1), [Range("08-16", "12-14")])


@given(st.integers(1, 53), st.integers(1990, 2090))
def test_a_week_is_its_thursday_in_the_years_that_have_it(week: int, year: int) -> None:
    """The anchor of week n is the Thursday of ISO week n; a year of 52 weeks has none of week 53."""
    found = anchor_days(f"W{week:02d}", date(year, 1, 1), date(year + 1, 1, 1), ())
    has_it = week <= date(year, 12, 28).isocalendar().week
    assert [day.isocalendar() for day in found] == ([(year, week, 4)] if has_it else [])


@given(st.integers(1, 12), st.integers(0, 6), st.sampled_from(["1", "2", "3", "4", "last"]), st.integers(1990, 2090))
def test_the_nth_weekday_is_counted_within_its_month(month: int, weekday: int, nth: str, year: int) -> None:
    """The second Tuesday has one Tuesday before it in the month, the last has none after it."""
    name = f"{month:02d}-{('mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun')[weekday]}-{nth}"
    (day,) = anchor_days(name, date(year, 1, 1), date(year + 1, 1, 1), ())
    assert (day.month, day.weekday()) == (month, weekday)
    if nth == "last":
        assert (day + timedelta(days=7)).month != month
    else:
        assert (day.day - 1) // 7 == int(nth) - 1


def test_a_rule_takes_the_earliest_of_several_windows() -> None:
    """Of two terms in a period, a rule with a count of one names the first; without it both."""
    terms = [Range("05-01", "06-01"), Range("08-16", "12-14")]
    period = make_period(date(2026, 5, 1), date(2026, 11, 1), STOCKHOLM)
    both = window_spans(Days(), period, terms, (), STOCKHOLM)
    assert [span.first_day for span in both] == [date(2026, 5, 13), date(2026, 10, 12)]
    assert window_spans(Days(count=1), period, terms, (), STOCKHOLM) == both[:1]
    assert window_spans(Days(count=2), period, terms, (), STOCKHOLM) == both
    free = window_spans(Days(count=1, avoid=(Range("05-01", "07-31"),)), period, terms[:1], (), STOCKHOLM)
    assert [span.first_day for span in free] == [date(2026, 8, 1)]


def test_a_rule_of_another_zone_has_days_by_that_zone() -> None:
    """Days of Tokyo begin seven or eight hours before Stockholm's, and none sticks out of the period."""
    period = make_period(date(2026, 5, 1), date(2026, 11, 1), STOCKHOLM)
    (span,) = window_spans(Days(days=1, anchor="10-15", timezone="Asia/Tokyo"), period, (), (), STOCKHOLM)
    assert (span.start, span.end) == (datetime(2026, 10, 14, 15, tzinfo=UTC), datetime(2026, 10, 15, 15, tzinfo=UTC))
    # In Tokyo the first of May begins before the period does, in the one before; the first of November within it.
    assert window_spans(Days(days=1, anchor="05-01", timezone="Asia/Tokyo"), period, (), (), STOCKHOLM) == ()
    (last,) = window_spans(Days(days=1, anchor="11-01", timezone="Asia/Tokyo"), period, (), (), STOCKHOLM)
    assert (last.first_day, last.end) == (date(2026, 10, 31), datetime(2026, 10, 31, 15, tzinfo=UTC))
    (west,) = window_spans(Days(days=1, anchor="10-31", timezone="America/St_Johns"), period, (), (), STOCKHOLM)
    assert (west.first_day, west.end) == (date(2026, 10, 30), datetime(2026, 10, 31, 2, 30, tzinfo=UTC))


@settings(deadline=None)  # other work on the machine is no failure
@given(years(), month_days(), st.integers(1, 30), st.sampled_from(ZONES))
def test_a_window_of_any_zone_is_whole_in_the_period(year: Year, anchor: str, days: int, zone: str) -> None:
    """Whatever the rule's zone: all instants of a span lie in the period, and it has its local days."""
    period = next(all_occasions(year)).period
    for span in window_spans(Days(days, anchor, timezone=zone), period, (), (), year.timezone):
        assert period.start <= span.start <= span.end <= period.end
        assert (span.start, span.end) == (local_midnight(span.first_day, zone), local_midnight(span.end_day, zone))
        assert (span.end_day - span.first_day).days == days


def test_a_term_may_run_over_the_turn_of_the_year() -> None:
    """The middle of a winter term lies in the year it ends in."""
    period = make_period(date(2025, 11, 1), date(2026, 5, 1), STOCKHOLM)
    (span,) = window_spans(Days(days=1), period, [Range("12-01", "02-28")], (), STOCKHOLM)
    assert span.first_day == date(2026, 1, 14)


@settings(deadline=None)  # other work on the machine is no failure
@given(years(), month_days(), st.integers(1, 30), st.lists(st.tuples(month_days(), month_days()), max_size=3))
def test_a_window_is_whole_and_inside_and_free(
    year: Year, anchor: str, days: int, ranges: list[tuple[str, str]]
) -> None:
    """Whatever is to be avoided: a span has its days, lies in the period and touches no avoided day."""
    avoid = tuple(Range(*pair) for pair in ranges)
    period = next(all_occasions(year)).period
    for span in window_spans(Days(days, anchor, avoid=avoid), period, (), (), year.timezone):
        assert (span.end_day - span.first_day).days == days
        assert period.first_day <= span.first_day < span.end_day <= period.end_day
        touched = [span.first_day + timedelta(days=n) for n in range(days)]
        assert not any(in_blackout(Year("UTC", date(2000, 1, 1), (), avoid), day) for day in touched)
