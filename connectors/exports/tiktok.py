"""TikTok's "Download your data" as JSON: own posts, those deleted lately, own comments, a little of the profile.

The films are not in it, only links that expire. The file holds the account's messages and log-ins too, so the capture
keeps the three lists that records are made of and not the file. A post is known by the id in its link, or else by its
content: TikTok gives none. An own comment below an own post that its link names is a comment there, any other a post of
kind ``comment``.

Times (``2026-05-07 16:41:18``, some with ``UTC``) say no zone and are read as UTC: nothing in the file confirms it.
Source: public readers of the export; as of November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from connectors.exports import _tiktok_sections as tiktok
from connectors.exports._csv import Row
from connectors.exports._own_words import Entry, Group, OwnWords
from connectors.exports._reader import UNREADABLE, ExportReader, Ids, Reading, medium, own_post
from connectors.exports._times import instant_of
from urval.errors import SourceError
from urval.records import AccountProfile, GapReason, MediaKind, Visibility
from urval.source import ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem
    from urval.source import Item

_NOT_HELD = "the export names this medium by a link that expires, and does not hold it"
_NO_LIST = "the export holds no such list"
_WATCH = "https://www.tiktokv.com/share/video/"


def _owner(archive: Archive) -> frozenset[str]:
    found: set[str] = set()
    for name in tiktok.files_in(archive):
        try:
            found.add(tiktok.profile_in(tiktok.sections_in(archive, name)).get("userName", ""))
        except (SourceError, *UNREADABLE):
            continue
    return frozenset(found - {""})


class _Importer:
    """One export on its way into records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._words, self._ids = OwnWords(archive, job), Ids("tiktok")
        self._posts, self._written = Reading(archive, job, "posts"), Reading(archive, job, "comments", "comment")
        self._handle: str | None = None

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listings' ends."""
        for name in tiktok.files_in(self._archive):
            sections = yield from self._sections(name)
            yield from self._take(name, sections, self._posts, tiktok.VIDEOS, "video")
            yield from self._take(name, sections, self._posts, tiktok.DELETED, "deleted")
            yield from self._take(name, sections, self._written, tiktok.COMMENTS, "comment")
        for group in self._words.threads():
            yield self._thread(group)
        yield from self._posts.end()
        yield from self._written.end()

    def _sections(self, name: str) -> Generator[Item, None, tiktok.Sections]:
        """Yield what the file says of itself, and return its sections (empty if it cannot be read whole)."""
        sections: tiktok.Sections = {}
        try:
            sections = tiktok.sections_in(self._archive, name)
            told = tiktok.profile_in(sections)
        except (SourceError, *UNREADABLE) as error:
            self._posts.lose(name, error, "profile")
            return sections
        if told:
            self._handle = told.get("userName")
            yield from self._profile(told)
        else:
            yield self._job.gap("profile", None, GapReason.GONE, "the export holds no profile")
        others = tiktok.unused(sections)
        if others:
            words = f"{len(others)} sections of {name} are not read: {', '.join(others)}"
            yield self._job.gap("file", name, GapReason.LEFT_OUT, words[:1_000])
        return sections

    def _profile(self, told: dict[str, str]) -> Iterator[Item]:
        key = self._handle or self._job.account_id
        media: list[MediaItem] = []
        if "profilePhoto" in told:
            item, gaps = medium(
                self._archive, self._job, "tiktok", id=f"{key}:avatar", owner_id=key, thread_id=None,
                kind=MediaKind.AVATAR, member=None, source_url=told["profilePhoto"], missing=_NOT_HELD,
                absent=GapReason.INTERFACE_LIMIT,
            )  # fmt: skip
            media.append(item)
            yield from gaps
        yield ProfileView(media=tuple(media), profile=AccountProfile(
            platform="tiktok", account_id=self._job.account_id, id=key, handle=self._handle,
            name=told.get("displayName") or key, about=told.get("bioDescription"),
            url=f"https://www.tiktok.com/@{self._handle}" if self._handle else None, links=(),
            avatar_media_id=media[0].id if media else None, cover_media_id=None, followers=None,
            likes=tiktok.number_of(told.get("likesReceived")), posts=None, captured_at=self._job.at, exchange="",
            raw=msgspec.json.encode(told).decode(),
        ))  # fmt: skip

    def _take(
        self, name: str, sections: tiktok.Sections, reading: Reading, places: tuple[tuple[str, ...], ...], kind: str
    ) -> Iterator[Gap]:
        lists = [place for place in places if self._archive.has(name, place)]
        for place in lists:
            exchange = self._archive.keep_part(name, place)
            for number, (_, raw) in enumerate(reading.entries([name], place), 1):
                try:
                    self._words.add(reading, self._entry(raw, number, exchange, kind))
                except UNREADABLE as error:
                    reading.lose(f"{'/'.join(place)} {number}", error)
        empty = [place for place in places if place[1] in sections.get(place[0], {})]
        odd = [place for place in empty if place not in lists and tiktok.member_of(sections, place) is not None]
        for place in odd:
            yield self._job.gap("file", "/".join(place), GapReason.MALFORMED, "it is no list")
        if not lists and not empty and kind != "deleted":
            yield self._job.gap("posts" if kind == "video" else "comments", None, GapReason.GONE, _NO_LIST)

    def _entry(self, raw: msgspec.Raw, number: int, exchange: str, kind: str) -> Entry:
        fields = tiktok.fields_of(raw)
        moment = instant_of(fields.get("date"))
        link, below = fields.get("link"), fields.get("url")
        if kind == "comment":
            key = self._ids.of(kind, fields.get("date"), fields.get("comment"), below)
        else:
            key = tiktok.video_id(link) or self._ids.of("post", fields.get("date"), fields.get("title"))
        answered = (tiktok.video_id(below) or below) if kind == "comment" else None
        row = Row(fields, number, str(raw, "utf-8"))
        return Entry(id=key, row=row, moment=moment, exchange=exchange, kind=kind, parent=answered, told=answered)

    def _thread(self, group: Group) -> Thread:
        entry, fields = group.post, group.post.row.fields
        own: list[tuple[Entry, list[MediaItem]]] = []
        gaps = list(group.gaps)
        for one in (entry, *(comment for comment, _ in group.comments)):
            items, missed = self._media(one, entry.id)
            own.append((one, items))
            gaps += missed
        held = {one.id: tuple(item.id for item in items) for one, items in own}
        likes = tiktok.number_of(fields.get("likes"))
        deleted, shown = entry.kind == "deleted", tiktok.visibility_of(fields.get("whocanview"))
        post = own_post(
            self._job, "tiktok", id=entry.id, created_at=entry.moment, exchange=entry.exchange, raw=entry.row.raw,
            kind=tiktok.kind_of(entry.kind, fields), in_reply_to=entry.parent, reaction_count=likes,
            visibility=Visibility.DELETED_BY_US if deleted else shown,
            reactions=(("like", likes),) if likes else (), media_ids=held[entry.id], author_name=self._handle,
            text=fields.get("comment" if entry.kind == "comment" else "title", ""),
            permalink=f"{_WATCH}{entry.id}/" if entry.id.isdecimal() else None,
        )  # fmt: skip
        comments = group.comments_as(
            self._job, "tiktok",
            lambda one: {
                "text": one.row.fields.get("comment", ""), "author_name": self._handle, "media_ids": held[one.id]
            },
        )  # fmt: skip
        media = tuple(item for _, items in own for item in items)
        return Thread(post=post, comments=comments, media=media, gaps=tuple(gaps))

    def _media(self, entry: Entry, thread: str) -> tuple[list[MediaItem], list[Gap]]:
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        fields, comment = entry.row.fields, entry.kind == "comment"
        kind = MediaKind.VIDEO if tiktok.kind_of(entry.kind, fields) == "video" else MediaKind.IMAGE
        named = fields.get("photo" if comment else "link", "").split()
        for number, address in enumerate(named, 1):
            item, missed = medium(
                self._archive, self._job, "tiktok", id=f"{entry.id}:{number}", owner_id=entry.id, thread_id=thread,
                kind=kind, member=None, source_url=address, missing=_NOT_HELD, absent=GapReason.INTERFACE_LIMIT,
            )  # fmt: skip
            items.append(item)
            gaps += missed
        return items, gaps


READER: Final = ExportReader(
    platform="tiktok",
    name="TikTok data file",
    looks_for="user_data_tiktok.json or user_data.json",
    recognises=lambda archive: bool(tiktok.files_in(archive)),
    owner=_owner,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "A TikTok data file holds only the comments the account itself wrote, never those of others."),
        ("media", "A TikTok data file names films by links that expire, and holds none of them."),
        ("counts", "A TikTok data file holds no numbers of views, comments or shares."),
        ("versions", "A TikTok data file holds no earlier text of what was edited."),
    ),
)
