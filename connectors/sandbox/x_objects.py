"""What posts, replies, users and media look like in the X API v2, field by field, before fields are chosen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import mark

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost, Earlier, Person

REGION: Final = "2400000000000000007"  # the account whose posts the city reposts and quotes
_EPOCH, _SHIFT = 1_288_834_974_657, 22  # an id holds the milliseconds since then
_LINK = re.compile(r"https?://[^\s<]+[^\s<.,)]")
_SHORT, _REPOSTED, _BELOW = 280, 110, (1 << 22) - 1
_NEW_NAMES = {
    "edit_history_tweet_ids": "edit_history_post_ids", "note_tweet": "note_post",
    "referenced_tweets": "referenced_posts",
    "tweets": "posts", "retweet_count": "repost_count", "tweet_count": "post_count",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A post or a reply as it is now. ``comment`` is None for a post; ``number`` is the id of its newest version."""

    number: int
    post: CityPost
    comment: CityComment | None

    @property
    def author(self) -> Person | None:
        """Return who wrote it; None for the account."""
        return self.comment.author if self.comment else None

    @property
    def created_at(self) -> datetime:
        """Return when the newest version was written."""
        if self.comment:
            return self.comment.edited_at or self.comment.created_at
        return self.post.updated_at if self.post.earlier else self.post.created_at


def entry_of(post: CityPost, comment: CityComment | None = None) -> Entry:
    """Return a post, or a reply to it, under the id of its newest version."""
    return Entry(int(version_ids(comment or post)[-1]), post, comment)


def version_ids(item: CityPost | CityComment) -> list[str]:
    """Return the ids of an item's versions, oldest first: every edit is a post of its own."""
    changed = item.updated_at if hasattr(item, "updated_at") else item.edited_at
    times = [earlier.since for earlier in item.earlier[1:]] + ([changed] if item.earlier and changed else [])
    low = int(item.id) & _BELOW
    later = [str(((int(when.timestamp() * 1000) - _EPOCH) << _SHIFT) + low + n) for n, when in enumerate(times, 1)]
    return [item.id, *later]


def parent_id(entry: Entry) -> str:
    """Return the id that a reply answers: the version its author saw. A deleted one goes on being named."""
    comment, post = entry.comment, entry.post
    if comment is None:
        raise ValueError("A post answers nothing.")
    parents = {c.id: c for c in post.comments}
    if comment.parent_id is not None and comment.parent_id not in parents:
        return comment.parent_id
    parent: CityPost | CityComment = parents[comment.parent_id] if comment.parent_id else post
    since = [*(earlier.since for earlier in parent.earlier[1:])]
    changed = parent.updated_at if hasattr(parent, "updated_at") else parent.edited_at
    if parent.earlier and changed:
        since.append(changed)
    return version_ids(parent)[sum(when <= comment.created_at for when in since)]


def shown_text(text: str, media: str = "") -> str:
    """Return a text as the platform gives it, entities apart: links shortened, and a link to media or a quoted post."""
    return _LINK.sub(lambda found: short_link(found[0]), text) + (f" {short_link(media)}" if media else "")


def short_link(address: str) -> str:
    """Return the t.co address for a link."""
    return f"https://t.co/{mark('t.co', address, length=10)}"


def is_repost(post: CityPost) -> bool:
    """Tell whether a shared post is a bare repost; one that was talked about is a quote."""
    return post.kind == "share" and not post.comments


def full_text(entry: Entry) -> str:
    """Return what a reader sees, with links shortened."""
    own = entry.comment or entry.post
    return text_of(entry, own.text)


def text_of(entry: Entry, text: str) -> str:
    """Return a version's text as a reader sees it."""
    link = ""
    if entry.comment is None and entry.post.kind == "share" and not is_repost(entry.post):
        link = f"https://x.com/regionexempel/status/{shared_id(entry.post)}"
    elif media_of(entry):
        link = f"https://x.com/i/status/{entry.number}/photo/1"
    return shown_text(text, link)


def shared_id(post: CityPost) -> str:
    """Return the id of the other account's post that is reposted or quoted."""
    return str(int(post.id) - (3_600_000 << _SHIFT))  # an hour older


def escaped(text: str) -> str:
    """Return a text with the three entities that the platform writes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def stamp(when: datetime) -> str:
    """Write a time as the platform does."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


def media_of(entry: Entry) -> list[str]:
    """Return the media keys of a post or reply."""
    if entry.comment is not None:
        return [f"3_{entry.comment.id}"] if entry.comment.picture else []
    post = entry.post
    if post.kind == "share":
        return []
    return [f"7_{post.film.id}"] if post.film else [f"3_{number}" for number in post.picture_ids]


def media_objects(entry: Entry, shelf: Shelf) -> list[dict[str, Any]]:
    """Return the media of a post or reply."""
    post, found = entry.post, []
    if entry.comment is None and post.film:
        film = post.film
        poster = shelf.graph_picture(post.pictures[0], post.picture_ids[0]) if post.pictures else None
        rates = ((632_000, "&size=low"), (2_176_000, ""), (950_000, "&size=middle"))
        variants = [
            {"bit_rate": rate, "content_type": "video/mp4", "url": shelf.graph_film(film) + size}
            for rate, size in rates
        ]  # fmt: skip
        variants.insert(
            1, {"content_type": "application/x-mpegURL", "url": f"http://cdn.exempelstad.example/{film.id}.m3u8"}
        )
        return [
            {
                "media_key": f"7_{film.id}", "type": "video", "duration_ms": int(film.seconds * 1000), "width": 1280,
                "height": 720, "preview_image_url": poster, "public_metrics": {"view_count": film.views},
                **({"variants": variants} if film.source_given else {}),
            }
        ]  # fmt: skip
    pairs = list(zip(post.pictures, post.picture_ids, strict=True)) if entry.comment is None else []
    if entry.comment is not None and entry.comment.picture:
        pairs = [(entry.comment.picture, entry.comment.id)]
    for picture, number in pairs:
        width, height = picture.size
        found.append({
            "media_key": f"3_{number}", "type": "photo", "url": shelf.graph_picture(picture, number),
            "alt_text": picture.alt_text, "width": width, "height": height,
        })  # fmt: skip
    return found


def username(person: Person | None, account: CityAccount) -> str:
    """Return a handle; the account's own for None."""
    return account.handle if person is None else f"invanare{int(person.id) % 10_000_000}"


def user_object(person: Person | None, account: CityAccount, avatar: str, posts: int) -> dict[str, Any]:
    """Return a user; the account itself for None."""
    own = person is None
    counts = {
        "followers_count": account.followers if own else 31, "following_count": 112,
        "tweet_count": posts if own else 77,
        "listed_count": 12, "like_count": 5, "media_count": 3,
    }  # fmt: skip
    user: dict[str, Any] = {
        "id": person.id if person else account.id, "name": person.name if person else account.name,
        "username": username(person, account), "created_at": "2012-03-01T09:00:00.000Z", "protected": False,
        "verified": own, "public_metrics": counts, "description": escaped(account.about) if own else "",
        "profile_image_url": avatar if own else "http://cdn.exempelstad.example/default_profile_normal.png",
    }  # fmt: skip
    return user | ({"url": short_link(account.website), "location": "Exempelstad"} if own else {})


def region_user() -> dict[str, Any]:
    """Return the other public body whose posts are shared."""
    return {"id": REGION, "name": "Region Exempel", "username": "regionexempel"}


def shared_object(post: CityPost) -> dict[str, Any]:
    """Return the other account's post that is reposted or quoted."""
    number, when = shared_id(post), post.created_at - timedelta(hours=1)
    text = shown_text(post.text if is_repost(post) else "Läs mer om samarbetet i länet på vår webbplats.")
    return {
        "id": number, "author_id": REGION, "created_at": stamp(when), "conversation_id": number, "lang": "sv",
        "edit_history_tweet_ids": [number], **_texts(text),
        "public_metrics": {
            "retweet_count": 9, "reply_count": 2, "like_count": 40, "quote_count": 1, "bookmark_count": 0,
            "impression_count": 900,
        },
    }  # fmt: skip


def _texts(text: str) -> dict[str, Any]:
    """Return ``text``, cut where it is long, with the whole in ``note_tweet``."""
    if len(text) <= _SHORT:
        return {"text": escaped(text)}
    return {
        "text": escaped(text[: _SHORT - 25].rstrip()) + "… https://t.co/mer0000000",
        "note_tweet": {"text": escaped(text)},
    }


def _urls(text: str) -> list[dict[str, Any]]:
    places, shift, found = _LINK.finditer(text), 0, []
    for place in places:
        short = short_link(place[0])
        start = place.start() + shift
        shift += len(short) - len(place[0])
        found.append({
            "start": start, "end": start + len(short), "url": short, "expanded_url": place[0],
            "display_url": place[0].partition("//")[2],
        })  # fmt: skip
    return found


def _metrics(entry: Entry) -> dict[str, int]:
    post, comment = entry.post, entry.comment
    key = comment.id if comment else None
    direct = sum(c.parent_id == key for c in post.comments)
    likes = comment.likes if comment else sum(number for _, number in post.reactions)
    repost = comment is None and is_repost(post)
    return {
        "retweet_count": 0 if comment else post.shares, "reply_count": 0 if repost else direct,
        "like_count": 0 if repost else likes, "quote_count": 0, "bookmark_count": 1,
        "impression_count": 0 if repost else 40 + likes * 21,
    }  # fmt: skip


def tweet_object(entry: Entry, account: CityAccount, version: Earlier | None = None, place: int = -1) -> dict[str, Any]:
    """Return a post or reply, or an earlier version of it, with all fields under the old names."""
    post, comment = entry.post, entry.comment
    item: CityPost | CityComment = comment or post
    ids, text = version_ids(item), text_of(entry, version.text if version else item.text)
    tweet: dict[str, Any] = {
        "id": ids[place], "edit_history_tweet_ids": ids,
        "created_at": stamp(version.since if version else entry.created_at),
        "author_id": comment.author.id if comment and comment.author else account.id, "conversation_id": post.id,
        "public_metrics": _metrics(entry), "lang": post.language, "possibly_sensitive": False,
        "reply_settings": "everyone",
        "edit_controls": {
            "edits_remaining": 5 - len(item.earlier), "is_edit_eligible": comment is None,
            "editable_until": stamp(item.created_at + timedelta(hours=1)),
        },
        **_texts(text),
    }  # fmt: skip
    if urls := _urls(version.text if version else item.text):
        tweet["entities"] = {"urls": urls}
    if keys := media_of(entry):
        tweet["attachments"] = {"media_keys": keys}
    if comment is not None:
        tweet["referenced_tweets"] = [{"type": "replied_to", "id": parent_id(entry)}]
        parent = next((c for c in post.comments if c.id == comment.parent_id), None)
        tweet["in_reply_to_user_id"] = parent.author.id if parent and parent.author else account.id
    elif post.kind == "share":
        kind = "retweeted" if is_repost(post) else "quoted"
        tweet["referenced_tweets"] = [{"type": kind, "id": shared_id(post)}]
        if is_repost(post):
            tweet["text"] = f"RT @regionexempel: {escaped(text[:_REPOSTED])}…"
            tweet.pop("note_tweet", None)
    return tweet


def renamed(value: Any) -> Any:
    """Return a document with the names that the platform is changing over to."""
    if isinstance(value, dict):
        return {_NEW_NAMES.get(key, key): renamed(inner) for key, inner in value.items()}
    return [renamed(inner) for inner in value] if isinstance(value, list) else value
