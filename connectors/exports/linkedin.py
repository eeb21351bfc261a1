r"""A member's LinkedIn export ("Get a copy of your data"): shares, bare reposts and own comments as CSV tables.

The export is a person's, as of a mayor; a company Page has none that holds texts. Tables are told by their headers
(names may carry the member's number: ``Shares_155814142.csv``), which notes may precede. Inside a field quotes are
doubled in ``Shares``, and written ``\"`` in ``Comments``. Ids are the URNs in the links; an entry without one gets an
id of its content. An own comment below an own share that goes by the same URN is a comment there, any other a post of
kind ``comment``. Pictures and films are named by links that expire; the export does not hold them.

Times (``2026-05-07 16:41:18``) have no zone and are UTC. Source: layouts as public readers describe them; as of 2026.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from connectors.exports._csv import Row, rows, tables_in
from connectors.exports._linkedin_tables import (
    ADDRESS,
    COMMENTS,
    PROFILE,
    REACTIONS,
    REPOSTS,
    SHARES,
    kind_of,
    name_in,
    named,
    profile_of,
)  # fmt: skip
from connectors.exports._own_words import Entry, Group, OwnWords
from connectors.exports._reader import ExportReader, Ids, Reading, medium, own_post
from connectors.exports._times import instant_of
from urval.errors import SourceError
from urval.records import GapReason, Visibility
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem
    from urval.source import Item

_NOT_HELD = "the export names this medium by a link that expires, and does not hold it"
_FEW = frozenset({"CONNECTIONS", "CONNECTIONS_ONLY", "CONTAINER", "LOGGED_IN"})


def _owner(archive: Archive) -> frozenset[str]:
    """Return the member's name; the export says no id and no handle."""
    for name in tables_in(archive, PROFILE)[:1]:
        with suppress(SourceError):
            named = (name_in(row) for row in rows(archive, name, PROFILE) if isinstance(row, Row))
            return frozenset(filter(None, named))
    return frozenset()


class _Importer:
    """One export on its way into records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._words, self._ids = OwnWords(archive, job), Ids("linkedin")
        self._name: str | None = None
        self._shares, self._written = Reading(archive, job, "shares"), Reading(archive, job, "comments", "comment")

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listings' ends."""
        yield from self._profile()
        self._words.take(self._shares, SHARES, self._maker("post"))
        self._words.take(self._shares, REPOSTS, self._maker("share"))
        self._words.take(self._written, COMMENTS, self._maker("comment"))
        for group in self._words.threads():
            yield self._thread(group)
        yield from self._reactions()
        yield from self._shares.end()
        yield from self._written.end()

    def _profile(self) -> Iterator[Item]:
        for name in tables_in(self._archive, PROFILE)[:1]:
            try:
                row = next((row for row in rows(self._archive, name, PROFILE) if isinstance(row, Row)), None)
            except SourceError as error:
                self._shares.lose_file(name, error)
                continue
            if row is not None:
                view = profile_of(self._job, row)
                self._name = view.profile.name
                yield view
                return
        yield self._job.gap("profile", None, GapReason.GONE, "the export holds no Profile.csv that can be read")

    def _maker(self, kind: str) -> Callable[[Row, str], Entry | None]:
        def make(row: Row, exchange: str) -> Entry:
            moment = instant_of(row.fields["date"])
            key, parent, post = named(row.fields["link"], kind)
            below = post if kind == "comment" else None
            return Entry(
                id=key or self._ids.of(kind, row.raw), row=row, moment=moment, exchange=exchange, kind=kind,
                parent=parent or below, told=below,
            )  # fmt: skip

        return make

    def _thread(self, group: Group) -> Thread:
        entry, fields = group.post, group.post.row.fields
        media, gaps = self._media(entry)
        bare = not fields.get("text") and not fields.get("media") and bool(fields.get("shared"))
        answered = entry.parent or fields.get("shared") or (fields["link"] if entry.kind != "post" else "")
        post = own_post(
            self._job, "linkedin", id=entry.id, kind="share" if bare else entry.kind, created_at=entry.moment,
            exchange=entry.exchange, raw=entry.row.raw, in_reply_to=answered or None,
            media_ids=tuple(item.id for item in media),
            visibility=Visibility.HIDDEN if fields.get("visibility") in _FEW else Visibility.VISIBLE,
            **self._fields(entry),
        )  # fmt: skip
        comments = group.comments_as(self._job, "linkedin", self._fields)
        return Thread(post=post, comments=comments, media=tuple(media), gaps=(*group.gaps, *gaps))

    def _fields(self, entry: Entry) -> dict[str, Any]:
        fields = entry.row.fields
        return {"text": fields.get("text", ""), "permalink": fields["link"] or None, "author_name": self._name}

    def _media(self, entry: Entry) -> tuple[list[MediaItem], list[Gap]]:
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        for number, address in enumerate(ADDRESS.findall(entry.row.fields.get("media", "")), 1):
            item, missed = medium(
                self._archive, self._job, "linkedin", id=f"{entry.id}:{number}", owner_id=entry.id,
                thread_id=entry.id, kind=kind_of(address), member=None, source_url=address, missing=_NOT_HELD,
                absent=GapReason.INTERFACE_LIMIT,
            )  # fmt: skip
            items.append(item)
            gaps += missed
        return items, gaps

    def _reactions(self) -> Iterator[Gap]:
        for name in tables_in(self._archive, REACTIONS):
            try:
                count = sum(isinstance(row, Row) for row in rows(self._archive, name, REACTIONS))
            except SourceError as error:
                self._written.lose_file(name, error)
                continue
            words = f"{count} reactions that the account gave to posts of others are listed and not made into records"
            yield self._job.gap("reactions", name, GapReason.LEFT_OUT, words)


READER: Final = ExportReader(
    platform="linkedin",
    name="LinkedIn member export",
    looks_for="Shares.csv, Comments.csv or Reactions.csv",
    recognises=lambda archive: any(tables_in(archive, table) for table in (SHARES, COMMENTS, REACTIONS)),
    owner=_owner,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "A LinkedIn export holds only what the member wrote, never the comments of others."),
        ("media", "A LinkedIn export names pictures and films by links that expire, and holds none of them."),
        ("counts", "A LinkedIn export holds no numbers of reactions, comments, reposts or views."),
        ("versions", "A LinkedIn export holds no earlier text of what was edited."),
    ),
)
