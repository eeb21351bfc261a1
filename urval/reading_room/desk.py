"""The archivist's desk: what the room needs to review proposals and to register what was removed.

Who starts the room gives it an implementation (``urval.cli.desk``); the room itself writes nothing into a store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - pydantic reads the annotations
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from urval.ledger import Event
    from urval.reading_room.room import Language
    from urval.removals import Draft, Finding
    from urval.review.view import ReviewView


@dataclass(frozen=True, slots=True)
class Place:
    """Which proposal: the ids of archive, account and occasion."""

    archive: str
    account: str
    occasion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingProposal:
    """A proposal that waits, ``days`` whole days since it was proposed. ``start`` and ``end`` are local days."""

    archive: str
    account: str
    account_name: str
    occasion: str
    start: str
    end: str
    since: datetime
    days: int
    approvals: int
    approved_by: tuple[str, ...]
    persons: int
    changes: int
    attachments: int
    kept: int | None  # None: the proposal cannot be read, ``problem`` says why
    frame: int | None
    supplements: str | None
    corrects: str | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPicture:
    """A picture in a capture; ``owner`` is its thread's id, or empty: the account's own page."""

    sha256: str
    owner: str
    kind: str
    alt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """A proposal as it was read once.

    Attributes:
        view: What a person is shown of it.
        mandatory: Ids of the rules whose threads nobody may take out.
        packaged: Threads that packages of the period hold already.
        changed_by: Who added or removed last; under the two-person rule another approves.
        pictures: Of each thread, and under the empty id of the account's page.
        kinds: Words of the kinds of threads.
        limit: Most bytes of a file that may be attached.
        steps: The states that the proposal is led through when it is approved.
        vanished: What is gone from the platform and stands in no entry of the register.
        events: The ledger of account and period.
    """

    view: ReviewView
    mandatory: frozenset[str]
    packaged: frozenset[str]
    changed_by: str
    pictures: Mapping[str, tuple[CapturedPicture, ...]]
    kinds: Mapping[str, str]
    limit: int
    steps: tuple[str, ...]
    vanished: tuple[Finding, ...]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Looked:
    """Who acts, and the digest of the proposal that was looked at."""

    by: str
    proposal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutView:
    """A view of the layout that a person took, to attach; ``taken_at`` is aware."""

    data: bytes
    caption: str
    taken_by: str
    taken_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Packaging:
    """How the packaging of an approved proposal goes in this process; ``message`` says why it failed."""

    state: Literal["none", "running", "done", "failed"] = "none"
    started_at: datetime | None = None
    message: str = ""
    next_step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterAccount:
    """An account that items can be registered for. ``limit`` is the most bytes of one screenshot."""

    archive: str
    archive_name: str
    account: str
    name: str
    platform: str
    timezone: str
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An entry as it stands in the register: its id, whether it is new, what seems to be of the same item.

    ``last``: the account had its last capture, so that no package will hold the entry.
    """

    entry: str
    new: bool
    alike: tuple[str, ...] = field(default=())
    last: bool = False


class Desk(Protocol):
    """Reviews and registers. Every act is refused with a sentence, or is written durably when it returns.

    All methods raise ``UrvalError`` of the type that fits: ``NotHereError`` where there is no such proposal, spec or
    file, ``ConflictError`` where another came first, ``ConfigError`` where what was asked for is refused.
    """

    def waiting(self) -> list[WaitingProposal]:
        """Return the proposals that wait, the longest waiting first."""
        ...

    def proposed(self, place: Place, language: Language) -> Proposed:
        """Return a proposal as it stands; what was read is kept until its ledger grows."""
        ...

    def picture(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return a picture of the proposal's capture made small, and its media type."""
        ...

    def attachment(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return an attached view as it was attached, checked, and its media type."""
        ...

    def attachment_picture(self, place: Place, sha256: str) -> tuple[str, bytes]:
        """Return the top of an attached picture made small."""
        ...

    def change(self, place: Place, looked: Looked, action: str, thread: str, reason: str) -> None:
        """Add a thread to what is proposed (``add``), or take one out (``remove``)."""
        ...

    def attach(self, place: Place, looked: Looked, view: LayoutView) -> None:
        """Attach a view of the layout."""
        ...

    def send_back(self, place: Place, looked: Looked, reason: str) -> None:
        """Send the proposal back, to capture anew."""
        ...

    def approve(self, place: Place, looked: Looked) -> bool:
        """Approve; return whether enough people have, and the proposal may be packaged."""
        ...

    def package(self, place: Place, by: str) -> None:
        """Begin to package what was approved, unless that is under way; see :meth:`packaging`."""
        ...

    def packaging(self, place: Place) -> Packaging:
        """Return how the packaging goes."""
        ...

    def accounts(self) -> list[RegisterAccount]:
        """Return the accounts of the specs."""
        ...

    def register(self, archive: str, account: str, draft: Draft, files: Sequence[bytes], by: str) -> Registered:
        """Take an entry into the register of removed items."""
        ...
