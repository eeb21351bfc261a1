"""One thread in the making: the post, its comments as they come in, then the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors._losses import UNREADABLE, GapLog, id_in
from connectors._media import NotStored, StoredMedia
from connectors._tree import depths, missing_parents
from urval.records import GapReason, MediaItem
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import msgspec

    from connectors._connector import Authors, CommentObject, Connector, MappedPost, MediaRef, Origin
    from connectors._gate import Gate
    from urval.records import Comment


class MediaFetcher:
    """Turns named media into records, fetching each once."""

    def __init__(self, gate: Gate, platform: str, account_id: str, own_authority: str) -> None:
        self._gate, self._platform, self._account_id = gate, platform, account_id
        self._own_authority = own_authority

    def fetch(self, ref: MediaRef, owner_id: str, thread_id: str | None, gaps: GapLog) -> MediaItem:
        """Return the medium's record; if it cannot be had, record the gap as well."""
        outcome = (
            NotStored(reason=GapReason.REFUSED, error=ref.withheld)
            if ref.url is None
            else self._gate.download(ref.url, own_authority=self._own_authority)
        )
        stored = outcome if isinstance(outcome, StoredMedia) else None
        missing = outcome if isinstance(outcome, NotStored) else None
        if missing is not None:
            gaps.add(self._gate.clock(), "media", ref.id, missing.reason, missing.error)
        return MediaItem(
            platform=self._platform,
            account_id=self._account_id,
            id=ref.id,
            owner_id=owner_id,
            thread_id=thread_id,
            kind=ref.kind,
            source_url=ref.url,
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


class ThreadInMaking:
    """Collects a post's comments by id, then maps them with their place in the tree."""

    def __init__(self, mapped: MappedPost, connector: Connector, authors: Authors) -> None:
        self.mapped = mapped
        self.gaps = GapLog(mapped.post.account_id, mapped.post.id)
        self.cut_short: GapReason | None = None  # why the listing of its comments ended early
        self._connector, self._authors = connector, authors
        self._found: dict[str, tuple[CommentObject, msgspec.Raw, Origin]] = {}
        self._unread: set[str | None] = set()  # ids of comments that were listed but cannot be read
        for what, reason, words in mapped.troubles:
            self.gaps.add(mapped.post.captured_at, what, mapped.post.id, reason, words)

    def take(self, comment: CommentObject, raw: msgspec.Raw, origin: Origin) -> None:
        """Add a comment; one that was listed before is dropped."""
        key = comment.key()
        if key:
            self._found.setdefault(key, (comment, raw, origin))
        else:
            self.gaps.add(origin.captured_at, "comments", None, GapReason.REFUSED, self._connector.no_comment_id)

    def take_malformed(self, raw: msgspec.Raw, error: Exception, at: datetime) -> None:
        """Record a comment that cannot be read."""
        key = id_in(raw)
        self._unread.add(key)
        self.gaps.add(at, "comment", key, GapReason.MALFORMED, str(error))

    def whole(self, media: MediaFetcher, at: datetime) -> Thread:
        """Return the thread: comments mapped, media fetched, gaps recorded."""
        post = self.mapped.post
        items = [media.fetch(ref, post.id, post.id, self.gaps) for ref in self.mapped.media]
        parents = {key: found[0].parent_key() for key, found in self._found.items()}
        for parent in missing_parents(parents):
            if parent in self._unread:  # has its gap, and was listed
                continue
            reason = self.cut_short or GapReason.NOT_LISTED
            self.gaps.add(at, "comment", parent, reason, "an answer names it, but the platform does not list it")
        comments = tuple(self._mapped_comments(parents))
        for comment in comments:
            if comment.media_ids:
                refs = self._connector.comment_media(self._found[comment.id][0])
                items += [media.fetch(ref, comment.id, post.id, self.gaps) for ref in refs]
        return Thread(post=post, comments=comments, media=tuple(items), gaps=self.gaps.take())

    def _mapped_comments(self, parents: dict[str, str | None]) -> Iterable[Comment]:
        own = {key for key, (comment, _, _) in self._found.items() if comment.author_key() in self._authors.ids}
        depth, to_comment, post_id = depths(parents), self._connector.to_comment, self.mapped.post.id
        for key, (comment, raw, origin) in self._found.items():
            parent = parents[key]
            answer = key in own and parent is not None and parent not in own
            try:
                text = str(raw, "utf-8")
                yield to_comment(comment, text, origin, self._authors, post_id=post_id, depth=depth[key], answer=answer)
            except UNREADABLE as error:
                self.take_malformed(raw, error, origin.captured_at)
