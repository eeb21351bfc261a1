"""Instagram's "download your information" in JSON: posts, reels, stories, archived and deleted ones, own comments.

Entries have no ids: theirs are made of time, text and file names, so a second export gives the same ones. What was
written under one's posts by others is not in it. Labels are in the account's language, texts have to be repaired.

Source: exports of 2020 to 2026 as public readers describe them; as of 22 November 2026.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.exports._instagram_profile import owner_of, profile_items
from connectors.exports._meta import Files, base_of, comment_of, decoded, kind_of, time_of
from connectors.exports._reader import UNREADABLE, ExportReader, Ids, Reading, own_post
from urval.errors import MalformedError
from urval.records import MediaKind, Visibility
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    import msgspec

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.source import Item


@dataclass(frozen=True, slots=True)
class _Listing:
    """One kind of own content: its files, where their array is, what a post of it is."""

    name: str
    files: re.Pattern[str]
    place: str
    kind: str
    visibility: Visibility = Visibility.VISIBLE


def _files(base: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?(?:content|media)/{base}(?:_\d+)?\.json", re.IGNORECASE)


_LISTINGS: Final = (
    _Listing("posts", _files("posts"), "ig_posts", "post"),
    _Listing("reels", _files("reels"), "ig_reels_media", "reel"),
    _Listing("stories", _files("stories"), "ig_stories", "story"),
    _Listing("igtv", _files("igtv_videos"), "ig_igtv_media", "video"),
    _Listing("other", _files("other_content"), "ig_other_media", "post"),
    _Listing("archived", _files("archived_posts"), "ig_archived_post_media", "post", Visibility.HIDDEN),
    _Listing(
        "deleted", _files("recently_deleted_content"), "ig_recently_deleted_media", "post", Visibility.DELETED_BY_US
    ),
)
_COMMENTS: Final = re.compile(
    r"(?:.*/)?comments/(?:(?:post|reels?|stor(?:y|ies))_comments|hype)(?:_\d+)?\.json", re.IGNORECASE
)
_COMMENT_PLACES: Final = (
    ("comments_media_comments",), ("comments_reels_comments",), ("comments_story_comments",), (),
)  # fmt: skip


def _recognises(archive: Archive) -> bool:
    """Tell by files only Instagram has: ``posts_1.json`` beside no Facebook folder, reels, stories, comments."""
    patterns = (*(listing.files for listing in _LISTINGS), re.compile(r"(?:.*/)?comments/\w+_comments.*\.json"))
    return any(pattern.fullmatch(name) for name in archive.names for pattern in patterns)


class _Importer:
    """One export on its way into records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._kept = Files(archive, job, "instagram")
        self._ids = Ids("export")
        self._handle: str | None = None

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and how each listing ended."""
        self._handle, items = profile_items(self._archive, self._job, self._kept)
        yield from items
        for listing in _LISTINGS:
            if names := [name for name in self._archive.names if listing.files.fullmatch(name)]:
                yield from self._posts(listing, names)
        if names := [name for name in self._archive.names if _COMMENTS.fullmatch(name)]:
            yield from self._comments(names)

    def _posts(self, listing: _Listing, names: list[str]) -> Iterator[Item]:
        reading = Reading(self._archive, self._job, listing.name)
        for name, raw in reading.entries(names, (listing.place,), ()):
            try:
                if thread := self._thread(listing, reading, name, raw):
                    yield thread
            except UNREADABLE as error:
                reading.lose(None, error)
        yield from reading.end()

    def _thread(self, listing: _Listing, reading: Reading, name: str, raw: msgspec.Raw) -> Thread | None:
        entry = decoded(raw)
        media = entry.get("media", [entry] if entry.get("uri") else [])
        if not media:
            raise MalformedError("a post has no media")
        created = time_of(entry.get("creation_timestamp"), *(one.get("creation_timestamp") for one in media))
        text = entry.get("title") or media[0].get("title") or ""
        key = self._ids.of(listing.kind, int(created.timestamp()), text, *(base_of(one["uri"]) for one in media))
        if not reading.within(created):
            return None
        items, gaps = self._kept.keep(key, key, media)
        film = listing.kind == "post" and len(media) == 1 and kind_of(media[0]["uri"]) is MediaKind.VIDEO
        post = own_post(
            self._job, "instagram", id=key, kind="video" if film else listing.kind, text=text, created_at=created,
            exchange=self._archive.digest(name), raw=str(raw, "utf-8"), author_name=self._handle,
            visibility=listing.visibility, media_ids=tuple(item.id for item in items),
        )  # fmt: skip
        return Thread(post=post, media=tuple(items), gaps=tuple(gaps))

    def _comments(self, names: list[str]) -> Iterator[Item]:
        reading = Reading(self._archive, self._job, "comments", "comment")
        for name, raw in reading.entries(names, *_COMMENT_PLACES):
            try:
                if thread := self._comment(reading, name, raw):
                    yield thread
            except UNREADABLE as error:
                reading.lose(None, error)
        yield from reading.end()

    def _comment(self, reading: Reading, name: str, raw: msgspec.Raw) -> Thread | None:
        """Return an own comment under another's post; the export names that post's owner, not the post."""
        entry = decoded(raw)
        values = entry.get("string_map_data") or {}
        lines = entry.get("string_list_data") or []
        created = time_of(*(held.get("timestamp") for held in (*values.values(), *lines)))
        text = comment_of(values) if values else next((line["value"] for line in lines if line.get("value")), None)
        if text is None:
            raise MalformedError("a comment has no text")
        others = (held.get("value") for held in values.values())
        owner = next((one for one in others if one and one != text), entry.get("title"))
        key = self._ids.of("comment", int(created.timestamp()), text)
        if not reading.within(created):
            return None
        post = own_post(
            self._job, "instagram", id=key, kind="comment", text=text, created_at=created, title=owner or None,
            exchange=self._archive.digest(name), raw=str(raw, "utf-8"), author_name=self._handle,
        )  # fmt: skip
        return Thread(post=post)


READER: Final = ExportReader(
    platform="instagram",
    name="Instagram export",
    looks_for="media/posts_1.json, reels.json, stories.json or comments/post_comments_1.json",
    recognises=_recognises,
    owner=owner_of,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "An Instagram export holds comments the account wrote, never those it received."),
        ("post", "An Instagram export names no post by its id or address, nor what an own comment answers."),
    ),
)
