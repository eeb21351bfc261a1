"""From approved to verified: the package of an account and period is built, stored, and verified as it lies there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.capturing import stored_capture
from flows.credentials import secrets_of
from flows.notes import ledger_of, note
from flows.reviewing import approved, state_of, still_approved
from flows.scratch import scratch
from flows.sealing import publish_keys, signer_of, write_seal
from flows.stamping import note_seal
from urval.errors import ConfigError, VerificationError
from urval.holdings import Held, previous_package, verify_held
from urval.ledger import State, is_packaged, standing
from urval.package import PackageRequest, build_package
from urval.package.software import describe_software
from urval.store import ledger_prefix, package_prefix, read_events
from urval.verify import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    from flows.run import Run
    from urval.capture import Capture

log = logging.getLogger("flows.packaging")
_UNDER_WAY = frozenset({State.CAPTURED, State.PROPOSED, State.APPROVED, State.RETURNED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How an account ended in a run.

    ``state`` is ``done`` | ``already`` (the package) | ``proposed`` | ``waits`` (the proposal) | ``dry`` | ``failed``.
    """

    account_id: str
    state: str
    occasion: str = ""
    package: str | None = None  # key prefix in the store
    detail: str = ""


def package_approved(run: Run, account_id: str) -> Outcome:
    """Package what was approved, and verify it.

    Raises:
        ConfigError: Nothing is approved, or an earlier period of the account is still under way.
        UrvalError: As building, storing and verifying do.
    """
    with scratch(run, account_id) as folder:
        refs = state_of(run, account_id, ledger_of(run, account_id)).proposal.refs
        capture = stored_capture(run, account_id, folder, refs.get("capture"))
        if capture is None:
            raise ConfigError(
                f"the store holds no capture of {account_id} for {run.place(account_id)[2]} made with this spec",
                next_step="Give the spec it was captured with, or capture first: urval capture.",
            )
        held = make_package(run, account_id, capture, folder)
    return settle(run, account_id, held, state="done")


def make_package(run: Run, account_id: str, capture: Capture, folder: Path) -> Held:
    """Build the package of what was approved, in the scratch folder, and store it."""
    _refuse_overtaking(run, account_id)
    what = approved(run, account_id, capture, folder)
    account = run.loaded.spec.account(account_id)
    occasion = run.occasion_of(account_id)
    before = previous_package(run.store, run.place(account_id), occasion.period.start)
    signer, rule = signer_of(run.loaded.spec), run.loaded.spec.seal  # a locked key is told before the work begins
    request = PackageRequest(
        capture=capture,
        loaded=run.loaded,
        account=account,
        occasion=occasion,
        selection=what.selection,
        software=describe_software(),
        previous=before[0] if before else None,
        review=what.review,
        supplements=what.supplements,
        corrects=what.corrects,
        seal=signer.reference(rule.stamps) if signer and rule else None,
        attachments=what.attachments,
        secrets=(*secrets_of(account, needed=False), *(signer.secrets if signer else ())),
    )
    built = build_package(request, folder, progress=lambda step: log.info("%s: %s", account_id, step))
    still_approved(run, account_id, what.review)
    if signer is not None:
        write_seal(signer, built.folder)
        publish_keys(run.loaded.spec, run.store)
    prefix = package_prefix(*run.place(account_id), built.manifest.package_id)
    log.info("%s: storing %s", account_id, built.manifest.package_id)
    run.store.put_tree(prefix, built.folder, last="manifest.json")
    return Held(prefix, built.manifest, built.manifest_sha256)


def settle(run: Run, account_id: str, held: Held, *, state: str) -> Outcome:
    """Say in the ledger that the package is there, and verify it once. Both may have been done before."""
    note(run, account_id, State.PACKAGED, {"package": held.package_id, "manifest_sha256": held.manifest_sha256})
    unstamped = note_seal(run, held)
    _verify_once(run, account_id, held)
    return Outcome(
        account_id=account_id,
        state=state,
        occasion=run.occasion_id,
        package=held.prefix,
        detail=_kept(held) + (f"\n{unstamped}" if unstamped else "") + _of_another(run, held),
    )


def _refuse_overtaking(run: Run, account_id: str) -> None:
    """Refuse to package a period while an earlier one is under way: each package names the one before it.

    Raises:
        ConfigError: One is.
    """
    archive, _, period = run.place(account_id)
    prefix = f"ledger/{archive}/{account_id}"
    earlier = sorted({key.split("/")[3] for key in run.store.keys(prefix)} - {period})
    for other in (one for one in earlier if one < period):
        events = read_events(run.store, ledger_prefix(archive, account_id, other))
        state = standing(events)
        if state in _UNDER_WAY and not is_packaged(events):
            raise ConfigError(
                f"the period {other} of {account_id} is {state}, and packages follow on each other",
                next_step="Approve, or skip, the earlier occasion first; then give the same command again.",
            )


def _verify_once(run: Run, account_id: str, held: Held) -> None:
    """Verify the package as it lies in the store, unless the ledger says that this was done.

    Raises:
        VerificationError: It is not valid.
    """
    events = ledger_of(run, account_id)
    if any(event.state is State.VERIFIED and event.refs.get("package") == held.package_id for event in events):
        return
    report = verify_held(run.store, held)
    if report.verdict is Verdict.NOT_VALID:
        raise VerificationError(
            f"package {held.package_id} is not valid as stored: {', '.join(report.failed())}",
            next_step=f"Give: urval verify {run.store.uri} --account {account_id}",
        )
    log.info("%s: verified, %s", account_id, report.verdict)
    note(run, account_id, State.VERIFIED, {"package": held.package_id, "verdict": str(report.verdict)})


def _kept(held: Held) -> str:
    if held.manifest is None:
        return ""
    chosen = held.manifest.selection
    return f"{chosen.frame_size} threads: {chosen.kept} kept, {chosen.dropped} dropped, {chosen.excluded} excluded"


def _of_another(run: Run, held: Held) -> str:
    """Say so when the package was made with other rules than the run's: what is packaged is not selected anew."""
    if held.manifest is None or held.manifest.spec.sha256 == run.loaded.sha256:
        return ""
    made = held.manifest.spec
    return f"\nmade with spec {made.id}, version {made.version}; the spec given now is another and changes nothing here"
