"""Bluesky objects written by hand: every field, every state, and what is no proper answer."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path  # noqa: TC003 - pytest resolves it at run time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _loopback import Bench, Call, Reply, bench, said

from connectors import GateSettings, open_source
from connectors._bluesky_media import sha256_of, shown, uploaded
from connectors.sandbox.signed_repository import blob_cid, car_file, commit_of, record_cid
from urval.errors import ConfigError, GoneError, MalformedError, RefusedError, ThrottledError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.source import Item

APP, PDS = "app.exempelstad.example", "pds.exempelstad.example"
OWN, ASA, BO = (
    "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa",
    "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb",
    "did:plc:cccccccccccccccccccccccc",
)
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
POST, TIME = "app.bsky.feed.post", "2026-06-01T10:00:00.000Z"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PROFILE = {"did": OWN, "handle": "exempelstad.example", "displayName": "Exempelstad", "description": "Om allt"}


def uri(key: str, did: str = OWN) -> str:
    """Return a post's address."""
    return f"at://{did}/{POST}/{key}"


def written(text: str = "Hej", created: str = TIME, **more: Any) -> dict[str, Any]:
    """Return a post's record."""
    return {"$type": POST, "text": text, "createdAt": created, "langs": ["sv"], **more}


def answering(parent: str, root: str) -> dict[str, Any]:
    """Return the reference of an answer."""
    return {"root": {"uri": root, "cid": "x"}, "parent": {"uri": parent, "cid": "x"}}


def kept(key: str, value: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return a record as the data server lists it."""
    value = written() if value is None else value
    return {"uri": uri(key), "cid": record_cid(value), "value": value}


def view(key: str, did: str = OWN, value: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Return a post or answer as the AppView shows it."""
    value = written() if value is None else value
    author = {"did": did, "handle": "n.example", "displayName": {OWN: "Exempelstad", ASA: "Åsa"}.get(did)}
    shown_post = {"uri": uri(key, did), "cid": record_cid(value), "author": author, "record": value}
    return {**shown_post, "replyCount": 0, "likeCount": 0, "repostCount": 0, "indexedAt": TIME, "labels": [], **more}


def node(post: dict[str, Any], *replies: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a node of a thread."""
    return {"post": post, "replies": list(replies), "$type": "app.bsky.feed.defs#threadViewPost", **more}


def answer_to(
    parent: str, key: str, did: str = ASA, root: str | None = None, text: str = "Svar", **more: Any
) -> dict[str, Any]:
    """Return an answer as the AppView shows it."""
    return view(key, did, written(text, reply=answering(parent, root or uri("1"))), **more)


def wrong(name: str, message: str = "", status: int = 400) -> Reply:
    """Return a refusal."""
    return said({"error": name, "message": message}, status)


def car(*posts: dict[str, Any]) -> Reply:
    """Return the signed repository."""
    blocks: dict[str, bytes] = {}
    root = commit_of(OWN, "3aaaaaaaaaaaa", {f"{POST}/{n}": post["value"] for n, post in enumerate(posts)}, blocks)
    return Reply(car_file(root, blocks), 200, {"Content-Type": "application/vnd.ipld.car"})


def network(
    posts: list[Any] = (), threads: dict[str, Any] | None = None, views: list[Any] | None = None, **other: Any
) -> Callable[[Call], Reply]:
    """Answer as both hosts; ``threads`` by the address asked for, ``other`` by the last part of a method's name."""

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        method, query = parts.path.rpartition(".")[2], parse_qs(parts.query)
        if method in other:
            told = other[method]
            return told(call) if callable(told) else told
        if method == "listRecords":
            wanted = posts if query["collection"] == [POST] else other.get("shares", [])
            page = [] if "cursor" in query else wanted
            return said({"records": page, **({"cursor": "2"} if page else {})})
        if method == "getPosts":
            known = [view(p["uri"][-1], value=p["value"]) for p in posts] if views is None else views
            return said({"posts": [v for v in known if v["uri"] in query["uris"]]})
        if method == "getPostThread":
            found = (threads or {}).get(query["uri"][0])
            return wrong("NotFound", f"Post not found: {query['uri'][0]}") if found is None else said(found)
        known_calls = {"getProfile": said(PROFILE), "getRepo": car(*[p for p in posts if isinstance(p, dict)][:1])}
        return known_calls.get(method) or wrong("AuthMissing", "Authentication Required", 401)

    return answer


def read(b: Bench, **more: str) -> list[Item]:
    """Read the account of the test."""
    settings = {"did": OWN, "base_url": f"http://{APP}", "pds_url": f"http://{PDS}/", **more}
    return list(
        open_source(
            "bluesky", account_id="bsky", settings=settings, credential=None, start=START, end=END, gate=b.gate
        ).read()
    )


def captured(folder: Path, answer: Callable[[Call], Reply]) -> tuple[list[Item], list[Call]]:
    """Capture an account that answers so."""
    with bench(folder, answer, hosts=(APP, PDS), settings=GateSettings(retries=1)) as b:
        return read(b), b.calls


def threads_in(items: list[Item]) -> dict[str, Thread]:
    """Return the threads among the items by their record key."""
    return {item.post.id.rpartition("/")[2]: item for item in items if isinstance(item, Thread)}


def gaps_in(items: list[Item]) -> list[Gap]:
    """Return all gaps but the two that are told of every account."""
    own = [item for item in items if isinstance(item, Gap) and item.reason is not GapReason.INTERFACE_LIMIT]
    return own + [gap for item in items if isinstance(item, Thread) for gap in item.gaps]


def test_all_fields_of_a_post(tmp_path: Path) -> None:
    """Text as given, the author's time in UTC, counts by the AppView, unknown members and facets in the raw record."""
    facets = [{"index": {"byteStart": 0, "byteEnd": 5}, "features": [{"$type": "x#tag", "tag": "å"}]}]
    value = written("#ååå & <b>", "2026-06-01T12:00:00.1+02:00", facets=facets, nytt={"fält": 9007199254740993})
    counted = view("1", value=value, likeCount=7, repostCount=2, replyCount=0)
    items, _ = captured(tmp_path, network([kept("1", value)], views=[counted]))
    post = threads_in(items)["1"].post
    assert (post.text, post.kind, post.language) == ("#ååå & <b>", "post", "sv")
    assert post.created_at == datetime(2026, 6, 1, 10, 0, 0, 100_000, tzinfo=UTC)
    assert post.created_at.tzinfo is UTC
    assert (post.reactions, post.reaction_count, post.share_count) == ((("like", 7),), 7, 2)
    assert (post.platform_comment_count, post.edited, post.visibility) == (0, Edited.UNKNOWN, Visibility.VISIBLE)
    assert (post.author_id, post.author_name, post.author_role, post.direction) == (
        OWN, "Exempelstad", AuthorRole.OWN, Direction.MADE,
    )  # fmt: skip
    assert post.permalink == f"https://bsky.app/profile/{OWN}/post/1"
    assert json.loads(post.raw) == kept("1", value)
    assert not gaps_in(items)


def test_all_fields_of_an_answer(tmp_path: Path) -> None:
    """Author, times, place in the tree, counts and the hidden mark of the gate; an own answer is known as one."""
    first = answer_to(uri("1"), "a", likeCount=3, replyCount=1, mer={"x": 1})
    own = answer_to(uri("a", ASA), "b", OWN, text="Tack!")
    gate = {"uri": uri("1").replace("post", "threadgate"), "record": {"hiddenReplies": [uri("a", ASA)]}}
    document = {"thread": node(view("1", replyCount=1), node(first, node(own))), "threadgate": gate}
    items, calls = captured(tmp_path, network([kept("1")], {uri("1"): document}, [view("1", replyCount=1)]))
    thread = threads_in(items)["1"]
    assert thread.post.platform_comment_count == 2
    asked, answered = thread.comments
    assert (asked.id, asked.parent_id, asked.depth, asked.hidden) == (uri("a", ASA), None, 0, True)
    assert (asked.author_id, asked.author_name, asked.author_role) == (ASA, "Åsa", AuthorRole.PERSON)
    assert (asked.direction, asked.visibility, asked.reaction_count) == (Direction.RECEIVED, Visibility.HIDDEN, 3)
    assert (asked.platform_reply_count, asked.permalink) == (1, f"https://bsky.app/profile/{ASA}/post/a")
    assert json.loads(asked.raw) == first
    assert (answered.parent_id, answered.depth, answered.is_own_answer) == (uri("a", ASA), 1, True)
    assert (answered.author_role, answered.hidden) == (AuthorRole.OWN, False)
    assert sum("getPostThread" in call.path for call in calls) == 1
    assert not gaps_in(items)


def test_missing_fields_are_none(tmp_path: Path) -> None:
    """A name, a language or a count that is not there is None or the handle, and nothing is made up."""
    bare = {"uri": uri("a", ASA), "author": {"did": ASA, "handle": "asa.example"}, "cid": "c"}
    bare["record"] = {"text": "", "createdAt": TIME, "reply": answering(uri("1"), uri("1"))}
    short = {"uri": uri("1"), "cid": kept("1")["cid"], "author": {"did": OWN, "handle": "x"}, "record": written()}
    items, _ = captured(tmp_path, network([kept("1")], {uri("1"): {"thread": node(short, node(bare))}}, [short]))
    thread = threads_in(items)["1"]
    assert (thread.post.platform_comment_count, thread.post.reaction_count, thread.post.author_name) == (
        None,
        None,
        None,
    )
    [comment] = thread.comments
    assert (comment.text, comment.language, comment.author_name) == ("", None, "asa.example")
    assert (comment.reaction_count, comment.platform_reply_count) == (None, None)


def test_an_edit_shows_where_the_hosts_differ(tmp_path: Path) -> None:
    """A record whose identifier is another at the AppView was edited; the data server's text counts."""
    items, _ = captured(tmp_path, network([kept("1")], views=[view("1", value=written("Gammal"))]))
    assert (threads_in(items)["1"].post.edited, threads_in(items)["1"].post.text) == (Edited.YES, "Hej")


def test_a_post_the_appview_does_not_show(tmp_path: Path) -> None:
    """It is kept as the data server has it, without numbers, with a gap that says so, and no call for its answers."""
    items, calls = captured(tmp_path, network([kept("1")], views=[]))
    thread = threads_in(items)["1"]
    assert (thread.post.text, thread.post.platform_comment_count) == ("Hej", None)
    assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.NOT_LISTED)]
    assert not any("getPostThread" in call.path for call in calls)


def test_without_counts_the_answers_still_come(tmp_path: Path) -> None:
    """When the counts cannot be had, that is a gap, and the thread is asked for all the same."""
    document = {"thread": node(view("1", replyCount=1), node(answer_to(uri("1"), "a")))}
    items, _ = captured(
        tmp_path, network([kept("1")], {uri("1"): document}, getPosts=wrong("InvalidRequest", "Trasigt"))
    )
    thread = threads_in(items)["1"]
    assert [c.id for c in thread.comments] == [uri("a", ASA)]
    assert [(gap.what, gap.reason) for gap in gaps_in(items)] == [("counts", GapReason.MALFORMED)]


def test_a_lost_own_answer_brings_its_surroundings(tmp_path: Path) -> None:
    """Below a deleted answer the thread is silent; an own answer there is asked for, and what hangs on it comes."""
    lost, own = answer_to(uri("gone", BO), "c", BO, replyCount=1), answer_to(uri("c", BO), "9", OWN, replyCount=1)
    below = answer_to(uri("9"), "d")
    above = node(lost, parent={"uri": uri("gone", BO), "notFound": True})
    told = {
        uri("1"): {"thread": node(view("1"))},
        uri("9"): {"thread": node(own, node(below), parent={k: v for k, v in above.items() if k != "replies"})},
    }
    listed = [kept("9", own["record"]), kept("1")]
    items, calls = captured(tmp_path, network(listed, told, [view("1", replyCount=0)]))
    thread = threads_in(items)["1"]
    assert set(threads_in(items)) == {"1"}
    assert {c.id: c.depth for c in thread.comments} == {uri("c", BO): 1, uri("9"): 2, uri("d", ASA): 3}
    assert [(gap.subject_id, gap.reason) for gap in thread.gaps] == [(uri("gone", BO), GapReason.NOT_LISTED)]
    asked = [parse_qs(urlsplit(call.path).query) for call in calls if "getPostThread" in call.path]
    assert [(one["uri"], one["parentHeight"]) for one in asked] == [([uri("9")], ["1000"])]


def test_an_own_answer_elsewhere_is_a_thread_of_its_own(tmp_path: Path) -> None:
    """An answer in another's talk is kept as a reply, with the answers to it, and not with what stands above it."""
    value = written("Hej Bo", reply=answering(uri("x", BO), uri("x", BO)))
    below = view("d", ASA, written("Ja", reply=answering(uri("7"), uri("x", BO))))
    told = {uri("7"): {"thread": node(view("7", value=value, replyCount=1), node(below))}}
    items, _ = captured(tmp_path, network([kept("7", value)], told, [view("7", value=value, replyCount=1)]))
    thread = threads_in(items)["7"]
    assert (thread.post.kind, thread.post.in_reply_to, thread.post.platform_comment_count) == ("reply", uri("x", BO), 1)
    assert [(c.id, c.parent_id, c.depth) for c in thread.comments] == [(uri("d", ASA), None, 0)]
    assert not gaps_in(items)


def test_a_repost_is_a_share(tmp_path: Path) -> None:
    """A repost names what it shares, and needs neither counts nor a thread."""
    address = f"at://{OWN}/app.bsky.feed.repost/5"
    share = {"uri": address, "cid": "c", "value": {"subject": {"uri": uri("s", BO), "cid": "x"}, "createdAt": TIME}}
    items, calls = captured(tmp_path, network([], shares=[share]))
    post = threads_in(items)["5"].post
    assert (post.id, post.kind, post.text, post.in_reply_to) == (address, "share", "", uri("s", BO))
    assert post.permalink == f"https://bsky.app/profile/{BO}/post/s"
    assert not any("getPost" in call.path for call in calls)


def test_what_is_cut_off_below_is_asked_for(tmp_path: Path) -> None:
    """An answer with more answers than came is asked about on its own, once, and the rest joins the thread."""
    first, second = answer_to(uri("1"), "a", replyCount=2), answer_to(uri("a", ASA), "b", BO)
    cut = {key: one for key, one in node(first).items() if key != "replies"}
    told = {uri("1"): {"thread": node(view("1"), cut)}, uri("a", ASA): {"thread": node(first, node(second))}}
    items, calls = captured(tmp_path, network([kept("1")], told, [view("1", replyCount=1)]))
    assert [c.id for c in threads_in(items)["1"].comments] == [uri("a", ASA), uri("b", BO)]
    assert threads_in(items)["1"].post.platform_comment_count == 3
    assert sum("getPostThread" in call.path for call in calls) == 2


@pytest.mark.parametrize(("mark", "reason"), [("blocked", GapReason.PRIVATE), ("notFound", GapReason.NOT_LISTED)])
def test_a_place_holder_is_a_gap(tmp_path: Path, mark: str, reason: GapReason) -> None:
    """A node that stands for an answer not shown becomes a gap with its address, and no comment."""
    document = {"thread": node(view("1"), {"uri": uri("a", ASA), mark: True, "$type": f"x#{mark}Post"})}
    items, _ = captured(tmp_path, network([kept("1")], {uri("1"): document}, [view("1", replyCount=1)]))
    thread = threads_in(items)["1"]
    assert thread.comments == ()
    assert [(gap.what, gap.subject_id, gap.reason) for gap in thread.gaps] == [("comment", uri("a", ASA), reason)]


@pytest.mark.parametrize(
    ("created", "read_as"),
    [
        ("2026-06-01T10:00:00Z", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00.123456789Z", datetime(2026, 6, 1, 10, 0, 0, 123_457, tzinfo=UTC)),
        ("2026-06-01T12:00:00+02:00", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T03:30:00-06:30", datetime(2026, 6, 1, 10, tzinfo=UTC)),
        ("2026-06-01T10:00:00", None),
        ("1 juni 2026", None),
    ],
)
def test_times_in_several_forms(tmp_path: Path, created: str, read_as: datetime | None) -> None:
    """Any form with a zone is read to the instant; one without a zone or sense is a gap with the post's address."""
    items, _ = captured(tmp_path, network([kept("1", written(created=created)), kept("2")]))
    found = threads_in(items)
    assert "2" in found
    if read_as is not None:
        assert found["1"].post.created_at == read_as
    else:
        lost = [(gap.what, gap.subject_id, gap.reason) for gap in gaps_in(items)]
        assert lost == [("post", uri("1"), GapReason.MALFORMED)]


def test_a_back_dated_post_is_found(tmp_path: Path) -> None:
    """The listing runs by the key, not by the claimed time: posts of the period are found wherever they stand."""
    times = {
        "9": "2020-01-01T00:00:00Z",
        "8": "2026-05-01T00:00:00Z",
        "7": "2026-11-01T00:00:00Z",
        "6": "2026-10-31T23:59:59Z",
    }
    items, _ = captured(tmp_path, network([kept(key, written(created=when)) for key, when in times.items()]))
    assert set(threads_in(items)) == {"8", "6"}
    [end] = [item for item in items if isinstance(item, ListingEnd) and item.listing == "posts"]
    assert (end.reason, end.records, end.outside_period) == (EndReason.EXHAUSTED, 4, 2)


def blob(data: bytes, mime: str = "image/png") -> dict[str, Any]:
    """Return how a record names a blob."""
    return {"$type": "blob", "ref": {"$link": blob_cid(data)}, "mimeType": mime, "size": len(data)}


def test_originals_vouch_for_themselves(tmp_path: Path) -> None:
    """Own pictures come from the data server and must match their identifier; another thing is a gap, not a file."""
    other = PNG + b"annan"
    images = [
        {"alt": "Vapen", "image": blob(PNG), "aspectRatio": {"width": 4, "height": 3}},
        {"alt": "", "image": blob(other)},
    ]
    value = written(embed={"$type": "app.bsky.embed.images", "images": images})
    told = network([kept("1", value)], getBlob=Reply(PNG, 200, {"Content-Type": "image/png"}))
    items, calls = captured(tmp_path, told)
    good, bad = threads_in(items)["1"].media
    assert (good.sha256, good.alt_text, good.width, good.height) == (hashlib.sha256(PNG).hexdigest(), "Vapen", 4, 3)
    assert (bad.file, bad.gap, bad.alt_text) == (None, GapReason.CHANGED, None)
    asked = [call for call in calls if "getBlob" in call.path]
    assert {call.host for call in asked} == {PDS}
    assert [parse_qs(urlsplit(call.path).query)["did"] for call in asked] == [[OWN], [OWN]]


def test_embeds_of_every_kind() -> None:
    """Galleries, films with captions, cards, quotes with media and old blobs are found; a quote alone has none."""
    film, thumb, text = blob(b"film", "video/mp4"), blob(b"tumme", "image/jpeg"), blob(b"vtt", "text/vtt")
    gallery = {"$type": "g", "items": [{"$type": "g#image", "image": blob(PNG), "alt": "a"}]}
    video = {"$type": "v", "video": film, "captions": [{"lang": "sv", "file": text}], "alt": "Film"}
    card = {"$type": "e", "external": {"uri": "https://x.example", "title": "t", "description": "", "thumb": thumb}}
    quote = {"$type": "r", "record": {"uri": uri("q", BO), "cid": blob_cid(PNG)}}
    kinds = {
        "gallery": [MediaKind.IMAGE], "video": [MediaKind.VIDEO, MediaKind.FILE], "card": [MediaKind.IMAGE],
        "quote": [], "both": [MediaKind.IMAGE], "old": [MediaKind.IMAGE],
    }  # fmt: skip
    embeds = {
        "gallery": gallery, "video": video, "card": card, "quote": quote,
        "both": {"$type": "rm", "record": quote, "media": gallery},
        "old": {"images": [{"image": {"cid": blob_cid(PNG), "mimeType": "image/png"}, "alt": ""}]},
    }  # fmt: skip
    assert {name: [ref.kind for ref in uploaded("o", OWN, embed)] for name, embed in embeds.items()} == kinds
    [both] = uploaded("o", OWN, embeds["both"])
    assert (both.id, both.base, both.sha256) == ("o:1", "pds_url", hashlib.sha256(PNG).hexdigest())


def test_pictures_of_others_are_those_shown() -> None:
    """Of residents' pictures the largest shown size is taken, of films the still and a note; what they quote is not."""
    images = {"images": [{"thumb": "http://x/t", "fullsize": "http://x/f", "alt": "Bild"}]}
    assert [(ref.url, ref.alt_text) for ref in shown("c", images)] == [("http://x/f", "Bild")]
    film = {"playlist": "http://x/p.m3u8", "thumbnail": "http://x/s.jpg", "cid": "b"}
    assert [(ref.kind, ref.url, ref.never) for ref in shown("c", film)] == [
        (MediaKind.VIDEO, None, True), (MediaKind.IMAGE, "http://x/s.jpg", False),
    ]  # fmt: skip
    quote = {"record": {"value": {}, "embeds": [images]}}
    assert shown("c", quote) == ()
    assert [ref.url for ref in shown("c", {"record": quote, "media": images})] == ["http://x/f"]
    assert shown("c", None) == ()


@pytest.mark.parametrize(
    "cid", ["", "b", "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s5", "zQmX", record_cid({})]
)
def test_identifiers_of_other_kinds_promise_nothing(cid: str) -> None:
    """Only a raw SHA-256 identifier names a digest."""
    assert sha256_of(cid) is None
    assert sha256_of(blob_cid(PNG)) == hashlib.sha256(PNG).hexdigest()


def test_the_profile(tmp_path: Path) -> None:
    """Names, counts and originals of avatar and banner, whose identifiers stand in the addresses shown."""
    address = f"http://{APP}/img/avatar/plain/{OWN}/{blob_cid(PNG)}@jpeg"
    told = PROFILE | {"avatar": address, "banner": f"http://{APP}/annan.png", "followersCount": 5, "postsCount": 9}
    picture = Reply(PNG, 200, {"Content-Type": "image/png"})
    items, _ = captured(tmp_path, network([], getProfile=said(told), getBlob=picture, png=picture))
    profile = items[0]
    assert isinstance(profile, ProfileView)
    assert (profile.profile.id, profile.profile.handle, profile.profile.name) == (
        OWN,
        "exempelstad.example",
        "Exempelstad",
    )
    assert (profile.profile.followers, profile.profile.posts, profile.profile.about) == (5, 9, "Om allt")
    assert [(item.kind, item.sha256) for item in profile.media] == [
        (MediaKind.AVATAR, hashlib.sha256(PNG).hexdigest()), (MediaKind.COVER, hashlib.sha256(PNG).hexdigest()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (wrong("InvalidRequest", "Profile not found"), GoneError, "Correct did"),
        (wrong("AccountDeactivated", "Account is deactivated"), RefusedError, "deactivated or taken down"),
        (wrong("AccountTakedown", "Account has been suspended"), RefusedError, "deactivated or taken down"),
        (said(PROFILE | {"did": ASA}), RefusedError, ASA),
        (Reply(b"<html>502</html>", 200, {"Content-Type": "text/html"}), MalformedError, ""),
        (said({"hej": 1}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_had(tmp_path: Path, reply: Reply, error: type[Exception], words: str) -> None:
    """Unknown, deactivated, taken down, someone else's or no answer at all: one typed error that says what to do."""
    with bench(tmp_path, network(getProfile=reply), hosts=(APP, PDS)) as b, pytest.raises(error) as failed:
        read(b)
    assert words in str(failed.value) + getattr(failed.value, "next_step", "")


def test_a_handle_is_no_identifier(tmp_path: Path) -> None:
    """A handle in the setting is refused with the identifier it stands for today: handles can change hands."""
    with bench(tmp_path, network(), hosts=(APP, PDS)) as b, pytest.raises(RefusedError) as failed:
        read(b, did="exempelstad.example")
    assert f"Set did: {OWN}" in failed.value.next_step


def test_limits_are_told_once(tmp_path: Path) -> None:
    """What the interface never gives is said once for the account, not for each post."""
    items, _ = captured(tmp_path, network([kept("2"), kept("1")]))
    limits = [item for item in items if isinstance(item, Gap) and item.reason is GapReason.INTERFACE_LIMIT]
    assert [gap.what for gap in limits] == ["media", "comments"]
    assert all(not thread.gaps for thread in threads_in(items).values())


@pytest.mark.parametrize("harm", ["address", "author", "subject", "langs", "count"])
def test_hostile_members_harm_nothing_else(tmp_path: Path, harm: str) -> None:
    """An address that is none, a missing author, odd languages or counts cost at most the record itself."""
    odd, good = answer_to(uri("1"), "a"), answer_to(uri("1"), "b", BO)
    share = {"uri": f"at://{OWN}/app.bsky.feed.repost/5", "cid": "c"}
    share["value"] = {"subject": {"uri": "javascript:alert(1)", "cid": "x"}, "createdAt": TIME}
    if harm == "address":
        odd["uri"] = "at://"
    elif harm == "author":
        del odd["author"]
    elif harm == "langs":
        odd["record"]["langs"] = None
    elif harm == "count":
        odd["replyCount"] = "många"
    document = {"thread": node(view("1"), node(odd), node(good))}
    told = network([kept("1")], {uri("1"): document}, [view("1", replyCount=2)], shares=[share])
    items, _ = captured(tmp_path, told)
    thread = threads_in(items)["1"]
    assert uri("b", BO) in {comment.id for comment in thread.comments}
    assert len(thread.comments) + len(thread.gaps) == 2
    assert threads_in(items)["5"].post.permalink is None


def test_settings_are_needed(tmp_path: Path) -> None:
    """Without the address of the account's own data server nothing is asked."""
    with bench(tmp_path, network(), hosts=(APP, PDS)) as b:
        with pytest.raises(ConfigError, match="pds_url"):
            open_source(
                "bluesky", account_id="b", settings={"did": OWN}, credential=None, start=START, end=END, gate=b.gate
            )
        assert not b.calls


def test_an_account_that_moved(tmp_path: Path) -> None:
    """The AppView knows it, the data server does not: the listings fail in the server's words, the profile is kept."""
    gone = wrong("InvalidRequest", f"Could not find repo: {OWN}")
    items, _ = captured(
        tmp_path, network(listRecords=gone, getRepo=wrong("RepoNotFound", "Could not find repo for DID"))
    )
    assert isinstance(items[0], ProfileView)
    ends = [item.reason for item in items if isinstance(item, ListingEnd)]
    assert ends == [EndReason.FAILED, EndReason.FAILED]
    assert {(gap.what, gap.reason) for gap in gaps_in(items)} == {
        ("posts", GapReason.GONE), ("reposts", GapReason.GONE), ("repository", GapReason.GONE),
    }  # fmt: skip


def test_threads_that_are_refused_or_broken(tmp_path: Path) -> None:
    """A post whose thread is refused, gone or none at all keeps its record and gets a gap; the others come whole."""
    good = {"thread": node(view("1", replyCount=1), node(answer_to(uri("1"), "a")))}
    posts = [kept("4"), kept("3"), kept("2"), kept("1")]
    counted = [view(key, replyCount=1) for key in "1234"]

    def thread(call: Call) -> Reply:
        asked = parse_qs(urlsplit(call.path).query)["uri"][0]
        return {
            uri("1"): said(good), uri("2"): wrong("BlockedActor", "Blocked"), uri("3"): wrong("NotFound", "Gone"),
            uri("4"): said({"thread": 3}),
        }[asked]  # fmt: skip

    items, _ = captured(tmp_path, network(posts, views=counted, getPostThread=thread))
    found = threads_in(items)
    assert {key: [(gap.what, gap.reason) for gap in one.gaps] for key, one in found.items()} == {
        "1": [], "2": [("comments", GapReason.REFUSED)], "3": [("comments", GapReason.GONE)],
        "4": [("comments", GapReason.MALFORMED)],
    }  # fmt: skip
    assert [c.text for c in found["1"].comments] == ["Svar"]


def test_a_broken_answer_is_a_gap(tmp_path: Path) -> None:
    """An answer without text or time is lost with its address; the answers below it come."""
    broken = answer_to(uri("1"), "a")
    del broken["record"]["createdAt"]
    document = {"thread": node(view("1"), node(broken, node(answer_to(uri("a", ASA), "b", BO))))}
    items, _ = captured(tmp_path, network([kept("1")], {uri("1"): document}, [view("1", replyCount=1)]))
    thread = threads_in(items)["1"]
    assert [c.id for c in thread.comments] == [uri("b", BO)]
    assert [(gap.what, gap.subject_id, gap.reason) for gap in thread.gaps] == [
        ("comment", uri("a", ASA), GapReason.MALFORMED)
    ]


@pytest.mark.parametrize("harm", ["turned", "cut", "html"])
def test_a_repository_is_checked(tmp_path: Path, harm: str) -> None:
    """A repository with a wrong byte, cut off, or that is none is a gap that says so; records are not touched."""
    whole = car(kept("1")).body
    bodies = {"turned": whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:], "cut": whole[:-9], "html": b"<html>"}
    reply = Reply(bodies[harm], 200, {"Content-Type": "application/vnd.ipld.car"})
    items, _ = captured(tmp_path, network([kept("1")], getRepo=reply))
    assert "1" in threads_in(items)
    reason = GapReason.MALFORMED if harm == "html" else GapReason.CHANGED
    assert [(gap.what, gap.reason) for gap in gaps_in(items)] == [("repository", reason)]


def test_the_repository_is_kept_whole(tmp_path: Path) -> None:
    """The signed repository lies in the WARC byte for byte."""
    with bench(tmp_path, network([kept("1")]), hosts=(APP, PDS)) as b:
        read(b)
    [body] = [r[3] for r in b.records() if r[0] == "response" and "getRepo" in r[1]]
    assert body == car(kept("1")).body


def test_a_full_allowance_is_told(tmp_path: Path) -> None:
    """Told to wait longer than allowed, the account ends as throttled; told to wait a little, it waits as told."""
    limited = said({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, Retry_After="86400")
    with bench(tmp_path, network(getProfile=limited), hosts=(APP, PDS)) as b, pytest.raises(ThrottledError):
        read(b)
    answers = iter([said({"error": "RateLimitExceeded"}, 429, Retry_After="7")])
    told = network(getProfile=lambda _call: next(answers, said(PROFILE)))
    (tmp_path / "2").mkdir()
    with bench(tmp_path / "2", told, hosts=(APP, PDS)) as b:
        read(b)
    assert len(b.slept) == 1
    assert 7 <= b.slept[0] < 9


def test_a_thread_deeper_than_a_reader_goes(tmp_path: Path) -> None:
    """A thread nested without measure is a gap of its post, not a crash."""
    document = b'{"thread":' + b'{"replies":[' * 3000 + b"]}" * 3000 + b"}"
    deep = Reply(document, 200, {"Content-Type": "application/json"})
    items, _ = captured(tmp_path, network([kept("1")], views=[view("1", replyCount=1)], getPostThread=deep))
    assert [gap.what for gap in threads_in(items)["1"].gaps] == ["comments"]


def test_base32_is_not_guessed() -> None:
    """The digest in an identifier is that of the multihash, after four bytes of prefix."""
    data = base64.b32decode(blob_cid(PNG)[1:].upper() + "======")
    assert data[:4] == b"\x01\x55\x12\x20"
    assert data[4:].hex() == sha256_of(blob_cid(PNG))
