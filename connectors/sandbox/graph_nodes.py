"""What a Page, a post, a video and a comment look like in the Graph API: one function a field, taken only when asked.

A function returns None where the platform leaves the key out. Edges (comments, reactions, attachments) are elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.sandbox.answers import mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost
    from connectors.sandbox.pictures import Picture

WWW = "https://www.facebook.example"
_STATUS_TYPES = {
    "photo": "added_photos", "album": "added_photos", "status": "mobile_status_update", "link": "shared_story",
    "share": "shared_story", "event": "created_event", "video": "added_video", "reel": "added_video",
}  # fmt: skip


def graph_time(when: datetime) -> str:
    """Write a time as the Graph API does (a zone without a colon)."""
    return f"{when:%Y-%m-%dT%H:%M:%S}+0000"


def author(account: CityAccount) -> dict[str, str]:
    """Return the account itself as ``from``."""
    return {"name": account.name, "id": account.id}


def commenter(account: CityAccount, comment: CityComment) -> dict[str, str] | None:
    """Return who wrote a comment; None where that person did not authorise the app."""
    if comment.author is None:
        return author(account)
    return {"name": comment.author.name, "id": comment.author.id} if comment.author.named else None


def permalink(account: CityAccount, post: CityPost) -> str:
    """Return a post's public address."""
    number = post.id.split("_")[1]
    if post.kind in {"reel", "video"} and post.film:
        return f"{WWW}/{'reel' if post.kind == 'reel' else account.handle + '/videos'}/{post.film.id}/"
    return f"{WWW}/{account.id}/posts/{number}/"


def _image(shelf: Shelf, picture: Picture, picture_id: str) -> dict[str, Any]:
    width, height = picture.size
    return {"image": {"height": height, "src": shelf.graph_picture(picture, picture_id), "width": width}}


def attachments(account: CityAccount, post: CityPost, shelf: Shelf) -> dict[str, Any] | None:
    """Return the attachments of a post as the platform nests them, or None."""
    if post.kind == "status" or not post.pictures:
        return None
    address = permalink(account, post)
    media = _image(shelf, post.pictures[0], post.picture_ids[0])
    if post.kind == "album" and len(post.pictures) > 1:
        parts = [
            _photo(account, picture, picture_id, shelf)
            for picture, picture_id in zip(post.pictures, post.picture_ids, strict=True)
        ]
        target = {"id": post.id.split("_")[1], "url": address}
        album = {"media": media, "media_type": "album", "subattachments": {"data": parts}, "target": target}
        return {"data": [album | {"title": f"Photos from {account.name}'s post", "type": "album", "url": address}]}
    if post.kind in {"photo", "album"}:
        return {"data": [_photo(account, post.pictures[0], post.picture_ids[0], shelf)]}
    if post.film:
        if post.film.source_given:
            media = media | {"source": shelf.graph_film(post.film)}
        return {"data": [{
            "description": post.text, "media": media, "media_type": "video",
            "target": {"id": post.film.id, "url": address},
            "title": post.title, "type": "video_inline", "unshimmed_url": address, "url": address,
        }]}  # fmt: skip
    kind = "event" if post.kind == "event" else "link"
    return {"data": [{
        "description": f"{post.title}. Läs mer på Exempelstads webbplats.", "media": media, "media_type": kind,
        "target": {"url": post.link} | ({"id": post.picture_ids[0]} if kind == "event" else {}), "title": post.title,
        "type": "event" if kind == "event" else "share", "unshimmed_url": post.link, "url": post.link,
    }]}  # fmt: skip


def _photo(account: CityAccount, picture: Picture, picture_id: str, shelf: Shelf) -> dict[str, Any]:
    address = f"{WWW}/photo.php?fbid={picture_id}&set=a.{account.id}&type=3"
    return {
        "description": picture.alt_text, "media": _image(shelf, picture, picture_id), "media_type": "photo",
        "target": {"id": picture_id, "url": address}, "type": "photo", "unshimmed_url": address, "url": address,
    }  # fmt: skip


def reactions(post: CityPost, kind: str) -> int:
    """Return how many reactions of a type (empty: of all types) a post has."""
    return sum(count for name, count in post.reactions if kind in {"", "NONE", name})


def comment_attachment(comment: CityComment, shelf: Shelf) -> dict[str, Any] | None:
    """Return a comment's picture, or None."""
    if comment.picture is None:
        return None
    address = f"{WWW}/photo.php?fbid={comment.id.split('_')[1]}"
    target = {"id": comment.id.split("_")[1], "url": address}
    return {"media": _image(shelf, comment.picture, comment.id), "target": target, "type": "photo", "url": address}


def comment_link(account: CityAccount, post: CityPost, comment: CityComment) -> str:
    """Return a comment's public address, which names the comment it answers."""
    own = comment.id.split("_")[1]
    query = (
        f"comment_id={comment.parent_id.split('_')[1]}&reply_comment_id={own}"
        if comment.parent_id
        else f"comment_id={own}"
    )
    return f"{WWW}/{account.id}/posts/{post.id.split('_')[1]}/?{query}"


PAGE_FIELDS: Mapping[str, Callable[[CityAccount, Shelf], Any]] = {
    "id": lambda a, _: a.id,
    "name": lambda a, _: a.name,
    "username": lambda a, _: a.handle,
    "link": lambda a, _: f"{WWW}/{a.handle}",
    "about": lambda a, _: a.about,
    "description": lambda a, _: f"{a.about}\n\nTelefon 0900-00 00 00. Besök: Rådhuset, Hamnplan 1, Exempelstad.",
    "category": lambda a, _: a.category,
    "fan_count": lambda a, _: a.likes,
    "followers_count": lambda a, _: a.followers,
    "is_published": lambda *_: True,
    "website": lambda a, _: a.website,
    "verification_status": lambda *_: "not_verified",
    "has_transitioned_to_new_page_experience": lambda *_: True,
    "instagram_business_account": lambda *_: None,
    "emails": lambda *_: ["kontaktcenter@exempelstad.example"],
    "phone": lambda *_: "0900-00 00 00",
    "talking_about_count": lambda a, _: a.followers // 40,
    "picture": lambda a, shelf: {"data": {
        "height": 720, "is_silhouette": False,
        "url": shelf.graph_picture(a.avatar, shelf.profile_picture_id(a, "avatar")),
        "width": 720}},
    "cover": lambda a, shelf: {
        "cover_id": shelf.profile_picture_id(a, "cover"), "offset_x": 50, "offset_y": 50,
        "source": shelf.graph_picture(a.cover, shelf.profile_picture_id(a, "cover")),
        "id": shelf.profile_picture_id(a, "cover")},
}  # fmt: skip

POST_FIELDS: Mapping[str, Callable[[CityAccount, CityPost, Shelf], Any]] = {
    "id": lambda _a, p, _s: p.id,
    "created_time": lambda _a, p, _s: graph_time(p.created_at),
    "updated_time": lambda _a, p, _s: graph_time(max([p.updated_at, *(c.created_at for c in p.comments if c.listed)])),
    "message": lambda _a, p, _s: p.text,
    "story": lambda a, p, _s: f"{a.name} shared a link." if p.kind in {"link", "share"} else None,
    "status_type": lambda _a, p, _s: _STATUS_TYPES[p.kind],
    "permalink_url": lambda a, p, _s: permalink(a, p),
    "from": lambda a, _p, _s: author(a),
    "is_published": lambda *_: True,
    "is_hidden": lambda _a, p, _s: p.hidden,
    "is_expired": lambda *_: False,
    "timeline_visibility": lambda _a, p, _s: "hidden" if p.hidden else "normal",
    "privacy": lambda *_: {"allow": "", "deny": "", "description": "Public", "friends": "", "value": "EVERYONE"},
    "full_picture": lambda _a, p, s: s.graph_picture(p.pictures[0], p.picture_ids[0]) if p.pictures else None,
    "shares": lambda _a, p, _s: {"count": p.shares} if p.shares else None,
    "attachments": attachments,
}  # fmt: skip
POST_MAYBE = frozenset({
    "admin_creator", "backdated_time", "icon", "message_tags", "parent_id", "picture", "place", "properties",
    "scheduled_publish_time", "story_tags", "via",
})  # fmt: skip
POST_DEPRECATED = frozenset({"caption", "description", "link", "name", "object_id", "source", "type"})

VIDEO_FIELDS: Mapping[str, Callable[[CityAccount, CityPost, Shelf], Any]] = {
    "id": lambda _a, p, _s: p.film.id if p.film else None,
    "post_id": lambda _a, p, _s: p.id,
    "created_time": POST_FIELDS["created_time"],
    "updated_time": POST_FIELDS["updated_time"],
    "title": lambda _a, p, _s: p.title or None,
    "description": lambda _a, p, _s: p.text,
    "length": lambda _a, p, _s: p.film.seconds if p.film else None,
    "permalink_url": lambda a, p, _s: permalink(a, p).removeprefix(WWW),
    "source": lambda _a, p, s: s.graph_film(p.film) if p.film and p.film.source_given else None,
    "picture": POST_FIELDS["full_picture"],
    "published": lambda *_: True,
    "status": lambda *_: {"video_status": "ready"},
    "views": lambda _a, p, _s: p.film.views if p.film else None,
    "from": POST_FIELDS["from"],
}
VIDEO_MAYBE = frozenset({"place", "scheduled_publish_time", "backdated_time", "universal_video_id"})

COMMENT_FIELDS: Mapping[str, Callable[[CityAccount, CityPost, CityComment, Shelf], Any]] = {
    "id": lambda _a, _p, c, _s: c.id,
    "created_time": lambda _a, _p, c, _s: graph_time(c.created_at),
    "message": lambda _a, _p, c, _s: c.text,
    "from": lambda a, _p, c, _s: commenter(a, c),
    "like_count": lambda _a, _p, c, _s: c.likes,
    "comment_count": lambda _a, p, c, _s: sum(other.parent_id == c.id for other in p.comments),
    "is_hidden": lambda _a, _p, c, _s: c.hidden,
    "is_private": lambda *_: False,
    "can_hide": lambda _a, _p, c, _s: c.author is not None,
    "can_remove": lambda *_: True,
    "can_comment": lambda *_: True,
    "can_like": lambda *_: True,
    "user_likes": lambda *_: False,
    "permalink_url": lambda a, p, c, _s: comment_link(a, p, c),
    "parent": lambda a, p, c, _s: _parent(a, p, c),
    "object": lambda _a, p, _c, _s: {"id": p.id},
    "attachment": lambda _a, _p, c, s: comment_attachment(c, s),
}  # fmt: skip
COMMENT_MAYBE = frozenset({"admin_creator", "live_broadcast_timestamp", "message_tags", "private_reply_conversation"})


def _parent(account: CityAccount, post: CityPost, comment: CityComment) -> dict[str, Any] | None:
    found = next((c for c in post.comments if c.id == comment.parent_id), None)
    if found is None:
        return None
    told = {"created_time": graph_time(found.created_at), "message": found.text, "id": found.id}
    if not found.listed:
        return {"id": found.id}
    writer = commenter(account, found)
    return told | ({"from": writer} if writer else {})


def viewer_summary(count: int, *, whole: bool) -> dict[str, Any]:
    """Return the summary of a reactions edge."""
    return {"total_count": count} | ({"viewer_reaction": "NONE"} if whole else {})


def cursor_mark(*parts: object) -> str:
    """Return a token for paging links, of the platform's look."""
    return "enc_AD" + mark("paging", *parts, length=40)
