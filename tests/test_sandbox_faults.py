"""Misbehaviour on order: each kind of fault shows on the wire, and nothing brings the sandbox down."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from _sandbox_client import DEMO, PAGE, Reply, fetch, graph, walked

from connectors.sandbox import BLOG_HOST, CDN_HOST, GRAPH_HOST, MAIN, OTHER_HOST, Fault, FaultKind, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Yield the demonstration city, served on loopback."""
    with Sandbox(DEMO, clock=lambda: NOW) as running:
        yield running


def listing(sandbox: Sandbox) -> Reply:
    """Ask for a page of posts with their comments."""
    return graph(sandbox, f"{PAGE}/published_posts", fields="id,comments.limit(5).summary(true){id}", limit="5")


def test_an_empty_page_and_a_repeated_cursor(sandbox: Sandbox) -> None:
    """Behind an empty page the records follow; a repeated cursor leads back to its own page."""
    whole = [p["id"] for p in walked(sandbox, f"{PAGE}/published_posts", fields="id", limit="10")]
    sandbox.misbehave(Fault(FaultKind.EMPTY_PAGE, "published_posts", nth=2))
    assert [p["id"] for p in walked(sandbox, f"{PAGE}/published_posts", fields="id", limit="10")] == whole
    sandbox.behave()
    sandbox.misbehave(Fault(FaultKind.REPEATED_CURSOR, "published_posts", nth=2, times=None))
    second = urlsplit(listing(sandbox).json["paging"]["next"])
    third = fetch(sandbox, GRAPH_HOST, f"{second.path}?{second.query}").json["paging"]["next"]
    assert dict(parse_qsl(urlsplit(third).query))["after"] == dict(parse_qsl(second.query))["after"]


ERROR_FAULTS = {
    FaultKind.RATE_LIMITED: (429, 32),
    FaultKind.THROTTLED: (400, 32),
    FaultKind.SERVER_ERROR: (500, 2),
    FaultKind.TOO_MUCH_DATA: (500, 1),
    FaultKind.PERMISSION: (403, 200),
    FaultKind.TOKEN_ECHO_ERROR: (400, 100),
    FaultKind.TOKEN_EXPIRED: (401, 190),
}


@pytest.mark.parametrize("kind", ERROR_FAULTS)
def test_error_faults_befall_the_nth_call(sandbox: Sandbox, kind: FaultKind) -> None:
    """The chosen call gets the error, the one before does not, and the one after only with a dead token."""
    sandbox.misbehave(Fault(kind, "published_posts", nth=2, seconds=7, minutes=9))
    first, second, third = listing(sandbox), listing(sandbox), listing(sandbox)
    assert (first.status, second.status, second.json["error"]["code"]) == (200, *ERROR_FAULTS[kind])
    assert (third.status == 200) is (kind is not FaultKind.TOKEN_EXPIRED)
    if kind is FaultKind.RATE_LIMITED:
        assert second.headers["Retry-After"] == "7"
    if kind is FaultKind.THROTTLED:
        usage = json.loads(second.headers["X-Business-Use-Case-Usage"])
        assert usage[PAGE][0]["estimated_time_to_regain_access"] == 9
    if kind is FaultKind.TOKEN_ECHO_ERROR:
        assert sandbox.tokens[MAIN] in second.json["error"]["message"]


def test_faults_of_the_line(sandbox: Sandbox) -> None:
    """Resets, lengths that lie, giants and slow bodies show on the wire."""
    post = next(p for p in sandbox.truth(MAIN).posts if p.kind == "photo")
    address = urlsplit(post.media[0].url or "")
    sandbox.misbehave(Fault(FaultKind.RESET, "published_posts"))
    with pytest.raises((ConnectionResetError, http.client.IncompleteRead)):
        listing(sandbox)
    sandbox.misbehave(Fault(FaultKind.LONG_LENGTH, "published_posts"))
    with pytest.raises(http.client.IncompleteRead):
        listing(sandbox)
    sandbox.misbehave(Fault(FaultKind.HUGE_MEDIUM, CDN_HOST))
    with pytest.raises(http.client.IncompleteRead) as caught:
        fetch(sandbox, CDN_HOST, f"{address.path}?{address.query}")
    assert caught.value.expected > 2_900_000_000
    sandbox.misbehave(Fault(FaultKind.SLOW_BODY, CDN_HOST, seconds=0.4))
    begun = time.monotonic()
    assert len(fetch(sandbox, CDN_HOST, f"{address.path}?{address.query}").body) == post.media[0].bytes
    assert time.monotonic() - begun >= 0.3


def test_faults_of_the_body(sandbox: Sandbox) -> None:
    """Cut JSON, a proxy's page, empty comments under a large count, and an echoed token show in the body."""
    whole = listing(sandbox)
    sandbox.misbehave(Fault(FaultKind.CUT_JSON, "published_posts"))
    cut = listing(sandbox)
    assert (cut.body, cut.headers["Content-Length"]) == (whole.body[: len(whole.body) // 2], str(len(cut.body)))
    sandbox.misbehave(Fault(FaultKind.HTML, "published_posts"))
    assert listing(sandbox).body.startswith(b"<!DOCTYPE html>")
    sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, "published_posts"))
    assert {
        (len(p["comments"]["data"]), p["comments"]["summary"]["total_count"]) for p in listing(sandbox).json["data"]
    } == {(0, 40)}
    sandbox.misbehave(Fault(FaultKind.TOKEN_ECHO, "published_posts"))
    echo = listing(sandbox)
    assert echo.body.count(sandbox.tokens[MAIN].encode()) > whole.body.count(sandbox.tokens[MAIN].encode())
    assert echo.headers["X-FB-Debug"] == sandbox.tokens[MAIN]
    sandbox.misbehave(Fault(FaultKind.HIGH_USAGE, "published_posts"))
    assert '"call_count":90' in listing(sandbox).headers["X-Business-Use-Case-Usage"]


def test_redirects_deletions_and_gone(sandbox: Sandbox) -> None:
    """A redirect leads to another host without the token; a post vanishes between two pages; a medium is gone."""
    sandbox.misbehave(Fault(FaultKind.REDIRECT, "published_posts"))
    moved = listing(sandbox)
    assert (moved.status, urlsplit(moved.headers["Location"]).netloc) == (302, OTHER_HOST)
    assert "access_token" not in moved.headers["Location"]
    sandbox.misbehave(Fault(FaultKind.POST_DELETED, "published_posts"))
    last = listing(sandbox).json["data"][-1]["id"]
    assert graph(sandbox, f"{last}/comments").json["error"]["error_subcode"] == 33
    sandbox.misbehave(Fault(FaultKind.GONE, "wp-json"))
    assert [fetch(sandbox, BLOG_HOST, "/wp-json/").status for _ in range(2)] == [404, 200]


def test_blog_faults_show_too(sandbox: Sandbox) -> None:
    """The same orders work on the blog's host."""
    sandbox.misbehave(Fault(FaultKind.RATE_LIMITED, BLOG_HOST, seconds=3))
    assert fetch(sandbox, BLOG_HOST, "/wp-json/wp/v2/posts").headers["Retry-After"] == "3"
    sandbox.misbehave(Fault(FaultKind.EMPTY_PAGE, BLOG_HOST))
    empty = fetch(sandbox, BLOG_HOST, "/wp-json/wp/v2/posts")
    assert (empty.json, int(empty.headers["X-WP-TotalPages"]) > 1) == ([], True)


def test_what_is_no_proper_request_gets_a_plain_answer(sandbox: Sandbox) -> None:
    """Unknown hosts, unknown methods and odd paths are answered, and the server lives on."""
    address = sandbox.connect_to[GRAPH_HOST].split(":")
    with closing(http.client.HTTPConnection(address[0], int(address[1]), timeout=10)) as connection:
        connection.request("GET", "/", headers={"Host": "okand.example"})
        assert connection.getresponse().read() == b"Misdirected Request\n"
    assert fetch(sandbox, GRAPH_HOST, "/", method="BREW").status == 501
    assert fetch(sandbox, BLOG_HOST, quote("/wp-json/wp/v2/posts/²")).status == 404
    assert fetch(sandbox, GRAPH_HOST, "//[").status == 400
    assert fetch(sandbox, GRAPH_HOST, "/", method="HEAD").body == b""
    assert fetch(sandbox, BLOG_HOST, "/wp-json/").headers["Date"] == "Mon, 23 Nov 2026 09:00:00 GMT"
