"""The recorded Bluesky network, two visits with changes between them, served again and captured."""

from __future__ import annotations

import base64
import json
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _loopback import Call, Reply, bench, said

from connectors import open_source
from connectors._bluesky_errors import ERRORS
from connectors._responses import Action, judge
from urval.records import AuthorRole, Comment, Gap, GapReason, Post
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from urval.source import Item

ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
FOLDER = ROOT / "own" / "bluesky"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="the folder of recordings is not there"),
]
APP, PDS = "app.exempelstad.example", "pds.exempelstad.example"
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
AVATAR = "bafkreiglgzo7inkesfc2jukmtjiggogt4dw7a5qawvz3ksqk6ejtfj76iu"
VISITS = {"before": "01_before.jsonl", "after": "03_after.jsonl"}


def exchanges(name: str) -> list[dict[str, Any]]:
    """Return the recorded exchanges of a file."""
    with (FOLDER / name).open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


@cache
def expected() -> dict[str, Any]:
    """Return the truth as seeded."""
    return json.loads((FOLDER / "expected.json").read_text("utf-8"))


def body_of(told: dict[str, Any]) -> bytes:
    """Return a recorded body; its pictures' host is the one the test serves."""
    response = told["response"]
    if "body_base64" in response:
        return base64.b64decode(response["body_base64"])
    return response["body_text"].replace("localhost:2684", APP).encode()


@dataclass
class Network:
    """One visit's answers. Threads asked for in other ways than recorded are cut out of the recorded ones."""

    visit: str
    plain: dict[str, tuple[int, bytes]] = field(default_factory=dict)  # method -> status and body
    records: dict[str, list[Any]] = field(default_factory=dict)
    threads: dict[str, bytes] = field(default_factory=dict)
    views: dict[str, Any] = field(default_factory=dict)
    nodes: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # address -> node, and what is above it
    blobs: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Read the visit's exchanges."""
        for told in exchanges(VISITS[self.visit]):
            parts = urlsplit(told["request"]["target"])
            query, method = parse_qs(parts.query), parts.path.removeprefix("/xrpc/")
            status = told["response"]["status"]
            if method == "com.atproto.repo.listRecords" and status == 200:
                self.records.setdefault(query["collection"][0], []).extend(json.loads(body_of(told))["records"])
            elif method == "app.bsky.feed.getPostThread" and status == 200:
                self._note_thread(told, query)
            elif method in {"app.bsky.actor.getProfile", "com.atproto.sync.getRepo"} and "since" not in query:
                self.plain.setdefault(method, (status, body_of(told)))
            elif method in {"app.bsky.feed.getPosts", "app.bsky.feed.getAuthorFeed"}:
                told_of = json.loads(body_of(told))
                shown = told_of.get("posts") or [entry["post"] for entry in told_of["feed"]]
                self.views |= {view["uri"]: view for view in shown}
        for told in exchanges("02_media.jsonl"):
            self.blobs[parse_qs(urlsplit(told["request"]["target"]).query)["cid"][0]] = body_of(told)

    def _note_thread(self, told: dict[str, Any], query: dict[str, list[str]]) -> None:
        document = json.loads(body_of(told))
        if query["parentHeight"] == ["0"] and query["depth"] == ["1000"]:
            self.threads[query["uri"][0]] = body_of(told)
        if query["depth"] != ["1000"]:
            return
        left = [(document["thread"], document["thread"].get("parent"))]
        while left:
            node, above = left.pop()
            self.nodes[node["post"]["uri"]] = (node, above)
            self.views.setdefault(node["post"]["uri"], node["post"])
            left += [(answer, node) for answer in node["replies"]]

    def answer(self, call: Call) -> Reply:
        """Answer one request."""
        parts = urlsplit(call.path)
        method, query = parts.path.removeprefix("/xrpc/"), parse_qs(parts.query)
        if method in self.plain:
            status, body = self.plain[method]
            kind = "application/vnd.ipld.car" if method.endswith("getRepo") else "application/json"
            return Reply(body, status, {"Content-Type": kind})
        if method == "com.atproto.repo.listRecords":
            kept = [] if "cursor" in query else self.records[query["collection"][0]]
            return said({"records": kept, "cursor": "2222"} if kept else {"records": []})
        if method == "app.bsky.feed.getPosts":
            return said({"posts": [self.views[uri] for uri in query["uris"] if uri in self.views]})
        if method == "app.bsky.feed.getPostThread":
            return self._thread(query["uri"][0], with_parents=query["parentHeight"] != ["0"])
        if method == "com.atproto.sync.getBlob":
            return Reply(self.blobs[query["cid"][0]], 200, {"Content-Type": "image/jpeg"})
        return Reply(b"Not Found", 404, {"Content-Type": "text/plain"})

    def _thread(self, uri: str, *, with_parents: bool) -> Reply:
        if uri in self.threads and not with_parents:
            return Reply(self.threads[uri], 200, {"Content-Type": "application/json"})
        if uri in self.nodes:
            node = dict(self.nodes[uri][0])
        elif uri in self.views:
            node = {"post": self.views[uri], "replies": [], "$type": "app.bsky.feed.defs#threadViewPost"}
        else:
            return said({"error": "NotFound", "message": f"Post not found: {uri}"}, 400)
        if with_parents:
            node["parent"] = self._above(uri)
        return said({"thread": node})

    def _above(self, uri: str) -> Any:
        above = self.nodes[uri][1] if uri in self.nodes else None
        if above is None:
            return {"uri": self.views[uri]["record"]["reply"]["parent"]["uri"], "notFound": True}
        if "post" not in above:
            return above
        return {"post": above["post"], "parent": self._above(above["post"]["uri"])}


@dataclass
class Captured:
    """What came of a visit."""

    items: list[Item]
    calls: list[Call]

    @property
    def threads(self) -> dict[str, Thread]:
        """Threads by id."""
        return {item.post.id: item for item in self.items if isinstance(item, Thread)}

    @property
    def written(self) -> dict[str, Post | Comment]:
        """Posts and comments by id."""
        threads = self.threads.values()
        return {one.id: one for thread in threads for one in (thread.post, *thread.comments)}

    @property
    def account_gaps(self) -> list[Gap]:
        """Gaps of the account, but for what is told of every account."""
        gaps = (item for item in self.items if isinstance(item, Gap))
        return [gap for gap in gaps if gap.reason is not GapReason.INTERFACE_LIMIT]


@pytest.fixture(params=VISITS)
def visit(request: pytest.FixtureRequest) -> str:
    """Each of the two visits."""
    return str(request.param)


def captured(visit: str, folder: Path) -> Captured:
    """Serve a visit's answers and capture the account."""
    settings = {"did": expected()["account"]["did"], "base_url": f"http://{APP}", "pds_url": f"http://{PDS}"}
    folder.mkdir(exist_ok=True)
    with bench(folder, Network(visit).answer, hosts=(APP, PDS)) as b:
        source = open_source(
            "bluesky", account_id="bsky", settings=settings, credential=None, start=START, end=END, gate=b.gate
        )
        return Captured(list(source.read()), b.calls)


def living(visit: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the seeded posts and comments that existed at a visit, by address."""
    truth = expected()
    gone = {*truth["deleted"]["posts"], *truth["deleted"]["comments"]} if visit == "after" else set()
    new = {one["uri"] for one in (*truth["posts"], *truth["comments"]) if one.get("new_in") == "after"}
    late = new if visit == "before" else set()
    chosen = [{one["uri"]: one for one in truth[kind]} for kind in ("posts", "comments")]
    posts, comments = ({uri: one for uri, one in kind.items() if uri not in gone | late} for kind in chosen)
    return posts, comments


def continuations(visit: str) -> set[str]:
    """Return the posts with which the account went on in a thread of its own; they are comments there."""
    return {one["uri"] for one in Network(visit).records["app.bsky.feed.post"] if "reply" in one["value"]} & set(
        living(visit)[0]
    )


def test_no_post_is_lost(tmp_path: Path, visit: str) -> None:
    """Every living post comes with its text, the repost too; what was deleted is not there; listings end well."""
    got = captured(visit, tmp_path)
    posts, _ = living(visit)
    shares = {one["uri"] for one in expected()["reposts"]}
    replies = {key for key, thread in got.threads.items() if thread.post.kind == "reply"}
    gone_on = continuations(visit)
    assert set(got.threads) - shares - replies == set(posts) - gone_on
    assert shares <= set(got.threads)
    written = got.written
    assert all(written[uri].author_role is AuthorRole.OWN for uri in gone_on)
    edits = {one["uri"]: one[f"text_{visit}"] for one in expected()["edited"]}
    for uri, truth in posts.items():
        post = written[uri]
        assert post.text == edits.get(uri, truth["text"])
        assert post.created_at == datetime.fromisoformat(truth["created_at"])
        assert (
            post.permalink == f"https://bsky.app/profile/{expected()['account']['did']}/post/{uri.rpartition('/')[2]}"
        )
    ends = [item for item in got.items if isinstance(item, ListingEnd)]
    assert [(end.listing, end.reason) for end in ends] == [
        ("posts", EndReason.EXHAUSTED), ("reposts", EndReason.EXHAUSTED),
    ]  # fmt: skip
    assert not got.account_gaps


def reachable(visit: str) -> set[str]:
    """Return the comments that the network shows, or that an own answer leads to, by the seeded truth.

    The rest of the living ones lies below a lost answer or a lost post, or is kept apart by a block, with no own answer
    beside it.
    """
    posts, comments = living(visit)
    shown = set(expected()["appview_after"]["returned_by_getPosts"]) if visit == "after" else set(comments)
    shown &= set(comments)
    blocked = {expected()["block"]["by"], expected()["block"]["subject"]} if visit == "after" else set()

    def joined(uri: str) -> bool:
        """Tell whether an answer hangs on what it answers."""
        parent = comments[uri]["parent_uri"]
        pair = {comments[uri]["author_did"], comments[parent]["author_did"]} if parent in comments else set[str]()
        return parent in posts or (parent in shown and not (blocked and pair == blocked))

    groups: dict[str, str] = {}
    for uri in sorted(shown, key=lambda one: comments[one]["depth"]):
        parent = comments[uri]["parent_uri"]
        groups[uri] = (groups.get(parent, parent) if parent in shown else parent) if joined(uri) else uri
    own = {groups[uri] for uri in shown if comments[uri]["by_account"] and comments[uri]["root_uri"] in posts}
    return {uri for uri in shown if groups[uri] in posts or groups[uri] in own}


def test_no_comment_is_lost_without_a_trace(tmp_path: Path, visit: str) -> None:
    """Comments come with parent, depth and text; what is missing shows as a gap or in the platform's own number."""
    got = captured(visit, tmp_path)
    _, truth = living(visit)
    gone_on = continuations(visit)
    assert gone_on
    found = {c.id: c for thread in got.threads.values() for c in thread.comments if c.id not in gone_on}
    assert set(found) == reachable(visit)
    assert visit == "after" or set(found) == set(truth)
    for uri, comment in found.items():
        given = truth[uri]
        top = given["parent_uri"] == given["root_uri"]
        assert comment.parent_id == (None if top else given["parent_uri"])
        assert comment.text == given["text"]
        assert (comment.author_role is AuthorRole.OWN) is given["by_account"]
        lost = {gap.subject_id for gap in got.threads[comment.post_id].gaps if gap.what == "comment"}
        assert comment.depth == given["depth"] - 1 or lost
        assert comment.is_own_answer is (given["by_account"] and not top)
    hidden = {uri for uri, comment in found.items() if comment.hidden}
    assert hidden == set(expected()["hidden_by_account"])
    for uri in truth.keys() - found.keys():
        root = truth[uri]["root_uri"]
        if root in got.threads:
            thread = got.threads[root]
            named = {gap.subject_id for gap in thread.gaps}
            assert uri in named or (thread.post.platform_comment_count or 0) > len(thread.comments)


def test_what_an_own_answer_leads_to_is_found_again(tmp_path: Path) -> None:
    """Below the answer that was deleted in between, all that the account answered is still in its thread."""
    got = captured("after", tmp_path)
    keys = {one["uri"]: one["key"] for one in expected()["comments"]}
    root = next(one["root_uri"] for one in expected()["comments"] if one["key"] == "t1.c2a")
    thread = got.threads[root]
    assert {keys[c.id] for c in thread.comments} >= {"t1.c2a", "t1.c2b", "t1.c2c"}
    assert "t1.c2" in {keys.get(gap.subject_id or "") for gap in thread.gaps if gap.what == "comment"}


def test_pictures_are_the_originals(tmp_path: Path, visit: str) -> None:
    """Every blob of the account is fetched and matches; a resident's picture, whose server nobody tells, is a gap."""
    got = captured(visit, tmp_path)
    posts, _ = living(visit)
    account = expected()["account"]["did"]
    sums = {one["cid"]: one["sha256"] for one in expected()["media"] if one["owner_did"] == account}
    avatar = sums.pop(AVATAR)
    pictures = Counter(sums[picture["cid"]] for post in posts.values() for picture in post["media"])
    every = [item for thread in got.threads.values() for item in thread.media]
    own = [item for item in every if item.owner_id in posts]
    assert {item.sha256 for item in own} == set(sums.values())  # the thumbnail of a card among them
    assert not pictures - Counter(item.sha256 for item in own)
    assert all(item.file for item in own)
    profile = got.items[0]
    assert isinstance(profile, ProfileView)
    assert [item.sha256 for item in profile.media] == [avatar]
    others = [item for item in every if item.owner_id not in posts]
    assert others
    assert all((item.file is None) is (item.gap is not None) for item in others)


def test_changes_between_the_visits_show(tmp_path: Path) -> None:
    """An edited post has its address, another text and cid; the deleted one is gone, the new one there."""
    first, second = captured("before", tmp_path / "1"), captured("after", tmp_path / "2")
    truth = expected()
    posts, later = living("before")[0], living("after")[0]
    assert posts.keys() - second.written.keys() == set(truth["deleted"]["posts"])
    assert later.keys() - first.written.keys() == later.keys() - posts.keys()
    for edit in truth["edited"]:
        before, after = first.threads[edit["uri"]].post, second.threads[edit["uri"]].post
        assert (before.text, after.text) == (edit["text_before"], edit["text_after"])
        assert (json.loads(before.raw)["cid"], json.loads(after.raw)["cid"]) == (edit["cid_before"], edit["cid_after"])
    profiles = [captured_one.items[0] for captured_one in (first, second)]
    assert [view.profile.about for view in profiles if isinstance(view, ProfileView)] == [
        truth["account"]["description_before"], truth["account"]["description_after"],
    ]  # fmt: skip


def test_recorded_errors_are_judged() -> None:
    """Each recorded refusal leads to the action that fits it."""
    found = {
        told["label"]: judge(ERRORS, told["response"]["status"], body_of(told)).action
        for told in (*exchanges("04_errors.jsonl"), *exchanges("03_after.jsonl"))
        if told["response"]["status"] >= 400
    }
    wanted = {
        "unknown actor": Action.GONE, "malformed cursor": Action.RETRY, "thread that never existed": Action.GONE,
        "getPosts with 26 URIs": Action.FAIL, "listRecords of an unknown repo": Action.GONE,
        "getRepo of an unknown repo": Action.GONE, "blob that does not exist": Action.GONE,
        "unknown method": Action.REFUSE, "login over the rate limit (429)": Action.WAIT,
        "profile of a deactivated account": Action.STOP, "describeRepo of it": Action.STOP,
        "getRepo of it": Action.STOP, "listRecords of it": Action.GONE,
        "deleted p12: getPostThread": Action.GONE, "deleted p12: getRecord": Action.GONE,
    }  # fmt: skip
    assert {label: found[label] for label in wanted} == wanted
