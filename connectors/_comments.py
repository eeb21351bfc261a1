"""Lists the comments of threads: one call a page, for several posts at a time where the platform allows it.

First the flat listing, after the comments that came with the post; then the further ones (held for review, say);
then, comment by comment, the answers that none of them brought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import Origin
from connectors._listing import Listing
from connectors._losses import UNREADABLE, id_in, member_of, reason_of, words_of
from urval.errors import GoneError, RefusedError, SourceError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors._connector import Endpoint, Replies
    from connectors._errand import Errand
    from connectors._limits import Page
    from connectors._thread import ThreadInMaking

_NOT_ASKED_FOR = "an answer holds comments of posts it was not asked about; they are left out here"


class Conversations:
    """Gives each comment of the account to its thread."""

    def __init__(self, errand: Errand) -> None:
        self._errand, self._connector = errand, errand.connector
        self._decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(errand.connector.comment_type, strict=False)

    def collect(self, threads: Sequence[ThreadInMaking]) -> None:
        """Complete some threads; what cannot be had is a gap of the thread."""
        for thread in threads:
            post = thread.mapped.post
            self._sort(
                thread.mapped.inline, Origin(post.account_id, post.captured_at, post.exchange), {post.id: thread}
            )
        open_threads = [thread for thread in threads if thread.mapped.after is not None and not thread.closed]
        for place, endpoint in enumerate(self._connector.comments):
            wanted = open_threads if place == 0 else [thread for thread in threads if not thread.closed]
            if wanted and not (place and (self._errand.dead or self._errand.is_closed(endpoint))):
                self._list(endpoint, wanted)
        if self._connector.lost_answers is not None:
            for thread in threads:
                self._look_for_own(self._connector.lost_answers, thread)
        if self._connector.replies is not None:
            for thread in threads:
                self._follow(self._connector.replies, thread)

    def _list(self, endpoint: Endpoint, threads: Sequence[ThreadInMaking]) -> None:
        """List the comments of some threads by one call a page; if that is refused, of fewer threads at a time."""
        errand, by_id = self._errand, {key: thread for thread in threads for key in thread.known_as()}
        ids = tuple(one for thread in threads for one in thread.asked_by())
        values = {**errand.values, "post_id": ids[0], "ids": ids, "after": threads[0].mapped.after or ""}
        try:
            if errand.dead:
                raise errand.dead
            if errand.is_closed(endpoint):
                raise RefusedError(f"{endpoint.name}: refused to the account as such, as another gap says.")
            listing = Listing(errand.line, endpoint, values)
            for page, records in listing:
                self._sort(records, errand.origin(page, endpoint, listing.envelope), by_id)
                self._heed(endpoint, page, threads)
            if listing.unlisted:
                words = f"the platform counts {listing.unlisted} more than it lists"
                errand.gaps.add(errand.now(), endpoint.name, None, GapReason.NOT_LISTED, words)
        except SourceError as error:
            self._lost(endpoint, threads, error)

    def _lost(self, endpoint: Endpoint, threads: Sequence[ThreadInMaking], error: SourceError) -> None:
        errand = self._errand
        if len(threads) > 1 and isinstance(error, RefusedError | GoneError) and not error_is_wide(error):
            half = len(threads) // 2
            self._list(endpoint, threads[:half])
            self._list(endpoint, threads[half:])
            return
        first = endpoint is self._connector.comments[0]
        if errand.close(endpoint, error) and not first:
            errand.note(endpoint.name, error)
            return
        for thread in threads:
            errand.note("comments" if first else endpoint.name, error, log=thread.gaps)
            thread.closed = isinstance(error, RefusedError) and error.particular
            if first:
                thread.cut_short = reason_of(error)

    def _look_for_own(self, endpoint: Endpoint, thread: ThreadInMaking) -> None:
        """Ask for own answers that the thread does not show: what is below a deleted comment may be left out."""
        errand = self._errand
        for reply in errand.replies_in(thread.known_as()):
            if thread.holds(reply.post.id):
                continue
            try:
                self._read(endpoint, thread, {"comment_id": reply.post.id})
            except SourceError as error:
                errand.note("comment", error, reply.post.id, thread.gaps)

    def _read(self, endpoint: Endpoint, thread: ThreadInMaking, more: Mapping[str, str]) -> None:
        errand = self._errand
        if errand.dead:
            raise errand.dead
        listing = Listing(errand.line, endpoint, {**errand.values, "post_id": thread.asked_by()[0], **more})
        for page, records in listing:
            self._sort(records, errand.origin(page, endpoint, listing.envelope), {thread.mapped.post.id: thread})
            self._heed(endpoint, page, (thread,))

    def _heed(self, endpoint: Endpoint, page: Page, threads: Sequence[ThreadInMaking]) -> None:
        """Record that the platform says itself that not everything is there yet."""
        if words := endpoint.caution(page.headers):
            for thread in threads:
                thread.gaps.add(page.at, "comments", None, GapReason.INCOMPLETE, words)

    def _follow(self, replies: Replies, thread: ThreadInMaking) -> None:
        """Ask for answers below comments, until no comment is left that has more than are known."""
        errand, asked = self._errand, set[str]()
        while wanted := [found for found in thread.branches(replies.branch) if found[0] not in asked]:
            for comment_id, branch in wanted:
                asked.add(comment_id)
                try:
                    self._read(replies.endpoint, thread, {"comment_id": comment_id, "after": branch.after})
                except SourceError as error:
                    errand.note("comments", error, comment_id, thread.gaps)
                    thread.cut_short = reason_of(error)

    def _sort(self, records: Sequence[msgspec.Raw], origin: Origin, by_id: Mapping[str, ThreadInMaking]) -> None:
        """Give each comment to its thread."""
        only = next(iter(by_id.values())) if len(set(map(id, by_id.values()))) == 1 else None
        inline = self._connector.replies.inline if self._connector.replies else None
        decode = self._decoder.decode
        for raw in records:
            try:
                comment = decode(raw)
                named = comment.thread_key()
                nested = inline(comment) if inline else ()
            except UNREADABLE as error:
                self._unreadable(
                    raw, error, origin, only or by_id.get(member_of(raw, self._connector.names_thread) or "")
                )
                continue
            thread = only if named is None else by_id.get(named)
            if self._connector.leaves_out(comment):
                self._errand.private += 1
            elif thread is not None:
                thread.take(comment, raw, origin)
                if nested:
                    self._sort(nested, origin, {thread.mapped.post.id: thread} if named is None else by_id)
            else:  # without its id: it may be of a thread that the selection will drop
                self._errand.gaps.add(origin.captured_at, "comment", None, GapReason.MALFORMED, _NOT_ASKED_FOR)

    def _unreadable(self, raw: msgspec.Raw, error: Exception, origin: Origin, thread: ThreadInMaking | None) -> None:
        if thread is not None:
            thread.take_malformed(raw, error, origin.captured_at)
        else:
            self._errand.gaps.add(
                origin.captured_at,
                "comment",
                id_in(raw, self._connector.id_members),
                GapReason.MALFORMED,
                words_of(error),
            )


def error_is_wide(error: RefusedError | GoneError) -> bool:
    """Tell whether asking for fewer at a time is useless."""
    return isinstance(error, RefusedError) and error.account_wide
