"""From typed errors to gaps: the reason code, and the platform's own words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from urval.errors import GoneError, IncompleteError, MalformedError, RefusedError, SourceError
from urval.records import Gap, GapReason

if TYPE_CHECKING:
    from datetime import datetime

_REASONS: tuple[tuple[type[SourceError], GapReason], ...] = (
    (RefusedError, GapReason.REFUSED),
    (GoneError, GapReason.GONE),
    (MalformedError, GapReason.MALFORMED),
    (IncompleteError, GapReason.INCOMPLETE),
)
# What a mapping raises for a broken record. ValueError includes what is no Unicode; the others are what hostile
# numbers, times and shapes lead to.
UNREADABLE = (msgspec.DecodeError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError, MalformedError)


def reason_of(error: SourceError) -> GapReason:
    """Return the reason code for an error; retries that were used up count as unreachable."""
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), GapReason.UNREACHABLE)


def words_of(error: Exception) -> str:
    """Return what a gap keeps of an error: the platform's words where there are any, else the sentence."""
    return getattr(error, "platform_error", "") or str(error)


def id_in(raw: msgspec.Raw, members: tuple[str, ...] = ("id",)) -> str | None:
    """Return the id of a record that cannot be mapped, if one of these places holds it (dots go deeper)."""
    return next((found for member in members if (found := member_of(raw, member)) is not None), None)


def member_of(raw: msgspec.Raw, name: str) -> str | None:
    """Return what a member of a record that cannot be mapped says, if that is an id; dots in the name go deeper."""
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return str(value) if isinstance(value, str | int) and value != "" else None


class GapLog:
    """Collects gaps of an account or a thread; the same one is kept once."""

    def __init__(self, account_id: str, thread_id: str | None) -> None:
        self._account_id = account_id
        self._thread_id = thread_id
        self._gaps: dict[tuple[str, str | None, GapReason, str], Gap] = {}

    def add(self, at: datetime, what: str, subject_id: str | None, reason: GapReason, words: str) -> None:
        """Record a gap; seen again, only the time of the last try changes."""
        key = (what, subject_id, reason, words)
        before = self._gaps.get(key)
        self._gaps[key] = Gap(
            account_id=self._account_id,
            thread_id=self._thread_id,
            what=what,
            subject_id=subject_id,
            reason=reason,
            error=words,
            first_tried_at=before.first_tried_at if before else at,
            last_tried_at=at,
        )

    def take(self) -> tuple[Gap, ...]:
        """Return the gaps and forget them."""
        gaps = tuple(self._gaps.values())
        self._gaps.clear()
        return gaps
