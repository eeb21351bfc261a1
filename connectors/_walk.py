"""The one loop that runs a declared connector: profile, listings, comments, media, and what could not be had.

Order: the profile; who writes for the body; each listing from newest to oldest; with each page its threads, whole. The
period's filter is applied here (``start <= created < end``), because platforms' bounds are vague; a listing is left
early only after a whole page that lies before the period. Whatever fails becomes a gap and the run goes on, except
that a failing profile ends the account (nothing would vouch for whose posts they are) and a dead token its listings.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from connectors._comments import Conversations
from connectors._companions import completed, enriched, versions_of
from connectors._connector import Authors
from connectors._errand import Errand
from connectors._listing import Listing
from connectors._losses import UNREADABLE, id_in, words_of
from connectors._thread import MediaFetcher, ThreadInMaking
from urval.errors import GoneError, MalformedError, RefusedError, SourceError, ThrottledError
from urval.records import AuthorRole, GapReason
from urval.source import PRIVATE_CAME, EndReason, ListingEnd, Method, ProfileView

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from connectors._connector import Connector, Endpoint, MappedPost, MediaRef, Origin
    from connectors._listing import Line
    from urval.source import Item, Thread

_NOT_COLLECTED = "private messages came with what was asked for; they are no records, and their exchanges no part of it"
_ONLY_NEWEST = (
    "only the newest entries are shown, none older than the period's start; earlier ones of the period may be missing"
)
_NEARLY = 0.95  # of an interface's reach: platforms leave some out after they have cut
_CHECK_ADDRESS = "Check base_url and the account's id in the spec."


@dataclass(slots=True)
class _Tally:
    """What a listing has shown so far."""

    listed: set[str] = field(default_factory=set)
    outside: int = 0
    records: int = 0  # those that cannot be read among them
    older: bool = False  # than the period: the last one listed


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
            line: Gate, credential.
            account_id: The register's id of the account.
            start: First instant of the period, aware.
            end: First instant after the period, aware.
            values: What the templates of paths and parameters may name: the settings, and the period's bounds.
        """
        self.method = Method(
            platform=connector.platform,
            interface=connector.interface,
            api_version=values.get("api_version") or connector.api_version,
            base_url=values["base_url"],
            scopes=connector.scopes,
        )
        self._connector, self._account_id = connector, account_id
        self._start, self._end = start, end
        self._errand = Errand(connector, line, account_id, values)
        self._conversations = Conversations(self._errand)
        hosts = {endpoint.base: values[endpoint.base] for endpoint in connector.endpoints()}
        self._media = MediaFetcher(line.gate, connector.platform, account_id, hosts)
        self._authors = Authors(frozenset())
        self._known: set[str] = set()  # posts that have their thread already, under all their ids
        self._answers: set[str] = set()  # own answers that some thread holds

    @property
    def died(self) -> RefusedError | None:
        """Return the refusal after which nothing more of the account could be had, if there was one."""
        return self._errand.dead

    def read(self) -> Iterator[Item]:
        """Yield the account's items once.

        Raises:
            ConfigError: The address cannot be used, or the credential would travel in the open.
            SourceError: The profile cannot be had; then nothing was yielded.
        """
        yield self._read_profile()
        yield from self._errand.gaps.take()
        if self._connector.authors is not None:
            self._read_authors(self._connector.authors)
        for endpoint in self._connector.listings:
            yield from self._read_listing(endpoint)
        yield from self._threads([post for post in self._errand.replies if post.post.id not in self._answers])
        self._keep_documents()
        if self._errand.private:
            self._errand.gaps.add(self._errand.now(), PRIVATE_CAME, None, GapReason.PRIVATE, _NOT_COLLECTED)
        yield from self._errand.gaps.take()

    def _read_profile(self) -> ProfileView:
        errand, endpoint = self._errand, self._connector.profile
        settings = {name: value for name, value in errand.values.items() if isinstance(value, str)}
        try:
            page = errand.line.get(endpoint, errand.values)
        except (GoneError, MalformedError) as error:
            error.next_step = error.next_step or _CHECK_ADDRESS  # the first call: whatever answers is not the account
            raise
        try:
            mapped = self._connector.to_profile(page.body, errand.origin(page, endpoint, {}), settings)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedError(
                f"The profile of account {self._account_id} cannot be read: {error}.",
                next_step=_CHECK_ADDRESS,
            ) from error
        errand.values |= {"own_id": mapped.profile.id, **dict(mapped.values)}
        mapped = completed(errand, mapped)
        for what, reason, words in mapped.troubles:
            errand.gaps.add(errand.now(), what, None, reason, words)
        self._authors = Authors(mapped.authors)
        media = tuple(self._media.fetch(ref, mapped.profile.id, None, errand.gaps) for ref in mapped.media)
        return ProfileView(profile=mapped.profile, media=media)

    def _read_authors(self, endpoint: Endpoint) -> None:
        errand, ids = self._errand, set(self._authors.ids)
        try:
            for _, records in Listing(errand.line, endpoint, errand.values):
                ids.update(self._connector.author_key(raw) for raw in records)
            self._authors = Authors(frozenset(ids))
        except SourceError as error:
            self._authors = Authors(frozenset(ids), complete=False)
            errand.note(endpoint.name, error)
        except UNREADABLE as error:
            self._authors = Authors(frozenset(ids), complete=False)
            errand.gaps.add(errand.now(), endpoint.name, None, GapReason.MALFORMED, words_of(error))

    def _read_listing(self, endpoint: Endpoint) -> Iterator[Item]:
        errand, tally, listing = self._errand, _Tally(), Listing(self._errand.line, endpoint, self._errand.values)
        reason: EndReason | None = None
        waiting: list[MappedPost] = []  # until there are as many as one call for comments takes
        try:
            for page, records in () if errand.dead else listing:
                origin = errand.origin(page, endpoint, listing.envelope)
                posts, all_before = self._posts_of(endpoint, origin, records, tally)
                waiting += posts
                ready = len(waiting) - len(waiting) % self._connector.posts_per_call
                yield from self._threads(waiting[:ready])
                del waiting[:ready]
                if errand.dead:
                    break
                if all_before and endpoint.newest_first:
                    reason = EndReason.WINDOW_REACHED
                    break
            self._note_shortage(endpoint, listing, tally, cut=reason is None)
        except SourceError as error:
            reason = EndReason.REFUSED if isinstance(error, RefusedError) else EndReason.FAILED
            errand.note(endpoint.name, error)
        yield from self._threads(waiting)
        if errand.dead:
            reason = EndReason.REFUSED
            errand.gaps.add(errand.now(), endpoint.name, None, GapReason.REFUSED, words_of(errand.dead))
        yield from errand.gaps.take()
        yield ListingEnd(
            listing=endpoint.name,
            reason=reason or listing.end or EndReason.FAILED,
            pages=listing.pages,
            records=len(tally.listed),
            outside_period=tally.outside,
        )

    def _note_shortage(self, endpoint: Endpoint, listing: Listing, tally: _Tally, *, cut: bool) -> None:
        """Record that the platform lists less than there is, where it says so or is known to."""
        errand = self._errand
        if listing.unlisted:
            words = f"the platform counts {listing.unlisted} more than it lists"
            errand.gaps.add(errand.now(), endpoint.name, None, GapReason.NOT_LISTED, words)
        if cut and endpoint.newest_only and not tally.older:
            errand.gaps.add(errand.now(), endpoint.name, None, GapReason.INTERFACE_LIMIT, _ONLY_NEWEST)
        if cut and 0 < endpoint.reach * _NEARLY <= tally.records:
            words = f"the interface lists only the newest {endpoint.reach}; older ones may be missing"
            errand.gaps.add(errand.now(), endpoint.name, None, GapReason.INTERFACE_LIMIT, words)

    def _posts_of(
        self, endpoint: Endpoint, origin: Origin, records: Sequence[msgspec.Raw], tally: _Tally
    ) -> tuple[list[MappedPost], bool]:
        """Return the page's posts that still need a thread, and whether all of the page lies before the period."""
        posts: list[MappedPost] = []
        on_page: dict[str, msgspec.Raw] = {}
        before, own_id = 0, str(self._errand.values["own_id"])
        tally.records += len(records)
        for raw in records:
            try:
                mapped = self._connector.to_post(raw, origin, endpoint.name, own_id)
                tally.older = mapped.post.created_at < self._start  # the last one listed decides; a pinned one is first
            except UNREADABLE as error:
                self._lose(origin, id_in(raw, self._connector.id_members), str(error))
                continue
            post = mapped.post
            before += tally.older
            if bytes(on_page.setdefault(post.id, raw)) != bytes(raw):
                self._lose(origin, post.id, "another entry of the same page has this id too")
            elif post.id not in tally.listed:
                tally.listed.add(post.id)
                self._sort(mapped, tally, posts)
        return posts, 0 < len(records) == before

    def _lose(self, origin: Origin, post_id: str | None, words: str) -> None:
        self._errand.gaps.add(origin.captured_at, "post", post_id, GapReason.MALFORMED, words)

    def _sort(self, mapped: MappedPost, tally: _Tally, posts: list[MappedPost]) -> None:
        """Add a post that was not listed before to those that need a thread, unless it has one or shall have none."""
        post = mapped.post
        if mapped.private:
            self._errand.private += 1
        elif not self._start <= post.created_at < self._end:
            tally.outside += 1
        elif self._known.isdisjoint((post.id, *mapped.same_as)):
            self._known.update((post.id, *mapped.same_as))
            (self._errand.keep_reply if mapped.reply else posts.append)(mapped)

    def _threads(self, posts: Sequence[MappedPost]) -> Iterator[Item]:
        for companion in self._connector.companions:
            posts = enriched(self._errand, posts, companion)
        size = self._connector.posts_per_call
        for first in range(0, len(posts), size):
            threads = [self._begun(mapped) for mapped in posts[first : first + size]]
            self._conversations.collect(threads)
            for thread in threads:
                yield self._whole(thread)

    def _begun(self, mapped: MappedPost) -> ThreadInMaking:
        own = self._authors.ids | ({mapped.post.author_id} if mapped.post.author_id else set())
        return ThreadInMaking(mapped, self._connector, replace(self._authors, ids=own))

    def _whole(self, thread: ThreadInMaking) -> Thread:
        """Return the finished thread, with earlier texts where the platform tells them."""
        errand = self._errand
        whole = thread.whole(
            self._media, errand.now(), partial(self._anew, thread.mapped, {}) if self._connector.post else None
        )
        self._answers.update(c.id for c in whole.comments if c.author_role is AuthorRole.OWN)
        if self._connector.history is None or not thread.history:
            return whole
        versions = versions_of(errand, self._connector.history, thread.history, whole.post.id, thread.gaps)
        return replace(whole, versions=versions, gaps=(*whole.gaps, *thread.gaps.take()))

    def _anew(self, mapped: MappedPost, seen: dict[str, MediaRef], ref: MediaRef) -> MediaRef | None:
        """Return a fresh address of a medium whose old one no longer works; the post is read again for it, once."""
        if not seen:
            seen[ref.id] = ref
            seen |= {found.id: found for found in self._media_anew(mapped)}
        return seen.get(ref.id)

    def _media_anew(self, mapped: MappedPost) -> tuple[MediaRef, ...]:
        errand, endpoint = self._errand, self._connector.post
        if endpoint is None or errand.dead:
            return ()
        try:
            for page, records in Listing(errand.line, endpoint, {**errand.values, "post_id": mapped.asked_by()[0]}):
                origin = errand.origin(page, endpoint, {})
                again = [
                    self._connector.to_post(raw, origin, endpoint.name, str(errand.values["own_id"])) for raw in records
                ]
                return tuple(ref for post in again for ref in post.media)
        except ThrottledError:
            raise
        except (SourceError, *UNREADABLE):
            return ()  # the medium's own gap says what is missing
        return ()

    def _keep_documents(self) -> None:
        """Fetch what is kept whole among the exchanges; it is checked, but no record is made of it."""
        errand = self._errand
        for endpoint in () if errand.dead else self._connector.documents:
            try:
                page = errand.line.get(endpoint, errand.values)
            except SourceError as error:
                errand.note(endpoint.name, error)
                continue
            if words := self._connector.check_document(page.body):
                errand.gaps.add(page.at, endpoint.name, None, GapReason.CHANGED, words)
