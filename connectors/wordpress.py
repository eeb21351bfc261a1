"""WordPress through its REST API: posts, comments, media, the site as profile. Published content needs no credential.

Texts are the rendered HTML as given. ``date`` is site-local, ``date_gmt`` is UTC without a zone mark; ``after`` and
``before`` compare site-local time, so the period is asked for with a day to spare. Whoever is listed as a user of the
site writes for the body; a registered reader is not listed. The API tells no number of comments per post.

Source: WordPress 6.1 REST API, measured; as of 22 November 2026.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Any

import msgspec

from connectors._connector import Authors, Connector, Endpoint, MappedPost, MappedProfile, MediaRef, Origin, Setting
from connectors._content import media_in
from connectors._paging import PageNumber, SinglePage
from connectors._wordpress_errors import WORDPRESS as ERRORS
from connectors._wordpress_objects import Author, CommentObject, Details, PostObject, Site
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, GapReason, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

_PROFILE = "name,description,url,home,gmt_offset,timezone_string,site_icon_url"
_PROTECTED = "the post is protected by a password: its text is not given"
_FULL = (("per_page", "100"),)


# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_UNKNOWN, _VISIBLE = Edited.UNKNOWN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_STRANGER = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_POST = msgspec.json.Decoder(PostObject, strict=False)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    site = msgspec.json.decode(body, type=Site)
    icon = MediaRef(id="site:icon", url=site.site_icon_url, kind=MediaKind.AVATAR) if site.site_icon_url else None
    profile = AccountProfile(
        platform="wordpress", account_id=origin.account_id, id=site.home or site.url, handle=None, name=site.name,
        about=site.description, url=site.home or site.url, links=(settings["base_url"],),
        avatar_media_id=icon.id if icon else None, cover_media_id=None, followers=None, likes=None, posts=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    return MappedProfile(profile=profile, media=(icon,) if icon else (), authors=frozenset())


def _to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    entry = _POST.decode(raw)
    created = entry.date_gmt.replace(tzinfo=UTC)
    updated = entry.modified_gmt.replace(tzinfo=UTC) if entry.modified_gmt else None
    media = _media(entry, own_id)
    writer = next((author.name for author in entry.embedded.author), None) if entry.embedded else None
    post = Post(
        platform="wordpress", account_id=origin.account_id, id=str(entry.id), permalink=entry.link, kind="article",
        title=entry.title.rendered, text=entry.content.rendered, language=None, created_at=created, updated_at=updated,
        edited=Edited.UNKNOWN if updated is None else Edited.YES if updated > created else Edited.NO,
        author_id=str(entry.author) if entry.author else None, author_name=writer,
        author_role=AuthorRole.OWN, direction=Direction.MADE, in_reply_to=None, pinned=entry.sticky,
        media_ids=tuple(ref.id for ref in media), reactions=(), reaction_count=None, share_count=None, view_count=None,
        platform_comment_count=None, visibility=Visibility.VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    troubles = (("post", GapReason.REFUSED, _PROTECTED),) if entry.content.protected else ()
    return MappedPost(post=post, media=media, after="", troubles=troubles)


def _media(entry: PostObject, site: str) -> tuple[MediaRef, ...]:
    """Return the featured picture and what the text names, each address once."""
    refs: dict[str, MediaRef] = {}
    for featured in entry.embedded.featured if entry.embedded else ():
        if featured.source_url:
            kind = (featured.mime_type or "image").partition("/")[0]
            size = featured.media_details or Details()
            refs[featured.source_url] = MediaRef(
                id=f"{entry.id}:1", url=featured.source_url, alt_text=featured.alt_text or None,
                kind=MediaKind(kind) if kind in {"image", "video", "audio"} else MediaKind.FILE,
                width=size.width, height=size.height,
            )  # fmt: skip
    for named in media_in(entry.content.rendered, entry.link or site):
        ref = MediaRef(
            id=f"{entry.id}:{len(refs) + 1}", url=named.url, kind=named.kind, alt_text=named.alt_text,
            width=named.width, height=named.height,
        )  # fmt: skip
        refs.setdefault(named.url, ref)
    return tuple(refs.values())


def _role(comment: Any, authors: Authors) -> tuple[AuthorRole, Direction]:
    if comment.type != "comment":
        return _STRANGER  # a pingback: another site, whoever runs it
    if not comment.author:
        return _PERSON
    if str(comment.author) in authors.ids:
        return _OWN
    return _PERSON if authors.complete else _STRANGER


def _to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *,
    post_id: str, parent: str | None, depth: int, answer: bool,
) -> Comment:  # fmt: skip
    role, direction = _role(comment, authors)
    return Comment(
        platform="wordpress", account_id=origin.account_id, post_id=post_id, id=str(comment.id),
        parent_id=parent, depth=depth, permalink=comment.link,
        text=comment.content.rendered, language=None, created_at=comment.date_gmt.replace(tzinfo=UTC), updated_at=None,
        edited=_UNKNOWN, author_id=str(comment.author) if comment.author else None, author_name=comment.author_name,
        author_role=role, direction=direction, is_own_answer=answer and role is _OWN[0], hidden=False,
        visibility=_VISIBLE, media_ids=(), reaction_count=None, platform_reply_count=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def _listing(name: str, path: str, parameters: tuple[tuple[str, str], ...]) -> Endpoint:
    return Endpoint(
        name=name, path=f"/wp-json/wp/v2/{path}", parameters=(*_FULL, *parameters), records=(), paging=PageNumber(),
        limit="per_page",
    )  # fmt: skip


WORDPRESS = Connector(
    platform="wordpress",
    page_view="the body's own web site: nobody else's terms apply",
    interface="WordPress REST API",
    api_version="wp/v2",
    scopes=(),
    settings=(
        Setting(name="base_url", meaning="address of the site, as in https://nyheter.example", required=True),
        Setting(name="credential", meaning="user:application password, for sites that close their API", secret=True),
    ),
    auth_scheme="Basic",
    errors=ERRORS,
    profile=Endpoint(
        name="profile", path="/wp-json/", parameters=(("_fields", _PROFILE),), records=(),
        paging=SinglePage(), limit="",
    ),
    authors=_listing("users", "users", ()),
    listings=(
        _listing("posts", "posts", (
            ("orderby", "date"), ("order", "desc"), ("after", "$since_iso"), ("before", "$until_iso"),
            ("_embed", "author,wp:featuredmedia"),
        )),
    ),
    comments=(_listing("comments", "comments", (("post", "$ids"), ("orderby", "date_gmt"), ("order", "asc"))),),
    posts_per_call=100,
    names_thread="post",
    no_comment_id="comments came without ids",
    comment_type=CommentObject,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_to_comment,
    comment_media=lambda _comment, _origin: (),
    author_key=lambda raw: str(msgspec.json.decode(raw, type=Author).id),
)  # fmt: skip
