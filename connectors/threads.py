"""Threads: posts, the account's replies anywhere, whole conversations, and the numbers of each post.

A conversation comes flat, oldest first, with every level. The platform tells likes, views and the number of replies
only by a call for each post (insights); the setting ``insights`` spares these calls, and then nothing says how many
replies there should be. Own replies below posts that are not captured become threads of their own.

Never had through this interface: ids of those who reply (only their names), replies of private profiles, replies that
wait for approval, edits, what a repost repeats, files flagged for copyright.

Source: reference of the Threads API, v1.0, as of 22 November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import (
    Authors,
    Companion,
    Connector,
    Endpoint,
    MappedPost,
    MappedProfile,
    MediaRef,
    Origin,
    Setting,
)
from connectors._formats import OBJECT
from connectors._graph import Ref
from connectors._graph_parts import require_number
from connectors._paging import CursorLink, SinglePage
from connectors._renewal import Renewal
from connectors._threads_errors import ERRORS
from connectors._threads_objects import OURS, REPOST, Account, Entry, Remark, has_numbers, with_numbers
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_SITE = "https://www.threads.com/@"
_PROFILE = "id,username,name,threads_profile_picture_url,threads_biography"
_SHOWN = (
    "id,text,username,permalink,timestamp,media_type,media_url,gif_url,thumbnail_url,alt_text,"
    "children{id,media_type,media_url,thumbnail_url,alt_text},has_replies"
)
_POST = f"{_SHOWN},owner,shortcode,$details"
_REPLY = f"{_SHOWN},replied_to,root_post,is_reply_owned_by_me,hide_status"
_POLL = ",".join(f"option_{key},option_{key}_votes_percentage" for key in "abcd")
_DETAILS = (
    "is_quote_post,quoted_post{id},reposted_post{id},link_attachment_url,topic_tag,"
    f"poll_attachment{{{_POLL},expiration_timestamp}}"
)
_SPAN = (("limit", "100"), ("since", "$since"), ("until", "$until"))

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _VISIBLE = Edited.UNKNOWN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_ENTRY = msgspec.json.Decoder(Entry, strict=False)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    account, user_id = msgspec.json.decode(body, type=Account, strict=False), settings["user_id"]
    require_number(
        user_id, origin.account_id, f"Set user_id to {account.id}, if that is the account the token is to lead to."
    )
    name, picture = account.username, account.threads_profile_picture_url
    avatar = MediaRef(id=f"{user_id}:avatar", url=picture, kind=MediaKind.AVATAR) if picture else None
    profile = AccountProfile(
        platform="threads", account_id=origin.account_id, id=user_id, handle=name, name=account.name or name or user_id,
        about=account.threads_biography, url=f"{_SITE}{name}" if name else None, links=(),
        avatar_media_id=avatar.id if avatar else None, cover_media_id=None, followers=None, likes=None, posts=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    authors = frozenset({user_id, account.id, OURS, *([f"@{name}"] if name else [])})
    return MappedProfile(profile=profile, media=(avatar,) if avatar else (), authors=authors)


def _to_post(raw: msgspec.Raw, origin: Origin, listing: str, own_id: str) -> MappedPost:
    entry, reply = _ENTRY.decode(raw), listing == "replies"
    media, repost = entry.media(), entry.media_type == REPOST
    post = Post(
        platform="threads", account_id=origin.account_id, id=entry.id, permalink=entry.permalink,
        kind="reply" if reply else entry.kind(), title=None, text=entry.text or "", language=None,
        created_at=entry.timestamp, updated_at=None, edited=_UNKNOWN,
        author_id=entry.owner.id if entry.owner and not repost else own_id, author_name=entry.username,
        author_role=AuthorRole.OWN, direction=Direction.MADE, in_reply_to=entry.answers(), pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=(), reaction_count=None, share_count=None, view_count=None,
        platform_comment_count=None, visibility=_VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    after = None if reply or repost or entry.has_replies is False else ""
    return MappedPost(post=post, media=media, after=after, reply=reply, troubles=entry.troubles())


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *,
    post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    key, media = comment.author_key(), () if comment.media_type == "TEXT_POST" else comment.media()
    role, direction = _NAMELESS if key is None else _OWN if key in authors.ids else _PERSON
    hidden, visibility = comment.state()
    return Comment(
        platform="threads", account_id=origin.account_id, post_id=post_id, id=comment.id, parent_id=parent, depth=depth,
        permalink=comment.permalink, text=comment.text or "", language=None, created_at=comment.timestamp,
        updated_at=None, edited=_UNKNOWN, author_id=None, author_name=comment.username, author_role=role,
        direction=direction, is_own_answer=answer, hidden=hidden, visibility=visibility,
        media_ids=tuple(ref.id for ref in media), reaction_count=None, platform_reply_count=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _endpoint(name: str, path: str, *parameters: tuple[str, str], refusal_is_general: bool = False) -> Endpoint:
    return Endpoint(
        name=name, path=f"/$api_version/{path}", parameters=parameters, records=("data",), paging=CursorLink(),
        limit="limit", refusal_is_general=refusal_is_general,
    )  # fmt: skip


_PLAIN = Connector(
    platform="threads",
    interface="Threads API",
    scopes=("threads_basic", "threads_read_replies", "threads_manage_insights"),
    settings=(
        Setting(name="user_id", meaning="number of the account, as its own profile tells it to the app", required=True),
        Setting(name="api_version", meaning="version of the Threads API", default="v1.0"),
        Setting(name="base_url", meaning="address of the Threads API", default="https://graph.threads.net"),
        Setting(name="insights", meaning="yes, or no to spare a call for each post and its numbers", default="yes"),
        Setting(name="details", meaning="further fields asked for with each post", default=_DETAILS),
        Setting(
            name="token_url", meaning="where the token is renewed",
            default="https://graph.threads.net/refresh_access_token",
        ),
        Setting(name="credential", meaning="a token that may read posts and replies", required=True, secret=True),
    ),
    auth_scheme="Bearer",
    renewal=Renewal(
        setting="token_url", fields=(("grant_type", "th_refresh_token"), ("access_token", "$access_token")),
        method="GET", early_seconds=30 * 86_400,
    ),
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/$api_version/$user_id", parameters=(("fields", _PROFILE),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=None,
    listings=(
        _endpoint("posts", "$user_id/threads", ("fields", _POST), *_SPAN),
        _endpoint("replies", "$user_id/replies", ("fields", f"{_POST},replied_to,root_post"), *_SPAN),
    ),
    comments=(
        _endpoint("comments", "$post_id/conversation", ("fields", _REPLY), ("reverse", "false"), ("limit", "100")),
    ),
    posts_per_call=1,
    no_comment_id="replies came without ids",
    comment_type=Remark,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda comment, _origin: comment.media(),
    author_key=lambda raw: msgspec.json.decode(raw, type=Ref).id,
    answers_name_post=True,
    post=Endpoint(
        name="post", path="/$api_version/$post_id", parameters=(("fields", _POST),), records=(),
        paging=SinglePage(), limit="", format=OBJECT,
    ),
)  # fmt: skip
_NUMBERS = Companion(
    endpoint=_endpoint("insights", "$id/insights", ("metric", "views,likes,replies,reposts,quotes"),
                       refusal_is_general=True),
    size=1, asks=has_numbers, key=None, enrich=with_numbers,
)  # fmt: skip
THREADS = replace(
    _PLAIN, companions=(_NUMBERS,), variant_setting="insights", variants={"no": _PLAIN},
)  # fmt: skip
