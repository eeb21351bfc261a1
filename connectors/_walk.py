"""The one loop that runs a declared connector: profile, listings, comments, media, and what could not be had.

Order: the profile; who writes for the body; each listing from newest to oldest; with each page its threads, whole. The
period's filter is applied here (``start <= created < end``), because platforms' bounds are vague; a listing is left
early only after a whole page that lies before the period. Whatever fails becomes a gap and the run goes on, except
that a failing profile ends the account (nothing would vouch for whose posts they are) and a dead token its listings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import msgspec

from connectors._address import target_of
from connectors._connector import Authors, Origin
from connectors._listing import Listing
from connectors._losses import UNREADABLE, GapLog, id_in, member_of, reason_of, words_of
from connectors._thread import MediaFetcher, ThreadInMaking
from urval.errors import GoneError, MalformedError, RefusedError, SourceError
from urval.records import GapReason
from urval.source import EndReason, ListingEnd, Method, ProfileView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from connectors._connector import Connector, Endpoint, MappedPost
    from connectors._limits import Page
    from connectors._listing import Line
    from urval.source import Item

_NOT_ASKED_FOR = "an answer holds comments of posts it was not asked about; they are left out here"
_CHECK_ADDRESS = "Check base_url and the account's id in the spec."


@dataclass(slots=True)
class _Tally:
    """What a listing has shown so far."""

    listed: set[str] = field(default_factory=set)
    outside: int = 0


class ConnectorSource:
    """A :class:`urval.source.Source` made of a connector, a line to the platform, an account and a period."""

    def __init__(
        self,
        connector: Connector,
        line: Line,
        *,
        account_id: str,
        start: datetime,
        end: datetime,
        values: Mapping[str, str],
    ) -> None:
        """Build a source.

        Args:
            connector: The platform's declaration.
            line: Gate, base address, credential.
            account_id: The register's id of the account.
            start: First instant of the period, aware.
            end: First instant after the period, aware.
            values: What the templates of paths and parameters may name: the settings, and the period's bounds.
        """
        self.method = Method(
            platform=connector.platform,
            interface=connector.interface,
            api_version=values.get("api_version") or connector.api_version,
            base_url=line.base_url,
            scopes=connector.scopes,
        )
        self._connector, self._line, self._gate = connector, line, line.gate
        self._account_id, self._start, self._end = account_id, start, end
        self._values = dict(values)
        self._gaps = GapLog(account_id, None)
        self._media = MediaFetcher(line.gate, connector.platform, account_id, target_of(line.base_url).authority)
        self._decoder = msgspec.json.Decoder(connector.comment_type, strict=False)
        self._authors = Authors(frozenset())
        self._known: set[str] = set()  # posts that have their thread already, under all their ids
        self._dead: RefusedError | None = None

    def read(self) -> Iterator[Item]:
        """Yield the account's items once.

        Raises:
            ConfigError: The address cannot be used, or the credential would travel in the open.
            SourceError: The profile cannot be had; then nothing was yielded.
        """
        yield self._read_profile()
        yield from self._gaps.take()
        if self._connector.authors is not None:
            self._read_authors(self._connector.authors)
        for endpoint in self._connector.listings:
            yield from self._read_listing(endpoint)

    def _origin(self, page: Page) -> Origin:
        return Origin(self._account_id, page.at, page.sha256)

    def _read_profile(self) -> ProfileView:
        try:
            page = self._line.get(self._connector.profile, self._values)
        except (GoneError, MalformedError) as error:
            error.next_step = error.next_step or _CHECK_ADDRESS  # the first call: whatever answers is not the account
            raise
        try:
            mapped = self._connector.to_profile(page.body, self._origin(page), self._values)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedError(
                f"The profile of account {self._account_id} cannot be read: {error}.",
                next_step=_CHECK_ADDRESS,
            ) from error
        self._authors = Authors(mapped.authors)
        self._values["own_id"] = mapped.profile.id
        media = tuple(self._media.fetch(ref, mapped.profile.id, None, self._gaps) for ref in mapped.media)
        return ProfileView(profile=mapped.profile, media=media)

    def _read_authors(self, endpoint: Endpoint) -> None:
        ids = set(self._authors.ids)
        try:
            for _, records in Listing(self._line, endpoint, self._values):
                ids.update(self._connector.author_key(raw) for raw in records)
            self._authors = Authors(frozenset(ids))
        except (SourceError, *UNREADABLE) as error:
            self._authors = Authors(frozenset(ids), complete=False)
            reason = reason_of(error) if isinstance(error, SourceError) else GapReason.MALFORMED
            self._gaps.add(self._gate.clock(), endpoint.name, None, reason, words_of(error))
            self._note_death(error)

    def _note_unlisted(self, endpoint: Endpoint, listing: Listing) -> None:
        if listing.unlisted:
            words = f"the platform counts {listing.unlisted} more than it lists"
            self._gaps.add(self._gate.clock(), endpoint.name, None, GapReason.NOT_LISTED, words)

    def _note_death(self, error: Exception) -> None:
        if isinstance(error, RefusedError) and error.account_wide:
            self._dead = error

    def _read_listing(self, endpoint: Endpoint) -> Iterator[Item]:
        tally, listing = _Tally(), Listing(self._line, endpoint, self._values)
        reason: EndReason | None = None
        try:
            for page, records in () if self._dead else listing:
                posts, all_before = self._posts_of(endpoint, page, records, tally)
                yield from self._threads(posts)
                if self._dead:
                    break
                if all_before:
                    reason = EndReason.WINDOW_REACHED
                    break
            self._note_unlisted(endpoint, listing)
        except SourceError as error:
            reason = EndReason.REFUSED if isinstance(error, RefusedError) else EndReason.FAILED
            self._gaps.add(self._gate.clock(), endpoint.name, None, reason_of(error), words_of(error))
            self._note_death(error)
        if self._dead:
            reason = EndReason.REFUSED
            self._gaps.add(self._gate.clock(), endpoint.name, None, GapReason.REFUSED, words_of(self._dead))
        yield from self._gaps.take()
        yield ListingEnd(
            listing=endpoint.name,
            reason=reason or listing.end or EndReason.FAILED,
            pages=listing.pages,
            records=len(tally.listed),
            outside_period=tally.outside,
        )

    def _posts_of(
        self, endpoint: Endpoint, page: Page, records: Sequence[msgspec.Raw], tally: _Tally
    ) -> tuple[list[MappedPost], bool]:
        """Return the page's posts that still need a thread, and whether all of the page lies before the period."""
        posts: list[MappedPost] = []
        before, origin, own_id = 0, self._origin(page), self._values["own_id"]
        for raw in records:
            try:
                mapped = self._connector.to_post(raw, origin, endpoint.name, own_id)
            except UNREADABLE as error:
                self._gaps.add(page.at, "post", id_in(raw), GapReason.MALFORMED, str(error))
                continue
            post = mapped.post
            before += post.created_at < self._start
            if post.id in tally.listed:
                continue
            tally.listed.add(post.id)
            if not self._start <= post.created_at < self._end:
                tally.outside += 1
            elif self._known.isdisjoint((post.id, *mapped.same_as)):
                self._known.update((post.id, *mapped.same_as))
                posts.append(mapped)
        return posts, 0 < len(records) == before

    def _threads(self, posts: Sequence[MappedPost]) -> Iterator[Item]:
        size = self._connector.posts_per_call
        for first in range(0, len(posts), size):
            threads = [self._begun(mapped) for mapped in posts[first : first + size]]
            open_threads = threads if size > 1 else [t for t in threads if t.mapped.after is not None]
            if open_threads:
                self._collect(open_threads)
            for thread in threads:
                yield thread.whole(self._media, self._gate.clock())

    def _begun(self, mapped: MappedPost) -> ThreadInMaking:
        """Return a thread with the comments that came with the post."""
        post = mapped.post
        own = self._authors.ids | ({post.author_id} if post.author_id else set())
        thread = ThreadInMaking(mapped, self._connector, replace(self._authors, ids=own))
        self._sort(mapped.inline, Origin(self._account_id, post.captured_at, post.exchange), {post.id: thread})
        return thread

    def _collect(self, threads: Sequence[ThreadInMaking]) -> None:
        """List the comments of some threads by one call a page; if that is refused, of fewer threads at a time."""
        by_id = {thread.mapped.post.id: thread for thread in threads}
        after = threads[0].mapped.after or ""
        first = threads[0].mapped.comments_of or threads[0].mapped.post.id
        values = {**self._values, "post_id": first, "post_ids": ",".join(by_id), "after": after}
        try:
            if self._dead:
                raise self._dead
            listing = Listing(self._line, self._connector.comments, values)
            for page, records in listing:
                self._sort(records, self._origin(page), by_id)
            self._note_unlisted(self._connector.comments, listing)
        except SourceError as error:
            self._note_death(error)
            if len(threads) > 1 and isinstance(error, RefusedError | GoneError) and not self._dead:
                half = len(threads) // 2
                self._collect(threads[:half])
                self._collect(threads[half:])
                return
            for thread in threads:
                thread.cut_short = reason_of(error)
                thread.gaps.add(self._gate.clock(), "comments", None, thread.cut_short, words_of(error))

    def _sort(self, records: Sequence[msgspec.Raw], origin: Origin, by_id: Mapping[str, ThreadInMaking]) -> None:
        """Give each comment to its thread."""
        only = next(iter(by_id.values())) if len(by_id) == 1 else None
        decode = self._decoder.decode
        for raw in records:
            try:
                comment = decode(raw)
            except UNREADABLE as error:
                thread = only or by_id.get(member_of(raw, self._connector.names_thread) or "")
                if thread is not None:
                    thread.take_malformed(raw, error, origin.captured_at)
                else:
                    self._gaps.add(origin.captured_at, "comment", id_in(raw), GapReason.MALFORMED, str(error))
                continue
            named = comment.thread_key()
            thread = only if named is None else by_id.get(named)
            if thread is not None:
                thread.take(comment, raw, origin)
            else:  # without its id: it may be of a thread that the selection will drop
                self._gaps.add(origin.captured_at, "comment", None, GapReason.MALFORMED, _NOT_ASKED_FOR)
