"""The stages of one account: capture, select, propose; after the approval package, store, verify.

Each leaves its result in the store. A stage that finds its result there does nothing, so the same command goes on where
a killed run stopped. The order of the ledger's events follows the results: an event is written after the thing it
speaks of is durable. Waiting for a person is a state of the ledger, never a run that sleeps.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flows.capturing import obtain_capture
from flows.notes import ledger_of, note, note_failure
from flows.packaging import Outcome, make_package, package_approved, settle
from flows.reviewing import approve_unseen as approve_now
from flows.reviewing import corrected, propose, stand
from flows.run import typed_faults
from flows.scratch import scratch
from urval.disposed import disposed
from urval.errors import ConfigError, UrvalError
from urval.holdings import Held, package_of
from urval.ledger import State, standing
from urval.selection import Selection, select
from urval.store import ledger_prefix, read_events

if TYPE_CHECKING:
    from flows.opening import Opener
    from flows.run import Run
    from urval.capture import Capture

__all__ = ["Outcome", "archive_account", "outcome_dict", "package_approved", "select_threads"]
log = logging.getLogger("flows.stages")


def archive_account(
    run: Run, account_id: str, *, dry: bool = False, opener: Opener | None = None, approve_unseen: bool = False
) -> Outcome:
    """Take one account to its proposal, and on to its package where that is approved; an error ends this account only.

    Args:
        run: The run.
        account_id: The register's id.
        dry: Store nothing.
        opener: Opens another source than the account's connector: an export file.
        approve_unseen: Approve the proposal without looking at it, which the package will say.

    Returns:
        The outcome; ``failed`` carries the sentence and the next step, and the ledger a ``failed`` event.
    """
    try:
        with typed_faults():
            run.check_ready(account_id)
            if dry:
                return _dry(run, account_id, opener)
            return _through_all(run, account_id, opener, approve_unseen=approve_unseen)
    except UrvalError as error:
        trace = bool(os.environ.get("URVAL_DEBUG"))  # a typed error needs none
        log.error("%s: %s", account_id, error.message, exc_info=trace)  # noqa: TRY400 - as told
        if not dry:
            note_failure(run, account_id, error)
        return Outcome(account_id=account_id, state="failed", occasion=run.occasion_id, detail=error.diagnostics())


def _dry(run: Run, account_id: str, opener: Opener | None) -> Outcome:
    with scratch(run, account_id) as folder:
        capture = obtain_capture(run, account_id, folder, dry=True, opener=opener)
        selection = select_threads(run, account_id, capture)
    return Outcome(account_id=account_id, state="dry", occasion=run.occasion_id, detail=_counts(selection))


def _through_all(run: Run, account_id: str, opener: Opener | None, *, approve_unseen: bool) -> Outcome:
    held, where = package_of(run.store, run.place(account_id)), stand(run, account_id)
    if held is not None and where == "returned" and corrected(run, account_id):
        return _propose(run, account_id, opener, approve_unseen=approve_unseen)
    if held is not None and (where != "approved" or not _noted(run, account_id, held)):
        # A run may have been killed after the package was stored and before the ledger said so.
        return settle(run, account_id, held, state="already")
    if held is None and (gone := _disposed(run, account_id)) is not None:
        return gone
    if where == "approved":  # the package, or a supplement to it
        return package_approved(run, account_id)
    if where == "proposed" and not approve_unseen:
        return _waits(run, account_id, "waits", "")
    return _propose(run, account_id, opener, approve_unseen=approve_unseen)


def _disposed(run: Run, account_id: str) -> Outcome | None:
    """Return how it ended where the period's package was disposed of: what was destroyed is not captured anew."""
    archive, account, period = run.place(account_id)
    for stone in disposed(run.store, archive, account).values():
        if stone.kind == "package" and stone.period == period:
            detail = f"{stone.id} was disposed of under {stone.references}"
            return Outcome(account_id=account_id, state="already", occasion=run.occasion_id, detail=detail)
    return None


def _noted(run: Run, account_id: str, held: Held) -> bool:
    """Tell whether the ledger knows of a package."""
    return any(
        event.state is State.PACKAGED and event.refs.get("package") == held.package_id
        for event in ledger_of(run, account_id)
    )


def _propose(run: Run, account_id: str, opener: Opener | None, *, approve_unseen: bool) -> Outcome:
    _refuse_overlap(run, account_id)
    # Written before anything is called: a store that cannot be written to is told at once, not after hours of capture.
    note(run, account_id, State.DUE, {"occasion": run.occasion_id})
    with scratch(run, account_id) as folder:
        capture = obtain_capture(run, account_id, folder, dry=False, opener=opener)
        refs = {"capture": capture.info.document["capture_id"], "capture_sha256": capture.info.sha256}
        note(run, account_id, State.CAPTURED, refs)
        selection = select_threads(run, account_id, capture)
        propose(run, account_id, capture, selection)
        if not approve_unseen:
            return _waits(run, account_id, "proposed", _counts(selection))
        approve_now(run, account_id, capture)
        held = make_package(run, account_id, capture, folder)
    return settle(run, account_id, held, state="done")


def _refuse_overlap(run: Run, account_id: str) -> None:
    """Refuse to capture days anew that another period of the account covers: a calendar changed over them would.

    Raises:
        ConfigError: Some of the days are captured already.
    """
    archive, _, own = run.place(account_id)
    start, _, end = own.partition("--")
    for other in sorted({key.split("/")[3] for key in run.store.keys(f"ledger/{archive}/{account_id}")} - {own}):
        first, _, last = other.partition("--")
        if first >= end or start >= last:
            continue
        events = read_events(run.store, ledger_prefix(archive, account_id, other))
        if any(event.state is State.CAPTURED for event in events) and standing(events) is not State.SKIPPED:
            raise ConfigError(
                f"occasion {run.occasion_id} of {account_id} covers {own}, and {other} is captured already: the spec's "
                "calendar was changed over days that are kept",
                next_step="Let changed days of occasions, or of closing, begin after what is captured.",
            )


def _waits(run: Run, account_id: str, state: str, counts: str) -> Outcome:
    step = f"review it with: urval review show --account {account_id} --occasion {run.occasion_id}"
    return Outcome(
        account_id=account_id, state=state, occasion=run.occasion_id, detail=f"{counts}\n{step}" if counts else step
    )


def select_threads(run: Run, account_id: str, capture: Capture) -> Selection:
    """Select from the capture's frame by the spec's rules for the account."""
    spec, occasion = run.loaded.spec, run.occasion_of(account_id)
    selection = select(spec, spec.account(account_id), occasion.period, capture.table("frame"), kind=occasion.kind)
    log.info("%s: %s", account_id, _counts(selection))
    for rule, thread in selection.missing:
        log.warning("%s: rule %s names thread %s, which the capture does not hold", account_id, rule, thread)
    return selection


def _counts(selection: Selection) -> str:
    return (
        f"{selection.table.num_rows} threads: {selection.kept} kept, "
        f"{selection.dropped} dropped, {selection.excluded} excluded"
    )


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as plain data, as a Prefect task returns it."""
    return asdict(outcome)
