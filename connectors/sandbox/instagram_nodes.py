"""What an account, a medium and a comment look like in the Instagram API: one function a field, taken only when asked.

A function returns None where the platform leaves the key out. Edges (children, comments, replies) are elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.answers import mark
from connectors.sandbox.graph_nodes import graph_time

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost, Person

_WWW = "https://www.instagram.example"
_TYPES = {"video": "VIDEO", "reel": "VIDEO"}


def is_album(post: CityPost) -> bool:
    """Tell whether a post has several parts; Instagram has no album of one."""
    return len(post.pictures) > 1


def username(person: Person) -> str:
    """Return a made-up person's name on Instagram and Threads."""
    plain = person.name.lower().translate(str.maketrans("åäöé ", "aaoe."))
    return f"{plain}{person.id[-3:]}"


def shortcode(post_id: str) -> str:
    """Return the text by which addresses name a post."""
    return "C" + mark("shortcode", post_id, length=10)


def _kind(post: CityPost) -> str:
    return "CAROUSEL_ALBUM" if is_album(post) else _TYPES.get(post.kind, "IMAGE")


def _still(post: CityPost, shelf: Shelf) -> str:
    return shelf.graph_picture(post.pictures[0], post.picture_ids[0])


def _file(post: CityPost, shelf: Shelf) -> str | None:
    if post.film is None:
        return _still(post, shelf)
    return shelf.graph_film(post.film) if post.film.source_given else None  # flagged for copyright


ACCOUNT_FIELDS: Mapping[str, Callable[[CityAccount, Shelf, int], Any]] = {
    "id": lambda a, _s, _n: a.id,
    "user_id": lambda a, _s, _n: a.id,
    "username": lambda a, _s, _n: a.handle,
    "name": lambda a, _s, _n: a.name,
    "biography": lambda a, _s, _n: a.about,
    "website": lambda a, _s, _n: a.website,
    "followers_count": lambda a, _s, _n: a.followers,
    "follows_count": lambda *_: 214,
    "media_count": lambda _a, _s, number: number,
    "is_published": lambda *_: True,
    "profile_picture_url": lambda a, s, _n: s.graph_picture(a.avatar, s.profile_picture_id(a, "avatar")),
}

MEDIA_FIELDS: Mapping[str, Callable[[CityAccount, CityPost, Shelf], Any]] = {
    "id": lambda _a, p, _s: p.id,
    "shortcode": lambda _a, p, _s: shortcode(p.id),
    "permalink": lambda _a, p, _s: f"{_WWW}/{'reel' if p.kind == 'reel' else 'p'}/{shortcode(p.id)}/",
    "timestamp": lambda _a, p, _s: graph_time(p.created_at),
    "caption": lambda _a, p, _s: p.text or None,
    "alt_text": lambda _a, p, _s: p.pictures[0].alt_text if _kind(p) == "IMAGE" else None,
    "media_type": lambda _a, p, _s: _kind(p),
    "media_product_type": lambda _a, p, _s: {"reel": "REELS", "story": "STORY"}.get(p.kind, "FEED"),
    "media_url": lambda _a, p, s: _file(p, s),
    "thumbnail_url": lambda _a, p, s: _still(p, s) if p.film else None,
    "owner": lambda a, _p, _s: {"id": a.id},
    "username": lambda a, _p, _s: a.handle,
    "is_comment_enabled": lambda *_: True,
    "is_shared_to_feed": lambda _a, p, _s: True if p.kind == "reel" else None,
    "like_count": lambda _a, p, _s: sum(count for _, count in p.reactions),
    "comments_count": lambda _a, p, _s: len(p.comments),
    "shares_count": lambda _a, p, _s: p.shares,
    "view_count": lambda _a, p, _s: p.film.views if p.film else None,
}
MEDIA_MAYBE = frozenset({
    "boost_eligibility_info", "children", "comments", "ig_id", "legacy_instagram_media_id", "reposts_count",
    "saved_count", "total_comments_count", "total_like_count", "total_views_count",
})  # fmt: skip

COMMENT_FIELDS: Mapping[str, Callable[[CityAccount, CityPost, CityComment], Any]] = {
    "id": lambda _a, _p, c: c.id,
    "timestamp": lambda _a, _p, c: graph_time(c.created_at),
    "text": lambda _a, _p, c: c.text,
    "parent_id": lambda _a, _p, c: c.parent_id,
    "username": lambda a, _p, c: username(c.author) if c.author else a.handle,
    "from": lambda a, _p, c: _writer(a, c),
    "user": lambda a, _p, c: None if c.author else {"id": a.id},
    "hidden": lambda _a, _p, c: c.hidden,
    "like_count": lambda _a, _p, c: c.likes,
    "media": lambda _a, p, _c: {"id": p.id},
}
COMMENT_MAYBE = frozenset({"legacy_instagram_comment_id"})


def _writer(account: CityAccount, comment: CityComment) -> dict[str, str] | None:
    if comment.author is None:
        return {"id": account.id, "username": account.handle}
    return {"id": comment.author.id, "username": username(comment.author)} if comment.author.named else None


def part(post: CityPost, number: int, shelf: Shelf) -> dict[str, Any]:
    """Return one part of an album, with all it can tell."""
    picture, picture_id = post.pictures[number], post.picture_ids[number]
    return {
        "id": picture_id, "media_type": "IMAGE", "media_url": shelf.graph_picture(picture, picture_id),
        "alt_text": picture.alt_text, "timestamp": graph_time(post.created_at), "shortcode": shortcode(picture_id),
        "permalink": f"{_WWW}/p/{shortcode(picture_id)}/",
    }  # fmt: skip
