"""RSS and Atom: the last resort for a blog or press room without an interface of its own.

A feed shows the newest entries only, as the site chose to cut them, and no comments. What it does not announce is not
guessed at: no addresses of further pages are tried. Texts are HTML. Times without zone count as UTC.

Source: RSS 2.0, RSS 1.0, RFC 4287 (Atom), RFC 5005 (pages and archives), as of 22 November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import msgspec

from connectors import _feed_entries as entries
from connectors._address import joined
from connectors._connector import Connector, Endpoint, MappedPost, MappedProfile, MediaRef, Origin, Setting
from connectors._feed_format import ATOM, FEED_FORMAT, Record, feed_of, home_of, named
from connectors._paging import CursorLink, SinglePage
from connectors._responses import HTTP
from urval.errors import MalformedError
from urval.records import AccountProfile, AuthorRole, Direction, Edited, GapReason, MediaKind, Post, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors._feed_xml import Element

_NO_COMMENTS = "a feed gives no comments"
_NO_ID = "the entry has neither an id nor an address"
_RECORD = msgspec.json.Decoder(Record)


def _to_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    head = feed_of(body).head
    address = settings["base_url"]
    home = joined(address, home_of(head.feed))
    given = head.feed.child(f"{ATOM}id")
    picture = _picture(head.feed)
    icon = MediaRef(id=f"{home}#picture", url=joined(home, picture), kind=MediaKind.AVATAR) if picture else None
    profile = AccountProfile(
        platform="feed", account_id=origin.account_id, id=(given.text().strip() if given is not None else "") or home,
        handle=None, name=entries.title(head.feed) or home, about=_about(head.feed), url=home, links=(address,),
        avatar_media_id=icon.id if icon else None, cover_media_id=None, followers=None, likes=None, posts=None,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=msgspec.json.encode(head).decode(),
    )  # fmt: skip
    troubles = (("comments", GapReason.INTERFACE_LIMIT, _NO_COMMENTS),)
    return MappedProfile(profile=profile, media=(icon,) if icon else (), authors=frozenset(), troubles=troubles)


def _about(feed: Element) -> str | None:
    found = feed.child(*named("description"), f"{ATOM}subtitle", f"{ATOM}tagline")
    return (found.text().strip() or None) if found is not None else None


def _picture(feed: Element) -> str:
    """Return the address of the feed's picture."""
    image = feed.child(*named("image"))
    found = (image and image.child(*named("url"))) or feed.child(f"{ATOM}logo", f"{ATOM}icon")
    return found.text().strip() if found else ""


def _to_post(raw: msgspec.Raw, origin: Origin, _listing: str, _own_id: str) -> MappedPost:
    record = _RECORD.decode(raw)
    entry = record.entry
    key, text, (created, updated) = record.id, entries.text(entry), entries.times(entry)
    if not key:
        raise MalformedError(_NO_ID)
    link, counted = entries.permalink(entry), entries.comment_count(entry)
    base = entries.base_of(record)
    media = entries.media(entry, key, base, text)
    post = Post(
        platform="feed", account_id=origin.account_id, id=key, permalink=joined(base, link) if link else None,
        kind="article", title=entries.title(entry), text=text, language=record.language or None, created_at=created,
        updated_at=updated,
        edited=Edited.UNKNOWN if updated is None else Edited.YES if updated > created else Edited.NO,
        author_id=None, author_name=entries.author(entry), author_role=AuthorRole.OWN, direction=Direction.MADE,
        in_reply_to=None, pinned=None, media_ids=tuple(ref.id for ref in media), reactions=(), reaction_count=None,
        share_count=None, view_count=None, platform_comment_count=counted, visibility=Visibility.VISIBLE,
        captured_at=origin.captured_at, exchange=origin.exchange, raw=str(raw, "utf-8"),
    )  # fmt: skip
    troubles = (("comments", GapReason.INTERFACE_LIMIT, _NO_COMMENTS),) if counted else ()
    return MappedPost(post=post, media=media, troubles=troubles)


class NoComment(msgspec.Struct):
    """Stands where other platforms have comments."""

    def key(self) -> str:
        """Return nothing."""
        return ""

    def parent_key(self) -> str | None:
        """Return None."""
        return None

    def thread_key(self) -> str | None:
        """Return None."""
        return None

    def author_key(self) -> str | None:
        """Return None."""
        return None


def _no_comment(*_comment: object, **_place: object) -> NoReturn:
    raise MalformedError(_NO_COMMENTS)


FEED = Connector(
    platform="feed",
    page_view="the body's own web site: nobody else's terms apply",
    interface="RSS/Atom feed",
    scopes=(),
    settings=(
        Setting(
            name="base_url", meaning="whole address of the feed, as in https://press.example/feed/", required=True,
            exact=True,
        ),
    ),
    auth_scheme="Bearer",
    errors=HTTP,
    profile=Endpoint(
        name="profile", path="", parameters=(), records=(), paging=SinglePage(), limit="", format=FEED_FORMAT,
    ),
    authors=None,
    listings=(
        Endpoint(
            name="posts", path="", parameters=(), records=(), paging=CursorLink(place=("next",)), limit="",
            format=FEED_FORMAT, newest_only=True, newest_first=False,
        ),
    ),
    comments=(),
    posts_per_call=1,
    no_comment_id=_NO_COMMENTS,
    comment_type=NoComment,
    to_profile=_to_profile,
    to_post=_to_post,
    to_comment=_no_comment,
    comment_media=lambda _comment, _origin: (),
    author_key=str,  # nobody is listed as writing for the feed
)  # fmt: skip
