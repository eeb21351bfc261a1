"""What must hold for the coverage table: every state of a cell, every verdict on a year, and how they are shown."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urval.coverage import (
    ACCOUNTS_A_PAGE,
    CellState,
    Coverage,
    Entry,
    Register,
    Style,
    Years,
    YearVerdict,
    as_csv,
    as_json,
    chains_of,
    cover,
    coverage_lines,
    needs,
    pictures,
    red_sentences,
    standing_of,
    table_of,
    years_of,
)
from urval.coverage.register import Days, Window
from urval.ledger import State, next_event
from urval.periods import ExtraOccasion, account_occasions

if TYPE_CHECKING:
    from urval.coverage import Standing
    from urval.ledger import Event

VAR, HOST = "2025-11-01--2026-05-01", "2026-05-01--2026-11-01"
WAY = (State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.PACKAGED, State.VERIFIED)
SPRING, AUTUMN = datetime(2026, 5, 3, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC)
NAMES = {"store": "/lagring", "spec": "stad.yaml"}


def register(*accounts: Entry, persons: int = 1) -> Register:
    """Return a register with two occasions a year, from 1 November 2025 on."""
    return Register(
        archive="stad", name="Staden & Co", spec="stad", version="1", timezone="Europe/Stockholm", persons=persons,
        first_period_start=date(2025, 11, 1), blackouts=(Days("06-15", "08-15"),), accounts=accounts,
        occasions=(Window("var", "05-02", "05-31", "05-01"), Window("host", "11-02", "11-30", "11-01")),
    )  # fmt: skip


def events(*states: State, at: datetime = SPRING, actor: str = "Anna") -> list[Event]:
    """Return a ledger that leads through the states, a minute apart."""
    made: list[Event] = []
    for minute, state in enumerate(states):
        moment = at + timedelta(minutes=minute)
        made.append(next_event(made, state, at=moment, actor=actor, role="arkivarie", reason="skäl"))
    return made


def row(account: str, period: str, *states: State, at: datetime = SPRING) -> Standing:
    """Return what a ledger with these states says."""
    return standing_of(("stad", account, period), events(*states, at=at))


def judged(
    made: Register,
    today: date,
    *rows: Standing,
    extras: dict[str, tuple[ExtraOccasion, ...]] | None = None,
    year: int = 0,
) -> tuple[Coverage, Years]:
    """Return the table and its years."""
    chains = chains_of(made, extras or {}, today)
    table = cover(made, chains, table_of(rows), today, year=year)
    return table, years_of(table, chains)


def states(table: Coverage, account: str = "a") -> dict[str, CellState]:
    """Return the state of each of an account's occasions."""
    return {cell.slot.id: cell.state for cell in table.cells() if cell.account == account}


@pytest.mark.parametrize(
    ("way", "state", "counted"),
    [
        (WAY, CellState.VERIFIED, True),
        (WAY[:5], CellState.PACKAGED, True),
        ((*WAY[:5], State.SEALED), CellState.PACKAGED, True),
        (WAY[:4], CellState.APPROVED, False),
        (WAY[:3], CellState.PROPOSED, False),
        (WAY[:2], CellState.CAPTURED, False),
        ((*WAY[:3], State.RETURNED), CellState.RETURNED, False),
        ((*WAY[:2], State.FAILED), CellState.FAILED, False),
        ((*WAY[:5], State.FAILED), CellState.FAILED, False),  # packaged, and the verification failed
        ((*WAY, State.FAILED), CellState.VERIFIED, True),
        ((*WAY, State.PROPOSED), CellState.VERIFIED, True),  # a supplement is under way
        ((State.SKIPPED,), CellState.SKIPPED, False),
        ((State.DUE,), CellState.DUE, False),
        ((), CellState.DUE, False),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else str(value),
)
def test_each_way_through_the_ledger_is_one_state_of_the_cell(
    way: tuple[State, ...], state: CellState, counted: bool
) -> None:
    """What the ledger says is the cell's state; only packages count, and not one whose verification failed."""
    rows = [row("a", VAR, *way)] if way else []
    table, _ = judged(register(Entry("a", "A")), date(2026, 5, 20), *rows)
    assert states(table) == {"2026-var": state, "2026-host": CellState.AHEAD}
    assert bool(table.counted[0]) is counted


def test_without_a_ledger_the_calendar_decides() -> None:
    """Before its window an occasion lies ahead, in it it is due, both ends included, and after it it is missed."""
    made = register(Entry("a", "A"))
    days = {date(2026, 5, 1): "ahead", date(2026, 5, 2): "due", date(2026, 5, 31): "due", date(2026, 6, 1): "missed"}
    for today, state in days.items():
        table, _ = judged(made, today)
        assert states(table)["2026-var"] == state
    assert judged(made, date(2026, 6, 10))[0].cell(0).late == 10


def test_a_late_capture_says_how_many_local_days() -> None:
    """The last minute of the window's last local day is in time; a minute later is a day late."""
    for at, late in ((datetime(2026, 5, 31, 21, 57, tzinfo=UTC), 0), (datetime(2026, 5, 31, 22, 0, tzinfo=UTC), 1)):
        table, _ = judged(register(Entry("a", "A")), date(2026, 6, 20), row("a", VAR, *WAY, at=at))
        assert table.cell(0).late == late


def test_what_was_captured_again_for_a_supplement_does_not_make_the_package_late() -> None:
    """Days late are those of the capture the package was made of."""
    made = events(*WAY)
    more = [*made, next_event(made, State.PROPOSED, at=AUTUMN, actor="Bo", role="arkivarie")]
    assert standing_of(("stad", "a", VAR), more).captured_at == "2026-05-03T08:01:00Z"


@pytest.mark.parametrize(
    ("rows", "today", "verdict"),
    [
        ([(VAR, WAY), (HOST, WAY)], date(2026, 12, 1), YearVerdict.ENOUGH),
        ([(VAR, WAY)], date(2026, 11, 20), YearVerdict.OPEN),
        ([(VAR, WAY)], date(2026, 12, 1), YearVerdict.RED),  # host missed
        ([(VAR, WAY), (HOST, WAY[:3])], date(2026, 12, 31), YearVerdict.OPEN),  # waits for review
        ([(VAR, WAY), (HOST, WAY[:3])], date(2027, 1, 1), YearVerdict.RED),  # the year is over
        ([(VAR, (State.SKIPPED,)), (HOST, WAY)], date(2026, 12, 1), YearVerdict.RED),  # skipped does not count
        ([], date(2026, 5, 31), YearVerdict.OPEN),
        ([], date(2026, 6, 1), YearVerdict.RED),  # two cannot be reached any more
        ([(VAR, WAY[:1]), (HOST, WAY)], date(2026, 12, 1), YearVerdict.RED),
    ],
)  # fmt: skip
def test_a_year_with_fewer_than_two_is_red(
    rows: list[tuple[str, tuple[State, ...]]], today: date, verdict: YearVerdict
) -> None:
    """A year is red once it is over with fewer than two that count, or can no longer reach two."""
    _, years = judged(register(Entry("a", "A")), today, *(row("a", period, *way) for period, way in rows))
    assert years.verdict_of(0, 2026) is verdict
    assert years.any_red is (verdict is YearVerdict.RED)


def test_nothing_is_expected_before_an_account_is_open() -> None:
    """An account opened in the second half has one occasion in its first year, and one capture is enough."""
    made = register(Entry("a", "A", opened=date(2026, 9, 1)))
    table, years = judged(made, date(2026, 12, 1), row("a", HOST, *WAY, at=AUTUMN))
    assert list(states(table)) == ["2026-host"]
    assert years.verdict_of(0, 2026) is YearVerdict.ENOUGH


@given(st.dates(date(2024, 1, 1), date(2028, 12, 31)))
def test_shared_chains_are_the_accounts_own(opened: date) -> None:
    """The quick way to an account's occasions gives what the calendar gives, whatever day it was opened."""
    made, today = register(Entry("a", "A", opened=opened)), date(2028, 12, 31)
    chain = chains_of(made, {}, today)["a"]
    everything = account_occasions(made, made.accounts[0], ())
    expected = []
    for one in everything:
        if one.year > 2028:
            break
        expected.append(one)
    assert list(chain) == expected


def test_an_account_closed_without_its_last_capture_is_red() -> None:
    """The register's day of closing is over and nothing was captured for it: red, with a sentence of its own."""
    closing = date(2026, 9, 10)
    entry = Entry("a", "A", closing=closing)
    rows = [row("a", VAR, *WAY), row("a", "2026-05-01--2026-09-10", *WAY, at=datetime(2026, 9, 10, 8, tzinfo=UTC))]
    table, years = judged(register(entry), date(2026, 12, 1), *rows)
    assert list(states(table)) == ["2026-var", "2026-09-10-closing"]
    assert not years.any_red
    for today, red in ((date(2026, 9, 10), False), (date(2026, 9, 11), True)):
        table, years = judged(register(entry), today, rows[0])
        assert bool(years.unclosed) is red
    assert any("was to be closed on 2026-09-10" in text for text in red_sentences(table, years, "en"))
    table, years = judged(register(entry._replace(closed=date(2026, 9, 12))), date(2026, 12, 1), rows[0])
    assert "a: avslutat 2026-09-12 utan en sista insamling." in red_sentences(table, years, "sv")


def test_an_extra_occasion_cuts_the_next_one_and_counts() -> None:
    """A change of the page makes one more occasion, which counts but is not expected, and shortens the next."""
    extra = ExtraOccasion(
        day=date(2026, 9, 14), kind="change", reason="Ny bild", decided_by="Anna",
        decided_at=datetime(2026, 9, 14, 10, tzinfo=UTC),
    )  # fmt: skip
    done = row("a", "2026-05-01--2026-09-14", *WAY, at=datetime(2026, 9, 14, 8, tzinfo=UTC))
    table, years = judged(
        register(Entry("a", "A")), date(2026, 11, 20), row("a", VAR, *WAY), done, extras={"a": (extra,)}
    )
    assert list(states(table).values()) == ["verified", "verified", "due"]
    assert (years.counted.tolist(), years.expected.tolist()) == ([[2]], [[2]])
    text = "\n".join(coverage_lines(table, years, Style(language="en"), **NAMES))
    assert "\n  + 2026-09-14-change  ■" in text
    assert "+ 2026-09-14-change" in pictures(table, years, "en")[0]


def test_accounts_only_the_ledger_knows_are_listed() -> None:
    """A ledger of an account, or of a period, that the register does not know has a cell, and nothing is expected."""
    table, years = judged(
        register(Entry("a", "A")), date(2026, 5, 20), row("b", VAR, *WAY), row("a", "2020-01-01--2020-07-01", *WAY)
    )
    assert table.accounts == ("a", "b")
    assert states(table, "b") == {"2026-var": CellState.VERIFIED}
    assert "2020-01-01--2020-07-01" in states(table)
    assert years.expected.sum() == 2
    other = replace(row("x", VAR, *WAY), archive="annan")
    assert judged(register(Entry("a", "A")), date(2026, 5, 20), other)[0].accounts == ("a",)


def test_a_broken_ledger_counts_nothing_and_is_told() -> None:
    """A package whose ledger cannot be trusted is no package that counts; the sentence names account and period."""
    broken = replace(row("a", VAR, *WAY), problem="Event 2 does not follow.")
    table, years = judged(register(Entry("a", "A")), date(2026, 5, 20), broken)
    assert states(table)["2026-var"] is CellState.BROKEN
    text = "\n".join(coverage_lines(table, years, Style(language="en"), **NAMES))
    assert f"a, {VAR}: Event 2 does not follow." in text
    assert f"urval ledger a --store /lagring --period {VAR}" in text


def test_what_to_do_next_names_the_command() -> None:
    """What was missed comes before what is due; accounts at the same point are one thing; reviews go one by one."""
    made = register(Entry("a", "A"), Entry("b b", "B"), Entry("c", "C"), Entry("d", "D"), persons=2)
    rows = [row("c", HOST, *WAY[:3], at=AUTUMN), row("d", HOST, *WAY[:4], at=AUTUMN)]
    table, _ = judged(made, date(2026, 11, 20), *rows, year=2026)
    told = needs(table, "en", **NAMES)
    assert [one.kind for one in told] == ["missed", "second", "proposed", "due"]
    assert told[0].command == "urval capture --spec stad.yaml --store /lagring --occasion 2026-var"
    assert told[2].command.startswith("urval review show ")
    assert told[3].command.endswith("--occasion 2026-host --account a --account 'b b'")
    assert "due until 2026-11-30" in told[3].sentence


def test_the_text_fits_a_hundred_columns_and_every_sign_has_its_words() -> None:
    """Four occasions and two years fit; without colour there is no escape; ASCII stands in for the signs."""
    made = register(*(Entry(f"konto-med-ett-mycket-langt-namn-{n:04}", "K") for n in range(3)))
    made = replace(made, first_period_start=date(2024, 11, 1))
    table, years = judged(made, date(2026, 11, 20), row(made.accounts[0].id, VAR, *WAY))
    for language in ("sv", "en"):
        lines = list(coverage_lines(table, years, Style(language=language), **NAMES))  # type: ignore[arg-type]
        head = next(line for line in lines if "2025-var" in line)
        assert all(one in head for one in ("2025-var", "2025-host", "2026-var", "2026-host", "2026"))
        grid = lines[2:8]
        assert max(map(len, grid)) <= 100
        assert not any("\033" in line for line in lines)
    plain = "\n".join(coverage_lines(table, years, Style(language="en", ascii_only=True), **NAMES))
    assert "V verified" in plain
    assert "■" not in plain
    assert "\033[31m" in "\n".join(coverage_lines(table, years, Style(language="en", colour=True), **NAMES))


def test_csv_has_a_line_for_each_cell_and_no_formula() -> None:
    """Every line has the header's columns; a reason that a spreadsheet would run begins with an apostrophe."""
    made = events(State.DUE)
    made.append(next_event(made, State.SKIPPED, at=SPRING, actor="Anna", role="r", reason='=HYPERLINK("http://x")\n"'))
    table, years = judged(
        register(Entry("a", "A"), Entry("b", "B")), date(2026, 12, 1), standing_of(("stad", "a", VAR), made)
    )
    lines = list(csv.DictReader("".join(as_csv(table, years)).splitlines(keepends=True)))
    assert len(lines) == 4
    assert lines[0]["note"].startswith("'=HYPERLINK")
    assert [line["state"] for line in lines] == ["skipped", "missed", "missed", "missed"]
    assert {line["year_verdict"] for line in lines} == {"red"}


def test_json_holds_cells_years_and_what_to_do() -> None:
    """The plain data say of each cell what the table shows, and name who approved and when."""
    table, years = judged(register(Entry("a", "A")), date(2026, 5, 20), row("a", VAR, *WAY))
    plain = as_json(table, years, "sv", **NAMES)
    cell = plain["accounts"][0]["cells"][0]
    assert (cell["state"], cell["counted"], cell["ledger"]["approved_by"]) == ("verified", True, "Anna (arkivarie)")
    assert cell["ledger"]["approved_at"] == "2026-05-03T08:03:00Z"
    assert plain["accounts"][0]["years"] == [{"year": 2026, "counted": 1, "expected": 2, "verdict": "open"}]


def test_the_picture_is_sound_and_escaped_and_paged() -> None:
    """Each page is well-formed, holds no script and no address but the format's own, and bounded in accounts."""
    made = register(*(Entry(f"<k&{n}>", "K") for n in range(ACCOUNTS_A_PAGE + 1)))
    table, years = judged(made, date(2026, 12, 1))
    pages = pictures(table, years, "sv")
    assert len(pages) == 2
    for page in pages:
        root = ET.fromstring(page)
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names == {"svg", "title", "rect", "text", "path"}
        assert page.count("http") == 1
    assert "&lt;k&amp;0&gt;" in pages[0]
    assert "sida 2 av 2" in pages[1]


def test_the_register_survives_being_remembered() -> None:
    """What is remembered of a spec is read back as it was."""
    made = register(Entry("a", "Å", date(2020, 1, 1), date(2026, 9, 10), date(2026, 9, 12)), Entry("b", "B"))
    assert Register.from_plain(made.to_plain()) == made
