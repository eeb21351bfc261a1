"""Whose Instagram export it is: ``personal_information.json``, of which only what the page shows is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from connectors.exports._meta import ABOUT, NAME, USERNAME, WEBSITE, decoded, labelled
from connectors.exports._reader import UNREADABLE
from urval.errors import SourceError
from urval.records import AccountProfile, GapReason, MediaKind
from urval.source import ProfileView

if TYPE_CHECKING:
    from connectors.exports._archive import Archive
    from connectors.exports._meta import Files
    from connectors.exports._reader import Import
    from urval.source import Item

_FILE = "personal_information.json"


def _person(archive: Archive) -> dict[str, Any]:
    for name in archive.find(_FILE):
        for raw in archive.array(name, ("profile_user",)):
            return decoded(raw)
    return {}


def owner_of(archive: Archive) -> frozenset[str]:
    """Return everything the export says of its owner: the label of the user name may be in any language."""
    try:
        values = _person(archive).get("string_map_data", {}).values()
        return frozenset(str(held["value"]) for held in values if held.get("value"))
    except (SourceError, *UNREADABLE):
        return frozenset()


def profile_items(archive: Archive, job: Import, files: Files) -> tuple[str | None, list[Item]]:
    """Return the user name, and the profile with its gaps."""
    try:
        person = _person(archive)
        values = person.get("string_map_data", {})
        told = {"username": labelled(values, USERNAME), "name": labelled(values, NAME),
                "bio": labelled(values, ABOUT), "website": labelled(values, WEBSITE)}  # fmt: skip
        photos = [held for held in person.get("media_map_data", {}).values() if held.get("uri")][:1]
    except (SourceError, *UNREADABLE) as error:
        return None, [job.gap("profile", None, GapReason.MALFORMED, str(error))]
    if not person:
        return None, [job.gap("profile", None, GapReason.GONE, f"the export does not hold {_FILE}")]
    handle = told["username"]
    key = handle or job.account_id
    media, gaps = files.keep(key, None, photos, MediaKind.AVATAR)
    profile = AccountProfile(
        platform="instagram", account_id=job.account_id, id=key, handle=handle, name=told["name"] or key,
        about=told["bio"], url=f"https://www.instagram.com/{handle}/" if handle else None,
        links=(told["website"],) if told["website"] else (), avatar_media_id=media[0].id if media else None,
        cover_media_id=None, followers=None, likes=None, posts=None, captured_at=job.at, exchange="",
        raw=msgspec.json.encode(told).decode(),
    )  # fmt: skip
    return handle, [ProfileView(profile=profile, media=tuple(media)), *gaps]
