"""Keeping the ledger in a store: one object an event, named by its number only, so that one of two writers loses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.errors import StoreConflictError, StoreError, VerificationError
from urval.ledger import check_chain, decode, encode, next_event
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
    events = []
    for key in store.keys(prefix):
        name = key.removeprefix(f"{prefix}/")
        if not _KEY.fullmatch(name):
            raise VerificationError(
                f"The ledger {shown(prefix)} in {store.uri} holds {shown(name)}, which is no event."
            )
        try:
            event = decode(store.get(key))
        except VerificationError as error:
            raise VerificationError(
                f"{shown(key)} in {store.uri}: {error.message}", next_step=error.next_step
            ) from error
        if _event_key(prefix, event.seq) != key:
            raise VerificationError(f"{shown(key)} in {store.uri} holds the event {event.seq}: it was moved.")
        events.append(event)
    return events


def append_event(store: Store, prefix: str, event: Event) -> Event:
    """Append an event and return it as stored.

    When another writer was faster, ``seq`` and ``previous`` are computed anew; the same event is appended once only.

    Raises:
        ConfigError: After the other writer's event this one may not follow any more.
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
        chained = _chained(events, event)
        try:
            store.put(_event_key(prefix, chained.seq), encode(chained))
        except StoreConflictError:
            continue
        return chained
    raise StoreError(f"The ledger {shown(prefix)} in {store.uri} is too busy.", next_step="Try again later.")


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
