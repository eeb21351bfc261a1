"""What a reader of one platform's export declares, and what every reader needs to make records of entries.

A reader yields the items of one account and period (``urval.source``). It does not say what its export never holds
(``ExportReader.never``) nor which members it left alone: ``_source`` makes gaps of both, for every reader alike.

``exchange`` of a record is the SHA-256 of the member it came from (``Archive.digest``); the capture keeps that member
whole. A profile is made of few fields of files full of private data (telephone numbers, log-ins): its ``raw`` holds
the fields that were used and nothing else, and its ``exchange`` is the SHA-256 of that ``raw``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._media import StoredMedia
from urval.errors import IncompleteError, MalformedError, SourceError
from urval.records import AuthorRole, Comment, Direction, Edited, Gap, GapReason, MediaItem, MediaKind, Post, Visibility
from urval.source import EndReason, ListingEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from connectors.exports._archive import Archive
    from urval.source import Item

UNREADABLE: Final = (
    msgspec.DecodeError, MalformedError, AttributeError, LookupError, TypeError, ValueError, ArithmeticError,
    RecursionError,
)  # fmt: skip
"""What mapping one entry may raise: the entry becomes a gap, and the next one is read."""
_TEXTS: Final = frozenset({"id", "post_id", "kind", "text", "exchange", "raw"})
_TEXTS_OR_NONE: Final = frozenset({
    "permalink", "title", "language", "author_id", "author_name", "in_reply_to", "parent_id",
})  # fmt: skip
_MOST = 2**63
_LARGEST = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """For whom and when an export is read. The period ``[start, end)`` and ``at``, the time of reading, are aware."""

    account_id: str
    start: datetime
    end: datetime
    media: Path
    at: datetime

    def covers(self, moment: datetime) -> bool:
        """Tell whether an aware time lies in the period."""
        return self.start <= moment < self.end

    def gap(self, what: str, subject: str | None, reason: GapReason, error: str, thread: str | None = None) -> Gap:
        """Return a gap; of the account as a whole unless ``thread`` is given."""
        return Gap(
            account_id=self.account_id, thread_id=thread, what=what, subject_id=subject, reason=reason, error=error,
            first_tried_at=self.at, last_tried_at=self.at,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReader:
    """One platform's export.

    ``never`` is what this export can never hold: pairs of a gap's ``what`` and a plain sentence.
    """

    platform: str
    name: str  # as in "X archive"
    looks_for: str  # the member that tells it, for a person
    recognises: Callable[[Archive], bool]  # by names and first bytes; must not read much
    owner: Callable[[Archive], frozenset[str]]  # ids and handles of whose it is, as far as it says; else empty
    read: Callable[[Archive, Import], Iterator[Item]]
    never: tuple[tuple[str, str], ...]


class Reading:
    """One listing of an export on its way: its entries, what was wrong with them, and how it ended.

    ``listed`` and ``outside`` are counted by the reader that uses it, through :meth:`within`.
    """

    def __init__(self, archive: Archive, job: Import, listing: str, what: str = "post") -> None:
        self._archive, self._job, self._listing, self._what = archive, job, listing, what
        self._files = self._listed = self._outside = 0
        self._reason = EndReason.EXHAUSTED
        self._gaps: list[Gap] = []

    def entries(self, names: Iterable[str], *places: tuple[str, ...]) -> Iterator[tuple[str, msgspec.Raw]]:
        """Yield (member, entry) of the arrays in some members, each at the first of ``places`` it has, or at the root.

        A member that cannot be read, or not to its end, becomes a gap, and the next one is read.
        """
        for name in names:
            self._files += 1
            fallback = places[-1] if places else ()
            place = next((place for place in places[:-1] if self._archive.has(name, place)), fallback)
            try:
                for raw in self._archive.array(name, place):
                    yield name, raw
            except SourceError as error:
                self.lose_file(name, error)

    def opened(self) -> None:
        """Count a member that is read by other means than :meth:`entries`."""
        self._files += 1

    def lose_file(self, name: str, error: SourceError) -> None:
        """Record that a member cannot be read (to its end)."""
        self._reason = EndReason.FAILED
        reason = GapReason.INCOMPLETE if isinstance(error, IncompleteError) else GapReason.MALFORMED
        self._gaps.append(self._job.gap("file", name, reason, error.message))

    def lose(self, subject: str | None, error: Exception, what: str = "") -> None:
        """Record that an entry cannot be read."""
        told = isinstance(error, MalformedError | msgspec.DecodeError)
        words = str(error) if told else f"the entry is not of a known shape ({type(error).__name__}: {error})"
        self._gaps.append(self._job.gap(what or self._what, subject, GapReason.MALFORMED, words))

    def within(self, moment: datetime) -> bool:
        """Count an entry of that time, and tell whether the period covers it."""
        inside = self._job.covers(moment)
        self._listed += 1
        self._outside += not inside
        return inside

    def end(self) -> Iterator[Item]:
        """Yield the gaps, then how the listing ended."""
        yield from self._gaps
        yield ListingEnd(
            listing=self._listing, reason=self._reason, pages=self._files, records=self._listed,
            outside_period=self._outside,
        )  # fmt: skip


class Ids:
    """Ids for entries without one: of their content, so that the same export gives the same ids in any order.

    Entries that are equal to the byte get a running number; the same file read again gives the same.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._seen: Counter[str] = Counter()

    def of(self, *parts: object) -> str:
        """Return an id for an entry that is told by these parts."""
        digest = hashlib.sha256("\x1f".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()[:20]
        self._seen[digest] += 1
        again = self._seen[digest]
        return f"{self._prefix}:{digest}" if again == 1 else f"{self._prefix}:{digest}:{again}"


def own_post(
    job: Import, platform: str, *, id: str, kind: str, text: str, created_at: datetime, exchange: str, raw: str,  # noqa: A002 - the record's own name
    **more: Any,
) -> Post:  # fmt: skip
    """Return a post written by the account itself; ``more`` sets any other field of :class:`~urval.records.Post`."""
    rest: dict[str, Any] = {
        "permalink": None, "title": None, "language": None, "updated_at": None, "edited": Edited.UNKNOWN,
        "author_id": None, "author_name": None, "author_role": AuthorRole.OWN, "direction": Direction.MADE,
        "in_reply_to": None, "pinned": None, "media_ids": (), "reactions": (), "reaction_count": None,
        "share_count": None, "view_count": None, "platform_comment_count": None, "visibility": Visibility.VISIBLE,
    }  # fmt: skip
    own = {"id": id, "kind": kind, "text": text, "created_at": created_at, "exchange": exchange, "raw": raw}
    return Post(platform=platform, account_id=job.account_id, captured_at=job.at, **_checked(rest | own | more))


def own_comment(
    job: Import, platform: str, *, post_id: str, id: str, text: str, created_at: datetime, exchange: str, raw: str,  # noqa: A002 - the record's own name
    **more: Any,
) -> Comment:  # fmt: skip
    """Return a comment written by the account itself under a post of its own; ``more`` as in :func:`own_post`."""
    rest: dict[str, Any] = {
        "parent_id": None, "depth": 0, "permalink": None, "language": None, "updated_at": None,
        "edited": Edited.UNKNOWN, "author_id": None, "author_name": None, "author_role": AuthorRole.OWN,
        "direction": Direction.MADE, "is_own_answer": False, "hidden": None, "visibility": Visibility.VISIBLE,
        "media_ids": (), "reaction_count": None, "platform_reply_count": None,
    }  # fmt: skip
    own = {"post_id": post_id, "id": id, "text": text, "created_at": created_at, "exchange": exchange, "raw": raw}
    return Comment(platform=platform, account_id=job.account_id, captured_at=job.at, **_checked(rest | own | more))


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields if tables can hold them: what an export says is not always of the kind it should be."""
    for name, value in fields.items():
        if name in _TEXTS and not isinstance(value, str):
            raise MalformedError(f"{name} is no text")
        if name in _TEXTS_OR_NONE and not isinstance(value, str | None):
            raise MalformedError(f"{name} is no text")
        if name.endswith("_count") and value is not None and not (type(value) is int and 0 <= value < _MOST):
            raise MalformedError(f"{name} is no number of things")
    return fields


def text_or_none(value: Any) -> str | None:
    """Return a text that is one and not empty; anything else, which ``raw`` keeps, is none."""
    return value if isinstance(value, str) and value else None


def _pixels(value: Any) -> int | None:
    return value if type(value) is int and 0 < value < _LARGEST else None


def medium(
    archive: Archive, job: Import, platform: str, *, id: str, owner_id: str, thread_id: str | None, kind: MediaKind,  # noqa: A002 - the record's own name
    member: str | None, source_url: str | None = None, alt_text: str | None = None, width: int | None = None,
    height: int | None = None, missing: str = "", absent: GapReason = GapReason.GONE,
) -> tuple[MediaItem, tuple[Gap, ...]]:  # fmt: skip
    """Keep a medium of the export and return its record, with a gap if it could not be kept.

    Args:
        archive: The export.
        job: For whom.
        platform: The platform.
        id: The medium's id.
        owner_id: What it belongs to.
        thread_id: The thread; None for the profile's pictures.
        kind: What it is.
        member: Its name in the export; None if the export does not hold it, with ``missing`` saying so in words.
        source_url: Its address at the platform, secrets removed.
        alt_text: Its description.
        width: In pixels.
        height: In pixels.
        missing: Why there is no member.
        absent: The reason code for that: ``INTERFACE_LIMIT`` where this platform's exports never hold it.
    """
    kept = archive.keep_medium(member, job.media) if member is not None else None
    stored = kept if isinstance(kept, StoredMedia) else None
    reason = None if stored else absent if kept is None else kept.reason  # type: ignore[union-attr]  # not stored
    item = MediaItem(
        platform=platform, account_id=job.account_id, id=id, owner_id=owner_id, thread_id=thread_id, kind=kind,
        source_url=text_or_none(source_url), alt_text=text_or_none(alt_text), width=_pixels(width),
        height=_pixels(height), gap=reason,
        captured_at=job.at,
        mime=stored.mime if stored else None, bytes=stored.bytes if stored else None,
        sha256=stored.sha256 if stored else None, file=stored.file if stored else None,
    )  # fmt: skip
    if reason is None:
        return item, ()
    words = missing if kept is None else kept.error  # type: ignore[union-attr]  # not stored
    return item, (job.gap("media", id, reason, words or "the export does not hold it", thread_id),)
