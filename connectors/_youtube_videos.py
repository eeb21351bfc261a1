"""Videos of a YouTube channel: the entry among the uploads, and the video's own resource, asked for fifty at a time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from connectors._connector import Companion, Endpoint, Found, MappedPost, MediaRef, Origin
from connectors._paging import SinglePage
from connectors._youtube_objects import ITEM, NAMED
from urval.errors import MalformedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import msgspec

    from connectors._youtube_objects import Item

SITE = "https://www.youtube.com"
NO_FILM = "the interface never gives films: they are in the channel's Takeout and in the body's own files"
_DELETED = "the video was deleted: only its id is left among the uploads"
_PRIVATE = "the video is private, and the credential is not its owner's"
# Looked up once: an enumeration's member costs more than the rest of a field.
_IMAGE, _FILM, _UNKNOWN = MediaKind.IMAGE, MediaKind.VIDEO, Edited.UNKNOWN
_HIDDEN, _VISIBLE, _LOST = Visibility.HIDDEN, Visibility.VISIBLE, Visibility.GONE_UNKNOWN
_OWN, _MADE = AuthorRole.OWN, Direction.MADE
_PARTS = "snippet,contentDetails,statistics,status,liveStreamingDetails,recordingDetails,topicDetails,localizations"


def to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    """Map an entry of the uploads."""
    entry = ITEM.decode(raw)
    video_id = entry.content_details.video_id or entry.snippet.resource_id.video_id
    if not video_id:
        raise MalformedError("the playlist's entry names no video")
    return _mapped(entry, video_id, str(raw, "utf-8"), origin, own_id)


def _mapped(item: Item, video_id: str, raw: str, origin: Origin, own_id: str) -> MappedPost:
    """Map a video, or the entry that stands for it among the uploads: both have texts, time and thumbnails."""
    snippet, counts = item.snippet, item.statistics
    created = item.content_details.video_published_at or snippet.published_at
    if created is None:
        raise MalformedError("the video has no time of publication")
    film = MediaRef(id=f"{video_id}:film", url=None, kind=_FILM, withheld=NO_FILM, never=True)
    media = (*snippet.thumbnails.largest(f"{video_id}:thumbnail", _IMAGE), film)
    post = Post(
        platform="youtube", account_id=origin.account_id, id=video_id, permalink=f"{SITE}/watch?v={video_id}",
        kind="video" if item.live_streaming_details is None else "live", title=snippet.title, text=snippet.description,
        language=snippet.default_language, created_at=created, updated_at=None, edited=_UNKNOWN,
        author_id=snippet.channel_id or own_id, author_name=snippet.channel_title,
        author_role=_OWN, direction=_MADE, in_reply_to=None, pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=(("like", counts.like_count),) if counts.like_count else (),
        reaction_count=counts.like_count, share_count=None, view_count=counts.view_count,
        platform_comment_count=counts.comment_count,
        visibility=_HIDDEN if item.status.privacy_status == "private" else _VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip
    return MappedPost(post=post, media=media, after="")


def _enrich(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    """Return the video as its own resource tells it; without one it was deleted, or is private to us."""
    post = mapped.post
    for one in found[post.id]:
        return _mapped(ITEM.decode(one.raw), post.id, str(one.raw, "utf-8"), one.origin, post.author_id or "")
    private = post.visibility is _HIDDEN
    trouble = ("post", GapReason.PRIVATE, _PRIVATE) if private else ("post", GapReason.GONE, _DELETED)
    lost = replace(post, visibility=_HIDDEN if private else _LOST, media_ids=())
    return replace(mapped, post=lost, media=(), after=None, closed=True, troubles=(*mapped.troubles, trouble))


VIDEOS = Companion(
    endpoint=Endpoint(
        name="videos", path="/youtube/v3/videos", parameters=(("part", _PARTS), ("id", "$ids")),
        records=("items",), paging=SinglePage(), limit="",
    ),
    size=50,
    asks=lambda mapped: (mapped.post.id,),
    key=lambda raw: NAMED.decode(raw).id,
    enrich=_enrich,
)  # fmt: skip
