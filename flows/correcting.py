"""Correcting a package: a new one of the same account and period, which names the one it corrects. Both stay.

Either the same capture is selected from anew, beginning with what people had changed then; or the period is captured
anew, and the rules propose. Either way it waits for approval as every proposal does.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flows.notes import ledger_of
from flows.review_acts import PERSON, change
from flows.reviewing import actor, capture_at, held_of, state_of, write
from urval import review
from urval.errors import ConfigError, VerificationError
from urval.manifest import Previous
from urval.store import review_key

if TYPE_CHECKING:
    from flows.run import Run
    from urval.manifest import Manifest


def correct(run: Run, account_id: str, *, reason: str, recapture: bool = False, role: str = PERSON) -> Previous:
    """Open a correction of the package of an account and period; return which package that is.

    Args:
        run: The run.
        account_id: The register's id.
        reason: Why; it stands in the package.
        recapture: Have the period captured anew; what people had changed in the review is then not taken along.
        role: As what the person acts.

    Raises:
        ConfigError: There is no package; its capture is gone or was made with another spec; or the reason is blank.
        UrvalError: A proposal is open already.
        VerificationError: A manifest cannot be read.
    """
    events = ledger_of(run, account_id)
    package, stated = newest(run, account_id)
    refs = {
        "capture": stated.capture.id,
        "capture_sha256": stated.capture.sha256,
        "frame": stated.selection.frame_sha256,
        "seed": stated.selection.seed,
    }
    acts = actor(run, role)
    event = review.correct(events, review.review_state(events), package, refs, reason=reason, actor=acts)
    if recapture:
        events = [*events, write(run, account_id, event)]
        write(run, account_id, review.send_back(events, state_of(run, account_id, events), reason=reason, actor=acts))
        return package
    with capture_at(run, account_id, refs, whole=False):
        write(run, account_id, event)
    _take_along(run, account_id, package, stated, role)
    return package


def newest(run: Run, account_id: str) -> tuple[Previous, Manifest]:
    """Return the package of the period that no other corrects; supplements apart.

    Raises:
        ConfigError: There is none.
        VerificationError: A manifest cannot be read, so nobody can say which it is.
    """
    held = held_of(run, account_id)
    broken = [one.package_id for one in held if one.manifest is None]
    if broken:
        raise VerificationError(
            f"the manifest of {broken[0]} cannot be read",
            next_step=f"Give: urval verify {run.store.uri} --account {account_id}",
        )
    stated = {one.package_id: one.manifest for one in held if one.manifest and one.manifest.supplements is None}
    corrected = {one.corrects.package_id for one in stated.values() if one.corrects is not None}
    digests = {one.package_id: one.manifest_sha256 for one in held}
    for name in (one for one in stated if one not in corrected):
        return Previous(package_id=name, manifest_sha256=digests[name]), stated[name]
    raise ConfigError(
        f"there is no package of {account_id}, {run.place(account_id)[2]}, to correct",
        next_step="What is not packaged yet can be changed: urval review show",
    )


def _take_along(run: Run, account_id: str, package: Previous, stated: Manifest, role: str) -> None:
    """Begin the correction with what people had changed and attached in the review of what it corrects."""
    for one in stated.review.changes:
        reason = f"{one.reason} ({package.package_id}, {one.by})"
        change(run, account_id, one.action, one.thread, reason=reason, role=role)
    for attachment in stated.review.attachments:
        events = ledger_of(run, account_id)
        key = review_key(*run.place(account_id), Path(attachment.file).name)
        state = state_of(run, account_id, events)
        write(run, account_id, review.attach(events, state, attachment, key=key, actor=actor(run, role)))
