"""The ledger: append-only, hash-chained events of one account and period, and the states they lead through.

Everything here is pure; ``urval.store`` keeps the bytes. What the chain shows: no event before the last can be changed,
dropped or moved unnoticed, because each names the digest of the one before. What it cannot show: that the newest events
were not cut off; for that, something outside must name the last digest (the manifest of a sealed package does).

The order of events is their ``seq``. Times are the actors' own clocks and may cross when two workers write at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from urval.errors import ConfigError, VerificationError
from urval.manifest import canonical, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FORMAT = "urval-event/1"


class State(StrEnum):
    """Where an account and period stand."""

    DUE = "due"
    CAPTURED = "captured"
    PROPOSED = "proposed"
    APPROVED = "approved"
    PACKAGED = "packaged"
    SEALED = "sealed"
    VERIFIED = "verified"
    RETURNED = "returned"
    FAILED = "failed"
    SKIPPED = "skipped"
    STAMPED = "stamped"
    REPLICATED = "replicated"
    REPAIRED = "repaired"
    DELIVERED = "delivered"
    RECEIVED = "received"
    HELD = "held"
    RELEASED = "released"
    RESTRICTED = "restricted"
    UNRESTRICTED = "unrestricted"
    DISPOSED = "disposed"


# What was done to a thing, or befell it: it may follow every state, and changes nothing of what may come next.
ACTS = frozenset({
    State.FAILED, State.STAMPED, State.REPLICATED, State.REPAIRED, State.DELIVERED, State.RECEIVED, State.HELD,
    State.RELEASED, State.RESTRICTED, State.UNRESTRICTED, State.DISPOSED,
})  # fmt: skip

# What may follow what.
TRANSITIONS: Mapping[State | None, frozenset[State]] = MappingProxyType(
    {
        None: frozenset({State.DUE, State.CAPTURED, State.SKIPPED}),
        State.DUE: frozenset({State.CAPTURED, State.SKIPPED}),
        # captured again: the first capture had gaps that a later one closes
        State.CAPTURED: frozenset({State.CAPTURED, State.PROPOSED, State.SKIPPED}),
        State.PROPOSED: frozenset({State.PROPOSED, State.APPROVED, State.RETURNED, State.SKIPPED}),
        # approved again: by the second person; proposed again: what was approved was changed
        State.APPROVED: frozenset({State.PROPOSED, State.APPROVED, State.PACKAGED, State.RETURNED, State.SKIPPED}),
        State.RETURNED: frozenset({State.CAPTURED, State.PROPOSED, State.SKIPPED}),
        # proposed again: a supplement to what is packaged
        State.PACKAGED: frozenset({State.SEALED, State.VERIFIED, State.PROPOSED}),
        State.SEALED: frozenset({State.VERIFIED, State.PROPOSED}),
        State.VERIFIED: frozenset({State.VERIFIED, State.PROPOSED}),  # audits repeat for decades
        State.SKIPPED: frozenset({State.DUE, State.CAPTURED}),
    }
)
_WITH_REASON = frozenset({
    State.FAILED, State.SKIPPED, State.RETURNED, State.HELD, State.RELEASED, State.RESTRICTED, State.UNRESTRICTED,
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the ledger. Treat ``refs`` as read-only.

    ``seq`` counts from 1; ``at`` is aware; ``actor`` is a person or program and ``role`` what they acted as; ``refs``
    names what the event is about (``{"capture": id, "capture_sha256": hex}``); ``previous`` is the hex digest of the
    event before, None in the first.
    """

    seq: int
    state: State
    at: datetime
    actor: str
    role: str
    reason: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    previous: str | None = None


def digest(event: Event) -> str:
    """Return the hex SHA-256 of the event's canonical JSON: what the next event names as ``previous``."""
    return sha256_hex(canonical(_body(event)))


def encode(event: Event) -> bytes:
    """Return the event as canonical JSON that carries its own digest, so that damage to the newest event shows too."""
    return canonical({**_body(event), "digest": digest(event)})


def decode(data: bytes) -> Event:
    """Parse the bytes of :func:`encode`; other spellings of the same event are refused.

    Raises:
        VerificationError: The bytes are no event of this format, or were changed.
    """
    try:
        event = _from_body(json.loads(data))
        whole = encode(event) == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise VerificationError("A ledger event is not readable.", next_step=_RESTORE) from error
    if not whole:
        raise VerificationError(f"The ledger event {event.seq} was changed after it was written.", next_step=_RESTORE)
    return event


def current(events: Sequence[Event]) -> State | None:
    """Return the state of the newest event, None where there is none."""
    return events[-1].state if events else None


def standing(events: Sequence[Event]) -> State | None:
    """Return the newest state that is no act: where a run takes up the work again. None at the start."""
    return next((event.state for event in reversed(events) if event.state not in ACTS), None)


def still_open(events: Iterable[Event], begins: State, ends: State, ref: str) -> frozenset[str]:
    """Return what a ledger says was begun and not ended: the values of a ref, as of a hold or a restriction."""
    found: set[str] = set()
    for event in events:
        if event.state is begins:
            found.add(event.refs.get(ref, ""))
        elif event.state is ends:
            found.discard(event.refs.get(ref, ""))
    return frozenset(found)


def is_packaged(events: Sequence[Event]) -> bool:
    """Tell whether there is a package, whatever came after: an audit, a supplement, one that was sent back."""
    return any(event.state is State.PACKAGED for event in events)


def next_event(
    events: Sequence[Event],
    state: State,
    *,
    at: datetime,
    actor: str,
    role: str,
    reason: str = "",
    refs: Mapping[str, str] | None = None,
) -> Event:
    """Return the event that leads from ``events`` to ``state``.

    Raises:
        ConfigError: The state may not follow, a reason, the actor or the role is missing, ``at`` has no time zone, or a
            text is no Unicode. Where the state may not follow, the sentence says who made the newest event, and when.
    """
    problem = _refusal(standing(events), state, reason)
    if problem:
        raise ConfigError(f"{problem}{_whose(events)}", next_step="Look at what was done already with: urval status")
    if at.utcoffset() is None:
        raise ConfigError(f"The time {at.isoformat()} of a ledger event has no time zone.")
    if not actor.strip() or not role.strip():
        raise ConfigError("A ledger event needs who did it (actor), and as what (role).")
    try:
        return Event(
            seq=len(events) + 1,
            state=state,
            at=at.astimezone(UTC),
            actor=_text(actor),
            role=_text(role),
            reason=_text(reason),
            refs={_text(name): _text(value) for name, value in (refs or {}).items()},
            previous=digest(events[-1]) if events else None,
        )
    except UnicodeEncodeError as error:
        raise ConfigError("A text of a ledger event holds half a character (a lone surrogate).") from error


def check_chain(events: Sequence[Event]) -> list[str]:
    """Return what is wrong with a ledger, one sentence each; nothing when it is whole."""
    problems = []
    stands: State | None = None
    for place, event in enumerate(events, start=1):
        before = events[place - 2] if place > 1 else None
        if event.seq != place:
            problems.append(f"Event {place} says it is number {event.seq}.")
        if event.previous != (digest(before) if before else None):
            problems.append(f"Event {place} does not follow from the one before it: one of the two was changed.")
        refusal = _refusal(stands, event.state, event.reason)
        if refusal:
            problems.append(f"Event {place} is out of order: {refusal}")
        stands = stands if event.state in ACTS else event.state
    return problems


_RESTORE = "Restore the ledger from a backup and find out who changed it."


def _refusal(before: State | None, state: State, reason: str) -> str:
    if state in _WITH_REASON and not reason.strip():
        return f"The state {state.value!r} needs a reason."
    if state in ACTS or state in TRANSITIONS[before]:
        return ""
    allowed = ", ".join(sorted(TRANSITIONS[before]))
    return f"The state {state.value!r} may not follow {before.value if before else 'nothing'!r}; {allowed} may."


def who_and_when(event: Event) -> str:
    """Return an event in words, for a message: state, actor, role, UTC time."""
    moment = event.at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return f"{event.state.value!r} by {event.actor} ({event.role}) at {moment}"


def _whose(events: Sequence[Event]) -> str:
    return f" The newest event is {who_and_when(events[-1])}." if events else ""


def _text(value: str) -> str:
    value.encode()  # raises on what UTF-8 cannot hold
    return value


def _body(event: Event) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "seq": event.seq,
        "state": event.state.value,
        "at": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "actor": event.actor,
        "role": event.role,
        "reason": event.reason,
        "refs": dict(event.refs),
        "previous": event.previous,
    }


def _from_body(body: dict[str, Any]) -> Event:
    """Build the event; what is spelt otherwise survives until :func:`decode` compares the bytes."""
    if type(body["seq"]) is not int:  # True would pass for 1
        raise TypeError
    return Event(
        seq=body["seq"],
        state=State(body["state"]),
        at=datetime.fromisoformat(body["at"]),
        actor=_string(body["actor"]),
        role=_string(body["role"]),
        reason=_string(body["reason"]),
        refs={name: _string(value) for name, value in body["refs"].items()},
        previous=None if body["previous"] is None else _string(body["previous"]),
    )


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value
