"""The Bluesky sandbox held against the atproto client's own models, a real repository reader, and recordings."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from _sandbox_client import Reply, fetch
from atproto import CAR
from atproto_client import models
from atproto_client.models.utils import get_or_create

from connectors._cbor import to_json
from connectors._repository import Record, Repository
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox import signed_repository as repository
from connectors.sandbox.bluesky_records import fitted
from connectors.sandbox.bluesky_views import API_HOST, PDS_HOST

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SHARED = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
RECORDED = SHARED / "own" / "bluesky"
absent = pytest.mark.skipif(not RECORDED.is_dir(), reason="the folder of recordings is not there")
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
CITY = City.generate(seed=3, posts=40, comments_mean=8, start=START, end=END, only=("bluesky",))
DID = CITY.account("bluesky").id
POSTS = "app.bsky.feed.post"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox that no test changes."""
    with Sandbox(CITY, clock=lambda: NOW) as sandbox:
        yield sandbox


def app(sandbox: Sandbox, method: str, *pairs: tuple[str, str]) -> Reply:
    """Ask the AppView."""
    return fetch(sandbox, API_HOST, f"/xrpc/{method}?{urlencode(pairs)}")


def server(sandbox: Sandbox, method: str, *pairs: tuple[str, str]) -> Reply:
    """Ask the account's data server."""
    return fetch(sandbox, PDS_HOST, f"/xrpc/{method}?{urlencode(pairs)}")


def listed(sandbox: Sandbox, collection: str = POSTS, size: int = 100) -> list[dict[str, Any]]:
    """Return all records of a kind."""
    found: list[dict[str, Any]] = []
    cursor: list[tuple[str, str]] = []
    while True:
        told = [("repo", DID), ("collection", collection), ("limit", str(size)), *cursor]
        page = server(sandbox, "com.atproto.repo.listRecords", *told).json
        found += page["records"]
        if not page["records"]:
            assert "cursor" not in page
            return found
        cursor = [("cursor", page["cursor"])]


def answered() -> Any:
    """Return the post with the longest thread."""
    return max(CITY.account("bluesky").posts, key=lambda post: len(post.comments))


def test_the_clients_models_accept_all_that_is_served(sandbox: Sandbox) -> None:
    """Records, profile, posts, threads and errors fit the official client's models, strictly read."""
    records = listed(sandbox)
    own = sum(1 + sum(c.author is None for c in post.comments) for post in CITY.account("bluesky").posts)
    assert len(records) == len({record["uri"] for record in records}) == own
    for record in records:
        read = get_or_create(record, models.ComAtprotoRepoListRecords.Record)
        assert read.value.text == record["value"]["text"]
        assert isinstance(read.value, models.AppBskyFeedPost.Record)
    profile = app(sandbox, "app.bsky.actor.getProfile", ("actor", DID)).json
    assert get_or_create(profile, models.AppBskyActorDefs.ProfileViewDetailed).did == DID
    uris = [("uris", post.id) for post in CITY.account("bluesky").posts[:25]]
    shown = get_or_create(app(sandbox, "app.bsky.feed.getPosts", *uris).json, models.AppBskyFeedGetPosts.Response)
    assert len(shown.posts) == 25
    for post in CITY.account("bluesky").posts:
        document = app(sandbox, "app.bsky.feed.getPostThread", ("uri", post.id), ("depth", "1000")).json
        thread = get_or_create(document, models.AppBskyFeedGetPostThread.Response).thread
        assert isinstance(thread, models.AppBskyFeedDefs.ThreadViewPost)
        assert thread.post.record.text == fitted(post.text)


def test_identifiers_are_those_of_the_bytes(sandbox: Sandbox) -> None:
    """Each record's cid is that of its DAG-CBOR, and each blob's cid that of its bytes."""
    for record in listed(sandbox):
        assert record["cid"] == repository.record_cid(record["value"])
        for image in record["value"].get("embed", {}).get("images", []):
            cid = image["image"]["ref"]["$link"]
            blob = server(sandbox, "com.atproto.sync.getBlob", ("did", DID), ("cid", cid))
            assert len(blob.body) == image["image"]["size"]
            digest = base64.b32decode(cid[1:].upper() + "======")[4:]
            assert hashlib.sha256(blob.body).digest() == digest


def test_the_repository_is_read_by_others(sandbox: Sandbox) -> None:
    """The official client reads the CAR, and its tree leads to the very records that are listed."""
    body = server(sandbox, "com.atproto.sync.getRepo", ("did", DID)).body
    held = CAR.from_bytes(body)
    commit = server(sandbox, "com.atproto.sync.getLatestCommit", ("did", DID)).json
    assert held.root == commit["cid"]
    texts = {block["text"] for block in held.blocks.values() if block.get("$type") == POSTS}
    assert texts == {record["value"]["text"] for record in listed(sandbox)}
    with Repository(io.BytesIO(body)) as read:
        found = [one for one in read.records() if isinstance(one, Record)]
        assert read.fault is None
    posts = {f"at://{DID}/{r.collection}/{r.key}": (r.cid, to_json(r.value)) for r in found if r.collection == POSTS}
    assert posts == {record["uri"]: (record["cid"], record["value"]) for record in listed(sandbox)}


def test_pages_are_cut_as_the_server_cuts_them(sandbox: Sandbox) -> None:
    """Newest first, any size up to a hundred, a cursor also with the last page that has records."""
    whole = listed(sandbox)
    assert [r["uri"] for r in whole] == sorted((r["uri"] for r in whole), reverse=True)
    assert listed(sandbox, size=7) == whole
    assert listed(sandbox, "app.bsky.feed.repost") == []
    gates = listed(sandbox, "app.bsky.feed.threadgate")
    hidden = {uri for gate in gates for uri in gate["value"]["hiddenReplies"]}
    posts = CITY.account("bluesky").posts
    assert hidden == {c.id for post in posts for c in post.comments if c.hidden}
    assert hidden


def test_a_thread_is_as_deep_as_asked(sandbox: Sandbox) -> None:
    """A node at the asked depth has no member for answers; asked for deeper, the rest comes."""
    uri = answered().id
    flat = app(sandbox, "app.bsky.feed.getPostThread", ("uri", uri), ("depth", "1")).json["thread"]
    assert flat["replies"]
    assert all("replies" not in node for node in flat["replies"])
    top = app(sandbox, "app.bsky.feed.getPostThread", ("uri", uri), ("depth", "0")).json["thread"]
    assert "replies" not in top
    assert top["post"]["replyCount"] == sum(c.parent_id is None for c in answered().comments)


def test_a_deleted_answer_hides_all_below_it() -> None:
    """The thread loses the whole branch without a word; a lost answer asked for itself comes, its parent missing."""
    post = answered()
    parent = next(c for c in post.comments if c.listed and any(d.parent_id == c.id and d.listed for d in post.comments))
    below = next(c for c in post.comments if c.parent_id == parent.id and c.listed)
    with Sandbox(CITY, clock=lambda: NOW) as changed:
        before = app(changed, "app.bsky.feed.getPosts", ("uris", parent.parent_id or post.id)).json["posts"][0]
        changed.delete_comment("bluesky", parent.id)
        body = app(changed, "app.bsky.feed.getPostThread", ("uri", post.id), ("depth", "1000")).body.decode()
        assert parent.id not in body.replace(f'"uri":"{parent.id}"}}', "")
        assert f'"post":{{"uri":"{below.id}"' not in body
        alone = app(changed, "app.bsky.feed.getPostThread", ("uri", below.id)).json["thread"]
        assert alone["parent"] == {"uri": parent.id, "notFound": True, "$type": "app.bsky.feed.defs#notFoundPost"}
        after = app(changed, "app.bsky.feed.getPosts", ("uris", parent.parent_id or post.id)).json["posts"][0]
        assert after["replyCount"] == before["replyCount"] - 1
        gone = app(changed, "app.bsky.feed.getPostThread", ("uri", parent.id))
        assert (gone.status, gone.json["error"]) == (400, "NotFound")


def test_an_edit_changes_the_identifier_alone() -> None:
    """After an edit the address is the old one, the cid another, and answers still name the version they answered."""
    post = answered()
    with Sandbox(CITY, clock=lambda: NOW) as changed:
        before = app(changed, "app.bsky.feed.getPosts", ("uris", post.id)).json["posts"][0]
        changed.edit_post("bluesky", post.id, "Rättelse: nu är det på rätt dag.")
        after = app(changed, "app.bsky.feed.getPosts", ("uris", post.id)).json["posts"][0]
        thread = app(changed, "app.bsky.feed.getPostThread", ("uri", post.id)).json["thread"]
    assert (after["uri"], after["record"]["text"]) == (before["uri"], "Rättelse: nu är det på rätt dag.")
    assert after["cid"] != before["cid"]
    assert {node["post"]["record"]["reply"]["root"]["cid"] for node in thread["replies"]} == {before["cid"]}


NEVER = f"at://did:plc:ndpppnsvwr3b2r7jon7dybgd/{POSTS}/3zzzzzzzzzzz2"
NO_BLOB = "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"
REFUSALS = [
    (API_HOST, "app.bsky.actor.getProfile", {"actor": "finns-inte.test"}, 2),
    (API_HOST, "app.bsky.feed.getPostThread", {"uri": NEVER}, 5),
    (PDS_HOST, "com.atproto.repo.listRecords", {"repo": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", "collection": POSTS}, 8),
    (PDS_HOST, "com.atproto.repo.listRecords", {"repo": DID, "collection": POSTS, "limit": "101"}, 9),
    (PDS_HOST, "com.atproto.sync.getRepo", {"did": "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"}, 10),
    (PDS_HOST, "com.atproto.sync.getBlob", {"did": DID, "cid": NO_BLOB}, 11),
    (PDS_HOST, "com.atproto.identity.resolveHandle", {"handle": "finns-inte.test"}, 12),
    (PDS_HOST, "com.example.okand.metod", {}, 13),
]  # fmt: skip


def exchanges(name: str) -> dict[int, dict[str, Any]]:
    """Return the recorded answers of a file by their number."""
    with (RECORDED / name).open(encoding="utf-8") as file:
        return {told["n"]: told["response"] for told in map(json.loads, file)}


@absent
@pytest.mark.shared
@pytest.mark.parametrize(("host", "method", "asked", "number"), REFUSALS, ids=[str(one[3]) for one in REFUSALS])
def test_refusals_are_as_recorded(sandbox: Sandbox, host: str, method: str, asked: dict[str, str], number: int) -> None:
    """Status and body of a refusal are those of the real server, to the letter."""
    recorded = exchanges("04_errors.jsonl")[number]
    reply = fetch(sandbox, host, f"/xrpc/{method}?{urlencode(asked, quote_via=quote)}")
    assert (reply.status, reply.body.decode()) == (recorded["status"], recorded["body_text"])


def shape(value: Any) -> Any:
    """Return the names and kinds of a document; of a list, the shapes it holds."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


@absent
@pytest.mark.shared
def test_shapes_are_as_recorded(sandbox: Sandbox) -> None:
    """Records, post views and thread nodes have the members of the recorded ones, in their order."""
    recorded = exchanges("01_before.jsonl")
    real = json.loads(recorded[30]["body_text"])
    post = next(p for p in CITY.account("bluesky").posts if any(c.hidden and c.listed for c in p.comments))
    ours = app(sandbox, "app.bsky.feed.getPostThread", ("uri", post.id), ("depth", "1")).json
    assert list(ours) == list(real)
    assert shape(ours["threadgate"]) == shape(real["threadgate"])
    assert list(ours["thread"]) == list(real["thread"])
    assert [*real["thread"]["post"]] == [key for key in ours["thread"]["post"] if key != "embed"]
    theirs, answer = real["thread"]["replies"][0], ours["thread"]["replies"][0]
    assert list(answer["post"]) == list(theirs["post"])
    assert shape(answer["post"]["author"]) == shape(theirs["post"]["author"])
    assert [key for key in answer["post"]["record"] if key != "facets"] == list(theirs["post"]["record"])
    pictured = json.loads(recorded[25]["body_text"])["thread"]["post"]
    mine = next(p for p in CITY.account("bluesky").posts if 0 < len(p.pictures) <= 4)
    view = app(sandbox, "app.bsky.feed.getPosts", ("uris", mine.id)).json["posts"][0]
    assert shape(view["embed"]) == shape(pictured["embed"])
    assert shape(view["record"]["embed"]) == shape(pictured["record"]["embed"])
    profile = shape(app(sandbox, "app.bsky.actor.getProfile", ("actor", DID)).json)
    assert profile.keys() - {"banner"} <= shape(json.loads(recorded[7]["body_text"])).keys()


@absent
@pytest.mark.shared
@pytest.mark.parametrize("name", ["01_before.jsonl", "03_after.jsonl"])
def test_our_repository_is_built_as_the_real_one(name: str) -> None:
    """From the recorded records we build the very tree that the real server signed."""
    body = base64.b64decode(exchanges(name)[21]["body_base64"])
    with Repository(io.BytesIO(body)) as read:
        records = {
            f"{one.collection}/{one.key}": to_json(one.value) for one in read.records() if isinstance(one, Record)
        }
        commit = read.commit
    blocks: dict[str, bytes] = {}
    root = repository.commit_of(commit.did, commit.rev, records, blocks)
    built = repository.car_file(root, blocks)
    assert len(built) == len(body)
    with Repository(io.BytesIO(built)) as ours:
        assert ours.commit.value["data"] == commit.value["data"]


def test_the_servers_own_words_for_a_full_allowance(sandbox: Sandbox) -> None:
    """Throttled, both hosts answer 429 with the wait in seconds and the platform's error object."""
    sandbox.misbehave(Fault(FaultKind.RATE_LIMITED, path="getProfile", seconds=290))
    reply = app(sandbox, "app.bsky.actor.getProfile", ("actor", DID))
    assert (reply.status, reply.headers["Retry-After"]) == (429, "290")
    assert reply.json == {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}
