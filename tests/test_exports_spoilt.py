"""Takeout, LinkedIn, TikTok, Mastodon, Bluesky with any value in any place: nothing breaks off, the tables fit."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from _car_files import Repo, blob, cbor
from _environment import environment_with
from _exports import END, READ_AT, START, film, png, write_folder
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connectors._cbor import decode
from connectors.exports import READERS
from connectors.exports._archive import open_archive
from connectors.exports._reader import Import
from urval.capture import CaptureIdentity, CaptureWriter
from urval.errors import IncompleteError, MalformedError
from urval.source import Method, ProfileView

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

_DAY, _ME = "2026-06-01T10:00:00Z", "https://social.example/users/e"
_NOTE: dict[str, Any] = {
    "id": f"{_ME}/statuses/1", "type": "Note", "published": _DAY, "content": "<p>x</p>", "contentMap": {"sv": "x"},
    "to": ["as:Public"], "cc": [f"{_ME}/followers"], "url": "https://social.example/@e/1", "summary": "V",
    "updated": _DAY, "conversation": "tag:1", "likes": {"totalItems": 3}, "shares": {"totalItems": 1},
    "attachment": [{"url": "/media_attachments/a.png", "mediaType": "image/png", "name": "alt", "width": 1}],
}  # fmt: skip
_OUTBOX = {"type": "OrderedCollection", "totalItems": 3, "orderedItems": [
    {"id": "1/activity", "type": "Create", "object": _NOTE, "published": _DAY, "to": ["as:Public"]},
    {"id": "2/activity", "type": "Create", "object": {**_NOTE, "id": "2", "inReplyTo": _NOTE["id"]}, "published": _DAY},
    {"id": "3/activity", "type": "Announce", "object": "https://annan.example/1", "published": _DAY},
]}  # fmt: skip
_ACTOR = {
    "id": _ME, "preferredUsername": "e", "name": "E", "summary": "S", "url": _ME, "icon": {"url": "avatar.png"},
    "attachment": [{"value": '<a href="https://e.example">e</a>'}],
}  # fmt: skip
_TIKTOK = {
    "Comment": {"Comments": {"CommentsList": [
        {"date": "2026-06-01 10:00:00", "comment": "c", "photo": "https://e.example/p", "url": "https://t/v/1234567"},
    ]}},
    "Post": {"Posts": {"VideoList": [
        {"Date": "2026-06-01 10:00:00", "Link": "https://t/video/1234567", "Likes": 3, "WhoCanView": "Friends"},
        {"Date": "2026-06-01 10:00:00", "Link": "https://a/1.jpeg https://a/2.jpeg", "Likes": "4", "Title": None},
    ]}},
    "Profile": {"Profile Information": {"ProfileMap": {"userName": "e", "profilePhoto": "https://e.example/f.jpeg",
                                                       "likesReceived": "5"}}},
}  # fmt: skip
_RECORDS: dict[str, Any] = {
    "app.bsky.actor.profile/self": {"displayName": "E", "description": "D", "website": "https://e.example",
                                    "avatar": blob(b"a", "image/png"), "pinnedPost": {"uri": "x"}},
    "app.bsky.feed.post/3a": {
        "text": "x", "createdAt": _DAY, "langs": ["sv"], "embed": {"images": [
            {"alt": "A", "image": blob(b"b", "image/png"), "aspectRatio": {"width": 1, "height": 1}}]},
    },
    "app.bsky.feed.post/3b": {"text": "y", "createdAt": _DAY, "reply": {
        "root": {"uri": "at://did:plc:exempelstad2345example22/app.bsky.feed.post/3a"}, "parent": {"uri": "at://x"}}},
    "app.bsky.feed.repost/3c": {"subject": {"uri": "at://x/y/z"}, "createdAt": _DAY},
}  # fmt: skip
_COMMENTS = [
    ["Comment ID", "Channel ID", "Comment Create Timestamp", "Parent Comment ID", "Video ID", "Comment Text"],
    ["Ug1", "UC1", _DAY, "", "v1", '{"text":"x"},{"text":"y"}'], ["Ug1.2", "UC1", _DAY, "Ug1", "v2", "plain"],
]  # fmt: skip
_VIDEOS = [
    ["Video ID", "Channel ID", "Video Title (Original)", "Privacy", "Video Create Timestamp"],
    ["v1", "UC1", "Bron", "Public", _DAY],
]  # fmt: skip
_SHARES = [
    ["Date", "ShareLink", "ShareCommentary", "SharedUrl", "MediaUrl", "Visibility"],
    ["2026-06-01 10:00:00", "https://l/urn%3Ali%3Ashare%3A1", "x", "", "https://m/image/1", "PUBLIC"],
]  # fmt: skip
_WRITTEN = [
    ["Date", "Link", "Message"],
    ["2026-06-01 10:00:00", "https://l/urn:li:share:1?commentUrn=urn:li:comment:(1,2)", "y"],
]
_WRONG = [
    None, True, 0, -1, 2**63, 1.5, 1e308, "", "7", "\x00", [], {}, [[]], [None], {"id": 5}, {"url": ["x"]}, ["x"],
    "9" * 40, "as:Public", "../../etc/passwd", "x" * 70_000, {"uri": {}}, "9999-12-31T23:59:59-12:00",
]  # fmt: skip
_CELLS = st.one_of(
    st.text(max_size=6), st.sampled_from(['"', '\\"', "\n", ",", "\x00", '{"text":"', "\ud83d", _DAY, "\ufeff"])
)

# Without shrinking: each example reads a whole export, and a failure is plain enough as it is.
_QUICKLY = settings(
    suppress_health_check=[*HealthCheck], deadline=None, max_examples=60, phases=[Phase.explicit, Phase.generate]
)


def _spoiler(data: st.DataObject) -> Callable[[Any], Any]:
    """Return what replaces some values of a document by wrong ones."""

    def spoil(value: Any) -> Any:
        if data.draw(st.integers(0, 20)) == 0:
            return data.draw(st.sampled_from(_WRONG))
        if isinstance(value, dict):
            return {key: spoil(one) for key, one in value.items()}
        return [spoil(one) for one in value] if isinstance(value, list) else value

    return spoil


def _csv(table: list[list[str]], data: st.DataObject) -> bytes:
    def cell(text: str) -> str:
        told = text + data.draw(_CELLS) if data.draw(st.integers(0, 8)) == 0 else text
        return told if data.draw(st.integers(0, 8)) == 0 else '"' + told.replace('"', '""') + '"'

    lines = [",".join(table[0]), *(",".join(map(cell, row)) for row in table[1:])]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _members(platform: str, data: st.DataObject) -> dict[str, bytes | str]:
    spoil = _spoiler(data)
    if platform == "mastodon":
        told = {
            "outbox.json": {**_OUTBOX, "orderedItems": list(map(spoil, _OUTBOX["orderedItems"]))},
            "actor.json": spoil(_ACTOR),
        }
        return {name: json.dumps(one) for name, one in told.items()} | {
            "avatar.png": png(1),
            "media_attachments/a.png": png(2),
        }
    if platform == "tiktok":
        return {"user_data_tiktok.json": json.dumps({key: spoil(one) for key, one in _TIKTOK.items()})}
    if platform == "bluesky":
        repo = Repo()
        for path, value in _RECORDS.items():
            repo.put(path, spoil(value))
        return {"repo.car": repo.car()}
    if platform == "youtube":
        return {
            "t/c/comments.csv": _csv(_COMMENTS, data),
            "t/m/videos.csv": _csv(_VIDEOS, data),
            "t/v/Bron.mp4": film(1),
        }
    return {"Shares.csv": _csv(_SHARES, data), "Comments.csv": _csv(_WRITTEN, data)}


_IDENTITY = CaptureIdentity(
    archive_id="a", account_id="exempelstad", occasion_id="o", period_id="p", period_start=START, period_end=END,
    spec_sha256="0" * 64, clock="fixed",
)  # fmt: skip


def _captured(folder: Path, work: Path, platform: str) -> int:
    """Read an export into a capture's tables and return how many rows of records and gaps came."""
    reader = next(reader for reader in READERS if reader.platform == platform)
    job = Import(account_id="exempelstad", start=START, end=END, media=work / "media", at=READ_AT)
    method = Method(platform=platform, interface="account export", api_version=None, base_url=None, scopes=())
    with open_archive(folder) as archive, CaptureWriter(work / "capture", _IDENTITY, method) as writer:
        assert isinstance(reader.owner(archive), frozenset)
        for item in reader.read(archive, job):
            if isinstance(item, ProfileView):
                writer.add(replace(item, profile=replace(item.profile, exchange="0" * 64)))
            else:
                writer.add(item)
        info = writer.finish(started_at=READ_AT, ended_at=READ_AT, exchanges=0, environment=environment_with())
        rows = info.document["rows"]
    return sum(rows[table] for table in ("posts", "comments", "gaps"))


@pytest.mark.parametrize("platform", ["youtube", "linkedin", "tiktok", "mastodon", "bluesky"])
@_QUICKLY
@given(data=st.data())
def test_no_value_breaks_a_reader(tmp_path: Path, platform: str, data: st.DataObject) -> None:
    """Whatever stands in an entry, reading goes on to the end, and the capture's tables take all that comes."""
    folder = write_folder(tmp_path / "export", _members(platform, data))
    assert _captured(folder, tmp_path, platform) > 0


@given(st.binary(max_size=200))
def test_any_bytes_are_cbor_or_one_error(data: bytes) -> None:
    """Decoding ends with a value that is written back to the same bytes, or with one typed error."""
    try:
        value = decode(data)
    except MalformedError:
        return
    assert cbor(value) == data


@_QUICKLY
@given(places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=4))
def test_any_damage_to_a_repository_is_told(tmp_path: Path, places: Iterable[tuple[int, int]]) -> None:
    """With any bytes of a repository changed, it is read to the end with gaps, or refused with one typed error."""
    repo = Repo()
    for path, value in _RECORDS.items():
        repo.put(path, value)
    whole = repo.car()
    data = bytearray(whole)
    for place, byte in places:
        data[place % len(data)] = byte
    folder = write_folder(tmp_path / "export", {"repo.car": bytes(data)})
    reader = next(reader for reader in READERS if reader.platform == "bluesky")
    job = Import(account_id="exempelstad", start=START, end=END, media=tmp_path / "media", at=READ_AT)
    with open_archive(folder) as archive:
        try:
            items = list(reader.read(archive, job))
        except (MalformedError, IncompleteError):
            return
    told = repr(items)
    assert bytes(data) == whole or "do not match" in told or "CAR file" in told or "is not in the file" in told
