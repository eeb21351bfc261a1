"""Keeping the ledger in a store: one object an event, named by its number only, so that one of two writers loses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.errors import ConfigError, StoreConflictError, StoreError, VerificationError
from urval.ledger import check_chain, decode, digest, encode, next_event, who_and_when
from urval.store._keys import shown

if TYPE_CHECKING:
    from urval.ledger import Event
    from urval.store._base import Store

_KEY = re.compile(r"[0-9]{6}\.json")
_TRIES = 100  # each lost try means that another writer's event went in


def read_events(store: Store, prefix: str) -> list[Event]:
    """Return the events of a ledger in order; whether they form a chain is for ``ledger.check_chain`` to say.

    Raises:
        VerificationError: An object below the prefix is no event, was changed, or lies under another number.
    """
    return [_read(store, prefix, key) for key in store.keys(prefix)]


def inspect_events(store: Store, prefix: str) -> tuple[list[Event], list[str]]:
    """Return the events of a ledger that can be read, and everything that is wrong with it, one sentence each."""
    events, problems = [], []
    for key in store.keys(prefix):
        try:
            events.append(_read(store, prefix, key))
        except VerificationError as error:
            problems.append(error.message)
    return events, problems + check_chain(events)


def _read(store: Store, prefix: str, key: str) -> Event:
    name = key.removeprefix(f"{prefix}/")
    if not _KEY.fullmatch(name):
        raise VerificationError(
            f"The ledger {shown(prefix)} in {store.uri} holds {shown(name)}, which is no event.",
            next_step="Find out who put it there, and move it out of the store.",
        )
    try:
        event = decode(store.get(key))
    except VerificationError as error:
        raise VerificationError(f"{shown(key)} in {store.uri}: {error.message}", next_step=error.next_step) from error
    if _event_key(prefix, event.seq) != key:
        raise VerificationError(f"{shown(key)} in {store.uri} holds the event {event.seq}: it was moved.")
    return event


def append_event(store: Store, prefix: str, event: Event, *, exact: bool = False) -> Event:
    """Append an event and return it as stored; the same event is appended once only.

    When another writer was faster, ``seq`` and ``previous`` are computed anew: right for what a program reports, which
    holds whatever happened meanwhile. What a person decides holds only for what they looked at: that is ``exact``.

    Args:
        store: The store.
        prefix: The ledger's; see :func:`urval.store.ledger_prefix`.
        event: As :func:`urval.ledger.next_event` made it from the events that were read.
        exact: Append only if the event before it is still the newest one.

    Raises:
        ConfigError: After the other writer's event this one may not follow any more, or ``exact`` and there is another
            writer's event; the sentence says whose, and when.
        VerificationError: The ledger is broken; nothing is added to it.
        StoreError: Other writers were faster a hundred times.
    """
    for _ in range(_TRIES):
        events = read_events(store, prefix)
        problems = check_chain(events)
        if problems:
            raise VerificationError(
                f"The ledger {shown(prefix)} in {store.uri} is broken: {problems[0]}",
                next_step="Nothing was added. Restore it from a backup and find out who changed it.",
            )
        if event in events:
            return event
        if exact and event.previous != (digest(events[-1]) if events else None):
            raise _overtaken(event, events)
        chained = _chained(events, event)
        try:
            store.put(_event_key(prefix, chained.seq), encode(chained))
        except StoreConflictError:
            continue
        return chained
    raise StoreError(f"The ledger {shown(prefix)} in {store.uri} is too busy.", next_step="Try again later.")


def _overtaken(event: Event, events: list[Event]) -> ConfigError:
    """Return what tells a person that someone else decided first; ``events`` may be empty only after a deletion."""
    first = f"{who_and_when(events[-1])} came first" if events else "the ledger is empty now"
    return ConfigError(
        f"The state {event.state.value!r} was not recorded for {event.actor}: {first}.",
        next_step="Nothing was changed. Look at it again, then decide anew.",
    )


def _chained(events: list[Event], event: Event) -> Event:
    return next_event(
        events,
        event.state,
        at=event.at,
        actor=event.actor,
        role=event.role,
        reason=event.reason,
        refs=event.refs,
    )


def _event_key(prefix: str, seq: int) -> str:
    return f"{prefix}/{seq:06}.json"
