"""Mastodon through the account's own server: statuses, boosts, answers below them, every version of a text, media.

Texts are HTML as given. A content warning is a post's title, and stands before an answer's text; a poll's options stand
below. Without a token a server gives at most 60 answers, 20 levels deep: the reading goes on at each answer that has
more than are known, and what is still short is said. Answers that the server never received, and those shown to few,
are not given to anybody. Statuses that only followers or those named may see come with a token of the account alone.

Source: Mastodon 4.5, mastodon/documentation 2903485, as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import (
    Authors,
    Branch,
    Connector,
    Endpoint,
    Found,
    History,
    MappedPost,
    Origin,
    Replies,
    Setting,
)
from connectors._mastodon_account import to_profile
from connectors._mastodon_errors import MASTODON_TABLE
from connectors._mastodon_objects import Status, Wording
from connectors._paging import LinkHeader, SinglePage
from urval.records import AuthorRole, Comment, Direction, Post, Version, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PACE = 3.0  # seconds: 300 pages a quarter of an hour, which no header tells
_CUT = 60  # answers at which a server without a token stops

# Looked up once: an enumeration's member costs more than the rest of an answer's field.
_SHOWN, _KEPT_BACK = Visibility.VISIBLE, Visibility.HIDDEN
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_STATUS, _EDIT = msgspec.json.Decoder(Status, strict=False), msgspec.json.Decoder(Wording, strict=False)


def _to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    status = _STATUS.decode(raw)
    said, boosted, kind = status.reblog or status, status.reblog is not None, status.kind()
    media = tuple(one.named(status.id) for one in said.media_attachments)
    shares = None if status.reblogs_count is None else status.reblogs_count + (status.quotes_count or 0)
    post = Post(
        platform="mastodon", account_id=origin.account_id, id=status.id, permalink=status.url or status.uri, kind=kind,
        title=said.spoiler_text or None, text=said.words(), language=said.language, created_at=status.created_at,
        updated_at=status.changed_at(), edited=status.edited(), author_id=status.author_key() or own_id,
        author_name=status.account.shown_name() if status.account else None, author_role=AuthorRole.OWN,
        direction=Direction.MADE, in_reply_to=status.in_reply_to_id, pinned=status.pinned,
        media_ids=tuple(ref.id for ref in media),
        reactions=(("favourite", status.favourites_count),) if status.favourites_count else (),
        reaction_count=status.favourites_count, share_count=shares, view_count=None,
        platform_comment_count=None if boosted else status.replies_count,
        visibility=_SHOWN if status.is_open() else _KEPT_BACK,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    return MappedPost(
        post=post, media=media, after=None if boosted else "", history=(status.id,) if status.edited_at else (),
        reply=kind == "reply", private=status.is_message(),
    )  # fmt: skip


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *,
    post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    author = comment.account
    author_id, name = (None, None) if author is None else (author.id, author.shown_name())
    role, direction = _NAMELESS if author is None else _OWN if author_id in authors.ids else _PERSON
    return Comment(
        platform="mastodon", account_id=origin.account_id, post_id=post_id, id=comment.id, parent_id=parent,
        depth=depth, permalink=comment.url or comment.uri, text=comment.warned_words(), language=comment.language,
        created_at=comment.created_at, updated_at=comment.changed_at(), edited=comment.edited(), author_id=author_id,
        author_name=name, author_role=role, direction=direction, is_own_answer=answer, hidden=None,
        visibility=_SHOWN if comment.is_open() else _KEPT_BACK,
        media_ids=tuple(f"{comment.id}:{one.id}" for one in comment.media_attachments),
        reaction_count=comment.favourites_count, platform_reply_count=comment.replies_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _to_version(found: Found, number: int, of: Post | Comment) -> Version | None:
    edit = _EDIT.decode(found.raw)
    if edit.created_at == of.updated_at:
        return None  # the current text: the server lists it last
    return Version(
        platform="mastodon", account_id=of.account_id, thread_id=of.post_id if isinstance(of, Comment) else of.id,
        subject_id=of.id, number=number,
        text=edit.warned_words() if isinstance(of, Comment) else edit.words(),
        created_at=edit.created_at, captured_at=found.origin.captured_at, exchange=found.origin.exchange,
        raw=str(found.raw, "utf-8"),
    )  # fmt: skip


def _shortage(post: Post, comments: Sequence[Comment]) -> str:
    direct = sum(comment.parent_id is None for comment in comments)
    if len(comments) < _CUT or direct >= (post.platform_comment_count or 0):
        return ""
    return f"a context holds at most {_CUT} answers without a token (4096 with one): later ones cannot be reached"


def _caution(headers: Mapping[str, str]) -> str:
    told = headers.get("mastodon-async-refresh", "")
    return f"the server was still fetching answers from other servers: {told}" if told else ""


def _context(name: str, place: str) -> Endpoint:
    return Endpoint(
        name=name, path=f"/api/v1/statuses/${place}/context", parameters=(), records=("descendants",),
        paging=SinglePage(), limit="", caution=_caution,
    )  # fmt: skip


MASTODON = Connector(
    platform="mastodon",
    page_view="a public page that its server shows to anyone without a log-in, on the body's server or one it chose",
    interface="Mastodon API",
    api_version="v1",
    scopes=("read:accounts", "read:statuses"),
    settings=(
        Setting(name="base_url", meaning="the account's server, as in https://social.example", required=True),
        Setting(name="acct", meaning="the account's name at that server, without @", required=True),
        Setting(name="credential", meaning="a token of the account; without one long threads are cut", secret=True),
    ),
    auth_scheme="Bearer",
    errors=MASTODON_TABLE,
    profile=Endpoint(
        name="profile", path="/api/v1/accounts/lookup", parameters=(("acct", "$acct"),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=None,
    listings=(
        Endpoint(
            name="posts", path="/api/v1/accounts/$own_id/statuses", parameters=(("limit", "40"),), records=(),
            paging=LinkHeader(), limit="limit", pace_seconds=_PACE,
        ),
    ),
    comments=(_context("comments", "post_id"),),
    posts_per_call=1,
    no_comment_id="answers came without ids",
    comment_type=Status,
    answers_name_post=True,
    leaves_out=lambda status: status.is_message(),
    counts_direct=True,
    replies=Replies(
        endpoint=_context("answers", "comment_id"),
        inline=lambda _comment: (),
        branch=lambda comment, known: Branch() if (comment.replies_count or 0) > known else None,
    ),
    history=History(
        endpoint=Endpoint(
            name="versions", path="/api/v1/statuses/$id/history", parameters=(), records=(), paging=SinglePage(),
            limit="",
        ),
        size=1, key=None, to_version=_to_version,
    ),
    comment_history=lambda comment: (comment.id,) if comment.edited_at else (),
    shortage=_shortage,
    to_profile=to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda comment, _origin: tuple(one.named(comment.id) for one in comment.media_attachments),
    author_key=str,
)  # fmt: skip
