"""Objects of the WordPress REST API, decoded. Unknown members are left to the raw record."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

NaiveUtc = Annotated[datetime, msgspec.Meta(tz=False)]  # UTC, but the API writes no zone


class Rendered(msgspec.Struct, gc=False):
    """HTML as the site shows it; ``protected`` if a password hides it."""

    rendered: str = ""
    protected: bool = False


class Site(msgspec.Struct):
    """The site's description of itself."""

    name: str
    url: str
    description: str | None = None
    home: str | None = None
    site_icon_url: str | None = None


class Author(msgspec.Struct):
    """A user of the site, as far as anyone may see."""

    id: int = 0
    name: str | None = None


class Details(msgspec.Struct):
    """A picture's size in pixels."""

    width: int | None = None
    height: int | None = None


class Featured(msgspec.Struct):
    """The picture above a post."""

    source_url: str | None = None
    alt_text: str | None = None
    mime_type: str | None = None
    media_details: Details | None = None


class Embedded(msgspec.Struct):
    """What ``_embed`` puts into a post; an error object where it could not."""

    author: list[Author] = []
    featured: list[Featured] = msgspec.field(name="wp:featuredmedia", default_factory=list)


class PostObject(msgspec.Struct):
    """A post."""

    id: int
    date_gmt: NaiveUtc
    content: Rendered
    title: Rendered
    modified_gmt: NaiveUtc | None = None
    link: str | None = None
    author: int = 0
    sticky: bool | None = None
    embedded: Embedded | None = msgspec.field(name="_embedded", default=None)


class CommentObject(msgspec.Struct, gc=False):
    """A comment; see :class:`connectors._connector.CommentObject` for its methods."""

    id: int
    post: int
    date_gmt: NaiveUtc
    content: Rendered
    parent: int = 0
    author: int = 0
    author_name: str | None = None
    link: str | None = None
    type: str = "comment"

    def key(self) -> str:
        """Return the id."""
        return str(self.id)

    def parent_key(self) -> str | None:
        """Return the id of the comment it answers; 0 is the top level."""
        return str(self.parent) if self.parent else None

    def thread_key(self) -> str | None:
        """Return the post's id."""
        return str(self.post)

    def author_key(self) -> str | None:
        """Return the registered author's id; 0 is a visitor."""
        return str(self.author) if self.author else None
