"""What must hold for a ledger kept in a store of any kind."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import _children
import pytest

from urval.errors import ConfigError, VerificationError
from urval.ledger import State, check_chain, encode, next_event
from urval.store import DirectoryStore, append_event, inspect_events, open_store, read_events

if TYPE_CHECKING:
    from pathlib import Path

    from urval.store import Store

pytest_plugins = ("_s3_server", "_stores")
_WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_two_writers_of_one_ledger_make_one_chain(uri: str) -> None:
    """Two processes that append at once leave one unbroken chain that holds every event of both."""
    each = 10 if uri.startswith("s3") else 50

    def append(actor: str) -> int:
        store = open_store(uri)
        for number in range(each):
            event = next_event([], State.FAILED, at=_WHEN, actor=actor, role="worker", reason=str(number))
            append_event(store, "ledger/a/b/c", event)
        return each

    children = [_children.start(lambda actor=actor: append(actor)) for actor in ("one", "two")]
    assert [_children.finish(*child) for child in children] == [each, each]
    events = read_events(open_store(uri), "ledger/a/b/c")
    assert check_chain(events) == []
    assert {(event.actor, event.reason) for event in events} == {
        (a, str(n)) for a in ("one", "two") for n in range(each)
    }
    assert len(events) == 2 * each


def test_an_event_is_appended_once(store: Store) -> None:
    """Appending the same event again, as after a lost answer, adds nothing; a stale one is chained anew."""
    due = next_event([], State.DUE, at=_WHEN, actor="scheduler", role="program")
    stale = next_event([due], State.CAPTURED, at=_WHEN, actor="flow", role="program", refs={"capture": "c1"})
    assert append_event(store, "ledger/x", due) == due
    assert append_event(store, "ledger/x", due) == due
    failed = append_event(store, "ledger/x", next_event([due], State.FAILED, at=_WHEN, actor="f", role="p", reason="r"))
    appended = append_event(store, "ledger/x", stale)
    assert (appended.seq, appended.previous != stale.previous) == (3, True)
    assert read_events(store, "ledger/x") == [due, failed, appended]
    with pytest.raises(ConfigError, match="may not follow"):
        append_event(store, "ledger/x", due.__class__(seq=1, state=State.SEALED, at=_WHEN, actor="a", role="b"))


def test_a_ledger_that_was_changed_is_not_extended(store: Store) -> None:
    """A foreign object, a moved event or a hole among the events is told, and nothing is added."""
    first = next_event([], State.DUE, at=_WHEN, actor="a", role="b")
    append_event(store, "ledger/x", first)
    second = append_event(store, "ledger/x", next_event([first], State.CAPTURED, at=_WHEN, actor="a", role="b"))
    data = store.get("ledger/x/000002.json")
    store.put("ledger/hole/000002.json", data)
    store.put("ledger/moved/000001.json", data)
    store.put("ledger/foreign/notes.txt", data)
    store.put("ledger/damaged/000001.json", data.replace(b"captured", b"packaged"))
    for name in ("hole", "moved", "foreign", "damaged"):
        with pytest.raises(VerificationError, match=f"ledger/{name}"):
            append_event(store, f"ledger/{name}", second)
        assert len(list(store.keys(f"ledger/{name}"))) == 1


_PEOPLE = ("Anna", "Bo", "Cleo", "Disa")


def test_of_several_people_who_approve_at_once_one_wins(uri: str) -> None:
    """Four approve the same proposal in four processes: one event is written, the others are told whose and when."""
    store, made = open_store(uri), []
    for state in (State.DUE, State.CAPTURED, State.PROPOSED):
        made.append(append_event(store, "ledger/a/b/c", next_event(made, state, at=_WHEN, actor="urval", role="run")))

    def approve(actor: str) -> str:
        own = open_store(uri)
        seen = read_events(own, "ledger/a/b/c")[:3]  # what each has looked at
        event = next_event(seen, State.APPROVED, at=_WHEN, actor=actor, role="arkivarie")
        return append_event(own, "ledger/a/b/c", event, exact=True).actor

    children = [_children.start(lambda actor=actor: approve(actor)) for actor in _PEOPLE]
    outcomes = [_children.finish(*child) for child in children]
    winners = [outcome for outcome in outcomes if isinstance(outcome, str)]
    assert len(winners) == 1
    for outcome in outcomes:
        if outcome == winners[0]:
            continue
        kind, sentence, next_step = outcome
        assert kind == "ConfigError"
        assert f"'approved' by {winners[0]} (arkivarie) at 2026-03-01T12:00:00Z came first" in sentence
        assert "decide anew" in next_step
    events = read_events(store, "ledger/a/b/c")
    assert [event.state for event in events].count(State.APPROVED) == 1
    assert check_chain(events) == []


def test_an_exact_event_may_be_appended_twice_by_the_same_hand(store: Store) -> None:
    """Asking again after a lost answer is no second decision, and nobody is told that somebody else was faster."""
    first = append_event(store, "ledger/a/b/c", next_event([], State.DUE, at=_WHEN, actor="a", role="b"))
    second = next_event([first], State.CAPTURED, at=_WHEN, actor="a", role="b")
    assert append_event(store, "ledger/a/b/c", second, exact=True) == second
    assert append_event(store, "ledger/a/b/c", second, exact=True) == second


def test_everything_wrong_with_a_ledger_is_told_beside_what_can_be_read(store: Store) -> None:
    """One changed event among three does not hide the others; both the event and the broken chain are named."""
    made = []
    for state in (State.DUE, State.CAPTURED, State.PROPOSED):
        made.append(next_event(made, state, at=_WHEN, actor="a", role="b"))
    for event in made:
        data = encode(event)
        store.put(f"ledger/a/b/c/{event.seq:06}.json", data if event.seq != 2 else data.replace(b'"a"', b'"x"'))
    events, problems = inspect_events(store, "ledger/a/b/c")
    assert [event.seq for event in events] == [1, 3]
    assert "000002.json" in problems[0]
    assert any("does not follow" in problem for problem in problems)


def test_stamps_name_every_ledger_and_change_with_it(store: Store) -> None:
    """Each ledger has a stamp that changes when an event is appended, and what lies beside the ledgers has none."""
    for place in ("x/a/p1", "x/a/p2", "x/ab/p1"):
        append_event(store, f"ledger/{place}", next_event([], State.DUE, at=_WHEN, actor="a", role="b"))
    store.put("other/thing", b"1")
    _settle(store)
    before = dict(store.stamps("ledger", 3))
    assert list(before) == ["ledger/x/a/p1", "ledger/x/a/p2", "ledger/x/ab/p1"]
    assert all(before.values())
    due = read_events(store, "ledger/x/a/p2")
    append_event(store, "ledger/x/a/p2", next_event(due, State.CAPTURED, at=_WHEN, actor="a", role="b"))
    after = dict(store.stamps("ledger", 3))
    assert {place for place in before if before[place] != after[place]} == {"ledger/x/a/p2"}
    assert list(dict(store.stamps("ledger/x", 1))) == ["ledger/x/a", "ledger/x/ab"]
    assert list(store.stamps("nothing", 2)) == []


def test_a_folder_that_just_changed_has_an_empty_stamp(tmp_path: Path) -> None:
    """Within two seconds of a change a second one might not show, so the stamp promises nothing."""
    store = open_store(str(tmp_path / "store"))
    append_event(store, "ledger/x/a/p1", next_event([], State.DUE, at=_WHEN, actor="a", role="b"))
    assert list(store.stamps("ledger", 3)) == [("ledger/x/a/p1", "")]
    ahead = time.time() + 3600
    os.utime(tmp_path / "store/ledger/x/a/p1", (ahead, ahead))
    assert list(store.stamps("ledger", 3)) == [("ledger/x/a/p1", "")]


def _settle(store: Store) -> None:
    """Make every folder of a directory store an hour old."""
    if isinstance(store, DirectoryStore):
        for folder, _, _ in os.walk(store.root):
            os.utime(folder, (time.time() - 3600,) * 2)
