"""What must hold for ``urval status`` and ``urval ledger`` as a person runs them, and for what they remember."""

from __future__ import annotations

import csv
import io
import json
import os
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from _program import SPEC, program

from urval.ledger import State, encode, next_event
from urval.remembering import recall
from urval.standings import _KIND, _REMEMBERED, ALWAYS_READ, read_register, read_standings
from urval.store import append_event, ledger_prefix, open_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from _program import Program

    from urval.ledger import Event

VAR, HOST = "2025-11-01--2026-05-01", "2026-05-01--2026-11-01"
ACCOUNTS = ("exempelstad-facebook", "kommundirektoren-facebook", "exempelstad-nyheter")
WAY = (State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.PACKAGED, State.VERIFIED)
SPRING, AUTUMN = datetime(2026, 5, 3, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC)
NOVEMBER = ("--fixed-time", "2026-11-20T09:00:00+01:00")


def chain(*states: State, at: datetime, reason: str = "skäl") -> list[Event]:
    """Return the events of a ledger."""
    made: list[Event] = []
    for minute, state in enumerate(states):
        moment = at + timedelta(minutes=minute)
        refs = {"package": "p"} if state is State.PACKAGED else {}
        made.append(next_event(made, state, at=moment, actor="Anna", role="arkivarie", reason=reason, refs=refs))
    return made


def write(store: Path, account: str, period: str, events: Sequence[Event]) -> Path:
    """Write a ledger as the store would, without its care for power cuts."""
    folder = store / "ledger" / "exempelstad" / account / period
    folder.mkdir(parents=True)
    for event in events:
        (folder / f"{event.seq:06}.json").write_bytes(encode(event))
    return folder


@pytest.fixture
def urval(tmp_path: Path) -> Program:
    """Return the program, with a store in which spring is done and autumn waits."""
    made = program(tmp_path)
    for account in ACCOUNTS:
        write(made.store, account, VAR, chain(*WAY, at=SPRING))
    write(made.store, ACCOUNTS[0], HOST, chain(*WAY[:3], at=AUTUMN))
    return made


def test_with_a_spec_the_table_and_what_to_do_next(urval: Program) -> None:
    """Nothing is red while the autumn's window is open: status 0, and each thing to do has its command."""
    run = urval.run("status", urval.store, "--spec", SPEC, *NOVEMBER)
    assert (run.returncode, run.stderr) == (0, "")
    assert "exempelstad-facebook       ■         ◑          1/2" in run.stdout
    assert "\033" not in run.stdout
    assert (
        f"urval review show --spec {SPEC} --store {urval.store} --occasion 2026-host --account {ACCOUNTS[0]}"
        in run.stdout
    )
    swedish = urval.run("status", urval.store, "--spec", SPEC, "--language", "sv", *NOVEMBER)
    assert "◑ väntar på granskning" in swedish.stdout


def test_a_red_year_ends_with_status_1(urval: Program) -> None:
    """After the window what was not captured is missed and the year is red; the sentence and the status say so."""
    run = urval.run("status", urval.store, "--spec", SPEC, "--fixed-time", "2026-12-10T09:00:00+01:00")
    assert run.returncode == 1
    assert "kommundirektoren-facebook: 1 of 2 counted in 2026: 2026-host missed." in run.stdout
    assert "1/2 RED" in run.stdout
    assert run.stderr.startswith("urval: 2 red; the first: kommundirektoren-facebook")


def test_json_csv_and_picture(urval: Program) -> None:
    """The table as JSON, as CSV on standard output and in a file, and as a picture, agree on what is there."""
    arguments = ("status", urval.store, "--spec", SPEC, *NOVEMBER)
    plain = json.loads(urval.run(*arguments, "--json").stdout)
    assert [account["id"] for account in plain["accounts"]] == list(ACCOUNTS)
    printed = urval.run(*arguments, "--csv", "-")
    lines = list(csv.DictReader(io.StringIO(printed.stdout)))
    assert len(lines) == 6
    drawn, kept = urval.folder / "bild.svg", urval.folder / "tabell.csv"
    assert urval.run(*arguments, "--picture", drawn, "--csv", kept).returncode == 0
    assert list(csv.DictReader(io.StringIO(kept.read_text("utf-8")))) == lines
    assert drawn.read_text("utf-8").startswith("<svg ")
    wrong = urval.run(*arguments, "--picture", urval.folder / "no" / "bild.svg")
    assert (wrong.returncode, "cannot write" in wrong.stderr) == (2, True)


def test_without_a_spec_the_ledgers_are_listed(urval: Program) -> None:
    """Each ledger is a line; what only a spec can judge is refused without one."""
    run = urval.run("status", urval.store)
    assert run.returncode == 0
    assert run.stdout.count("verified") == 3
    assert len(json.loads(urval.run("status", urval.store, "--json").stdout)) == 4
    assert urval.run("status", urval.store, "--csv", "-").returncode == 2


def test_an_event_changed_by_hand_is_found_and_named(urval: Program) -> None:
    """Edited, removed, reordered, inserted: status and verify end with status 1 and name account and period."""
    folder = urval.store / "ledger" / "exempelstad" / ACCOUNTS[0] / HOST
    whole = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    _, second, third = sorted(whole)
    forged = next_event(chain(State.DUE, at=SPRING), State.CAPTURED, at=SPRING, actor="x", role="y")
    spoilt: dict[str, dict[str, bytes]] = {
        "edited": whole | {second: whole[second].replace(b"Anna", b"Bosse")},
        "removed": {name: data for name, data in whole.items() if name != second},
        "reordered": whole | {second: whole[third], third: whole[second]},
        "inserted": whole | {"000002a.json": whole[second]},
        "forged": whole | {second: encode(forged)},  # digest and number fit; the chain does not
    }
    for kind, files in spoilt.items():
        for file in folder.iterdir():
            file.unlink()
        for name, data in files.items():
            (folder / name).write_bytes(data)
        options = ("--spec", SPEC, *NOVEMBER) if kind in {"edited", "forged"} else ()
        run = urval.run("status", urval.store, *options)
        assert (run.returncode, ACCOUNTS[0] in run.stderr, HOST in run.stderr) == (1, True, True), (kind, run.stderr)
        verified = urval.run("verify", urval.store, "--account", ACCOUNTS[0])
        assert (verified.returncode, HOST in verified.stderr) == (1, True), (kind, verified.stderr)
        told = urval.run("ledger", ACCOUNTS[0], "--store", urval.store, "--period", HOST)
        assert (told.returncode, "BROKEN" in told.stdout) == (1, True), (kind, told.stdout)


def test_the_ledger_of_an_account_is_a_readable_chain(urval: Program) -> None:
    """Each event has its number, local time, state, who and as what; the end says that the chain is whole."""
    run = urval.run("ledger", ACCOUNTS[0], "--store", urval.store, "--period", HOST)
    assert run.returncode == 0
    assert "    3  2026-11-03 09:02:00+01:00  proposed   Anna (arkivarie)" in run.stdout
    assert run.stdout.endswith("The chain is whole: 3 events, each names the one before.\n")
    plain: list[dict[str, Any]] = json.loads(urval.run("ledger", ACCOUNTS[0], "--store", urval.store, "--json").stdout)
    assert [one["period"] for one in plain] == [VAR, HOST]
    events = plain[1]["events"]
    assert [event["previous"] for event in events] == [None, *(event["digest"] for event in events[:-1])]
    assert urval.run("ledger", "nobody", "--store", urval.store).returncode == 2
    assert urval.run("ledger", ACCOUNTS[0], "--store", urval.store, "--timezone", "Mars/Base").returncode == 2


def test_words_in_the_ledger_cannot_steer_a_terminal(urval: Program) -> None:
    """A reason with escape sequences is printed without them."""
    write(urval.store, "x", HOST, chain(State.SKIPPED, at=AUTUMN, reason="\x1b[2Jborta\nrad"))
    for command in (("status", urval.store), ("ledger", "x", "--store", urval.store)):
        shown = urval.run(*command).stdout
        assert "borta" in shown
        assert "\x1b" not in shown


def _many(folder: Path) -> Path:
    """Return a store of a few more ledgers than are always read, all an hour old."""
    store, hour = folder / "many", time.time() - 3600
    events = chain(*WAY[:2], at=SPRING)
    for number in range(ALWAYS_READ + 1):
        made = write(store, f"konto-{number:04}", VAR, events)
        os.utime(made, (hour, hour))
    return store


def test_a_large_store_is_read_once_and_never_believed_blindly(tmp_path: Path) -> None:
    """What did not change is remembered; what changed is read; a damaged memory is forgotten; fresh reads all."""
    place, memory = _many(tmp_path), tmp_path / "memory" / "m.standings"
    store = open_store(str(place))
    first = read_standings(store, memory=memory)
    assert (first.table.num_rows, first.remembered, first.trouble) == (ALWAYS_READ + 1, 0, "")
    assert memory.stat().st_mode & 0o077 == 0
    again = read_standings(store, memory=memory)
    assert (again.remembered, again.table.equals(first.table)) == (ALWAYS_READ + 1, True)
    prefix = ledger_prefix("exempelstad", "konto-0007", VAR)
    event = next_event(chain(*WAY[:2], at=SPRING), State.PROPOSED, at=AUTUMN, actor="Bo", role="run")
    append_event(store, prefix, event)
    changed = read_standings(store, memory=memory)
    assert (changed.remembered, changed.table.column("state")[7].as_py()) == (ALWAYS_READ, "proposed")
    # It changed a moment ago, so it is looked at again until that is two seconds past.
    assert read_standings(store, memory=memory).remembered == ALWAYS_READ
    assert read_standings(store, memory=memory, fresh=True).remembered == 0
    whole = memory.read_bytes()
    spoilt = [whole[: len(whole) // 2], b"", whole.replace(b"standings/1", b"standings/0")]
    spoilt += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), len(whole) // 40)]
    for place, data in enumerate(spoilt):
        memory.write_bytes(data)
        assert recall(memory, _KIND, _REMEMBERED) is None
        if place % 16 == 0:  # reading two thousand ledgers anew takes a second
            assert read_standings(store, memory=memory).table.equals(changed.table)


def test_the_command_says_what_it_did_not_read(tmp_path: Path) -> None:
    """The second time the count of remembered ledgers stands on standard error; an unwritable memory is told."""
    urval, store = program(tmp_path), _many(tmp_path)
    assert "from memory" not in urval.run("status", store).stderr
    assert f"{ALWAYS_READ + 1} of {ALWAYS_READ + 1} ledgers" in urval.run("status", store).stderr
    assert "from memory" not in urval.run("status", store, "--fresh").stderr
    (tmp_path / "file").write_text("")
    told = urval.run("status", store, XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (told.returncode, "cannot be remembered" in told.stderr) == (0, True)


def test_a_lost_or_added_ledger_shows_in_a_large_store(tmp_path: Path) -> None:
    """A ledger that is gone is not remembered as there, and a new one stands in its place among the others."""
    place, memory = _many(tmp_path), tmp_path / "m.standings"
    store = open_store(str(place))
    read_standings(store, memory=memory)
    gone = place / "ledger" / "exempelstad" / "konto-0003"
    for file in sorted(gone.rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    gone.rmdir()
    write(place, "konto-0003b", VAR, chain(*WAY, at=SPRING))
    accounts = read_standings(store, memory=memory).table.column("account").to_pylist()
    assert "konto-0003" not in accounts
    assert accounts == sorted(accounts)
    assert "konto-0003b" in accounts


def test_a_large_register_is_remembered_by_the_bytes_of_its_spec(tmp_path: Path) -> None:
    """The same bytes give the same register without a second reading; a changed byte is read anew."""
    text = SPEC.read_text("utf-8")
    account = (
        "  - {{id: konto-{n:05}, platform: feed, name: K, class: unit, purpose: {p}, owner: {{name: A, role: B}}}}\n"
    )
    more = "".join(account.format(n=number, p="Berätta " * 30) for number in range(800))
    spec, memory = tmp_path / "stor.yaml", tmp_path / "memory"
    spec.write_text(text.replace("accounts:\n", f"accounts:\n{more}", 1), "utf-8")
    first = read_register(spec, memory=memory)
    kept = list(memory.iterdir())
    assert (len(first.accounts), len(kept)) == (803, 1)
    assert read_register(spec, memory=memory) == first
    kept[0].write_bytes(b"spoilt")
    assert read_register(spec, memory=memory) == first
    spec.write_text(spec.read_text("utf-8").replace("konto-00001", "konto-x0001"), "utf-8")
    assert read_register(spec, memory=memory).accounts[1].id == "konto-x0001"
