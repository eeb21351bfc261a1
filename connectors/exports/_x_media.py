"""The media of an X archive: ``tweets_media/<post id>-<file name>``, and the profile's pictures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from connectors.exports._reader import UNREADABLE, medium
from connectors.exports._x_objects import AccountObject, ProfileObject, WrappedAccount, WrappedProfile
from urval.errors import SourceError
from urval.records import AccountProfile, Gap, MediaItem, MediaKind
from urval.source import ProfileView

if TYPE_CHECKING:
    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from connectors.exports._x_objects import MediaObject, Tweet

_FILE: Final = re.compile(r"(?:.*/)?(?:deleted_|community_)?tweets?_media/(\d+)-[^/]+", re.IGNORECASE)
_KINDS: Final = {"photo": MediaKind.IMAGE, "video": MediaKind.VIDEO, "animated_gif": MediaKind.VIDEO}
_FILMS: Final = (".mp4", ".mov", ".webm")


class MediaShelf:
    """The media files of an archive by the post they belong to."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._files: dict[str, list[str]] = {}
        for name in archive.names:
            if found := _FILE.fullmatch(name):
                self._files.setdefault(found[1], []).append(name)

    def of(self, tweet: Tweet, thread_id: str) -> tuple[list[MediaItem], list[Gap]]:
        """Return a post's media in the platform's order, then files that it does not name."""
        key, left = tweet.key(), list(self._files.get(tweet.key(), ()))
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        for number, named in enumerate(tweet.pictures(), 1):
            address, member = _held(key, named, left)
            if member:
                left.remove(member)
            size = named.sizes.large if named.sizes else None
            item, missed = medium(
                self._archive, self._job, "x", id=f"{key}:{number}", owner_id=key, thread_id=thread_id,
                kind=_KINDS.get(named.type or "", MediaKind.FILE), member=member, source_url=address,
                alt_text=named.ext_alt_text, width=size.w if size else None, height=size.h if size else None,
                missing="the archive does not hold this file",
            )  # fmt: skip
            items.append(item)
            gaps += missed
        for number, member in enumerate(left, len(items) + 1):
            kind = MediaKind.VIDEO if member.lower().endswith(_FILMS) else MediaKind.IMAGE
            item, missed = medium(
                self._archive, self._job, "x", id=f"{key}:{number}", owner_id=key, thread_id=thread_id, kind=kind,
                member=member,
            )  # fmt: skip
            items.append(item)
            gaps += missed
        return items, gaps


def _held(key: str, named: MediaObject, files: list[str]) -> tuple[str | None, str | None]:
    """Return the address of a medium and its file: of a film the encoding that the archive holds, else the best."""
    films = [one for one in named.video_info.variants if one.url] if named.video_info else []
    films.sort(key=lambda one: one.bitrate or 0, reverse=True)
    addresses = [one.url for one in films] + [url for url in (named.media_url_https, named.media_url) if url]
    for address in addresses:
        ending = f"/{key}-{_base(address)}"
        for name in files:
            if f"/{name}".endswith(ending):
                return address, name
    return next(iter(addresses), None), None


def _base(address: str) -> str:
    return address.partition("?")[0].rpartition("/")[2]


def account_in(archive: Archive) -> AccountObject | None:
    """Return what ``account.js`` says, or None if there is none.

    Raises:
        SourceError: It cannot be read.
        msgspec.DecodeError: It is something else.
    """
    for name in _named(archive, "account.js"):
        for raw in archive.array(name):
            return msgspec.json.decode(raw, type=WrappedAccount, strict=False).account
    return None


def owner_of(archive: Archive) -> frozenset[str]:
    """Return the id and the handle of whose archive it is; nothing if it does not say."""
    try:
        account = account_in(archive)
    except (SourceError, *UNREADABLE):
        return frozenset()
    return frozenset(filter(None, (account.account_id, account.username))) if account else frozenset()


def profile_view(archive: Archive, job: Import, account: AccountObject) -> tuple[ProfileView, list[Gap]]:
    """Return the profile as ``account.js`` and ``profile.js`` tell it; raises as :func:`account_in`."""
    told = ProfileObject()
    for name in _named(archive, "profile.js"):
        for raw in archive.array(name):
            told = msgspec.json.decode(raw, type=WrappedProfile, strict=False).profile
    says = told.description
    items: list[MediaItem] = []
    gaps: list[Gap] = []
    for kind, address in ((MediaKind.AVATAR, told.avatar_media_url), (MediaKind.COVER, told.header_media_url)):
        if address:
            item, missed = _picture(archive, job, account, kind, address)
            items.append(item)
            gaps += missed
    ids = {item.kind: item.id for item in items}
    url = f"https://x.com/{account.username}" if account.username else None
    profile = AccountProfile(
        platform="x", account_id=job.account_id, id=account.account_id, handle=account.username or None,
        name=account.account_display_name or account.username, about=says.bio if says else None, url=url,
        links=(says.website,) if says and says.website else (), avatar_media_id=ids.get(MediaKind.AVATAR),
        cover_media_id=ids.get(MediaKind.COVER), followers=None, likes=None, posts=None, captured_at=job.at,
        exchange="", raw=msgspec.json.encode({"account": account, "profile": told}).decode(),
    )  # fmt: skip
    return ProfileView(profile=profile, media=tuple(items)), gaps


def _picture(
    archive: Archive, job: Import, account: AccountObject, kind: MediaKind, address: str
) -> tuple[MediaItem, tuple[Gap, ...]]:
    files = [name for name in archive.names if "/profile_media/" in f"/{name}" and _base(address) in name]
    return medium(
        archive, job, "x", id=f"{account.account_id}:{kind}", owner_id=account.account_id, thread_id=None, kind=kind,
        member=files[0] if files else None, source_url=address, missing="the archive does not hold this file",
    )  # fmt: skip


def _named(archive: Archive, base: str) -> list[str]:
    return [name for name in archive.find(base) if name.rpartition("/")[2].lower() == base]
