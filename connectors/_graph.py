"""Objects of Meta's Graph API that its platforms share, decoded. Unknown members are left to the raw record."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from connectors._connector import MediaRef
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Iterable

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
WITHHELD = "the platform gives no film file: its source is withheld unless the token's owner administers the Page"


class Ref(msgspec.Struct, gc=False):
    """A node named by another: a person, a Page, a comment."""

    id: str = ""
    name: str | None = None


class Image(msgspec.Struct):
    """A picture's address and size in pixels."""

    src: str = ""
    width: int | None = None
    height: int | None = None


class Media(msgspec.Struct):
    """What an attachment shows; ``source`` is a film's file, often withheld."""

    image: Image | None = None
    source: str | None = None


class Attachment(msgspec.Struct):
    """A picture, film, link, event or album under a post or comment."""

    media_type: str | None = None
    type: str | None = None
    description: str | None = None
    target: Ref | None = None
    media: Media | None = None
    subattachments: Attachments | None = None

    def leaves(self) -> list[Attachment]:
        """Return the parts of an album, or the attachment itself (an album's own picture is its first part's)."""
        return self.subattachments.data if self.subattachments and self.subattachments.data else [self]

    def is_video(self) -> bool:
        """Tell whether it is a film."""
        return "video" in (self.media_type or self.type or "")


class Attachments(msgspec.Struct):
    """The attachments of a node."""

    data: list[Attachment] = []


class Summary(msgspec.Struct, gc=False):
    """The platform's own count."""

    total_count: int | None = None


class Cursors(msgspec.Struct, gc=False):
    """Where a page began and ended."""

    after: str | None = None


class Paging(msgspec.Struct, gc=False):
    """How an edge goes on; without ``next`` it does not."""

    next: str | None = None
    cursors: Cursors | None = None


class Edge(msgspec.Struct, gc=False):
    """A list inside a node, with its records as received."""

    data: list[msgspec.Raw] = []
    summary: Summary | None = None
    paging: Paging | None = None

    def count(self) -> int | None:
        """Return the platform's own count."""
        return self.summary.total_count if self.summary else None

    def after(self) -> str | None:
        """Return the cursor where the list was cut, or None if it is whole."""
        if self.paging is None or self.paging.next is None:
            return None
        return (self.paging.cursors.after if self.paging.cursors else None) or ""


class Count(msgspec.Struct):
    """A number in an object of its own."""

    count: int | None = None


class Picture(msgspec.Struct):
    """A profile picture, wrapped in ``data`` or not."""

    url: str | None = None
    data: Picture | None = None


class Cover(msgspec.Struct):
    """The picture across a Page's top."""

    source: str | None = None


class PageNode(msgspec.Struct):
    """A Page."""

    id: str
    name: str
    username: str | None = None
    link: str | None = None
    about: str | None = None
    description: str | None = None
    website: str | None = None
    fan_count: int | None = None
    followers_count: int | None = None
    picture: Picture | None = None
    cover: Cover | None = None


class Entry(msgspec.Struct):
    """A post or a reel; only a reel has ``post_id``, title, description, source, picture and views."""

    id: str
    created_time: Aware
    updated_time: Aware | None = None
    message: str | None = None
    story: str | None = None
    title: str | None = None
    description: str | None = None
    permalink_url: str | None = None
    author: Ref | None = msgspec.field(name="from", default=None)
    parent_id: str | None = None
    post_id: str | None = None
    is_hidden: bool | None = None
    timeline_visibility: str | None = None
    full_picture: str | None = None
    picture: str | None = None
    source: str | None = None
    views: int | None = None
    shares: Count | None = None
    attachments: Attachments | None = None
    comments: Edge | None = None
    r_like: Edge | None = None
    r_love: Edge | None = None
    r_care: Edge | None = None
    r_haha: Edge | None = None
    r_wow: Edge | None = None
    r_sad: Edge | None = None
    r_angry: Edge | None = None


class CommentNode(msgspec.Struct, gc=False):
    """A comment; see :class:`connectors._connector.CommentObject` for its methods."""

    created_time: Aware
    id: str = ""
    message: str | None = None
    parent: Ref | None = None
    author: Ref | None = msgspec.field(name="from", default=None)
    attachment: Attachment | None = None
    comment_count: int | None = None
    like_count: int | None = None
    is_hidden: bool | None = None
    permalink_url: str | None = None

    def key(self) -> str:
        """Return the id; empty without MODERATE."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the id of the comment it answers."""
        return None if self.parent is None else self.parent.id

    def thread_key(self) -> str | None:
        """Return None: a call is about one post."""
        return None

    def author_key(self) -> str | None:
        """Return the author's id; missing for people who did not authorise the app."""
        return None if self.author is None else self.author.id


def media_of(
    owner: str, leaves: Iterable[Attachment], *, text: str = "", full_picture: str | None = None
) -> tuple[MediaRef, ...]:
    """Return the pictures and films of attachments.

    A picture's own description is its alternative text, unless it only repeats ``text``, the words it hangs under.
    ``full_picture`` stands in where the attachments show none.
    """
    found: list[tuple[MediaKind, str | None, Image, str | None]] = []
    for leaf in leaves:
        media = leaf.media or Media()
        alt = leaf.description if not leaf.is_video() and leaf.description != text else None
        if media.image is not None and media.image.src:
            found.append((MediaKind.IMAGE, media.image.src, media.image, alt or None))
        if leaf.is_video():
            found.append((MediaKind.VIDEO, media.source or None, Image(), None))
    if not found and full_picture:
        found.append((MediaKind.IMAGE, full_picture, Image(), None))
    return tuple(
        MediaRef(
            id=f"{owner}:{number}",
            url=url,
            kind=kind,
            alt_text=alt,
            width=image.width,
            height=image.height,
            withheld="" if url else WITHHELD,
        )
        for number, (kind, url, image, alt) in enumerate(found, 1)
    )
