"""The objects of an X archive. All numbers in it are strings; old archives and other tools write some as numbers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._text import mended_json
from connectors.exports._times import instant_of
from urval.errors import MalformedError

if TYPE_CHECKING:
    from datetime import datetime

_SHIFT = 22  # bits of an id below its time
_EPOCH = 1_288_834_974_657  # Unix milliseconds at which the ids' clock starts
_FIRST_COUNTED = 1  # ids before it are running numbers
_KINDS: Final = {"photo": "photo", "video": "video", "animated_gif": "video"}
_ID: Final = re.compile(rb'"id_str"\s*:\s*"(\d+)"')


class Variant(msgspec.Struct, frozen=True):
    """One encoding of a film. ``bitrate`` is in bits a second, absent for playlists."""

    url: str = ""
    bitrate: int | None = None


class VideoInfo(msgspec.Struct, frozen=True):
    """A film's encodings."""

    variants: tuple[Variant, ...] = ()


class Large(msgspec.Struct, frozen=True):
    """Width and height in pixels."""

    w: int | None = None
    h: int | None = None


class Sizes(msgspec.Struct, frozen=True):
    """The sizes a picture is served in."""

    large: Large | None = None


class MediaObject(msgspec.Struct, frozen=True):
    """A picture or film of a post."""

    media_url_https: str | None = None
    media_url: str | None = None
    type: str | None = None
    ext_alt_text: str | None = None
    video_info: VideoInfo | None = None
    sizes: Sizes | None = None


class Entities(msgspec.Struct, frozen=True):
    """What a text names."""

    media: tuple[MediaObject, ...] | None = ()


class EditControl(msgspec.Struct, frozen=True, rename="camel"):
    """The ids of all versions of a post, oldest first."""

    edit_tweet_ids: tuple[str, ...] = ()


class Edit(msgspec.Struct, frozen=True, rename="camel"):
    """What a later version says of itself."""

    edit_control_initial: EditControl | None = None


class EditInfo(msgspec.Struct, frozen=True):
    """Either of the first version or of a later one."""

    initial: EditControl | None = None
    edit: Edit | None = None

    def versions(self) -> tuple[str, ...]:
        """Return the ids of all versions, oldest first."""
        control = self.edit.edit_control_initial if self.edit else self.initial
        return control.edit_tweet_ids if control else ()


class User(msgspec.Struct, frozen=True):
    """Who wrote, where an entry says it (archives of the owner's own posts do not)."""

    id_str: str | None = None
    screen_name: str | None = None
    name: str | None = None


class Tweet(msgspec.Struct, frozen=True):
    """One post of the owner."""

    id_str: str = ""
    id: str | int = ""  # rounded by tools that read it as a number: only if there is no id_str
    full_text: str | None = None
    text: str | None = None
    created_at: str = ""
    deleted_at: str | None = None
    in_reply_to_status_id_str: str | None = None
    in_reply_to_status_id: str | int | None = None
    quoted_status_id_str: str | None = None
    entities: Entities | None = None
    extended_entities: Entities | None = None
    favorite_count: int | None = None
    retweet_count: int | None = None
    lang: str | None = None
    edit_info: EditInfo | None = None
    user: User | None = None

    def key(self) -> str:
        """Return the id."""
        return self.id_str or str(self.id)

    def parent(self) -> str | None:
        """Return the id of the post it answers."""
        told = self.in_reply_to_status_id_str or self.in_reply_to_status_id
        return str(told) if told else None

    def kind(self) -> str:
        """Return what it is, as the interface's connector calls it; a repetition shows only in the text."""
        if self.parent():
            return "reply"
        if self.quoted_status_id_str:
            return "quote"
        return next((_KINDS.get(one.type or "", "post") for one in self.pictures()), "post")

    def pictures(self) -> tuple[MediaObject, ...]:
        """Return its media; ``entities`` alone names only the first."""
        for named in (self.extended_entities, self.entities):
            if named and named.media:
                return named.media
        return ()


class Wrapped(msgspec.Struct, frozen=True):
    """An entry of ``tweets.js``."""

    tweet: msgspec.Raw = msgspec.Raw()


class NoteCore(msgspec.Struct, frozen=True):
    """The whole text of a long post."""

    text: str


class Note(msgspec.Struct, frozen=True, rename="camel"):
    """A long post's text, which ``tweets.js`` has only the beginning of. Its id is not the post's."""

    note_tweet_id: str
    created_at: str
    core: NoteCore


class WrappedNote(msgspec.Struct, frozen=True, rename="camel"):
    """An entry of ``note-tweet.js``."""

    note_tweet: msgspec.Raw


class AccountObject(msgspec.Struct, frozen=True, rename="camel"):
    """The entry of ``account.js``, without what is nobody's business (e-mail address, telephone number)."""

    account_id: str = ""
    username: str = ""
    account_display_name: str = ""
    created_at: str | None = None


class Description(msgspec.Struct, frozen=True):
    """What the account says of itself."""

    bio: str | None = None
    website: str | None = None
    location: str | None = None


class ProfileObject(msgspec.Struct, frozen=True, rename="camel"):
    """The entry of ``profile.js``."""

    description: Description | None = None
    avatar_media_url: str | None = None
    header_media_url: str | None = None


class WrappedAccount(msgspec.Struct, frozen=True):
    """The element of ``account.js``."""

    account: AccountObject = AccountObject()


class WrappedProfile(msgspec.Struct, frozen=True):
    """The element of ``profile.js``."""

    profile: ProfileObject = ProfileObject()


_TWEET: Final = msgspec.json.Decoder(Tweet, strict=False)
_WRAPPED: Final = msgspec.json.Decoder(Wrapped)
_WRAPPED_NOTE: Final = msgspec.json.Decoder(WrappedNote)
_NOTE: Final = msgspec.json.Decoder(Note, strict=False)


def tweet_in(raw: msgspec.Raw) -> tuple[Tweet, str]:
    """Return the post in an entry (old files have it bare) and its JSON as received.

    Raises:
        msgspec.DecodeError: It is none.
        UnicodeDecodeError: It is not UTF-8.
        MalformedError: It has no id.
    """
    whole = mended_json(bytes(raw))
    inner = bytes(_WRAPPED.decode(whole).tweet) or whole
    tweet = _TWEET.decode(inner)
    if not tweet.key():
        raise MalformedError("a post has no id")
    return tweet, _received(raw, whole, inner)


def _received(raw: msgspec.Raw, whole: bytes, inner: bytes) -> str:
    """Return the part of an entry as the file has it: mending keeps every byte's place."""
    at = whole.index(inner)
    return bytes(raw)[at : at + len(inner)].decode()


def note_in(raw: msgspec.Raw) -> tuple[Note, str]:
    """Return the long text in an entry and its JSON as received; raises as :func:`tweet_in`."""
    whole = mended_json(bytes(raw))
    inner = bytes(_WRAPPED_NOTE.decode(whole).note_tweet)
    return _NOTE.decode(inner), _received(raw, whole, inner)


def entry_id(raw: msgspec.Raw) -> str | None:
    """Return the id of an entry that cannot be read, if it can be made out."""
    found = _ID.search(bytes(raw))
    return found[1].decode() if found else None


def written_at(tweet: Tweet) -> datetime:
    """Return when a post was written: as it says, else from its id, which counts milliseconds.

    Raises:
        MalformedError: Neither is a time.
    """
    if tweet.created_at:
        return instant_of(tweet.created_at)
    if not tweet.key().isdecimal() or int(tweet.key()) >> _SHIFT < _FIRST_COUNTED:
        raise MalformedError(f"post {tweet.key()} has no time")
    return instant_of((int(tweet.key()) >> _SHIFT) + _EPOCH)
