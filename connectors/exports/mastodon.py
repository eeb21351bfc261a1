"""A Mastodon archive: ``outbox.json`` (ActivityStreams), ``actor.json``, ``media_attachments/``, avatar and header.

An own answer in a thread of an own post is a comment there, found by what it answers or, below another's answer, by the
conversation; an answer to others is a post of kind ``reply``; a boost is one of kind ``share``. A content warning is
the title, as the text is hidden behind it. Messages to named people are no posts: each is a gap, and the capture keeps
the outbox without them. Texts are HTML as given.

Times are UTC (``Z``). Ids are the posts' ActivityPub ids. Source: see ``_mastodon_objects``; as of November 2026.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.exports._mastodon_objects import (
    Activity,
    Actor,
    Entry,
    audience_of,
    count_of,
    is_post,
    key_in,
    link_of,
    note_in,
)  # fmt: skip
from connectors.exports._mastodon_page import PictureShelf, actor_in, files_in, owner_of, profile_view, uncounted
from connectors.exports._placing import parent_gaps, places, threads_of
from connectors.exports._reader import UNREADABLE, ExportReader, Reading, own_comment, own_post
from connectors.exports._times import instant_of
from urval.errors import MalformedError, SourceError
from urval.records import GapReason
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem
    from urval.source import Item

_PLACE: Final = ("orderedItems",)
_MESSAGE = "a message to named people, not a post"


def _recognises(archive: Archive) -> bool:
    heads = (archive.head(name) for name in files_in(archive, "outbox.json"))
    return any(b"OrderedCollection" in head or b"orderedItems" in head for head in heads)


class _Importer:
    """One archive on its way into records. The outbox is gone through three times, so that memory stays small."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._outboxes = files_in(archive, "outbox.json")
        self._reading = Reading(archive, job, "outbox")
        self._shelf = PictureShelf(archive, job)
        self._actor = Actor(id="")
        self._moments: dict[str, datetime] = {}
        self._parents: dict[str, str | None] = {}
        self._talks: dict[str, str] = {}  # post -> conversation
        self._begun: dict[str, str] = {}  # conversation -> the own post that began it
        self._aliases: dict[str, str] = {}  # a post's address on the web -> its id

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listing's end."""
        yield from self._profile()
        seen = 0
        for _, raw in self._reading.entries(self._outboxes, _PLACE):
            seen += 1
            try:
                yield from self._survey(raw)
            except UNREADABLE as error:
                self._reading.lose(key_in(raw), error)
        yield from uncounted(self._archive, self._job, self._outboxes, seen)
        yield from self._threads()
        yield from self._reading.end()

    def _profile(self) -> Iterator[Item]:
        try:
            found = actor_in(self._archive)
        except (SourceError, *UNREADABLE) as error:
            self._reading.lose("actor.json", error, "profile")
            return
        if found is None:
            yield self._job.gap("profile", None, GapReason.GONE, "the archive does not hold actor.json")
            return
        self._actor = found[0]
        view, gaps = profile_view(self._job, self._shelf, *found)
        yield view
        yield from gaps

    def _survey(self, raw: msgspec.Raw) -> Iterator[Gap]:
        activity = msgspec.json.decode(raw, type=Activity)
        if activity.type == "Announce":
            if link_of(activity.object) is None:
                raise MalformedError("a boost does not say of what")
            self._note(activity.id, instant_of(activity.published))
            return
        if activity.type != "Create":
            words = f"an entry of type {activity.type[:40]!r} is no post"
            yield self._job.gap("record", activity.id, GapReason.LEFT_OUT, words)
            return
        note = note_in(activity)
        moment = instant_of(note.published)
        if audience_of(note.to or activity.to, note.cc or activity.cc) is None:
            if self._reading.within(moment):
                yield self._job.gap("post", note.id, GapReason.LEFT_OUT, _MESSAGE)
            return
        self._note(note.id, moment, note.parent())
        for address in filter(None, [link_of(note.url)]):
            self._aliases[address] = note.id
        if note.conversation:
            self._talks[note.id] = note.conversation
            if note.parent() is None:
                self._begun.setdefault(note.conversation, note.id)

    def _note(self, key: str, moment: datetime, parent: str | None = None) -> None:
        if key in self._moments:
            raise MalformedError("the outbox holds this entry twice")
        self._moments[key] = moment
        self._parents[key] = parent

    def _threads(self) -> Iterator[Thread]:
        self._parents = {
            key: parent if parent is None or parent in self._parents else self._aliases.get(parent, parent)
            for key, parent in self._parents.items()
        }
        begun = {key: self._begun[talk] for key, talk in self._talks.items() if talk in self._begun}
        roots = threads_of(self._parents, begun)
        wanted = {key for key, root in roots.items() if self._reading.within(self._moments[root])}
        answers: dict[str, list[Entry]] = {}
        for entry in self._entries({key for key in wanted if roots[key] != key}):
            answers.setdefault(roots[entry.key], []).append(entry)
        for entry in self._entries({key for key in wanted if roots[key] == key}):
            yield self._thread(entry, answers.pop(entry.key, []))

    def _entries(self, wanted: set[str]) -> Iterator[Entry]:
        """Yield these posts and boosts again; what is wrong with others is recorded before."""
        for name in self._outboxes:
            with suppress(SourceError):
                for raw in self._archive.array(name, _PLACE):
                    with suppress(*UNREADABLE):
                        entry = Entry(raw, self._archive.keep_part(name, _PLACE, is_post))
                        if entry.key in wanted:
                            wanted.discard(entry.key)
                            yield entry

    def _thread(self, entry: Entry, answers: Sequence[Entry]) -> Thread:
        root, note = entry.key, entry.note
        media, gaps = self._shelf.of(entry.note, root)
        parents = {answer.key: self._parents[answer.key] for answer in answers}
        spots, missing = places(root, parents)
        gaps += parent_gaps(self._job, root, missing)
        post = own_post(
            self._job, "mastodon", **self._fields(entry, media), kind=note.kind() if note else "share",
            title=(note.summary or None) if note else None,
            in_reply_to=self._parents[root] or (link_of(entry.activity.object) if note is None else None),
            share_count=count_of(note.shares) if note else None,
        )  # fmt: skip
        comments = []
        for answer in answers:
            pictures, missed = self._shelf.of(answer.note, root)
            place = spots[answer.key]
            comments.append(own_comment(
                self._job, "mastodon", post_id=root, parent_id=place.parent_id, depth=place.depth,
                is_own_answer=place.answer, **self._fields(answer, pictures),
            ))  # fmt: skip
            media, gaps = media + pictures, gaps + missed
        return Thread(post=post, comments=tuple(comments), media=tuple(media), gaps=tuple(gaps))

    def _fields(self, entry: Entry, media: Sequence[MediaItem]) -> dict[str, Any]:
        return entry.fields() | {
            "author_id": self._actor.id or None, "author_name": self._actor.name or None,
            "created_at": self._moments[entry.key], "media_ids": tuple(item.id for item in media),
        }  # fmt: skip


READER: Final = ExportReader(
    platform="mastodon",
    name="Mastodon archive",
    looks_for="outbox.json",
    recognises=_recognises,
    owner=owner_of,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "A Mastodon archive holds only what the account itself wrote, never the answers of others."),
        ("versions", "A Mastodon archive holds the last text of an edited post, and none before it."),
        ("counts", "A Mastodon archive holds no number of answers or followers."),
    ),
)
