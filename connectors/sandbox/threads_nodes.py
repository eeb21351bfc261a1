"""What an account, a post and a reply look like in the Threads API: one function a field, taken only when asked.

A function returns None where the platform leaves the key out. Posts and replies are one kind of node; here one that
answers carries the post it hangs under (:class:`Node`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.sandbox.graph_nodes import graph_time
from connectors.sandbox.instagram_nodes import is_album, shortcode, username

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost

_WWW = "https://www.threads.example"
_TYPES = {"photo": "IMAGE", "video": "VIDEO", "album": "IMAGE"}


@dataclass(frozen=True, slots=True)
class Node:
    """A post, or a reply below it; ``hidden`` tells whether the reply it hangs under at the top was hidden."""

    account: CityAccount
    post: CityPost
    reply: CityComment | None = None
    hidden: bool = False

    @property
    def id(self) -> str:
        """Return its id."""
        return self.post.id if self.reply is None else self.reply.id

    @property
    def is_ours(self) -> bool:
        """Tell whether the account wrote it."""
        return self.reply is None or self.reply.author is None

    @property
    def username(self) -> str:
        """Return the name of who wrote it."""
        author = self.reply.author if self.reply else None
        return username(author) if author else self.account.handle

    @property
    def flagged(self) -> bool:
        """Tell whether its file is withheld for copyright, and its address with it."""
        return self.reply is None and self.post.film is not None and not self.post.film.source_given

    @property
    def media_type(self) -> str:
        """Return the platform's type."""
        if self.reply is not None:
            return "IMAGE" if self.reply.picture else "TEXT_POST"
        if is_album(self.post) and self.post.kind == "album":
            return "CAROUSEL_ALBUM"
        return _TYPES.get(self.post.kind, "TEXT_POST")

    def below(self) -> list[CityComment]:
        """Return the direct answers to it."""
        parent = self.reply.id if self.reply else None
        return [c for c in self.post.comments if c.parent_id == parent]


def picture_of(node: Node, shelf: Shelf) -> str | None:
    """Return the address of its picture, or of its film's still."""
    if node.reply is not None:
        return shelf.graph_picture(node.reply.picture, node.reply.id) if node.reply.picture else None
    return shelf.graph_picture(node.post.pictures[0], node.post.picture_ids[0]) if node.post.pictures else None


def _file(node: Node, shelf: Shelf) -> str | None:
    if node.media_type in {"TEXT_POST", "CAROUSEL_ALBUM"} or node.flagged:
        return None
    film = node.post.film if node.reply is None else None
    return shelf.graph_film(film) if film else picture_of(node, shelf)


def _alt_text(node: Node, _shelf: Shelf) -> str | None:
    if node.media_type != "IMAGE":
        return None
    picture = node.reply.picture if node.reply else node.post.pictures[0]
    return picture.alt_text if picture else None


def _only_reply(value: Callable[[Node, CityComment], Any]) -> Callable[[Node, Shelf], Any]:
    return lambda node, _shelf: None if node.reply is None else value(node, node.reply)


ACCOUNT_FIELDS: Mapping[str, Callable[[CityAccount, Shelf], Any]] = {
    "id": lambda a, _s: a.id,
    "username": lambda a, _s: a.handle,
    "name": lambda a, _s: a.name,
    "is_verified": lambda *_: False,
    "threads_biography": lambda a, _s: a.about,
    "threads_profile_picture_url": lambda a, s: s.graph_picture(a.avatar, s.profile_picture_id(a, "avatar")),
}

NODE_FIELDS: Mapping[str, Callable[[Node, Shelf], Any]] = {
    "id": lambda n, _s: n.id,
    "media_product_type": lambda *_: "THREADS",
    "media_type": lambda n, _s: n.media_type,
    "media_url": _file,
    "thumbnail_url": lambda n, s: picture_of(n, s) if n.media_type == "VIDEO" else None,
    "alt_text": _alt_text,
    "permalink": lambda n, _s: None if n.flagged else f"{_WWW}/@{n.username}/post/{shortcode(n.id)}",
    "owner": lambda n, _s: {"id": n.account.id} if n.is_ours else None,
    "username": lambda n, _s: n.username,
    "text": lambda n, _s: (n.reply.text if n.reply else n.post.text) or None,
    "timestamp": lambda n, _s: graph_time(n.reply.created_at if n.reply else n.post.created_at),
    "shortcode": lambda n, _s: shortcode(n.id),
    "is_quote_post": lambda *_: False,
    "has_replies": lambda n, _s: any(c.listed for c in n.below()),
    "link_attachment_url": lambda n, _s: n.post.link if n.reply is None else None,
    "is_reply": lambda n, _s: n.reply is not None,
    "is_reply_owned_by_me": _only_reply(lambda n, _r: n.is_ours),
    "root_post": _only_reply(lambda n, _r: {"id": n.post.id}),
    "replied_to": _only_reply(lambda n, r: {"id": r.parent_id or n.post.id}),
    "hide_status": _only_reply(lambda n, _r: "HIDDEN" if n.hidden else "NOT_HUSHED"),
    "reply_audience": lambda *_: "EVERYONE",
}  # fmt: skip
NODE_MAYBE = frozenset({
    "children", "gif_url", "is_verified", "location_id", "poll_attachment", "profile_picture_url", "quoted_post",
    "reposted_post", "topic_tag",
})  # fmt: skip


def parts(node: Node, shelf: Shelf) -> list[dict[str, Any]]:
    """Return the parts of an album, with all they can tell."""
    pairs = zip(node.post.pictures, node.post.picture_ids, strict=True)
    return [
        {
            "id": number, "media_type": "IMAGE", "media_url": shelf.graph_picture(picture, number),
            "alt_text": picture.alt_text, "timestamp": graph_time(node.post.created_at),
        }
        for picture, number in pairs
    ]  # fmt: skip


def metrics(node: Node) -> dict[str, int]:
    """Return the numbers that insights tell: of a post all its replies, of a reply the direct ones."""
    if node.reply is not None:
        return {
            "views": 0,
            "likes": node.reply.likes,
            "replies": len(node.below()),
            "reposts": 0,
            "quotes": 0,
            "shares": 0,
        }
    likes = sum(count for _, count in node.post.reactions)
    return {
        "views": likes * 31 + 17, "likes": likes, "replies": len(node.post.comments), "reposts": node.post.shares,
        "quotes": node.post.shares // 3, "shares": node.post.shares // 2,
    }  # fmt: skip
