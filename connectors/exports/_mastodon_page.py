"""The pictures of a Mastodon archive, and the account's page made of ``actor.json``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from connectors.exports._mastodon_objects import Actor, Note, link_of
from connectors.exports._reader import UNREADABLE, medium
from urval.errors import SourceError
from urval.records import AccountProfile, GapReason, MediaKind
from urval.source import ProfileView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from connectors.exports._archive import Archive
    from connectors.exports._mastodon_objects import Picture
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem

_FOLDER: Final = "media_attachments/"
_TOTAL: Final = re.compile(rb'"totalItems"\s*:\s*(\d{1,12})\b')


class PictureShelf:
    """The media files of an archive by the path that posts name."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._files = {_FOLDER + name.partition(_FOLDER)[2]: name for name in archive.names if _FOLDER in name}

    def of(self, note: Note | None, thread: str) -> tuple[list[MediaItem], list[Gap]]:
        """Return a post's media in order, with gaps for what is not there."""
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        for number, picture in enumerate(note.pictures() if note else (), 1):
            address = link_of(picture.url) or ""
            member = self._files.get(_FOLDER + address.partition(_FOLDER)[2]) if _FOLDER in address else None
            item, missed = self._keep(
                picture, f"{note.id}:{number}" if note else "", note.id if note else "", thread, member
            )
            items.append(item)
            gaps += missed
        return items, gaps

    def on_page(self, picture: Picture, actor: str, kind: MediaKind) -> tuple[MediaItem, tuple[Gap, ...]]:
        """Return avatar or header: a file beside ``actor.json``."""
        name = (link_of(picture.url) or "").rpartition("/")[2].casefold()
        found = [member for member in self._archive.find(name) if _FOLDER not in member] if name else []
        return self._keep(picture, f"{actor}:{kind}", actor, None, found[0] if found else None, kind)

    def _keep(
        self, picture: Picture, key: str, owner: str, thread: str | None, member: str | None,
        kind: MediaKind | None = None,
    ) -> tuple[MediaItem, tuple[Gap, ...]]:  # fmt: skip
        address, (width, height) = link_of(picture.url), picture.sides()
        return medium(
            self._archive, self._job, "mastodon", id=key, owner_id=owner, thread_id=thread,
            kind=kind or picture.kind(), member=member, width=width, height=height,
            source_url=address if address and address.startswith("https://") else None,
            alt_text=picture.name if isinstance(picture.name, str) else None,
            missing=f"the archive names {(address or 'no file')[:200]!r} and does not hold it",
        )  # fmt: skip


def files_in(archive: Archive, name: str) -> list[str]:
    """Return the members of this file name, in whatever folder."""
    return [member for member in archive.find(name) if member.rpartition("/")[2].casefold() == name]


def actor_in(archive: Archive) -> tuple[Actor, bytes] | None:
    """Return the account and the file that says it.

    Raises:
        SourceError: It is damaged or too large.
        msgspec.DecodeError: It is no actor.
    """
    for name in files_in(archive, "actor.json")[:1]:
        data = archive.read(name)
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=Actor), data
    return None


def owner_of(archive: Archive) -> frozenset[str]:
    """Return the ids, addresses and handles of whose archive it is; empty if it does not say."""
    try:
        found = actor_in(archive)
    except (SourceError, *UNREADABLE):
        return frozenset()
    if found is None:
        return frozenset()
    name, host = found[0].preferred_username, urlsplit(found[0].id).hostname
    told = {found[0].id, link_of(found[0].url), name, f"{name}@{host}" if name and host else None}
    return frozenset(filter(None, told))


def uncounted(archive: Archive, job: Import, outboxes: Sequence[str], seen: int) -> Iterator[Gap]:
    """Yield a gap if the outbox counts more entries than it holds."""
    told = [_TOTAL.search(archive.head(name)) for name in outboxes]
    total = sum(int(found[1]) for found in told if found)
    if total > seen:
        yield job.gap("posts", None, GapReason.NOT_LISTED, f"the outbox counts {total} entries and holds {seen}")


def profile_view(job: Import, shelf: PictureShelf, actor: Actor, data: bytes) -> tuple[ProfileView, list[Gap]]:
    """Return the account's page; ``raw`` is ``actor.json`` as it is, which is public in any case."""
    media: dict[MediaKind, MediaItem] = {}
    gaps: list[Gap] = []
    for picture, kind in ((actor.icon, MediaKind.AVATAR), (actor.image, MediaKind.COVER)):
        if picture is not None:
            media[kind], missed = shelf.on_page(picture, actor.id, kind)
            gaps += missed
    ids = {kind: item.id for kind, item in media.items()}
    profile = AccountProfile(
        platform="mastodon", account_id=job.account_id, id=actor.id, handle=actor.preferred_username,
        name=actor.name or actor.preferred_username or actor.id, about=actor.summary, url=link_of(actor.url),
        links=actor.links(), avatar_media_id=ids.get(MediaKind.AVATAR), cover_media_id=ids.get(MediaKind.COVER),
        followers=None, likes=None, posts=None, captured_at=job.at, exchange="", raw=data.decode(),
    )  # fmt: skip
    return ProfileView(profile=profile, media=tuple(media.values())), gaps
