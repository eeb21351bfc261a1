"""What the page of one proposal tells: where it stands, why, what is in it, and what may be done with it."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from urval.reading_room.desk import CapturedPicture, Packaging  # noqa: TC001 - pydantic reads the annotations
from urval.reading_room.intake import MOST_FILE
from urval.reading_room.pages import View
from urval.reading_room.proposal_rows import (
    ActRow,
    Barred,
    Filter,
    ThreadRows,
    acts_since,
    barred,
    package_of_review,
    thread_rows,
)
from urval.review.telling import Teller, shown

if TYPE_CHECKING:
    from urval.reading_room.access.restrictions import Restricted
    from urval.reading_room.desk import Place, Proposed
    from urval.reading_room.room import Here
    from urval.removals import Finding


class RuleRow(View):
    """A rule: its name in words, what its threads may be used to show, and how many it names."""

    id: str
    words: str
    claim: str
    threads: int


class AttachedView(View):
    """A view of the layout that a person attached."""

    sha256: str
    mime: str
    bytes: int
    caption: str
    taken_by: str
    taken_at: datetime
    attached_by: str


class Vanished(View):
    """What is gone and was not registered: ``how`` it is known, and what an entry of the register would name."""

    kind: str
    how: str
    link: str
    item: str
    on_post: str


class Given(View):
    """One approval: who, as what, when, and whether a person had looked."""

    by: str
    role: str
    at: datetime
    looked_at: bool


class Told(View):
    """What the proposal comes to in sentences."""

    state: str
    completeness: str
    gaps: list[str]
    look: str
    warnings: list[str]
    changes: list[str]


class Typed(View):
    """What was typed into a form that was refused, to be put back into it."""

    act: str
    thread: str = ""
    reason: str = ""
    caption: str = ""
    taken_by: str = ""
    taken_at: str = ""
    fold: str = ""


class Refusal(View):
    """Why a form was refused: a code where the page has words for it, else a sentence with the next step.

    ``since`` is what others wrote meanwhile.
    """

    code: str = ""
    message: str = ""
    next_step: str = ""
    typed: Typed
    since: list[ActRow] = Field(default_factory=list)


class ProposalView(View):
    """A proposal under review. Days are local, the end not included; ``seen`` is the ledger's newest number.

    ``barred`` is why the visitor may not approve it now, empty if they may; ``needs_another``: after this approval
    another person must approve too. ``package`` is what it became.
    """

    archive: str
    archive_name: str
    account: str
    account_name: str
    platform: str
    occasion: str
    start: str
    end: str
    timezone: str
    captured_at: datetime
    capture: str
    stands: str
    open: bool
    since: datetime
    returned: str
    supplements: str | None
    corrects: str | None
    proposal: str
    seen: int
    persons: int
    approvals: list[Given]
    frame: int
    kept: int
    dropped: int
    excluded: int
    told: Told
    rules: list[RuleRow]
    kinds: dict[str, str]
    attachments: list[AttachedView]
    limit: int
    page_pictures: list[CapturedPicture]
    vanished: list[Vanished]
    filter: Filter
    threads: ThreadRows
    barred: Barred
    needs_another: bool
    package: str
    packaging: Packaging
    did: Literal["", "add", "remove", "attach", "approve", "return"] = ""
    did_thread: str = ""
    refusal: Refusal | None = None


def proposal_view(
    here: Here, place: Place, proposed: Proposed, chosen: Filter, restricted: Restricted, **more: Any
) -> ProposalView:
    """Return the page of a proposal; ``more`` are its last fields."""
    view, teller = proposed.view, Teller(proposed.view, here.language)
    names = ("account_name", "platform", "start", "end", "timezone", "captured_at", "capture", "stands", "since",
             "supplements", "proposal", "persons", "frame", "kept", "dropped", "excluded")  # fmt: skip
    bar = barred(proposed, here.visitor.name)
    return ProposalView(
        **{name: getattr(view, name) for name in names},
        archive=place.archive,
        archive_name=view.archive,
        account=place.account,
        occasion=place.occasion,
        open=bar != "closed",
        returned=shown(view.returned),
        corrects=shown(view.corrects) if view.corrects else None,
        seen=proposed.events[-1].seq,
        approvals=[Given.model_validate(one) for one in view.approvals],
        told=_told(teller),
        rules=_rules(teller),
        kinds=dict(proposed.kinds),
        attachments=[_attached(one) for one in view.attachments],
        limit=min(proposed.limit, MOST_FILE),
        page_pictures=list(proposed.pictures.get("", ())),
        vanished=[_vanished(one) for one in proposed.vanished],
        filter=chosen,
        threads=thread_rows(proposed, chosen, restricted, teller),
        barred=bar,
        needs_another=bar == "" and len(view.approvals) + 1 < view.persons,
        package=package_of_review(proposed),
        **more,
    )


def refusal_of(proposed: Proposed, typed: Typed, seen: int, **why: str) -> Refusal:
    """Return a refusal with what others wrote since the page was opened."""
    return Refusal(typed=typed, since=acts_since(proposed.events, seen), **why)


def _told(teller: Teller) -> Told:
    view = teller.view
    return Told(
        state=teller.words[f"state.{view.stands}"],
        completeness=teller.completeness(),
        gaps=teller.gaps(),
        look=teller.look(),
        warnings=teller.warnings(),
        changes=[teller.change(one) for one in view.changes],
    )


def _vanished(one: Finding) -> Vanished:
    return Vanished(
        kind=one.what, how=str(one.how), link=one.link or one.thread_link or "", item=one.id,
        on_post=one.thread_id if one.what == "comment" else "",
    )  # fmt: skip


def _rules(teller: Teller) -> list[RuleRow]:
    return [
        RuleRow(id=rule.id, words=teller.rule(rule.id), claim=teller.words[f"claim.{rule.claim}"], threads=rule.threads)
        for rule in teller.view.rules
    ]


def _attached(one: dict[str, Any]) -> AttachedView:
    words = {name: shown(one[name]) for name in ("caption", "taken_by", "attached_by")}
    return AttachedView(**{name: one[name] for name in ("sha256", "mime", "bytes", "taken_at")}, **words)
