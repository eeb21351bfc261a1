"""From LinkedIn's objects to the common model; both of its interfaces for company pages share it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._connector import Branch, MappedPost, MappedProfile, MediaRef
from connectors._linkedin_companions import NO_ADDRESS, medium_id
from connectors._linkedin_objects import Content, Organization, PostObject, instant, kind_of
from urval.errors import RefusedError
from urval.records import AccountProfile, AuthorRole, Comment, Direction, Edited, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors._connector import Authors, Origin
    from connectors._linkedin_objects import Asset, PostHead

SITE: Final = "https://www.linkedin.com/"
ORGANIZATION: Final = "urn:li:organization:"
_ORGANIZATIONAL_PAGE: Final = "urn:li:organizationalPage:"

# Looked up once: an enumeration's member costs more than the rest of a comment's field.
_YES, _NO, _UNKNOWN, _VISIBLE = Edited.YES, Edited.NO, Edited.UNKNOWN, Visibility.VISIBLE
_OWN = (AuthorRole.OWN, Direction.MADE)
_PERSON = (AuthorRole.PERSON, Direction.RECEIVED)
_ORGANISATION = (AuthorRole.ORGANISATION, Direction.RECEIVED)
_NAMELESS = (AuthorRole.UNKNOWN, Direction.RECEIVED)
_POST = msgspec.json.Decoder(PostObject, strict=False)


def to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    """Map an organisation; its pictures are named, not yet placed."""
    page = msgspec.json.decode(body, type=Organization, strict=False)
    if settings["organization_id"] != str(page.id):
        raise RefusedError(
            f"LinkedIn answered for the organisation {page.id}, not for {settings['organization_id']}.",
            account_wide=True, next_step="Correct organization_id.",
        )  # fmt: skip
    urn = f"{ORGANIZATION}{page.id}"
    assets = ((MediaKind.AVATAR, page.logo_v2), (MediaKind.COVER, page.cover_photo_v2))
    media = tuple(_picture(asset, kind, urn) for kind, asset in assets if asset is not None)
    ids = {ref.kind: ref.id for ref in media}
    profile = AccountProfile(
        platform="linkedin", account_id=origin.account_id, id=urn, handle=page.vanity_name, name=page.localized_name,
        about=page.localized_description, url=f"{SITE}company/{page.vanity_name or page.id}/",
        links=(page.localized_website,) if page.localized_website else (),
        avatar_media_id=ids.get(MediaKind.AVATAR), cover_media_id=ids.get(MediaKind.COVER),
        followers=None, likes=None, posts=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=body.decode(),
    )  # fmt: skip
    return MappedProfile(profile=profile, media=media, authors=frozenset({urn, f"{_ORGANIZATIONAL_PAGE}{page.id}"}))


def _picture(asset: Asset, kind: MediaKind, owner: str) -> MediaRef:
    address = asset.address()
    return MediaRef(id=asset.urn() or f"{owner}/{kind}", url=address, kind=kind, withheld="" if address else NO_ADDRESS)


def to_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    """Map a post; its media are named, not yet placed."""
    entry = _POST.decode(raw)
    content = entry.content or Content()
    media = tuple(
        MediaRef(
            id=medium_id(entry.id, one.id), url=None, kind=kind_of(one.id) or MediaKind.FILE,
            alt_text=one.alt_text or None, withheld=NO_ADDRESS,
        )
        for one in content.entries()
    )  # fmt: skip
    return mapped(entry, media, raw, origin, kind=content.kind(), title=content.title(), own_id=own_id)


def mapped(
    entry: PostHead, media: tuple[MediaRef, ...], raw: msgspec.Raw, origin: Origin, *, kind: str, title: str | None,
    own_id: str,
) -> MappedPost:  # fmt: skip
    """Return a post with its media; its comments are all to be asked for."""
    state, shared = entry.lifecycle_state_info, entry.reshare_context
    edited = None if state is None else state.is_edited_by_author
    post = Post(
        platform="linkedin", account_id=origin.account_id, id=entry.id, permalink=f"{SITE}feed/update/{entry.id}",
        kind="share" if shared is not None else kind, title=title, text=entry.text(), language=None,
        created_at=instant(entry.first()), updated_at=None if entry.last() is None else instant(entry.last() or 0),
        edited=_UNKNOWN if edited is None else _YES if edited else _NO,
        author_id=entry.author or own_id, author_name=None, author_role=AuthorRole.OWN, direction=Direction.MADE,
        in_reply_to=None if shared is None else shared.parent or shared.root, pinned=None,
        media_ids=tuple(ref.id for ref in media), reactions=(), reaction_count=None, share_count=None, view_count=None,
        platform_comment_count=None, visibility=_VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    return MappedPost(post=post, media=media, after="")


def to_comment(
    comment: Any, raw: str, origin: Origin, authors: Authors, *, post_id: str, parent: str | None, depth: int,
    answer: bool,
) -> Comment:  # fmt: skip
    """Map a comment. Whoever wrote it is known by URN only; whether it was changed is not told, only when."""
    author, changed, likes = comment.actor, comment.last_modified, comment.likes_summary
    if author is None:
        role, direction = _NAMELESS
    elif author in authors.ids:
        role, direction = _OWN
    else:
        role, direction = _ORGANISATION if author.startswith(ORGANIZATION) else _PERSON
    return Comment(
        platform="linkedin", account_id=origin.account_id, post_id=post_id, id=comment.key(), parent_id=parent,
        depth=depth, permalink=None, text=comment.text(), language=None,
        created_at=instant(comment.created.time), updated_at=None if changed is None else instant(changed.time),
        edited=_NO if changed is not None and changed.time <= comment.created.time else _UNKNOWN,
        author_id=author, author_name=None, author_role=role, direction=direction, is_own_answer=answer,
        hidden=None, visibility=_VISIBLE,
        media_ids=() if not comment.content else tuple(ref.id for ref in comment_media(comment, origin)),
        reaction_count=None if likes is None else likes.total_likes,
        platform_reply_count=comment.answers(),
        captured_at=origin.captured_at, exchange=origin.exchange, raw=raw,
    )  # fmt: skip


def comment_media(comment: Any, _origin: Origin) -> tuple[MediaRef, ...]:
    """Return the pictures of a comment."""
    return tuple(
        MediaRef(
            id=f"{comment.key()}/{number}",
            url=shown.url,
            kind=MediaKind.IMAGE,
            withheld="" if shown.url else NO_ADDRESS,
        )
        for number, shown in enumerate(comment.content or (), 1)
    )


def branch(comment: Any, known: int) -> Branch | None:
    """Tell whether a comment has answers that are still to be asked for."""
    return Branch() if (comment.answers() or 0) > known else None
