"""ActivityStreams objects of a Mastodon archive, decoded, and what they say. Pure.

Source: ActivityStreams 2.0, Mastodon's BackupService and serialisers as public readers describe them; November 2026.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors.exports._times import instant_of
from urval.errors import MalformedError
from urval.records import Edited, MediaKind, Visibility

if TYPE_CHECKING:
    from datetime import datetime

_PUBLIC: Final = frozenset({"https://www.w3.org/ns/activitystreams#Public", "as:Public", "Public"})
_KINDS: Final = {"Question": "poll", "Article": "article", "Video": "video", "Audio": "audio", "Image": "photo"}
_MEDIA: Final = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_LINK: Final = re.compile(r"""href=["'](https?://[^"']+)""")
_LARGEST_SIDE = 1_000_000  # pixels; more is no size
_MOST = 10**15  # of anything counted; more is no count


class Picture(msgspec.Struct, rename="camel"):
    """An attachment, an avatar or a header. ``url`` is a path in the archive, or an address."""

    url: Any = None
    media_type: str | None = None
    name: Any = None  # the description
    width: Any = None
    height: Any = None

    def kind(self) -> MediaKind:
        """Return what it is, by its declared type."""
        return _MEDIA.get((self.media_type or "").partition("/")[0], MediaKind.FILE)

    def sides(self) -> tuple[int | None, int | None]:
        """Return width and height in pixels, where they are sizes."""
        sides = (self.width, self.height)
        width, height = (side if isinstance(side, int) and 0 < side < _LARGEST_SIDE else None for side in sides)
        return width, height


class Note(msgspec.Struct, rename="camel"):
    """A post: a Note, a poll (Question), an article."""

    id: str
    published: str
    type: str = "Note"
    content: str | None = None
    content_map: Any = None
    summary: str | None = None  # the content warning
    in_reply_to: Any = None
    conversation: str | None = None
    updated: str | None = None
    url: Any = None
    to: Any = None
    cc: Any = None
    attachment: list[Picture] | Picture | None = None
    likes: Any = None
    shares: Any = None

    def parent(self) -> str | None:
        """Return the id of what it answers."""
        return link_of(self.in_reply_to)

    def pictures(self) -> list[Picture]:
        """Return the attachments in order."""
        found = self.attachment
        return [] if found is None else [found] if isinstance(found, Picture) else found

    def kind(self) -> str:
        """Return the post's kind."""
        return "reply" if self.parent() else _KINDS.get(self.type, "post")

    def edited_at(self) -> datetime | None:
        """Return when it was last edited, as far as it tells a time (UTC)."""
        with suppress(MalformedError):
            return instant_of(self.updated) if self.updated else None
        return None

    def language(self) -> str | None:
        """Return the language, if the post is in one."""
        told = list(self.content_map) if isinstance(self.content_map, dict) else []
        return str(told[0]) if len(told) == 1 and told[0] != "und" else None


class Activity(msgspec.Struct, rename="camel"):
    """An entry of the outbox."""

    id: str
    type: str
    published: str | None = None
    object: Any = None
    to: Any = None
    cc: Any = None


class Actor(msgspec.Struct, rename="camel"):
    """The account."""

    id: str
    preferred_username: str | None = None
    name: str | None = None
    summary: str | None = None
    url: Any = None
    icon: Picture | None = None
    image: Picture | None = None
    attachment: Any = None

    def links(self) -> tuple[str, ...]:
        """Return the addresses of the profile's fields."""
        fields = self.attachment if isinstance(self.attachment, list) else []
        values = (str(field.get("value", "")) for field in fields if isinstance(field, dict))
        return tuple(address for value in values for address in _LINK.findall(value))


def note_in(activity: Activity) -> Note:
    """Return the post that a Create carries.

    Raises:
        MalformedError: It carries only a link.
        msgspec.DecodeError: It carries something else.
    """
    if not isinstance(activity.object, dict):
        raise MalformedError("the outbox names a post and does not hold it")
    note = msgspec.convert(activity.object, Note)
    if note.content is None and note.summary is None and not note.pictures():
        raise MalformedError("a post has neither text nor medium")
    return note


def link_of(value: Any) -> str | None:
    """Return the id of an object that is given as a link, as an object, or as a list of them."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("id") or value.get("href")
    return value if isinstance(value, str) and value else None


def audience_of(to: Any, cc: Any) -> Visibility | None:
    """Return what a visitor could see: all, or only what followers see; None for a message to named people."""
    named = {str(one) for value in (to, cc) for one in (value if isinstance(value, list) else [value]) if one}
    if named & _PUBLIC or not named:
        return Visibility.VISIBLE
    return Visibility.HIDDEN if any(one.endswith("/followers") for one in named) else None


def count_of(value: Any) -> int | None:
    """Return the size of a collection, where it is told."""
    total = value.get("totalItems") if isinstance(value, dict) else None
    return total if type(total) is int and 0 <= total < _MOST else None


class Entry:
    """A post or a boost, decoded again when its record is made. ``note`` is None for a boost."""

    def __init__(self, raw: msgspec.Raw, exchange: str) -> None:
        self.activity = msgspec.json.decode(raw, type=Activity)
        self.note: Note | None = note_in(self.activity) if self.activity.type == "Create" else None
        self.key = self.note.id if self.note else self.activity.id
        self.raw, self.exchange = str(raw, "utf-8"), exchange

    def fields(self) -> dict[str, Any]:
        """Return what posts and comments have in common."""
        note, activity = self.note, self.activity
        shown = audience_of(note.to if note else activity.to, note.cc if note else activity.cc)
        return {
            "id": self.key, "text": (note.content or "") if note else "", "raw": self.raw, "exchange": self.exchange,
            "visibility": shown or Visibility.HIDDEN, "language": note.language() if note else None,
            "permalink": (link_of(note.url) or note.id) if note else None,
            "updated_at": note.edited_at() if note else None,
            "edited": Edited.YES if note and note.updated else Edited.NO,
            "reaction_count": count_of(note.likes) if note else None,
        }  # fmt: skip


def is_post(raw: msgspec.Raw) -> bool:
    """Tell an entry that is no message to named people; what cannot be read is none that is known to be public."""
    with suppress(msgspec.DecodeError, UnicodeError, MalformedError):
        activity = msgspec.json.decode(raw, type=Activity)
        note = note_in(activity) if activity.type == "Create" else None
        return note is None or audience_of(note.to or activity.to, note.cc or activity.cc) is not None
    return False


def key_in(raw: msgspec.Raw) -> str | None:
    """Return the id of an entry that cannot be read, if it can be made out."""
    with suppress(msgspec.DecodeError, UnicodeError):
        found = msgspec.json.decode(raw)
        return link_of(found.get("object")) or link_of(found) if isinstance(found, dict) else None
    return None
