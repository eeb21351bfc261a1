"""Reviews in the store: proposing at the end of a capture, reading a proposal, and handing what was approved on.

What a person does with a proposal is in ``flows.review_acts``; what the acts mean, in ``urval.review``.
"""

from __future__ import annotations

import logging
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from flows.notes import ledger_of
from urval import review
from urval.capture import Capture
from urval.disposed import disposed
from urval.errors import ConfigError, MalformedError
from urval.holdings import packages
from urval.ledger import State, next_event
from urval.store import DirectoryStore, append_event, capture_prefix, ledger_prefix, review_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flows.run import Run
    from urval.holdings import Held
    from urval.ledger import Event
    from urval.manifest import Correction, Previous, Review
    from urval.review import Actor, Proposal, ReviewState
    from urval.selection import Selection

log = logging.getLogger("flows.reviewing")
PERSON = "archivist"  # the role of who reviews, unless another is named


@dataclass(frozen=True, slots=True)
class Sitting:
    """One look at a proposal: the ledger as read, the capture, and what would be packaged."""

    events: Sequence[Event]
    capture: Capture
    proposal: Proposal


@dataclass(frozen=True, slots=True)
class Approved:
    """What may be packaged. ``attachments`` is a folder with the files that the review names."""

    selection: Selection
    review: Review
    supplements: Previous | None
    corrects: Correction | None
    attachments: Path | None


def actor(run: Run, role: str = PERSON) -> Actor:
    """Return who acts in this run, and when."""
    return review.Actor(by=run.actor, role=role, at=run.clock())


@contextmanager
def sitting(run: Run, account_id: str, *, whole: bool = False) -> Iterator[Sitting]:
    """Open the newest proposal of an account and period.

    Args:
        run: The run.
        account_id: The register's id.
        whole: Fetch the capture whole and look at every byte; else its tables only.

    Raises:
        ConfigError: Nothing was proposed, the capture is gone, or it was made with another spec.
        MalformedError: The capture has changed since it was proposed.
    """
    events = ledger_of(run, account_id)
    state = state_of(run, account_id, events)
    with capture_at(run, account_id, state.proposal.refs, whole=whole) as capture:
        yield Sitting(events, capture, proposal_of(run, account_id, state, capture))


def state_of(run: Run, account_id: str, events: Sequence[Event]) -> ReviewState:
    """Return where the review of an account and period stands.

    Raises:
        ConfigError: Nothing was ever proposed.
    """
    state = review.review_state(events)
    if state is None:
        stands = f"it stands at '{events[-1].state}'" if events else "nothing has been captured"
        raise ConfigError(
            f"nothing is proposed for {account_id}, {run.place(account_id)[2]}: {stands}",
            next_step="A capture ends with a proposal: urval capture",
        )
    return state


@contextmanager
def capture_at(run: Run, account_id: str, refs: Mapping[str, str], *, whole: bool) -> Iterator[Capture]:
    """Open the capture that a proposal names; see :func:`sitting`."""
    prefix = capture_prefix(*run.place(account_id), refs.get("capture", ""))
    if not run.store.tree_exists(prefix, "capture.json"):
        stone = disposed(run.store, *run.place(account_id)[:2]).get(prefix)
        if stone is not None:
            raise ConfigError(
                f"the capture {stone.id} was disposed of under {stone.references}, so nothing can be selected from it",
                next_step="The package stays as it is; what can still be captured needs a correction: --recapture.",
            )
        raise ConfigError(
            f"the capture {refs.get('capture', '')} that was proposed is not in the store",
            next_step="Restore it from another copy; without it nothing can be reviewed or packaged.",
        )
    if isinstance(run.store, DirectoryStore):
        yield _checked(run, Capture(run.store.root / prefix), refs, whole=whole)
        return
    with tempfile.TemporaryDirectory(prefix="urval-review-") as name:
        for key in run.store.keys(prefix):
            path = key.removeprefix(f"{prefix}/")
            if whole or path == "capture.json" or path.startswith("records/"):
                target = Path(name).joinpath(*path.split("/"))
                target.parent.mkdir(parents=True, exist_ok=True)
                run.store.fetch(key, target)
        yield _checked(run, Capture(Path(name)), refs, whole=whole)


def _checked(run: Run, capture: Capture, refs: Mapping[str, str], *, whole: bool) -> Capture:
    if capture.info.sha256 != refs.get("capture_sha256"):
        raise MalformedError(
            f"the capture {refs.get('capture', '')} is not the one that was proposed: its capture.json has changed",
            next_step="Check the store's disk, and restore the capture from another copy.",
        )
    if capture.info.document["spec_sha256"] != run.loaded.sha256:
        raise ConfigError(
            f"the capture {refs['capture']} was made with another archive spec than the one given",
            next_step="Give the spec it was captured with (a package has it in data/spec/archive-spec.yaml).",
        )
    if whole:
        capture.require_unchanged()
    return capture


def proposal_of(run: Run, account_id: str, state: ReviewState, capture: Capture) -> Proposal:
    """Return the proposal as it stands.

    Raises:
        MalformedError: The capture's frame is not the one that was proposed.
    """
    supplements = state.supplements is not None
    subject = review.Subject(
        loaded=run.loaded,
        account=run.loaded.spec.account(account_id),
        occasion=run.occasion_of(account_id),
        frame=capture.table("frame"),
        capture_sha256=capture.info.sha256,
        packaged=_packaged_threads(run, account_id) if supplements else frozenset(),
    )
    proposal = review.propose(subject, state)
    if proposal.selection.frame_sha256 != state.proposal.refs["frame"]:
        raise MalformedError(
            f"the frame of the capture {state.proposal.refs['capture']} is not the one that was proposed",
            next_step="Check the store's disk, and restore the capture from another copy.",
        )
    return proposal


def _packaged_threads(run: Run, account_id: str) -> frozenset[str]:
    manifests = [held.manifest for held in held_of(run, account_id)]
    volumes = [volume for one in manifests if one is not None for volume in one.snapshot.volumes]
    return frozenset(thread for volume in volumes for thread in volume.threads)


def held_of(run: Run, account_id: str) -> list[Held]:
    """Return the packages of an account and period: the first, and its supplements."""
    place = run.place(account_id)
    return [held for held in packages(run.store, archive=place[0], account=account_id) if held.place == place]


def write(run: Run, account_id: str, event: Event) -> Event:
    """Append what a person decided, if the ledger still ends where it was read.

    Raises:
        ConfigError: Another came first; the sentence says who, and when.
    """
    return append_event(run.store, ledger_prefix(*run.place(account_id)), event, exact=True)


# ---- what a run needs ----------------------------------------------------------------------------------------------


def stand(run: Run, account_id: str) -> Literal["none", "proposed", "approved", "returned"]:
    """Return where the review stands; ``approved`` means by as many people as the spec demands, or unseen."""
    state = review.review_state(ledger_of(run, account_id))
    if state is None or (not state.is_open and state.stands is not State.RETURNED):
        return "none"
    if state.stands is State.RETURNED:
        return "returned"
    people = {review.person(one.approval.by) for one in state.approvals}
    return "approved" if len(people) >= run.loaded.spec.review.persons else "proposed"


def corrected(run: Run, account_id: str) -> bool:
    """Tell whether the newest proposal is a correction, open or sent back to be captured anew."""
    state = review.review_state(ledger_of(run, account_id))
    return state is not None and state.corrects is not None


def propose(run: Run, account_id: str, capture: Capture, selection: Selection) -> None:
    """Say in the ledger what is proposed, unless a proposal is open already.

    Raises:
        ConfigError: Another run came first.
    """
    events = ledger_of(run, account_id)
    state = review.review_state(events)
    if state is not None and state.is_open:
        return
    # What a correction was sent back for is captured anew, and stays the correction of the same package.
    corrects = state.corrects if state is not None and state.returned else None
    named = {"correction_of": corrects.package_id, "manifest_sha256": corrects.manifest_sha256} if corrects else {}
    refs = {
        **named,
        "frame": selection.frame_sha256,
        "seed": selection.seed,
        "capture": capture.info.document["capture_id"],
        "capture_sha256": capture.info.sha256,
        "proposal": review.proposal_sha256(
            capture=capture.info.sha256,
            spec=run.loaded.sha256,
            selection=review.selection_sha256(selection.table),
            attachments=(),
            supplements=None,
            corrects=corrects.package_id if corrects else None,
        ),
    }
    reason = corrects.reason if corrects else ""
    event = next_event(events, State.PROPOSED, at=run.clock(), actor=run.actor, role="run", refs=refs, reason=reason)
    write(run, account_id, event)


def approve_unseen(run: Run, account_id: str, capture: Capture) -> None:
    """Approve what is proposed without looking at it; the package says so.

    Raises:
        UrvalError: Nothing is proposed, it is approved already, or the spec demands two people.
    """
    events = ledger_of(run, account_id)
    state = state_of(run, account_id, events)
    proposal = proposal_of(run, account_id, state, _checked(run, capture, state.proposal.refs, whole=False))
    event = review.approve(events, proposal, actor=actor(run, review.RUN), looked_at=False)
    write(run, account_id, event)
    log.info("%s: approved without anyone looking at it", account_id)


def approved(run: Run, account_id: str, capture: Capture, folder: Path) -> Approved:
    """Return what may be packaged, with its attachments fetched below ``folder``.

    Raises:
        ConfigError: The newest proposal is not approved by enough people, or is another now than what they approved.
        MalformedError: The capture is not the one that was proposed.
        StoreError: An attachment is gone or was changed.
    """
    state = state_of(run, account_id, ledger_of(run, account_id))
    proposal = proposal_of(run, account_id, state, _checked(run, capture, state.proposal.refs, whole=False))
    review.require_approved(proposal)
    record = state.record(proposal.digest, proposal.persons)
    attachments = _fetched(run, account_id, record, folder)
    return Approved(proposal.selection, record, state.supplements, state.corrects, attachments)


def still_approved(run: Run, account_id: str, record: Review) -> None:
    """See, just before a package is stored, that nobody has changed or sent back meanwhile what was approved.

    Raises:
        ConfigError: Someone has.
    """
    state = state_of(run, account_id, ledger_of(run, account_id))
    if not state.is_open or len(state.valid(record.proposal_sha256)) < record.persons:
        raise ConfigError(
            f"{state.newest.actor} wrote '{state.newest.state}' while the package was built, so it was not stored",
            next_step="Look at the proposal again: urval review show",
        )


def _fetched(run: Run, account_id: str, record: Review, folder: Path) -> Path | None:
    if not record.attachments:
        return None
    target = folder / "attachments"
    target.mkdir(exist_ok=True)
    for one in record.attachments:
        name = Path(one.file).name
        run.store.fetch(review_key(*run.place(account_id), name), target / name)
    return target
