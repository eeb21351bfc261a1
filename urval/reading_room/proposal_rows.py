"""A proposal as rows of a page: filtered, a page at a time, with what may be done to each thread."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence  # noqa: TC003 - pydantic reads the annotations
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from urval.ledger import State
from urval.reading_room.desk import CapturedPicture  # noqa: TC001 - pydantic reads the annotations
from urval.review import OPEN, person
from urval.review.telling import shown
from urval.spec import NOT_ADDED, NOT_SELECTED

if TYPE_CHECKING:
    from urval.ledger import Event
    from urval.reading_room.access.restrictions import Restricted
    from urval.reading_room.desk import Proposed
    from urval.review.telling import Teller
    from urval.review.view import ThreadLine

AT_ONCE = 40  # threads on a page
_BEGINNING = 420  # characters of a text
_PICTURES = 4  # of a thread
_NO_RULES = frozenset({NOT_SELECTED, NOT_ADDED})  # what stands where no rule chose a thread
Barred = Literal["", "closed", "nobody", "own_change", "own_approval", "enough", "nothing_added"]


class Filter(BaseModel):
    """Which threads are shown. ``q`` is looked for in text and id; ``page`` counts from 1."""

    model_config = ConfigDict(frozen=True)

    show: Literal["all", "kept", "dropped", "excluded"] = "all"
    rule: str = Field(default="", max_length=200)
    kind: str = Field(default="", max_length=100)
    q: str = Field(default="", max_length=200)
    pictures: Literal["", "yes", "no"] = ""
    whole: Literal["", "no"] = ""
    page: int = Field(default=1, ge=1, le=100_000)

    @property
    def query(self) -> dict[str, str | int]:
        """Return what of it stands in an address."""
        return self.model_dump(exclude_defaults=True)

    @property
    def chosen(self) -> bool:
        """Tell whether anything is filtered out."""
        return (self.show, self.rule, self.kind, self.q.strip(), self.pictures, self.whole) != ("all", *[""] * 5)


class ThreadRow(BaseModel):
    """A thread of the proposal.

    ``why`` says in words what decided, ``change`` the act of the review that did. ``text`` is its beginning where
    ``more``. ``adds``/``removes``: that act is possible; ``binding`` are the mandatory rules that forbid removing.
    """

    id: str
    decision: str
    rules: list[str]
    why: list[str]
    chances: list[str]
    created_at: datetime
    kind: str
    text: str
    more: bool
    comments: int
    whole: bool
    pictures: list[CapturedPicture]
    pictures_left: int
    changed: bool
    adds: bool
    removes: bool
    binding: list[str]
    restricted: bool


class ActRow(BaseModel):
    """An act in the ledger: ``what`` is added, removed, attached, or the state it led to."""

    seq: int
    by: str
    at: datetime
    what: str
    thread: str
    reason: str


class ThreadRows(BaseModel):
    """A page of threads; ``found`` is how many the filter lets through."""

    rows: list[ThreadRow]
    found: int
    page: int
    pages: int


def thread_rows(proposed: Proposed, chosen: Filter, restricted: Restricted, teller: Teller) -> ThreadRows:
    """Return the page of threads that the filter asks for; the last one where it asks for one beyond."""
    wanted = _folded(chosen.q)
    found = [one for one in proposed.view.threads if _is_chosen(one, chosen, wanted, proposed)]
    pages = max(1, -(-len(found) // AT_ONCE))
    page = min(chosen.page, pages)
    lines = found[(page - 1) * AT_ONCE : page * AT_ONCE]
    rows = [_row(line, proposed, restricted, teller) for line in lines]
    return ThreadRows(rows=rows, found=len(found), page=page, pages=pages)


def _is_chosen(line: ThreadLine, chosen: Filter, wanted: str, proposed: Proposed) -> bool:
    has_picture = line.id in proposed.pictures
    return (
        (chosen.show in {"all", line.decision})
        and (not chosen.rule or chosen.rule in line.rules)
        and (not chosen.kind or chosen.kind == line.kind)
        and (not chosen.pictures or has_picture == (chosen.pictures == "yes"))
        and (not chosen.whole or not line.whole)
        and (not wanted or wanted in _folded(line.text) or wanted in _folded(line.id))
    )


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _row(line: ThreadLine, proposed: Proposed, restricted: Restricted, teller: Teller) -> ThreadRow:
    is_open = _is_open(proposed)
    text = shown(line.text.replace("\r\n", "\n").replace("\n", " "))
    pictures = proposed.pictures.get(line.id, ())
    binding = [teller.rule(rule) for rule in line.rules if rule in proposed.mandatory]
    return ThreadRow(
        id=line.id,
        decision=line.decision,
        rules=[teller.rule(rule) for rule in line.rules if rule not in _NO_RULES],
        why=[shown(one) for one in line.why],
        chances=list(line.chances),
        created_at=line.created_at,
        kind=proposed.kinds.get(line.kind, line.kind),
        text=text[:_BEGINNING],
        more=len(text) > _BEGINNING,
        comments=line.comments,
        whole=line.whole,
        pictures=list(pictures[:_PICTURES]),
        pictures_left=max(0, len(pictures) - _PICTURES),
        changed=any(change["thread"] == line.id for change in proposed.view.changes),
        adds=is_open and line.decision == "dropped" and line.id not in proposed.packaged,
        removes=is_open and line.decision == "kept" and not binding,
        binding=binding if line.decision == "kept" else [],
        restricted=restricted.covers(line.id),
    )


def barred(proposed: Proposed, name: str) -> Barred:
    """Return why a person may not approve the proposal now, empty if they may. What the act itself refuses stays so."""
    view = proposed.view
    two, given = view.persons > 1, [person(one["by"]) for one in view.approvals]
    reasons: list[tuple[bool, Barred]] = [
        (not _is_open(proposed), "closed"),
        (not name.strip(), "nobody"),
        (len(given) >= view.persons, "enough"),
        (view.supplements is not None and view.kept == 0, "nothing_added"),
        (two and person(name) in given, "own_approval"),
        (two and bool(proposed.changed_by) and person(proposed.changed_by) == person(name), "own_change"),
    ]
    return next((code for holds, code in reasons if holds), "")


def _is_open(proposed: Proposed) -> bool:
    return proposed.view.stands in OPEN


def acts_since(events: Sequence[Event], seq: int) -> list[ActRow]:
    """Return what was written into the ledger after an event of this number."""
    acts = {"add": "added", "remove": "removed", "attach": "attached"}
    return [
        ActRow(
            seq=event.seq,
            by=shown(event.actor),
            at=event.at,
            what=acts.get(event.refs.get("act", ""), str(event.state)),
            thread=event.refs.get("thread", ""),
            reason=shown(event.reason),
        )
        for event in events
        if event.seq > seq
    ]


def is_newest(event: Event, did: str, thread: str) -> bool:
    """Tell whether what an address says was done just now is what the ledger's newest event says."""
    if did in {"approve", "return"}:
        return event.state is {"approve": State.APPROVED, "return": State.RETURNED}[did]
    return bool(did) and event.refs.get("act") == did and event.refs.get("thread", "") == thread


def package_of_review(proposed: Proposed) -> str:
    """Return the id of the package that the proposal became; empty as long as it is none."""
    proposals = [event.seq for event in proposed.events if event.state is State.PROPOSED and "frame" in event.refs]
    since = proposals[-1] if proposals else 0
    made = [event for event in proposed.events if event.seq > since and event.state is State.PACKAGED]
    return made[-1].refs.get("package", "") if made else ""
