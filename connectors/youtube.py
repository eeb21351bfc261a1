"""YouTube through its Data API: uploads with thumbnails and figures, all comments and answers, those held for review.

Films and the posts of the channel's Community tab are given to nobody. Uploads are listed by the time they were added,
so the listing is read to its end. A deleted or private video stays in it without its data. Held comments are told to
the channel's owner only; rejected ones to nobody. An API key may do for what is public.

Source: YouTube Data API v3, as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import (
    Authors,
    Branch,
    Connector,
    Endpoint,
    MappedProfile,
    MediaRef,
    Origin,
    Replies,
    Setting,
)
from connectors._paging import Cursor, SinglePage
from connectors._renewal import Renewal
from connectors._youtube_errors import YOUTUBE as ERRORS
from connectors._youtube_objects import ITEM, NAMED, CommentResource, Items
from connectors._youtube_videos import NO_FILM, SITE, VIDEOS, to_post
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, GapReason, MediaKind, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_NEVER = (
    ("films", GapReason.INTERFACE_LIMIT, NO_FILM),
    ("community_posts", GapReason.INTERFACE_LIMIT, "the interface never gives the posts of the Community tab"),
    ("comments_rejected", GapReason.INTERFACE_LIMIT, "the interface lists rejected comments to nobody"),
)
_HELD_IN = {"comments_held": "heldForReview", "comments_spam": "likelySpam"}
_PAGED = Cursor(place=("nextPageToken",), parameter="pageToken")

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _EDITED, _AS_WRITTEN = Edited.UNKNOWN, Edited.YES, Edited.NO
_SEEN_BY = {"published": Visibility.VISIBLE, "rejected": Visibility.HIDDEN}  # any other state waits for review
_HELD = Visibility.HELD
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    items = msgspec.json.decode(body, type=Items).items
    asked = settings["channel_id"] or settings["handle"]
    if not items:
        raise GoneError(
            f"YouTube knows no channel {asked or 'of the token'} (account {origin.account_id}).",
            next_step="Correct channel_id or handle: the channel was renamed, closed or taken down, or never was.",
        )
    channel = ITEM.decode(items[0])
    if settings["channel_id"] not in {"", channel.id}:
        raise RefusedError(
            f"YouTube answers with the channel {channel.id}, not {asked} (account {origin.account_id}).",
            account_wide=True, next_step="Correct channel_id.",
        )  # fmt: skip
    snippet, counts = channel.snippet, channel.statistics
    avatar = snippet.thumbnails.largest(f"{channel.id}:avatar", MediaKind.AVATAR)
    banner = channel.branding_settings.image.banner_external_url
    cover = (MediaRef(id=f"{channel.id}:cover", url=banner, kind=MediaKind.COVER),) if banner else ()
    profile = AccountProfile(
        platform="youtube", account_id=origin.account_id, id=channel.id, handle=snippet.custom_url,
        name=snippet.title, about=snippet.description, url=f"{SITE}/channel/{channel.id}", links=(),
        avatar_media_id=avatar[0].id if avatar else None, cover_media_id=cover[0].id if cover else None,
        followers=None if counts.hidden_subscriber_count else counts.subscriber_count, likes=None,
        posts=counts.video_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(items[0], "utf-8"),
    )  # fmt: skip
    uploads = channel.content_details.related_playlists.uploads
    return MappedProfile(
        profile=profile, media=avatar + cover, authors=frozenset({channel.id}), values=(("uploads", uploads),),
        troubles=_NEVER,
    )  # fmt: skip


def _branch(comment: Any, _known: int) -> Branch | None:
    """Ask for all answers if more are counted than came inside the thread (the known ones may be held ones)."""
    return Branch() if (comment.snippet.total_reply_count or 0) > len(comment.answers()) else None


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *, post_id: str, parent: str | None, depth: int,
    answer: bool,
) -> Comment:  # fmt: skip
    said, author = comment.said(), comment.author_key()
    created, updated = said.published_at, said.updated_at
    if created is None:
        raise MalformedError("the comment has no time of publication")
    role, direction = _NAMELESS if not author else _OWN if author in authors.ids else _PERSON
    state = said.moderation_status or _HELD_IN.get(origin.listing, "published")
    text = said.text_original
    return Comment(
        platform="youtube", account_id=origin.account_id, post_id=post_id, id=comment.id, parent_id=parent,
        depth=depth, permalink=f"{SITE}/watch?v={post_id}&lc={comment.id}",
        text=(said.text_display or "") if text is None else text, language=None, created_at=created,
        updated_at=updated, edited=_UNKNOWN if updated is None else _EDITED if updated > created else _AS_WRITTEN,
        author_id=author or None, author_name=said.author_display_name, author_role=role, direction=direction,
        is_own_answer=answer, hidden=state != "published", visibility=_SEEN_BY.get(state, _HELD), media_ids=(),
        reaction_count=said.like_count, platform_reply_count=comment.snippet.total_reply_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _endpoint(name: str, path: str, *parameters: tuple[str, str], size: str = "100", general: bool = False) -> Endpoint:
    return Endpoint(
        name=name, path=f"/youtube/v3/{path}", parameters=(*parameters, ("maxResults", size)), records=("items",),
        paging=_PAGED, limit="maxResults", newest_first=False, refusal_is_general=general,
    )  # fmt: skip


_PLAIN = ("textFormat", "plainText")
_THREADS = (("part", "snippet,replies"), ("videoId", "$post_id"), ("order", "time"), _PLAIN)

YOUTUBE = Connector(
    platform="youtube",
    interface="YouTube Data API",
    api_version="v3",
    scopes=("youtube.readonly", "youtube.force-ssl"),
    settings=(
        Setting(name="channel_id", meaning="the channel's id, as in UC_x5XG1OV2P6uZZ5FSM9Ttw"),
        Setting(name="handle", meaning="the channel's handle, as in @exempelstad, instead of channel_id"),
        Setting(name="mine", meaning="true: the channel of the token's owner, instead of channel_id"),
        Setting(name="base_url", meaning="address of the interface", default="https://www.googleapis.com"),
        Setting(name="token_url", meaning="where a token is renewed", default="https://oauth2.googleapis.com/token"),
        Setting(
            name="credential", required=True, secret=True,
            meaning="an API key, an access token, or JSON with access_token, refresh_token, client_id, client_secret",
        ),
    ),
    auth_scheme="Bearer",
    key_schemes=(("AIza", "X-Goog-Api-Key"),),
    renewal=Renewal(
        setting="token_url",
        fields=(
            ("grant_type", "refresh_token"), ("refresh_token", "$refresh_token"), ("client_id", "$client_id"),
            ("client_secret", "$client_secret"),
        ),
    ),
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/youtube/v3/channels", records=(), paging=SinglePage(), limit="",
        parameters=(
            ("part", "snippet,statistics,status,contentDetails,brandingSettings"), ("id", "$channel_id"),
            ("forHandle", "$handle"), ("mine", "$mine"),
        ),
    ),
    authors=None,
    listings=(
        _endpoint(
            "posts", "playlistItems", ("part", "snippet,contentDetails,status"), ("playlistId", "$uploads"), size="50"
        ),
    ),
    companions=(VIDEOS,),
    comments=(
        _endpoint("comments", "commentThreads", *_THREADS),
        *(
            _endpoint(name, "commentThreads", *_THREADS, ("moderationStatus", status), general=True)
            for name, status in _HELD_IN.items()
        ),
    ),
    replies=Replies(
        endpoint=_endpoint("replies", "comments", ("part", "snippet"), ("parentId", "$comment_id"), _PLAIN),
        inline=lambda comment: comment.answers(),
        branch=_branch,
    ),
    posts_per_call=1,
    id_members=("contentDetails.videoId", "id"),
    no_comment_id="comments came without ids",
    comment_type=CommentResource,
    to_profile=_to_profile,
    to_post=to_post,
    to_comment=_to_comment,
    comment_media=lambda _comment, _origin: (),
    author_key=lambda raw: NAMED.decode(raw).id,
)  # fmt: skip
