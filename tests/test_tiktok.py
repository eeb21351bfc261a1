from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import pytiktok.models as client
from _loopback import Reply, bench, said
from _tiktok_answers import HOST, JUNE, TOKEN, account, comment, gaps, page, platform, read, refusal, threads, video
from conformance import NOW, CursorConformance, city

from connectors import CONNECTORS
from connectors._responses import Action, judge
from connectors._tiktok_errors import TIKTOK as ERRORS
from connectors._tiktok_objects import CommentObject
from connectors.sandbox import Fault, FaultKind, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.tiktok import RENEWAL, TIKTOK_HOST
from connectors.sandbox.tiktok_tokens import TikTokTokens
from urval.errors import MalformedError, RefusedError, ThrottledError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView

if TYPE_CHECKING:
    from connectors.sandbox import Truth

ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
OPEN_ID = "exempelstad-open-id-01"


def test_a_video_is_mapped_whole(tmp_path: Path) -> None:
    """Text, time, figures, address and raw bytes come through; the cover is fetched, the film is never given."""
    given = video(
        "7109065174526479622",
        thumbnail_url=f"http://{HOST}/omslag.jpg?x-expires=1",
        share_url="https://www.tiktok.com/@exempelstad/video/7109065174526479622?utm_source=1",
        likes=5, comments=3, shares=2, favorites=1, video_views=9007199254740993, video_duration=20.001, nytt=[1],
    )  # fmt: skip
    picture = Reply(b"\xff\xd8\xff\xe0", 200, {"Content-Type": "image/jpeg"})
    with bench(tmp_path, platform({"video/list/": page("videos", [given]), "/omslag.jpg": picture})) as b:
        items = read(b)
        asked = [call.path for call in b.calls]
        assert {call.headers.get("Access-Token") for call in b.calls if "open_api" in call.path} == {TOKEN}
        assert not any("Authorization" in call.headers for call in b.calls)
    [made] = threads(items)
    post = made.post
    assert (post.id, post.text, post.kind, post.title) == (
        "7109065174526479622",
        "text 7109065174526479622",
        "video",
        None,
    )
    assert post.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert post.permalink == given["share_url"]
    assert (post.view_count, post.share_count, post.reactions) == (9007199254740993, 2, (("like", 5),))
    assert (post.platform_comment_count, post.visibility, post.edited) == (3, Visibility.VISIBLE, Edited.UNKNOWN)
    assert (post.author_id, post.author_role, post.direction) == ("min-id", AuthorRole.OWN, Direction.MADE)
    assert json.loads(post.raw) == given
    assert [(m.kind, m.gap) for m in made.media] == [
        (MediaKind.IMAGE, None), (MediaKind.VIDEO, GapReason.INTERFACE_LIMIT),
    ]  # fmt: skip
    assert [(g.what, g.reason) for g in gaps(items)] == [("films", GapReason.INTERFACE_LIMIT)]
    assert made.gaps == ()
    [listed] = [path for path in asked if "video/list" in path]
    assert "cursor=1793" in listed
    assert "max_count=20" in listed
    [about] = [path for path in asked if "comment/list" in path]
    assert "status=ALL" in about
    assert "sort_field=create_time&sort_type=asc" in about


def test_the_account_is_mapped_whole(tmp_path: Path) -> None:
    """Names, texts, figures and picture come through; the id is the one that came with the token."""
    told = account(
        bio_description="Om oss", profile_image=f"http://{HOST}/vapen.png", profile_deep_link="https://vm.tiktok.com/x/",
        total_likes=31, videos_count=4,
    )  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, platform({"get/": told, "/vapen.png": png})) as b:
        view = read(b)[0]
    assert isinstance(view, ProfileView)
    profile = view.profile
    assert (profile.id, profile.handle, profile.name, profile.about) == (
        "min-id",
        "exempelstad",
        "Exempelstad",
        "Om oss",
    )
    assert (profile.followers, profile.likes, profile.posts) == (12, 31, 4)
    assert (profile.url, profile.links) == ("https://www.tiktok.com/@exempelstad", ("https://vm.tiktok.com/x/",))
    assert [(m.kind, m.gap) for m in view.media] == [(MediaKind.AVATAR, None)]


def test_the_tree_of_a_thread(tmp_path: Path) -> None:
    """Answers stand under their comment, own and hidden ones are marked, pictures of comments are fetched."""
    answers = [comment("a1", "a", owner=True, unique_identifier="+stad="), comment("a2", "a", status="HIDDEN")]
    listed = [
        comment("a", reply_list=answers),
        comment("b", image_url=f"http://{HOST}/bild.png", unique_identifier=None, status=None),
        comment("c", owner=True, reply_list=[comment("c1", "c", owner=True)]),
    ]
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, platform({"comment/list/": page("comments", listed), "/bild.png": png})) as b:
        [made] = threads(read(b))
    found = {c.id: c for c in made.comments}
    assert {key: (c.parent_id, c.depth, c.is_own_answer, c.hidden) for key, c in found.items()} == {
        "a": (None, 0, False, False), "a1": ("a", 1, True, False), "a2": ("a", 1, False, True),
        "b": (None, 0, False, None), "c": (None, 0, False, False), "c1": ("c", 1, False, False),
    }  # fmt: skip
    assert (found["a"].author_role, found["a"].direction) == (AuthorRole.PERSON, Direction.RECEIVED)
    assert (found["a1"].author_role, found["a1"].author_id) == (AuthorRole.OWN, "+stad=")
    assert (found["b"].author_role, found["b"].media_ids) == (AuthorRole.UNKNOWN, ("b:1",))
    assert found["a2"].visibility is Visibility.HIDDEN
    assert (found["a"].author_name, found["a"].reaction_count, found["a"].platform_reply_count) == ("Anna", 2, 2)
    assert json.loads(found["a"].raw) == listed[0]
    assert [m.owner_id for m in made.media if m.kind is MediaKind.IMAGE] == ["b"]


def test_more_answers_than_came_are_asked_for_once(tmp_path: Path) -> None:
    """Three answers come inside a comment; if more are counted all are listed, and none is there twice."""
    rest = [comment(f"a{n}", "a") for n in range(5)]

    def answers(asked: dict[str, str]) -> Reply:
        assert (asked["comment_id"], asked["video_id"], asked["status"]) == ("a", "1", "ALL")
        first = asked["cursor"] == "0"
        return page("comments", rest[:2] if first else rest[2:], 2 if first else 5, more=first)

    listed = page("comments", [{**comment("a", reply_list=rest[:3]), "replies": 5}, comment("b", reply_list=[])])
    with bench(tmp_path, platform({"comment/list/": listed, "comment/reply/list/": answers})) as b:
        [made] = threads(read(b))
        assert len([call for call in b.calls if "/reply/list/" in call.path]) == 2
    assert sorted(c.id for c in made.comments) == ["a", "a0", "a1", "a2", "a3", "a4", "b"]


def test_short_pages_and_repeated_comments(tmp_path: Path) -> None:
    """A page that is short or empty is no end while there is more; what comes twice is one comment."""
    pages = {
        "0": page("comments", [comment("a")], 30, more=True), "30": page("comments", [], 60, more=True),
        "60": page("comments", [comment("a"), comment("b")], 62),
    }  # fmt: skip
    with bench(tmp_path, platform({"comment/list/": lambda asked: pages[asked["cursor"]]})) as b:
        [made] = threads(read(b))
    assert [c.id for c in made.comments] == ["a", "b"]


def test_refusals_with_http_200_are_refusals(tmp_path: Path) -> None:
    """A scope missing for comments only: videos come, comments are gaps with the platform's words."""
    with bench(tmp_path, platform({"comment/list/": refusal(40001, "scope comment.list is missing")})) as b:
        items = read(b)
    [made] = threads(items)
    [gap] = [gap for gap in made.gaps if gap.what == "comments"]
    assert (gap.reason, "scope comment.list is missing" in gap.error) == (GapReason.REFUSED, True)
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert end.reason is EndReason.EXHAUSTED


@pytest.mark.parametrize(
    ("routes", "kind", "words"),
    [
        ({"get/": refusal(40001, "No permission to operate")}, RefusedError, "No permission"),
        ({"get/": refusal(40105, "Access token is incorrect")}, RefusedError, "incorrect"),
        ({"get/": refusal(40002, "fields: wrong")}, MalformedError, "fields: wrong"),
        ({"get/": said({"code": 0, "data": None})}, MalformedError, "cannot be read"),
        ({"get/": Reply(b"<html>", 200, {"Content-Type": "text/html"})}, MalformedError, "not in the form"),
        ({"get/": refusal(40100, "Too many requests")}, ThrottledError, "Too many requests"),
    ],
)
def test_a_wrong_account_ends_it(tmp_path: Path, routes: dict[str, Reply], kind: type[Exception], words: str) -> None:
    """A foreign id, a dead token, a wrong call: an error with a next step, not an empty capture."""
    with bench(tmp_path, platform(routes)) as b:
        with pytest.raises(kind, match=words) as failed:
            read(b)
        assert failed.value.next_step


def test_a_video_that_vanished_meanwhile(tmp_path: Path) -> None:
    """The platform's word that it does not exist is a gap of that thread, and the next one is read."""
    gone = refusal(40002, "The video does not exist.")
    routes: dict[str, Any] = {
        "video/list/": page("videos", [video("1"), video("2")]),
        "comment/list/": lambda asked: gone if asked["video_id"] == "1" else page("comments", []),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        first, second = threads(read(b))
    assert [g.reason for g in first.gaps if g.what == "comments"] == [GapReason.GONE]
    assert second.gaps == ()


def test_an_answer_to_a_comment_that_is_gone(tmp_path: Path) -> None:
    """It is kept, and the missing parent is a gap with its id."""
    with bench(tmp_path, platform({"comment/list/": page("comments", [comment("a1", "a")])})) as b:
        [made] = threads(read(b))
    assert [(c.id, c.parent_id, c.depth) for c in made.comments] == [("a1", "a", 1)]
    assert [(g.subject_id, g.reason) for g in made.gaps if g.what == "comment"] == [("a", GapReason.NOT_LISTED)]


@pytest.mark.parametrize("written", [str(JUNE), JUNE, float(JUNE)])
def test_times_and_ids_in_several_forms(tmp_path: Path, written: Any) -> None:
    """Seconds come as text or number; an id beyond 2^53 stays exact, also where it is written as a number."""
    key = 7109065174526479623
    routes: dict[str, Any] = {
        "video/list/": page("videos", [video(key, written)]),
        "comment/list/": page("comments", [{**comment(key + 2, None, written), "video_id": key}]),
    }
    with bench(tmp_path, platform(routes)) as b:
        [made] = threads(read(b))
    assert (made.post.id, made.post.created_at) == (str(key), datetime(2026, 6, 1, 10, tzinfo=UTC))
    assert [(c.id, c.created_at) for c in made.comments] == [(str(key + 2), datetime(2026, 6, 1, 10, tzinfo=UTC))]


def test_broken_records_are_gaps_and_the_run_goes_on(tmp_path: Path) -> None:
    """A video or comment that cannot be read is a gap with its id, beside the good ones."""
    routes: dict[str, Any] = {
        "video/list/": page("videos", [video("0", "igår"), video("1"), "skräp"]),
        "comment/list/": page("comments", [comment("a", None, "igår"), comment("b"), 4]),
    }
    with bench(tmp_path, platform(routes)) as b:
        items = read(b)
    assert [(g.what, g.subject_id, g.reason) for g in gaps(items)[1:]] == [
        ("post", "0", GapReason.MALFORMED), ("post", None, GapReason.MALFORMED),
    ]  # fmt: skip
    [made] = threads(items)
    assert [c.id for c in made.comments] == ["b"]
    assert {g.subject_id for g in made.gaps if g.what == "comment"} == {"a", None}


@pytest.mark.parametrize(
    ("code", "message", "action"),
    [
        (40105, "", Action.RENEW), (40100, "", Action.WAIT), (40001, "", Action.REFUSE), (40002, "bad", Action.FAIL),
        (40002, "The video does not exist.", Action.GONE), (40007, "", Action.FAIL), (50000, "", Action.RETRY),
        (61000, "", Action.RETRY), (0, "OK", Action.ACCEPT),
    ],
)  # fmt: skip
def test_what_is_done_about_a_code(code: int, message: str, action: Action) -> None:
    """The code decides, whatever HTTP says."""
    assert judge(ERRORS, 200, json.dumps({"code": code, "message": message, "data": {}}).encode()).action is action


class TestTikTokConformance(CursorConformance):
    """The account of the sandbox's city."""

    platform = "tiktok"
    account = "tiktok"
    settings = {  # noqa: RUF012 - never changed
        "business_id": OPEN_ID,
        "base_url": f"http://{TIKTOK_HOST}",
        "token_url": f"http://{TIKTOK_HOST}{RENEWAL}",
    }
    posts_path = "/video/list/"
    comments_path = "/comment/list/"
    longest = 50

    def least_calls(self, truth: Truth) -> int:
        """Account, videos by twenty, comments of each video by thirty, answers of a comment with more than three.

        A video that counts no comments may have hidden ones. The listing goes on until a page is older than the period.
        """
        posts = {post.id: post for post in self.the_city().account(self.account).posts}
        calls = 2 + len(truth.posts) // 20
        for given in truth.posts:
            listed = [c for c in posts[given.id].comments if c.listed]
            tops = [c for c in listed if c.parent_id is None]
            calls += max(1, -(-len(tops) // 30))
            answers = [len([c for c in listed if c.parent_id == top.id]) for top in tops]
            calls += sum(-(-number // 30) for number in answers if number > 3)
        return calls

    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Too many requests: a pause, then the same call again, and nothing is lost."""
        sandbox.misbehave(Fault(FaultKind.THROTTLED, path=self.comments_path))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert 60 <= sum(got.slept) < 70

    def test_a_scope_that_is_missing_for_comments_only(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Videos come with their figures; comments are gaps."""
        sandbox.tokens[self.account] = TikTokTokens(OPEN_ID).narrow_token
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        assert set(got.threads) == {post.id for post in truth.posts}
        assert all(
            [g.reason for g in t.gaps if g.what == "comments"] == [GapReason.REFUSED] for t in got.threads.values()
        )

    def test_no_comments_where_forty_are_counted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list; it is the completeness that shows it, not a gap."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path="/(video|comment)/list", times=None))
        got = self.capture(sandbox, tmp_path)
        assert {(t.post.platform_comment_count, len(t.comments)) for t in got.threads.values()} == {(40, 0)}

    @pytest.mark.parametrize("path", ["business/get/", "/video/list/", "/comment/list/"])
    def test_a_token_that_runs_out_is_renewed_and_kept(self, sandbox: Sandbox, tmp_path: Path, path: str) -> None:
        """The new pair is kept before it is used; the old refresh token is used up; no comment is lost."""
        kept: list[str] = []
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=path))
        got = self.capture(sandbox, tmp_path, keep=kept.append)
        self.assert_whole(got, sandbox.truth(self.account))
        assert len(kept) == 1
        old, new = json.loads(sandbox.tokens[self.account]), json.loads(kept[0])
        assert new["refresh_token"] != old["refresh_token"]
        assert new["access_token"] != old["access_token"]
        assert new["client_secret"] == old["client_secret"]
        assert [call.status for call in sandbox.calls if RENEWAL in call.target] == [200]

    def test_a_token_that_cannot_be_kept_is_not_renewed(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Renewing would use the owner's refresh token up for nothing: the account ends, with what to do."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="business/get/"))
        with pytest.raises(RefusedError) as refused:
            self.capture(sandbox, tmp_path)
        assert refused.value.next_step
        assert not any(RENEWAL in call.target for call in sandbox.calls)


@pytest.fixture(scope="module")
def quiet() -> Sandbox:
    """A sandbox that is asked without the network."""
    return Sandbox(city(), clock=lambda: NOW)


def served(quiet: Sandbox, call: str, query: str, token: str = "", body: bytes | None = None) -> dict[str, Any]:
    """Return what the sandbox answers to a call of the interface."""
    used = token or json.loads(TikTokTokens(OPEN_ID).credential())["access_token"]
    method = "GET" if body is None else "POST"
    headers = {"access-token": used}
    request = Request.parsed(method, TIKTOK_HOST, f"/open_api/v1.3/{call}", query, headers, body or b"")
    document = json.loads(quiet.answer(request).encoded())
    assert isinstance(document, dict)
    return document


def bare(value: Any) -> Any:
    """Return a document without members that say nothing."""
    if isinstance(value, dict):
        return {key: bare(one) for key, one in value.items() if one is not None}
    return [bare(one) for one in value] if isinstance(value, list) else value


def pages(quiet: Sandbox) -> dict[str, dict[str, Any]]:
    """Return one answer of each kind, of the video with the longest thread."""
    longest = max(quiet.truth("tiktok").posts, key=lambda post: len(post.comments))
    answered = next(c.parent_id for c in longest.comments if c.parent_id)
    fields = {endpoint.name: dict(endpoint.parameters).get("fields", "") for endpoint in (
        CONNECTORS["tiktok"].profile, *CONNECTORS["tiktok"].listings)}  # fmt: skip
    of_video = f"business_id={OPEN_ID}&video_id={longest.id}&max_count=30"
    return {
        "account": served(quiet, "business/get/", f"business_id={OPEN_ID}&fields={fields['profile']}"),
        "videos": served(quiet, "business/video/list/", f"business_id={OPEN_ID}&max_count=20&fields={fields['posts']}"),
        "comments": served(quiet, "business/comment/list/", f"{of_video}&include_replies=true"),
        "answers": served(quiet, "business/comment/reply/list/", f"{of_video}&comment_id={answered}"),
    }


MODELS = {
    "account": client.BusinessAccountResponse, "videos": client.BusinessVideosResponse,
    "comments": client.BusinessCommentsResponse, "answers": client.BusinessCommentsResponse,
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(MODELS))
def test_a_client_library_reads_what_the_sandbox_serves(quiet: Sandbox, kind: str) -> None:
    """Read and written again by python-tiktok's models, an answer is the same but for seconds read as numbers."""
    given = pages(quiet)[kind]
    assert given["code"] == 0
    told = json.loads(json.dumps(given["data"]))
    again = bare(MODELS[kind].new_from_json_dict(given).to_dict())["data"]
    assert told
    assert as_numbers(again) == as_numbers(told)


def as_numbers(value: Any) -> Any:
    """Return a document with seconds as numbers."""
    if isinstance(value, dict):
        return {key: int(one) if key == "create_time" else as_numbers(one) for key, one in value.items()}
    return [as_numbers(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("call", "query", "code"),
    [
        ("business/get/", "business_id=annan", 40001),
        ("business/video/list/", f"business_id={OPEN_ID}&max_count=21", 40002),
        ("business/video/list/", f'business_id={OPEN_ID}&fields=["caption"]', 40002),
        ("business/video/list/", f'business_id={OPEN_ID}&fields=["item_id","finns_inte"]', 40002),
        ("business/comment/list/", f"business_id={OPEN_ID}&video_id=finnsinte", 40002),
        ("business/finns/inte/", f"business_id={OPEN_ID}", 40002),
    ],
)
def test_the_sandbox_refuses_as_the_platform_does(quiet: Sandbox, call: str, query: str, code: int) -> None:
    """Sizes out of range, unknown fields, foreign ids: HTTP 200, and the code says what is wrong."""
    assert served(quiet, call, query)["code"] == code


def test_the_sandbox_checks_tokens(quiet: Sandbox) -> None:
    """A wrong token, one without the scope for comments, and a wrong refresh token are refused."""
    assert served(quiet, "business/get/", f"business_id={OPEN_ID}", "act.fel")["code"] == 40105
    narrow = TikTokTokens(OPEN_ID).narrow_token
    assert served(quiet, "business/get/", f"business_id={OPEN_ID}", narrow)["code"] == 0
    assert served(quiet, "business/comment/list/", f"business_id={OPEN_ID}&video_id=1", narrow)["code"] == 40001
    wrong = json.dumps(
        {**json.loads(TikTokTokens(OPEN_ID).credential()), "grant_type": "refresh_token", "refresh_token": "x"}
    )
    assert served(quiet, "tt_user/oauth2/refresh_token/", "", body=wrong.encode())["code"] == 40105
    assert served(quiet, "tt_user/oauth2/refresh_token/", "", body=b"client_id=1")["code"] == 40002


@pytest.mark.shared
@pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there")
def test_the_recorded_answer_is_read(tmp_path: Path, quiet: Sandbox) -> None:
    """The documented page of comments comes out whole, and the sandbox serves each of its members."""
    text = (ROOT / "tiktok" / "sigvardt--tiktok-mcp" / "comments_list.yaml").read_text()
    body = next(line for line in text.splitlines() if "string: '" in line).partition("'")[2].rstrip("'")
    recorded = json.loads(body)["data"]["comments"]
    with bench(
        tmp_path, platform({"video/list/": page("videos", [video("video-456")]), "comment/list/": Reply(body.encode())})
    ) as b:
        [made] = threads(read(b))
    assert {c.id: (c.text, c.author_id, c.hidden, c.reaction_count) for c in made.comments} == {
        one["comment_id"]: (one["text"], one["unique_identifier"], False, one["likes"]) for one in recorded
    }
    assert [json.loads(c.raw) for c in made.comments] == recorded
    assert recorded[0].keys() <= pages(quiet)["comments"]["data"]["comments"][0].keys()


def test_a_comment_without_an_author_or_status() -> None:
    """Members that may be missing are None, and unknown ones do not disturb."""
    decoded = msgspec.json.decode(
        b'{"comment_id":"1","create_time":1,"nytt":{"a":[1]}}', type=CommentObject, strict=False
    )
    assert (decoded.author_key(), decoded.parent_key(), decoded.thread_key(), decoded.status) == (
        None,
        None,
        None,
        None,
    )
