"""Extra occasions in the store: deciding one, leaving one out, listing them, and finding that a page has changed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from _program import SPEC, Program, program

from connectors.sandbox import BLOG, LEADER, MAIN, City, Sandbox
from connectors.sandbox.pictures import Picture
from flows.looks import last_look
from flows.notes import ledger_of
from flows.occasions import add_extra, extras_of, list_occasions, open_calendar, skip, taken_up_until
from flows.page_changes import look_for_changes
from flows.run import open_run, work_of
from flows.stages import archive_account
from urval.errors import ConfigError, StoreConflictError, VerificationError
from urval.ledger import State, check_chain, next_event
from urval.periods import ExtraOccasion, encode_extra
from urval.store import DirectoryStore, append_event, ledger_prefix, occasion_key, open_store, put_extra, read_extras

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from connectors.sandbox.model import CityAccount
    from flows.run import Run
    from urval.store import Put

NEWS, PAGE, LEADER_PAGE = "exempelstad-nyheter", "exempelstad-facebook", "kommundirektoren-facebook"
CAPTURED, LATER = "2026-05-04T03:00:00+02:00", "2026-06-10T09:00:00+02:00"  # spring is captured; a look in June


@dataclass(frozen=True)
class Desk:
    """A store, and the city as this process reaches it."""

    folder: Path
    city: City
    environment: pytest.MonkeyPatch

    @property
    def store(self) -> str:
        """Return the store's folder."""
        return str(self.folder / "store")

    @contextmanager
    def shown(self, city: City, time: str) -> Iterator[Sandbox]:
        """Let this process reach a city at a time."""
        with Sandbox(city, clock=lambda: datetime.fromisoformat(time)) as sandbox:
            reach = ",".join(f"{name}={address}" for name, address in sandbox.connect_to.items())
            self.environment.setenv("URVAL_CONNECT_TO", reach)
            self.environment.setenv("URVAL_SANDBOX_TOKEN", sandbox.tokens[MAIN])
            self.environment.setenv("URVAL_SANDBOX_TOKEN_LEADER", sandbox.tokens[LEADER])
            yield sandbox

    def calendar(self, time: str = LATER, *, spec: Path = SPEC, actor: str = "Ada") -> Run:
        """Open a run that is about no occasion."""
        return open_calendar(str(spec), self.store, fixed_time=time, actor=actor)

    def capture(self, occasion: str, time: str, *accounts: str) -> None:
        """Take accounts to their packages."""
        run = open_run(str(SPEC), self.store, occasion, fixed_time=time, actor="test")
        for account in accounts:
            outcome = archive_account(run, account, approve_unseen=True)
            assert outcome.state == "done", outcome.detail

    def look(self, *accounts: str, time: str = LATER, dry: bool = False) -> dict[str, tuple[str, list[str]]]:
        """Look for changes, and return result and changes by account."""
        rows = look_for_changes(self.calendar(time), accounts, dry=dry)
        return {row["account_id"]: (row["result"], row["changes"]) for row in rows}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Give an empty store, and a city of three accounts with few posts."""
    city = City.generate(
        seed=5, posts=4, comments_mean=1, only=(MAIN, LEADER, BLOG),
        start=datetime.fromisoformat("2026-01-10T00:00:00+01:00"),
        end=datetime.fromisoformat("2026-06-01T00:00:00+02:00"),
    )  # fmt: skip
    (tmp_path / "scratch").mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("URVAL_SCRATCH", str(tmp_path / "scratch"))
        yield Desk(tmp_path, city, environment)


def with_account(city: City, key: str, account: CityAccount) -> City:
    """Return the city with one account in another's place."""
    return replace(city, accounts=tuple(account if one.key == key else one for one in city.accounts))


def repainted(city: City) -> City:
    """Return the city with another cover on its main Page."""
    return with_account(city, MAIN, replace(city.account(MAIN), cover=Picture("harbour", 7)))


def spelt(run: Run, account: str) -> list[tuple[str, str, str, int]]:
    """Return occasion, period, state and lateness of each row of an account."""
    rows = list_occasions(run, [account])
    return [(row["occasion"], row["period"], row["state"], row["days_late"]) for row in rows]


def spec_with(desk: Desk, old: str, new: str) -> Path:
    """Return a copy of the demo spec with one text in another's place."""
    text = SPEC.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = desk.folder / "spec.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_an_extra_occasion_lies_in_the_store_and_in_the_list(desk: Desk) -> None:
    """What is decided is one object under its day and kind; the list shows the cut, who decided it, and why."""
    run = desk.calendar()
    extra = add_extra(run, NEWS, "extra", date(2026, 6, 10), reason="Översvämningen.")
    key = "occasions/exempelstad/exempelstad-nyheter/2026-06-10-extra.json"
    assert list(run.store.keys("occasions")) == [key]
    assert (extra.decided_by, extra.decided_at) == ("Ada", datetime.fromisoformat(LATER))
    assert extras_of(run, NEWS) == (extra,)
    assert spelt(run, NEWS) == [
        ("2026-var", "2025-11-01--2026-05-01", "due", 10),
        ("2026-06-10-extra", "2026-05-01--2026-06-10", "due", 0),
        ("2026-host", "2026-06-10--2026-11-01", "ahead", 0),
    ]
    row = list_occasions(run, [NEWS])[1]
    assert (row["decided_by"], row["reason"], row["kind"]) == ("Ada", "Översvämningen.", "extra")
    assert spelt(run, PAGE)[1][:2] == ("2026-host", "2026-05-01--2026-11-01")  # another account's are its own


def test_an_extra_occasion_is_captured_as_the_others_are(desk: Desk) -> None:
    """A run of the decided occasion, and a run of what is due, take it up; the next ordinary one starts after it."""
    add_extra(desk.calendar(), NEWS, "extra", date(2026, 6, 10), reason="Översvämningen.")
    due = work_of(open_run(str(SPEC), desk.store, "due", fixed_time=LATER, actor="test"), "due", [NEWS])
    assert due == {NEWS: ["2026-var", "2026-06-10-extra"]}
    with desk.shown(desk.city, LATER):
        desk.capture("2026-06-10-extra", LATER, NEWS)
    assert spelt(desk.calendar(), NEWS)[1] == ("2026-06-10-extra", "2026-05-01--2026-06-10", "verified", 0)
    assert taken_up_until(desk.calendar(), NEWS) == date(2026, 6, 10)


def test_a_second_act_on_the_same_day_is_told(desk: Desk) -> None:
    """Whoever decides a second occasion for a day, of the same or another kind, is told who came first."""
    add_extra(desk.calendar(actor="Ada"), NEWS, "extra", date(2026, 6, 10), reason="Översvämningen.")
    for kind in ("extra", "closing"):
        with pytest.raises(ConfigError, match="which Ada decided: Översvämningen"):
            add_extra(desk.calendar(actor="Bo"), NEWS, kind, date(2026, 6, 10), reason="Något annat.")  # type: ignore[arg-type] # a Literal
    assert [one.kind for one in extras_of(desk.calendar(), NEWS)] == ["extra"]


def test_what_is_decided_stays(desk: Desk) -> None:
    """Another act under the same name is refused by the store itself; the same bytes again change nothing."""
    run = desk.calendar()
    extra = add_extra(run, NEWS, "extra", date(2026, 6, 10), reason="Översvämningen.")
    put_extra(run.store, "exempelstad", NEWS, extra)
    with pytest.raises(ConfigError, match="decided by somebody else meanwhile") as error:
        put_extra(run.store, "exempelstad", NEWS, replace(extra, reason="Något annat."))
    assert isinstance(error.value.__cause__, StoreConflictError)
    assert extras_of(run, NEWS) == (extra,)


class Overtaken(DirectoryStore):
    """A store in which somebody else's act is written just before ours."""

    def put(self, key: str, source: bytes | Path, *, sha256: str | None = None) -> Put:
        """Write the other act first."""
        other = ExtraOccasion(
            day=date(2026, 6, 10), kind="extra", reason="Översvämningen.", decided_by="Bo",
            decided_at=datetime.fromisoformat("2026-06-10T08:59:59+02:00"),
        )  # fmt: skip
        super().put(occasion_key("exempelstad", NEWS, other.id), encode_extra(other))
        return super().put(key, source, sha256=sha256)


def test_of_two_who_decide_at_once_the_second_is_told(desk: Desk) -> None:
    """If another kind is decided for the day between the check and the writing, the first counts and we are told."""
    run = replace(desk.calendar(), store=Overtaken(desk.folder / "store"))
    with pytest.raises(ConfigError, match="at the same time, and came first"):
        add_extra(run, NEWS, "change", date(2026, 6, 10), reason="Ny omslagsbild.")
    assert [one[0] for one in spelt(desk.calendar(), NEWS)] == ["2026-var", "2026-06-10-extra", "2026-host"]


def test_time_that_work_was_begun_on_is_not_cut(desk: Desk) -> None:
    """Where a ledger or a capture says that a period was taken up, an extra occasion in or at its end is refused."""
    run = desk.calendar("2026-11-20T09:00:00+01:00")
    prefix = ledger_prefix("exempelstad", NEWS, "2026-05-01--2026-11-01")
    begun = next_event([], State.DUE, at=run.clock(), actor="test", role="run", refs={"occasion": "2026-host"})
    append_event(run.store, prefix, begun)
    for day in (date(2026, 6, 10), date(2026, 11, 1)):
        with pytest.raises(ConfigError, match="taken up already, all days before 2026-11-01") as error:
            add_extra(run, NEWS, "extra", day, reason="För sent.")
        assert "2026-11-02" in error.value.next_step
    assert add_extra(run, NEWS, "extra", date(2026, 11, 2), reason="I tid.").id == "2026-11-02-extra"


@pytest.mark.parametrize("how", ["moved", "foreign", "renamed", "spelt otherwise"])
def test_a_decided_occasion_that_was_tampered_with_is_found(desk: Desk, how: str) -> None:
    """An object that is no act, was changed, or lies under another name stops all work on the account."""
    run = desk.calendar()
    extra = ExtraOccasion(
        day=date(2026, 6, 10), kind="extra", reason="Översvämningen.", decided_by="Ada", decided_at=run.clock()
    )
    data = encode_extra(extra)
    name, content = {
        "spelt otherwise": (extra.id, data + b"\n"),
        "moved": ("2026-06-11-extra", data),
        "foreign": (extra.id, b"{}"),
        "renamed": ("2026-06-10-extra.bak", data),
    }[how]
    run.store.put(occasion_key("exempelstad", NEWS, name), content)
    with pytest.raises(VerificationError, match=r"exempelstad-nyheter/2026-06"):
        read_extras(run.store, "exempelstad", NEWS)
    with pytest.raises(VerificationError):
        list_occasions(run, [NEWS])


def test_an_occasion_that_is_left_out_says_who_and_why(desk: Desk) -> None:
    """The ledger has one event more, by an archivist with a reason; the occasion is neither due nor late any more."""
    run = desk.calendar()
    skip(run, NEWS, "2026-var", "Kontot vilade.")
    events = ledger_of(replace(run, occasion_id="2026-var"), NEWS)
    assert check_chain(events) == []
    (event,) = events
    assert (event.state, event.actor, event.role, event.reason) == (
        State.SKIPPED, "Ada", "archivist", "Kontot vilade.",
    )  # fmt: skip
    assert dict(event.refs) == {"occasion": "2026-var"}
    assert spelt(run, NEWS)[0] == ("2026-var", "2025-11-01--2026-05-01", "skipped", 0)
    assert list_occasions(run, [NEWS])[0]["reason"] == "Kontot vilade."
    due = work_of(open_run(str(SPEC), desk.store, "due", fixed_time=LATER, actor="test"), "due", [NEWS])
    assert due == {}


def test_what_may_not_be_left_out_is_refused(desk: Desk) -> None:
    """An unknown occasion, one that is not over, one without a reason, and one left out before."""
    run = desk.calendar()
    with pytest.raises(ConfigError, match="has no occasion '2026-hst'"):
        skip(run, NEWS, "2026-hst", "Fel.")
    with pytest.raises(ConfigError, match="is not over before 2026-11-01"):
        skip(run, NEWS, "2026-host", "För tidigt.")
    with pytest.raises(ConfigError, match="needs a reason"):
        skip(run, NEWS, "2026-var", " ")
    skip(run, NEWS, "2026-var", "Kontot vilade.")
    with pytest.raises(ConfigError, match="left out already, by Ada: Kontot vilade"):
        skip(desk.calendar(actor="Bo"), NEWS, "2026-var", "Igen.")


def test_what_is_captured_is_not_left_out_unless_it_was_sent_back(desk: Desk) -> None:
    """From the capture on the review decides; a proposal that was sent back may be left out."""
    run = desk.calendar()
    prefix = ledger_prefix("exempelstad", NEWS, "2025-11-01--2026-05-01")
    for state in (State.DUE, State.CAPTURED, State.PROPOSED):
        events = ledger_of(replace(run, occasion_id="2026-var"), NEWS)
        append_event(run.store, prefix, next_event(events, state, at=run.clock(), actor="test", role="run"))
    with pytest.raises(ConfigError, match="is proposed and cannot be left out"):
        skip(run, NEWS, "2026-var", "Ändrat mig.")
    events = ledger_of(replace(run, occasion_id="2026-var"), NEWS)
    back = next_event(events, State.RETURNED, at=run.clock(), actor="Ada", role="archivist", reason="Halva saknas.")
    append_event(run.store, prefix, back)
    skip(run, NEWS, "2026-var", "Kontot finns inte längre.")
    assert spelt(run, NEWS)[0][2] == "skipped"


def test_the_list_says_how_late_a_capture_was(desk: Desk) -> None:
    """A capture after the window's last day is late by the days between, also when looked at long after."""
    run = desk.calendar("2027-01-20T09:00:00+01:00")
    prefix = ledger_prefix("exempelstad", NEWS, "2025-11-01--2026-05-01")
    at = datetime.fromisoformat("2026-06-05T00:30:00+02:00")  # still the fourth in UTC
    append_event(run.store, prefix, next_event([], State.CAPTURED, at=at, actor="test", role="run"))
    assert [row[3] for row in spelt(run, NEWS)] == [5, 51, 0]


def test_a_page_that_looks_the_same_gets_no_occasion(desk: Desk) -> None:
    """Looking again at unchanged pages decides nothing, keeps nothing, and one never captured is not compared."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, NEWS, PAGE)
    before = list(open_store(desk.store).keys())
    with desk.shown(desk.city, LATER):
        looked = desk.look(NEWS, PAGE, LEADER_PAGE)
    assert looked == {NEWS: ("same", []), PAGE: ("same", []), LEADER_PAGE: ("unknown", [])}
    assert list(open_store(desk.store).keys()) == before


def test_a_changed_page_gets_one_occasion_until_it_is_captured(desk: Desk) -> None:
    """A new cover is found and an occasion decided once; when it is captured the new look is the one compared with."""
    new = repainted(desk.city)
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    with desk.shown(new, LATER):
        assert desk.look(PAGE, dry=True) == {PAGE: ("changed", ["cover"])}
        assert extras_of(desk.calendar(), PAGE) == ()
        (row,) = look_for_changes(desk.calendar(), [PAGE])
        assert (row["result"], row["changes"], row["occasion"]) == ("changed", ["cover"], "2026-06-10-change")
        (extra,) = extras_of(desk.calendar(), PAGE)
        assert (extra.day, extra.kind, extra.changes, extra.decided_by) == (
            date(2026, 6, 10), "change", ("cover",), "Ada",
        )  # fmt: skip
        assert "cover" in extra.reason
        for day in (LATER, "2026-06-12T09:00:00+02:00"):
            assert desk.look(PAGE, time=day) == {PAGE: ("waiting", ["cover"])}
        assert extras_of(desk.calendar(), PAGE) == (extra,)
        before = last_look(desk.calendar(), PAGE)
        desk.capture("2026-06-10-change", "2026-06-12T09:00:00+02:00", PAGE)
        now = last_look(desk.calendar(), PAGE)
        assert before is not None
        assert now is not None
        assert (before.cover, before.avatar) != (now.cover, now.avatar)
        assert before.avatar == now.avatar
        assert desk.look(PAGE, time="2026-06-13T09:00:00+02:00") == {PAGE: ("same", [])}


def test_a_changed_name_text_and_address_are_found(desk: Desk) -> None:
    """What is written on the page counts as much as its pictures."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    main = replace(
        desk.city.account(MAIN), name="Exempelstad", about="Vi finns här.", website="https://ny.exempelstad.example/"
    )
    with desk.shown(with_account(desk.city, MAIN, main), LATER):
        assert desk.look(PAGE) == {PAGE: ("changed", ["name", "about", "links"])}


def test_a_change_that_a_person_left_out_is_not_decided_again(desk: Desk) -> None:
    """A skipped change stays skipped for what it named; when something more changes there is a new occasion."""
    new = repainted(desk.city)
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    with desk.shown(new, LATER):
        desk.look(PAGE)
        skip(desk.calendar(), PAGE, "2026-06-10-change", "Bara en annan beskärning.")
        (row,) = look_for_changes(desk.calendar("2026-06-12T09:00:00+02:00"), [PAGE])
        assert (row["result"], row["occasion"]) == ("waiting", None)
        assert "Bara en annan beskärning." in row["detail"]
    more = with_account(new, MAIN, replace(new.account(MAIN), name="Exempelstad"))
    with desk.shown(more, LATER):
        assert desk.look(PAGE, time="2026-06-12T09:00:00+02:00") == {PAGE: ("changed", ["cover", "name"])}
    assert [one.id for one in extras_of(desk.calendar(), PAGE)] == ["2026-06-10-change", "2026-06-12-change"]


def test_what_was_left_out_counts_until_the_next_capture(desk: Desk) -> None:
    """After a capture, a new change of the same kind is a change again, whatever was left out before that capture."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    with desk.shown(repainted(desk.city), LATER):
        desk.look(PAGE)
        skip(desk.calendar(), PAGE, "2026-06-10-change", "Bara en annan beskärning.")
        add_extra(desk.calendar("2026-06-12T09:00:00+02:00"), PAGE, "extra", date(2026, 6, 12), reason="Ändå.")
        desk.capture("2026-06-12-extra", "2026-06-12T09:00:00+02:00", PAGE)
    with desk.shown(desk.city, "2026-06-20T09:00:00+02:00"):
        assert desk.look(PAGE, time="2026-06-20T09:00:00+02:00") == {PAGE: ("changed", ["cover"])}


def test_a_change_waits_for_an_occasion_that_is_due(desk: Desk) -> None:
    """Where an ordinary occasion is still to be captured, its capture shows the change: no second one is decided."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    for time in ("2026-11-01T09:00:00+01:00", "2026-12-20T09:00:00+01:00"):
        with desk.shown(repainted(desk.city), time):
            assert desk.look(PAGE, time=time) == {PAGE: ("waiting", ["cover"])}
    assert extras_of(desk.calendar(), PAGE) == ()


def test_one_account_that_cannot_be_looked_at_does_not_stop_the_others(desk: Desk) -> None:
    """A token that was withdrawn fails its account alone, in one sentence with a next step."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE, NEWS)
    with desk.shown(repainted(desk.city), LATER):
        desk.environment.delenv("URVAL_SANDBOX_TOKEN")
        rows = look_for_changes(desk.calendar(), [PAGE, NEWS])
    assert [row["result"] for row in rows] == ["failed", "same"]
    assert "URVAL_SANDBOX_TOKEN" in rows[0]["detail"]
    assert extras_of(desk.calendar(), PAGE) == ()


def test_accounts_without_a_page_are_not_called(desk: Desk) -> None:
    """An account that has closed, and one that is read from export files only, are told so; no platform is called."""
    closed = spec_with(desk, "    opened: 2016-01-15\n", "    opened: 2016-01-15\n    closing: 2026-06-01\n")
    with desk.shown(desk.city, LATER) as sandbox:
        (row,) = look_for_changes(desk.calendar(spec=closed), [NEWS])
        assert (row["result"], "2026-06-01-closing" in row["detail"]) == ("closed", True)
        without = spec_with(desk, "    settings:\n      base_url: http://nyheter.exempelstad.example\n", "")
        (row,) = look_for_changes(desk.calendar(spec=without), [NEWS])
        assert row["result"] == "files only"
        with pytest.raises(ConfigError, match="no account"):
            look_for_changes(desk.calendar(), ["okant"])
        assert sandbox.calls == []


def outcome(here: Program, *arguments: object) -> tuple[int, str, str]:
    """Run ``urval occasion``, and return status, output and errors."""
    ran = here.run("occasion", *arguments, "--spec", SPEC, "--store", here.store, "--fixed-time", LATER)
    return ran.returncode, ran.stdout, ran.stderr


def test_the_commands(tmp_path: Path) -> None:
    """Add, skip and list say what they did; a refusal is status 2 with one sentence and a next step."""
    here = program(tmp_path)
    status, said, _ = outcome(
        here, "add", "--account", NEWS, "--kind", "extra", "--reason", "Översvämningen.", "--by", "Ada"
    )
    assert (status, "2026-06-10-extra is decided" in said) == (0, True)
    again = outcome(here, "add", "--account", NEWS, "--kind", "change", "--reason", "Igen.", "--day", "2026-06-10")
    assert again[0] == ConfigError.exit_status
    assert "which Ada decided: Översvämningen." in again[2]
    assert outcome(here, "add", "--account", NEWS, "--kind", "extra", "--reason", "Nej.", "--day", "i dag")[0] == 2
    assert (
        outcome(here, "skip", "--account", NEWS, "--occasion", "2026-var", "--reason", "Kontot\x1b[2J vilade.")[0] == 0
    )
    status, text, _ = outcome(here, "list", "--account", NEWS)
    assert (status, "\x1b" in text, "Ada: Översvämningen." in text) == (0, False, True)
    _, listed, _ = outcome(here, "list", "--json")
    rows = [row for row in json.loads(listed) if row["account_id"] == NEWS]
    assert [(row["occasion"], row["state"]) for row in rows] == [
        ("2026-var", "skipped"), ("2026-06-10-extra", "due"), ("2026-host", "ahead"),
    ]  # fmt: skip
    status, said, _ = outcome(here, "check", "--account", NEWS)  # nothing is reached, and nothing needs to be
    assert (status, "nothing to compare with" in said) == (0, True)


def test_the_command_fails_where_an_account_cannot_be_looked_at(desk: Desk) -> None:
    """A change is no fault (status 0); an account that cannot be reached is (status 1), and is named."""
    with desk.shown(desk.city, CAPTURED):
        desk.capture("2026-var", CAPTURED, PAGE)
    with desk.shown(repainted(desk.city), LATER) as sandbox:
        reach = ",".join(f"{name}={address}" for name, address in sandbox.connect_to.items())
        here = program(desk.folder, URVAL_CONNECT_TO=reach)
        status, said, told = outcome(here, "check", "--account", PAGE)
        assert (status, "FAILED" in said) == (1, True)
        assert f"1 of 1 accounts could not be looked at: {PAGE}" in told
        here = program(desk.folder, URVAL_CONNECT_TO=reach, URVAL_SANDBOX_TOKEN=sandbox.tokens[MAIN])
        status, said, _ = outcome(here, "check", "--account", PAGE)
    assert (status, "looks otherwise: cover; the occasion 2026-06-10-change is decided" in said) == (0, True)
