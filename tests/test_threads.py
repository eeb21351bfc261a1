from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest
from _loopback import Bench, Call, Reply, bench, said
from conformance import NOW, CursorConformance, city

from connectors import CONNECTORS, open_source
from connectors._connector import Origin
from connectors._responses import Action, judge
from connectors._threads_errors import ERRORS
from connectors._threads_objects import Remark
from connectors.sandbox import Fault, FaultKind, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.threads import HOST as SANDBOX
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox import Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
TOKEN = "THAAplantedtoken0123456789"
USER = "17841400000000002"
ACCOUNT = {"id": USER, "username": "exempelstad", "name": "Exempelstad", "threads_biography": "Om allt"}
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
EMPTY: dict[str, Any] = {"data": []}
PNG = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
SAMPLES = ROOT / "threads" / "fbsamples--threads_api"
needs_recordings = pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there")


def post(key: str, created: str = "2026-06-01T10:00:00+0000", **more: Any) -> dict[str, Any]:
    """Return a post as the API writes it."""
    return {"id": key, "timestamp": created, "media_type": "TEXT_POST", "text": f"inlägg {key}", **more}


def reply(key: str, to: str, name: str | None = "anna", **more: Any) -> dict[str, Any]:
    """Return a reply as the API writes it."""
    told = {"id": key, "timestamp": "2026-06-02T10:00:00+0000", "media_type": "TEXT_POST", "text": f"svar {key}"}
    told |= {"replied_to": {"id": to}, "root_post": {"id": "1"}, **more}
    return told | ({"username": name} if name else {})


def numbers(**told: int) -> Reply:
    """Return insights as the API writes them."""
    return said({"data": [{"name": name, "period": "lifetime", "values": [{"value": n}]} for name, n in told.items()]})


def refusal(code: int, message: str, status: int = 400, **more: Any) -> Reply:
    """Return an error as Meta writes it."""
    return said({"error": {"message": message, "type": "THApiException", "code": code, **more}}, status)


GONE = refusal(100, "Unsupported get request. Object with ID 'x' does not exist", error_subcode=33)


def platform(routes: Mapping[str, Reply]) -> Callable[[Call], Reply]:
    """Answer by the last part of the path; what is not told is an empty list, the account, a picture, or gone."""
    known = {USER: said(ACCOUNT), "bild.png": PNG, **routes}

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path).path.split("/")
        found = known.get("/".join(parts[-2:])) or known.get(parts[-1])
        lists = {"threads", "replies", "conversation", "insights"}
        return found or (said(EMPTY) if parts[-1] in lists else GONE)

    return answer


def read(b: Bench, credential: str = TOKEN, keep: Callable[[str], None] | None = None, **settings: str) -> list[Item]:
    """Read the account of the test."""
    given = {"user_id": USER, "base_url": f"http://{HOST}", "token_url": f"http://{HOST}/refresh_access_token"}
    source = open_source(
        "threads", account_id="stad", settings={**given, **settings}, credential=credential, start=START, end=END,
        gate=b.gate, keep=keep,
    )  # fmt: skip
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def ends(items: list[Item]) -> dict[str, EndReason]:
    """Return how each listing ended."""
    return {item.listing: item.reason for item in items if isinstance(item, ListingEnd)}


def listing(*posts: Any) -> Reply:
    """Return a page of posts or replies."""
    return said({"data": list(posts)})


def test_a_post_is_mapped_whole_with_its_numbers(tmp_path: Path) -> None:
    """Text, time, address, raw bytes and what insights tell come through as the platform gave them."""
    given = post(
        "18000000000000001", "2026-06-01T12:00:00+0200", text="Hej \U0001f6a2", username="exempelstad",
        owner={"id": USER},
        permalink="https://www.threads.net/@exempelstad/post/C", has_replies=True, nytt={"a": 1},
    )  # fmt: skip
    routes = {"threads": listing(given), "insights": numbers(views=90, likes=7, replies=2, reposts=3, quotes=1)}
    with bench(tmp_path, platform(routes)) as b:
        items = read(b)
        assert any("metric=views,likes,replies,reposts,quotes" in call.path for call in b.calls)
    [thread] = threads(items)
    told = thread.post
    assert (told.id, told.text, told.kind) == ("18000000000000001", "Hej \U0001f6a2", "post")
    assert told.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (told.edited, told.updated_at, told.in_reply_to) == (Edited.UNKNOWN, None, None)
    assert (told.reaction_count, told.reactions, told.share_count, told.view_count) == (7, (("like", 7),), 4, 90)
    assert told.platform_comment_count == 2
    assert (told.author_id, told.author_name, told.author_role) == (USER, "exempelstad", AuthorRole.OWN)
    assert json.loads(told.raw) == given
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.id, view.profile.handle, view.profile.about) == (USER, "exempelstad", "Om allt")
    assert view.profile.url == "https://www.threads.com/@exempelstad"


def test_what_the_platform_keeps_back_stays_open(tmp_path: Path) -> None:
    """A post with nothing but id and time is a post; no count is made up, and that none came is said."""
    with bench(tmp_path, platform({"threads": listing({"id": "1", "timestamp": "2026-06-01T10:00:00+0000"})})) as b:
        [thread] = threads(read(b))
    told = thread.post
    assert (told.text, told.kind, told.author_id, told.media_ids) == ("", "post", USER, ())
    assert (told.reaction_count, told.share_count, told.view_count, told.platform_comment_count) == (None,) * 4
    assert [(g.what, g.reason) for g in thread.gaps] == [("insights", GapReason.NOT_LISTED)]


def test_insights_can_be_spared(tmp_path: Path) -> None:
    """With ``insights: no`` there is no call for numbers, and no gap for what was not asked."""
    with bench(tmp_path, platform({"threads": listing(post("1", has_replies=False))})) as b:
        [thread] = threads(read(b, insights="no"))
        assert not any("insights" in call.path for call in b.calls)
        assert not any("conversation" in call.path for call in b.calls)
    assert thread.gaps == ()
    assert thread.post.platform_comment_count is None


def test_a_post_that_counts_replies_is_asked_for_them(tmp_path: Path) -> None:
    """The number of replies outweighs the mark that there are none to be seen."""
    routes = {
        "threads": listing(post("1", has_replies=False), post("2", has_replies=False)),
        "1/insights": numbers(replies=1), "2/insights": numbers(replies=0), "1/conversation": listing(reply("5", "1")),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        first, second = threads(read(b))
        assert len([call for call in b.calls if "conversation" in call.path]) == 1
    assert [c.id for c in first.comments] == ["5"]
    assert (first.post.platform_comment_count, second.post.platform_comment_count) == (1, 0)


def test_numbers_refused_are_said_once(tmp_path: Path) -> None:
    """A permission missing for insights costs numbers only, one gap of the account, and no call for other posts."""
    refused = refusal(10, "(#10) Application does not have permission for this action", 403)
    with bench(tmp_path, platform({"threads": listing(post("1"), post("2")), "insights": refused})) as b:
        items = read(b)
        assert len([call for call in b.calls if "insights" in call.path]) == 1
    assert [t.post.id for t in threads(items)] == ["1", "2"]
    assert [(g.what, g.reason) for g in items if isinstance(g, Gap)] == [("insights", GapReason.REFUSED)]
    assert not any(t.gaps for t in threads(items))


def test_a_conversation_is_rebuilt_from_what_each_reply_answers(tmp_path: Path) -> None:
    """Depth, own answers, roles by name, hidden marks; an answer to a deleted reply names it with a gap."""
    talk = [
        reply("10", "1"),
        reply("11", "10", "exempelstad", is_reply_owned_by_me=True),
        reply("12", "11", hide_status="HIDDEN", is_reply_owned_by_me=False),
        reply("13", "12", None),
        reply("14", "99", hide_status="NOT_HUSHED"),
        reply("15", "1", "exempelstad"),
        reply("16", "1", hide_status="RESTRICTED"),
        reply("17", "1", hide_status="NYTT"),
        reply("18", "1", "is_reply_owned_by_me"),
    ]
    with bench(tmp_path, platform({"threads": listing(post("1")), "conversation": listing(*talk)})) as b:
        [thread] = threads(read(b))
        [call] = [call.path for call in b.calls if "conversation" in call.path]
    assert "reverse=false" in call
    found = {c.id: c for c in thread.comments}
    assert {key: (c.parent_id, c.depth) for key, c in found.items()} == {
        "10": (None, 0), "11": ("10", 1), "12": ("11", 2), "13": ("12", 3), "14": ("99", 1), "15": (None, 0),
        "16": (None, 0), "17": (None, 0), "18": (None, 0),
    }  # fmt: skip
    assert [key for key, c in found.items() if c.is_own_answer] == ["11"]
    assert [key for key, c in found.items() if c.author_role is AuthorRole.OWN] == ["11", "15"]
    assert (found["13"].author_role, found["13"].author_name) == (AuthorRole.UNKNOWN, None)
    assert (found["10"].direction, found["11"].direction) == (Direction.RECEIVED, Direction.MADE)
    assert {key: (c.hidden, c.visibility) for key, c in found.items() if key in {"10", "12", "14", "16", "17"}} == {
        "10": (None, Visibility.VISIBLE), "12": (True, Visibility.HIDDEN), "14": (False, Visibility.VISIBLE),
        "16": (False, Visibility.HELD), "17": (None, Visibility.VISIBLE),
    }  # fmt: skip
    assert {c.author_id for c in thread.comments} == {None}
    assert [(g.subject_id, g.reason) for g in thread.gaps if g.what == "comment"] == [("99", GapReason.NOT_LISTED)]


def test_pictures_films_sounds_and_albums(tmp_path: Path) -> None:
    """Each kind of medium has its files; flagged ones are gaps; a text has none, a repost's are another's."""
    url = f"http://{HOST}/bild.png"
    parts = [
        {"id": "31", "media_type": "IMAGE", "media_url": url, "alt_text": "ett"},
        {"id": "32", "media_type": "VIDEO"},
    ]
    posts = [
        post("1", media_type="IMAGE", media_url=url, alt_text="Båtar"),
        post("2", media_type="VIDEO", media_url=url, thumbnail_url=url),
        post("3", media_type="CAROUSEL_ALBUM", children={"data": parts}),
        post("4", media_type="AUDIO", media_url=url),
        post("5", gif_url=url),
        post("6", media_type="REPOST_FACADE", media_url=url, reposted_post={"id": "77"}, text=None),
        post("7", media_type="CAROUSEL_ALBUM"),
        post("8", is_quote_post=True, quoted_post={"id": "78"}),
        post("9", link_attachment_url="https://www.exempelstad.example/"),
    ]
    with bench(tmp_path, platform({"threads": listing(*posts), "insights": numbers(likes=1)})) as b:
        found = {t.post.id: t for t in threads(read(b))}
        assert not any("/6/" in call.path for call in b.calls)  # a repost has no numbers and no replies of its own
    media = {key: [(m.id, m.kind, m.alt_text, m.gap) for m in t.media] for key, t in found.items()}
    refused = GapReason.REFUSED
    assert media == {
        "1": [("1:1", MediaKind.IMAGE, "Båtar", None)],
        "2": [("2:1", MediaKind.IMAGE, None, None), ("2:film", MediaKind.VIDEO, None, None)],
        "3": [("31:1", MediaKind.IMAGE, "ett", None), ("32:film", MediaKind.VIDEO, None, refused)],
        "4": [("4:sound", MediaKind.AUDIO, None, None)],
        "5": [("5:1", MediaKind.IMAGE, None, None)],
        "6": [],
        "7": [("7:1", MediaKind.IMAGE, None, refused)],
        "8": [],
        "9": [],
    }
    kinds = {key: (t.post.kind, t.post.in_reply_to) for key, t in found.items()}
    assert kinds == {
        "1": ("photo", None), "2": ("video", None), "3": ("photo", None), "4": ("post", None), "5": ("post", None),
        "6": ("share", "77"), "7": ("photo", None), "8": ("share", "78"), "9": ("share", None),
    }  # fmt: skip
    assert ("media", GapReason.INCOMPLETE) in [(g.what, g.reason) for g in found["7"].gaps]


def test_own_replies_elsewhere_are_threads_of_their_own(tmp_path: Path) -> None:
    """A reply of the account that a captured thread holds is not told twice; one in another's conversation is kept."""
    ours = reply("11", "10", "exempelstad", is_reply_owned_by_me=True)
    elsewhere = reply("60", "50", "exempelstad", owner={"id": USER})
    routes = {
        "threads": listing(post("1")), "1/conversation": listing(reply("10", "1"), ours),
        f"{USER}/replies": listing(ours, elsewhere), "insights": numbers(likes=2, replies=1),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        found = {t.post.id: t for t in threads(read(b))}
        assert not any("60/conversation" in call.path for call in b.calls)
    assert list(found) == ["1", "60"]
    assert (found["60"].post.kind, found["60"].post.in_reply_to) == ("reply", "50")
    assert (found["60"].post.platform_comment_count, found["60"].post.reaction_count) == (None, 2)


def test_a_permission_missing_for_replies_costs_replies_only(tmp_path: Path) -> None:
    """Posts still come, each with a gap that repeats the platform's words."""
    refused = refusal(10, "(#10) Application does not have permission for this action", 403)
    routes = {"threads": listing(post("1"), post("2")), "conversation": refused, "replies": refused}
    with bench(tmp_path, platform(routes)) as b:
        items = read(b, insights="no")
    assert [t.post.id for t in threads(items)] == ["1", "2"]
    assert [(g.what, g.reason) for t in threads(items) for g in t.gaps] == [("comments", GapReason.REFUSED)] * 2
    assert ends(items) == {"posts": EndReason.EXHAUSTED, "replies": EndReason.REFUSED}


def test_times_in_several_forms_and_broken_records(tmp_path: Path) -> None:
    """Every zone form is read; a record without zone or time is a gap with its id, beside the good ones."""
    forms = ["2026-06-02T10:00:00+0000", "2026-06-02T10:00:00Z", "2026-06-02T12:00:00+02:00", 1780394400]
    talk: list[Any] = [{"id": str(n), "timestamp": when} for n, when in enumerate(forms, 1)]
    talk += [{"id": "8", "timestamp": "2026-06-02T10:00:00"}, {"id": "9"}, 4]
    posts: list[Any] = [{"id": "5"}, post("1"), "skräp"]
    with bench(tmp_path, platform({"threads": listing(*posts), "conversation": listing(*talk)})) as b:
        items = read(b, insights="no")
    [thread] = threads(items)
    assert {c.id: c.created_at for c in thread.comments} == dict.fromkeys("1234", datetime(2026, 6, 2, 10, tzinfo=UTC))
    assert [(g.what, g.subject_id) for g in thread.gaps] == [("comment", key) for key in ("8", "9", None)]
    account = [(g.what, g.subject_id, g.reason) for g in items if isinstance(g, Gap)]
    assert account == [("post", key, GapReason.MALFORMED) for key in ("5", None)]


@pytest.mark.parametrize(
    ("answer", "kind", "step"),
    [
        (GONE, GoneError, "base_url"),
        (
            refusal(190, "Error validating access token: Session has expired", 401, error_subcode=463),
            RefusedError,
            "token",
        ),
        (refusal(10, "(#10) No", 403), RefusedError, "threads_basic"),
        (refusal(2500, "Unknown path components: /v1.0/x"), MalformedError, "base_url"),
        (Reply(b"<html>hej</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_had_says_what_to_do(
    tmp_path: Path, answer: Reply, kind: type[Exception], step: str
) -> None:
    """Wrong number, dead token, missing permission, a proxy's page: one error with a next step."""
    with bench(tmp_path, platform({USER: answer})) as b, pytest.raises(kind) as failed:
        read(b)
    assert step in failed.value.next_step
    assert TOKEN not in str(failed.value)


def test_me_is_no_account(tmp_path: Path) -> None:
    """An account given as ``me`` is refused with the number to set: else nothing would say whose posts these are."""
    with bench(tmp_path, platform({"me": said(ACCOUNT)})) as b, pytest.raises(RefusedError) as failed:
        read(b, user_id="me")
    assert USER in failed.value.next_step


@pytest.mark.parametrize(
    ("status", "code", "message", "action"),
    [
        (400, 24, "The requested resource does not exist", Action.GONE),
        (400, 100, "(#100) Tried accessing nonexistent field (topic_tag) on node type (ThreadsMedia)", Action.FAIL),
        (400, 4, "(#4) Application request limit reached", Action.WAIT),
        (401, 190, "Error validating access token", Action.RENEW),
        (403, 10, "(#10) Application does not have permission for this action", Action.REFUSE),
        (400, 2500, "Unknown path components: /x", Action.FAIL),
        (500, 2, "An unexpected error has occurred.", Action.RETRY),
    ],
)
def test_errors_and_what_is_done(status: int, code: int, message: str, action: Action) -> None:
    """Each documented error leads to its action; a field that the version lacks names the setting to change."""
    verdict = judge(ERRORS, status, json.dumps({"error": {"message": message, "code": code}}).encode())
    assert verdict.action is action
    assert ("setting details" in verdict.next_step) is ("nonexistent" in message)


class TestThreadsConformance(CursorConformance):
    """The account of the sandbox's city."""

    platform = "threads"
    account = "threads"
    settings = {  # noqa: RUF012 - never changed
        "user_id": USER,
        "base_url": f"http://{SANDBOX}",
        "token_url": f"http://{SANDBOX}/refresh_access_token",
    }
    posts_path = "/threads"
    comments_path = r"^[^?]*/conversation"
    longest = 60

    def least_calls(self, truth: Truth) -> int:
        """Profile, posts and own replies by the hundred, insights of each post, conversations by the hundred.

        Nothing less would do: numbers and conversations are given for one post at a time; a post without replies says
        so and is not asked for them.
        """
        own = sum(comment.own for comment in truth.comments)
        pages = sum(-(-(len(post.comments) + len(post.unlisted)) // 100) for post in truth.posts)
        return 3 + (len(truth.posts) - 1) // 100 + own // 100 + len(truth.posts) + pages

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML, FaultKind.RESET, FaultKind.GONE])
    def test_a_lasting_fault_on_comments_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """The posts still come with a gap each, and own replies, which have a listing of their own, by themselves.

        Unlike elsewhere: with no thread to hold them, they would be lost though they were given.
        """
        sandbox.misbehave(Fault(kind, path=self.comments_path, times=None))
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        own = {c.id for c in truth.comments if c.own and c.created_at < city().end}
        assert set(got.threads) == {post.id for post in truth.posts} | own
        for post in truth.posts:
            thread = got.threads[post.id]
            short = len(thread.comments) < len(post.comments)
            assert not short or any(gap.what == "comments" for gap in thread.gaps)
        assert {got.threads[key].post.kind for key in own} == {"reply"}

    @pytest.mark.parametrize(("kind", "pauses"), [(FaultKind.THROTTLED, 420.0), (FaultKind.HIGH_USAGE, 18.0)])
    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, pauses: float) -> None:
        """The minutes of the usage header are waited, a nearly used-up allowance slows down, and nothing is lost."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, minutes=7))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert pauses <= sum(got.slept) <= pauses + 40

    def test_without_insights_all_is_there_but_the_numbers(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A refused insights endpoint leaves every post and reply in place; only the numbers are missing."""
        sandbox.misbehave(Fault(FaultKind.PERMISSION, path="/insights", times=None))
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        assert {key: len(t.comments) for key, t in got.threads.items()} == {p.id: len(p.comments) for p in truth.posts}
        assert {t.post.platform_comment_count for t in got.threads.values()} == {None}
        assert len([gap for gap in got.gaps if gap.what == "insights"]) == 1

    def test_a_deleted_reply_leaves_its_answers_behind(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """They are still listed and name it; a gap says that it is gone from the list."""
        answered = next(c for c in sandbox.truth(self.account).comments if c.depth >= 1)
        sandbox.delete_comment(self.account, str(answered.parent_id))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        gaps = [g for g in got.threads[answered.post_id].gaps if g.subject_id == answered.parent_id]
        assert [g.reason for g in gaps] == [GapReason.NOT_LISTED]

    def test_hiding_a_reply_hides_what_hangs_below(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The whole branch is captured, marked as hidden."""
        comments = sandbox.truth(self.account).comments
        answered = next(c for c in comments if c.depth == 0 and any(other.parent_id == c.id for other in comments))
        sandbox.hide_comment(self.account, answered.id)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        below = [c for c in got.threads[answered.post_id].comments if c.parent_id == answered.id]
        assert below
        assert {c.visibility for c in below} == {Visibility.HIDDEN}

    def test_a_token_that_expires_keeps_what_there_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Once the token is dead nothing more is asked: what came before stays, both listings end as refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="/conversation", nth=3))
        got = self.capture(sandbox, tmp_path)
        assert set(got.ends) == {"posts", "replies"}
        assert {end.reason for end in got.ends.values()} == {EndReason.REFUSED}
        assert any(thread.comments for thread in got.threads.values())
        assert "/conversation" in next(c.target for c in reversed(sandbox.calls) if c.host == SANDBOX)

    def test_a_token_near_its_end_is_renewed_first(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The sandbox gives a new token for the old one, and a whole capture is made with it."""
        old = sandbox.tokens[self.account]
        sandbox.tokens[self.account] = json.dumps({"access_token": old, "expires_at": int(NOW.timestamp()) + 30})
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))
        assert "grant_type=th_refresh_token" in sandbox.calls[0].target
        assert all(call.status == 200 for call in sandbox.calls)

    @pytest.mark.parametrize("size", [1, 2])
    def test_own_replies_by_small_pages_change_nothing(self, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
        """However few own replies come on a page, none becomes a thread that another one holds."""
        whole = CONNECTORS[self.platform]
        pairs = tuple((name, str(size) if name == "limit" else value) for name, value in whole.listings[1].parameters)
        small = replace(whole, listings=(whole.listings[0], replace(whole.listings[1], parameters=pairs)))
        self.assert_whole(self.capture(sandbox, tmp_path, connector=small), sandbox.truth(self.account))


def asked(sandbox: Sandbox, path: str, **parameters: str) -> dict[str, Any]:
    """Return the sandbox's answer to a call, without the network."""
    token = {"authorization": f"Bearer {sandbox.tokens['threads']}"}
    answer = sandbox.answer(Request("GET", SANDBOX, path, tuple(parameters.items()), token))
    document: dict[str, Any] = json.loads(answer.encoded())
    return document


def test_the_sandbox_cuts_before_it_filters() -> None:
    """Pages of a conversation can be empty while others follow; the links lead through all of it once, in order."""
    empty = 0
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        for truth in sandbox.truth("threads").posts:
            page = asked(sandbox, f"/v1.0/{truth.id}/conversation", limit="1", reverse="false")
            found = [c["id"] for c in page["data"]]
            while "next" in page.get("paging", {}):
                empty += not page["data"]
                parts = urlsplit(page["paging"]["next"])
                page = asked(sandbox, parts.path, **dict(parse_qsl(parts.query)))
                found += [c["id"] for c in page["data"]]
            order = sorted(truth.comments, key=lambda c: (c.created_at, int(c.id)))
            assert found == [c.id for c in order]
            top = asked(sandbox, f"/v1.0/{truth.id}/replies", limit="100")["data"]
            assert Counter(c["id"] for c in top) == Counter(c.id for c in truth.comments if c.depth == 0)
    assert empty


def test_the_sandbox_refuses_as_the_platform_does() -> None:
    """No token, a wrong one, an unknown object, field, metric or path: each has Meta's error object."""
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        wrong = sandbox.answer(Request("GET", SANDBOX, f"/v1.0/{USER}", (), {"authorization": "Bearer nonsense"}))
        known = sandbox.truth("threads").posts[0].id
        codes = [
            asked(sandbox, path, **parameters)["error"]["code"]
            for path, parameters in (
                ("/v1.0/1", {}),
                (f"/v1.0/{USER}", {"fields": "shoe_size"}),
                (f"/v1.0/{known}/insights", {"metric": "charm"}),
                (f"/v1.0/{known}/friends", {}),
                ("/v25.0/me", {}),
            )
        ]
    assert (wrong.status, wrong.document["error"]["code"]) == (401, 190)
    assert codes == [100, 100, 100, 2500, 2500]


@pytest.mark.shared
@needs_recordings
def test_recorded_samples_are_read_whole() -> None:
    """The documentation's posts, replies and profile are mapped with all they hold."""
    origin, connector = Origin("konto", datetime(2026, 11, 22, tzinfo=UTC), "0" * 64), CONNECTORS["threads"]
    listed = json.loads((SAMPLES / "get_a_list_of_all_a_user_s_threads.json").read_bytes())["data"]
    single = json.loads((SAMPLES / "get_threads_post_details.json").read_bytes())
    for record in (*listed, single):
        mapped = connector.to_post(msgspec.Raw(json.dumps(record).encode()), origin, "posts", USER)
        assert (mapped.post.id, mapped.post.text, mapped.post.kind) == (record["id"], record["text"], "post")
        assert mapped.post.created_at == datetime(2024, 9, 12, 23, 17, 39, tzinfo=UTC)
        assert json.loads(mapped.post.raw)["poll_attachment"]["option_d"] == "fourth"
        assert mapped.after is None  # it says that it has no replies
    for name in ("media-container-error.json", "media-with-location.json"):  # they tell no time: a gap with their id
        raw = (ROOT / "threads" / "restfb--restfb" / "threads" / name).read_bytes()
        with pytest.raises(msgspec.ValidationError, match="timestamp"):
            connector.to_post(msgspec.Raw(raw), origin, "posts", USER)
    talk = json.loads((SAMPLES / "get_threads_replies.json").read_bytes())["data"]
    [remark] = msgspec.convert(talk, type=list[Remark], strict=False)
    assert (remark.key(), remark.parent_key(), remark.text, remark.is_reply_owned_by_me) == (
        "string", "string", "reply", False,
    )  # fmt: skip
    body = (SAMPLES / "get_app_scoped_user_s_profile_information.json").read_bytes()
    profile = connector.to_profile(body, origin, {"user_id": USER}).profile
    assert (profile.id, profile.handle, profile.about) == (USER, "string", "string")


@pytest.mark.shared
@needs_recordings
def test_the_sandbox_tells_what_the_samples_tell() -> None:
    """Every member of a documented profile, post and reply is one the sandbox gives too, in the same type."""

    def shape(record: dict[str, Any]) -> dict[str, type]:
        return {name: type(value) for name, value in record.items() if name != "poll_attachment"}

    def sample(name: str) -> Any:
        return json.loads((SAMPLES / f"{name}.json").read_bytes())

    profile = sample("get_app_scoped_user_s_profile_information")
    [told] = sample("get_a_list_of_all_a_user_s_threads")["data"]
    [answer] = sample("get_threads_replies")["data"]
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        assert shape(asked(sandbox, "/v1.0/me", fields=",".join(profile))) == shape(profile)
        page = asked(sandbox, "/v1.0/me/threads", fields=",".join(told), limit="100")
        assert shape(next(p for p in page["data"] if p["media_type"] == "TEXT_POST")) == shape(told)
        assert set(page["paging"]["cursors"]) == {"before", "after"}
        busiest = max(sandbox.truth("threads").posts, key=lambda post: len(post.comments))
        talk = asked(sandbox, f"/v1.0/{busiest.id}/conversation", fields=",".join(answer))
        assert shape(talk["data"][0]) == shape(answer)
        assert shape(talk["data"][0]["replied_to"]) == shape(answer["replied_to"])
