"""The stages of one account: capture, select, package, store, verify. Each leaves its result in the store.

A stage that finds its result there does nothing, so the same command goes on where a killed run stopped. The order of
the ledger's events follows the results: an event is written after the thing it speaks of is durable.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import urval
from connectors._gate import Gate
from connectors._limits import GateSettings
from connectors._registry import open_source
from connectors._warc import WarcFile
from flows.credentials import resolve, secrets_of
from flows.run import scratch, typed_faults
from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.errors import PackageError, UrvalError, VerificationError
from urval.holdings import Held, package_of, previous_package, verify_held
from urval.ledger import State, next_event
from urval.package import Built, PackageRequest, build_package
from urval.package.secret_scan import files_with_secrets
from urval.package.software import describe_software
from urval.selection import Selection, select
from urval.source import Thread
from urval.store import append_event, capture_prefix, ledger_prefix, package_prefix, read_events
from urval.verify import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from flows.run import Run
    from urval.ledger import Event
    from urval.source import Source

log = logging.getLogger("flows.stages")
_TELL_EVERY = 50  # threads between two lines of progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an account ended in a run: ``state`` is ``done`` | ``already`` | ``dry`` | ``failed``."""

    account_id: str
    state: str
    package: str | None = None  # key prefix in the store
    detail: str = ""


def archive_account(run: Run, account_id: str, *, dry: bool = False) -> Outcome:
    """Take one account through all stages; an error of its own ends this account only.

    Returns:
        The outcome; ``failed`` carries the sentence and the next step, and the ledger a ``failed`` event.
    """
    try:
        with typed_faults():
            return _through_all(run, account_id, dry=dry)
    except UrvalError as error:
        trace = bool(os.environ.get("URVAL_DEBUG"))  # a typed error needs none
        log.error("%s: %s", account_id, error.message, exc_info=trace)  # noqa: TRY400 - as told
        if not dry:
            _note_failure(run, account_id, error)
        return Outcome(account_id=account_id, state="failed", detail=error.diagnostics())


def _through_all(run: Run, account_id: str, *, dry: bool) -> Outcome:
    if dry:
        with scratch(run, account_id) as folder:
            selection = select_threads(run, account_id, obtain_capture(run, account_id, folder, dry=True))
        return Outcome(account_id=account_id, state="dry", detail=_counts(selection))
    held = package_of(run.store, run.place(account_id))
    state = "done" if held is None else "already"
    held = held or _make_package(run, account_id)
    # A run may have been killed after the package was stored and before the ledger said so.
    _note(run, account_id, State.PACKAGED, {"package": held.package_id, "manifest_sha256": held.manifest_sha256})
    _verify_once(run, account_id, held)
    return Outcome(account_id=account_id, state=state, package=held.prefix, detail=_kept(held))


def _make_package(run: Run, account_id: str) -> Held:
    # Written before anything is called: a store that cannot be written to is told at once, not after hours of capture.
    _note(run, account_id, State.DUE, {"occasion": run.occasion.id})
    with scratch(run, account_id) as folder:
        capture = obtain_capture(run, account_id, folder, dry=False)
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


def obtain_capture(run: Run, account_id: str, folder: Path, *, dry: bool) -> Capture:
    """Return the capture of this account, period and spec: from the store, or made now and stored."""
    identity = identify(run, account_id)
    capture = stored_capture(run, account_id, folder)
    if capture is not None:
        log.info("%s: captured before, going on from there", account_id)
    else:
        local = folder / "capture"
        capture = _capture(run, account_id, identity, local)
        if not dry:
            prefix = capture_prefix(*run.place(account_id), identity.capture_id)
            run.store.put_tree(prefix, local, last="capture.json")
    if not dry:
        refs = {"capture": identity.capture_id, "capture_sha256": capture.info.sha256}
        _note(run, account_id, State.CAPTURED, refs)
    return capture


def stored_capture(run: Run, account_id: str, folder: Path) -> Capture | None:
    """Fetch the capture of this account, period and spec from the store into ``folder``; None if there is none.

    Raises:
        MalformedError: It is not what was captured any more; a package made from it could never be made right.
    """
    prefix = capture_prefix(*run.place(account_id), identify(run, account_id).capture_id)
    if not run.store.tree_exists(prefix, "capture.json"):
        return None
    run.store.fetch_tree(prefix, folder / "capture")
    capture = Capture(folder / "capture")
    capture.require_unchanged()
    return capture


def identify(run: Run, account_id: str) -> CaptureIdentity:
    """Return what a capture of this account in this run is of."""
    period = run.occasion.period
    return CaptureIdentity(
        archive_id=run.loaded.spec.archive.id,
        account_id=account_id,
        occasion_id=run.occasion.id,
        period_id=period.id,
        period_start=period.start,
        period_end=period.end,
        spec_sha256=run.loaded.sha256,
        clock=run.clock_kind,
    )


def _capture(run: Run, account_id: str, identity: CaptureIdentity, folder: Path) -> Capture:
    account = run.loaded.spec.account(account_id)
    credential = resolve(account.credential)
    (folder / "media").mkdir(parents=True)
    started = run.clock()
    with (
        WarcFile(
            folder / "exchanges.warc.gz",
            capture_id=identity.capture_id,
            clock=run.clock,
            software={"software": f"urval/{urval.__version__}"},
        ) as warc,
        Gate(
            GateSettings(max_media_bytes=run.loaded.spec.limits.media_bytes),
            clock=run.clock,
            sleep=time.sleep,
            warc=warc,
            media=folder / "media",
            connect_to=run.connect_to,
        ) as gate,
    ):
        source = open_source(
            account.platform,
            account_id=account_id,
            settings=account.settings,
            credential=credential,
            start=identity.period_start,
            end=identity.period_end,
            gate=gate,
        )
        with CaptureWriter(folder, identity, source.method) as writer:
            threads = _read(account_id, source, writer)
            gate.close()  # the number of pairs is compared here, before the capture is declared finished
            warc.close()
            writer.finish(started_at=started, ended_at=run.clock(), exchanges=warc.pairs)
    _refuse_leaks(folder, secrets_of(account))
    log.info("%s: captured %d threads in %d exchanges", account_id, threads, warc.pairs)
    return Capture(folder)


def _read(account_id: str, source: Source, writer: CaptureWriter) -> int:
    """Write every item of the source; tell how far it is. Return the number of threads."""
    threads = 0
    for item in source.read():
        writer.add(item)
        if isinstance(item, Thread):
            threads += 1
            if threads % _TELL_EVERY == 0:
                log.info("%s: %d threads captured", account_id, threads)
    return threads


def _refuse_leaks(folder: Path, secrets: tuple[str, ...]) -> None:
    leaks = files_with_secrets(folder, secrets)
    if leaks:
        raise PackageError(
            f"a secret in use stands in {len(leaks)} file(s) of the capture, first {leaks[0]}; nothing was stored",
            next_step="Revoke the credential, and report the platform's answer that repeats it.",
        )


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
        secrets=secrets_of(account),
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
