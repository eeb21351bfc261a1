"""Objects of TikTok's Business API, decoded. Unknown members are left to the raw record.

Times are Unix seconds, as a number or as a text; ids are texts, and would not survive being read as floating numbers.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

Instant = Annotated[datetime, msgspec.Meta(tz=True)]  # from Unix seconds: UTC


class Account(msgspec.Struct, gc=False):
    """The account's page."""

    username: str | None = None
    display_name: str | None = None
    bio_description: str | None = None
    profile_image: str | None = None
    profile_deep_link: str | None = None
    followers_count: int | None = None
    total_likes: int | None = None
    videos_count: int | None = None


class Profile(msgspec.Struct):
    """The answer that holds the account's page."""

    data: Account


class Video(msgspec.Struct, gc=False):
    """A post: a film, or pictures (``PHOTO``). Its numbers are one or two days old."""

    item_id: str | int
    create_time: Instant
    caption: str | None = None
    media_type: str | None = None
    thumbnail_url: str | None = None
    share_url: str | None = None
    likes: int | None = None
    comments: int | None = None
    shares: int | None = None
    video_views: int | None = None


class CommentObject(msgspec.Struct, gc=False):
    """A comment or an answer. Who wrote is keyed by ``unique_identifier``: ``user_id`` is to be dropped."""

    comment_id: str | int
    create_time: Instant
    video_id: str | int | None = None
    text: str | None = None
    unique_identifier: str | None = None
    username: str | None = None
    display_name: str | None = None
    image_url: str | None = None
    likes: int | None = None
    replies: int | None = None
    owner: bool = False
    status: str | None = None
    parent_comment_id: str | int | None = None
    reply_list: list[msgspec.Raw] | None = None

    def key(self) -> str:
        """Return the id."""
        return str(self.comment_id)

    def parent_key(self) -> str | None:
        """Return the id of the comment it answers."""
        return str(self.parent_comment_id) if self.parent_comment_id else None

    def thread_key(self) -> str | None:
        """Return the video's id, where it is told."""
        return str(self.video_id) if self.video_id else None

    def author_key(self) -> str | None:
        """Return the author's id; :data:`OWNER` for the account itself, whose own is not told with its page."""
        return OWNER if self.owner else self.unique_identifier


OWNER = "owner"
