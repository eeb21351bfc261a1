"""Whose Facebook export it is: ``profile_information.json``, of which only what the page shows is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors.exports._meta import decoded
from connectors.exports._reader import UNREADABLE, text_or_none
from urval.errors import SourceError
from urval.records import AccountProfile, GapReason
from urval.source import ProfileView

if TYPE_CHECKING:
    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.source import Item

_FILE = "profile_information.json"
_ROOTS = ("profile_v2", "profile", "page_v2", "page")


def _told(archive: Archive) -> dict[str, Any]:
    """Return name, user name, address, text, website; empty if the export does not say."""
    for name in archive.find(_FILE):
        document = decoded(archive.read(name))
        held: dict[str, Any] = next((document[root] for root in _ROOTS if isinstance(document.get(root), dict)), {})
        named = held.get("name")
        sites = held.get("websites") or ()
        return {
            "name": text_or_none(named.get("full_name") if isinstance(named, dict) else named),
            "username": text_or_none(held.get("username")),
            "url": text_or_none(held.get("profile_uri")),
            "about": text_or_none(held.get("about_me")) or text_or_none(held.get("about")),
            "websites": [text_or_none(site.get("address") if isinstance(site, dict) else site) for site in sites],
        }
    return {}


def owner_of(archive: Archive) -> frozenset[str]:
    """Return name, user name and address of whose export it is; nothing if it does not say."""
    try:
        told = _told(archive)
    except (SourceError, *UNREADABLE):
        return frozenset()
    return frozenset(str(told[part]) for part in ("name", "username", "url") if told.get(part))


def profile_items(archive: Archive, job: Import) -> tuple[str | None, list[Item]]:
    """Return the account's name, and the profile with its gaps."""
    try:
        told = _told(archive)
    except (SourceError, *UNREADABLE) as error:
        return None, [job.gap("profile", None, GapReason.MALFORMED, str(error))]
    if not told.get("name"):
        return None, [job.gap("profile", None, GapReason.GONE, f"the export does not hold {_FILE}, or no name in it")]
    name, handle = told["name"], told["username"]
    profile = AccountProfile(
        platform="facebook", account_id=job.account_id, id=handle or name, handle=handle, name=name,
        about=told["about"], url=told["url"], links=tuple(filter(None, told["websites"])), avatar_media_id=None,
        cover_media_id=None, followers=None, likes=None, posts=None, captured_at=job.at, exchange="",
        raw=msgspec.json.encode(told).decode(),
    )  # fmt: skip
    return name, [ProfileView(profile=profile)]
