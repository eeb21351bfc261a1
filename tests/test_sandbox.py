"""The fictional city and its fake platforms: deterministic, complete under any paging, and able to misbehave."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from _sandbox_client import DEMO, PAGE, fetch, graph, walked
from PIL import Image

from connectors.sandbox import (
    BLOG,
    BLOG_HOST,
    CDN_HOST,
    GRAPH_HOST,
    LEADER,
    MAIN,
    PAGE_IDS,
    Sandbox,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ALL = DEMO.start - timedelta(days=99), DEMO.end + timedelta(days=99)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Yield the demonstration city, served on loopback."""
    with Sandbox(DEMO, clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def shared() -> Path:
    """Return the folder of recordings beside the repository, or skip."""
    folder = Path(__file__).parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the third-party recordings are not here")
    return folder


@pytest.mark.parametrize("limit", ["1", "7", "100"])
@pytest.mark.parametrize("window", [False, True])
def test_paging_posts_loses_and_repeats_nothing(sandbox: Sandbox, limit: str, *, window: bool) -> None:
    """Following the links gives each post once, for any page size, with cursors and with time paging."""
    span = {"since": str(int(DEMO.start.timestamp())), "until": str(int(DEMO.end.timestamp()) - 1)} if window else {}
    truth = sandbox.truth(MAIN) if window else sandbox.truth(MAIN, *ALL)
    found = [
        p["id"]
        for p in walked(sandbox, f"{PAGE}/published_posts", fields="id", limit=limit, include_hidden="true", **span)
    ]
    assert len(found) == len(set(found))
    assert set(found) == {post.id for post in truth.posts if not post.is_reel}


def test_hidden_posts_are_listed_only_on_demand_and_the_pinned_one_comes_first(sandbox: Sandbox) -> None:
    """A hidden post needs include_hidden, and a pinned post breaks the order of time."""
    truth = sandbox.truth(MAIN, *ALL)
    listed = walked(sandbox, f"{PAGE}/published_posts", fields="id,created_time", limit="50")
    assert {p.id for p in truth.posts if p.hidden}.isdisjoint(p["id"] for p in listed)
    assert listed[0]["id"] == next(p.id for p in truth.posts if p.pinned)
    assert listed[0]["created_time"] < listed[1]["created_time"]


def test_reels_stand_apart_from_posts_except_one_film(sandbox: Sandbox) -> None:
    """Reels come by their own edge; one film is in both and must be told apart by post_id."""
    reels = walked(sandbox, f"{PAGE}/video_reels", fields="id,post_id,source", limit="2")
    posts = {p["id"] for p in walked(sandbox, f"{PAGE}/published_posts", fields="id", limit="100")}
    assert {p.id for p in sandbox.truth(MAIN, *ALL).posts if p.is_reel} < {reel["post_id"] for reel in reels}
    assert len(posts & {reel["post_id"] for reel in reels}) == 1


@pytest.mark.parametrize("limit", ["1", "7", "100"])
def test_paging_comments_gives_the_thread_as_it_is(sandbox: Sandbox, limit: str) -> None:
    """All levels come in a flat stream with their parents; what is removed is counted but not listed."""
    post = max(sandbox.truth(MAIN).posts, key=lambda p: len(p.comments))
    asked = {"filter": "stream", "order": "chronological", "fields": "id,parent{id},is_hidden,message", "limit": limit}
    found = walked(sandbox, f"{post.id}/comments", summary="total_count", **asked)
    assert [(c["id"], c["message"], c["is_hidden"]) for c in found] == [(c.id, c.text, c.hidden) for c in post.comments]
    assert {c["id"]: c.get("parent", {}).get("id") for c in found} == {c.id: c.parent_id for c in post.comments}
    summary = graph(sandbox, f"{post.id}/comments", summary="total_count", filter="stream").json["summary"]
    assert summary == {"total_count": len(found) + len(post.unlisted)} == {"total_count": post.claimed}
    assert len(found) > 120
    assert post.unlisted


def test_comments_expanded_inside_posts_continue_behind_their_cursor(sandbox: Sandbox) -> None:
    """The first comments stand in the post; the rest follow after the inline cursor, none lost or repeated."""
    inline = "comments.filter(stream).order(chronological).limit(25).summary(total_count){id,message}"
    for post in walked(sandbox, f"{PAGE}/published_posts", fields=f"id,{inline}", limit="100"):
        edge = post["comments"]
        found = [c["id"] for c in edge["data"]]
        if "next" in edge.get("paging", {}):
            after = edge["paging"]["cursors"]["after"]
            found += [
                c["id"]
                for c in walked(
                    sandbox, f"{post['id']}/comments", filter="stream", fields="id", limit="100", after=after
                )
            ]
        truth = next(p for p in sandbox.truth(MAIN, *ALL).posts if p.id == post["id"])
        assert found == [c.id for c in truth.comments]


def test_fields_choose_keys_aliases_and_nested_keys(sandbox: Sandbox) -> None:
    """Only what was asked for comes back, under its alias, with nested choices honoured."""
    fields = (
        "created_time,reactions.type(LOVE).limit(0).summary(total_count).as(r_love),"
        "attachments{media_type,subattachments.limit(100){media{image}}}"
    )
    album = next(p for p in sandbox.truth(MAIN).posts if p.kind == "album" and len(p.media) > 1)
    post = graph(sandbox, album.id, fields=fields).json
    assert set(post) == {"created_time", "r_love", "attachments", "id"}
    assert set(post["r_love"]["summary"]) == {"total_count"}
    assert set(post["attachments"]["data"][0]) == {"media_type", "subattachments"}
    parts = post["attachments"]["data"][0]["subattachments"]["data"]
    assert {part["media"]["image"]["src"] for part in parts} <= {medium.url for medium in album.media}


GRAPH_ERRORS = {
    "nonexistent field": (f"{PAGE}?fields=id,foo", 400, 100, None),
    "broken fields": (f"{PAGE}?fields=id%7B", 400, 2500, None),
    "deprecated field": (f"{PAGE}/published_posts?fields=caption", 400, 12, None),
    "limit too large": (f"{PAGE}/published_posts?limit=101", 400, 100, None),
    "limit no number": (f"{PAGE}/published_posts?limit=x", 400, 100, None),
    "broken cursor": (f"{PAGE}/published_posts?after=%00%FF", 400, 100, None),
    "broken time": (f"{PAGE}/published_posts?since=igar", 400, 100, None),
    "unknown post": (f"{PAGE}_1/comments", 400, 100, 33),
    "unknown id": ("12345", 400, 100, 33),
    "another's page": (f"{PAGE_IDS[LEADER]}/published_posts", 403, 10, None),
    "unknown edge": (f"{PAGE}/zzz", 400, 2500, None),
    "no path": ("", 400, 2500, None),
    "endless number": (f"{PAGE}/published_posts?limit={'9' * 5000}", 400, 100, None),
    "negative limit": (f"{PAGE}/published_posts?limit=-1", 400, 100, None),
    "time out of range": (f"{PAGE}/published_posts?until=999999999999999", 400, 100, None),
}


@pytest.mark.parametrize("case", GRAPH_ERRORS)
def test_wrong_graph_calls_get_graph_errors(sandbox: Sandbox, case: str) -> None:
    """A wrong call gets the platform's error object, never a traceback."""
    target, status, code, subcode = GRAPH_ERRORS[case]
    reply = fetch(sandbox, GRAPH_HOST, f"/v25.0/{target}", token=sandbox.tokens[MAIN])
    error = reply.json["error"]
    assert (reply.status, error["code"], error.get("error_subcode")) == (status, code, subcode)


def test_credentials_are_asked_for_and_told_apart(sandbox: Sandbox) -> None:
    """No token is 104, a false one 190; the query works as the header does; the list of calls shows neither."""
    assert fetch(sandbox, GRAPH_HOST, f"/v25.0/{PAGE}").json["error"]["code"] == 104
    assert fetch(sandbox, GRAPH_HOST, f"/v25.0/{PAGE}", token="EAAfalse").json["error"]["code"] == 190
    token = sandbox.tokens[MAIN]
    assert fetch(sandbox, GRAPH_HOST, f"/v25.0/me?access_token={token}").json["id"] == PAGE
    assert fetch(sandbox, GRAPH_HOST, f"/v25.0/{PAGE}", token=token, method="POST").json["error"]["code"] == 100
    assert token not in repr(sandbox.calls)
    assert [call.credential for call in sandbox.calls] == [False, True, True, True]


def test_a_token_without_moderation_gets_comments_without_ids(sandbox: Sandbox) -> None:
    """As on the platform, ids and authors are left out, and hidden comments are not listed."""
    post = max(sandbox.truth(MAIN).posts, key=lambda p: len(p.comments))
    token = sandbox.tokens_without_moderation[MAIN]
    target = f"/v25.0/{post.id}/comments?filter=stream&fields=id,from,message&limit=100"
    records = fetch(sandbox, GRAPH_HOST, target, token=token).json["data"]
    assert {key for record in records for key in record} == {"message"}


def test_blog_pages_cover_posts_and_comments(sandbox: Sandbox) -> None:
    """Pages of any size give each public item once, and the headers count them."""
    truth = sandbox.truth(BLOG, *ALL)
    for collection, wanted in (("posts", [p.id for p in truth.posts]), ("comments", [c.id for c in truth.comments])):
        for size in (3, 100):
            found, page, pages = [], 0, 1
            while page < pages:
                page += 1
                reply = fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/{collection}?per_page={size}&page={page}&order=asc")
                pages = int(reply.headers["X-WP-TotalPages"])
                found += [str(item["id"]) for item in reply.json]
            assert sorted(found) == sorted(wanted)
            assert int(reply.headers["X-WP-Total"]) == len(wanted)


def test_blog_windows_are_in_site_time_and_comments_come_by_posts(sandbox: Sandbox) -> None:
    """After and before compare local time; comments can be asked for several posts at once."""
    found = fetch(
        sandbox, BLOG_HOST, "/wp-json/wp/v2/posts?after=2026-06-01T00:00:00&before=2026-07-01T00:00:00&per_page=100"
    ).json
    summer = sandbox.truth(BLOG, datetime(2026, 5, 31, 22, tzinfo=UTC), datetime(2026, 6, 30, 22, tzinfo=UTC))
    assert {str(post["id"]) for post in found} == {post.id for post in summer.posts}
    assert all(post["date"] != post["date_gmt"] for post in found)
    ids = ",".join(post.id for post in summer.posts)
    below = fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/comments?post={ids}&per_page=100&order=asc").json
    assert [str(c["id"]) for c in below] == [c.id for c in sorted(summer.comments, key=lambda c: int(c.id))]


def test_blog_embeds_and_chooses_fields(sandbox: Sandbox) -> None:
    """_embed brings author and picture, whose file is where and what it says; _fields leaves the rest out."""
    post = next(
        p
        for p in fetch(sandbox, BLOG_HOST, "/wp-json/wp/v2/posts?_embed=author,wp:featuredmedia").json
        if p["featured_media"]
    )
    medium = post["_embedded"]["wp:featuredmedia"][0]
    assert post["_embedded"]["author"][0]["id"] == post["author"]
    body = fetch(sandbox, BLOG_HOST, urlsplit(medium["source_url"]).path).body
    assert len(body) == medium["media_details"]["filesize"]
    slim = fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/posts/{post['id']}?_fields=id,title.rendered").json
    assert slim == {"id": post["id"], "title": post["title"]}


BLOG_ERRORS = {
    "posts?per_page=101": (400, "rest_invalid_param"),
    "posts?per_page=x": (400, "rest_invalid_param"),
    "posts?page=99": (400, "rest_post_invalid_page_number"),
    "posts?orderby=okand": (400, "rest_invalid_param"),
    "posts?after=trasigt": (400, "rest_invalid_param"),
    "posts?after=2026-13-45T00:00:00": (400, "rest_invalid_param"),
    "posts?per_page=--5": (400, "rest_invalid_param"),
    "posts?include=%C2%B2": (400, "rest_invalid_param"),
    "posts?status=trash": (400, "rest_invalid_param"),
    "posts/999999": (404, "rest_post_invalid_id"),
    "comments?status=hold": (401, "rest_forbidden_param"),
    "comments/999999": (404, "rest_comment_invalid_id"),
    "users/99": (404, "rest_user_invalid_id"),
    "okand": (404, "rest_no_route"),
}


@pytest.mark.parametrize("target", BLOG_ERRORS)
def test_wrong_blog_calls_get_rest_errors(sandbox: Sandbox, target: str) -> None:
    """A wrong call gets the code that a real WordPress was recorded to give."""
    reply = fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/{target}")
    assert (reply.status, reply.json["code"], reply.json["data"]["status"]) == (*BLOG_ERRORS[target], reply.status)


@pytest.mark.shared
@pytest.mark.parametrize("number", [1, 2, 3, 5, 9, 10, 13])
def test_blog_errors_are_the_recorded_ones_byte_for_byte(sandbox: Sandbox, shared: Path, number: int) -> None:
    """Where the sandbox answers the very request that was recorded, the body is the same."""
    lines = (shared / "recordings/own/wordpress/04_errors.jsonl").read_text(encoding="utf-8").splitlines()
    exchange = next(e for e in map(json.loads, lines) if e["n"] == number)
    reply = fetch(sandbox, BLOG_HOST, exchange["request"]["target"])
    assert (reply.status, reply.body) == (exchange["response"]["status"], exchange["response"]["body_text"].encode())


def test_media_are_what_the_truth_says_and_open(sandbox: Sandbox) -> None:
    """A picture's bytes have the stated digest and open with Pillow; a false signature is refused."""
    post = next(p for p in sandbox.truth(MAIN).posts if p.kind == "photo")
    address = urlsplit(post.media[0].url or "")
    reply = fetch(sandbox, CDN_HOST, f"{address.path}?{address.query}")
    assert reply.headers["Content-Type"] == f"image/{Image.open(io.BytesIO(reply.body)).format.lower()}"
    assert len(reply.body) == post.media[0].bytes
    assert fetch(sandbox, CDN_HOST, f"{address.path}?oh=00_false").status == 403
    assert fetch(sandbox, CDN_HOST, "/v/nothing.jpg").status == 404


def test_changes_show_at_once(sandbox: Sandbox) -> None:
    """Deleted posts are gone, deleted comments counted but unlisted, hidden ones flagged, edits dated by the clock."""
    posts = sandbox.truth(MAIN).posts
    busy = max(posts, key=lambda p: len(p.comments))
    sandbox.delete_comment(MAIN, busy.comments[-1].id)
    sandbox.hide_comment(MAIN, busy.comments[0].id)
    sandbox.edit_post(MAIN, busy.id, "Rättad text")
    after = next(p for p in sandbox.truth(MAIN).posts if p.id == busy.id)
    assert (len(after.comments), after.claimed) == (len(busy.comments) - 1, busy.claimed)
    assert after.comments[0].hidden
    assert (after.text, after.updated_at) == ("Rättad text", NOW)
    sandbox.delete_post(MAIN, busy.id)
    assert graph(sandbox, busy.id).json["error"]["error_subcode"] == 33


def test_a_deleted_blog_comment_hands_its_answers_up(sandbox: Sandbox) -> None:
    """WordPress moves the answers to the deleted comment's parent, and answers 404 for it."""
    comments = sandbox.truth(BLOG, *ALL).comments
    answer = next(c for c in comments if c.depth == 1 and c.parent_id in {one.id for one in comments})
    sandbox.delete_comment(BLOG, str(answer.parent_id))
    assert fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/comments/{answer.parent_id}").status == 404
    assert fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/comments/{answer.id}").json["parent"] == 0
    sandbox.hide_comment(BLOG, answer.id)
    assert fetch(sandbox, BLOG_HOST, f"/wp-json/wp/v2/comments/{answer.id}").json["code"] == "rest_cannot_read"
