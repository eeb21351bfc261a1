"""What a run writes into the ledger of an account and period."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.ledger import State, next_event
from urval.store import append_event, ledger_prefix, read_events

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.run import Run
    from urval.ledger import Event

log = logging.getLogger("flows.notes")


def ledger_of(run: Run, account_id: str) -> list[Event]:
    """Return the ledger's events of this account and period."""
    return read_events(run.store, ledger_prefix(*run.place(account_id)))


def note(run: Run, account_id: str, state: State, refs: Mapping[str, str]) -> None:
    """Append an event, unless the ledger already says the same."""
    note_at(run, run.place(account_id), state, refs)


def note_at(run: Run, place: tuple[str, str, str], state: State, refs: Mapping[str, str]) -> None:
    """Append an event to the ledger of an archive, account and period, unless it already says the same."""
    events = read_events(run.store, ledger_prefix(*place))
    if any(event.state is state and dict(event.refs) == dict(refs) for event in events):
        return
    event = next_event(events, state, at=run.clock(), actor=run.actor, role="run", reason="", refs=refs)
    append_event(run.store, ledger_prefix(*place), event)


def note_failure(run: Run, account_id: str, error: UrvalError) -> None:
    """Append that the account failed, and why; where even that fails, say so."""
    try:
        events = ledger_of(run, account_id)
        event = next_event(
            events, State.FAILED, at=run.clock(), actor=run.actor, role="run", reason=error.message, refs={}
        )
        append_event(run.store, ledger_prefix(*run.place(account_id)), event)
    except UrvalError as second:
        # The store itself may be what failed. The outcome carries the first error; say the second beside it.
        log.error("%s: the failure could not be written to the ledger: %s", account_id, second.message)  # noqa: TRY400
