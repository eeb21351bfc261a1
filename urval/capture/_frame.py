"""What selection rules look at, and how complete a thread is. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urval.capture._layout import instant
from urval.manifest import canonical, sha256_hex
from urval.records import Comment, Completeness, CountReason, GapReason, Visibility
from urval.selection.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.source import Thread

# What a capture failed to get, and another might have got; the other reasons are facts of the platform.
_FAILED = frozenset({GapReason.REFUSED, GapReason.MALFORMED, GapReason.INCOMPLETE, GapReason.UNREACHABLE})
_COUNT_REASONS = frozenset(reason.value for reason in CountReason)


def completeness_of(thread: Thread) -> Completeness:
    """Set the platform's own number of comments beside the captured one, and explain the difference.

    A gap of one comment explains one; a listing that ended early explains the rest. Otherwise the rest is
    ``not_listed`` (platforms count removed and private comments that they list to nobody). Where more was captured than
    counted, comments held back and hidden ones explain as many as there are, and ``listed_more`` the rest.
    """
    stated, captured = thread.post.platform_comment_count, len(thread.comments)
    difference = None if stated is None else stated - captured
    return Completeness(
        account_id=thread.post.account_id,
        thread_id=thread.post.id,
        platform_count=stated,
        captured_count=captured,
        difference=difference,
        reasons=() if difference is None else _reasons(thread, difference),
    )


def _reasons(thread: Thread, difference: int) -> tuple[tuple[str, int], ...]:
    counts: dict[str, int] = {}
    ended_early = next(
        (gap.reason.value for gap in thread.gaps if gap.what == "comments"), CountReason.NOT_LISTED.value
    )
    for gap in thread.gaps:
        if gap.what == "comment":
            reason = gap.reason.value if gap.reason.value in _COUNT_REASONS else CountReason.MALFORMED.value
            counts[reason] = counts.get(reason, 0) + 1
    rest = difference - sum(counts.values())
    if rest > 0:
        counts[ended_early] = counts.get(ended_early, 0) + rest
    elif rest < 0:
        counts |= _surplus(thread, -rest)
    return tuple(sorted(counts.items()))


def _surplus(thread: Thread, amount: int) -> dict[str, int]:
    shown = [comment.visibility for comment in thread.comments]
    held = min(amount, shown.count(Visibility.HELD))
    hidden = min(amount - held, shown.count(Visibility.HIDDEN))
    named = {CountReason.HELD: held, CountReason.HIDDEN: hidden, CountReason.LISTED_MORE: amount - held - hidden}
    return {reason.value: count for reason, count in named.items() if count}


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What rules look at that is the account's: followers, and what changed on its page (None: nothing to compare)."""

    followers: int | None = None
    changes: tuple[str, ...] | None = None


def frame_row(thread: Thread, comments: Sequence[Comment], page: PageFacts = PageFacts()) -> tuple[Any, ...]:
    """Return the thread's row of the frame, in the order of ``FRAME_SCHEMA``.

    ``content_digest`` covers the raw object of the post, of every comment and version in order, and the digest of every
    medium; ``digest`` covers the row itself.
    """
    post = thread.post
    raws = [post.raw, *(comment.raw for comment in comments), *(version.raw for version in thread.versions)]
    content = hashlib.sha256("\n".join(raws).encode())
    text_bytes = len(post.text.encode())
    for item in thread.media:
        content.update(b"\n" + (item.sha256 or item.gap or "").encode())
        text_bytes += item.bytes or 0
    text = f"{post.title}\n{post.text}" if post.title else post.text
    row = {
        "thread_id": post.id,
        "created_at": instant(post.created_at),
        "kind": post.kind,
        "text": text,
        "language": post.language,
        "author_role": post.author_role.value,
        "questions": ("?" in text) + sum("?" in comment.text for comment in comments),
        "comments": len(comments),
        "platform_comment_count": post.platform_comment_count,
        "reactions": post.reaction_count,
        "shares": post.share_count,
        "views": post.view_count,
        "bytes": text_bytes,
        "media": len(thread.media),
        "followers": page.followers,
        "page_changes": None if page.changes is None else ",".join(page.changes),
        "pinned": bool(post.pinned),
        "removed": _something_removed(thread),
        "whole": not any(gap.what != "media" and gap.reason in _FAILED for gap in thread.gaps),
        "thread_key": key_of(post.id),
        "author_key": key_of(post.author_id) if post.author_id else None,
        "content_digest": content.hexdigest(),
    }
    return (post.id, post.created_at, *list(row.values())[2:], row_digest(row))


def _something_removed(thread: Thread) -> bool:
    shown = [thread.post.visibility, *[comment.visibility for comment in thread.comments]]
    return shown.count(Visibility.VISIBLE) < len(shown)


def row_digest(row: dict[str, Any]) -> str:
    """Return the hex SHA-256 of a frame row's canonical JSON (all columns but ``digest``; time as RFC 3339 in UTC)."""
    return sha256_hex(canonical(row))
