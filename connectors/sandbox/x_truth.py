"""What a perfect capture of the sandbox's X account holds."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from connectors.sandbox import x_objects as objects
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost
from connectors.sandbox.x_objects import entry_of, version_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost
    from connectors.sandbox.x_objects import Entry


def profile_media(owner: CityAccount, shelf: Shelf) -> tuple[TrueMedium, ...]:
    """Return the pictures of the account's page."""
    picture = shelf.profile_picture_id(owner, "avatar")
    return (_medium(picture, "avatar", shelf.graph_picture(owner.avatar, picture), shelf),)


def true_post(owner: CityAccount, post: CityPost, shelf: Shelf) -> TruePost:
    """Return a post with its listed replies; all under the ids of their newest versions."""
    entry, listed = entry_of(post), [c for c in post.comments if c.listed]
    shown = [entry, *(entry_of(post, c) for c in listed)]
    counting = {None, *(c.id for c in listed)}  # an answer to what is not listed is in no number that is given
    return TruePost(
        id=str(entry.number), kind=post.kind, title="", text=objects.full_text(entry), created_at=post.created_at,
        updated_at=entry.created_at, hidden=False, pinned=False, is_reel=False,
        comments=tuple(_comment(owner, post, c) for c in listed),
        claimed=sum(c.listed or c.parent_id in counting for c in post.comments),
        unlisted=tuple(c.id for c in post.comments if not c.listed),
        media=tuple(medium for one in shown for medium in _media(one, shelf)),
    )  # fmt: skip


def _comment(owner: CityAccount, post: CityPost, comment: CityComment) -> TrueComment:
    author = comment.author or owner
    parent = next((c for c in post.comments if c.id == comment.parent_id), None)
    return TrueComment(
        id=version_ids(comment)[-1], post_id=version_ids(post)[-1],
        parent_id=version_ids(parent)[-1] if parent else comment.parent_id, depth=comment.depth,
        text=objects.full_text(entry_of(post, comment)), created_at=comment.created_at, hidden=False,
        own=comment.author is None, author_id=author.id, author_name=author.name,
    )  # fmt: skip


def _media(entry: Entry, shelf: Shelf) -> Iterable[TrueMedium]:
    for one in objects.media_objects(entry, shelf) if objects.media_of(entry) else ():
        best: dict[str, Any] = max(one.get("variants", ()), key=lambda variant: variant.get("bit_rate", 0), default={})
        url, kind = one.get("url") or best.get("url"), "video" if one["type"] == "video" else "image"
        key = one["media_key"]
        yield _medium(key, kind, url, shelf) if url else TrueMedium(key, kind, None, None, 0)


def _medium(name: str, kind: str, url: str, shelf: Shelf) -> TrueMedium:
    content = shelf.content(url)
    return TrueMedium(name, kind, url, hashlib.sha256(content).hexdigest(), len(content))
