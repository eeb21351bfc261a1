"""What YouTube's Data API answers, written by hand, and a platform on loopback that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from _loopback import Bench, Call, Reply, said
from conformance import END, START

from connectors import open_source
from urval.records import Gap, GapReason
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urval.source import Item

HOST = "api.exempelstad.example"
TOKEN = "ya29.planted-token-0123456789"
EMPTY: dict[str, Any] = {"items": []}


def channel(**more: Any) -> dict[str, Any]:
    """Return a channel as YouTube writes it."""
    return {
        "id": "UC1", "snippet": {"title": "Exempelstad", "customUrl": "@exempelstad", "description": "Om oss"},
        "contentDetails": {"relatedPlaylists": {"uploads": "UU1"}},
        "statistics": {"subscriberCount": "12", "videoCount": "3", "hiddenSubscriberCount": False}, **more,
    }  # fmt: skip


def entry(key: str, published: str | None = "2026-06-01T10:00:00Z", privacy: str = "public") -> dict[str, Any]:
    """Return an entry of the uploads as YouTube writes it."""
    details = {"videoId": key} | ({"videoPublishedAt": published} if published else {})
    return {
        "id": f"entry-{key}", "contentDetails": details, "status": {"privacyStatus": privacy},
        "snippet": {
            "publishedAt": "2026-06-01T09:00:00Z", "title": f"titel {key}", "description": f"text {key}",
            "channelId": "UC1", "resourceId": {"videoId": key},
        },
    }  # fmt: skip


def video(key: str, **more: Any) -> dict[str, Any]:
    """Return a video as YouTube writes it."""
    snippet = {
        "publishedAt": "2026-06-01T10:00:00Z", "title": f"titel {key}", "description": f"text {key}",
        "channelId": "UC1", "channelTitle": "Exempelstad", **more.pop("snippet", {}),
    }  # fmt: skip
    return {"id": key, "snippet": snippet, **more}


def comment(key: str, author: str | None = "UC7", **more: Any) -> dict[str, Any]:
    """Return a comment as YouTube writes it; the API's own order of members."""
    snippet = {
        "textDisplay": f"svar {key}", "textOriginal": f"svar {key}", "authorDisplayName": f"@namn {author}",
        "likeCount": 2, "publishedAt": "2026-06-02T10:00:00Z", "updatedAt": "2026-06-02T10:00:00Z", **more,
    }  # fmt: skip
    if author:
        snippet["authorChannelId"] = {"value": author}
    return {"id": key, "snippet": snippet}


def thread(first: dict[str, Any], answers: tuple[dict[str, Any], ...] = (), total: int | None = None) -> dict[str, Any]:
    """Return a comment thread as YouTube writes it."""
    made: dict[str, Any] = {
        "id": first["id"],
        "snippet": {
            "videoId": "v1", "topLevelComment": first, "totalReplyCount": len(answers) if total is None else total,
        },
    }  # fmt: skip
    return made | ({"replies": {"comments": list(answers)}} if answers else {})


def error(status: int, reason: str, message: str = "nej") -> Reply:
    """Return Google's error object."""
    return said({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}, status)


def platform(routes: Mapping[str, Reply | Callable[[dict[str, str]], Reply]]) -> Callable[[Call], Reply]:
    """Answer by the last part of the path, and the moderation status where there is one."""
    known: dict[str, Any] = {
        "channels": said({"items": [channel()]}), "playlistItems": said({"items": [entry("v1")]}),
        "videos": said({"items": [video("v1")]}), "commentThreads": said(EMPTY), "comments": said(EMPTY), **routes,
    }  # fmt: skip

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        name = parts.path.rpartition("/")[2]
        status = asked.get("moderationStatus", "")
        found = known.get(f"{name}:{status}") or (said(EMPTY) if status else known.get(name, Reply(b"", 404)))
        return found(asked) if callable(found) else found

    return answer


def read(b: Bench, credential: str = TOKEN, **settings: str) -> list[Item]:
    """Read the account of the test."""
    given = {"channel_id": "UC1"} | {"base_url": f"http://{HOST}", **settings}
    source = open_source(
        "youtube", account_id="stad", settings=given, credential=credential, start=START, end=END, gate=b.gate
    )
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def told(items: list[Item]) -> list[tuple[str, str | None, GapReason]]:
    """Return the account's gaps that are not the same for every channel."""
    gaps = [item for item in items if isinstance(item, Gap)]
    assert [gap.what for gap in gaps[:3]] == ["films", "community_posts", "comments_rejected"]
    assert {gap.reason for gap in gaps[:3]} == {GapReason.INTERFACE_LIMIT}
    return [(gap.what, gap.subject_id, gap.reason) for gap in gaps[3:]]
