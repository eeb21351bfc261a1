"""Objects of the AT Protocol and of Bluesky's AppView, decoded. Unknown members are left to the raw record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec

from urval.records import GapReason

SITE: Final = "https://bsky.app/profile"
Instant = Annotated[datetime, msgspec.Meta(tz=True)]  # as the author claims; without a zone it cannot be placed


class Ref(msgspec.Struct, gc=False):
    """A reference to a record, as it was at the time."""

    uri: str
    cid: str | None = None


class ReplyRef(msgspec.Struct, gc=False):
    """What an answer answers."""

    root: Ref
    parent: Ref


class Written(msgspec.Struct, gc=False, rename="camel"):
    """A post or answer as its author keeps it."""

    text: str
    created_at: Instant
    langs: list[str] | None = None
    reply: ReplyRef | None = None
    embed: dict[str, Any] | None = None


class Shared(msgspec.Struct, rename="camel"):
    """A repost."""

    subject: Ref
    created_at: Instant


class Kept(msgspec.Struct, gc=False):
    """A post record as its data server lists it."""

    uri: str
    cid: str
    value: Written


class KeptShare(msgspec.Struct):
    """A repost record as its data server lists it."""

    uri: str
    cid: str
    value: Shared


class Profile(msgspec.Struct, rename="camel"):
    """An account as the AppView shows it."""

    did: str
    handle: str
    display_name: str | None = None
    description: str | None = None
    avatar: str | None = None
    banner: str | None = None
    followers_count: int | None = None
    posts_count: int | None = None


class Author(msgspec.Struct, gc=False, rename="camel"):
    """Who wrote a post."""

    did: str
    handle: str = ""
    display_name: str | None = None


class View(msgspec.Struct, gc=False, rename="camel"):
    """A post or answer as the AppView shows it; see :class:`connectors._connector.CommentObject` for its methods.

    In the place of an answer that is not shown stands one with an address alone.
    """

    uri: str
    cid: str = ""
    author: Author | None = None
    record: Written | None = None
    embed: dict[str, Any] | None = None
    like_count: int | None = None
    repost_count: int | None = None
    reply_count: int | None = None
    not_found: bool = False
    blocked: bool = False

    def key(self) -> str:
        """Return the address."""
        return self.uri

    def parent_key(self) -> str | None:
        """Return the address of what it answers, which may be the post."""
        return self.record.reply.parent.uri if self.record and self.record.reply else None

    def thread_key(self) -> str | None:
        """Return None: a call is about one post."""
        return None

    def author_key(self) -> str | None:
        """Return the author's identifier."""
        return self.author.did if self.author else None

    def stands_for(self) -> tuple[GapReason, str] | None:
        """Return why an answer is not shown, in whose place this stands."""
        if self.blocked:
            return GapReason.PRIVATE, "the AppView keeps it back for a block between its author and another"
        if self.not_found or self.record is None:
            return GapReason.NOT_LISTED, "the AppView says: not found"
        return None if self.author else (GapReason.MALFORMED, "an answer came without its author")


class Threadgate(msgspec.Struct, rename="camel"):
    """The record of a thread's gate, as far as it hides answers."""

    hidden_replies: list[str] = []


def page_of(uri: str) -> str | None:
    """Return the public page of a post's address (``at://<did>/<collection>/<rkey>``), or None for another thing."""
    parts = uri.removeprefix("at://").split("/")
    return f"{SITE}/{parts[0]}/post/{parts[2]}" if len(parts) == 3 else None  # noqa: PLR2004 - as in the address
