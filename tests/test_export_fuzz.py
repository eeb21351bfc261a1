"""Exports with any value in any place: no reader breaks off, and what it gives fits the tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from _environment import environment_with
from _exports import END, READ_AT, START, tweet, write_folder, x_id
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.exports import READERS
from connectors.exports._archive import open_archive
from connectors.exports._reader import Import
from urval.capture import CaptureIdentity, CaptureWriter
from urval.source import Method, ProfileView

if TYPE_CHECKING:
    from pathlib import Path

BEGIN = datetime(2026, 6, 1, 10, tzinfo=UTC)
SECONDS = int(BEGIN.timestamp())
PHOTO = {"media_url_https": "https://pbs.twimg.com/media/1.png", "type": "photo", "sizes": {"large": {"w": "9"}},
         "video_info": {"variants": [{"bitrate": "5", "url": "https://video.twimg.com/1.mp4"}]}}  # fmt: skip
EDITED = {"initial": {"editTweetIds": [x_id(BEGIN), x_id(BEGIN, 1)]}}
REMARK = {"timestamp": SECONDS, "comment": "Fint", "author": "Maj"}
MEDIUM = {
    "uri": "media/1.png",
    "creation_timestamp": SECONDS,
    "title": "Titel",
    "description": "Text",
    "comments": [REMARK],
}
LABELS = {"Username": {"value": "exempelstad"}, "Name": {"value": "Exempelstad"}, "Time": {"timestamp": SECONDS}}

# Per platform: member -> a right document, and what stands before it.
RIGHT: dict[str, dict[str, tuple[Any, str]]] = {
    "x": {
        "data/tweets.js": ([
            tweet(BEGIN, "ett", extended_entities={"media": [PHOTO]}, edit_info=EDITED), tweet(BEGIN, "två", number=1),
            tweet(BEGIN, "tre", number=2, in_reply_to_status_id_str=x_id(BEGIN)),
        ], "window.YTD.tweets.part0 = "),
        "data/note-tweet.js": ([{"noteTweet": {"noteTweetId": "1", "createdAt": "2026-06-01T10:00:00.000Z",
                                               "core": {"text": "ett och mer"}}}], "window.YTD.note_tweet.part0 = "),
        "data/account.js": ([{"account": {"accountId": "1", "username": "e", "accountDisplayName": "E"}}], "x = "),
        "data/profile.js": ([{"profile": {"description": {"bio": "B", "website": "W"}, "avatarMediaUrl": "1"}}], ""),
    },
    "facebook": {
        "f/posts/your_posts_1.json": ([
            {"timestamp": SECONDS, "title": "T", "data": [{"post": "ett"}, {"update_timestamp": SECONDS + 5}],
             "attachments": [{"data": [{"media": MEDIUM}, {"external_context": {"url": "https://e.example"}}]}]},
            {"timestamp": SECONDS, "fbid": "12", "label_values": [{"label": "Text", "value": "två", "dict": []}]},
        ], ""),
        "f/posts/album/0.json": ({"photos": [MEDIUM, {**MEDIUM, "uri": "media/2.png"}]}, ""),
        "f/comments_and_reactions/comments.json": ({"comments_v2": [
            {"timestamp": SECONDS, "data": [{"comment": REMARK}]}]}, ""),
        "f/profile_information.json": ({"profile_v2": {"name": {"full_name": "E"}, "username": "e", "about_me": "A",
                                                       "profile_uri": "U", "websites": [{"address": "W"}]}}, ""),
    },
    "instagram": {
        "media/posts_1.json": ([{"media": [MEDIUM, MEDIUM], "title": "T", "creation_timestamp": SECONDS},
                                {"media": [MEDIUM]}], ""),
        "media/stories.json": ({"ig_stories": [MEDIUM]}, ""),
        "comments/post_comments_1.json": ([{"string_map_data": {"Comment": {"value": "Fint"}, **LABELS}}, {
            "title": "en", "string_list_data": [{"value": "Fint", "timestamp": SECONDS}]}], ""),
        "personal_information.json": ({"profile_user": [{
            "media_map_data": {"Photo": {"uri": "media/1.png"}}, "string_map_data": LABELS}]}, ""),
    },
}  # fmt: skip
WRONG = st.sampled_from([
    None, True, 0, -1, 2**70, 1.5, 1e308, "", "7", "\ud83d", "\x00", [], {}, [[]], [None], {"value": {}}, {"uri": 5},
    ["x"], 10**30, "9" * 40, "https://exempelstad.example", {"media": 1}, {"timestamp": "x"}, [{"uri": None}],
    "../../etc/passwd",
])  # fmt: skip


def spoilt(value: Any, data: st.DataObject) -> Any:
    """Return a document with some of its values replaced by wrong ones."""
    if data.draw(st.integers(0, 24)) == 0:
        return data.draw(WRONG)
    if isinstance(value, dict):
        return {key: spoilt(one, data) for key, one in value.items()}
    return [spoilt(one, data) for one in value] if isinstance(value, list) else value


IDENTITY = CaptureIdentity(
    archive_id="a", account_id="exempelstad", occasion_id="o", period_id="p", period_start=START, period_end=END,
    spec_sha256="0" * 64, clock="fixed",
)  # fmt: skip


@pytest.mark.parametrize("platform", RIGHT)
@settings(suppress_health_check=[*HealthCheck], deadline=None, max_examples=40)
@given(data=st.data())
def test_no_value_breaks_a_reader(tmp_path: Path, platform: str, data: st.DataObject) -> None:
    """Whatever stands in an entry, reading goes on to the end, and the capture's tables take all that comes."""
    reader = next(reader for reader in READERS if reader.platform == platform)
    members: dict[str, bytes | str] = {"f/media/1.png": b"\x89PNG\r\n\x1a\n", "media/1.png": b"\x89PNG\r\n\x1a\n"}
    for name, (document, prefix) in RIGHT[platform].items():
        members[name] = prefix + json.dumps(spoilt(document, data))
    folder = write_folder(tmp_path / "export", members)
    job = Import(account_id="exempelstad", start=START, end=END, media=tmp_path / "media", at=READ_AT)
    method = Method(platform=platform, interface="account export", api_version=None, base_url=None, scopes=())
    with open_archive(folder) as archive, CaptureWriter(tmp_path / "capture", IDENTITY, method) as writer:
        assert isinstance(reader.owner(archive), frozenset)
        for item in reader.read(archive, job):
            if isinstance(item, ProfileView):
                item.profile.raw.encode()
                writer.add(replace(item, profile=replace(item.profile, exchange="0" * 64)))
            else:
                writer.add(item)
        info = writer.finish(started_at=READ_AT, ended_at=READ_AT, exchanges=0, environment=environment_with())
        rows = info.document["rows"]
    assert rows["posts"] + rows["gaps"] > 0
