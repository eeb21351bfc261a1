from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
import requests
from _loopback import Bench, Call, Reply, bench, said
from _sandbox_adapter import SandboxAdapter
from conformance import END, NOW, START, Conformance
from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError

from connectors import CONNECTORS, open_source
from connectors._connector import Authors, Origin
from connectors._mastodon_errors import MASTODON_TABLE
from connectors._mastodon_objects import Status
from connectors._responses import Action, judge
from connectors.mastodon import MASTODON
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.native_ids import MASTODON_HOST
from urval.errors import GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from connectors._connector import MappedPost
    from connectors.sandbox import Truth
    from urval.records import Comment
    from urval.source import Item

HOST, OWN_ID = "api.exempelstad.example", "109000000000000001"
SETTINGS = {"acct": "exempelstad", "base_url": f"http://{MASTODON_HOST}"}
TOKEN = "plantedMastodonToken0123456789abcdef"
ACCOUNT = {"id": OWN_ID, "username": "exempelstad", "acct": "exempelstad", "display_name": "Exempelstad"}
NOBODY = {"ancestors": [], "descendants": []}


def status(number: str = "116000000000000001", **more: Any) -> dict[str, Any]:
    """Return a status as the interface writes it."""
    return {
        "id": number, "created_at": "2026-06-01T10:00:00.000Z", "content": f"<p>inlägg {number}</p>",
        "account": ACCOUNT,
        "visibility": "public", "in_reply_to_id": None, "edited_at": None, "reblog": None, "quote": None,
        "media_attachments": [], "spoiler_text": "", "replies_count": 0, **more,
    }  # fmt: skip


def mapped(record: Mapping[str, Any]) -> MappedPost:
    """Map one status."""
    raw = msgspec.Raw(json.dumps(record).encode())
    return MASTODON.to_post(raw, Origin("stad", NOW, "0" * 64, None, "posts"), "posts", OWN_ID)


def mapped_answer(record: Mapping[str, Any]) -> Comment:
    """Map one answer."""
    text = json.dumps(record)
    comment = msgspec.json.decode(text, type=Status)
    return MASTODON.to_comment(
        comment, text, Origin("stad", NOW, "0" * 64, None, "comments"), Authors(frozenset({OWN_ID})),
        post_id="1", parent=comment.parent_key(), depth=0, answer=False,
    )  # fmt: skip


def test_every_field_of_a_status_is_mapped() -> None:
    """HTML as given, warning as title, counts, language, address, media with alt texts, and unknown members in raw."""
    picture = {
        "id": "5", "type": "image", "url": "https://files.example/a.png", "description": "torget",
        "meta": {"original": {"width": 1200, "height": 800}},
    }  # fmt: skip
    record = status(
        content="<p>Hej &amp; hå</p>", spoiler_text="Väderlarm", language="sv", url="https://social.example/@e/1",
        replies_count=2, reblogs_count=3, quotes_count=1, favourites_count=7, media_attachments=[picture],
        pinned=True, nytt_fält=[1],
    )  # fmt: skip
    found = mapped(record)
    post, [ref] = found.post, found.media
    assert (post.text, post.title, post.language) == ("<p>Hej &amp; hå</p>", "Väderlarm", "sv")
    assert (post.kind, post.permalink, post.pinned) == ("photo", "https://social.example/@e/1", True)
    assert (post.reactions, post.reaction_count, post.share_count) == ((("favourite", 7),), 7, 4)
    assert (post.platform_comment_count, post.view_count) == (2, None)
    assert (post.author_id, post.author_name, post.author_role) == (OWN_ID, "Exempelstad", AuthorRole.OWN)
    assert (post.edited, post.updated_at, post.visibility) == (Edited.NO, None, Visibility.VISIBLE)
    assert (ref.url, ref.alt_text, ref.width, ref.height) == ("https://files.example/a.png", "torget", 1200, 800)
    assert json.loads(post.raw)["nytt_fält"] == [1]
    assert (found.after, found.reply, found.history) == ("", False, ())


def test_what_is_missing_is_unknown_and_not_invented() -> None:
    """An old or small server sends less: no edit mark is unknown, no count is none, the author is the account."""
    post = mapped({"id": "1", "created_at": "2026-06-01T10:00:00Z"}).post
    assert (post.edited, post.platform_comment_count, post.reaction_count) == (Edited.UNKNOWN, None, None)
    assert (post.author_id, post.author_name, post.title, post.text) == (OWN_ID, None, None, "")
    with pytest.raises(msgspec.ValidationError):
        mapped({"id": "1"})


@pytest.mark.parametrize(
    ("visibility", "shown"),
    [("public", "visible"), ("unlisted", "visible"), ("private", "hidden"), ("direct", "hidden"), ("ny", "hidden")],
)
def test_what_no_visitor_sees_is_marked(visibility: str, shown: str) -> None:
    """Statuses for followers or for those named are hidden from visitors; so is a kind that nobody knows."""
    assert mapped(status(visibility=visibility)).post.visibility == shown
    answer = mapped_answer(status(visibility=visibility, in_reply_to_id="1"))
    assert (answer.visibility, answer.hidden) == (shown, None)


def test_a_boost_holds_the_other_s_text_and_media() -> None:
    """Text, warning and pictures are those of the status passed on; nobody is asked for its answers."""
    picture = {"id": "5", "type": "image", "url": "https://region.example/a.png"}
    other = status("9", content="<p>Regionens ord</p>", spoiler_text="OBS", media_attachments=[picture], language="sv")
    found = mapped(status(content="", reblog=other, replies_count=4))
    post = found.post
    assert (post.kind, post.text, post.title) == ("share", "<p>Regionens ord</p>", "OBS")
    assert (post.platform_comment_count, found.after) == (None, None)
    assert [ref.url for ref in found.media] == ["https://region.example/a.png"]
    assert post.id != "9"


def test_every_kind_of_medium_is_named() -> None:
    """A picture, silent film, sound, a file kept elsewhere only, and one that is not ready, which is withheld."""
    kinds = [("image", "u"), ("gifv", "u"), ("audio", "u"), ("unknown", None), ("video", None)]
    media = [{"id": str(n), "type": kind, "url": url} for n, (kind, url) in enumerate(kinds)]
    media[3]["remote_url"] = "https://annan.example/fil"
    found = mapped(status(media_attachments=media)).media
    assert [ref.kind for ref in found] == [
        MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO, MediaKind.FILE, MediaKind.VIDEO,
    ]  # fmt: skip
    assert [ref.url for ref in found] == ["u", "u", "u", "https://annan.example/fil", None]
    assert [bool(ref.withheld) for ref in found] == [False] * 4 + [True]


def test_a_poll_stands_below_the_text() -> None:
    """Options are text of their own and are kept with it, escaped; votes too, where they are told."""
    poll = {"id": "4", "options": [{"title": "Ja <b>", "votes_count": 12}, {"title": "Nej", "votes_count": None}]}
    post = mapped(status(content="<p>Vad?</p>", poll=poll)).post
    assert (post.kind, post.text) == ("poll", "<p>Vad?</p><ul><li>Ja &lt;b&gt; (12)</li><li>Nej</li></ul>")


def test_answers_of_every_kind_are_mapped() -> None:
    """Own, a person's, one without author; a warning stands before the text, which has no title."""
    person = {"id": "5", "username": "asa", "acct": "asa@annan.example", "display_name": ""}
    answer = mapped_answer(status("80", account=person, in_reply_to_id="77", spoiler_text="Arg <3", replies_count=2))
    assert (answer.parent_id, answer.author_name, answer.author_role) == ("77", "asa", AuthorRole.PERSON)
    assert answer.text == "<p>Arg &lt;3</p><p>inlägg 80</p>"
    assert (answer.platform_reply_count, answer.direction) == (2, Direction.RECEIVED)
    assert mapped_answer(status("81", in_reply_to_id="80")).author_role is AuthorRole.OWN
    assert mapped_answer(status("82", account=None, in_reply_to_id="80")).author_role is AuthorRole.UNKNOWN
    assert mapped_answer(status("83", edited_at="2026-06-02T10:00:00.000Z")).edited is Edited.YES


@pytest.mark.parametrize("number", ["9223372036854775807", "01H9ZQ4KJ7", "9kXGb2cQ3WIGUBvcBs"])
def test_ids_are_opaque(number: str) -> None:
    """Other servers number otherwise, or not in numbers: an id is text from end to end."""
    assert mapped(status(number, in_reply_to_id=number)).post.in_reply_to == number


@pytest.mark.parametrize(
    "written", ["2026-06-01T10:00:00.000Z", "2026-06-01T10:00:00Z", "2026-06-01T12:00:00.000+02:00"]
)
def test_times_are_instants(written: str) -> None:
    """RFC 3339 with or without fractions and in any zone is the same instant."""
    assert mapped(status(created_at=written)).post.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("code", "body", "action"),
    [
        (200, b"[]", Action.ACCEPT),
        (401, {"error": "This API requires an authenticated user"}, Action.STOP),
        (401, {"error": "The access token is invalid"}, Action.STOP),
        (403, {"error": "This action is not allowed"}, Action.REFUSE),
        (404, {"error": "Record not found"}, Action.GONE),
        (410, {"error": "Gone"}, Action.GONE),
        (422, {"error": "Validation failed"}, Action.FAIL),
        (429, {"error": "Too many requests"}, Action.WAIT),
        (503, {"error": "There was a temporary problem serving your request, please try again"}, Action.RETRY),
        (500, b"<html>", Action.RETRY),
    ],
)
def test_each_answer_has_its_action(code: int, body: Any, action: Action) -> None:
    """The table knows every documented answer; what needs a person names the next step."""
    verdict = judge(MASTODON_TABLE, code, body if isinstance(body, bytes) else json.dumps(body).encode())
    assert verdict.action is action
    assert verdict.next_step or action not in {Action.STOP, Action.REFUSE}


def server(routes: Mapping[str, Reply]) -> Callable[[Call], Reply]:
    """Answer by the last two parts of the path; what is not told is empty, or the account."""
    known = {"accounts/lookup": said(ACCOUNT), f"{OWN_ID}/statuses": said([]), **routes}

    def answer(call: Call) -> Reply:
        key = "/".join(urlsplit(call.path).path.split("/")[-2:])
        return known.get(key) or said(NOBODY if key.endswith("/context") else {"error": "Record not found"}, 200)

    return answer


def read(b: Bench, credential: str | None = TOKEN) -> list[Item]:
    """Read the account of the test."""
    source = open_source(
        "mastodon",
        account_id="stad",
        settings={"acct": "exempelstad", "base_url": f"http://{HOST}"},
        credential=credential,
        start=START,
        end=END,
        gate=b.gate,
    )
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def test_the_account_is_looked_up_and_its_links_read(tmp_path: Path) -> None:
    """Name, HTML about, links of the table, counts; a picture that is the server's blank is none."""
    told = {
        **ACCOUNT, "note": "<p>Officiellt</p>", "followers_count": 7, "statuses_count": 9, "url": f"http://{HOST}/@e",
        "fields": [{"name": "Webb", "value": '<a href="https://www.exempelstad.example/" rel="me">www</a>'}],
        "avatar": f"http://{HOST}/avatars/original/missing.png", "header": f"http://{HOST}/h.png",
    }  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, server({"accounts/lookup": said(told), "/h.png": png})) as b:
        view = read(b)[0]
        assert b.calls[0].path.endswith("/api/v1/accounts/lookup?acct=exempelstad")
    assert isinstance(view, ProfileView)
    profile = view.profile
    assert (profile.name, profile.handle, profile.about) == ("Exempelstad", "exempelstad", "<p>Officiellt</p>")
    assert (profile.followers, profile.posts, profile.links) == (7, 9, ("https://www.exempelstad.example/",))
    assert (profile.avatar_media_id, [medium.kind for medium in view.media]) == (None, [MediaKind.COVER])


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (said({"error": "Record not found"}, 404), GoneError, "account's id"),
        (said({"error": "This API requires an authenticated user"}, 401), RefusedError, "without a token"),
        (said({**ACCOUNT, "suspended": True}), RefusedError, "administrators"),
        (Reply(b"<html>borta</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, reply: Reply, error: type[Exception], words: str
) -> None:
    """Unknown, closed or suspended account, or a web page instead: an error with a next step, no capture."""
    with bench(tmp_path, server({"accounts/lookup": reply})) as b, pytest.raises(error) as wrong:
        read(b, None)
    assert words in str(getattr(wrong.value, "next_step", ""))


def test_an_account_that_moved_is_read_and_says_so(tmp_path: Path) -> None:
    """What it wrote here is captured; where it went is said once."""
    moved = {**ACCOUNT, "moved": {**ACCOUNT, "url": "https://ny.example/@exempelstad"}}
    with bench(tmp_path, server({"accounts/lookup": said(moved), f"{OWN_ID}/statuses": said([status()])})) as b:
        items = read(b)
    [gap] = [item for item in items if type(item).__name__ == "Gap"]
    assert gap.reason is GapReason.GONE
    assert "https://ny.example/@exempelstad" in gap.error
    assert len(threads(items)) == 1


def test_answers_still_being_fetched_are_a_gap(tmp_path: Path) -> None:
    """When the server says that it is asking other servers for answers, the thread is not called whole."""
    header = 'id="abc", retry=3, result_count=2'
    busy = said({"ancestors": [], "descendants": [status("2", in_reply_to_id="1")]}, Mastodon_Async_Refresh=header)
    with bench(tmp_path, server({f"{OWN_ID}/statuses": said([status("1", replies_count=3)]), "1/context": busy})) as b:
        [thread] = threads(read(b))
    assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.INCOMPLETE)]
    assert header in thread.gaps[0].error
    assert len(thread.comments) == 1


def test_answers_that_exist_but_cannot_be_reached_are_a_gap(tmp_path: Path) -> None:
    """Sixty answers without a token and more counted: the interface's limit is named, with the way around it."""
    many = [status(str(100 + n), in_reply_to_id="1") for n in range(60)]
    context = said({"ancestors": [], "descendants": many})
    listed = said([status("1", replies_count=75)])
    with bench(tmp_path, server({f"{OWN_ID}/statuses": listed, "1/context": context})) as b:
        [thread] = threads(read(b, None))
    assert [(gap.what, gap.reason) for gap in thread.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]
    assert "token" in thread.gaps[0].error
    assert (thread.post.platform_comment_count, len(thread.comments)) == (75, 60)


def test_an_own_answer_elsewhere_is_a_thread_with_what_was_answered(tmp_path: Path) -> None:
    """An own answer below another's status is kept, with the answers below it, and is no comment of anybody's."""
    elsewhere = status("5", in_reply_to_id="999", in_reply_to_account_id="77", replies_count=1)
    orphan = status("6", in_reply_to_id=None, in_reply_to_account_id="77")
    below = said({"ancestors": [], "descendants": [status("7", in_reply_to_id="5", account={"id": "77"})]})
    with bench(tmp_path, server({f"{OWN_ID}/statuses": said([orphan, elsewhere]), "5/context": below})) as b:
        found = {thread.post.id: thread for thread in threads(read(b))}
    assert {key: thread.post.kind for key, thread in found.items()} == {"5": "reply", "6": "reply"}
    assert [(c.id, c.parent_id, c.depth) for c in found["5"].comments] == [("7", None, 0)]


def test_paging_follows_the_link_and_reads_past_short_pages(tmp_path: Path) -> None:
    """The header's next leads on, also after an empty page; without it the listing is over."""
    address = f"http://{HOST}/api/v1/accounts/{OWN_ID}/statuses?limit=40&max_id="
    pages = {
        "": ([status("30")], f'<{address}30>; rel="next", <{address}x>; rel="prev"'),
        "30": ([], f'<{address}20>; rel="next"'),
        "20": ([status("10")], f'<{address}x>; rel="prev"'),
    }

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        if not parts.path.endswith("/statuses"):
            return said(ACCOUNT if parts.path.endswith("/lookup") else NOBODY)
        records, link = pages[parts.query.partition("max_id=")[2]]
        return said(records, Link=link)

    with bench(tmp_path, answer) as b:
        items = read(b)
    assert [thread.post.id for thread in threads(items)] == ["30", "10"]
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert (end.reason, end.pages) == (EndReason.EXHAUSTED, 3)
    assert sum(b.slept) >= 2


class TestConformance(Conformance):
    """The account of the sandbox's city, read with its token."""

    platform = "mastodon"
    account = "mastodon"
    settings = SETTINGS
    posts_path = r"/accounts/[0-9]+/statuses"
    comments_path = r"/context"
    longest = 60

    def least_calls(self, truth: Truth) -> int:
        """Profile, forty statuses a page, one context a post that is no boost: a count of none is no promise."""
        asked = [p for p in truth.posts if p.claimed is not None]
        return 1 + -(-(len(truth.posts) + sum(c.own for c in truth.comments)) // 40) + len(asked)

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML, FaultKind.RESET, FaultKind.GONE])
    def test_a_lasting_fault_on_comments_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """The posts still come with a gap each, and own answers, which the posts' listing shows, come by themselves.

        Unlike elsewhere: with no thread to hold them, they would be lost though they were given.
        """
        sandbox.misbehave(Fault(kind, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        own = {comment.id for comment in truth.comments if comment.own}
        assert set(got.threads) == {post.id for post in truth.posts} | own
        for post in truth.posts:
            thread = got.threads[post.id]
            short = len(thread.comments) < len(post.comments)
            assert not short or any(gap.what == "comments" for gap in thread.gaps)
        assert {got.threads[key].post.kind for key in own} == {"reply"}

    def test_without_a_token_nothing_public_is_lost_unsaid(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Contexts are cut at 60 and 20 levels: reading on finds the deep ones; what cannot be reached is a gap."""
        del sandbox.tokens[self.account]
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        posts = {post.id: post for post in truth.posts if not post.hidden}
        assert {key for key, t in got.threads.items() if t.post.kind != "reply"} == set(posts)
        assert max(c.depth for c in truth.comments) >= 20
        cut = 0
        for key, post in posts.items():
            found, given = {c.id for c in got.threads[key].comments}, {c.id for c in post.comments}
            assert found <= given
            if found != given:
                cut += 1
                assert any(gap.reason is GapReason.INTERFACE_LIMIT for gap in got.threads[key].gaps)
        assert cut
        assert len([call for call in sandbox.calls if "/context" in call.target]) > len(posts)

    def test_edits_are_kept_with_every_earlier_text(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Posts and answers edited twice have their earlier texts with their times, and not the current one again."""
        truth = sandbox.truth(self.account)
        post = max(truth.posts, key=lambda post: len(post.comments))
        answer = post.comments[0]
        for text in ("rättad text", "rättad igen"):
            sandbox.edit_post(self.account, post.id, text)
            sandbox.edit_comment(self.account, answer.id, text)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        [thread] = [t for t in got.threads.values() if t.versions]
        assert (thread.post.edited, thread.post.updated_at, thread.post.text) == (Edited.YES, NOW, "<p>rättad igen</p>")
        texts = {key: [v for v in thread.versions if v.subject_id == key] for key in (post.id, answer.id)}
        assert [(v.number, v.text, v.created_at) for v in texts[answer.id]][:1] == [(0, answer.text, answer.created_at)]
        assert texts[post.id][0].text == post.text
        assert {v.subject_id for v in thread.versions} == {post.id, answer.id}

    def test_a_deleted_answer_takes_its_branch_from_the_context(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """What hangs below it is not reachable any more, except own answers, which become threads of their own."""
        post = max(sandbox.truth(self.account).posts, key=lambda post: len(post.comments))
        parents = {c.parent_id for c in post.comments if c.own}
        middle = next(c for c in post.comments if c.id in parents)
        own = {c.id for c in post.comments if c.own and c.parent_id == middle.id}
        sandbox.delete_comment(self.account, middle.id)
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        assert set(got.threads) >= {p.id for p in truth.posts} | own
        now = next(p for p in truth.posts if p.id == post.id)
        assert {c.id for c in got.threads[post.id].comments} == {c.id for c in now.comments}
        assert all(got.threads[key].post.kind == "reply" for key in own)

    @pytest.mark.parametrize(("kind", "pause"), [(FaultKind.RATE_LIMITED, 30.0), (FaultKind.THROTTLED, 420.0)])
    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, pause: float) -> None:
        """The ISO time of the header is waited for (twice over by a clock that stands), and nothing is lost."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, seconds=30, minutes=7))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert pause <= sum(got.slept) <= 2 * pause + 40

    def test_a_repeated_cursor_ends_as_incomplete(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A listing that leads back to itself fails with a gap, after its records were taken once."""
        sandbox.misbehave(Fault(FaultKind.REPEATED_CURSOR, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.FAILED
        assert [gap.reason for gap in got.gaps if gap.what == "posts"] == [GapReason.INCOMPLETE]

    def test_a_token_that_dies_in_mid_run_keeps_what_there_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Tokens are not renewed here: what came before stays, and the listing ends as refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=self.comments_path, nth=5))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.REFUSED
        assert got.threads

    def test_answers_that_are_counted_but_not_given(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list: completeness shows it."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert any(thread.post.platform_comment_count for thread in got.threads.values())
        assert not any(thread.comments for thread in got.threads.values())


@pytest.fixture(scope="module")
def small() -> Sandbox:
    """A sandbox that only Mastodon is on, never entered: it is asked without the network."""
    city = City.generate(seed=7, posts=40, comments_mean=6, only=("mastodon",), start=START, end=END)
    return Sandbox(city, clock=lambda: NOW)


def library(sandbox: Sandbox, token: str | None) -> Mastodon:
    """Give the sandbox to Mastodon.py."""
    session = requests.Session()
    session.mount("http://", SandboxAdapter(sandbox, MASTODON_HOST))
    return Mastodon(access_token=token, api_base_url=f"http://{MASTODON_HOST}", session=session)


def test_mastodon_py_reads_what_the_sandbox_serves(small: Sandbox) -> None:
    """The models of an outside client accept account, statuses page by page, context and history, all of them."""
    truth = small.truth("mastodon", datetime(2020, 1, 1, tzinfo=UTC), NOW)
    client = library(small, small.tokens["mastodon"])
    account = client.account_lookup("exempelstad")
    assert (account.display_name, str(account.id)) == (truth.name, OWN_ID)
    assert account.fields[0].name == "Webb"
    page, found = client.account_statuses(account.id, limit=10), []
    while page:
        found += page
        page = client.fetch_next(page)
    own = {c.id for c in truth.comments if c.own}
    assert {str(one.id) for one in found} >= {p.id for p in truth.posts} | own
    assert all(isinstance(one.created_at, datetime) and one.account.username == "exempelstad" for one in found)
    assert any(one.reblog and one.reblog.content for one in found)
    assert {one.type for one in (m for s in found for m in s.media_attachments)} == {"image", "video"}
    post = max(truth.posts, key=lambda post: len(post.comments))
    context = client.status_context(post.id)
    assert {str(one.id) for one in context.descendants} == {c.id for c in post.comments}
    assert not context.ancestors
    deep = max(post.comments, key=lambda c: c.depth)
    assert len(client.status_context(deep.id).ancestors) == deep.depth + 1
    small.edit_post("mastodon", post.id, "ny text")
    history = client.status_history(post.id)
    assert [edit.content for edit in history] == [post.text, "<p>ny text</p>"]
    assert client.status(post.id).edited_at == NOW


def test_mastodon_py_meets_the_limits_and_refusals(small: Sandbox) -> None:
    """Without a token contexts are cut and statuses for followers are not there; wrong ids and tokens are refused."""
    truth = small.truth("mastodon", datetime(2020, 1, 1, tzinfo=UTC), NOW)
    anonymous = library(small, None)
    post = max(truth.posts, key=lambda post: len(post.comments))
    descendants = anonymous.status_context(post.id).descendants
    assert len(post.comments) > 60
    assert 40 <= len(descendants) <= 60
    shut = next(p for p in truth.posts if p.hidden)
    with pytest.raises(MastodonNotFoundError):
        anonymous.status(shut.id)
    with pytest.raises(MastodonNotFoundError):
        anonymous.account_lookup("nagon_annan")
    with pytest.raises(MastodonUnauthorizedError):
        library(small, "fel").account_lookup("exempelstad")
    assert len(anonymous.account_statuses(OWN_ID, limit=80)) == 40


def test_it_is_registered() -> None:
    """The platform can be named in a spec, and needs no credential."""
    assert CONNECTORS["mastodon"] is MASTODON
    assert not any(setting.required for setting in MASTODON.settings if setting.secret)
