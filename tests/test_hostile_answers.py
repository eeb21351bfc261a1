"""Answers a platform or a stranger should never give: each costs a gap at most, and never what came beside it."""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _loopback import NOW, Call, Reply, bench, said, serving

from connectors import Gate, GateSettings, WarcFile, open_source
from connectors._address import is_public
from connectors._credential import Keyring
from connectors._feed_format import FEED_FORMAT
from connectors._feed_xml import parsed
from connectors._registry import CONNECTORS, open_with, secrets_in
from connectors._replay import Leftover, Recorded, take_up
from connectors._responses import HTTP
from connectors.linkedin import LINKEDIN
from urval.errors import ConfigError, MalformedError, RefusedError
from urval.records import Gap, GapReason
from urval.source import EndReason, Thread

HOST = "api.exempelstad.example"
API = f"http://{HOST}"
INFO = {"capture-id": "test", "software": "urval"}
TOKEN = "planted-token-0123456789"
PERIOD: dict[str, Any] = {"start": datetime(2026, 1, 1, tzinfo=UTC), "end": datetime(2026, 7, 1, tzinfo=UTC)}
ONCE = GateSettings(retries=0)
X = {"user_id": "1", "base_url": API}
IN_JUNE, IN_2023 = "Mon, 29 Jun 2026 10:00:00 GMT", "Mon, 02 Jan 2023 10:00:00 GMT"
POST = "at://did:plc:a/app.bsky.feed.post/1"


def opened(platform: str, settings: dict[str, str], gate: Gate, credential: str | None = TOKEN) -> Any:
    """Open an account of a platform on the server."""
    return open_source(platform, account_id="a", settings=settings, credential=credential, gate=gate, **PERIOD)


def read(folder: Path, answer: Any, platform: str, settings: dict[str, str], secret: str | None = TOKEN) -> list[Any]:
    """Read an account to its end."""
    with bench(folder, answer, settings=ONCE) as b:
        return list(opened(platform, settings, b.gate, secret).read())


def threads(items: list[Any]) -> list[Thread]:
    """Return the threads among what was read."""
    return [item for item in items if isinstance(item, Thread)]


def gaps(items: list[Any]) -> list[Gap]:
    """Return the gaps of the account and of its threads."""
    own = [item for item in items if isinstance(item, Gap)]
    return own + [gap for thread in threads(items) for gap in thread.gaps]


def tweet(number: int, conversation: int | None = None, **more: object) -> dict[str, Any]:
    """Return a post of X, an answer if it names a conversation."""
    told = {"id": str(number), "text": f"t{number}", "created_at": "2026-03-01T10:00:00Z", "author_id": "1"}
    return {**told, "conversation_id": str(conversation or number), **more}


def on_x(listed: list[dict[str, Any]], answers: object = None, texts: Any = None) -> Any:
    """Answer as X does: the account, its posts, answers to them, earlier texts."""

    def answer(call: Call) -> Reply:
        path = urlsplit(call.path).path
        if path == "/2/tweets" and texts is not None:
            return texts(call)
        account = {"id": "1", "name": "n", "username": "u"}
        data = {"/2/users/1": account, "/2/users/1/tweets": listed}.get(path, answers)
        return said({"data": data, "meta": {}} if data else {"meta": {"result_count": 0}})

    return answer


@contextmanager
def resumable(folder: Path, where: str, leftover: Leftover | None) -> Any:
    """Open a gate that notes how far it came, and takes up what a run before left."""
    files = {"capture_id": "test", "software": {"software": "urval"}, "mark": folder / "mark", "leftover": leftover}
    reach = {"media": folder / "media", "connect_to": {HOST: where}, "recorded": Recorded(leftover)}
    with (
        WarcFile(folder / "e.warc.gz", clock=lambda: NOW, **files) as warc,
        Gate(ONCE, clock=lambda: NOW, sleep=lambda _seconds: None, warc=warc, **reach) as gate,
    ):
        yield gate


def test_a_recorded_refusal_is_asked_again_live_on_resume(tmp_path: Path) -> None:
    """A refusal before the mark may have been lifted: the next run asks anew, and takes up what came."""
    status = [403]
    with serving(lambda call: said({"at": call.path}, status[0] if "refused" in call.path else 200)) as (where, calls):
        with resumable(tmp_path, where, None) as gate:
            with pytest.raises(RefusedError):
                gate.get(f"{API}/refused", table=HTTP)
            gate.get(f"{API}/later", table=HTTP)
        status[0] = 200
        left = take_up(tmp_path / "e.warc.gz", tmp_path / "mark", info=INFO, now=NOW)
        with resumable(tmp_path, where, left) as gate:
            assert gate.get(f"{API}/refused", table=HTTP).status == 200
            assert gate.get(f"{API}/later", table=HTTP).status == 200
    assert [call.path for call in calls] == ["/refused", "/later", "/refused"]


def edited(amount: int = 40) -> Any:
    """Return one post and so many answers to it, each with three earlier texts: more than one call takes."""
    reply = {"author_id": "2", "in_reply_to_user_id": "1", "referenced_tweets": [{"type": "replied_to", "id": "500"}]}
    replies = [
        tweet(first + 3, 500, **reply, edit_history_tweet_ids=[str(first + n) for n in range(4)])
        for first in range(1000, 1000 + 10 * amount, 10)
    ]
    return [tweet(500, public_metrics={"reply_count": amount})], replies


def test_versions_are_numbered_through_all_batches(tmp_path: Path) -> None:
    """Where a batch ends within a comment's history, the numbers go on and none comes twice."""

    def texts(call: Call) -> Reply:
        asked = parse_qs(urlsplit(call.path).query)["ids"][0].split(",")
        return said({"data": [{"id": i, "text": "old", "created_at": "2026-03-01T09:00:00Z"} for i in asked]})

    numbers = defaultdict(list)
    for version in threads(read(tmp_path, on_x(*edited(), texts), "x", X))[0].versions:
        numbers[version.subject_id].append(version.number)
    assert list(numbers.values()) == [[0, 1, 2]] * 40


@pytest.mark.parametrize(("status", "dies"), [(403, False), (401, True)])
def test_a_failed_batch_of_versions_is_a_gap_of_every_subject(tmp_path: Path, status: int, *, dies: bool) -> None:
    """Every comment of the batch has its gap; a refusal of the whole account is remembered, at the last call too."""
    answer = on_x(*edited(), lambda _call: said({"title": "no", "status": status}, status))
    with bench(tmp_path, answer, settings=ONCE) as b:
        source = opened("x", X, b.gate)
        found = [gap for gap in gaps(list(source.read())) if gap.what == "versions"]
        assert {gap.subject_id for gap in found} == {str(n) for n in range(1003, 1403, 10)}
        assert {gap.reason for gap in found} == {GapReason.REFUSED}
        assert (source.died is not None) == dies


def entry(guid: str, when: str = IN_JUNE, title: str = "t") -> str:
    """Return an RSS entry."""
    return f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title><pubDate>{when}</pubDate></item>"


def fed(folder: Path, *pages: list[str]) -> list[Any]:
    """Read a feed of these pages."""

    def answer(call: Call) -> Reply:
        at = int(call.path[2:])
        link = f"<a:link rel='next' href='{API}/p{at + 1}'/>" if at + 1 < len(pages) else ""
        head = f"<title>f</title><link>{API}/</link>{link}"
        body = f"<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel>{head}{''.join(pages[at])}"
        return Reply(f"{body}</channel></rss>".encode(), 200, {"Content-Type": "application/rss+xml"})

    return read(folder, answer, "feed", {"base_url": f"{API}/p0"}, None)


def test_a_pinned_old_entry_does_not_hide_that_a_feed_is_short(tmp_path: Path) -> None:
    """The last entry decides whether the feed reaches back far enough, not a pinned one at its top."""
    items = fed(tmp_path, [entry("pinned", IN_2023), *(entry(f"n{n}") for n in range(3))])
    assert len(threads(items)) == 3
    assert [gap.reason for gap in gaps(items) if gap.what == "posts"] == [GapReason.INTERFACE_LIMIT]


def test_an_id_twice_on_a_page_with_other_content_is_a_gap(tmp_path: Path) -> None:
    """The first is kept, the second is named as lost; the very same entry twice is no loss."""
    items = fed(tmp_path, [entry("a"), entry("a", title="other"), entry("b"), entry("b"), entry("old", IN_2023)])
    assert [thread.post.id for thread in threads(items)] == ["a", "b"]
    assert [gap.subject_id for gap in gaps(items) if gap.reason == GapReason.MALFORMED] == ["a"]


def test_a_feed_listed_oldest_first_is_read_to_its_end(tmp_path: Path) -> None:
    """A whole page before the period does not end a feed: nothing says that it begins with the newest."""
    items = fed(tmp_path, [entry("o", IN_2023)], [entry("n")])
    assert ([thread.post.id for thread in threads(items)], items[-1].reason) == (["n"], EndReason.EXHAUSTED)


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-03-02T10:00:00"])
def test_a_strangers_impossible_time_costs_only_that_comment(tmp_path: Path, when: str) -> None:
    """A reply whose time no calendar holds, or that has no zone, is a gap; the reply beside it comes."""

    def reply(name: str, created: str) -> dict[str, Any]:
        record = {"text": "x", "createdAt": created, "reply": {"root": {"uri": POST}, "parent": {"uri": POST}}}
        author = {"did": "did:plc:evil", "handle": "evil"}
        return {"post": {"uri": f"at://did:plc:evil/app.bsky.feed.post/{name}", "author": author, "record": record}}

    value = {"text": "t", "createdAt": "2026-03-01T10:00:00Z"}
    replies = [reply("bad", when), reply("good", "2026-03-02T10:00:00Z")]
    told: dict[str, object] = {
        "getProfile": {"did": "did:plc:a", "handle": "h"},
        "getPosts": {"posts": [{"uri": POST, "cid": "c", "replyCount": 2}]},
        "getPostThread": {"thread": {"post": {"uri": POST}, "replies": replies}},
    }

    def answer(call: Call) -> Reply:
        name = urlsplit(call.path).path.rpartition(".")[2]
        if name == "listRecords":
            return said({"records": [{"uri": POST, "cid": "c", "value": value}] * ("feed.post" in call.path)})
        return said(told[name]) if name in told else said({}, 404)

    items = read(tmp_path, answer, "bluesky", {"did": "did:plc:a", "pds_url": API, "base_url": API}, None)
    assert [comment.id.rpartition("/")[2] for comment in threads(items)[0].comments] == ["good"]
    assert [gap.reason for gap in gaps(items) if gap.what == "comment"] == [GapReason.MALFORMED]


def test_a_post_without_zone_costs_only_that_post(tmp_path: Path) -> None:
    """A naive time cannot be placed in the period: a gap, and the listing goes on."""
    items = read(tmp_path, on_x([tweet(6, created_at="2026-03-01T10:00:00"), tweet(5)]), "x", X)
    assert ([thread.post.id for thread in threads(items)], items[-1].reason) == (["5"], EndReason.EXHAUSTED)
    assert [gap.subject_id for gap in gaps(items) if gap.reason == GapReason.MALFORMED] == ["6"]


def test_a_length_of_5000_digits_is_a_gap_and_the_warc_stays_whole(tmp_path: Path) -> None:
    """A medium that promises an absurd length is too large; every request has its response."""
    reply = Reply(b"x", 200, {"Content-Type": "image/png"}, length="9" * 5000)
    with bench(tmp_path, lambda _call: reply, settings=ONCE) as b:
        got = b.gate.download(f"{API}/a.png")
        assert getattr(got, "reason", None) == GapReason.TOO_LARGE
    kinds = [kind for kind, *_ in b.records()]
    assert kinds.count("request") == kinds.count("response") == 1


def test_a_medium_on_another_port_diverts_no_interface_call(tmp_path: Path) -> None:
    """Where a medium's port leads is not where the next call of the same host name goes."""
    with serving(lambda _call: Reply()) as (where, diverted), bench(tmp_path, lambda _c: said({}), hosts=()) as b:
        other = where.replace("127.0.0.1", "localhost")
        b.gate.download(f"http://{other}/evil.png", own=frozenset({other}))
        b.gate.get(f"http://localhost:{b.address.rpartition(':')[2]}/posts", table=HTTP)
    assert ([call.path for call in diverted], [call.path for call in b.calls]) == (["/evil.png"], ["/posts"])


@pytest.mark.parametrize("status", [400, 503])
def test_an_early_renewal_that_fails_is_tried_once_in_a_run(tmp_path: Path, status: int) -> None:
    """The token lives still: the run goes on with it, and does not ask before every call."""

    def answer(call: Call) -> Reply:
        return said({}, status) if "/renew" in call.path else said({"id": "1", "username": "u", "data": []})

    credential = json.dumps({"access_token": TOKEN, "expires_at": str(int(NOW.timestamp()) + 10 * 86_400)})
    settings = {"user_id": "1", "base_url": API, "token_url": f"{API}/renew"}
    with bench(tmp_path, answer, settings=ONCE) as b:
        list(opened("instagram", settings, b.gate, credential).read())
    assert sum("/renew" in call.path for call in b.calls) == 1 < len(b.calls) - 1


def test_a_renewed_token_without_lifetime_is_not_renewed_again() -> None:
    """The end of the old token says nothing about the new one."""
    held = {"access_token": TOKEN, "refresh_token": "r" * 20, "client_id": "c", "client_secret": "s" * 12}
    keyring = Keyring(
        json.dumps({**held, "expires_at": "1"}), account_id="a", scheme="Bearer", renewal=LINKEDIN.renewal
    )
    assert keyring.runs_out(NOW)
    keyring.take(200, b'{"access_token": "another-token-0123456789"}', NOW)
    assert not keyring.runs_out(NOW)


def test_unreadable_posts_count_towards_an_interfaces_reach(tmp_path: Path) -> None:
    """Twenty listed are the reach of twenty, though two of them cannot be read."""
    small = replace(CONNECTORS["x"], listings=tuple(replace(one, reach=20) for one in CONNECTORS["x"].listings))
    listed = [tweet(100 + n, **({"text": None} if n < 2 else {})) for n in range(20)]
    with bench(tmp_path, on_x(listed), settings=ONCE) as b:
        items = list(open_with(small, account_id="a", settings=X, credential=TOKEN, gate=b.gate, **PERIOD).read())
    assert len(threads(items)) == 18
    assert [gap.reason for gap in gaps(items) if gap.what == "posts"] == [GapReason.INTERFACE_LIMIT]


@pytest.mark.parametrize("mark", [b"<!--", b"<![CDATA["])
def test_sections_that_are_never_closed_cost_no_more_than_their_length(mark: bytes) -> None:
    """Two megabytes of openings come back as they were; looking for each one's end anew would never finish."""
    hostile = b"<rss><channel>" + mark * (2_000_000 // len(mark))
    assert FEED_FORMAT.mended(hostile) == hostile
    assert not FEED_FORMAT.well_formed(hostile)


def test_an_encoding_that_decodes_nothing_is_malformed() -> None:
    """Python knows a codec named ``undefined`` that always fails."""
    with pytest.raises(MalformedError):
        parsed(b"<?xml version='1.0' encoding='undefined'?><rss><channel/></rss>")


@pytest.mark.parametrize("address", ["64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001::1", "::127.0.0.1"])
def test_an_inner_address_in_ipv6_disguise_is_not_public(address: str) -> None:
    """NAT64, 6to4, Teredo and IPv4-compatible addresses may lead to inner hosts; an ordinary one is public."""
    assert not is_public(address)
    assert is_public("2a00:1450:4001:81b::200e")


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "client_secret"])
def test_a_secret_too_short_to_be_removed_safely_is_refused(name: str) -> None:
    """Seven characters might be part of any word: they are neither left in nor cut out of what is archived."""
    held = {"access_token": TOKEN, "refresh_token": "r" * 8, "client_id": "c", "client_secret": "s" * 8}
    assert TOKEN in secrets_in("linkedin", json.dumps(held), account_id="a")
    with pytest.raises(ConfigError, match=f"{name} of account a is too short"):
        secrets_in("linkedin", json.dumps({**held, name: "short77"}), account_id="a")
