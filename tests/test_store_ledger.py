"""What must hold for a ledger kept in a store of any kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import _children
import pytest

from urval.errors import ConfigError, VerificationError
from urval.ledger import State, check_chain, next_event
from urval.store import append_event, open_store, read_events

if TYPE_CHECKING:
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
