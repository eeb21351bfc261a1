"""Made-up answers of X, and the way a test reads them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import tweepy
from _loopback import Bench, Call, Reply, said
from _sandbox_adapter import SandboxAdapter
from conformance import END, NOW, START

from connectors import open_source
from connectors._connector import Authors, Origin
from connectors._x_objects import Tweet
from connectors._x_pages import PAGE, REPLIES, beside
from connectors.sandbox import City, Sandbox
from connectors.sandbox.x import X_HOST
from connectors.x import X

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors._connector import MappedPost
    from urval.records import Comment
    from urval.source import Item

HOST, OWN_ID = "api.exempelstad.example", "1400000000000000001"
SETTINGS = {
    "user_id": OWN_ID, "base_url": f"http://{X_HOST}", "token_url": f"http://{X_HOST}/2/oauth2/token",
}  # fmt: skip
BEARER = "AAAAAAAAAAplantedbearertoken0123456789"
PROBLEMS = "https://api.x.com/2/problems/"
PAGE_TOKEN = {"meta": {"result_count": 0}}
NONE_FOUND = {"errors": [{"type": f"{PROBLEMS}resource-not-found", "detail": "Could not find user with id: [1]."}]}
USER = {"data": {"id": OWN_ID, "name": "Exempelstad", "username": "exempelstad"}}


def tweet(number: str = "2000000000000000001", **more: Any) -> dict[str, Any]:
    """Return a post as the interface writes it, under the old names."""
    return {
        "id": number, "text": f"inlägg {number}", "created_at": "2026-06-01T10:00:00.000Z", "author_id": OWN_ID,
        "conversation_id": number, "edit_history_tweet_ids": [number], **more,
    }  # fmt: skip


def mapped(record: Mapping[str, Any], **envelope: Any) -> MappedPost:
    """Map one post with what lies beside it on its page."""
    body = json.dumps({"data": [record], "meta": {"result_count": 1}, **envelope}).encode()
    around, [raw] = PAGE.cut(body, ("data",))
    return X.to_post(raw, Origin("stad", NOW, "0" * 64, beside(around), "posts"), "posts", OWN_ID)


def mapped_reply(record: Mapping[str, Any], own: str = OWN_ID, **envelope: Any) -> Comment:
    """Map one reply with what lies beside it on its page."""
    body = json.dumps({"data": [record], "meta": {"result_count": 1}, **envelope}).encode()
    around, [raw] = REPLIES.cut(body, ("data",))
    comment = msgspec.json.decode(raw, type=Tweet)
    origin = Origin("stad", NOW, "0" * 64, beside(around), "comments")
    return X.to_comment(
        comment, str(raw, "utf-8"), origin, Authors(frozenset({own})),
        post_id="1", parent=comment.parent_key(), depth=0, answer=False,
    )  # fmt: skip


def platform(routes: Mapping[str, Callable[[Call], Reply] | Reply]) -> Callable[[Call], Reply]:
    """Answer by the end of the path; what is not told is empty, or the account."""
    known = {OWN_ID: said(USER), "tweets": said(PAGE_TOKEN), "all": said(PAGE_TOKEN), **routes}

    def answer(call: Call) -> Reply:
        found = known[urlsplit(call.path).path.rpartition("/")[2]]
        return found if isinstance(found, Reply) else found(call)

    return answer


def read(b: Bench, **settings: str) -> list[Item]:
    """Read the account of the test."""
    source = open_source(
        "x",
        account_id="stad",
        settings={"user_id": OWN_ID, "base_url": f"http://{HOST}", **settings},
        credential=BEARER,
        start=START,
        end=END,
        gate=b.gate,
    )
    return list(source.read())


def asked(b: Bench, end: str) -> list[dict[str, str]]:
    """Return the parameters of the calls whose path ends so."""
    calls = (urlsplit(call.path) for call in b.calls)
    return [{k: v[0] for k, v in parse_qs(parts.query).items()} for parts in calls if parts.path.endswith(end)]


@contextmanager
def library(sandbox: Sandbox) -> Iterator[tweepy.Client]:
    """Give the sandbox to tweepy, under the address it knows."""
    client = tweepy.Client(json.loads(sandbox.tokens["x"])["access_token"])
    with client.session as session:
        session.mount("https://api.twitter.com", SandboxAdapter(sandbox, X_HOST))
        session.mount("https://api.x.com", SandboxAdapter(sandbox, X_HOST))
        yield client


def small_sandbox() -> Sandbox:
    """Return a sandbox that only X is on, never entered: it is asked without the network."""
    city = City.generate(seed=7, posts=40, comments_mean=6, only=("x",), start=START, end=END)
    return Sandbox(city, clock=lambda: NOW)
