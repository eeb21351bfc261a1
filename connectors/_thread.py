"""One thread in the making: the post, its comments as they come in, then the whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from connectors._address import target_of
from connectors._losses import UNREADABLE, GapLog, id_in
from connectors._media import NotStored, StoredMedia
from connectors._tree import depths, missing_parents
from urval.errors import MalformedError
from urval.records import GapReason, MediaItem
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    import msgspec

    from connectors._connector import Authors, Branch, CommentObject, Connector, MappedPost, MediaRef, Origin
    from connectors._gate import Gate
    from urval.records import Comment, Post

_RAN_OUT: Final = frozenset({GapReason.GONE, GapReason.REFUSED})


class MediaFetcher:
    """Turns named media into records, fetching each once."""

    def __init__(self, gate: Gate, platform: str, account_id: str, hosts: Mapping[str, str]) -> None:
        """Build one; ``hosts`` are the account's own addresses by setting, which may lie in an inner network."""
        self._gate, self._platform, self._account_id, self._hosts = gate, platform, account_id, hosts
        self._own = frozenset(target_of(host).authority for host in hosts.values())

    def fetch(
        self,
        ref: MediaRef,
        owner_id: str,
        thread_id: str | None,
        gaps: GapLog,
        anew: Callable[[MediaRef], MediaRef | None] | None = None,
    ) -> MediaItem:
        """Return the medium's record; if it cannot be had, record the gap as well.

        ``anew`` may find another address for a medium whose address no longer works.
        """
        outcome = self._outcome(ref)
        if isinstance(outcome, NotStored) and outcome.reason in _RAN_OUT and anew and ref.url:
            fresh = anew(ref)  # signed addresses run out: the post is read again for one that works
            if fresh is not None and fresh.url != ref.url:
                ref, outcome = fresh, self._outcome(fresh)
        stored = outcome if isinstance(outcome, StoredMedia) else None
        missing = outcome if isinstance(outcome, NotStored) else None
        if missing is not None and not ref.never:  # what nobody is given is said once, for the account
            gaps.add(self._gate.clock(), "media", ref.id, missing.reason, missing.error)
        return MediaItem(
            platform=self._platform,
            account_id=self._account_id,
            id=ref.id,
            owner_id=owner_id,
            thread_id=thread_id,
            kind=ref.kind,
            source_url=None if ref.url is None else self._hosts.get(ref.base, "") + ref.url,
            alt_text=ref.alt_text,
            mime=None if stored is None else stored.mime,
            bytes=None if stored is None else stored.bytes,
            sha256=None if stored is None else stored.sha256,
            file=None if stored is None else stored.file,
            width=ref.width,
            height=ref.height,
            captured_at=None if stored is None else self._gate.clock(),
            gap=None if missing is None else missing.reason,
        )

    def _outcome(self, ref: MediaRef) -> StoredMedia | NotStored:
        if ref.url is not None:
            address = self._hosts[ref.base] + ref.url if ref.base else ref.url
            return self._gate.download(address, own=self._own, sha256=ref.sha256)
        return NotStored(reason=GapReason.INTERFACE_LIMIT if ref.never else GapReason.REFUSED, error=ref.withheld)


class ThreadInMaking:
    """Collects a post's comments by id, then maps them with their place in the tree.

    ``history`` names, after :meth:`whole`, what to ask for earlier texts, and of which post or comment.
    """

    def __init__(self, mapped: MappedPost, connector: Connector, authors: Authors) -> None:
        self.mapped = mapped
        self.gaps = GapLog(mapped.post.account_id, mapped.post.id)
        self.cut_short: GapReason | None = None  # why the listing of its comments ended early
        self.closed = mapped.closed  # the platform has closed its comments to everybody
        self.history: list[tuple[str, Post | Comment]] = []
        self._connector, self._authors = connector, authors
        self._found: dict[str, tuple[CommentObject, msgspec.Raw, Origin]] = {}
        self._unread: set[str | None] = set()  # ids of comments that were listed but cannot be read
        self._also: dict[str, str] = {}  # another id of a comment -> the id under which it is kept
        for what, reason, words in mapped.troubles:
            self.gaps.add(mapped.post.captured_at, what, mapped.post.id, reason, words)

    def known_as(self) -> tuple[str, ...]:
        """Return the ids by which a comment may name this thread."""
        return (self.mapped.post.id, *self.mapped.same_as, *self.mapped.asked_by())

    def asked_by(self) -> tuple[str, ...]:
        """Return the ids by which its comments are asked for."""
        return self.mapped.asked_by()

    def holds(self, key: str) -> bool:
        """Tell whether a comment is there already, by any of its ids."""
        return key in self._found or key in self._also

    def branches(self, branch: Callable[[Any, int], Branch | None]) -> list[tuple[str, Branch]]:
        """Return the comments that have more answers than are known."""
        children = Counter(comment.parent_key() for comment, _, _ in self._found.values())
        asked = ((key, branch(found[0], children[key])) for key, found in self._found.items())
        return [(key, more) for key, more in asked if more is not None]

    def take(self, comment: CommentObject, raw: msgspec.Raw, origin: Origin) -> None:
        """Add a comment; one that was listed before is dropped."""
        key, why = comment.key(), self._connector.stands_for(comment)
        if why is not None:
            self._unread.add(key)
            self.gaps.add(origin.captured_at, "comment", key, *why)
        elif key:
            if key not in self._found:
                self._also |= dict.fromkeys(self._connector.comment_aliases(comment), key)
                self._found[key] = (comment, raw, origin)
        else:
            self.gaps.add(origin.captured_at, "comments", None, GapReason.REFUSED, self._connector.no_comment_id)

    def take_malformed(self, raw: msgspec.Raw, error: Exception, at: datetime) -> None:
        """Record a comment that cannot be read."""
        key = id_in(raw, self._connector.id_members)
        self._unread.add(key)
        self.gaps.add(at, "comment", key, GapReason.MALFORMED, str(error))

    def whole(
        self, media: MediaFetcher, at: datetime, anew: Callable[[MediaRef], MediaRef | None] | None = None
    ) -> Thread:
        """Return the thread: comments mapped, media fetched, gaps recorded."""
        post = self.mapped.post
        items = [media.fetch(ref, post.id, post.id, self.gaps, anew) for ref in self.mapped.media]
        parents = {key: self._parent(found[0]) for key, found in self._found.items()}
        for parent in missing_parents(parents):
            if parent in self._unread:  # has its gap, and was listed
                continue
            reason = self.cut_short or GapReason.NOT_LISTED
            self.gaps.add(at, "comment", parent, reason, "an answer names it, but the platform does not list it")
        comments = tuple(self._mapped_comments(parents))
        for comment in comments:
            if comment.media_ids:
                found, _, origin = self._found[comment.id]
                refs = self._connector.comment_media(found, origin)
                items += [media.fetch(ref, comment.id, post.id, self.gaps) for ref in refs]
        self._note_history(post, comments)
        if self.cut_short is None and (words := self._connector.shortage(post, comments)):
            self.gaps.add(at, "comments", None, GapReason.INTERFACE_LIMIT, words)
        return Thread(post=self._counted(post, comments), comments=comments, media=tuple(items), gaps=self.gaps.take())

    def _note_history(self, post: Post, comments: tuple[Comment, ...]) -> None:
        if self._connector.history is not None:
            self.history = [(ask, post) for ask in self.mapped.history]
            self.history += [
                (ask, comment)
                for comment in comments
                for ask in self._connector.comment_history(self._found[comment.id][0])
            ]

    def _counted(self, post: Post, comments: tuple[Comment, ...]) -> Post:
        """Add up the platform's numbers, where each counts direct answers only."""
        stated = post.platform_comment_count
        if stated is None or not self._connector.counts_direct:
            return post
        known = {comment.id for comment in comments}
        below = sum(comment.platform_reply_count or 0 for comment in comments)
        # An answer to a comment that is not there is in no number that is known.
        uncounted = sum(comment.parent_id is not None and comment.parent_id not in known for comment in comments)
        return replace(post, platform_comment_count=stated + below + uncounted)

    def _parent(self, comment: CommentObject) -> str | None:
        """Return the parent's id as it is kept here; an answer to the post itself is on the top level."""
        named = comment.parent_key()
        if named is None or (self._connector.answers_name_post and named in self.known_as()):
            return None
        return self._also.get(named, named)

    def _mapped_comments(self, parents: dict[str, str | None]) -> Iterable[Comment]:
        own = {key for key, (comment, _, _) in self._found.items() if comment.author_key() in self._authors.ids}
        depth, to_comment, post_id = depths(parents), self._connector.to_comment, self.mapped.post.id
        for key, (comment, raw, origin) in self._found.items():
            parent = parents[key]
            answer = key in own and parent is not None and parent not in own
            try:
                text = str(raw, "utf-8")
                made = to_comment(
                    comment, text, origin, self._authors,
                    post_id=post_id, parent=parent, depth=depth[key], answer=answer,
                )  # fmt: skip
                if made.created_at.tzinfo is None:
                    raise MalformedError("the comment has a time without a zone")
                yield made
            except UNREADABLE as error:
                self.take_malformed(raw, error, origin.captured_at)
