"""The occasions of one account: the calendar cut by what was decided and by its closing, without holes or overlap."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from urval.errors import ConfigError, VerificationError
from urval.periods import (
    ExtraKind,
    ExtraOccasion,
    Occasion,
    account_occasion_at,
    account_occasions,
    all_occasions,
    check_extra,
    days_late,
    decode_extra,
    due_for_account,
    encode_extra,
    end_of,
    local_midnight,
    missed,
    occasion_for_period,
)
from urval.spec import load_spec

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = load_spec(Path(__file__).parent.parent / "archive_specs" / "exempelstad.yaml")
FAR = 3000  # days after the first period's start within which accounts are cut
ZONES = ["Europe/Stockholm", "Asia/Beirut", "America/Havana", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]
KINDS: tuple[ExtraKind, ...] = ("change", "closing", "extra")


@dataclass(frozen=True)
class Account:
    id: str = "torget"
    opened: date | None = None
    closing: date | None = None


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
    blackouts: tuple[()] = ()


@dataclass(frozen=True)
class Case:
    """A calendar, an account, and what was decided for it."""

    year: Year
    account: Account
    extras: tuple[ExtraOccasion, ...]

    @property
    def start(self) -> date:
        """Return the first day of the first period."""
        return self.year.first_period_start

    def until(self, day: date) -> list[Occasion]:
        """Return the account's occasions that cover days before a day."""
        every = account_occasions(self.year, self.account, self.extras)
        return list(takewhile(lambda one: one.period.first_day < day, every))


def decided(day: str | date, kind: ExtraKind = "change", *, minute: int = 0) -> ExtraOccasion:
    """Return an extra occasion that Ada decided."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    at = datetime(2026, 1, 1, 0, minute, tzinfo=UTC)
    return ExtraOccasion(day=day, kind=kind, reason="The cover is new.", decided_by="Ada", decided_at=at)


def refusal(act: Callable[[], None]) -> ConfigError | None:
    """Return the error an act ends with, None if it ends well."""
    try:
        act()
    except ConfigError as error:
        return error
    return None


def month_days() -> st.SearchStrategy[str]:
    """Return a strategy for days that every year has."""
    return st.integers(0, 364).map(lambda n: (date(2001, 1, 1) + timedelta(days=n)).strftime("%m-%d"))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw one to four occasions a year, up to eight cuts on any days (also the same, also ends), perhaps a closing."""
    ends = draw(st.lists(month_days(), min_size=1, max_size=4, unique=True))
    rules = tuple(Rule(f"o{n}", draw(month_days()), draw(month_days()), end) for n, end in enumerate(ends))
    year = Year(draw(st.sampled_from(ZONES)), draw(st.dates(date(1995, 1, 1), date(2060, 12, 31))), rules)
    first = year.first_period_start
    some_day = st.integers(-30, FAR).map(lambda n: first + timedelta(days=n))
    an_end = st.sampled_from([one.period.end_day for one in islice(all_occasions(year), 12)])
    extras = draw(
        st.lists(st.builds(decided, some_day | an_end, st.sampled_from(["change", "extra"]),
                           minute=st.integers(0, 59)), max_size=8, unique_by=lambda one: one.id)
    )  # fmt: skip
    closing = draw(st.none() | some_day | an_end)
    if closing is not None:
        extras = [one for one in extras if one.day <= closing]
    by_register = draw(st.booleans())
    if closing is not None and not by_register:
        extras.append(decided(closing, "closing"))
    opened = draw(st.none() | some_day)
    if opened is not None and closing is not None and opened > closing:
        opened = closing
    account = Account(opened=opened, closing=closing if by_register else None)
    return Case(year, account, tuple(draw(st.permutations(extras))))


@settings(deadline=None)  # other work on the machine is no failure
@given(cases())
def test_the_periods_of_an_account_tile_its_time(case: Case) -> None:
    """Each period starts at the instant where the one before ended, none is empty, and the last ends with closing."""
    whole = replace(case, account=replace(case.account, opened=None))
    periods = [one.period for one in whole.until(case.start + timedelta(days=FAR + 800))]
    end = end_of(case.account, case.extras)
    if end is not None and end <= case.start:
        assert periods == []
        return
    assert periods[0].start == local_midnight(case.start, case.year.timezone)
    assert all(one.end == other.start and one.end_day == other.first_day for one, other in pairwise(periods))
    assert all(one.first_day < one.end_day for one in periods)
    if end is not None:
        assert periods[-1].end == local_midnight(end, case.year.timezone)


@settings(deadline=None)  # other work on the machine is no failure
@given(cases(), st.integers(0, FAR * 86400))
def test_each_instant_of_an_account_lies_in_one_period(case: Case, seconds: int) -> None:
    """Each instant from the first start to the closing is covered once; after it none is."""
    whole = replace(case, account=replace(case.account, opened=None))
    instant = local_midnight(case.start, case.year.timezone) + timedelta(seconds=seconds)
    end = end_of(case.account, case.extras)
    covering = [
        one
        for one in whole.until(case.start + timedelta(days=FAR + 800))
        if one.period.start <= instant < one.period.end
    ]
    assert len(covering) == (end is None or instant < local_midnight(end, case.year.timezone))


@settings(deadline=None)  # other work on the machine is no failure
@given(cases())
def test_an_account_opens_within_the_first_occasion_it_has(case: Case) -> None:
    """What is left out because the account was not opened yet is all that lies wholly before, and nothing else."""
    far = case.start + timedelta(days=FAR + 800)
    whole = replace(case, account=replace(case.account, opened=None)).until(far)
    opened = case.account.opened or date.min
    assert case.until(far) == [one for one in whole if one.period.end_day > opened]


@settings(deadline=None)  # other work on the machine is no failure
@given(cases())
def test_an_account_without_cuts_has_the_calendar(case: Case) -> None:
    """Between cuts the account's occasions are the spec's, with id, days and end; only the start may differ."""
    ordinary = {one.id: one for one in islice(all_occasions(case.year), 60)}
    for one in case.until(case.start + timedelta(days=FAR)):
        if one.kind == "ordinary":
            spec = ordinary[one.id]
            assert (one.opens, one.closes, one.period.end) == (spec.opens, spec.closes, spec.period.end)
            assert one.year == spec.year
    bare = account_occasions(case.year, Account(), ())
    assert list(islice(bare, 12)) == list(islice(all_occasions(case.year), 12))


@settings(deadline=None)  # other work on the machine is no failure
@given(cases())
def test_an_occasion_is_found_by_its_id_and_by_its_period(case: Case) -> None:
    """No two occasions of an account share an id or a period; each leads back to its occasion."""
    found = case.until(case.start + timedelta(days=FAR))
    assert len({one.id for one in found}) == len({one.period.id for one in found}) == len(found)
    for one in found:
        assert account_occasion_at(case.year, case.account, case.extras, one.id) == one
        assert occasion_for_period(case.year, case.account, case.extras, one.period.id) == one


@settings(deadline=None)  # other work on the machine is no failure
@given(cases(), st.integers(0, FAR))
def test_what_check_extra_allows_cuts_one_period_in_two(case: Case, days: int) -> None:
    """An allowed extra occasion adds one occasion, changes the period of one, and leaves every other as it was."""
    day = case.start + timedelta(days=days)
    new = decided(day, "extra")
    refused = refusal(lambda: check_extra(case.year, case.account, case.extras, new, day))
    if refused is not None:
        assert new.id in refused.message
        assert refused.next_step
        return
    far = day + timedelta(days=800)
    before, after = case.until(far), replace(case, extras=(*case.extras, new)).until(far)
    gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
    assert [one.id for one in come] == [new.id, gone[0].id]
    assert (come[0].period.start, come[1].period.end) == (gone[0].period.start, gone[0].period.end)
    assert (come[0].opens, come[0].closes, come[0].kind) == (day, day + timedelta(days=14), "extra")


def spell(account: Account, *extras: ExtraOccasion, number: int = 9) -> list[tuple[str, str]]:
    """Return ids and periods of the first occasions of an account of the demo spec."""
    return [(one.id, one.period.id) for one in islice(account_occasions(SPEC, account, extras), number)]


def test_a_change_and_a_closing_cut_the_demo_year() -> None:
    """Autumn 2026, cut by a changed page and ended by the closing, is three periods; nothing follows."""
    closing = Account(closing=date(2026, 10, 20))
    assert spell(closing, decided("2026-06-10")) == [
        ("2026-var", "2025-11-01--2026-05-01"),
        ("2026-06-10-change", "2026-05-01--2026-06-10"),
        ("2026-10-20-closing", "2026-06-10--2026-10-20"),
    ]
    last = account_occasion_at(SPEC, closing, (), "2026-10-20-closing")
    assert (last.opens, last.closes, last.kind) == (date(2026, 10, 20), date(2026, 10, 20), "closing")


def test_an_ordinary_occasion_after_a_cut_starts_where_the_extra_one_ended() -> None:
    """The spec's occasion keeps its name and its window, and covers the rest."""
    assert spell(Account(), decided("2026-06-10"), number=3)[1:] == [
        ("2026-06-10-change", "2026-05-01--2026-06-10"),
        ("2026-host", "2026-06-10--2026-11-01"),
    ]


def test_closing_on_the_day_an_occasion_ends_takes_its_place() -> None:
    """An account that closes where autumn ends has the closing occasion in autumn's stead, made before it is gone."""
    assert spell(Account(closing=date(2026, 11, 1)))[1:] == [("2026-11-01-closing", "2026-05-01--2026-11-01")]


def test_a_closing_that_was_decided_ends_an_account_until_the_register_says_otherwise() -> None:
    """Without a day in the register the decided closing is the end; a later day there makes it a cut as others."""
    act = decided("2026-06-10", "closing")
    assert [one for one, _ in spell(Account(), act)] == ["2026-var", "2026-06-10-closing"]
    moved = spell(Account(closing=date(2026, 9, 1)), act)
    assert [one for one, _ in moved] == ["2026-var", "2026-06-10-closing", "2026-09-01-closing"]
    named = spell(Account(closing=date(2026, 6, 10)), act)
    assert [one for one, _ in named] == ["2026-var", "2026-06-10-closing"]


def test_of_two_acts_on_one_day_the_first_makes_the_occasion() -> None:
    """If two people write different acts for one day at once, the period is covered once, by the first."""
    late, early = decided("2026-06-10", "change", minute=5), decided("2026-06-10", "extra")
    assert [one for one, _ in spell(Account(), late, early, number=3)] == ["2026-var", "2026-06-10-extra", "2026-host"]


def test_closing_goes_before_another_act_of_its_day() -> None:
    """Of an act and a closing on one day the closing makes the occasion, also if decided later: it is the last."""
    late, early = decided("2026-06-10", "closing", minute=5), decided("2026-06-10", "extra")
    assert [one for one, _ in spell(Account(), early, late)] == ["2026-var", "2026-06-10-closing"]
    assert [one for one, _ in spell(Account(closing=date(2026, 6, 10)), early)] == ["2026-var", "2026-06-10-closing"]


def test_an_act_after_the_closing_is_told() -> None:
    """A register that closes an account before what was decided for it is refused, with the remedy."""
    with pytest.raises(ConfigError, match="2026-06-10-change") as error:
        spell(Account(closing=date(2026, 6, 1)), decided("2026-06-10"))
    assert "closing" in error.value.next_step


@pytest.mark.parametrize(
    ("account", "day", "kind", "why"),
    [
        (Account(), "2026-12-02", "change", "in the future"),
        (Account(), "2026-06-10", "extra", "same day as 2026-06-10-change"),
        (Account(), "2026-06-10", "change", "same day as 2026-06-10-change"),
        (Account(), "2026-05-01", "change", "occasion 2026-var"),
        (Account(), "2025-11-01", "change", "nothing of the account"),
        (Account(), "2025-10-01", "change", "nothing of the account"),
        (Account(opened=date(2026, 7, 1)), "2026-07-01", "change", "nothing of the account"),
        (Account(), "2026-04-30", "change", "taken up already"),
        (Account(), "2026-05-02", "change", ""),
        (Account(closing=date(2026, 10, 1)), "2026-10-01", "closing", "does not lie before the day"),
        (Account(closing=date(2026, 10, 1)), "2026-10-02", "change", "does not lie before the day"),
        (Account(closing=date(2026, 10, 1)), "2026-09-30", "closing", "another day"),
        (Account(closing=date(2026, 10, 1)), "2026-09-30", "change", ""),
        (Account(), "2026-12-01", "closing", ""),
    ],
)
def test_an_act_that_covers_nothing_is_refused(account: Account, day: str, kind: ExtraKind, why: str) -> None:
    """On 1 December, with spring captured and a change decided in June: what may be decided, and why not."""
    captured = None if "nothing" in why or "2026-var" in why else date(2026, 5, 1)
    known, new, today = (decided("2026-06-10"),), decided(day, kind), date(2026, 12, 1)
    if not why:
        check_extra(SPEC, account, known, new, today, captured_until=captured)
        return
    with pytest.raises(ConfigError, match=why) as error:
        check_extra(SPEC, account, known, new, today, captured_until=captured)
    assert error.value.next_step


def test_due_is_what_has_opened_oldest_first_and_late_stays_due() -> None:
    """In December, spring (missed), June's change (missed) and the autumn are due, unless done."""
    known, today = (decided("2026-06-10"),), date(2026, 12, 1)
    ids = [one.id for one in due_for_account(SPEC, Account(), known, today, ())]
    assert ids == ["2026-var", "2026-06-10-change", "2026-host"]
    (autumn,) = due_for_account(SPEC, Account(), known, today, {"2026-var", "2026-06-10-change"})
    assert autumn.id == "2026-host"
    assert (missed(autumn, date(2026, 11, 30)), missed(autumn, today), days_late(autumn, today)) == (False, True, 1)
    assert due_for_account(SPEC, Account(), known, date(2026, 6, 9), {"2026-var"}) == ()


@pytest.mark.parametrize("wrong", ["2026-06-11-change", "2026-hst", "", "²026-var", "9999-var", "0001-var", "var"])
def test_an_occasion_the_account_has_not_is_refused(wrong: str) -> None:
    """An unknown id is refused; the sentence names the account, the next step the occasions of that time."""
    with pytest.raises(ConfigError, match="'torget' has no occasion") as error:
        account_occasion_at(SPEC, Account(), (decided("2026-06-10"),), wrong)
    assert error.value.next_step


def test_a_period_that_no_occasion_has_is_none() -> None:
    """A period that was cut since, or that the calendar never had, belongs to no occasion."""
    assert occasion_for_period(SPEC, Account(), (), "2026-05-01--2026-11-01") is not None
    assert occasion_for_period(SPEC, Account(), (decided("2026-06-10"),), "2026-05-01--2026-11-01") is None
    assert occasion_for_period(SPEC, Account(closing=date(2026, 1, 1)), (), "2026-05-01--2026-11-01") is None


@given(
    st.dates(date(1990, 1, 1), date(2999, 12, 31)), st.sampled_from(KINDS), st.text(), st.text(),
    st.datetimes(timezones=st.timezones()), st.lists(st.text(), max_size=3),
)  # fmt: skip
def test_an_act_is_written_and_read_the_same(
    day: date, kind: ExtraKind, reason: str, by: str, at: datetime, changes: list[str]
) -> None:
    """What is decided survives its bytes, which are canonical JSON; what cannot be written is refused at once."""
    try:
        act = ExtraOccasion(day=day, kind=kind, reason=reason, decided_by=by, decided_at=at, changes=tuple(changes))
        data = encode_extra(act)
    except (ConfigError, OverflowError):
        return
    assert decode_extra(data) == act
    assert encode_extra(decode_extra(data)) == data


ACT = decided("2026-06-10")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000, encode_extra(ACT) + b"\n", encode_extra(ACT)[:-1],
        encode_extra(ACT).replace(b"change", b"event"), encode_extra(ACT).replace(b"2026-06-10", b"2026-02-30"),
        encode_extra(ACT).replace(b"2026-06-10", b"9999-12-31"), encode_extra(ACT).replace(b'"Ada"', b"7"),
        encode_extra(ACT).replace(b'"Ada"', b'" "'), encode_extra(ACT).replace(b"[]", b'"cover"'),
        encode_extra(ACT).replace(b"00:00Z", b"00:00"), encode_extra(ACT).replace(b"00:00Z", b"00:00+00:00"),
        encode_extra(ACT).replace(b"occasion/1", b"occasion/2"), encode_extra(ACT).replace(b"Ada", b"\\u0041da"),
        encode_extra(ACT).replace(b'{"ch', b'{"at":1,"ch'),
    ],
)  # fmt: skip
def test_what_is_no_act_is_refused(data: bytes) -> None:
    """Bytes that are no extra occasion, or another spelling of one, are refused in one sentence with a next step."""
    with pytest.raises(VerificationError) as error:
        decode_extra(data)
    assert error.value.next_step


def test_an_act_of_the_hour_that_comes_twice_is_read_the_same() -> None:
    """Half past two on the night the clocks go back, the second time: the instant is kept, and compares equal."""
    at = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Stockholm"))
    act = replace(ACT, decided_at=at)
    assert act.decided_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert decode_extra(encode_extra(act)) == act


@pytest.mark.parametrize("text", ["", " ", "two\nlines", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u202egnp", "\ud800"])
def test_an_act_without_a_plain_reason_is_refused(text: str) -> None:
    """A reason or a name is one line of plain text: it is shown on terminals and pages for decades."""
    for field in ("reason", "decided_by"):
        with pytest.raises(ConfigError) as error:
            replace(ACT, **{field: text})
        assert error.value.next_step


def test_an_act_is_canonical_json() -> None:
    """The bytes are those of RFC 8785, whatever the texts hold."""
    act = replace(ACT, reason='Ny "bild" \\ / \u00e5 \u00ad \U0001f600', changes=("cover", "avatar"))
    body = {
        "format": "urval-occasion/1", "day": "2026-06-10", "kind": "change", "reason": act.reason,
        "decided_by": "Ada", "decided_at": "2026-01-01T00:00:00Z", "changes": ["cover", "avatar"],
    }  # fmt: skip
    assert encode_extra(act) == rfc8785.dumps(body)


def test_accounts_share_the_calendar() -> None:
    """Two accounts without cuts have the very same occasions, so that ten thousand take no more room than one."""
    one, other = (next(account_occasions(SPEC, Account(name), ())) for name in ("torget", "hamnen"))
    assert one is other
