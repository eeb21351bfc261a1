"""What a Bluesky repository's records say of posts and of the profile. Pure, but for the pictures that are kept.

Source: lexicons app.bsky.feed.post, .repost and app.bsky.actor.profile of November 2026.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._cbor import to_json
from connectors._repository import did_in
from connectors.exports._bluesky_blobs import blobs_in
from urval.errors import SourceError
from urval.records import AccountProfile, GapReason, MediaKind
from urval.source import ProfileView

if TYPE_CHECKING:
    from connectors._repository import Commit, Lost, Record, Repository
    from connectors.exports._archive import Archive
    from connectors.exports._bluesky_blobs import BlobShelf
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem

POST, SHARE, PROFILE = "app.bsky.feed.post", "app.bsky.feed.repost", "app.bsky.actor.profile"
_SITE = "https://bsky.app/profile"
_ROOTS = b"eroots"  # the CBOR text "roots" in a CAR's header
_HEAD = 512  # bytes in which a CAR's header lies
_PLAIN: Final = msgspec.json.Encoder()


class Ref(msgspec.Struct):
    uri: str


class Reply(msgspec.Struct):
    root: Ref
    parent: Ref


class Written(msgspec.Struct, rename="camel"):
    """What a post and a repost are read for; everything else stays in ``raw``."""

    created_at: str
    text: str = ""
    langs: Any = None
    reply: Reply | None = None
    subject: Ref | None = None


def fields(uri: str, record: Record, written: Written) -> dict[str, Any]:
    """Return what a record itself says of a post or a comment; ``raw`` as ``com.atproto.repo.listRecords`` has it."""
    languages, repo = written.langs, uri.removeprefix("at://").partition("/")[0]
    told = isinstance(languages, list) and len(languages) == 1 and isinstance(languages[0], str)
    return {
        "id": uri, "text": written.text, "language": languages[0] if told else None,
        "permalink": f"{_SITE}/{repo}/post/{record.key}" if record.collection == POST else None,
        "raw": _PLAIN.encode({"uri": uri, "cid": record.cid, "value": to_json(record.value)}).decode(),
    }  # fmt: skip


def repositories_in(archive: Archive) -> list[str]:
    """Return the members that are CAR files, by name and header."""
    return [name for name in archive.find(".car") if _ROOTS in archive.head(name, _HEAD)]


def owner_of(archive: Archive) -> frozenset[str]:
    """Return the DIDs of whose repositories they are."""
    found: set[str] = set()
    for name in repositories_in(archive):
        with suppress(SourceError), archive.open(name) as stream:
            found.add(did_in(stream))
    return frozenset(found)


def lost_gap(job: Import, repository: Repository, lost: Lost) -> Gap:
    """Return the gap for what the tree names and the file does not hold whole."""
    what = "post" if lost.path and lost.path.startswith(f"{POST}/") else "record"
    reason = GapReason.CHANGED if lost.cid in repository.damaged else GapReason.INCOMPLETE
    subject = f"at://{repository.commit.did}/{lost.path}" if lost.path else lost.cid
    named = "" if lost.path else "a part of the repository's tree, with every record below it, "
    return job.gap(what, subject, reason, f"{named}{lost.why} ({lost.cid})")


def pinned_in(profile: Record | None) -> str:
    """Return the address of the post that the profile pins, or nothing."""
    pinned = profile.value.get("pinnedPost") if profile else None
    return str(pinned.get("uri")) if isinstance(pinned, dict) else ""


def profile_view(
    job: Import, shelf: BlobShelf, commit: Commit, record: Record | None, exchange: str
) -> tuple[ProfileView, list[Gap]]:
    """Return the account's page; its ``raw`` names the signed commit that all records hang on."""
    value = record.value if record else {}
    raw: dict[str, Any] = {"commit": {"cid": commit.cid, **to_json(commit.value)}}
    if record is not None:
        raw |= {"cid": record.cid, "value": to_json(value)}
    media: list[MediaItem] = []
    gaps: list[Gap] = []
    for place, kind in (("avatar", MediaKind.AVATAR), ("banner", MediaKind.COVER)):
        for blob in list(blobs_in(value.get(place)))[:1]:
            item, missed = shelf.keep(blob, 1, commit.did, None, kind)
            media.append(item)
            gaps += missed
    ids = {item.kind: item.id for item in media}
    texts = {key: text for key, text in value.items() if isinstance(text, str)}
    profile = AccountProfile(
        platform="bluesky", account_id=job.account_id, id=commit.did, handle=None,
        name=texts.get("displayName") or commit.did, about=texts.get("description"), url=f"{_SITE}/{commit.did}",
        links=tuple(texts.get("website", "").split()), avatar_media_id=ids.get(MediaKind.AVATAR),
        cover_media_id=ids.get(MediaKind.COVER), followers=None, likes=None, posts=None,
        captured_at=job.at, exchange=exchange, raw=_PLAIN.encode(raw).decode(),
    )  # fmt: skip
    return ProfileView(profile=profile, media=tuple(media)), gaps
