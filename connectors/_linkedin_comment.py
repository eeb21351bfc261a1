"""A comment of LinkedIn's REST API, decoded. Unknown members are left to the raw record."""

from __future__ import annotations

from typing import Final

import msgspec

from connectors._linkedin_objects import Message, Stamp

_COMMENT: Final = "urn:li:comment:"


class Likes(msgspec.Struct, rename="camel", gc=False):
    """Reactions to a comment."""

    total_likes: int | None = None
    aggregated_total_likes: int | None = None


class Answers(msgspec.Struct, rename="camel", gc=False):
    """Answers to a comment."""

    total_first_level_comments: int | None = None
    aggregated_total_comments: int | None = None


class Entity(msgspec.Struct, rename="camel", gc=False):
    """What a comment shows, by name."""

    image: str = ""
    digitalmedia_asset: str = ""


class Shown(msgspec.Struct, gc=False):
    """A picture in a comment."""

    type: str = "IMAGE"
    url: str | None = None
    entity: Entity | None = None


class CommentNode(msgspec.Struct, rename="camel", gc=False):
    """A comment; see :class:`connectors._connector.CommentObject` for its methods.

    ``object`` is an activity's name, also where the comments of a share were asked for.
    """

    created: Stamp
    id: str | int = ""
    comment_urn: str = ""
    object: str = ""
    actor: str | None = None
    last_modified: Stamp | None = None
    message: str | Message | None = None
    parent_comment: str | None = None
    likes_summary: Likes | None = None
    comments_summary: Answers | None = None
    content: list[Shown] | None = None

    def key(self) -> str:
        """Return the comment's name; it is made of its parts where the platform does not write it out."""
        given = self.comment_urn or str(self.id)
        if given.startswith(_COMMENT) or not (self.id and self.object):
            return given if given.startswith(_COMMENT) else ""
        return f"{_COMMENT}({self.object},{self.id})"

    def text(self) -> str:
        """Return the text."""
        return self.message.text if isinstance(self.message, Message) else self.message or ""

    def parent_key(self) -> str | None:
        """Return the name of the comment it answers."""
        return self.parent_comment

    def thread_key(self) -> str | None:
        """Return None: a call is about one post or comment."""
        return None

    def author_key(self) -> str | None:
        """Return the name of the person or organisation that wrote it."""
        return self.actor

    def answers(self) -> int | None:
        """Return how many answers the platform counts."""
        told = self.comments_summary
        if told is None:
            return None
        return (
            told.total_first_level_comments
            if told.aggregated_total_comments is None
            else told.aggregated_total_comments
        )
