"""YouTube in a Google Takeout: the channel, its videos with their films, and the comments it wrote.

Folders and files have names in the account's language, so every table is told by its header. A comment of the account
below a video (or a comment) of its own that the export holds is a comment of that thread; any other is a post of kind
``comment``. What others wrote below the videos is not in the export.

Times carry a zone (``+00:00`` or ``Z``); one without is read as UTC. Ids are YouTube's own.
Source: see ``_youtube_tables``; as of November 2026.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from connectors.exports._csv import tables_in
from connectors.exports._own_words import Entry, Group, OwnWords
from connectors.exports._reader import ExportReader, Reading, medium, own_post
from connectors.exports._times import instant_of
from connectors.exports._youtube_channel import channels_in, film_names, own_channel, profile_of
from connectors.exports._youtube_tables import (
    CHANNELS,
    CHATS,
    COMMENTS,
    VIDEOS,
    films_by_title,
    of_video,
    parent_of,
    text_of,
)
from urval.errors import MalformedError, SourceError
from urval.records import GapReason, MediaKind
from urval.source import ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors.exports._archive import Archive
    from connectors.exports._csv import Row
    from connectors.exports._reader import Import
    from urval.records import MediaItem
    from urval.source import Item

_ELSEWHERE = "the file holds no film of this title; Takeout splits large exports, and cuts or alters names"
_NO_OWNER = "no video, or more than one, has the title this film file is named after"


def _owner(archive: Archive) -> frozenset[str]:
    try:
        found = channels_in(archive)
        return frozenset(filter(None, (*found, *(row.fields["title"] for row in found.values()))))
    except SourceError:
        return frozenset()


class _Importer:
    """One Takeout on its way into records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._own: str | None = None
        self._words = OwnWords(archive, job)
        self._strangers: Counter[str] = Counter()
        self._videos, self._written = Reading(archive, job, "videos"), Reading(archive, job, "comments", "comment")

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listings' ends."""
        yield from self._profile()
        self._words.take(self._videos, VIDEOS, self._maker("video"))
        self._words.take(self._written, COMMENTS, self._maker("comment"))
        self._words.take(self._written, CHATS, self._maker("live chat"))
        titles = {entry.id: entry.row.fields["title"] for entry in self._words.entries() if entry.kind == "video"}
        films, left = films_by_title(film_names(self._archive), titles)
        for group in self._words.threads():
            yield self._thread(group, films)
        for name in left:
            yield self._job.gap("media", name, GapReason.MALFORMED, _NO_OWNER)
        for channel, count in sorted(self._strangers.items()):
            words = f"{count} entries are of channel {channel}, which is not the account's but of the same login"
            yield self._job.gap("comments", channel, GapReason.LEFT_OUT, words)
        yield from self._videos.end()
        yield from self._written.end()

    def _profile(self) -> Iterator[Item]:
        found: dict[str, Row] = {}
        try:
            found = channels_in(self._archive)
            self._own = own_channel(self._archive, found)
        except SourceError as error:
            self._videos.lose_file("the table of the channel", error)
        for key, row in found.items():
            if key == self._own:
                yield ProfileView(profile=profile_of(self._job, key, row))
            else:
                yield self._job.gap("profile", key, GapReason.LEFT_OUT, "another channel of the same login")
        if not found:
            yield self._job.gap("profile", None, GapReason.GONE, "the export holds no table of the channel")

    def _maker(self, kind: str) -> Callable[[Row, str], Entry | None]:
        def make(row: Row, exchange: str) -> Entry | None:
            fields = row.fields
            channel, video = fields.get("channel", ""), kind == "video"
            if self._own is not None and channel and channel != self._own:
                self._strangers[channel] += 1
                return None
            if not fields["id"]:
                raise MalformedError("the row has no id")
            below = None if video else fields.get("video") or None
            return Entry(
                id=fields["id"], row=row, moment=instant_of(fields.get("published") or fields["created"]),
                exchange=exchange, kind=kind, parent=None if video else parent_of(fields) or below, told=below,
            )  # fmt: skip

        return make

    def _thread(self, group: Group, films: Mapping[str, str]) -> Thread:
        entry = group.post
        more: dict[str, Any] = {"kind": entry.kind, "in_reply_to": entry.parent or entry.row.fields.get("post") or None}
        media: tuple[MediaItem, ...] = ()
        gaps = group.gaps
        if entry.kind == "video":
            more = of_video(entry.row.fields)
            item, missed = medium(
                self._archive, self._job, "youtube", id=f"{entry.id}:film", owner_id=entry.id, thread_id=entry.id,
                kind=MediaKind.VIDEO, member=films.get(entry.id), missing=_ELSEWHERE,
            )  # fmt: skip
            media, gaps = (item,), (*gaps, *missed)
        post = own_post(
            self._job, "youtube", id=entry.id, created_at=entry.moment, exchange=entry.exchange, raw=entry.row.raw,
            media_ids=tuple(item.id for item in media), **{**self._fields(entry), **more},
        )  # fmt: skip
        comments = group.comments_as(self._job, "youtube", self._fields)
        return Thread(post=post, comments=comments, media=media, gaps=tuple(gaps))

    def _fields(self, entry: Entry) -> dict[str, Any]:
        fields = entry.row.fields
        place = f"https://www.youtube.com/watch?v={fields['video']}&lc={entry.id}" if fields.get("video") else None
        return {
            "text": text_of(fields.get("text", "")), "author_id": fields.get("channel") or self._own,
            "permalink": place if entry.kind == "comment" else None,
        }  # fmt: skip


READER: Final = ExportReader(
    platform="youtube",
    name="Google Takeout of YouTube",
    looks_for="the CSV tables comments, videos or channel",
    recognises=lambda archive: any(tables_in(archive, table) for table in (VIDEOS, COMMENTS, CHATS, CHANNELS)),
    owner=_owner,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "A Takeout holds only the comments the account itself wrote, never those of others."),
        ("counts", "A Takeout holds no numbers of views, likes, comments or subscribers."),
        ("versions", "A Takeout holds no earlier text of what was edited."),
    ),
)
