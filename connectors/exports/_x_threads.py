"""Which posts of an X archive belong together: own answers to own posts, versions of one post, and long texts. Pure."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connectors.exports._times import instant_of
from connectors.exports._x_objects import note_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    import msgspec

    from connectors.exports._x_objects import Note, Tweet

_NEAR = 2  # seconds by which the two objects of a long post may differ
_MENTIONS: Final = re.compile(r"(?:@\w+\s+)*")
_CUT_OFF: Final = re.compile(r"\s*(?:…\s*)?https://t\.co/.*|\s*…\s*$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A post as read: when it was written (aware), the digest of its member, its JSON as received."""

    tweet: Tweet
    raw: str
    moment: datetime
    exchange: str
    deleted: bool


class Plan:
    """The posts of a period by id; ids only, so that an archive of any size fits.

    First every post is taken, then ``close`` is called, then each is put in; what belongs to one thread is held until
    the last of it is there.
    """

    def __init__(self) -> None:
        self._parents: dict[str, str | None] = {}
        self._families: dict[str, tuple[str, ...]] = {}
        self._places: dict[str, tuple[str, int]] = {}  # of current posts: the thread's root, and the depth below it
        self._wanted: Counter[str] = Counter()
        self._held: dict[str, list[Entry]] = {}
        self._seen: set[str] = set()

    def take(self, tweet: Tweet) -> None:
        """Take a post of the period; the same one again changes nothing."""
        key = tweet.key()
        self._parents.setdefault(key, tweet.parent())
        versions = tweet.edit_info.versions() if tweet.edit_info else ()
        if len(versions) > 1:
            self._families.setdefault(key, versions)

    def close(self) -> None:
        """Work out which thread each post belongs to, and how deep it stands there."""
        above = {key: self._parent(key) for key in self._parents if self.latest(key) == key}
        for start in above:
            path: list[str] = []
            at: str | None = start
            on_path: set[str] = set()
            while at is not None and at not in self._places:
                if above[at] is None or at in on_path:  # the top; in a ring, which should not be, where it is met first
                    self._places[at] = (at, 0)
                    break
                on_path.add(at)
                path.append(at)
                at = above[at]
            for key in reversed(path):
                root, depth = self._places[above[key] or key]
                self._places.setdefault(key, (root, depth + 1))
        self._wanted.update(self._places[self.latest(key)][0] for key in self._parents)

    def latest(self, key: str) -> str:
        """Return the newest version of a post that the archive holds for the period; usually the post itself."""
        return next((one for one in reversed(self._families.get(key, ())) if one in self._parents), key)

    def _parent(self, key: str) -> str | None:
        above = self._parents.get(key)
        return self.latest(above) if above in self._parents else None

    def place(self, key: str) -> tuple[str | None, int]:
        """Return the comment that a comment answers (None for one on the post itself), and its depth, from 0."""
        root, depth = self._places[key]
        above = self._parent(key)
        return (None, 0) if depth <= 1 or above == root else (above, depth - 1)

    def put(self, entry: Entry) -> list[Entry] | None:
        """Put in a post; return its thread, the root first, if that is all there now. Seen again, it is left out."""
        key = entry.tweet.key()
        if key in self._seen or key not in self._parents:
            return None
        self._seen.add(key)
        root = self._places[self.latest(key)][0]
        group = self._held.setdefault(root, [])
        group.append(entry)
        return self._in_order(root) if len(group) == self._wanted[root] else None

    def left(self) -> Iterator[list[Entry]]:
        """Yield the threads that never were all there: the archive broke off between the two readings."""
        for root in list(self._held):
            yield self._in_order(root)

    def _in_order(self, root: str) -> list[Entry]:
        return sorted(
            self._held.pop(root), key=lambda entry: (entry.tweet.key() != root, entry.moment, entry.tweet.key())
        )


class Notes:
    """The long texts of a period. Nothing names the post a text belongs to: time and beginning tell."""

    def __init__(self) -> None:
        self._by_second: dict[int, list[tuple[Note, str]]] = {}
        self._used: set[str] = set()

    def take(self, raw: msgspec.Raw, covers: Callable[[datetime], bool]) -> None:
        """Take an entry of ``note-tweet.js`` if it is of the period.

        Raises:
            msgspec.DecodeError: It is none.
            MalformedError: Its time is none.
        """
        note, text = note_in(raw)
        moment = instant_of(note.created_at)
        if covers(moment):
            self._by_second.setdefault(int(moment.timestamp()), []).append((note, text))

    def whole(self, beginning: str, moment: datetime) -> tuple[str, str] | None:
        """Return the whole text and its raw JSON for a post's text and time, or None if it is whole already."""
        second = int(moment.timestamp())
        start = _told(_CUT_OFF.sub("", beginning))
        for at in range(second - _NEAR, second + _NEAR + 1):
            for note, raw in self._by_second.get(at, ()):
                if _told(note.core.text).startswith(start):
                    self._used.add(note.note_tweet_id)
                    return note.core.text, raw
        return None

    def unused(self) -> Iterator[str]:
        """Yield the ids of texts whose post was not met."""
        for notes in self._by_second.values():
            yield from (note.note_tweet_id for note, _ in notes if note.note_tweet_id not in self._used)


def _told(text: str) -> str:
    return _MENTIONS.sub("", html.unescape(text), count=1).strip()
