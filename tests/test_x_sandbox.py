from __future__ import annotations

import gzip
import html
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
import tweepy
from _loopback import bench, said
from _x_samples import (
    BEARER,
    HOST,
    OWN_ID,
    library,
    mapped_reply,
    platform,
    small_sandbox,
)
from conformance import END, NOW, START
from ruamel.yaml import YAML

from connectors import open_source
from connectors._connector import Origin
from connectors._responses import Action, judge
from connectors._x_errors import X_TABLE
from connectors._x_pages import PAGE, beside
from connectors.sandbox import Sandbox
from connectors.x import X
from urval.source import Thread


@pytest.fixture(scope="module")
def small() -> Sandbox:
    """A sandbox that only X is on, asked without the network."""
    return small_sandbox()


def test_tweepy_reads_what_the_sandbox_serves(small: Sandbox) -> None:
    """The models of an outside client accept profile, posts with what lies beside them, replies and versions."""
    truth = small.truth("x")
    post = max(truth.posts, key=lambda post: len(post.comments))
    with library(small) as client:
        user = client.get_user(id=OWN_ID, user_fields=["public_metrics", "description", "created_at"])
        assert (user.data.name, user.data.created_at.year) == (truth.name, 2012)
        pages = list(
            tweepy.Paginator(
                client.get_users_tweets, OWN_ID, max_results=20, start_time=START, end_time=END,
                tweet_fields=["created_at", "public_metrics", "referenced_tweets", "attachments", "note_tweet"],
                expansions=["author_id", "attachments.media_keys", "referenced_tweets.id"],
                media_fields=["url", "variants", "alt_text"],
            )
        )  # fmt: skip
        found = [one for page in pages for one in page.data or ()]
        every = small.truth("x", datetime(2020, 1, 1, tzinfo=UTC), NOW).comments
        own = {c.id for c in every if c.own and START <= c.created_at < END}
        assert {str(one.id) for one in found} == {p.id for p in truth.posts} | own
        assert all(isinstance(one.created_at, datetime) and one.public_metrics for one in found)
        assert any(medium.type == "video" for page in pages for medium in page.includes.get("media", ()))
        replies = client.search_all_tweets(f"conversation_id:{post.id}", max_results=500, start_time=START)
        assert {str(one.id) for one in replies.data} == {c.id for c in post.comments} | {post.id}
        several = client.get_tweets([post.id, "17"])
        assert [str(one.id) for one in several.data] == [post.id]
        assert several.errors[0]["resource_id"] == "17"


@pytest.mark.parametrize(
    ("path", "status", "problem"),
    [
        ("/2/users/17", 200, "resource-not-found"),
        ("/2/users/exempelstad", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?max_results=101", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?tweet.fields=hittepa", 400, "invalid-request"),
        (f"/2/users/{OWN_ID}/tweets?pagination_token=abc", 400, "invalid-request"),
        ("/2/tweets/search/all?query=from:nagon", 400, "invalid-request"),
        ("/2/tweets/search/all?query=conversation_id:1&end_time=2026-11-23T02:59:55Z", 400, "invalid-request"),
        ("/2/tweets?ids=" + ",".join(["1"] * 101), 400, "invalid-request"),
        ("/2/finns-inte", 404, "about:blank"),
    ],
)
def test_the_sandbox_refuses_as_the_platform_does(small: Sandbox, path: str, status: int, problem: str) -> None:
    """Wrong ids, sizes, fields, tokens, queries and ends are refused with the platform's problem types."""
    with library(small) as client:
        answer = client.session.get(
            f"https://api.x.com{path}", headers={"Authorization": f"Bearer {client.bearer_token}"}
        )
    assert answer.status_code == status
    document = answer.json()
    said_type = document.get("type") or document["errors"][0]["type"]
    assert said_type.endswith(problem)
    assert int(answer.headers["x-rate-limit-reset"]) > NOW.timestamp()


def test_the_sandbox_s_refresh_token_works_once(small: Sandbox) -> None:
    """A used refresh token is refused, a new one comes with each renewal, and the old access token is dead."""
    given = json.loads(small.tokens["x"])
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": given["client_id"]}
    with library(Sandbox(small.city, clock=lambda: NOW)) as client:
        first = client.session.post("https://api.x.com/2/oauth2/token", data=form)
        again = client.session.post("https://api.x.com/2/oauth2/token", data=form)
        old = client.session.get(
            "https://api.x.com/2/users/me", headers={"Authorization": f"Bearer {given['access_token']}"}
        )
    assert (first.status_code, again.status_code, old.status_code) == (200, 400, 401)
    assert first.json()["refresh_token"] != given["refresh_token"]


RECORDINGS = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
recorded = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the folder of third-party recordings is not there")


def sample(name: str) -> bytes:
    """Return a recorded body."""
    return (RECORDINGS / "x" / "sns-sdks--python-twitter" / f"{name}.json").read_bytes()


@pytest.mark.shared
@recorded
@pytest.mark.parametrize(
    "name",
    ["searches/search_tweets_query", "timeline/timeline_tweets", "tweet/tweets_resp", "tweet/tweets_by_user_bookmark"],
)
def test_recorded_posts_come_out(name: str) -> None:
    """Every post of a recorded page is mapped as post and as reply, with its text, time, raw object and page token."""
    body = sample(name)
    given = json.loads(body)
    envelope, records = PAGE.cut(body, ("data",))
    around = beside(envelope)
    assert len(records) == len(given["data"]) > 0
    assert envelope["meta"] == given.get("meta", {})
    assert len(around.users) == len(given.get("includes", {}).get("users", []))
    origin = Origin("stad", NOW, "0" * 64, around, "posts")
    for raw, truth in zip(records, given["data"], strict=True):
        post = X.to_post(raw, origin, "posts", "2244994945").post
        assert (post.id, post.created_at) == (truth["id"], datetime.fromisoformat(truth["created_at"]))
        assert post.text == html.unescape(truth["text"])
        assert json.loads(post.raw) == truth
        assert post.author_name is None or post.author_name in {u["name"] for u in given["includes"]["users"]}
        assert mapped_reply({**truth, "in_reply_to_user_id": "1"}).text == post.text


@pytest.mark.shared
@recorded
def test_recorded_quotes_lose_no_record(tmp_path: Path) -> None:
    """A recorded page of others' posts, run as a timeline: each record is a thread or a gap."""
    given = json.loads(sample("tweet/tweet_quote_tweets_resp"))
    page = {"data": given["data"], "includes": given.get("includes", {}), "meta": {}}
    with bench(tmp_path, platform({"tweets": said(page)})) as b:
        source = open_source(
            "x", account_id="stad", settings={"user_id": OWN_ID, "base_url": f"http://{HOST}"}, credential=BEARER,
            start=datetime(2015, 1, 1, tzinfo=UTC), end=END, gate=b.gate,
        )  # fmt: skip
        items = list(source.read())
    threads = {item.post.id for item in items if isinstance(item, Thread)}
    gaps = {item.subject_id for item in items if type(item).__name__ == "Gap"}
    assert threads | gaps == {record["id"] for record in given["data"]}
    assert threads


@pytest.mark.shared
@recorded
def test_the_recorded_account_and_error_are_read() -> None:
    """The profile of 2022 has its counts; the recorded refusal is what the table takes it for."""
    view = X.to_profile(sample("user/user_resp"), Origin("stad", NOW, "0" * 64), {})
    assert (view.profile.handle, view.profile.followers, view.profile.posts) == ("TwitterDev", 514020, 3639)
    assert judge(X_TABLE, 400, sample("streams/delete_error")).action is Action.FAIL


@pytest.mark.shared
@recorded
@pytest.mark.parametrize("name", ["get_users_tweets", "search_all_tweets"])
def test_the_recorded_exchanges_look_like_the_sandbox_s(small: Sandbox, name: str) -> None:
    """Headers and members of a recorded exchange are those that the sandbox gives for the same call."""
    text = (RECORDINGS / "x" / "tweepy--tweepy" / f"test_client_{name}.yaml").read_text()
    recording = YAML(typ="safe").load(text)["interactions"][0]
    body = json.loads(gzip.decompress(recording["response"]["body"]["string"]))
    _, records = PAGE.cut(json.dumps(body).encode(), ("data",))
    assert len(records) == body["meta"]["result_count"]
    post = max(small.truth("x").posts, key=lambda post: len(post.comments))
    path = f"users/{OWN_ID}/tweets" if name == "get_users_tweets" else "tweets/search/all"
    search = {"query": f"conversation_id:{post.id}", "start_time": "2026-01-01T00:00:00Z"}
    with library(small) as client:
        answer = client.session.get(
            f"https://api.x.com/2/{path}", params={} if name == "get_users_tweets" else search,
            headers={"Authorization": f"Bearer {client.bearer_token}"},
        )  # fmt: skip
    headers = {name.lower() for name in recording["response"]["headers"]}
    assert {name.lower() for name in answer.headers} <= headers | {"api-version"}
    ours = answer.json()
    assert ours["meta"].keys() == body["meta"].keys()
    assert set(body["data"][0]) - {"edit_history_tweet_ids"} <= set(ours["data"][0])
