"""Facebook's "download your information" in JSON, of a Page or a profile: posts, albums, films, own comments.

Files are told by the end of their path, since the folders above changed over the years (``posts/your_posts_1.json``,
``your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json``, of a Page ``profile_posts_1.json``).
Entries have no ids: theirs are made of time, text and file names, so a second export gives the same ones. Comments of
others are there only under photos of albums. Texts have to be repaired, titles are in the account's language.

Source: exports of 2018 to 2026 as public readers describe them; as of 22 November 2026.
"""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from connectors.exports._facebook_objects import (
    Remark,
    Remarks,
    kind_of_post,
    link_of,
    media_of,
    remark_of,
    text_of,
    updated_at,
)
from connectors.exports._facebook_profile import owner_of, profile_items
from connectors.exports._meta import Files, base_of, decoded, time_of
from connectors.exports._reader import UNREADABLE, ExportReader, Ids, Reading, own_comment, own_post
from urval.records import AuthorRole, Direction, Edited
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Comment
    from urval.source import Item

    _ToThread: TypeAlias = Callable[[Reading, str, msgspec.Raw], Thread | None]


def _path(names: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*/)?(?:{names})(?:_\d+)?\.json", re.IGNORECASE)


_POSTS: Final = _path("your_posts|your_posts__check_ins__photos_and_videos|profile_posts|page_posts")
_ALBUMS: Final = re.compile(r"(?:.*/)?album/[^/]+\.json", re.IGNORECASE)
_LOOSE: Final = _path("your_videos|videos|your_photos|your_uncategorized_photos|other_photos|uncategorized_photos")
_LOOSE_PLACES: Final = (("videos_v2",), ("videos",), ("other_photos_v2",), ("other_photos",), ())
_COMMENTS: Final = _path("comments(?:_and_reactions)?/(?:comments|your_comments)")
_COMMENT_PLACES: Final = (("comments_v2",), ("comments",), ())


def _recognises(archive: Archive) -> bool:
    return any(_POSTS.fullmatch(name) or re.search(r"(?:^|/)comments_and_reactions/", name) for name in archive.names)


class _Importer:
    """One export on its way into records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._files = Files(archive, job, "facebook")
        self._ids, self._remarks = Ids("export"), Remarks()
        self._name: str | None = None
        self._shown: set[str] = set()  # addresses of media that have their thread

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and how each listing ended."""
        self._name, items = profile_items(self._archive, self._job)
        yield from items
        albums = self._named(_ALBUMS)
        self._collect_remarks(albums)
        yield from self._listing("posts", self._named(_POSTS), (("status_updates",), ()), self._posted)
        yield from self._listing("album photos", albums, (("photos",),), self._photo)
        yield from self._listing("photos and films", self._named(_LOOSE), _LOOSE_PLACES, self._photo)
        yield from self._listing("comments", self._named(_COMMENTS), _COMMENT_PLACES, self._commented)

    def _named(self, pattern: re.Pattern[str]) -> list[str]:
        return [name for name in self._archive.names if pattern.fullmatch(name)]

    def _collect_remarks(self, albums: Sequence[str]) -> None:
        for name, raw in Reading(self._archive, self._job, "album photos").entries(albums, ("photos",)):
            with suppress(*UNREADABLE):  # recorded when the album is listed
                self._remarks.collect(raw, partial(self._archive.digest, name))

    def _listing(
        self, listing: str, names: Sequence[str], places: Sequence[tuple[str, ...]], to_thread: _ToThread
    ) -> Iterator[Item]:
        if not names:
            return
        reading = Reading(self._archive, self._job, listing, "comment" if listing == "comments" else "post")
        for name, raw in reading.entries(names, *places):
            try:
                thread = to_thread(reading, name, raw)
            except UNREADABLE as error:
                reading.lose(None, error)
                continue
            if thread is not None:
                yield thread
        yield from reading.end()

    def _posted(self, reading: Reading, name: str, raw: msgspec.Raw) -> Thread | None:
        entry = decoded(raw)
        media, text, created = media_of(entry), text_of(entry), time_of(entry.get("timestamp"))
        self._shown.update(one["uri"] for one in media)
        key = str(entry.get("fbid") or "") or self._ids.of(
            "post", int(created.timestamp()), text, *(base_of(one["uri"]) for one in media)
        )
        if not reading.within(created):
            return None
        changed = updated_at(entry)
        fields = {
            "kind": kind_of_post(entry, media), "title": entry.get("title"), "created_at": created,
            "updated_at": changed, "edited": Edited.YES if changed and changed > created else Edited.UNKNOWN,
        }  # fmt: skip
        return self._thread(key, text, media, fields, (name, raw))

    def _photo(self, reading: Reading, name: str, raw: msgspec.Raw) -> Thread | None:
        """Return a photo or film that no post shows as a thread of its own."""
        photo = decoded(raw)
        uri, created = photo["uri"], time_of(photo.get("creation_timestamp"), photo.get("timestamp"))
        if uri in self._shown:
            return None
        self._shown.add(uri)
        text = photo.get("description") or ""
        key = self._ids.of("photo", int(created.timestamp()), base_of(uri))
        if not reading.within(created):
            return None
        fields = {"kind": kind_of_post({}, [photo]), "title": photo.get("title"), "created_at": created}
        return self._thread(key, text, [photo], fields, (name, raw))

    def _commented(self, reading: Reading, name: str, raw: msgspec.Raw) -> Thread | None:
        """Return an own comment under another's post; the export says whose at most in the title."""
        entry = decoded(raw)
        remark = remark_of(entry)
        key = str(entry.get("fbid") or "") or self._ids.of("comment", int(remark.created_at.timestamp()), remark.text)
        if not reading.within(remark.created_at):
            return None
        fields = {"kind": "comment", "title": entry.get("title"), "in_reply_to": link_of(entry),
                  "created_at": remark.created_at}  # fmt: skip
        return self._thread(key, remark.text, media_of(entry), fields, (name, raw))

    def _thread(
        self, key: str, text: str, media: Sequence[Mapping[str, Any]], fields: Mapping[str, Any],
        origin: tuple[str, msgspec.Raw],
    ) -> Thread:  # fmt: skip
        items, gaps = self._files.keep(key, key, media)
        exchange = self._archive.digest(origin[0])
        post = own_post(
            self._job, "facebook", id=key, text=text, exchange=exchange, raw=str(origin[1], "utf-8"),
            author_name=self._name, media_ids=tuple(item.id for item in items), **fields,
        )  # fmt: skip
        received = msgspec.json.decode(origin[1])
        plain = [received] if "uri" in received else media_of(received)
        comments = tuple(self._comment(key, remark) for remark in self._remarks.under(media, plain, exchange))
        return Thread(post=post, comments=comments, media=tuple(items), gaps=tuple(gaps))

    def _comment(self, post_id: str, remark: Remark) -> Comment:
        own = remark.author is not None and remark.author == self._name
        return own_comment(
            self._job, "facebook", post_id=post_id, text=remark.text, created_at=remark.created_at, raw=remark.raw,
            id=self._ids.of("comment", post_id, int(remark.created_at.timestamp()), remark.author, remark.text),
            exchange=remark.exchange, author_name=remark.author,
            author_role=AuthorRole.OWN if own else AuthorRole.UNKNOWN,
            direction=Direction.MADE if own else Direction.RECEIVED,
        )  # fmt: skip


READER: Final = ExportReader(
    platform="facebook",
    name="Facebook export",
    looks_for="posts/your_posts_1.json, your_posts__check_ins__photos_and_videos_1.json or profile_posts_1.json",
    recognises=_recognises,
    owner=owner_of,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        (
            "comments",
            "A Facebook export holds comments the account wrote; of those it received only some under photos.",
        ),
        ("reactions", "A Facebook export holds no reactions to the account's posts and no numbers of them."),
        ("post", "A Facebook export names few posts by id or address, and not what an own comment answers."),
    ),
)
