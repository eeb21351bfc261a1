"""Instagram professional accounts: posts, reels, albums, stories while they live, comments with their answers.

Two doors, chosen by the setting ``login``: an Instagram token at ``graph.instagram.com``, or at ``graph.facebook.com``
the token of a user or system user of the Page that the account is linked to. Comments are asked for post by post and
never expanded inside the list of posts: there, a permission missing for comments would cost the posts too. Each post
is asked, also one that counts no comments, because nobody says whether the number counts hidden ones.

Never had through this interface: comments on age-gated posts; those of restricted accounts before they are approved;
those on live films once they are over; comments on ads; highlights, archived posts and stories older than a day;
answers to stories (they are messages); edits. An app in development sees only comments of its testers.

Source: reference of the Instagram API, Graph API v25.0, as of 22 November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import (
    Authors,
    Connector,
    Endpoint,
    MappedPost,
    MappedProfile,
    MediaRef,
    Origin,
    Replies,
    Setting,
)
from connectors._formats import OBJECT
from connectors._graph import Ref
from connectors._graph_parts import require_number
from connectors._instagram_errors import ERRORS
from connectors._instagram_objects import Account, Entry, Remark, answers_in, media_of, more_answers
from connectors._paging import CursorLink, SinglePage
from connectors._renewal import Renewal
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_SITE = "https://www.instagram.com/"
_PROFILE = "id,username,name,biography,website,followers_count,media_count,profile_picture_url"
_STORY = "id,timestamp,permalink,caption,media_type,media_product_type,media_url,thumbnail_url,owner,username"
_POST = f"{_STORY},shortcode,alt_text,is_comment_enabled,children{{id,media_type,media_url,thumbnail_url,alt_text}}"
_ANSWER = "id,parent_id,timestamp,text,username,from,user,hidden,like_count"
_COMMENT = f"{_ANSWER},replies.limit(50){{{_ANSWER}}}"

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _HIDDEN, _VISIBLE = Edited.UNKNOWN, Visibility.HIDDEN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_ENTRY = msgspec.json.Decoder(Entry, strict=False)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    account, user_id = msgspec.json.decode(body, type=Account, strict=False), settings["user_id"]
    require_number(
        user_id, origin.account_id,
        f"Set user_id to the number of the professional account (the token leads to {account.id}).",
    )  # fmt: skip
    picture = account.profile_picture_url
    avatar = MediaRef(id=f"{user_id}:avatar", url=picture, kind=MediaKind.AVATAR) if picture else None
    profile = AccountProfile(
        platform="instagram", account_id=origin.account_id, id=user_id, handle=account.username,
        name=account.name or account.username or user_id, about=account.biography,
        url=f"{_SITE}{account.username}/" if account.username else None, links=tuple((account.website or "").split()),
        avatar_media_id=avatar.id if avatar else None, cover_media_id=None, followers=account.followers_count,
        likes=None, posts=account.media_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    named = {f"@{account.username}"} if account.username else set()
    return MappedProfile(
        profile=profile, media=(avatar,) if avatar else (), authors=frozenset({user_id, account.id, *named})
    )


def _to_post(raw: msgspec.Raw, origin: Origin, listing: str, own_id: str) -> MappedPost:
    entry = _ENTRY.decode(raw)
    media, likes, views = media_of(entry), entry.like_count, entry.view_count
    post = Post(
        platform="instagram", account_id=origin.account_id, id=entry.id, permalink=entry.permalink,
        kind="story" if listing == "stories" else entry.kind(), title=None, text=entry.caption or "", language=None,
        created_at=entry.timestamp, updated_at=None, edited=_UNKNOWN,
        author_id=entry.owner.id if entry.owner else own_id,
        author_name=entry.username, author_role=AuthorRole.OWN, direction=Direction.MADE, in_reply_to=None, pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=(("like", likes),) if likes else (), reaction_count=likes,
        share_count=entry.shares_count, view_count=entry.total_views_count if views is None else views,
        platform_comment_count=entry.comments_count, visibility=_VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    after = None if listing == "stories" else ""
    return MappedPost(post=post, media=media, after=after, troubles=entry.troubles())


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *,
    post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    key, writer, hidden = comment.author_key(), comment.writer, comment.hidden
    role, direction = _NAMELESS if key is None else _OWN if key in authors.ids else _PERSON
    return Comment(
        platform="instagram", account_id=origin.account_id, post_id=post_id, id=comment.id,
        parent_id=parent, depth=depth, permalink=None, text=comment.text or "", language=None,
        created_at=comment.timestamp, updated_at=None, edited=_UNKNOWN,
        author_id=None if key is None or key[0] == "@" else key,
        author_name=comment.username or (writer and writer.username), author_role=role, direction=direction,
        is_own_answer=answer, hidden=hidden, visibility=_HIDDEN if hidden else _VISIBLE, media_ids=(),
        reaction_count=comment.like_count, platform_reply_count=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _endpoint(name: str, path: str, fields: str, *extra: tuple[str, str]) -> Endpoint:
    return Endpoint(
        name=name, path=f"/$api_version/{path}", parameters=(("fields", fields), *extra),
        records=("data",), paging=CursorLink(), limit="limit",
    )  # fmt: skip


def _settings(base_url: str, credential: str, *more: Setting) -> tuple[Setting, ...]:
    number = "number of the professional account, as in 17841400000000001"
    return (
        Setting(name="user_id", meaning=number, required=True),
        Setting(name="login", meaning="instagram or facebook: where the token is from", default="instagram"),
        Setting(name="api_version", meaning="version of the Graph API", default="v25.0"),
        Setting(name="base_url", meaning="address of the Graph API", default=base_url),
        Setting(
            name="counts", meaning="numbers asked for with each post; others: view_count, shares_count",
            default="like_count,comments_count",
        ),
        *more,
        Setting(name="credential", meaning=credential, required=True, secret=True),
    )  # fmt: skip


_DIRECT = Connector(
    platform="instagram",
    interface="Instagram API with Instagram Login",
    scopes=("instagram_business_basic", "instagram_business_manage_comments"),
    settings=_settings(
        "https://graph.instagram.com", "an Instagram token; it lives 60 days",
        Setting(
            name="token_url", meaning="where the token is renewed",
            default="https://graph.instagram.com/refresh_access_token",
        ),
    ),
    auth_scheme="Bearer",
    renewal=Renewal(
        setting="token_url", fields=(("grant_type", "ig_refresh_token"), ("access_token", "$access_token")),
        method="GET", early_seconds=30 * 86_400,
    ),
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/$api_version/$user_id", parameters=(("fields", _PROFILE),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=None,
    listings=(
        _endpoint(
            "posts", "$user_id/media", f"{_POST},$counts", ("limit", "100"), ("since", "$since"), ("until", "$until")
        ),
        _endpoint("stories", "$user_id/stories", _STORY, ("limit", "100")),
    ),
    comments=(_endpoint("comments", "$post_id/comments", _COMMENT, ("limit", "50")),),
    replies=Replies(
        endpoint=_endpoint("replies", "$comment_id/replies", _ANSWER, ("limit", "50"), ("after", "$after")),
        inline=answers_in,
        branch=more_answers,
    ),
    posts_per_call=1,
    no_comment_id="comments came without ids",
    comment_type=Remark,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda _comment, _origin: (),
    author_key=lambda raw: msgspec.json.decode(raw, type=Ref).id,
    post=Endpoint(
        name="post", path="/$api_version/$post_id", parameters=(("fields", f"{_POST},$counts"),), records=(),
        paging=SinglePage(), limit="", format=OBJECT,
    ),
)  # fmt: skip
_BY_PAGE = replace(
    _DIRECT,
    interface="Instagram API with Facebook Login",
    scopes=("instagram_basic", "instagram_manage_comments", "pages_read_engagement"),
    settings=_settings("https://graph.facebook.com", "a token of a user or system user of the account's Page"),
    renewal=None,
)
INSTAGRAM = replace(_DIRECT, variant_setting="login", variants={"facebook": _BY_PAGE})
