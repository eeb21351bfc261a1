"""What a person does with a proposal in the store: change it, attach to it, approve it, send it back, add to a package.

Every act is written only if the ledger still ends where it was read; whoever comes second is told who came first.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING

from flows.notes import ledger_of
from flows.reviewing import actor, capture_at, held_of, proposal_of, sitting, state_of, write
from urval import review
from urval.errors import ConfigError, UrvalError, VerificationError
from urval.holdings import package_of
from urval.manifest import Previous
from urval.store import review_key

if TYPE_CHECKING:
    from datetime import datetime

    from flows.reviewing import Sitting
    from flows.run import Run
    from urval.ledger import Event
    from urval.manifest import Attachment, Manifest
    from urval.review import Proposal, ReviewState

PERSON = "archivist"  # the role of who reviews, unless another is named


def change(
    run: Run, account_id: str, action: str, thread: str, *, reason: str, looked: str | None = None, role: str = PERSON
) -> Proposal:
    """Add a thread to what is proposed, or take one out; return the proposal as it stands then.

    Raises:
        ConfigError, UrvalError: It is refused; see :func:`urval.review.change`; ``looked`` as in :func:`approve`.
    """
    with sitting(run, account_id) as one:
        review.require_looked(one.proposal, looked)
        _refuse_packaged(run, account_id, one.proposal.state)
        event = review.change(one.events, one.proposal, action, thread, reason=reason, actor=actor(run, role))
        return _written(run, account_id, one, event)


def attach(
    run: Run, account_id: str, data: bytes, *, caption: str, taken_by: str, taken_at: datetime,
    looked: str | None = None, role: str = PERSON,
) -> Attachment:  # fmt: skip
    """Store a view of the layout, and attach it to what is proposed.

    Raises:
        ConfigError, UrvalError: It is refused; see :func:`urval.review.attachment_of` and :func:`urval.review.attach`.
    """
    events = ledger_of(run, account_id)
    state = state_of(run, account_id, events)
    _refuse_packaged(run, account_id, state)
    _require_looked(run, account_id, state, looked)
    attachment = review.attachment_of(
        data,
        limit=run.loaded.spec.limits.media_bytes,
        caption=caption,
        taken_by=taken_by,
        taken_at=taken_at.astimezone(UTC),
        attached_by=run.actor,
    )
    key = review_key(*run.place(account_id), Path(attachment.file).name)
    event = review.attach(events, state, attachment, key=key, actor=actor(run, role))
    run.store.put(key, data, sha256=attachment.sha256)  # before the event that speaks of it
    write(run, account_id, event)
    return attachment


def approve(run: Run, account_id: str, *, looked: str | None = None, role: str = PERSON) -> Proposal:
    """Approve what is proposed, after a look at every byte of the capture; return the proposal as it stands then.

    Raises:
        ConfigError, UrvalError: It is refused; see :func:`urval.review.approve` and :func:`sitting`.
    """
    with sitting(run, account_id, whole=True) as one:
        refuse_same(run, account_id, one)
        event = review.approve(one.events, one.proposal, actor=actor(run, role), looked=looked)
        return _written(run, account_id, one, event)


def send_back(run: Run, account_id: str, *, reason: str, looked: str | None = None, role: str = PERSON) -> None:
    """Send back what is proposed.

    Raises:
        ConfigError, UrvalError: It is refused; see :func:`urval.review.send_back`.
    """
    events = ledger_of(run, account_id)
    state = state_of(run, account_id, events)
    _refuse_packaged(run, account_id, state)
    _require_looked(run, account_id, state, looked)
    write(run, account_id, review.send_back(events, state, reason=reason, actor=actor(run, role)))


def _require_looked(run: Run, account_id: str, state: ReviewState, looked: str | None) -> None:
    if looked is not None:
        with capture_at(run, account_id, state.proposal.refs, whole=False) as capture:
            review.require_looked(proposal_of(run, account_id, state, capture), looked)


def supplement(run: Run, account_id: str, *, reason: str, role: str = PERSON) -> Previous:
    """Open a supplement to the package of an account and period; return which package that is.

    Raises:
        ConfigError: There is no package, its capture is gone or was made with another spec, or the reason is blank.
        UrvalError: A proposal is open already.
        VerificationError: The package's manifest cannot be read.
    """
    events = ledger_of(run, account_id)
    package, stated = _first_package(run, account_id)
    refs = {
        "capture": stated.capture.id,
        "capture_sha256": stated.capture.sha256,
        "frame": stated.selection.frame_sha256,
        "seed": stated.selection.seed,
    }
    state = review.review_state(events)
    event = review.supplement(events, state, package, refs, reason=reason, actor=actor(run, role))
    with capture_at(run, account_id, refs, whole=False):
        write(run, account_id, event)
    return package


def _first_package(run: Run, account_id: str) -> tuple[Previous, Manifest]:
    """Return the package of the period that supplements no other."""
    held = package_of(run.store, run.place(account_id))
    if held is None:
        raise ConfigError(
            f"there is no package of {account_id}, {run.place(account_id)[2]}, to supplement",
            next_step="What is not packaged yet can be changed: urval review show",
        )
    if held.manifest is None:
        raise VerificationError(
            f"the manifest of {held.package_id} cannot be read",
            next_step=f"Give: urval verify {run.store.uri} --account {account_id}",
        )
    return Previous(package_id=held.package_id, manifest_sha256=held.manifest_sha256), held.manifest


def _written(run: Run, account_id: str, one: Sitting, event: Event) -> Proposal:
    """Write an act, and return the proposal as it stands then."""
    events = [*one.events, write(run, account_id, event)]
    return proposal_of(run, account_id, state_of(run, account_id, events), one.capture)


def refuse_same(run: Run, account_id: str, one: Sitting) -> None:
    """Refuse a correction that corrects nothing: what it is made of is what a stored package is made of.

    Raises:
        UrvalError: It is.
    """
    if one.proposal.state.corrects is None:
        return
    made = (one.capture.info.sha256, run.loaded.sha256, review.selection_sha256(one.proposal.selection.table))
    for held in held_of(run, account_id):
        stated = held.manifest
        if stated is not None and made == (
            stated.capture.sha256, stated.spec.sha256, stated.selection.selection_sha256
        ):  # fmt: skip
            raise UrvalError(
                f"the correction holds exactly what {held.package_id} holds",
                next_step="Change the selection (urval review add, remove), or send it back: urval review return",
            )


def _refuse_packaged(run: Run, account_id: str, state: ReviewState) -> None:
    """Refuse what comes after the package was stored, though the ledger may not say so yet.

    Raises:
        UrvalError: The proposal is packaged.
    """
    packaged = {one.manifest.capture.sha256 for one in held_of(run, account_id) if one.manifest is not None}
    if state.supplements is None and state.corrects is None and state.proposal.refs["capture_sha256"] in packaged:
        raise UrvalError(
            f"the package of {account_id}, {run.place(account_id)[2]}, is stored, and a package is never changed",
            next_step="Open a supplement to it: urval review supplement --reason …",
        )
