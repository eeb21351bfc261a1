"""TikTok through its Business (Accounts) API: videos with covers and figures, all comments, answers, hidden ones too.

Films are given to nobody: they are in the account's export and in the body's own files. The number of comments beside a
video is one or two days old. Comments are given of the account's own organic videos only; there is no edit mark.

Source: TikTok API for Business v1.3 (Accounts), as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import (
    Authors,
    Branch,
    Connector,
    Endpoint,
    MappedPost,
    MappedProfile,
    MediaRef,
    Origin,
    Replies,
    Setting,
)
from connectors._paging import Cursor, SinglePage
from connectors._renewal import Renewal
from connectors._tiktok_errors import TIKTOK as ERRORS
from connectors._tiktok_objects import OWNER, CommentObject, Profile, Video
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, GapReason, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_FILM = "the interface never gives films: they are in the account's export and in the body's own files"
_PROFILE = (
    '["username","display_name","bio_description","profile_image","profile_deep_link","followers_count",'
    '"following_count","total_likes","videos_count","is_verified"]'
)
_VIDEO = (
    '["item_id","create_time","caption","thumbnail_url","share_url","embed_url","video_duration","likes","comments",'
    '"shares","favorites","video_views"]'
)
_KINDS = {"PHOTO": "photo"}

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _HIDDEN, _VISIBLE = Edited.UNKNOWN, Visibility.HIDDEN, Visibility.VISIBLE
_IMAGE, _FILM = MediaKind.IMAGE, MediaKind.VIDEO
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_POST = msgspec.json.Decoder(Video, strict=False)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    account, own_id = msgspec.json.decode(body, type=Profile, strict=False).data, settings["business_id"]
    picture = account.profile_image
    media = (MediaRef(id=f"{own_id}:avatar", url=picture, kind=MediaKind.AVATAR),) if picture else ()
    site = f"https://www.tiktok.com/@{account.username}" if account.username else None
    profile = AccountProfile(
        platform="tiktok", account_id=origin.account_id, id=own_id, handle=account.username,
        name=account.display_name or account.username or own_id, about=account.bio_description, url=site,
        links=(account.profile_deep_link,) if account.profile_deep_link else (),
        avatar_media_id=media[0].id if media else None, cover_media_id=None,
        followers=account.followers_count, likes=account.total_likes, posts=account.videos_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    troubles = (("films", GapReason.INTERFACE_LIMIT, _NO_FILM),)
    return MappedProfile(profile=profile, media=media, authors=frozenset({own_id, OWNER}), troubles=troubles)


def _to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    video = _POST.decode(raw)
    key, likes = str(video.item_id), video.likes
    cover = MediaRef(id=f"{key}:cover", url=video.thumbnail_url, kind=_IMAGE)
    film = MediaRef(id=f"{key}:film", url=None, kind=_FILM, withheld=_NO_FILM, never=True)
    media = (cover, film) if video.thumbnail_url else (film,)
    post = Post(
        platform="tiktok", account_id=origin.account_id, id=key, permalink=video.share_url,
        kind=_KINDS.get(video.media_type or "", "video"), title=None, text=video.caption or "", language=None,
        created_at=video.create_time, updated_at=None, edited=_UNKNOWN, author_id=own_id, author_name=None,
        author_role=_OWN[0], direction=_OWN[1], in_reply_to=None, pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=(("like", likes),) if likes else (), reaction_count=likes,
        share_count=video.shares, view_count=video.video_views, platform_comment_count=video.comments,
        visibility=_VISIBLE, captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    return MappedPost(post=post, media=media, after="")


def _comment_media(comment: Any, _origin: Origin) -> tuple[MediaRef, ...]:
    url = comment.image_url
    return (MediaRef(id=f"{comment.comment_id}:1", url=url, kind=_IMAGE),) if url else ()


def _branch(comment: Any, known: int) -> Branch | None:
    return Branch() if (comment.replies or 0) > known else None


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *, post_id: str, parent: str | None, depth: int,
    answer: bool,
) -> Comment:  # fmt: skip
    author = comment.unique_identifier or None
    role, direction = _OWN if comment.author_key() in authors.ids else _PERSON if author else _NAMELESS
    hidden = comment.status == "HIDDEN"
    return Comment(
        platform="tiktok", account_id=origin.account_id, post_id=post_id, id=str(comment.comment_id), parent_id=parent,
        depth=depth, permalink=None, text=comment.text or "", language=None, created_at=comment.create_time,
        updated_at=None, edited=_UNKNOWN, author_id=author, author_name=comment.display_name or comment.username,
        author_role=role, direction=direction, is_own_answer=answer,
        hidden=hidden if comment.status else None, visibility=_HIDDEN if hidden else _VISIBLE,
        media_ids=(f"{comment.comment_id}:1",) if comment.image_url else (),
        reaction_count=comment.likes, platform_reply_count=comment.replies,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _endpoint(name: str, path: str, place: str, size: int, *parameters: tuple[str, str]) -> Endpoint:
    return Endpoint(
        name=name, path=f"/open_api/$api_version/business/{path}",
        parameters=(("business_id", "$business_id"), *parameters, ("max_count", str(size))),
        records=("data", place), limit="max_count",
        paging=Cursor(place=("data", "cursor"), parameter="cursor", more=("data", "has_more")),
    )  # fmt: skip


_SORTED = (("status", "ALL"), ("sort_field", "create_time"), ("sort_type", "asc"), ("cursor", "0"))

TIKTOK = Connector(
    platform="tiktok",
    interface="TikTok Business API (Accounts)",
    scopes=(
        "video.list", "user.info.basic", "user.info.username", "user.info.profile", "user.info.stats", "comment.list",
    ),
    settings=(
        Setting(name="business_id", meaning="the open_id that came with the account's token", required=True),
        Setting(name="api_version", meaning="version of the Business API", default="v1.3"),
        Setting(name="base_url", meaning="address of the interface", default="https://business-api.tiktok.com"),
        Setting(
            name="token_url", meaning="where a token is renewed",
            default="https://business-api.tiktok.com/open_api/v1.3/tt_user/oauth2/refresh_token/",
        ),
        Setting(
            name="credential", required=True, secret=True,
            meaning="JSON with access_token, refresh_token, client_id, client_secret; renewed daily and kept anew",
        ),
    ),
    auth_scheme="Access-Token",
    renewal=Renewal(
        setting="token_url", as_json=True, place=("data",), rotates=True,
        fields=(
            ("client_id", "$client_id"), ("client_secret", "$client_secret"), ("grant_type", "refresh_token"),
            ("refresh_token", "$refresh_token"),
        ),
    ),
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/open_api/$api_version/business/get/", records=(), paging=SinglePage(), limit="",
        parameters=(("business_id", "$business_id"), ("fields", _PROFILE)),
    ),
    authors=None,
    listings=(_endpoint("posts", "video/list/", "videos", 20, ("fields", _VIDEO), ("cursor", "$until_ms")),),
    comments=(
        _endpoint(
            "comments", "comment/list/", "comments", 30, ("video_id", "$post_id"), ("include_replies", "true"), *_SORTED
        ),
    ),
    post=Endpoint(
        name="post", path="/open_api/$api_version/business/video/list/", records=("data", "videos"), limit="",
        parameters=(
            ("business_id", "$business_id"), ("fields", _VIDEO), ("filters", '{"video_ids":["$post_id"]}'),
        ),
        paging=SinglePage(),
    ),
    replies=Replies(
        endpoint=_endpoint(
            "replies", "comment/reply/list/", "comments", 30, ("video_id", "$post_id"),
            ("comment_id", "$comment_id"), *_SORTED,
        ),
        inline=lambda comment: comment.reply_list or (),
        branch=_branch,
    ),
    posts_per_call=1,
    id_members=("item_id", "comment_id"),
    no_comment_id="comments came without ids",
    comment_type=CommentObject,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=_comment_media,
    author_key=lambda _raw: OWNER,
)  # fmt: skip
