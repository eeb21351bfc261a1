"""Facebook Pages through the Graph API: published posts, reels, all comments with answers, reactions, media.

The first 25 comments come with each post by field expansion; only longer threads cost calls of their own. ``from`` is
missing for people who did not authorise the app, but never for the Page itself. The API has no edit mark.

Source: reference of the Graph API v25.0, as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec

from connectors._connector import Authors, Connector, Endpoint, MappedPost, MappedProfile, MediaRef, Origin, Setting
from connectors._formats import OBJECT
from connectors._graph import WITHHELD, Attachment, CommentNode, Entry, PageNode, Ref, media_of
from connectors._graph_errors import GRAPH
from connectors._paging import CursorLink, SinglePage
from urval.errors import RefusedError
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_SITE = "https://www.facebook.com/"
_REACTIONS = ("LIKE", "LOVE", "CARE", "HAHA", "WOW", "SAD", "ANGRY")
_MEDIA = "media_type,type,url,title,description,target{id},media"
_COMMENT = (
    "id,parent{id},created_time,message,from{id,name},attachment,comment_count,like_count,is_hidden,permalink_url"
)
_COUNTS = ",".join(f"reactions.type({kind}).limit(0).summary(total_count).as(r_{kind.lower()})" for kind in _REACTIONS)
_INLINE = "comments.filter(stream).order(chronological).limit(25).summary(total_count){" + _COMMENT + "}"
_POST = (
    "id,created_time,updated_time,message,story,status_type,permalink_url,from{id,name},parent_id,is_hidden,"
    f"timeline_visibility,full_picture,shares,attachments{{{_MEDIA},subattachments.limit(100){{{_MEDIA}}}}},"
    f"{_COUNTS},{_INLINE}"
)
_REEL = (
    "id,post_id,created_time,updated_time,title,description,length,permalink_url,source,picture,views,"
    f"{_COUNTS},{_INLINE}"
)
_PROFILE = "id,name,username,link,about,description,website,fan_count,followers_count,picture{url},cover"
_SPAN = (("since", "$since"), ("until", "$until"))
_KINDS = {"photo": "photo", "album": "photo", "video": "video", "link": "share", "event": "event"}

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _HIDDEN, _VISIBLE = Edited.UNKNOWN, Visibility.HIDDEN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_ENTRY = msgspec.json.Decoder(Entry, strict=False)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    page = msgspec.json.decode(body, type=PageNode, strict=False)
    if settings["page_id"].isdecimal() and settings["page_id"] != page.id:
        raise RefusedError(
            f"The token of account {origin.account_id} leads to the Page {page.id}, not to {settings['page_id']}.",
            account_wide=True,
            next_step="Store the Page token of this account where the credential reference points.",
        )
    avatar = page.picture and (page.picture.data or page.picture).url
    cover = page.cover and page.cover.source
    named = ((MediaKind.AVATAR, avatar or None), (MediaKind.COVER, cover or None))
    refs = {kind: MediaRef(id=f"{page.id}:{kind}", url=url, kind=kind) for kind, url in named if url}
    profile = AccountProfile(
        platform="facebook", account_id=origin.account_id, id=page.id, handle=page.username, name=page.name,
        about=page.about or page.description, url=page.link, links=tuple((page.website or "").split()),
        avatar_media_id=refs[MediaKind.AVATAR].id if MediaKind.AVATAR in refs else None,
        cover_media_id=refs[MediaKind.COVER].id if MediaKind.COVER in refs else None,
        followers=page.followers_count, likes=page.fan_count, posts=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    return MappedProfile(profile=profile, media=tuple(refs.values()), authors=frozenset({page.id}))


def _to_post(raw: msgspec.Raw, origin: Origin, listing: str, own_id: str) -> MappedPost:
    entry = _ENTRY.decode(raw)
    leaves = [leaf for found in (entry.attachments.data if entry.attachments else ()) for leaf in found.leaves()]
    post_id, text = _post_id(entry, own_id), entry.message or entry.description or ""
    shown = _reel_media(post_id, entry) if listing == "reels" else None
    media = shown or media_of(post_id, leaves, text=text, full_picture=entry.full_picture)
    edges = ((kind, getattr(entry, f"r_{kind.lower()}")) for kind in _REACTIONS)
    counted = [(kind, edge.count()) for kind, edge in edges if edge is not None and edge.count() is not None]
    hidden = entry.is_hidden or entry.timeline_visibility == "hidden"
    post = Post(
        platform="facebook", account_id=origin.account_id, id=post_id,
        permalink=urljoin(_SITE, entry.permalink_url) if entry.permalink_url else None,
        kind=_kind(entry, leaves, listing), title=entry.title or entry.story,
        text=text, language=None, created_at=entry.created_time,
        updated_at=entry.updated_time, edited=Edited.UNKNOWN,
        author_id=entry.author.id if entry.author else own_id, author_name=entry.author.name if entry.author else None,
        author_role=AuthorRole.OWN, direction=Direction.MADE, in_reply_to=entry.parent_id, pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=tuple((kind, count) for kind, count in counted if count),
        reaction_count=sum(count for _, count in counted) if counted else None,
        share_count=entry.shares.count if entry.shares else None, view_count=entry.views,
        platform_comment_count=entry.comments.count() if entry.comments else None,
        visibility=Visibility.HIDDEN if hidden else Visibility.VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    same = [leaf.target.id for leaf in leaves if leaf.is_video() and leaf.target is not None]
    return MappedPost(
        post=post, media=media, comments_of=entry.id, same_as=(*same, entry.id),
        inline=tuple(entry.comments.data if entry.comments else ()),
        after=entry.comments.after() if entry.comments else None,
    )  # fmt: skip


def _kind(entry: Entry, leaves: list[Attachment], listing: str) -> str:
    if listing == "reels":
        return "reel"
    known = _KINDS.get(leaves[0].media_type or "", "post") if leaves else "post"
    return "share" if entry.parent_id else known


def _post_id(entry: Entry, own_id: str) -> str:
    """Return the id under which the thread is kept: a reel's is that of its post, where the platform tells it."""
    if not entry.post_id:
        return entry.id
    return entry.post_id if "_" in entry.post_id else f"{own_id}_{entry.post_id}"


def _reel_media(owner: str, entry: Entry) -> tuple[MediaRef, ...]:
    poster = [MediaRef(id=f"{owner}:1", url=entry.picture, kind=MediaKind.IMAGE)] if entry.picture else []
    withheld = "" if entry.source else WITHHELD
    return (*poster, MediaRef(id=f"{owner}:film", url=entry.source or None, kind=MediaKind.VIDEO, withheld=withheld))


def _comment_media(comment: Any) -> tuple[MediaRef, ...]:
    return media_of(comment.id, comment.attachment.leaves()) if comment.attachment is not None else ()


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *,
    post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    author, hidden = comment.author, comment.is_hidden
    author_id, name = (None, None) if author is None else (author.id, author.name)
    role, direction = _NAMELESS if author is None else _OWN if author_id in authors.ids else _PERSON
    return Comment(
        platform="facebook", account_id=origin.account_id, post_id=post_id, id=comment.id,
        parent_id=parent, depth=depth, permalink=comment.permalink_url,
        text=comment.message or "", language=None, created_at=comment.created_time, updated_at=None, edited=_UNKNOWN,
        author_id=author_id, author_name=name, author_role=role, direction=direction, is_own_answer=answer,
        hidden=hidden, visibility=_HIDDEN if hidden else _VISIBLE,
        media_ids=() if comment.attachment is None else tuple(ref.id for ref in _comment_media(comment)),
        reaction_count=comment.like_count, platform_reply_count=comment.comment_count,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _edge(name: str, path: str, *parameters: tuple[str, str]) -> Endpoint:
    return Endpoint(
        name=name, path=f"/$api_version/{path}", parameters=(*parameters, ("limit", "100")), records=("data",),
        paging=CursorLink(), limit="limit",
    )  # fmt: skip


def _node(name: str, path: str, fields: str) -> Endpoint:
    return Endpoint(
        name=name, path=f"/$api_version/{path}", parameters=(("fields", fields),), records=(), paging=SinglePage(),
        limit="", format=OBJECT,
    )  # fmt: skip


FACEBOOK = Connector(
    platform="facebook",
    interface="Graph API",
    scopes=("pages_show_list", "pages_read_engagement", "pages_read_user_content"),
    settings=(
        Setting(name="page_id", meaning="the Page's number, or its name in the address", required=True),
        Setting(name="api_version", meaning="version of the Graph API", default="v25.0"),
        Setting(name="base_url", meaning="address of the Graph API", default="https://graph.facebook.com"),
        Setting(name="credential", meaning="a Page token of one who moderates the Page", required=True, secret=True),
    ),
    auth_scheme="Bearer",
    errors=GRAPH,
    profile=_node("profile", "$page_id", _PROFILE),
    post=_node("post", "$post_id", _POST),
    authors=None, posts_per_call=1,
    listings=(
        _edge("posts", "$own_id/published_posts", ("fields", _POST), *_SPAN, ("include_hidden", "true")),
        _edge("reels", "$own_id/video_reels", ("fields", _REEL), *_SPAN),
    ),
    comments=(
        _edge(
            "comments", "$post_id/comments", ("filter", "stream"), ("order", "chronological"),
            ("summary", "total_count"), ("fields", _COMMENT), ("after", "$after"),
        ),
    ),
    no_comment_id="comments came without ids: the token lacks MODERATE on the Page",
    comment_type=CommentNode,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda comment, _origin: _comment_media(comment),
    author_key=lambda raw: msgspec.json.decode(raw, type=Ref).id,
)  # fmt: skip
