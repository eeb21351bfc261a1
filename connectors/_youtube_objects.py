"""Resources of the YouTube Data API, decoded. Unknown members are left to the raw record.

A comment thread and a comment are read by the same type, because a thread brings answers of the other kind: whatever
differs lies in the snippet, and :meth:`CommentResource.said` gives the comment's own.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import msgspec

from connectors._connector import MediaRef

if TYPE_CHECKING:
    from urval.records import MediaKind

Aware = Annotated[datetime, msgspec.Meta(tz=True)]


class Resource(msgspec.Struct, gc=False, rename="camel"):
    """What every resource here is written like."""


class Thumbnail(Resource):
    """One size of a picture, in pixels."""

    url: str | None = None
    width: int | None = None
    height: int | None = None


class Thumbnails(Resource):
    """The sizes there are; small films lack the larger ones."""

    maxres: Thumbnail | None = None
    standard: Thumbnail | None = None
    high: Thumbnail | None = None
    medium: Thumbnail | None = None
    default: Thumbnail | None = None

    def largest(self, ref_id: str, kind: MediaKind) -> tuple[MediaRef, ...]:
        """Return the largest size as a medium, if there is any."""
        for found in (self.maxres, self.standard, self.high, self.medium, self.default):
            if found is not None and found.url:
                return (MediaRef(id=ref_id, url=found.url, kind=kind, width=found.width, height=found.height),)
        return ()


class ResourceId(Resource):
    """What a playlist's entry stands for."""

    video_id: str = ""


class Snippet(Resource):
    """The texts of a channel, a playlist's entry or a video."""

    title: str = ""
    description: str = ""
    published_at: Aware | None = None
    channel_id: str | None = None
    channel_title: str | None = None
    custom_url: str | None = None
    default_language: str | None = None
    thumbnails: Thumbnails = msgspec.field(default_factory=Thumbnails)
    resource_id: ResourceId = msgspec.field(default_factory=ResourceId)


class Playlists(Resource):
    """The channel's own playlists."""

    uploads: str = ""


class Details(Resource):
    """Of a channel its playlists, of a playlist's entry its video."""

    related_playlists: Playlists = msgspec.field(default_factory=Playlists)
    video_id: str = ""
    video_published_at: Aware | None = None


class Statistics(Resource):
    """Counts; they come as texts, and those that are switched off do not come."""

    view_count: int | None = None
    like_count: int | None = None
    comment_count: int | None = None
    subscriber_count: int | None = None
    hidden_subscriber_count: bool = False
    video_count: int | None = None


class Status(Resource):
    """Who may see it: public, unlisted, private."""

    privacy_status: str = ""


class Banner(Resource):
    """The channel's banner."""

    banner_external_url: str | None = None


class Branding(Resource):
    """How the channel looks."""

    image: Banner = msgspec.field(default_factory=Banner)


class Broadcast(Resource):
    """A live broadcast's times: that there are any tells a broadcast from a film."""


class Item(Resource):
    """A channel, a playlist's entry or a video."""

    id: str
    snippet: Snippet
    content_details: Details = msgspec.field(default_factory=Details)
    statistics: Statistics = msgspec.field(default_factory=Statistics)
    status: Status = msgspec.field(default_factory=Status)
    branding_settings: Branding = msgspec.field(default_factory=Branding)
    live_streaming_details: Broadcast | None = None


ITEM = msgspec.json.Decoder(Item, strict=False)


class Named(Resource):
    """Any resource, as far as its id."""

    id: str = ""


NAMED = msgspec.json.Decoder(Named)


class Items(Resource):
    """A page, its items as received."""

    items: list[msgspec.Raw] = []


class AuthorChannel(Resource):
    """The author's channel."""

    value: str | None = None


class CommentSnippet(Resource):
    """The snippet of a comment; that of a thread holds its first comment instead."""

    text_original: str | None = None
    text_display: str | None = None
    author_display_name: str | None = None
    author_channel_id: AuthorChannel | None = None
    parent_id: str | None = None
    video_id: str | None = None
    like_count: int | None = None
    published_at: Aware | None = None
    updated_at: Aware | None = None
    moderation_status: str | None = None
    total_reply_count: int | None = None
    top_level_comment: CommentResource | None = None


class Answers(Resource):
    """The answers that come inside a thread, five at most, as received."""

    comments: list[msgspec.Raw] = []


class CommentResource(Resource):
    """A thread or an answer."""

    id: str
    snippet: CommentSnippet
    replies: Answers | None = None

    def said(self) -> CommentSnippet:
        """Return the comment's own snippet."""
        first = self.snippet.top_level_comment
        return self.snippet if first is None else first.snippet

    def key(self) -> str:
        """Return the id; a thread has that of its first comment."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the thread that it answers in."""
        return self.snippet.parent_id

    def thread_key(self) -> str | None:
        """Return the video's id, where it is told."""
        return self.snippet.video_id

    def author_key(self) -> str | None:
        """Return the author's channel, if there is one left."""
        channel = self.said().author_channel_id
        return None if channel is None else channel.value

    def answers(self) -> list[msgspec.Raw]:
        """Return the answers that came inside."""
        return [] if self.replies is None else self.replies.comments
