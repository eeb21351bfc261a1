"""What a person may do with a proposal: each act as the ledger event it becomes, or one sentence why it may not be.

Pure: the ledger as read in, the next event out. Whoever writes the event does so only if the ledger still ends where it
was read (``append_event(…, exact=True)``), so that nobody approves what another has just changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import ConfigError, UrvalError
from urval.ledger import State, next_event
from urval.review.clock import require_clock, shown_time
from urval.review.state import ADD, ATTACH, REMOVE, RUN, person
from urval.review.wording import one_line
from urval.selection import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from urval.ledger import Event
    from urval.manifest import Attachment, Previous
    from urval.review.proposal import Proposal
    from urval.review.state import ReviewState

_SHORTEST_PREFIX = 8
_NOBODY = frozenset({"", "unknown"})  # as a run calls itself where the system names no user


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as what, and when (aware)."""

    by: str
    role: str
    at: datetime


def change(
    events: Sequence[Event], proposal: Proposal, action: str, thread: str, *, reason: str, actor: Actor
) -> Event:
    """Return the event that adds a thread to what is proposed, or takes one out.

    Raises:
        ConfigError: The thread is unknown, excluded, packaged, or kept already (or not at all); a mandatory rule
            names it; or the reason is blank.
        UrvalError: Nothing is proposed.
    """
    _require_open(proposal.state)
    found = proposal.decision(thread)
    if found is None:
        raise ConfigError(
            f"the capture has no thread {thread!r}", next_step="Copy the id from the list of threads: urval review show"
        )
    if action == ADD:
        _refuse_adding(proposal, thread, *found)
    else:
        _refuse_removing(proposal, thread, *found)
    refs = {"act": ADD if action == ADD else REMOVE, "thread": thread}
    return _event(events, State.PROPOSED, actor, refs, reason=one_line(reason, "reason"))


def _refuse_adding(proposal: Proposal, thread: str, verdict: Verdict, rules: tuple[str, ...]) -> None:
    if verdict is Verdict.EXCLUDED:
        raise ConfigError(
            f"thread {thread} is excluded by rule {', '.join(rules)}, and an exclusion goes before everything",
            next_step="If it shall be kept, the exclusion in the archive spec must be decided anew.",
        )
    if verdict is Verdict.KEPT:
        raise ConfigError(f"thread {thread} is kept already, by {', '.join(rules)}", next_step="Nothing need be done.")
    if thread in proposal.packaged:
        raise ConfigError(
            f"thread {thread} lies in a package of this period already",
            next_step="A supplement adds only what is not there.",
        )


def _refuse_removing(proposal: Proposal, thread: str, verdict: Verdict, rules: tuple[str, ...]) -> None:
    if verdict is not Verdict.KEPT:
        raise ConfigError(f"thread {thread} is not kept, so it cannot be taken out", next_step="Nothing need be done.")
    binding = [rule for rule in rules if rule in proposal.mandatory]
    if binding:
        raise ConfigError(
            f"thread {thread} must be kept by the mandatory rule {', '.join(binding)}",
            next_step="Only an 'exclude' rule of the archive spec, decided and dated, goes before a mandatory one.",
        )


def attach(events: Sequence[Event], state: ReviewState, attachment: Attachment, *, key: str, actor: Actor) -> Event:
    """Return the event that attaches a view of the layout, whose file lies in the store under ``key``.

    Raises:
        UrvalError: Nothing is proposed.
        ConfigError: The same file is attached already, was taken after it is attached, or a text about it is blank.
    """
    _require_open(state)
    if any(one.sha256 == attachment.sha256 for one in state.attachments):
        raise ConfigError(
            "this file is attached already", next_step="Nothing need be done: urval review show lists it."
        )
    if attachment.taken_at > actor.at:
        raise ConfigError(
            f"the view was taken at {attachment.taken_at.isoformat()}, which is later than now",
            next_step="Correct --taken-at.",
        )
    refs = {
        "act": ATTACH,
        "sha256": attachment.sha256,
        "file": key,
        "mime": attachment.mime,
        "bytes": str(attachment.bytes),
        "caption": one_line(attachment.caption, "caption"),
        "taken_by": one_line(attachment.taken_by, "name of who took it"),
        "taken_at": attachment.taken_at.isoformat(),
    }
    return _event(events, State.PROPOSED, actor, refs)


def approve(
    events: Sequence[Event], proposal: Proposal, *, actor: Actor, looked_at: bool = True, looked: str | None = None
) -> Event:
    """Return the event that approves a proposal.

    Args:
        events: The ledger as read.
        proposal: The proposal as it stands.
        actor: Who approves; unseen only a program (role ``run``).
        looked_at: Whether a person has looked at it.
        looked: The digest of the proposal that was looked at, or its first 8 characters or more; None: the one at hand.

    Raises:
        UrvalError: Nothing is proposed, enough have approved, another proposal was looked at, or this person may not.
        ConfigError: ``looked`` is no beginning of a digest.
    """
    state = proposal.state
    _require_open(state)
    require_looked(proposal, looked)
    given = state.valid(proposal.digest)
    if len(given) >= proposal.persons:
        told = " and ".join(f"{one.approval.by} at {shown_time(one.approval.at)}" for one in given)
        raise UrvalError(f"the proposal is approved already, by {told}", next_step=_PACKAGE)
    if proposal.persons > 1:
        _require_another(proposal, actor.by, looked_at=looked_at)
    if state.supplements is not None and proposal.selection.kept == 0:
        raise UrvalError("the supplement adds nothing yet", next_step="Add a thread first: urval review add THREAD")
    refs = {"proposal": proposal.digest, "looked_at": "yes" if looked_at else "no"}
    return _event(events, State.APPROVED, actor, refs)


def require_looked(proposal: Proposal, looked: str | None) -> None:
    """See that the proposal is the one that was looked at; ``looked`` as in :func:`approve`.

    Raises:
        UrvalError: Another was looked at.
        ConfigError: ``looked`` is no beginning of a digest.
    """
    if looked is None:
        return
    wanted = looked.strip().lower()
    if len(wanted) < _SHORTEST_PREFIX or set(wanted) - set("0123456789abcdef"):
        raise ConfigError(
            f"{looked!r} is no beginning of a proposal's digest",
            next_step=f"Copy at least {_SHORTEST_PREFIX} characters of it from: urval review show",
        )
    if not proposal.digest.startswith(wanted):
        raise UrvalError(
            f"the proposal you looked at, {wanted[:12]}, is not the one that stands now, {proposal.digest[:12]}",
            next_step="Look at what has changed, and approve again: urval review show",
        )


def _require_another(proposal: Proposal, by: str, *, looked_at: bool) -> None:
    """Hold the two-person rule.

    Raises:
        UrvalError: This person has approved, or has changed the proposal last; or nobody has looked at it.
    """
    if not looked_at:
        raise UrvalError(
            "the archive spec demands that two people approve, so nothing is approved unseen",
            next_step="Leave --approve-unseen out, and let two people approve: urval review approve",
        )
    if any(person(one.approval.by) == person(by) for one in proposal.state.valid(proposal.digest)):
        raise UrvalError(
            f"{by} has approved already, and the archive spec demands two different people",
            next_step="Let another person approve: urval review approve --by NAME",
        )
    if proposal.state.changed_by and person(proposal.state.changed_by) == person(by):
        raise UrvalError(
            f"{by} made the last change, and under the two-person rule others approve it",
            next_step="Let another person approve: urval review approve --by NAME",
        )


def send_back(events: Sequence[Event], state: ReviewState, *, reason: str, actor: Actor) -> Event:
    """Return the event that sends the proposal back; the next capture is a new attempt.

    Raises:
        UrvalError: Nothing is proposed.
        ConfigError: The reason is blank.
    """
    _require_open(state)
    return _event(events, State.RETURNED, actor, {}, reason=one_line(reason, "reason"))


def supplement(
    events: Sequence[Event],
    state: ReviewState | None,
    package: Previous,
    refs: Mapping[str, str],
    *,
    reason: str,
    actor: Actor,
) -> Event:
    """Return the event that opens a supplement to a package. ``refs`` names capture and frame.

    Raises:
        UrvalError: A proposal is open already.
        ConfigError: The reason is blank.
    """
    if state is not None and state.is_open:
        raise UrvalError("a proposal is open already", next_step="Go on with it, or send it back: urval review show")
    about = {"supplement_of": package.package_id, "manifest_sha256": package.manifest_sha256, **refs}
    return _event(events, State.PROPOSED, actor, about, reason=one_line(reason, "reason"))


def correct(
    events: Sequence[Event],
    state: ReviewState | None,
    package: Previous,
    refs: Mapping[str, str],
    *,
    reason: str,
    actor: Actor,
) -> Event:
    """Return the event that opens a correction of a package. ``refs`` names capture and frame.

    The selection is proposed anew, whole: what the correction is packaged of stands beside the package it corrects.

    Raises:
        UrvalError: A proposal is open already.
        ConfigError: The reason is blank.
    """
    if state is not None and state.is_open:
        raise UrvalError("a proposal is open already", next_step="Go on with it, or send it back: urval review show")
    about = {"correction_of": package.package_id, "manifest_sha256": package.manifest_sha256, **refs}
    return _event(events, State.PROPOSED, actor, about, reason=one_line(reason, "reason"))


def require_approved(proposal: Proposal) -> None:
    """See that this very proposal may be packaged.

    Raises:
        ConfigError: It is not open, or not approved by as many people as the spec demands.
    """
    state, given = proposal.state, proposal.state.valid(proposal.digest)
    if not state.is_open:
        raise ConfigError(f"nothing is proposed: it stands at '{state.stands}'", next_step=_closed_step(state))
    if len(given) >= proposal.persons:
        return
    if state.approvals and not given:
        raise ConfigError(
            f"{state.approvals[-1].approval.by} approved another proposal than the one that stands now: the selection "
            "has changed since, by another version of Urval or of the rules",
            next_step="Look at it again and approve it: urval review show, urval review approve",
        )
    missing = proposal.persons - len(given)
    raise ConfigError(
        f"the proposal waits for {missing} more approval{'s' if missing > 1 else ''}",
        next_step="Approve it: urval review approve",
    )


_PACKAGE = "The next run packages it, or give: urval capture"


def _require_open(state: ReviewState) -> None:
    if not state.is_open:
        raise UrvalError(f"nothing is proposed: it stands at '{state.stands}'", next_step=_closed_step(state))


def _closed_step(state: ReviewState) -> str:
    if state.stands in {State.PACKAGED, State.SEALED, State.VERIFIED}:
        return "A package is never changed; open a supplement to it: urval review supplement --reason …"
    if state.stands is State.RETURNED:
        return "It was sent back; capture again: urval capture"
    return "See where it stands: urval status"


def _event(events: Sequence[Event], state: State, actor: Actor, refs: Mapping[str, str], *, reason: str = "") -> Event:
    require_clock(events[-1], actor.at)
    if actor.role != RUN and person(actor.by) in _NOBODY:
        raise ConfigError("nobody is named as the one who acts", next_step="Give --by NAME.")
    if actor.role == RUN and refs.get("looked_at") != "no":
        raise ConfigError("a program reviews nothing", next_step="Give the role of the person with --role.")
    return next_event(events, state, at=actor.at, actor=one_line(actor.by, "name"), role=one_line(actor.role, "role"),
                      reason=reason, refs=refs)  # fmt: skip
