"""The occasions of each account: which there are and how far they are, deciding an extra one, leaving one out."""

from __future__ import annotations

import os
from datetime import date
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from flows.run import CONNECT_TO, Run, clock_of, connect_to, named_store
from urval.errors import ConfigError, StoreError
from urval.ledger import State, is_packaged, next_event, standing
from urval.periods import (
    ExtraOccasion,
    account_occasion_at,
    account_occasions,
    check_extra,
    days_late,
)
from urval.spec import read_spec
from urval.store import append_event, ledger_prefix, open_store, put_extra, read_events, read_extras

if TYPE_CHECKING:
    from urval.ledger import Event
    from urval.periods import ExtraKind, Occasion

ARCHIVIST = "archivist"  # the role of who decides about occasions
_NOT_CAPTURED = frozenset({None, State.DUE})
_MAY_BE_SKIPPED = frozenset({None, State.DUE, State.RETURNED})  # what was sent back need not be captured again


def open_calendar(
    spec: str, store: str | None, *, fixed_time: str | None = None, actor: str = "", dry: bool = False
) -> Run:
    """Open a run that is about no occasion in particular.

    Args:
        spec: Path of the archive spec.
        store: A directory, or ``s3://bucket/prefix?endpoint=…``; None: what ``URVAL_STORE`` says.
        fixed_time: RFC 3339 time for a fixed clock (demonstration).
        actor: Who acts; the user's name if empty.
        dry: Nothing will be written to the store.

    Raises:
        ConfigError: Spec, time or store are wrong, or the spec may only run dry.
    """
    loaded = read_spec(Path(spec))
    if loaded.spec.dry_run_only and not dry:
        raise ConfigError(
            f"spec {loaded.spec.id} names no decision, so nothing can be decided under it",
            next_step="Add 'decision:' with authority, reference and date.",
        )
    clock, kind = clock_of(fixed_time)
    return Run(
        loaded=loaded,
        occasion_id="",
        store=open_store(store or named_store(), storage=loaded.spec.storage),
        clock=clock,
        clock_kind=kind,
        connect_to=connect_to(os.environ.get(CONNECT_TO, "")),
        actor=actor or os.environ.get("USER", "unknown"),
    )


def extras_of(run: Run, account_id: str) -> tuple[ExtraOccasion, ...]:
    """Return what was decided for an account, as the store has it now.

    Raises:
        VerificationError, StoreError: As :func:`urval.store.read_extras`.
    """
    return read_extras(run.store, run.loaded.spec.archive.id, account_id)


def begun_occasions(run: Run, account_id: str, extras: tuple[ExtraOccasion, ...]) -> list[Occasion]:
    """Return the account's occasions whose period has begun, oldest first; the last one's may not be over."""
    spec, today = run.loaded.spec, run.today()
    every = account_occasions(spec, spec.account(account_id), extras)
    return list(takewhile(lambda one: one.period.first_day <= today, every))


def events_of(run: Run, account_id: str, occasion: Occasion) -> list[Event]:
    """Return the ledger's events of an account's occasion."""
    return read_events(run.store, ledger_prefix(run.loaded.spec.archive.id, account_id, occasion.period.id))


def waits_for_capture(events: list[Event]) -> bool:
    """Tell whether an occasion with this ledger is still to be captured; not so where a person left it out."""
    return standing(events) in _NOT_CAPTURED


def skipped_by(events: list[Event]) -> Event | None:
    """Return the event by which a person left the occasion out, where it still holds."""
    if standing(events) is not State.SKIPPED:
        return None
    return next(event for event in reversed(events) if event.state is State.SKIPPED)


def list_occasions(run: Run, account_ids: list[str]) -> list[dict[str, Any]]:
    """Return a row for each occasion that has begun, as plain data.

    ``state`` is the ledger's; where it says nothing, ``due`` from the first day of the window on, ``ahead`` before.
    ``days_late`` counts to the day of the capture, or to today if there is none and the occasion was not skipped.

    Raises:
        ConfigError, VerificationError: An account is not in the spec, or what the store says of it is broken.
    """
    rows = []
    for account_id in account_ids:
        extras = extras_of(run, account_id)
        rows += [_row(run, account_id, one, extras) for one in begun_occasions(run, account_id, extras)]
    return rows


def _row(run: Run, account_id: str, occasion: Occasion, extras: tuple[ExtraOccasion, ...]) -> dict[str, Any]:
    events = events_of(run, account_id, occasion)
    decided = next((one for one in extras if one.id == occasion.id), None)
    skipped = skipped_by(events)
    state = events[-1].state if events else State.DUE if occasion.opens <= run.today() else None
    return {
        "account_id": account_id,
        "occasion": occasion.id,
        "kind": occasion.kind,
        "opens": occasion.opens.isoformat(),
        "closes": occasion.closes.isoformat(),
        "period": occasion.period.id,
        "state": str(state or "ahead"),
        "days_late": _late(run, occasion, events),
        "decided_by": decided.decided_by if decided else skipped.actor if skipped else None,
        "reason": decided.reason if decided else skipped.reason if skipped else None,
        "changes": list(decided.changes) if decided else [],
    }


def _late(run: Run, occasion: Occasion, events: list[Event]) -> int:
    if standing(events) is State.SKIPPED:
        return 0
    zone = ZoneInfo(run.loaded.spec.timezone)
    captured = [event.at.astimezone(zone).date() for event in events if event.state is State.CAPTURED]
    return days_late(occasion, captured[0] if captured else run.today())


def add_extra(
    run: Run, account_id: str, kind: ExtraKind, day: date, *, reason: str, changes: tuple[str, ...] = ()
) -> ExtraOccasion:
    """Decide an extra occasion for an account, and return it: it covers the account's time up to the day.

    Raises:
        ConfigError: It cannot be made or would cover nothing (see :func:`urval.periods.check_extra`), or somebody
            decided another for the day at the same time.
    """
    spec = run.loaded.spec
    account, extras = spec.account(account_id), extras_of(run, account_id)
    new = ExtraOccasion(
        day=day, kind=kind, reason=reason, decided_by=run.actor, decided_at=run.clock(), changes=changes
    )
    check_extra(spec, account, extras, new, run.today(), captured_until=taken_up_until(run, account_id))
    put_extra(run.store, spec.archive.id, account_id, new)
    made = {one.id for one in begun_occasions(run, account_id, extras_of(run, account_id))}
    if new.id not in made:
        raise ConfigError(
            f"Somebody decided another extra occasion of {account_id!r} for {day} at the same time, and came first.",
            next_step="Look at it with: urval occasion list",
        )
    return new


def taken_up_until(run: Run, account_id: str) -> date | None:
    """Return the end of the account's last period that work was begun on: its ledger or a capture says so.

    Where a run began and got no further, a cut would leave its ledger to a period that no occasion has any more.
    """
    archive = run.loaded.spec.archive.id
    found = {
        key.split("/")[3] for kind in ("ledger", "captures") for key in run.store.keys(f"{kind}/{archive}/{account_id}")
    }
    return max((_end_day(period) for period in found), default=None)


def skip(run: Run, account_id: str, occasion_id: str, reason: str) -> Occasion:
    """Write into the ledger that an occasion of an account is left out, and why; return the occasion.

    One whose proposal was sent back may be left out too; what else is captured may not.

    Raises:
        ConfigError: There is no such occasion, its period is not over, it was captured or left out already, the reason
            is missing, or somebody wrote into the ledger at the same time.
    """
    spec = run.loaded.spec
    occasion = account_occasion_at(spec, spec.account(account_id), extras_of(run, account_id), occasion_id)
    events = events_of(run, account_id, occasion)
    stands = standing(events)
    if before := skipped_by(events):
        raise ConfigError(
            f"Occasion {occasion_id} of {account_id!r} was left out already, by {before.actor}: {before.reason}",
            next_step="To make it after all, capture it.",
        )
    if stands not in _MAY_BE_SKIPPED or is_packaged(events):
        raise ConfigError(
            f"Occasion {occasion_id} of {account_id!r} is {stands} and cannot be left out.",
            next_step="What is captured is reviewed: see urval review.",
        )
    if occasion.period.end_day > run.today():
        raise ConfigError(
            f"The period of occasion {occasion_id} of {account_id!r} is not over before {occasion.period.end_day}.",
            next_step="Leave it out when it is due.",
        )
    event = next_event(
        events,
        State.SKIPPED,
        at=run.clock(),
        actor=run.actor,
        role=ARCHIVIST,
        reason=reason,
        refs={"occasion": occasion_id},
    )
    append_event(run.store, ledger_prefix(spec.archive.id, account_id, occasion.period.id), event, exact=True)
    return occasion


def _end_day(period_id: str) -> date:
    try:
        return date.fromisoformat(period_id.partition("--")[2])
    except ValueError as error:
        raise StoreError(
            f"The store holds something under the period {period_id!r}, which is none.",
            next_step="Find out where it comes from and move it out of the store.",
        ) from error
