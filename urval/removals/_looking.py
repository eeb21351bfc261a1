"""Comparing a captured period with what its source gives later: ids only. Pure, but for reading the capture's tables.

A look judges only what it could read: what a listing that broke off, or a thread with a gap, may still hold is not
called missing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from urval.records import Gap, GapReason, Post, Visibility
from urval.removals._observed import ALL, Missing, Sign
from urval.source import EndReason, ListingEnd, Thread
from urval.spec.rule_base import REMOVAL_KIND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.capture import Capture
    from urval.source import Item

_WHOLE: Final = frozenset({EndReason.EXHAUSTED, EndReason.WINDOW_REACHED})
_SIGNS: Final = {Visibility.DELETED_BY_US: Sign.DELETED_BY_US, Visibility.GONE_UNKNOWN: Sign.GONE_UNKNOWN}
_GONE: Final = frozenset({*_SIGNS, Visibility.DELETED_BY_AUTHOR})
_COLUMNS = ("id", "post_id", "parent_id", "permalink", "visibility")


@dataclass(frozen=True, slots=True)
class HeldComment:
    """A captured comment: its thread, the comment it answers, its address."""

    thread: str
    parent: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a capture holds that was not gone then: posts with their address, comments, listings that ended well."""

    posts: dict[str, str | None]
    comments: dict[str, HeldComment]
    listings: frozenset[str]

    @classmethod
    def of(cls, capture: Capture) -> Held:
        """Return what a capture holds, entries of the register apart."""
        known = [post for post in capture.records(Post) if post.kind != REMOVAL_KIND]
        comments = {
            row["id"]: HeldComment(row["post_id"], row["parent_id"], row["permalink"])
            for batch in capture.comment_batches({post.id for post in known}, _COLUMNS)
            for row in batch.to_pylist()
            if row["visibility"] not in _GONE
        }
        ends = capture.info.document["listings"]
        return cls(
            posts={post.id: post.permalink for post in known if post.visibility not in _GONE},
            comments=comments,
            listings=frozenset(end["listing"] for end in ends if end["reason"] in _WHOLE),
        )


@dataclass(slots=True)
class Seen:
    """What a reading gave: ids with what the platform says of them, and the threads it cannot judge."""

    posts: dict[str, Visibility] = field(default_factory=dict)
    comments: dict[str, Visibility] = field(default_factory=dict)
    listings: set[str] = field(default_factory=set)
    uncertain: set[str] = field(default_factory=set)

    def take(self, item: Item) -> None:
        """Take one item of the source."""
        if isinstance(item, Thread):
            self.posts[item.post.id] = item.post.visibility
            self.comments |= {comment.id: comment.visibility for comment in item.comments}
            for gap in item.gaps:
                self._doubt(gap)
        elif isinstance(item, ListingEnd):
            self.listings |= {item.listing} if item.reason in _WHOLE else set()
        elif isinstance(item, Gap):
            self._doubt(item)

    def _doubt(self, gap: Gap) -> None:
        if gap.what == "comments":
            self.uncertain.add(gap.thread_id or ALL)
        elif gap.what in {"post", "comment"} and gap.reason is not GapReason.GONE:
            self.uncertain.add(gap.thread_id or gap.subject_id or ALL)

    def missing(self, held: Held) -> list[Missing]:
        """Return what is held and was not seen, or was given as gone; a comment stands for the answers under it."""
        if not held.listings <= self.listings:
            self.uncertain.add(ALL)
        posts = list(self._posts(held))
        gone = {one.id: one for one in self._comments(held)}
        return posts + [one for name, one in gone.items() if held.comments[name].parent not in gone]

    def _posts(self, held: Held) -> Iterator[Missing]:
        for name in held.posts:
            sign = _SIGNS.get(self.posts[name]) if name in self.posts else self._sign(name)
            if sign is not None:
                yield Missing(what="post", id=name, thread=name, sign=sign)

    def _comments(self, held: Held) -> Iterator[Missing]:
        for name, one in held.comments.items():
            if one.thread not in self.posts:
                continue  # with its post
            sign = _SIGNS.get(self.comments[name]) if name in self.comments else self._sign(one.thread)
            if sign is not None:
                yield Missing(what="comment", id=name, thread=one.thread, sign=sign)

    def _sign(self, thread: str) -> Sign | None:
        return None if thread in self.uncertain or ALL in self.uncertain else Sign.MISSING
