"""The tables of a LinkedIn member export, and what their cells say. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from connectors.exports._csv import Row, Table
from urval.records import AccountProfile, MediaKind
from urval.source import ProfileView

if TYPE_CHECKING:
    from connectors.exports._reader import Import

_DATED: Final = {
    "date": ("Date",),
    "link": ("Link",),
    "type": ("Type",),
    "text": ("Message",),
    "option": ("OptionText",),
}
SHARES: Final = Table(
    columns={
        "date": ("Date",), "link": ("ShareLink",), "text": ("ShareCommentary",), "shared": ("SharedUrl",),
        "media": ("MediaUrl",), "visibility": ("Visibility",),
    },
    needs=frozenset({"date", "link", "text"}),
)  # fmt: skip
COMMENTS: Final = Table(columns=_DATED, needs=frozenset({"date", "link", "text"}))
REACTIONS: Final = Table(columns=_DATED, needs=frozenset({"date", "link", "type"}))
REPOSTS: Final = Table(columns=_DATED, needs=frozenset({"date", "link"}), lacks=frozenset({"text", "type", "option"}))
PROFILE: Final = Table(
    columns={"first": ("First Name",), "last": ("Last Name",), "headline": ("Headline",), "about": ("Summary",),
             "links": ("Websites",)},
    needs=frozenset({"first", "last", "headline"}),
)  # fmt: skip
_URN: Final = re.compile(r"urn:li:(?:share|ugcPost|activity|groupPost|article):\d+")
_COMMENT: Final = re.compile(r"(reply|comment)Urn=(urn:li:comment:\([^)]*\))", re.IGNORECASE)
ADDRESS: Final = re.compile(r"https?://[^\s,;\]]+")
_PICTURES, _FILMS = ("/image/", "feedshare-shrink", "articleshare"), ("/video/", "/playlist/", "videocover")


def named(link: str, kind: str) -> tuple[str | None, str | None, str | None]:
    """Return (id, parent comment, post) that a link names; of a bare repost only the post that it repeats."""
    told = unquote(unquote(link))
    urn = _URN.search(told)
    post = urn[0] if urn else None
    if kind != "comment":
        return (None if kind == "share" else post), None, None
    named = {found[1].casefold(): found[2] for found in _COMMENT.finditer(told)}
    reply, comment = named.get("reply"), named.get("comment")
    return (reply, comment, post) if reply else (comment, None, post)


def kind_of(address: str) -> MediaKind:
    """Return what a media link leads to, by the words in it."""
    if any(mark in address for mark in _FILMS):
        return MediaKind.VIDEO
    return MediaKind.IMAGE if any(mark in address for mark in _PICTURES) else MediaKind.FILE


def name_in(row: Row) -> str:
    """Return the member's name."""
    return " ".join(filter(None, (row.fields["first"], row.fields["last"])))


def profile_of(job: Import, row: Row) -> ProfileView:
    """Return the member's page; of the table only what is used: the rest is private."""
    fields = row.fields
    used = {name: fields.get(name, "") for name in ("first", "last", "headline", "about", "links")}
    about = "\n\n".join(filter(None, (used["headline"], used["about"])))
    return ProfileView(profile=AccountProfile(
        platform="linkedin", account_id=job.account_id, id=job.account_id, handle=None,
        name=name_in(row) or job.account_id, about=about or None, url=None,
        links=tuple(ADDRESS.findall(used["links"])), avatar_media_id=None, cover_media_id=None, followers=None,
        likes=None, posts=None, captured_at=job.at, exchange="", raw=msgspec.json.encode(used).decode(),
    ))  # fmt: skip
