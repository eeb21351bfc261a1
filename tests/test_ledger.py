"""What must hold for the ledger's events, their bytes and their chain."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urval.errors import ConfigError, VerificationError
from urval.ledger import (
    ACTS,
    TRANSITIONS,
    Event,
    State,
    check_chain,
    current,
    decode,
    digest,
    encode,
    next_event,
    standing,
)
from urval.manifest import canonical, sha256_hex

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WORK = (State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.PACKAGED, State.SEALED, State.VERIFIED)


def ledger(*states: State) -> list[Event]:
    """Return a whole ledger that leads through the states."""
    events: list[Event] = []
    for number, state in enumerate(states):
        at = WHEN + timedelta(days=number)
        events.append(
            next_event(events, state, at=at, actor="å", role="arkivarie", reason="r", refs={"id": str(number)})
        )
    return events


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
steps = st.lists(
    st.builds(
        Event,
        seq=st.integers(1, 999_999),
        state=st.sampled_from(State),
        at=st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Europe/Stockholm"), timezone(timedelta(hours=-9))])),
        actor=texts,
        role=texts,
        reason=texts,
        refs=st.dictionaries(texts, texts, max_size=3),
        previous=st.none() | st.text("0123456789abcdef", min_size=64, max_size=64),
    ),
    max_size=8,
)


def test_the_whole_way_is_one_chain() -> None:
    """The states of the design follow each other, numbered from 1, each naming the one before, and nothing is wrong."""
    events = ledger(*WORK)
    assert [event.seq for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert events[0].previous is None
    assert [event.previous for event in events[1:]] == [digest(event) for event in events[:-1]]
    assert check_chain(events) == []
    assert check_chain([]) == []
    assert (current([]), current(events)) == (None, State.VERIFIED)


@pytest.mark.parametrize("before", [None, *WORK, State.SKIPPED, State.RETURNED])
def test_only_what_the_table_allows_may_follow(before: State | None) -> None:
    """From each state, every state of the table and every act may follow, and no other; the refusal names both."""
    ways = {None: [], State.SKIPPED: [State.SKIPPED], State.RETURNED: [*WORK[:3], State.RETURNED]}
    events = ledger(*ways.get(before, WORK[: WORK.index(before) + 1] if before in WORK else []))
    for state in State:
        if state in TRANSITIONS[before] | ACTS:
            assert next_event(events, state, at=WHEN, actor="a", role="b", reason="r").state is state
        else:
            with pytest.raises(ConfigError, match=f"'{state.value}' may not follow"):
                next_event(events, state, at=WHEN, actor="a", role="b", reason="r")


def test_the_table_is_the_designs() -> None:
    """No package without an approval, no seal without a package, and nothing is skipped once it is packaged."""
    leading_to = {state: {before for before, after in TRANSITIONS.items() if state in after} for state in State}
    assert leading_to[State.PACKAGED] == {State.APPROVED}
    assert leading_to[State.SEALED] == {State.PACKAGED}
    assert leading_to[State.APPROVED] == {State.PROPOSED, State.APPROVED}
    assert leading_to[State.VERIFIED] == {State.PACKAGED, State.SEALED, State.VERIFIED}
    before = {None, State.DUE, State.CAPTURED, State.PROPOSED, State.APPROVED, State.RETURNED}
    assert leading_to[State.SKIPPED] == before


def test_after_a_failure_the_work_goes_on_where_it_stood() -> None:
    """A failure, also one after another, is followed by what was allowed before it, and by nothing else."""
    events = ledger(State.DUE, State.CAPTURED, State.FAILED, State.FAILED)
    assert (current(events), standing(events)) == (State.FAILED, State.CAPTURED)
    assert check_chain([*events, next_event(events, State.PROPOSED, at=WHEN, actor="a", role="b")]) == []
    with pytest.raises(ConfigError, match="'sealed' may not follow 'captured'"):
        next_event(events, State.SEALED, at=WHEN, actor="a", role="b")
    assert standing(ledger(State.FAILED)) is None


@pytest.mark.parametrize("state", [State.FAILED, State.SKIPPED, State.RETURNED])
def test_who_fails_skips_or_sends_back_says_why(state: State) -> None:
    """A failure, a skipped occasion, a return without a reason is refused, and found in a ledger that has one."""
    before = ledger(*WORK[:3]) if state is State.RETURNED else []
    for reason in ("", "  \n"):
        with pytest.raises(ConfigError, match="needs a reason"):
            next_event(before, state, at=WHEN, actor="a", role="b", reason=reason)
    events = ledger(*(event.state for event in before), state)
    assert "needs a reason" in check_chain([*events[:-1], replace(events[-1], reason="")])[0]


def test_an_event_says_who_and_as_what() -> None:
    """Without an actor or a role there is no event; its bytes hold actor, role, time and reason, each by its name."""
    for who in ({"actor": " ", "role": "b"}, {"actor": "a", "role": ""}):
        with pytest.raises(ConfigError, match="who did it"):
            next_event([], State.DUE, at=WHEN, **who)
    for event in ledger(*WORK):
        body = json.loads(encode(event))
        assert (body["actor"], body["role"], body["reason"]) == ("å", "arkivarie", "r")
        assert datetime.fromisoformat(body["at"]).utcoffset() == timedelta()


def test_a_refusal_says_who_was_there_before() -> None:
    """Who comes too late is told the newest event, who made it, as what, and when."""
    with pytest.raises(ConfigError, match=r"'packaged' by å \(arkivarie\) at 2026-03-05T12:00:00Z"):
        next_event(ledger(*WORK[:5]), State.APPROVED, at=WHEN, actor="a", role="b")


def test_an_event_has_a_time_zone_and_whole_characters() -> None:
    """A time without a zone and a text that UTF-8 cannot hold are refused; times are kept as UTC instants."""
    with pytest.raises(ConfigError, match="time zone"):
        next_event([], State.DUE, at=datetime(2026, 3, 1), actor="a", role="b")  # noqa: DTZ001
    for field in ({"actor": "\ud800"}, {"role": "\ud800"}, {"refs": {"a": "\ud800"}}, {"refs": {"\ud800": "a"}}):
        with pytest.raises(ConfigError, match="surrogate"):
            next_event([], State.DUE, at=WHEN, **{"actor": "a", "role": "b", **field})
    local = datetime(2026, 7, 1, 14, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
    event = next_event([], State.DUE, at=local, actor="a", role="b")
    assert event.at.isoformat() == "2026-07-01T12:00:00+00:00"
    assert json.loads(encode(event))["at"] == "2026-07-01T12:00:00Z"
    with pytest.raises(FrozenInstanceError):
        event.reason = "x"  # type: ignore[misc]


@given(steps)
def test_bytes_give_back_the_event(events: list[Event]) -> None:
    """Whatever an event says, its bytes are decoded to the equal event, and the same event has the same bytes."""
    for event in events:
        # In the hour that comes twice, Python takes no time of another zone for equal; the bytes hold UTC.
        assert decode(encode(event)) == replace(event, at=event.at.astimezone(UTC))
        assert encode(decode(encode(event))) == encode(event)


def test_every_flipped_byte_is_found() -> None:
    """Changing any one bit of a stored event makes it unreadable or changed: it is never taken for an event."""
    data = encode(ledger(*WORK)[-1])
    for place in range(len(data)):
        for bit in range(8):
            changed = bytearray(data)
            changed[place] ^= 1 << bit
            with pytest.raises(VerificationError):
                decode(bytes(changed))


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"seq":' + b"9" * 5000 + b"}"),
        *(encode(ledger(State.DUE)[0]) + b"\n", b" " + encode(ledger(State.DUE)[0])),
    ],
    ids=range(9),
)
def test_what_is_no_event_is_refused(data: bytes) -> None:
    """Other JSON, no JSON, and the same event spelt otherwise are refused with what to do."""
    with pytest.raises(VerificationError) as caught:
        decode(data)
    assert "backup" in caught.value.next_step


@pytest.mark.parametrize(
    "change",
    [
        *({"seq": True}, {"seq": 1.5}, {"seq": "1"}, {"at": "2026-03-01T12:00:00"}, {"at": 3}, {"actor": None}),
        *({"refs": []}, {"refs": {"a": 1}}, {"state": "lost"}, {"previous": 1}, {"format": "urval-event/2"}),
        *({"more": 1}, {"reason": "\ud800"}),
    ],
    ids=str,
)
def test_fields_of_a_wrong_kind_are_refused(change: dict[str, object]) -> None:
    """An event whose fields have other types or names is refused, also when its digest was made to fit."""
    body = json.loads(encode(ledger(State.DUE)[0]))
    del body["digest"]
    body |= change
    try:
        data = canonical({**body, "digest": sha256_hex(canonical(body))})
    except ValueError:
        data = json.dumps(body).encode()
    with pytest.raises(VerificationError):
        decode(data)


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "another"},
        {"actor": "another"},
        {"at": WHEN + timedelta(microseconds=1)},
        {"refs": {}},
        {"role": ""},
        {"seq": 99},
        {"previous": "0" * 64},
    ],
    ids=str,
)
def test_a_change_in_any_event_but_the_last_breaks_the_chain(change: dict[str, object]) -> None:
    """Whatever is changed in an event, the next one no longer follows from it."""
    whole = ledger(*WORK)
    for place in range(len(whole) - 1):
        events = [*whole]
        events[place] = replace(events[place], **change)  # type: ignore[arg-type]
        assert any(f"Event {place + 2} does not follow" in problem for problem in check_chain(events))


def test_events_lost_moved_or_doubled_break_the_chain() -> None:
    """A hole, a swap, a doubled event and a lost beginning are found; a cut-off end cannot be, and is documented."""
    whole = ledger(*WORK)
    assert check_chain([*whole[:2], *whole[3:]])
    assert check_chain([*whole[:2], whole[3], whole[2], *whole[4:]])
    assert check_chain([*whole[:3], whole[2], *whole[3:]])
    assert check_chain(whole[1:])
    assert check_chain(whole[:-1]) == []


@given(st.lists(st.sampled_from(State), max_size=12))
def test_a_ledger_built_by_next_event_is_whole(states: list[State]) -> None:
    """Whatever is asked for in whatever order, what next_event allows is a whole chain."""
    events: list[Event] = []
    for state in states:
        try:
            events.append(next_event(events, state, at=WHEN, actor="a", role="b", reason="r"))
        except ConfigError:
            continue
    assert check_chain(events) == []
    assert [decode(encode(event)) for event in events] == events
