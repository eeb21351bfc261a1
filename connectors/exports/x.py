"""The X archive: ``data/tweets.js`` (``tweets-part1.js`` …; before 2022 ``tweet.js``), deleted posts, long texts.

The archive holds the owner's own posts and nothing that others wrote. An own answer to an own post of the period is a
comment of that thread; any other answer is a post of its own. Earlier versions of an edited post are versions. Texts
are kept as given, with ``&amp;`` and short links; of a long post ``note-tweet.js`` has the whole text, and ``raw`` both
objects.

Source: archives of 2019 to 2025 as public readers describe them; as of 22 November 2026. Never evaluated, only parsed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from connectors.exports._reader import UNREADABLE, ExportReader, Reading, own_comment, own_post
from connectors.exports._x_media import MediaShelf, account_in, owner_of, profile_view
from connectors.exports._x_objects import AccountObject, entry_id, tweet_in, written_at
from connectors.exports._x_threads import Entry, Notes, Plan
from urval.errors import MalformedError, SourceError
from urval.records import Edited, GapReason, Version, Visibility
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import msgspec

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from connectors.exports._x_objects import Tweet
    from urval.records import Gap, MediaItem
    from urval.source import Item

_POSTS: Final = re.compile(r"(?:.*/)?(?P<deleted>deleted-)?(?:community-)?tweets?(?:-part\d+)?\.js", re.IGNORECASE)
_NOTES: Final = re.compile(r"(?:.*/)?note-tweets?(?:-part\d+)?\.js", re.IGNORECASE)
_SHARED: Final = re.compile(r"RT @\w+: ")
_NO_POST = "the whole text of a long post, but the archive does not hold the post"


def _recognises(archive: Archive) -> bool:
    return any(b"window.YTD." in archive.head(name) for name in archive.names if _POSTS.fullmatch(name))


class _Importer:
    """One archive on its way into records. It is gone through twice: what belongs together, then the records."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._files = [name for name in archive.names if _POSTS.fullmatch(name)]
        self._reading = Reading(archive, job, "posts")
        self._plan, self._notes = Plan(), Notes()
        self._shelf = MediaShelf(archive, job)
        self._account = AccountObject()

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listing's end."""
        yield from self._profile()
        self._read_notes()
        for _, raw in self._reading.entries(self._files):
            self._survey(raw)
        self._plan.close()
        yield from self._threads()
        for note_id in self._notes.unused():
            yield self._job.gap("post", note_id, GapReason.INCOMPLETE, _NO_POST)
        yield from self._reading.end()

    def _profile(self) -> Iterator[Item]:
        try:
            account = account_in(self._archive)
            if account is None:
                yield self._job.gap("profile", None, GapReason.GONE, "the archive does not hold account.js")
                return
            self._account = account
            view, gaps = profile_view(self._archive, self._job, account)
        except (SourceError, *UNREADABLE) as error:
            self._reading.lose(None, error, "profile")
            return
        yield view
        yield from gaps

    def _read_notes(self) -> None:
        for _, raw in self._reading.entries(name for name in self._archive.names if _NOTES.fullmatch(name)):
            try:
                self._notes.take(raw, self._job.covers)
            except UNREADABLE as error:
                self._reading.lose(None, error)

    def _survey(self, raw: msgspec.Raw) -> None:
        try:
            tweet, _ = tweet_in(raw)
            if tweet.full_text is None and tweet.text is None:
                raise MalformedError("a post has no text")
            if self._reading.within(written_at(tweet)):
                self._plan.take(tweet)
        except UNREADABLE as error:
            self._reading.lose(entry_id(raw), error)

    def _threads(self) -> Iterator[Thread]:
        for name in self._files:
            try:
                for raw in self._archive.array(name):
                    if group := self._put(name, raw):
                        yield self._thread(group)
            except SourceError:  # the survey met it too, and recorded it
                continue
        for group in self._plan.left():
            yield self._thread(group)

    def _put(self, name: str, raw: msgspec.Raw) -> list[Entry] | None:
        try:
            tweet, text = tweet_in(raw)
            moment = written_at(tweet)
        except UNREADABLE:
            return None  # has its gap since the survey
        found = _POSTS.fullmatch(name)
        deleted = bool(tweet.deleted_at or (found and found["deleted"]))
        return self._plan.put(Entry(tweet, text, moment, self._archive.digest(name), deleted))

    def _thread(self, group: Sequence[Entry]) -> Thread:
        """Return the thread of a post with own answers and earlier versions; the post comes first."""
        root = group[0].tweet.key()
        current = [entry for entry in group if self._plan.latest(entry.tweet.key()) == entry.tweet.key()]
        media: dict[str, list[MediaItem]] = {}
        gaps: list[Gap] = []
        for entry in current:
            media[entry.tweet.key()], missed = self._shelf.of(entry.tweet, root)
            gaps += missed
        post = self._fields(current[0], media) | self._of_post(current[0].tweet)
        return Thread(
            post=own_post(self._job, "x", **post),
            comments=tuple(
                own_comment(self._job, "x", post_id=root, **self._fields(entry, media), **self._place(entry))
                for entry in current[1:]
            ),
            media=tuple(item for items in media.values() for item in items),
            gaps=tuple(gaps),
            versions=tuple(self._versions([entry for entry in group if entry not in current], root)),
        )

    def _fields(self, entry: Entry, media: dict[str, list[MediaItem]]) -> dict[str, Any]:
        """Return what posts and comments have in common."""
        tweet, versions = entry.tweet, entry.tweet.edit_info.versions() if entry.tweet.edit_info else ()
        later = len(versions) > 1 and tweet.key() != versions[0]
        text, raw = self._whole(entry)
        return {
            "id": tweet.key(), "text": text, "raw": raw, "created_at": entry.moment, "exchange": entry.exchange,
            "permalink": f"https://x.com/{self._account.username or 'i'}/status/{tweet.key()}",
            "language": tweet.lang if tweet.lang and tweet.lang != "und" else None,
            "edited": Edited.YES if later else Edited.NO if versions else Edited.UNKNOWN,
            "author_id": self._account.account_id or None, "author_name": self._account.account_display_name or None,
            "visibility": Visibility.DELETED_BY_US if entry.deleted else Visibility.VISIBLE,
            "media_ids": tuple(item.id for item in media[tweet.key()]), "reaction_count": tweet.favorite_count,
        }  # fmt: skip

    @staticmethod
    def _of_post(tweet: Tweet) -> dict[str, Any]:
        shared = _SHARED.match(tweet.full_text or tweet.text or "")
        likes = (("like", tweet.favorite_count),) if tweet.favorite_count is not None else ()
        return {
            "kind": "share" if shared else tweet.kind(),
            "in_reply_to": tweet.parent(), "share_count": tweet.retweet_count, "reactions": likes,
        }  # fmt: skip

    def _place(self, entry: Entry) -> dict[str, Any]:
        parent, depth = self._plan.place(entry.tweet.key())
        return {"parent_id": parent, "depth": depth}

    def _versions(self, earlier: Sequence[Entry], root: str) -> Iterator[Version]:
        numbers: dict[str, int] = {}
        for entry in earlier:  # oldest first
            subject = self._plan.latest(entry.tweet.key())
            number = numbers[subject] = numbers.get(subject, -1) + 1
            text, raw = self._whole(entry)
            yield Version(
                platform="x", account_id=self._job.account_id, thread_id=root, subject_id=subject, number=number,
                text=text, created_at=entry.moment, captured_at=self._job.at, exchange=entry.exchange, raw=raw,
            )  # fmt: skip

    def _whole(self, entry: Entry) -> tuple[str, str]:
        """Return the text, of a long post all of it, and the JSON it came from."""
        text = entry.tweet.full_text if entry.tweet.full_text is not None else entry.tweet.text or ""
        found = self._notes.whole(text, entry.moment)
        return (text, entry.raw) if found is None else (found[0], f'{{"tweet":{entry.raw},"noteTweet":{found[1]}}}')


READER: Final = ExportReader(
    platform="x",
    name="X archive",
    looks_for="data/tweets.js or tweet.js",
    recognises=_recognises,
    owner=owner_of,
    read=lambda archive, job: _Importer(archive, job).items(),
    never=(
        ("comments", "An X archive holds only what the account itself wrote, never the answers of others."),
        ("views", "An X archive holds no number of views and no earlier number of likes."),
    ),
)
