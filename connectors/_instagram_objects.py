"""Objects of the Instagram API, decoded. Unknown members are left to the raw record.

Source: reference of Instagram users, media and comments, Graph API v25.0, as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import Branch
from connectors._graph import Aware, Edge, Ref  # noqa: TC001 - msgspec reads the annotations
from connectors._graph_parts import CUT, Part, Parts

if TYPE_CHECKING:
    from connectors._connector import MediaRef
    from urval.records import GapReason

_TYPES = {"IMAGE": "photo", "CAROUSEL_ALBUM": "photo", "VIDEO": "video"}
_NONE: list[msgspec.Raw] = []
_PRODUCTS = {"REELS": "reel", "STORY": "story"}


class Account(msgspec.Struct):
    """A professional account. ``id`` is the app's own number for it where the token comes from Instagram Login."""

    id: str
    username: str | None = None
    name: str | None = None
    biography: str | None = None
    website: str | None = None
    followers_count: int | None = None
    media_count: int | None = None
    profile_picture_url: str | None = None


class Writer(msgspec.Struct, gc=False):
    """Who wrote a comment."""

    id: str = ""
    username: str | None = None


class Entry(msgspec.Struct):
    """A post, a reel or a story: Instagram calls each a medium."""

    id: str
    timestamp: Aware
    caption: str | None = None
    permalink: str | None = None
    alt_text: str | None = None
    media_type: str | None = None
    media_product_type: str | None = None
    media_url: str | None = None
    thumbnail_url: str | None = None
    owner: Ref | None = None
    username: str | None = None
    like_count: int | None = None
    comments_count: int | None = None
    view_count: int | None = None
    total_views_count: int | None = None
    shares_count: int | None = None
    children: Parts | None = None

    def kind(self) -> str:
        """Return the kind of post; a type that is not known is just a post."""
        return _PRODUCTS.get(self.media_product_type or "") or _TYPES.get(self.media_type or "", "post")

    def parts(self) -> list[Part]:
        """Return the parts of an album, or the medium itself."""
        if self.children is not None and self.children.data:
            return self.children.data
        alone = Part(
            id=self.id, media_type=self.media_type, media_url=self.media_url, thumbnail_url=self.thumbnail_url,
            alt_text=self.alt_text,
        )  # fmt: skip
        return [alone] if self.media_type or self.media_url else []

    def troubles(self) -> tuple[tuple[str, GapReason, str], ...]:
        """Return what is wrong with an album that came without (all of) its parts."""
        return CUT if self.media_type == "CAROUSEL_ALBUM" and (self.children is None or self.children.is_cut()) else ()


class Remark(msgspec.Struct, gc=False):
    """A comment or an answer; see :class:`connectors._connector.CommentObject` for its methods.

    ``user`` is there only if the account itself wrote it. ``from`` is missing for some private accounts.
    """

    id: str
    timestamp: Aware
    text: str | None = None
    parent_id: str | None = None
    username: str | None = None
    writer: Writer | None = msgspec.field(name="from", default=None)
    user: Ref | None = None
    hidden: bool | None = None
    like_count: int | None = None
    replies: Edge | None = None

    def key(self) -> str:
        """Return the id."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the id of the comment it answers; an answer to an answer hangs on the comment above both."""
        return self.parent_id

    def thread_key(self) -> str | None:
        """Return None: a call is about one medium."""
        return None

    def author_key(self) -> str | None:
        """Return the author's id, or ``@`` and the name where only that is told (a name may look like an id)."""
        if self.user is not None and self.user.id:
            return self.user.id
        if self.writer is not None and self.writer.id:
            return self.writer.id
        return f"@{self.username}" if self.username else None


def media_of(entry: Entry) -> tuple[MediaRef, ...]:
    """Return the pictures and films of a medium: of a film its still too, of an album each part."""
    return tuple(ref for part in entry.parts() for ref in part.files())


def answers_in(remark: Any) -> list[msgspec.Raw]:
    """Return the answers that came inside a comment."""
    return remark.replies.data if remark.replies is not None else _NONE


def more_answers(remark: Any, _known: int) -> Branch | None:
    """Return where the answers inside a comment were cut, or None if they are all."""
    after = remark.replies.after() if remark.replies is not None else None
    return None if after is None else Branch(after)
