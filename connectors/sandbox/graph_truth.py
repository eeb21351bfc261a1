"""What a perfect capture holds of a post on Instagram and Threads, whose media are given alike."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Collection

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost


def true_medium(medium_id: str, kind: str, url: str, shelf: Shelf) -> TrueMedium:
    """Return a medium that stands at an address."""
    content = shelf.content(url)
    return TrueMedium(medium_id, kind, url, hashlib.sha256(content).hexdigest(), len(content))


def avatar_of(account: CityAccount, shelf: Shelf) -> TrueMedium:
    """Return the account's picture."""
    number = shelf.profile_picture_id(account, "avatar")
    return true_medium(number, "avatar", shelf.graph_picture(account.avatar, number), shelf)


def media_of(post: CityPost, shelf: Shelf) -> tuple[TrueMedium, ...]:
    """Return a post's own media: each picture; of a film its still and its file, or that the file is withheld."""
    pairs = zip(post.pictures, post.picture_ids, strict=True)
    media = [true_medium(number, "image", shelf.graph_picture(picture, number), shelf) for picture, number in pairs]
    if post.film and post.film.source_given:
        media.append(true_medium(post.film.id, "video", shelf.graph_film(post.film), shelf))
    elif post.film:
        media.append(TrueMedium(post.film.id, "video", None, None, 0))
    return tuple(media)


def true_post(
    account: CityAccount, post: CityPost, reachable: Collection[CityComment], *, claimed: int | None,
    media: tuple[TrueMedium, ...], tells_id: bool,
) -> TruePost:  # fmt: skip
    """Return a post with the comments that can be had; ``tells_id``: commenters who are named have an id as well."""
    kept = {comment.id for comment in reachable}
    return TruePost(
        id=post.id, kind=post.kind, title="", text=post.text, created_at=post.created_at, updated_at=post.updated_at,
        hidden=False, pinned=False, is_reel=post.kind == "reel",
        comments=tuple(_true_comment(account, post, c, tells_id=tells_id) for c in reachable), claimed=claimed,
        unlisted=tuple(c.id for c in post.comments if c.id not in kept), media=media,
    )  # fmt: skip


def _true_comment(account: CityAccount, post: CityPost, comment: CityComment, *, tells_id: bool) -> TrueComment:
    author = comment.author
    named_id = author.id if author and author.named and tells_id else None
    return TrueComment(
        id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=comment.text,
        created_at=comment.created_at, hidden=comment.hidden, own=author is None,
        author_id=account.id if author is None else named_id, author_name=author.name if author else account.name,
    )  # fmt: skip
