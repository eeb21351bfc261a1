"""What TikTok's Business API answers, written by hand, and a platform on loopback that answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from _loopback import Bench, Call, Reply, said
from conformance import END, START

from connectors import open_source
from urval.records import Gap
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from urval.source import Item

HOST = "api.exempelstad.example"
TOKEN = "act.planted-token-0123456789"
JUNE = 1_780_308_000  # 1 June 2026, 10:00 UTC


def page(place: str, records: list[Any], cursor: int = 0, *, more: bool = False) -> Reply:
    """Return a page of a listing."""
    return said({"code": 0, "message": "OK", "data": {place: records, "cursor": cursor, "has_more": more}})


def refusal(code: int, message: str = "nej") -> Reply:
    """Return a refusal, which comes with HTTP 200."""
    return said({"code": code, "message": message, "request_id": "r", "data": {}})


def account(**more: Any) -> Reply:
    """Return the account's page."""
    told = {"username": "exempelstad", "display_name": "Exempelstad", "followers_count": 12, **more}
    return said({"code": 0, "message": "OK", "request_id": "r", "data": told})


def video(key: Any, created: Any = str(JUNE), **more: Any) -> dict[str, Any]:
    """Return a video as TikTok writes it."""
    return {"item_id": key, "create_time": created, "caption": f"text {key}", **more}


def comment(key: Any, parent: Any = None, created: Any = str(JUNE + 60), **more: Any) -> dict[str, Any]:
    """Return a comment as TikTok writes it."""
    made = {
        "comment_id": key, "video_id": "1", "create_time": created, "text": f"svar {key}", "likes": 2, "owner": False,
        "unique_identifier": "+abc=", "username": "anna", "display_name": "Anna", "status": "PUBLIC", **more,
    }  # fmt: skip
    return made | ({"parent_comment_id": parent} if parent else {"replies": len(more.get("reply_list", []))} | more)


def platform(routes: Mapping[str, Reply | Callable[[dict[str, str]], Reply]]) -> Callable[[Call], Reply]:
    """Answer by the path after ``business/``."""
    known: dict[str, Any] = {
        "get/": account(), "video/list/": page("videos", [video("1")]), "comment/list/": page("comments", []), **routes,
    }  # fmt: skip

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        found = known.get(parts.path.partition("/business/")[2] or parts.path, Reply(b"", 404))
        return found(asked) if callable(found) else found

    return answer


def read(b: Bench, credential: str = TOKEN) -> list[Item]:
    """Read the account of the test."""
    given = {"business_id": "min-id", "base_url": f"http://{HOST}"}
    source = open_source(
        "tiktok", account_id="stad", settings=given, credential=credential, start=START, end=END, gate=b.gate
    )
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def gaps(items: list[Item]) -> list[Gap]:
    """Return the account's gaps."""
    return [item for item in items if isinstance(item, Gap)]
