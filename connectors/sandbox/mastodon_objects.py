"""What statuses, accounts, media and versions look like in the Mastodon API."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.native_ids import MASTODON_HOST

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityAccount, CityComment, CityPost, Person

SITE: Final = f"http://{MASTODON_HOST}"
_NAMED = re.compile(r"https?://[^\s<]+[^\s<.,)]|(?<![\w&])#\w+")
_WARNED, _HOUR = 7, 3600


@dataclass(frozen=True, slots=True)
class Entry:
    """A status of the thread: the post, or an answer to it."""

    post: CityPost
    comment: CityComment | None = None

    @property
    def item(self) -> CityPost | CityComment:
        """Return what was written."""
        return self.comment or self.post

    @property
    def author(self) -> Person | None:
        """Return who wrote it; None for the account."""
        return self.comment.author if self.comment else None

    @property
    def edited_at(self) -> datetime | None:
        """Return when its text was changed last."""
        if self.comment:
            return self.comment.edited_at
        return self.post.updated_at if self.post.earlier else None


def stamp(when: datetime) -> str:
    """Write a time as the platform does."""
    return f"{when:%Y-%m-%dT%H:%M:%S}.000Z"


def content(text: str) -> str:
    """Return a text as HTML: paragraphs, line breaks, links, hashtags."""
    parts = html.escape(text, quote=False).split("\n\n")
    return "".join("<p>{}</p>".format(_NAMED.sub(_linked, part).replace("\n", "<br />")) for part in parts)


def _linked(found: re.Match[str]) -> str:
    text = found[0]
    if text.startswith("#"):
        return f'<a href="{SITE}/tags/{text[1:]}" class="mention hashtag" rel="tag">#<span>{text[1:]}</span></a>'
    scheme, _, rest = text.partition("//")
    return (
        f'<a href="{text}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}//</span><span class="">{rest}</span></a>'
    )


def is_boost(post: CityPost) -> bool:
    """Tell whether a post is another account's status passed on; a link that nobody talked about is."""
    return post.kind == "link" and not post.comments


def warning(post: CityPost) -> str:
    """Return a status' content warning; about one in seven has one."""
    return "Kan väcka oro" if int(post.id) % _WARNED == 0 and not is_boost(post) else ""


def visibility(entry: Entry) -> str:
    """Return who may see a status."""
    shut = entry.comment is not None and not entry.comment.listed
    return "private" if shut or (entry.comment is None and entry.post.hidden) else "public"


def shown_text(entry: Entry) -> str:
    """Return the HTML that a reader sees."""
    return content(entry.item.text)


def handle(person: Person | None, account: CityAccount) -> str:
    """Return a user name; the account's own for None."""
    return account.handle if person is None else f"invanare{int(person.id) % 10_000_000}"


def account_object(person: Person | None, account: CityAccount, shelf: Shelf, statuses: int = 0) -> dict[str, Any]:
    """Return an account; the city's own for None."""
    name, blank = handle(person, account), f"{SITE}/avatars/original/missing.png"
    own = person is None
    pictures = {"avatar": blank, "header": f"{SITE}/headers/original/missing.png"}
    if own:
        ids = {which: shelf.profile_picture_id(account, which) for which in ("avatar", "cover")}
        pictures["avatar"] = shelf.graph_picture(account.avatar, ids["avatar"])
        pictures["header"] = shelf.graph_picture(account.cover, ids["cover"])
    web = {
        "name": "Webb",
        "value": _NAMED.sub(_linked, account.website),
        "verified_at": "2026-01-02T03:04:05.000+00:00",
    }
    return {
        "id": person.id if person else account.id, "username": name, "acct": name,
        "display_name": person.name if person else account.name, "locked": False, "bot": False, "discoverable": own,
        "indexable": False, "group": False, "created_at": "2019-03-01T00:00:00.000Z",
        "note": content(account.about) if own else "", "url": f"{SITE}/@{name}",
        "uri": f"{SITE}/users/{name}",
        "avatar": pictures["avatar"], "avatar_static": pictures["avatar"], "header": pictures["header"],
        "header_static": pictures["header"], "followers_count": account.followers if own else 12,
        "following_count": 40,
        "statuses_count": statuses, "last_status_at": "2026-10-31", "hide_collections": False, "noindex": False,
        "emojis": [], "roles": [], "fields": [web] if own else [],
    }  # fmt: skip


def attachments(entry: Entry, shelf: Shelf) -> list[dict[str, Any]]:
    """Return the media of a status."""
    post, comment = entry.post, entry.comment
    if comment is None and is_boost(post):
        return []
    if comment is None and post.film:
        film = post.film
        url = shelf.graph_film(film) if film.source_given else None
        told = {"width": 1280, "height": 720, "duration": film.seconds, "bitrate": 1_200_000}
        return [_attachment(film.id, "video", url, None, {"original": told})]
    pairs = list(zip(post.pictures, post.picture_ids, strict=True)) if comment is None else []
    if comment is not None and comment.picture:
        pairs = [(comment.picture, comment.id)]
    found = []
    for picture, number in pairs:
        width, height = picture.size
        meta: Any = {
            "original": {"width": width, "height": height, "size": f"{width}x{height}", "aspect": width / height}
        }
        found.append(_attachment(number, "image", shelf.graph_picture(picture, number), picture.alt_text, meta))
    return found


def _attachment(number: str, kind: str, url: str | None, text: str | None, meta: Any) -> dict[str, Any]:
    return {
        "id": number, "type": kind, "url": url, "preview_url": url, "remote_url": None, "preview_remote_url": None,
        "text_url": None, "meta": meta, "description": text, "blurhash": "UFBWY:8_0Jxv4mx]t8t64.%M-:IUWGWAt6M}",
    }  # fmt: skip


def direct_answers(entry: Entry) -> int:
    """Return how many public answers a status has: the others are not counted."""
    key = entry.comment.id if entry.comment else None
    return sum(c.parent_id == key and c.listed for c in entry.post.comments)


def parent_of(entry: Entry) -> str | None:
    """Return the id of the status that one answers; None once that one is deleted."""
    if entry.comment is None:
        return None
    parent = entry.comment.parent_id
    if parent is None:
        return entry.post.id
    return parent if any(c.id == parent for c in entry.post.comments) else None


def status_object(entry: Entry, account: CityAccount, shelf: Shelf) -> dict[str, Any]:
    """Return a status."""
    post, comment, item = entry.post, entry.comment, entry.item
    boosted = comment is None and is_boost(post)
    parents = {c.id: c for c in post.comments}
    answered = parents.get(comment.parent_id) if comment and comment.parent_id else None
    likes = comment.likes if comment else sum(number for _, number in post.reactions)
    name = handle(entry.author, account)
    return {
        "id": item.id, "created_at": stamp(item.created_at), "in_reply_to_id": parent_of(entry),
        "in_reply_to_account_id": (answered.author or account).id if answered else account.id if comment else None,
        "sensitive": bool(comment is None and warning(post)), "spoiler_text": warning(post) if comment is None else "",
        "visibility": visibility(entry), "language": post.language, "uri": f"{SITE}/users/{name}/statuses/{item.id}",
        "url": f"{SITE}/@{name}/{item.id}", "replies_count": 0 if boosted else direct_answers(entry),
        "reblogs_count": 0 if comment else post.shares, "favourites_count": likes, "quotes_count": 0,
        "edited_at": stamp(entry.edited_at) if entry.edited_at else None,
        "content": "" if boosted else shown_text(entry), "reblog": _boosted(post, account, shelf) if boosted else None,
        "application": None, "account": account_object(entry.author, account, shelf),
        "media_attachments": attachments(entry, shelf), "mentions": [], "tags": [], "emojis": [], "card": None,
        "poll": None, "quote": None,
        "quote_approval": {"automatic": ["public"], "manual": [], "current_user": "automatic"},
    }  # fmt: skip


def _boosted(post: CityPost, account: CityAccount, shelf: Shelf) -> dict[str, Any]:
    """Return the status of another server that a boost passes on."""
    address = "https://region.example/@regionexempel"
    whose = account_object(None, account, shelf) | {
        "id": "109000000000000777", "username": "regionexempel", "acct": "regionexempel@region.example",
        "display_name": "Region Exempel", "url": address, "uri": "https://region.example/users/regionexempel",
    }  # fmt: skip
    number = str(int(post.id) - (_HOUR * 1000 << 16))
    return {
        **status_object(Entry(_plain(post)), account, shelf), "id": number, "account": whose,
        "uri": f"{address}/{number}", "url": f"{address}/{number}",
    }  # fmt: skip


def _plain(post: CityPost) -> CityPost:
    return replace(post, kind="status", film=None, pictures=(), picture_ids=())


def versions(entry: Entry, account: CityAccount, shelf: Shelf) -> list[dict[str, Any]]:
    """Return all texts of a status, oldest first, the current one included."""
    item = entry.item
    texts = [(earlier.text, earlier.since) for earlier in item.earlier]
    texts.append((item.text, entry.edited_at or item.created_at))
    return [
        {
            "content": content(text), "spoiler_text": warning(entry.post) if entry.comment is None else "",
            "sensitive": False, "created_at": stamp(when), "account": account_object(entry.author, account, shelf),
            "media_attachments": attachments(entry, shelf), "emojis": [], "poll": None, "quote": None,
        }
        for text, when in texts
    ]  # fmt: skip
