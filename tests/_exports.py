"""Account exports in their platforms' true layouts, written by the tests, and how to read them without a run."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import struct
import tarfile
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.exports._archive import ArchiveLimits, open_archive
from connectors.exports._reader import Import
from connectors.exports.x import READER as _X
from urval.records import Gap
from urval.source import ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from connectors.exports._reader import ExportReader

START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
READ_AT = datetime(2026, 11, 2, 3, tzinfo=UTC)
ACCOUNT = "exempelstad"


def png(shade: int) -> bytes:
    """Return a whole PNG of one pixel; another shade, other bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes([0, shade % 256]))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def film(mark: int) -> bytes:
    """Return the beginning of an MP4 file."""
    return b"\x00\x00\x00\x18ftypmp42" + bytes(12) + mark.to_bytes(4, "big")


def write_zip(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """Write a zip as a platform does."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def write_tar(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """Write a tar, packed if its name says so."""
    inner = io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w") as file:
        for name, data in members.items():
            held = data.encode() if isinstance(data, str) else data
            info = tarfile.TarInfo(name)
            info.size = len(held)
            file.addfile(info, io.BytesIO(held))
    path.write_bytes(gzip.compress(inner.getvalue(), mtime=0) if path.suffix in {".gz", ".tgz"} else inner.getvalue())
    return path


def write_folder(path: Path, members: Mapping[str, bytes | str]) -> Path:
    """Write an unpacked export."""
    for name, data in members.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


class Read:
    """What a reader made of an export: the items sorted by kind, in the order they came."""

    def __init__(self, reader: ExportReader, path: Path, media: Path, limits: ArchiveLimits | None = None) -> None:
        with open_archive(path, limits or ArchiveLimits()) as archive:
            assert reader.recognises(archive)
            self.owner = reader.owner(archive)
            job = Import(account_id=ACCOUNT, start=START, end=END, media=media, at=READ_AT)
            self.items = list(reader.read(archive, job))
            self.unread = archive.unread()
            self.digested = archive.digested()
        self.threads = {item.post.id: item for item in self.items if isinstance(item, Thread)}
        self.posts = {name: thread.post for name, thread in self.threads.items()}
        self.comments = {comment.id: comment for thread in self.threads.values() for comment in thread.comments}
        self.media = [medium for thread in self.threads.values() for medium in thread.media]
        self.gaps = [item for item in self.items if isinstance(item, Gap)]
        self.gaps += [gap for thread in self.threads.values() for gap in thread.gaps]
        self.ends = {item.listing: item for item in self.items if isinstance(item, ListingEnd)}
        self.profile = next((item.profile for item in self.items if isinstance(item, ProfileView)), None)
        self.page_media = [medium for item in self.items if isinstance(item, ProfileView) for medium in item.media]

    def stored(self, folder: Path) -> set[str]:
        """Return the digests of the media files that were kept; each file must be what its name says."""
        names = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}
        assert all(name.startswith(f"{digest}.") for name, digest in names.items())
        return set(names.values())


def read_with(reader: ExportReader, path: Path, limits: ArchiveLimits | None = None) -> Read:
    """Read an export; media go to ``media`` beside the file."""
    media = path.parent / "media"
    media.mkdir(exist_ok=True)
    return Read(reader, path, media, limits)


def ytd(name: str, entries: list[Any], part: int = 0) -> str:
    """Return a file of an X archive."""
    return f"window.YTD.{name}.part{part} = " + json.dumps(entries, indent=2, ensure_ascii=False)


def read_x(path: Path) -> Read:
    """Read an X archive."""
    return read_with(_X, path)


def x_time(moment: datetime) -> str:
    """Return a time as the X archive writes it."""
    return moment.astimezone(UTC).strftime("%a %b %d %H:%M:%S +0000 %Y")


def x_id(moment: datetime, number: int = 0) -> str:
    """Return an id as the platform gives it to a post of that time."""
    return str(((int(moment.timestamp() * 1000) - 1288834974657) << 22) + number)


def tweet(moment: datetime, text: str, *, number: int = 0, **more: Any) -> dict[str, Any]:
    """Return an entry of ``tweets.js``: every number is a string."""
    key = x_id(moment, number)
    told: dict[str, Any] = {
        "edit_info": {"initial": {"editTweetIds": [key], "editableUntil": "2026-06-01T11:00:00.000Z",
                                  "editsRemaining": "5", "isEditEligible": True}},
        "retweeted": False, "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "display_text_range": ["0", str(len(text))], "favorite_count": "3", "id_str": key, "truncated": False,
        "retweet_count": "1", "id": key, "created_at": x_time(moment), "favorited": False, "full_text": text,
        "lang": "sv",
    }  # fmt: skip
    return {"tweet": told | more}


def mangled(text: str) -> str:
    """Return a text as Facebook and Instagram write it: each byte of its UTF-8 as a character."""
    return text.encode().decode("latin-1")


def meta_json(value: Any) -> str:
    r"""Return JSON as Facebook and Instagram write it: ``\u00XX`` for each byte of a text's UTF-8."""

    def walk(held: Any) -> Any:
        if isinstance(held, str):
            return mangled(held)
        if isinstance(held, list):
            return [walk(one) for one in held]
        return {walk(key): walk(one) for key, one in held.items()} if isinstance(held, dict) else held

    return json.dumps(walk(value), indent=2)


def fb_page(moment: datetime) -> dict[str, bytes | str]:
    """Return the members of a small Facebook export of the account ``Exempelstad``."""
    person = {"profile_v2": {"name": {"full_name": "Exempelstad"}}}
    entry = {"timestamp": int(moment.timestamp()), "data": [{"post": "Hej på er å ä ö 🌷"}], "title": ""}
    return {
        "your_facebook_activity/posts/your_posts__check_ins__photos_and_videos_1.json": meta_json([entry]),
        "personal_information/profile_information/profile_information.json": meta_json(person),
        "your_facebook_activity/messages/inbox/a/message_1.json": "{}",
    }


# The beginning of an archive spec for imports; its accounts and rules follow.
SPEC_HEAD = """\
format: 1
id: exempelstad-exporter
version: "2026.1"
valid_from: 2026-01-01
language: sv
archive: {id: exempelstad, name: Exempelstads kommun}
decision: {authority: Kommunstyrelsen i Exempelstad, reference: KS 2025/0417, date: 2025-12-03}
occasions:
  - {id: host, opens: 11-02, closes: 11-30, period_end: 11-01}
single_occasion_reason: Prov av import
first_period_start: 2025-11-01
"""
