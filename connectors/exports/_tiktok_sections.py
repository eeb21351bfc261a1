"""The sections of TikTok's ``user_data_tiktok.json`` (older ``user_data.json``), and what an entry says. Pure.

The file is one object of sections of lists, under two sets of names. Most of it is private: messages, log-ins, what was
watched. Values may be null or "N/A", keys begin with either case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from urval.errors import SourceError
from urval.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.exports._archive import Archive

VIDEOS: Final = (("Post", "Posts", "VideoList"), ("Video", "Videos", "VideoList"))
DELETED: Final = (("Post", "Recently Deleted Posts", "PostList"), ("Video", "RecentlyDeletedPosts", "PostList"))
COMMENTS: Final = (("Comment", "Comments", "CommentsList"),)
_NOTHING = frozenset({"", "N/A", "None", "null"})
_OPEN = frozenset({"public", "everyone"})
_VIDEO_ID: Final = re.compile(r"/(?:video|photo|v)/(\d{6,25})")
_PROFILE: Final = ("userName", "bioDescription", "likesReceived", "profilePhoto", "displayName")
_HEAD: Final = re.compile(
    rb'(?:\xef\xbb\xbf)?\s*\{\s*"(?:Activity|Ads and data|App Settings|Comment|Direct Messages?|Income[^"]*'
    rb'|Likes and Favorites|Location Reviews?|Poi Review|Post|Profile(?: And Settings)?|Ti[kK]tok [^"]+|Ti[kK]Tok [^"]+'
    rb'|Video|Your Activity)"\s*:'
)

Sections = dict[str, Any]


def files_in(archive: Archive) -> list[str]:
    """Return the members that are such a file, by name and first section."""
    names = archive.find("user_data_tiktok.json", "user_data.json")
    return [name for name in names if _begins(archive, name)]


def _begins(archive: Archive, name: str) -> bool:
    try:
        return _HEAD.match(archive.head(name)) is not None
    except SourceError:
        return False


def sections_in(archive: Archive, name: str) -> Sections:
    """Return the file's sections, two levels deep; what lies in them stays undecoded.

    Raises:
        MalformedError: It is cut off, damaged, or too large to be read whole.
        msgspec.DecodeError: It is no JSON, or not of this form.
    """
    found = msgspec.json.decode(archive.read(name).removeprefix(b"\xef\xbb\xbf"), type=dict[str, msgspec.Raw])
    return {top: _opened(raw) for top, raw in found.items()}


def _opened(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        return {}


def member_of(sections: Sections, place: Iterable[str]) -> Any:
    """Return what lies at a place: decoded, or None if nothing does."""
    top, section, member = place
    raw = sections.get(top, {}).get(section)
    found = _opened(raw).get(member) if raw is not None else None
    return msgspec.json.decode(found) if found is not None else None


def profile_in(sections: Sections) -> dict[str, str]:
    """Return the few fields of the profile that are used; the rest is private."""
    for section in sections.values():
        for raw in section.values():
            found = _opened(raw).get("ProfileMap")
            told = _opened(found) if found is not None else {}
            used = {name: msgspec.json.decode(told[name]) for name in _PROFILE if name in told}
            if used:
                return {name: str(value) for name, value in used.items() if stated(value) is not None}
    return {}


def unused(sections: Sections) -> list[str]:
    """Return the sections that are not read, as ``Activity/Login History``."""
    read = {place[:2] for place in (*VIDEOS, *DELETED, *COMMENTS)}
    named = [(top, section) for top, inner in sections.items() for section in inner]
    return [
        f"{top}/{section}" for top, section in named if (top, section) not in read and "Profile Info" not in section
    ]


def fields_of(raw: msgspec.Raw) -> dict[str, str]:
    """Return an entry's fields by lower-case name, those that state something, as text.

    Raises:
        msgspec.DecodeError: It is no object.
    """
    found = msgspec.json.decode(raw, type=dict[str, Any])
    return {name.lower(): told for name, value in found.items() if (told := stated(value)) is not None}


def stated(value: Any) -> str | None:
    """Return a value as text, or None for null, "N/A" and nothing."""
    if value is None or isinstance(value, dict | list):
        return None
    text = value if isinstance(value, str) else str(value)
    return None if text.strip() in _NOTHING else text


def video_id(link: str | None) -> str | None:
    """Return the platform's id in a link; download links that expire have none."""
    found = _VIDEO_ID.search(link or "")
    return found[1] if found else None


def number_of(text: str | None) -> int | None:
    """Return a count, or None if there is none."""
    plain = (text or "").strip()
    return int(plain) if plain.isdecimal() and len(plain) <= 15 else None  # noqa: PLR2004 - fits 64 bits


def visibility_of(text: str | None) -> Visibility:
    """Return what a visitor could see, by ``WhoCanView``; the file says nothing of posts of its early years."""
    return Visibility.VISIBLE if text is None or text.strip().casefold() in _OPEN else Visibility.HIDDEN


def kind_of(listed: str, fields: Mapping[str, str]) -> str:
    """Return a record's kind: several links are pictures."""
    if listed == "comment":
        return listed
    links = fields.get("link", "").split()
    return "photo" if len(links) > 1 or "/photo/" in "".join(links) else "video"
