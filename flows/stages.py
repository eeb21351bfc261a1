"""The stages of one account: capture, select, package, store, verify. Each leaves its result in the store.

A stage that finds its result there does nothing, so the same command goes on where a killed run stopped. The order of
the ledger's events follows the results: an event is written after the thing it speaks of is durable.
"""

from __future__ import annotations

import logging
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from flows.capturing import obtain_capture
from flows.credentials import secrets_of
from flows.run import typed_faults
from flows.scratch import scratch
from urval.errors import UrvalError, VerificationError
from urval.holdings import Held, package_of, previous_package, verify_held
from urval.ledger import State, next_event
from urval.package import Built, PackageRequest, build_package
from urval.package.software import describe_software
from urval.selection import Selection, select
from urval.store import append_event, ledger_prefix, package_prefix, read_events
from urval.verify import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flows.opening import Opener
    from flows.run import Run
    from urval.capture import Capture
    from urval.ledger import Event

log = logging.getLogger("flows.stages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an account ended in a run: ``state`` is ``done`` | ``already`` | ``dry`` | ``failed``."""

    account_id: str
    state: str
    package: str | None = None  # key prefix in the store
    detail: str = ""


def archive_account(run: Run, account_id: str, *, dry: bool = False, opener: Opener | None = None) -> Outcome:
    """Take one account through all stages; an error of its own ends this account only.

    Args:
        run: The run.
        account_id: The register's id.
        dry: Store nothing.
        opener: Opens another source than the account's connector: an export file.

    Returns:
        The outcome; ``failed`` carries the sentence and the next step, and the ledger a ``failed`` event.
    """
    try:
        with typed_faults():
            return _through_all(run, account_id, dry=dry, opener=opener)
    except UrvalError as error:
        trace = bool(os.environ.get("URVAL_DEBUG"))  # a typed error needs none
        log.error("%s: %s", account_id, error.message, exc_info=trace)  # noqa: TRY400 - as told
        if not dry:
            _note_failure(run, account_id, error)
        return Outcome(account_id=account_id, state="failed", detail=error.diagnostics())


def _through_all(run: Run, account_id: str, *, dry: bool, opener: Opener | None) -> Outcome:
    if dry:
        with scratch(run, account_id) as folder:
            capture = obtain_capture(run, account_id, folder, dry=True, opener=opener)
            selection = select_threads(run, account_id, capture)
        return Outcome(account_id=account_id, state="dry", detail=_counts(selection))
    held = package_of(run.store, run.place(account_id))
    state = "done" if held is None else "already"
    held = held or _make_package(run, account_id, opener)
    # A run may have been killed after the package was stored and before the ledger said so.
    _note(run, account_id, State.PACKAGED, {"package": held.package_id, "manifest_sha256": held.manifest_sha256})
    _verify_once(run, account_id, held)
    return Outcome(account_id=account_id, state=state, package=held.prefix, detail=_kept(held) + _of_another(run, held))


def _of_another(run: Run, held: Held) -> str:
    """Say so when the package was made with other rules than the run's: what is packaged is not selected anew."""
    if held.manifest is None or held.manifest.spec.sha256 == run.loaded.sha256:
        return ""
    made = held.manifest.spec
    return f"\nmade with spec {made.id}, version {made.version}; the spec given now is another and changes nothing here"


def _make_package(run: Run, account_id: str, opener: Opener | None) -> Held:
    # Written before anything is called: a store that cannot be written to is told at once, not after hours of capture.
    _note(run, account_id, State.DUE, {"occasion": run.occasion.id})
    with scratch(run, account_id) as folder:
        capture = obtain_capture(run, account_id, folder, dry=False, opener=opener)
        refs = {"capture": capture.info.document["capture_id"], "capture_sha256": capture.info.sha256}
        _note(run, account_id, State.CAPTURED, refs)
        selection = select_threads(run, account_id, capture)
        _note(run, account_id, State.PROPOSED, {"frame": selection.frame_sha256, "seed": selection.seed})
        built = build(run, account_id, capture, selection, folder)
        prefix = package_prefix(*run.place(account_id), built.manifest.package_id)
        log.info("%s: storing %s", account_id, built.manifest.package_id)
        run.store.put_tree(prefix, built.folder, last="manifest.json")
    return Held(prefix, built.manifest, built.manifest_sha256)


def _verify_once(run: Run, account_id: str, held: Held) -> None:
    """Verify the package as it lies in the store, unless the ledger says that this was done.

    Raises:
        VerificationError: It is not valid.
    """
    if any(event.state is State.VERIFIED for event in ledger_of(run, account_id)):
        return
    report = verify_held(run.store, held)
    if report.verdict is Verdict.NOT_VALID:
        raise VerificationError(
            f"package {held.package_id} is not valid as stored: {', '.join(report.failed())}",
            next_step=f"Give: urval verify {run.store.uri} --account {account_id}",
        )
    log.info("%s: verified, %s", account_id, report.verdict)
    _note(run, account_id, State.VERIFIED, {"package": held.package_id, "verdict": str(report.verdict)})


def _kept(held: Held) -> str:
    if held.manifest is None:
        return ""
    chosen = held.manifest.selection
    return f"{chosen.frame_size} threads: {chosen.kept} kept, {chosen.dropped} dropped, {chosen.excluded} excluded"


def select_threads(run: Run, account_id: str, capture: Capture) -> Selection:
    """Select from the capture's frame by the spec's rules for the account."""
    spec = run.loaded.spec
    selection = select(spec, spec.account(account_id), run.occasion.period, capture.table("frame"))
    log.info("%s: %s", account_id, _counts(selection))
    for rule, thread in selection.missing:
        log.warning("%s: rule %s names thread %s, which the capture does not hold", account_id, rule, thread)
    return selection


def build(run: Run, account_id: str, capture: Capture, selection: Selection, folder: Path) -> Built:
    """Build the package in the scratch folder."""
    account = run.loaded.spec.account(account_id)
    before = previous_package(run.store, run.place(account_id), run.occasion.period.start)
    request = PackageRequest(
        capture=capture,
        loaded=run.loaded,
        account=account,
        occasion=run.occasion,
        selection=selection,
        software=describe_software(),
        previous=before[0] if before else None,
        secrets=secrets_of(account, needed=capture.info.document["method"].get("export") is None),
    )
    return build_package(request, folder, progress=lambda step: log.info("%s: %s", account_id, step))


def ledger_of(run: Run, account_id: str) -> list[Event]:
    """Return the ledger's events of this account and period."""
    return read_events(run.store, ledger_prefix(*run.place(account_id)))


def _note(run: Run, account_id: str, state: State, refs: Mapping[str, str]) -> None:
    """Append an event, unless the ledger already says the same or is past it."""
    events = ledger_of(run, account_id)
    if any(event.state is state and dict(event.refs) == dict(refs) for event in events):
        return
    event = next_event(events, state, at=run.clock(), actor=run.actor, role="run", reason="", refs=refs)
    append_event(run.store, ledger_prefix(*run.place(account_id)), event)


def _note_failure(run: Run, account_id: str, error: UrvalError) -> None:
    try:
        events = ledger_of(run, account_id)
        event = next_event(
            events, State.FAILED, at=run.clock(), actor=run.actor, role="run", reason=error.message, refs={}
        )
        append_event(run.store, ledger_prefix(*run.place(account_id)), event)
    except UrvalError as second:
        # The store itself may be what failed. The outcome carries the first error; say the second beside it.
        log.error("%s: the failure could not be written to the ledger: %s", account_id, second.message)  # noqa: TRY400


def _counts(selection: Selection) -> str:
    return (
        f"{selection.table.num_rows} threads: {selection.kept} kept, "
        f"{selection.dropped} dropped, {selection.excluded} excluded"
    )


def outcome_dict(outcome: Outcome) -> dict[str, Any]:
    """Return the outcome as plain data, as a Prefect task returns it."""
    return asdict(outcome)
