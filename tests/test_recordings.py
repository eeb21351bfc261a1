"""Recordings of real platforms, replayed through the connectors. They are not part of the project."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from _loopback import Call, Reply, bench, said

from connectors import open_source
from connectors._connector import Origin
from connectors._graph import CommentNode
from connectors._graph_errors import GRAPH
from connectors._paging import cut
from connectors._responses import Action, judge
from connectors._wordpress_errors import WORDPRESS
from connectors.facebook import FACEBOOK
from urval.records import AuthorRole
from urval.source import ListingEnd, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there"),
]
GRAPH_SAMPLES = ROOT / "facebook" / "sns-sdks--python-facebook"
ORIGIN = Origin("konto", datetime(2026, 11, 22, tzinfo=UTC), "0" * 64)


@pytest.mark.parametrize(
    "name", ["feeds_default_fields_p1", "feeds_default_fields_p2", "feed_fields_p1", "feed_fields_p2"]
)
def test_real_facebook_posts_are_mapped(name: str) -> None:
    """Every post of a recorded page is mapped; text, time and raw bytes are the platform's."""
    body = (GRAPH_SAMPLES / "posts" / f"{name}.json").read_bytes()
    envelope, records = cut(body, ("data",))
    given = json.loads(body)["data"]
    assert len(records) == len(given) > 0
    assert ("next" in envelope["paging"]) is name.endswith("p1")
    for raw, truth in zip(records, given, strict=True):
        mapped = FACEBOOK.to_post(raw, ORIGIN, "posts", "19292868552")
        assert mapped.post.id == truth["id"]
        assert mapped.post.text == truth.get("message", "")
        assert mapped.post.created_at == datetime.fromisoformat(truth["created_time"])
        assert json.loads(mapped.post.raw) == truth
        assert len(mapped.inline) == len(truth.get("comments", {}).get("data", []))
        if "attachments" in truth:
            assert all(ref.url and ref.url.startswith("https://") for ref in mapped.media if not ref.withheld)
            assert mapped.media


@pytest.mark.parametrize("page", ["comments_p1", "comments_p2"])
def test_real_facebook_comments_without_ids(page: str) -> None:
    """Comments recorded without MODERATE have no ids, which the decoder tells instead of failing."""
    _, records = cut((GRAPH_SAMPLES / "comments" / f"{page}.json").read_bytes(), ("data",))
    decoded = [msgspec.json.decode(raw, type=CommentNode) for raw in records]
    assert decoded
    assert {comment.key() for comment in decoded} == {""}
    assert all(comment.message for comment in decoded)


def test_other_real_facebook_objects() -> None:
    """A profile, a comment and an album, recorded at several versions of the API, are read."""
    page = (GRAPH_SAMPLES / "pages" / "single_default_page.json").read_bytes()
    mapped = FACEBOOK.to_profile(page, ORIGIN, {"page_id": json.loads(page)["id"]})
    assert mapped.profile.likes == 214507731
    assert [ref.kind for ref in mapped.media] == ["avatar", "cover"]
    single = (GRAPH_SAMPLES / "comments" / "comment_info.json").read_bytes()
    assert msgspec.json.decode(single, type=CommentNode).key() == "10158371815748553_10158371930463553"
    album = (ROOT / "facebook" / "restfb--restfb" / "v2_3" / "post-attachments.json").read_bytes()
    parts = json.loads(album)["attachments"]["data"][0]["subattachments"]["data"]
    assert len(FACEBOOK.to_post(msgspec.Raw(album), ORIGIN, "posts", "1").media) == len(parts)


def test_real_errors_are_judged() -> None:
    """Recorded error bodies of both platforms lead to the right action."""
    assert judge(GRAPH, 400, (GRAPH_SAMPLES / "error.json").read_bytes()).action is Action.REFUSE
    dead = (ROOT / "facebook" / "restfb--restfb" / "exampleErrorNew.json").read_bytes()
    assert judge(GRAPH, 400, dead).action is Action.RENEW
    expected = {
        "rest_post_invalid_page_number": Action.GONE,
        "rest_invalid_param": Action.FAIL,
        "rest_post_invalid_id": Action.GONE,
        "rest_comment_invalid_id": Action.GONE,
        "rest_forbidden": Action.REFUSE,
        "rest_forbidden_param": Action.REFUSE,
        "rest_no_route": Action.GONE,
    }
    seen = set()
    for exchange in exchanges("04_errors"):
        answer = exchange["response"]
        if answer["status"] >= 400 and answer["body_text"].startswith("{"):
            code = json.loads(answer["body_text"])["code"]
            assert judge(WORDPRESS, answer["status"], answer["body_text"].encode()).action is expected[code]
            seen.add(code)
    assert seen == set(expected)


def exchanges(name: str) -> list[dict[str, Any]]:
    """Return the recorded exchanges of one file."""
    lines = (ROOT / "own" / "wordpress" / f"{name}.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def collection(visit: str, route: str) -> list[Any]:
    """Return all records of a recorded collection, by id, as the pages of one visit held them."""
    found: dict[int, Any] = {}
    for exchange in exchanges(visit):
        target, answer = exchange["request"]["target"], exchange["response"]
        path = urlsplit(target).path
        if path == f"/wp-json/wp/v2/{route}" and answer["status"] == 200 and "_fields" not in target:
            found |= {
                record["id"]: {**record, **found.get(record["id"], {})} for record in json.loads(answer["body_text"])
            }
    return list(found.values())


def replayed(visit: str) -> Callable[[Call], Reply]:
    """Serve a recorded visit: its records in pages of any size, its files, its site description."""
    posts, comments = collection(visit, "posts"), collection(visit, "comments")
    posts.sort(key=lambda record: record["date_gmt"], reverse=True)
    comments.sort(key=lambda record: (record["date_gmt"], record["id"]))
    users = [record for e in exchanges("01_before") if "/users" in e["request"]["target"]
             for record in json.loads(e["response"]["body_text"])]  # fmt: skip
    site = next(e for e in exchanges(visit) if e["request"]["target"].startswith("/wp-json/?"))["response"]["body_text"]
    files = {e["request"]["target"]: e["response"] for e in exchanges("02_media")}

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path in files:
            recorded = files[parts.path]
            kind = dict(recorded["headers"])["Content-Type"]
            return Reply(body_of(recorded), recorded["status"], {"Content-Type": kind})
        if parts.path == "/wp-json/":
            return Reply(site.encode())
        route = parts.path.rpartition("/")[2]
        records = {"posts": posts, "comments": comments, "users": users}[route]
        if route == "comments":
            wanted = set(asked["post"].split(","))
            records = [record for record in records if str(record["post"]) in wanted]
        size, page = int(asked["per_page"]), int(asked["page"])
        total = {"X_WP_Total": str(len(records)), "X_WP_TotalPages": str(-(-len(records) // size))}
        return said(records[size * (page - 1) : size * page], 200, **total)

    return answer


def body_of(recorded: dict[str, Any]) -> bytes:
    """Return a recorded body's bytes."""
    text = recorded.get("body_text")
    return base64.b64decode(recorded["body_base64"]) if text is None else text.encode()


@pytest.mark.parametrize(("visit", "state"), [("01_before", "before"), ("03_after", "after")])
def test_a_recorded_wordpress_comes_out_whole(tmp_path: Path, visit: str, state: str) -> None:
    """Every post and comment of a real server's visit is in the records, with its parent, its role and its pictures."""
    truth = json.loads((ROOT / "own" / "wordpress" / "expected.json").read_text())
    public = truth["public"]
    with bench(tmp_path, replayed(visit), hosts=("127.0.0.1",)) as b:
        source = open_source(
            "wordpress",
            account_id="nyheter",
            settings={"base_url": "http://127.0.0.1:8910"},
            credential=None,
            start=datetime(2026, 1, 1, tzinfo=UTC),
            end=datetime(2027, 1, 1, tzinfo=UTC),
            gate=b.gate,
        )
        items = list(source.read())
    threads = {int(item.post.id): item for item in items if isinstance(item, Thread)}
    recorded = {record["id"]: record for record in collection(visit, "posts")}
    assert set(threads) == set(public[f"posts_{state}"])
    assert all(thread.post.text == recorded[key]["content"]["rendered"] for key, thread in threads.items())
    comments = {int(c.id): c for thread in threads.values() for c in thread.comments}
    given = {record["id"]: record for record in collection(visit, "comments")}
    assert comments.keys() == set(public[f"comments_{state}"])
    for key, comment in comments.items():
        assert (comment.parent_id or "0") == str(given[key]["parent"])
        assert (comment.author_role is AuthorRole.OWN) is (given[key]["author"] > 0)
    media = [medium for thread in threads.values() for medium in thread.media]
    served = {hashlib.sha256(body_of(e["response"])).hexdigest() for e in exchanges("02_media")}
    assert media
    assert {medium.sha256 for medium in media} <= served
    assert {item.reason for item in items if isinstance(item, ListingEnd)} == {"exhausted"}
