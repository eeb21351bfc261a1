"""The sandbox's YouTube held against recorded answers and a client library, and the recordings replayed."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pyyoutube.models as client
from _loopback import Reply, bench, said
from _youtube_answers import entry, error, platform, read, threads, told, video
from conformance import NOW, city

from connectors._connector import Origin
from connectors._paging import cut
from connectors._responses import Action, judge
from connectors._youtube_errors import YOUTUBE as ERRORS
from connectors._youtube_objects import CommentResource
from connectors.sandbox import Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.google_oauth import GoogleTokens
from connectors.sandbox.youtube import YOUTUBE_HOST
from connectors.sandbox.youtube_objects import HELD, PUBLISHED, SPAM, comments_off, state_of
from connectors.youtube import YOUTUBE
from urval.records import GapReason

ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
SAMPLES = ROOT / "youtube" / "sns-sdks--python-youtube"
CHANNEL = "UCexempelstad0000000000x"
ORIGIN = Origin("konto", datetime(2026, 11, 22, tzinfo=UTC), "0" * 64, None, "comments")
needs_recordings = pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there")


def served(sandbox: Sandbox, call: str, query: str, credential: str = "") -> dict[str, Any]:
    """Return what the sandbox answers to a call of the interface."""
    token = credential or json.loads(sandbox.tokens["youtube"])["access_token"]
    headers = {"x-goog-api-key": token} if token.startswith("AIza") else {"authorization": f"Bearer {token}"}
    request = Request.parsed("GET", YOUTUBE_HOST, f"/youtube/v3/{call}", query, headers)
    document = json.loads(sandbox.answer(request).encoded())
    assert isinstance(document, dict)
    return document


def bare(value: Any) -> Any:
    """Return a document without members that say nothing."""
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items() if one is not None}
    return [bare(one) for one in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox that is asked without the network."""
    return Sandbox(city(), clock=lambda: NOW)


def pages(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Return one answer of each kind, of the video with the longest thread."""
    longest = max(sandbox.truth("youtube").posts, key=lambda post: len(post.comments))
    posts = {post.id: post for post in city().account("youtube").posts}
    answered = next(c.parent_id for post in posts.values() for c in post.comments if c.parent_id)
    uploads = f"UU{CHANNEL[2:]}"
    everything = "snippet,contentDetails,statistics,status,brandingSettings,replies,liveStreamingDetails,topicDetails"
    return {
        "channels": served(sandbox, "channels", f"part={everything}&id={CHANNEL}"),
        "playlistItems": served(sandbox, "playlistItems", f"part={everything}&maxResults=50&playlistId={uploads}"),
        "videos": served(sandbox, "videos", f"part={everything}&id={longest.id}"),
        "commentThreads": served(sandbox, "commentThreads", f"part={everything}&maxResults=100&videoId={longest.id}"),
        "comments": served(sandbox, "comments", f"part=snippet&parentId={answered}"),
    }  # fmt: skip


MODELS = {
    "channels": client.ChannelListResponse, "playlistItems": client.PlaylistItemListResponse,
    "videos": client.VideoListResponse, "commentThreads": client.CommentThreadListResponse,
    "comments": client.CommentListResponse,
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_a_client_library_reads_what_the_sandbox_serves(sandbox: Sandbox, kind: str) -> None:
    """Read and written again by python-youtube's models, an answer is the same: no member is invented or misnamed.

    The library turns counts, which come as texts, into numbers, and leaves out ``favoriteCount``.
    """
    given = pages(sandbox)[kind]
    read_again = bare(MODELS[kind].from_dict(given).to_dict())
    for item in given["items"]:
        counts = item.get("statistics", {})
        counts.pop("favoriteCount", None)
        counts.update({name: int(value) for name, value in counts.items() if isinstance(value, str)})
    assert given["items"]
    assert read_again == given


def paths(value: Any, above: str = "") -> set[tuple[str, str]]:
    """Return each member's place and the kind of its value."""
    if isinstance(value, dict):
        return set().union(*(paths(one, f"{above}.{key}") for key, one in value.items()), set())
    if isinstance(value, list):
        return set().union(*(paths(one, f"{above}[]") for one in value), set())
    return {(above, type(value).__name__)}


RECORDED = {
    "channels": "channel_info_single", "playlistItems": "playlist_items/playlist_items_paged_1",
    "videos": "videos/videos_info_multi", "commentThreads": "comment_threads/comment_threads_by_video_paged_1",
    "comments": "comments/comments_multi",
}  # fmt: skip
NOT_SERVED = (
    ".player",
    ".statistics.commentCount",
    ".recordingDetails",
    ".prevPageToken",
    ".statistics.viewCount",
    ".nextPageToken",
)


@pytest.mark.shared
@needs_recordings
@pytest.mark.parametrize("kind", sorted(RECORDED))
def test_the_sandbox_serves_what_was_recorded(sandbox: Sandbox, kind: str) -> None:
    """Every member of a recorded answer is in the sandbox's, with a value of the same kind."""
    recorded = paths(json.loads((SAMPLES / f"{RECORDED[kind]}.json").read_text()))
    missing = recorded - paths(pages(sandbox)[kind])
    assert not {
        place for place in missing if not any(place[0].endswith(end) or f"{end}." in place[0] for end in NOT_SERVED)
    }


@pytest.mark.parametrize(
    ("call", "query", "status", "reason"),
    [
        ("channels", "part=snippet", 400, "incompatibleParameters"),
        ("channels", f"id={CHANNEL}", 400, "missingRequiredParameter"),
        ("playlistItems", "part=snippet&playlistId=UUannan", 404, "playlistNotFound"),
        ("playlistItems", f"part=snippet&playlistId=UU{CHANNEL[2:]}&maxResults=51", 400, "invalidParameter"),
        ("playlistItems", f"part=snippet&playlistId=UU{CHANNEL[2:]}&pageToken=skr%C3%A4p", 400, "invalidPageToken"),
        ("commentThreads", "part=snippet&videoId=finnsinte", 404, "videoNotFound"),
        ("comments", "part=snippet&parentId=finnsinte", 404, "commentNotFound"),
    ],
)
def test_the_sandbox_refuses_as_the_platform_does(
    sandbox: Sandbox, call: str, query: str, status: int, reason: str
) -> None:
    """Missing and contradicting parameters, sizes out of range and unknown ids get the platform's errors."""
    refused = served(sandbox, call, query)["error"]
    assert (refused["code"], refused["errors"][0]["reason"]) == (status, reason)


def test_the_sandbox_checks_credentials(sandbox: Sandbox) -> None:
    """Without, with a wrong, and with a key: each gets what the platform gives it."""
    wrong = served(sandbox, "channels", f"part=id&id={CHANNEL}", "ya29.fel")["error"]
    assert (wrong["code"], wrong["status"]) == (401, "UNAUTHENTICATED")
    assert served(sandbox, "channels", f"part=id&id={CHANNEL}", "AIzafel")["error"]["code"] == 400
    key = GoogleTokens(CHANNEL).api_key
    assert served(sandbox, "channels", f"part=id&id={CHANNEL}", key)["items"]
    texts = served(sandbox, "playlistItems", f"part=snippet&maxResults=50&playlistId=UU{CHANNEL[2:]}", key)["items"]
    assert [item["snippet"]["title"] for item in texts].count("Private video") == 1
    bare_request = Request.parsed("GET", YOUTUBE_HOST, "/youtube/v3/channels", f"part=id&id={CHANNEL}", {})
    assert sandbox.answer(bare_request).status == 403


def test_the_city_tries_every_state() -> None:
    """The channel has held, spam and removed comments, comments turned off, small films and a live broadcast."""
    posts = city().account("youtube").posts
    comments = [(post, c) for post in posts for c in post.comments]
    assert {state_of(c) for _, c in comments} == {PUBLISHED, HELD, SPAM, "rejected"}
    assert any(comments_off(post) for post in posts)
    assert any(post.pinned for post in posts)
    assert any(post.hidden for post in posts)
    assert not all(post.film.source_given for post in posts if post.film)


@pytest.mark.shared
@needs_recordings
def test_real_uploads_and_videos_are_mapped() -> None:
    """Every recorded entry and video comes out, with the platform's texts, time, thumbnail and raw bytes."""
    total = 0
    for name in ("playlist_items_paged_1", "playlist_items_paged_2"):
        body = (SAMPLES / "playlist_items" / f"{name}.json").read_bytes()
        envelope, records = cut(body, ("items",))
        assert ("nextPageToken" in envelope) is name.endswith("1")
        for raw, given in zip(records, json.loads(body)["items"], strict=True):
            mapped = YOUTUBE.to_post(raw, ORIGIN, "posts", CHANNEL)
            assert mapped.post.id == given["snippet"]["resourceId"]["videoId"]
            assert (mapped.post.title, mapped.post.text) == (given["snippet"]["title"], given["snippet"]["description"])
            assert mapped.post.created_at == datetime.fromisoformat(given["snippet"]["publishedAt"])
            assert mapped.media[0].url == given["snippet"]["thumbnails"]["maxres"]["url"]
            assert json.loads(mapped.post.raw) == given
            total += 1
    assert total == 13


@pytest.mark.shared
@needs_recordings
def test_real_pages_replayed_through_the_connector(tmp_path: Path) -> None:
    """A channel, videos and both pages of a thread list, as the platform gave them: all comments come out."""
    listing = [(SAMPLES / "comment_threads" / f"comment_threads_by_video_paged_{n}.json").read_bytes() for n in (1, 2)]
    recorded = [item for body in listing for item in json.loads(body)["items"]]
    videos = json.loads((SAMPLES / "videos" / "videos_info_multi.json").read_text())
    who = json.loads((SAMPLES / "channel_info_single.json").read_text())
    who["items"][0]["contentDetails"] = {"relatedPlaylists": {"uploads": "UU_x5XG1OV2P6uZZ5FSM9Ttw"}}
    key = recorded[0]["snippet"]["videoId"]
    refusal = (SAMPLES / "error_permission_resp.json").read_bytes()
    videos["items"].append(video(key))  # the recording holds other videos than the one with comments
    uploads = [
        {**entry(name, "2026-06-01T10:00:00Z"), "status": {"privacyStatus": "public"}} for name in (key, "D-lhorsDlUQ")
    ]

    def by_video(asked: dict[str, str]) -> Reply:
        if asked["videoId"] != key:
            return error(403, "commentsDisabled")
        return Reply(listing[1 if asked.get("pageToken") else 0])

    routes: dict[str, Any] = {
        "channels": said(who), "playlistItems": said({"items": uploads}), "videos": said(videos),
        "commentThreads": by_video, "commentThreads:heldForReview": Reply(refusal, 403),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        items = read(b, channel_id=who["items"][0]["id"])
        assert any("pageToken=" in call.path for call in b.calls)
    made = {t.post.id: t for t in threads(items)}
    assert made["D-lhorsDlUQ"].post.title == "What are Actions on Google (Assistant on Air)"
    distinct = {item["id"]: item for item in recorded}
    found = {c.id: c for c in made[key].comments}
    assert {name: c.text for name, c in found.items()} == {
        name: item["snippet"]["topLevelComment"]["snippet"]["textOriginal"] for name, item in distinct.items()
    }
    assert all(json.loads(c.raw) == distinct[name] for name, c in found.items())
    assert ("comments_held", None, GapReason.REFUSED) in told(items)


@pytest.mark.shared
@needs_recordings
@pytest.mark.parametrize(
    "name",
    ["comment_threads/comment_thread_single", "comment_threads/comment_threads_multi", "comments/comments_multi"],
)
def test_other_real_comments_are_read(name: str) -> None:
    """Recorded threads and comments, asked for by id, are read: id, author, text, time."""
    body = (SAMPLES / f"{name}.json").read_bytes()
    _, records = cut(body, ("items",))
    for raw, given in zip(records, json.loads(body)["items"], strict=True):
        decoded = msgspec.json.decode(raw, type=CommentResource, strict=False)
        snippet = given["snippet"].get("topLevelComment", given)["snippet"]
        assert decoded.key() == given["id"]
        assert decoded.author_key() == snippet["authorChannelId"]["value"]
        assert decoded.said().text_original == snippet["textOriginal"]
        assert decoded.said().published_at == datetime.fromisoformat(snippet["publishedAt"])


@pytest.mark.shared
@needs_recordings
def test_a_real_error_is_judged() -> None:
    """A recorded refusal is one of this call, not of the account."""
    assert judge(ERRORS, 403, (SAMPLES / "error_permission_resp.json").read_bytes()).action is Action.REFUSE
