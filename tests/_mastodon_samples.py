"""Made-up answers of a Mastodon server, and the way a test reads them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from _loopback import Bench, Call, Reply, said
from conformance import END, NOW, START

from connectors import open_source
from connectors._connector import Authors, Origin
from connectors._mastodon_objects import Status
from connectors.mastodon import MASTODON
from connectors.sandbox.native_ids import MASTODON_HOST
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors._connector import MappedPost
    from urval.records import Comment
    from urval.source import Item

HOST, OWN_ID = "api.exempelstad.example", "109000000000000001"
SETTINGS = {"acct": "exempelstad", "base_url": f"http://{MASTODON_HOST}"}
TOKEN = "plantedMastodonToken0123456789abcdef"
ACCOUNT = {"id": OWN_ID, "username": "exempelstad", "acct": "exempelstad", "display_name": "Exempelstad"}
NOBODY = {"ancestors": [], "descendants": []}


def status(number: str = "116000000000000001", **more: Any) -> dict[str, Any]:
    """Return a status as the interface writes it."""
    return {
        "id": number, "created_at": "2026-06-01T10:00:00.000Z", "content": f"<p>inlägg {number}</p>",
        "account": ACCOUNT,
        "visibility": "public", "in_reply_to_id": None, "edited_at": None, "reblog": None, "quote": None,
        "media_attachments": [], "spoiler_text": "", "replies_count": 0, **more,
    }  # fmt: skip


def mapped(record: Mapping[str, Any]) -> MappedPost:
    """Map one status."""
    raw = msgspec.Raw(json.dumps(record).encode())
    return MASTODON.to_post(raw, Origin("stad", NOW, "0" * 64, None, "posts"), "posts", OWN_ID)


def mapped_answer(record: Mapping[str, Any]) -> Comment:
    """Map one answer."""
    text = json.dumps(record)
    comment = msgspec.json.decode(text, type=Status)
    return MASTODON.to_comment(
        comment, text, Origin("stad", NOW, "0" * 64, None, "comments"), Authors(frozenset({OWN_ID})),
        post_id="1", parent=comment.parent_key(), depth=0, answer=False,
    )  # fmt: skip


def server(routes: Mapping[str, Reply]) -> Callable[[Call], Reply]:
    """Answer by the last two parts of the path; what is not told is empty, or the account."""
    known = {"accounts/lookup": said(ACCOUNT), f"{OWN_ID}/statuses": said([]), **routes}

    def answer(call: Call) -> Reply:
        key = "/".join(urlsplit(call.path).path.split("/")[-2:])
        return known.get(key) or said(NOBODY if key.endswith("/context") else {"error": "Record not found"}, 200)

    return answer


def read(b: Bench, credential: str | None = TOKEN) -> list[Item]:
    """Read the account of the test."""
    source = open_source(
        "mastodon",
        account_id="stad",
        settings={"acct": "exempelstad", "base_url": f"http://{HOST}"},
        credential=credential,
        start=START,
        end=END,
        gate=b.gate,
    )
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]
