"""Where a review stands: what was proposed, what people changed in it, attached to it, and who approved it. Pure.

A proposal is a ``proposed`` event that names a frame. The acts of the review are events after it: ``proposed`` with
``act`` (add, remove, attach), ``approved``, ``returned``. Whatever changes what would be packaged makes the approvals
before it void.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from urval.ledger import State, standing
from urval.manifest import Approval, Attachment, Correction, Previous, Review, ReviewChange
from urval.records import same_person

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from urval.ledger import Event

ADD, REMOVE, ATTACH = "add", "remove", "attach"
OPEN = frozenset({State.PROPOSED, State.APPROVED})
RUN = "run"  # the role of a program


@dataclass(frozen=True, slots=True)
class Given:
    """One approval: of which proposal (hex SHA-256), and whether a person had looked at it."""

    approval: Approval
    proposal: str
    looked_at: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """What the ledger says of the newest proposal.

    ``stands`` is where account and period stand (``proposed`` also where an approval was made void), ``newest`` the
    ledger's newest event. ``changes`` are what the acts come to, one a thread at most, sorted by thread: a thread added
    and taken out again is none. ``approvals`` are those since the last change or attachment.
    """

    proposal: Event
    newest: Event
    stands: State
    supplements: Previous | None
    corrects: Correction | None = None
    changes: tuple[ReviewChange, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    approvals: tuple[Given, ...] = ()
    changed_by: str = ""  # who added or removed last
    returned: str = field(default="")  # the reason, where it was sent back

    @property
    def is_open(self) -> bool:
        """Return whether the proposal waits: for a change, an approval, or its package."""
        return self.stands in OPEN

    def threads(self, action: str) -> tuple[str, ...]:
        """Return the threads that were added, or removed."""
        return tuple(change.thread for change in self.changes if change.action == action)

    def valid(self, digest: str) -> tuple[Given, ...]:
        """Return the approvals of exactly this proposal, the first of each person."""
        by: dict[str, Given] = {}
        for given in self.approvals:
            if given.proposal == digest:
                by.setdefault(person(given.approval.by), given)
        return tuple(by.values())

    def record(self, digest: str, persons: int) -> Review:
        """Return what the manifest says of the review. ``digest`` is the proposal's."""
        given = self.valid(digest)
        return Review(
            proposal_sha256=digest,
            proposed_at=self.proposal.at,
            looked_at=bool(given) and all(one.looked_at for one in given),
            persons=2 if persons > 1 else 1,
            approvals=[one.approval for one in given],
            changes=list(self.changes),
            attachments=list(self.attachments),
        )


def person(name: str) -> str:
    """Return a name for comparing; see :func:`urval.records.same_person`."""
    return same_person(name)


def review_state(events: Sequence[Event]) -> ReviewState | None:
    """Return the state of the newest proposal; None where nothing was ever proposed."""
    place = next((i for i in reversed(range(len(events))) if _proposes(events[i])), None)
    if place is None:
        return None
    since = events[place + 1 :]
    acts = [event for event in since if event.state is State.PROPOSED]
    void_before = max((event.seq for event in acts), default=0)
    returned = [event.reason for event in since if event.state is State.RETURNED]
    changers = [event.actor for event in acts if event.refs.get("act") in {ADD, REMOVE}]
    refs = events[place].refs
    return ReviewState(
        proposal=events[place],
        newest=events[-1],
        stands=standing(events) or State.PROPOSED,
        supplements=_supplemented(refs),
        corrects=_corrected(events[place]),
        changes=net_changes(acts),
        attachments=_attached(acts),
        approvals=tuple(_given(event) for event in since if _approves(event, void_before)),
        changed_by=changers[-1] if changers else "",
        returned=returned[-1] if returned else "",
    )


def net_changes(acts: Iterable[Event]) -> tuple[ReviewChange, ...]:
    """Return what adding and removing come to, sorted by thread.

    The first act on a thread tells how the rules had decided; if the last act is the other one, they stand again.
    """
    first: dict[str, str] = {}
    last: dict[str, Event] = {}
    for event in acts:
        act, thread = event.refs.get("act"), event.refs.get("thread", "")
        if act in {ADD, REMOVE}:
            first.setdefault(thread, act)
            last[thread] = event
    return tuple(
        ReviewChange(
            action="add" if first[thread] == ADD else "remove",
            thread=thread,
            reason=event.reason,
            by=event.actor,
            at=event.at,
        )
        for thread, event in sorted(last.items())
        if event.refs["act"] == first[thread]
    )


def _attached(acts: Iterable[Event]) -> tuple[Attachment, ...]:
    found: dict[str, Attachment] = {}
    for event in acts:
        if event.refs.get("act") == ATTACH:
            found.setdefault(event.refs["sha256"], _attachment(event))
    return tuple(found.values())


def _attachment(event: Event) -> Attachment:
    refs = event.refs
    ending = refs["file"].rsplit(".", 1)[1]
    return Attachment(
        file=f"data/review/{refs['sha256']}.{ending}",
        sha256=refs["sha256"],
        bytes=int(refs["bytes"]),
        mime="application/pdf" if refs["mime"] == "application/pdf" else "image/png",
        caption=refs["caption"],
        taken_by=refs["taken_by"],
        taken_at=datetime.fromisoformat(refs["taken_at"]),
        attached_by=event.actor,
    )


def _proposes(event: Event) -> bool:
    return event.state is State.PROPOSED and "frame" in event.refs


def _approves(event: Event, void_before: int) -> bool:
    return event.state is State.APPROVED and event.seq > void_before


def _given(event: Event) -> Given:
    return Given(
        Approval(by=event.actor, role=event.role, at=event.at),
        event.refs.get("proposal", ""),
        event.refs.get("looked_at") == "yes",
    )


def _corrected(event: Event) -> Correction | None:
    if "correction_of" not in event.refs:
        return None
    digest = event.refs.get("manifest_sha256", "")
    return Correction(package_id=event.refs["correction_of"], manifest_sha256=digest, reason=event.reason)


def _supplemented(refs: Mapping[str, str]) -> Previous | None:
    if "supplement_of" not in refs:
        return None
    return Previous(package_id=refs["supplement_of"], manifest_sha256=refs.get("manifest_sha256", ""))
