"""What a reviewer sees of a proposal, without any layout: plain values, so that text, JSON and page tell the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleLine:
    """A rule: its id, what its threads may be used to show, and how many threads it names."""

    id: str
    claim: str
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLine:
    """One thread of the frame. ``why`` says in words what decided; ``chances`` are "rule: exact fraction"."""

    id: str
    decision: str
    rules: tuple[str, ...]
    chances: tuple[str, ...]
    created_at: datetime
    kind: str
    text: str
    comments: int
    whole: bool
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewView:
    """A proposal as a person reviews it. Times are aware; digests are hex SHA-256.

    ``stands`` is ``proposed`` as long as approvals are missing. ``look`` is what changed on the account's page since
    the capture before; None where there is nothing to compare with. ``vanished`` are posts and comments that are gone
    and were never entered in the register of removed items. ``gaps`` counts by reason, ``gap_words``
    says the same in words, ``account_gaps`` tells those of the account as a whole.
    """

    archive: str
    account: str
    account_name: str
    platform: str
    occasion: str
    occasion_kind: str
    period: str
    start: str  # local days
    end: str
    timezone: str
    captured_at: datetime
    capture: str
    capture_sha256: str
    stands: str
    since: datetime
    returned: str
    supplements: str | None
    corrects: str | None
    proposal: str
    persons: int
    approvals: tuple[dict[str, Any], ...]
    frame: int
    kept: int
    dropped: int
    excluded: int
    rules: tuple[RuleLine, ...]
    missing: tuple[tuple[str, str], ...]  # rule, thread
    substitutes: tuple[tuple[str, str, str], ...]  # rule, lost, taken
    completeness: dict[str, Any]  # the manifest's totals, of the kept threads
    differences: tuple[str, ...]  # in words: why captured comments and the platform's number differ
    gaps: dict[str, int]
    gap_words: tuple[str, ...]
    account_gaps: tuple[str, ...]
    look: tuple[str, ...] | None
    vanished: tuple[str, ...]
    changes: tuple[dict[str, Any], ...]
    attachments: tuple[dict[str, Any], ...]
    threads: tuple[ThreadLine, ...]

    def of(self, decision: str) -> tuple[ThreadLine, ...]:
        """Return the threads that were kept, dropped or excluded."""
        return tuple(thread for thread in self.threads if thread.decision == decision)

    def as_json(self) -> dict[str, Any]:
        """Return the fields as JSON values, times as RFC 3339 in UTC."""
        value: dict[str, Any] = _plain({name: getattr(self, name) for name in self.__slots__})
        return value


def _plain(value: Any) -> Any:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case RuleLine() | ThreadLine():
            return {name: _plain(getattr(value, name)) for name in value.__slots__}
        case _:
            return value
