from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from _loopback import Bench, Call, Reply, bench, said
from conformance import END as CITY_END
from conformance import NOW, Captured, GraphConformance, city

from connectors import CONNECTORS, open_source
from connectors._connector import Origin
from connectors._instagram_errors import ERRORS
from connectors._instagram_objects import Remark
from connectors._responses import Action, judge
from connectors.instagram import INSTAGRAM
from connectors.sandbox import Fault, FaultKind, Sandbox
from connectors.sandbox.answers import Request
from connectors.sandbox.instagram import HOST as SANDBOX
from urval.errors import ConfigError, GoneError, MalformedError, RefusedError
from urval.records import AuthorRole, Direction, Edited, Gap, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox import Truth
    from urval.source import Item

HOST = "api.exempelstad.example"
TOKEN = "IGAAplantedtoken0123456789"
USER = "17841400000000001"
ACCOUNT = {"id": "9007199254740993", "username": "exempelstad", "name": "Exempelstad", "website": "https://a.example"}
START, END = datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)
EMPTY: dict[str, Any] = {"data": []}
PNG = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})


def post(key: str, created: str = "2026-06-01T10:00:00+0000", **more: Any) -> dict[str, Any]:
    """Return a medium as the API writes it."""
    return {"id": key, "timestamp": created, "media_type": "IMAGE", "media_url": f"http://{HOST}/bild.png", **more}


def comment(key: str, parent: str | None = None, author: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a comment as the API writes it."""
    told = {"id": key, "timestamp": "2026-06-02T10:00:00+0000", "text": f"svar {key}", **more}
    if parent:
        told["parent_id"] = parent
    if author:
        told |= {"from": {"id": author, "username": f"namn{author}"}, "username": f"namn{author}"}
    return told


def refusal(code: int, message: str, status: int = 400, **more: Any) -> Reply:
    """Return an error as Meta writes it."""
    return said({"error": {"message": message, "type": "OAuthException", "code": code, **more}}, status)


GONE = refusal(100, "Unsupported get request. Object with ID 'x' does not exist", error_subcode=33)


def platform(routes: Mapping[str, Reply]) -> Callable[[Call], Reply]:
    """Answer by the last part of the path; what is not told is an empty list, the account, a picture, or gone."""
    known = {USER: said(ACCOUNT), "media": said(EMPTY), "stories": said(EMPTY), "bild.png": PNG, **routes}

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path).path.split("/")
        found = known.get("/".join(parts[-2:])) or known.get(parts[-1])
        return found or (said(EMPTY) if parts[-1] == "comments" else GONE)

    return answer


def read(b: Bench, credential: str = TOKEN, keep: Callable[[str], None] | None = None, **settings: str) -> list[Item]:
    """Read the account of the test."""
    given = {"user_id": USER, "base_url": f"http://{HOST}", "token_url": f"http://{HOST}/refresh_access_token"}
    source = open_source(
        "instagram", account_id="stad", settings={**given, **settings}, credential=credential, start=START, end=END,
        gate=b.gate, keep=keep,
    )  # fmt: skip
    return list(source.read())


def threads(items: list[Item]) -> list[Thread]:
    """Return the threads among the items."""
    return [item for item in items if isinstance(item, Thread)]


def ends(items: list[Item]) -> dict[str, EndReason]:
    """Return how each listing ended."""
    return {item.listing: item.reason for item in items if isinstance(item, ListingEnd)}


def gaps(items: list[Item]) -> list[Gap]:
    """Return all gaps, of the account and of the threads."""
    return [i for i in items if isinstance(i, Gap)] + [g for t in threads(items) for g in t.gaps]


def listing(*posts: Any, **more: Any) -> Reply:
    """Return a page of media."""
    return said({"data": list(posts), **more})


def test_a_post_is_mapped_whole(tmp_path: Path) -> None:
    """Text, time, counts, alternative text and raw bytes come through as the platform gave them."""
    given = post(
        "9007199254740993", "2026-06-01T12:00:00+0200", caption="Hej \U0001f6a2\n#hamn", alt_text="Båtar",
        permalink="https://www.instagram.com/p/C/", owner={"id": USER}, username="exempelstad", like_count=7,
        comments_count=2, shares_count=3, view_count=90, media_product_type="FEED", nytt={"a": 1},
    )  # fmt: skip
    with bench(tmp_path, platform({"media": listing(given)})) as b:
        items = read(b, counts="like_count,comments_count,shares_count,view_count")
        assert ",comments_count,shares_count,view_count" in unquote(b.calls[1].path)
    [thread] = threads(items)
    told = thread.post
    assert (told.id, told.text, told.kind) == ("9007199254740993", "Hej \U0001f6a2\n#hamn", "photo")
    assert told.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert (told.edited, told.updated_at, told.title, told.pinned) == (Edited.UNKNOWN, None, None, None)
    assert (told.reaction_count, told.share_count, told.view_count, told.platform_comment_count) == (7, 3, 90, 2)
    assert (told.author_id, told.author_name, told.author_role) == (USER, "exempelstad", AuthorRole.OWN)
    assert (told.direction, told.visibility) == (Direction.MADE, Visibility.VISIBLE)
    assert json.loads(told.raw) == given
    assert [(m.alt_text, m.kind, m.gap) for m in thread.media] == [("Båtar", MediaKind.IMAGE, None)]
    view = items[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.id, view.profile.handle, view.profile.name) == (USER, "exempelstad", "Exempelstad")
    assert (view.profile.url, view.profile.links) == ("https://www.instagram.com/exempelstad/", ("https://a.example",))


def test_what_the_platform_keeps_back_stays_open(tmp_path: Path) -> None:
    """A medium with nothing but id and time is a post: no count is made up, and its missing file is said."""
    bare = {"id": "1", "timestamp": "2026-06-01T10:00:00+0000", "media_type": "IMAGE"}
    with bench(tmp_path, platform({"media": listing(bare)})) as b:
        items = read(b)
    [thread] = threads(items)
    told = thread.post
    assert (told.text, told.reaction_count, told.reactions, told.platform_comment_count) == ("", None, (), None)
    assert (told.share_count, told.view_count, told.permalink) == (None, None, None)
    assert [(m.gap, m.file) for m in thread.media] == [(GapReason.REFUSED, None)]
    assert [(g.what, g.reason) for g in thread.gaps] == [("media", GapReason.REFUSED)]


def test_albums_films_and_flagged_media(tmp_path: Path) -> None:
    """An album gives its parts and not its cover again, a film its still too, a flagged file is a named gap."""
    parts = [
        {"id": "21", "media_type": "IMAGE", "media_url": f"http://{HOST}/del1.png", "alt_text": "ett"},
        {
            "id": "22",
            "media_type": "VIDEO",
            "media_url": f"http://{HOST}/film.mp4",
            "thumbnail_url": f"http://{HOST}/t.png",
        },
    ]
    album = post("2", media_type="CAROUSEL_ALBUM", children={"data": parts})
    reel = post("3", media_type="VIDEO", media_product_type="REELS", thumbnail_url=f"http://{HOST}/t.png")
    del reel["media_url"]
    cut = post("4", media_type="CAROUSEL_ALBUM", children={"data": parts[:1], "paging": {"next": "http://x.example/"}})
    unknown = post("5", media_type="CAROUSEL_ALBUM")
    film = Reply(b"\0\0\0\x18ftypmp42", 200, {"Content-Type": "video/mp4"})
    files = {"del1.png": PNG, "t.png": PNG, "film.mp4": film}
    with bench(tmp_path, platform({"media": listing(album, reel, cut, unknown), **files})) as b:
        first, second, third, fourth = threads(read(b))
    assert [(m.id, m.kind, m.alt_text, m.gap) for m in first.media] == [
        ("21:1", MediaKind.IMAGE, "ett", None),
        ("22:1", MediaKind.IMAGE, None, None),
        ("22:film", MediaKind.VIDEO, None, None),
    ]
    assert (first.post.kind, second.post.kind) == ("photo", "reel")
    assert [(m.kind, m.gap) for m in second.media] == [
        (MediaKind.IMAGE, None),
        (MediaKind.VIDEO, GapReason.REFUSED),
    ]
    assert "copyright" in second.gaps[0].error
    assert [(g.what, g.reason) for t in (third, fourth) for g in t.gaps] == [("media", GapReason.INCOMPLETE)] * 2
    assert [m.gap for m in fourth.media] == [None]  # the album's cover stands in


@pytest.mark.parametrize(
    ("media_type", "product", "kind"),
    [
        ("IMAGE", "FEED", "photo"),
        ("CAROUSEL_ALBUM", "FEED", "photo"),
        ("VIDEO", "FEED", "video"),
        ("VIDEO", "REELS", "reel"),
        ("IMAGE", "STORY", "story"),
        ("HOLOGRAM", None, "post"),
        (None, None, "post"),
    ],
)
def test_kinds(tmp_path: Path, media_type: str | None, product: str | None, kind: str) -> None:
    """Type and product give the kind; one that is new is a post, not an error."""
    given = post("1", media_type=media_type, media_product_type=product)
    with bench(tmp_path, platform({"media": listing(given)})) as b:
        [thread] = threads(read(b))
    assert thread.post.kind == kind


def test_answers_come_inside_comments_and_by_calls_of_their_own(tmp_path: Path) -> None:
    """Answers expanded in a comment are taken; where their list was cut, the rest is asked for from there."""
    paging = {"cursors": {"after": "r1"}, "next": f"http://{HOST}/v25.0/1/replies?access_token=x&after=r1"}
    inline = {"data": [comment("11", "10", "5")], "paging": paging}
    top = {"data": [comment("10", None, "4", replies=inline), comment("20", None, "6")]}
    rest = {
        "data": [comment("11", "10", "5"), comment("12", "10", USER)],
        "paging": {"next": f"http://{HOST}/v25.0/10/more"},
    }
    routes = {"1/comments": said(top), "10/replies": said(rest), "10/more": said({"data": [comment("13", "10", "4")]})}
    with bench(tmp_path, platform({"media": listing(post("1", comments_count=5)), **routes})) as b:
        [thread] = threads(read(b))
        [asked] = [call.path for call in b.calls if "10/replies" in call.path]
    assert "after=r1" in asked
    assert "limit=50" in asked
    assert {c.id: (c.parent_id, c.depth) for c in thread.comments} == {
        "10": (None, 0), "11": ("10", 1), "12": ("10", 1), "13": ("10", 1), "20": (None, 0),
    }  # fmt: skip
    assert [c.id for c in thread.comments if c.is_own_answer] == ["12"]
    assert thread.gaps == ()


def test_answers_that_cannot_be_listed_are_a_gap_of_their_comment(tmp_path: Path) -> None:
    """When the rest of a comment's answers is refused, those that came stay, and the gap names the comment."""
    paging = {"cursors": {"after": "r1"}, "next": f"http://{HOST}/v25.0/10/replies"}
    top = {"data": [comment("10", replies={"data": [comment("11", "10")], "paging": paging})]}
    routes = {"1/comments": said(top), "10/replies": GONE}
    with bench(tmp_path, platform({"media": listing(post("1")), **routes})) as b:
        [thread] = threads(read(b))
    assert [c.id for c in thread.comments] == ["10", "11"]
    assert [(g.subject_id, g.reason) for g in thread.gaps] == [("10", GapReason.GONE)]


def test_who_wrote_is_told_by_number_not_by_name(tmp_path: Path) -> None:
    """The account is known by its numbers or, where only a name comes, by that; a name that looks like it is not it."""
    remarks = [
        comment("1", None, USER),
        comment("2", None, ACCOUNT["id"]),
        comment("3", username="exempelstad"),
        comment("4", user={"id": USER}, username="exempelstad"),
        comment("5", username=USER),
        comment("6", None, "77", username="exempelstad"),
        comment("7", hidden=True),
        comment("8", text=None, like_count=4, hidden=False),
    ]
    with bench(tmp_path, platform({"media": listing(post("1")), "comments": said({"data": remarks})})) as b:
        found = {c.id: c for c in threads(read(b))[0].comments}
    roles = {key: (c.author_role, c.author_id) for key, c in found.items()}
    assert roles == {
        "1": (AuthorRole.OWN, USER),
        "2": (AuthorRole.OWN, ACCOUNT["id"]),
        "3": (AuthorRole.OWN, None),
        "4": (AuthorRole.OWN, USER),
        "5": (AuthorRole.PERSON, None),
        "6": (AuthorRole.PERSON, "77"),
        "7": (AuthorRole.UNKNOWN, None),
        "8": (AuthorRole.UNKNOWN, None),
    }
    assert (found["1"].direction, found["6"].direction) == (Direction.MADE, Direction.RECEIVED)
    assert (found["7"].hidden, found["7"].visibility) == (True, Visibility.HIDDEN)
    assert (found["8"].hidden, found["8"].text, found["8"].reaction_count) == (False, "", 4)
    assert found["1"].hidden is None
    assert {c.author_name for c in found.values()} >= {"exempelstad", USER, None}


def test_an_answer_to_a_deleted_comment_names_it(tmp_path: Path) -> None:
    """An answer whose comment is not listed is kept below it, and the missing one has a gap."""
    with bench(
        tmp_path, platform({"media": listing(post("1")), "comments": said({"data": [comment("12", "11")]})})
    ) as b:
        [thread] = threads(read(b))
    assert [(c.id, c.parent_id, c.depth) for c in thread.comments] == [("12", "11", 1)]
    assert [(g.subject_id, g.reason) for g in thread.gaps] == [("11", GapReason.NOT_LISTED)]


def test_times_in_several_forms_and_broken_records(tmp_path: Path) -> None:
    """Every zone form is read; a record without zone or time is a gap with its id, beside the good ones."""
    forms = ["2026-06-02T10:00:00+0000", "2026-06-02T10:00:00Z", "2026-06-02T12:00:00+02:00", 1780394400]
    remarks: list[Any] = [{"id": str(n), "timestamp": when} for n, when in enumerate(forms, 1)]
    remarks += [{"id": "8", "timestamp": "2026-06-02T10:00:00"}, {"id": "9", "timestamp": "igår"}, {"id": "10"}, 4]
    posts: list[Any] = [{"id": "5"}, post("1"), "skräp", post("6", caption=["a"])]
    with bench(tmp_path, platform({"media": listing(*posts), "comments": said({"data": remarks})})) as b:
        items = read(b)
    [thread] = threads(items)
    assert {c.id: c.created_at for c in thread.comments} == dict.fromkeys("1234", datetime(2026, 6, 2, 10, tzinfo=UTC))
    assert [(g.what, g.subject_id) for g in thread.gaps] == [("comment", key) for key in ("8", "9", "10", None)]
    account = [(g.what, g.subject_id, g.reason) for g in items if isinstance(g, Gap)]
    assert account == [("post", key, GapReason.MALFORMED) for key in ("5", None, "6")]


def test_a_permission_missing_for_comments_costs_comments_only(tmp_path: Path) -> None:
    """Posts still come, each with a gap that repeats the platform's words, and nothing else is asked twice."""
    refused = refusal(10, "(#10) Application does not have permission for this action", 403)
    with bench(tmp_path, platform({"media": listing(post("1"), post("2")), "comments": refused})) as b:
        items = read(b)
    assert [t.post.id for t in threads(items)] == ["1", "2"]
    assert {(g.what, g.reason) for g in gaps(items)} == {("comments", GapReason.REFUSED)}
    assert len(gaps(items)) == 2
    assert "(#10) Application does not have permission" in gaps(items)[0].error
    assert set(ends(items).values()) == {EndReason.EXHAUSTED}


def test_stories_that_live_are_kept_without_comments(tmp_path: Path) -> None:
    """A story is a thread of its own, its comments are not asked for, and stories refused cost nothing else."""
    story = post("8", media_product_type="STORY")
    with bench(tmp_path, platform({"stories": listing(story)})) as b:
        [thread] = threads(read(b))
        assert not any("/comments" in call.path for call in b.calls)
    assert (thread.post.kind, thread.post.platform_comment_count, len(thread.media)) == ("story", None, 1)
    with bench(tmp_path, platform({"media": listing(post("1")), "stories": refusal(10, "(#10) No", 403)})) as b:
        items = read(b)
    assert [t.post.id for t in threads(items)] == ["1"]
    assert ends(items) == {"posts": EndReason.EXHAUSTED, "stories": EndReason.REFUSED}


@pytest.mark.parametrize(
    ("reply", "kind", "step"),
    [
        (GONE, GoneError, "user_id|base_url"),
        (refusal(803, "(#803) Some of the aliases you requested do not exist", 404), GoneError, "user_id"),
        (refusal(190, "Invalid OAuth access token - Cannot parse access token", 401), RefusedError, "begins with IG"),
        (
            refusal(190, "Error validating access token: Session has expired", 401, error_subcode=463),
            RefusedError,
            "token",
        ),
        (refusal(10, "(#10) To use this endpoint", 403), RefusedError, "instagram_business_basic"),
        (refusal(2500, "Unknown path components: /v25.0/x"), MalformedError, "base_url"),
        (Reply(b"<html>hej</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
        (Reply(b"", 302, {"Location": "https://www.instagram.com/accounts/login/"}), RefusedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_had_says_what_to_do(
    tmp_path: Path, reply: Reply, kind: type[Exception], step: str
) -> None:
    """Wrong number, wrong door, dead token, moved or suspended account, a proxy's page: one error with a next step."""
    with bench(tmp_path, platform({USER: reply})) as b, pytest.raises(kind) as failed:
        read(b)
    assert any(word in failed.value.next_step for word in step.split("|"))
    assert TOKEN not in str(failed.value)


def test_the_other_door_has_its_own_permissions_and_no_renewal(tmp_path: Path) -> None:
    """With ``login: facebook`` the same calls go with a Page's token; the method names that door's permissions."""
    with bench(tmp_path, platform({"media": listing(post("1"))})) as b:
        given = {"user_id": USER, "base_url": f"http://{HOST}", "login": "facebook"}
        source = open_source(
            "instagram", account_id="stad", settings=given, credential=TOKEN, start=START, end=END, gate=b.gate
        )
        assert [t.post.id for t in threads(list(source.read()))] == ["1"]
        assert "instagram_manage_comments" in source.method.scopes
        with pytest.raises(ConfigError, match="token_url"):
            read(b, login="facebook")
        with pytest.raises(ConfigError, match="'google'"):
            read(b, login="google")
    bare = next(setting for setting in INSTAGRAM.variants["facebook"].settings if setting.name == "base_url")
    assert bare.default == "https://graph.facebook.com"


def test_me_is_no_account(tmp_path: Path) -> None:
    """An account given as ``me`` is refused: nothing would say whose posts these are."""
    with bench(tmp_path, platform({"me": said(ACCOUNT)})) as b, pytest.raises(RefusedError) as failed:
        read(b, user_id="me")
    assert ACCOUNT["id"] in failed.value.next_step


@pytest.mark.parametrize(
    ("status", "code", "message", "action"),
    [
        (400, 24, "The requested resource does not exist", Action.GONE),
        (400, 100, "(#100) Tried accessing nonexistent field (view_count) on node type (IGMedia)", Action.FAIL),
        (400, 80002, "(#80002) There have been too many calls", Action.WAIT),
        (403, 4, "Application request limit reached", Action.WAIT),
        (401, 190, "Error validating access token: Session has expired", Action.RENEW),
        (401, 190, "Invalid OAuth access token - Cannot parse access token", Action.STOP),
        (403, 10, "(#10) Application does not have permission for this action", Action.REFUSE),
        (400, 2500, "Unknown path components: /x", Action.FAIL),
        (500, 2, "An unexpected error has occurred.", Action.RETRY),
        (500, 1, "Please reduce the amount of data you're asking for", Action.SMALLER),
    ],
)
def test_errors_and_what_is_done(status: int, code: int, message: str, action: Action) -> None:
    """Each documented error leads to its action; a field that a version lacks names the setting to change."""
    verdict = judge(ERRORS, status, json.dumps({"error": {"message": message, "code": code}}).encode())
    assert verdict.action is action
    assert ("setting counts" in verdict.next_step) is ("nonexistent" in message)


def test_an_address_that_ran_out_is_asked_for_anew(tmp_path: Path) -> None:
    """When a file's address no longer works, the post is read again for one that does."""
    old = post("1", media_url=f"http://{HOST}/gammal.png")
    routes = {"media": listing(old), "gammal.png": Reply(b"URL signature expired", 403), "1": said(post("1"))}
    with bench(tmp_path, platform(routes)) as b:
        [thread] = threads(read(b))
    [medium] = thread.media
    assert (medium.gap, medium.source_url) == (None, f"http://{HOST}/bild.png")
    assert thread.gaps == ()


def test_a_token_near_its_end_is_renewed_first(tmp_path: Path) -> None:
    """A credential that says it runs out is exchanged before anything is read, kept, and its old form never stored."""
    fresh = "IGAArenewedtoken0123456789"
    answer = said({"access_token": fresh, "token_type": "bearer", "expires_in": 5184000})
    old = json.dumps({"access_token": TOKEN, "expires_at": int(NOW.timestamp()) + 30})
    kept: list[str] = []
    with bench(tmp_path, platform({"refresh_access_token": answer})) as b:
        read(b, old, kept.append)
        assert "grant_type=ig_refresh_token" in b.calls[0].path
        assert {call.headers.get("Authorization") for call in b.calls[1:]} == {f"Bearer {fresh}"}
        assert not any("access_token" in call.path for call in b.calls[1:])
    [text] = kept
    assert json.loads(text)["access_token"] == fresh
    assert int(json.loads(text)["expires_at"]) == int(NOW.timestamp()) + 5184000
    stored = repr(b.records()).encode()
    assert TOKEN.encode() not in stored
    assert fresh.encode() not in stored


class TestInstagramConformance(GraphConformance):
    """The account of the sandbox's city."""

    platform = "instagram"
    account = "instagram"
    settings = {  # noqa: RUF012 - never changed
        "user_id": USER,
        "base_url": f"http://{SANDBOX}",
        "token_url": f"http://{SANDBOX}/refresh_access_token",
    }
    posts_path = "/media"
    comments_path = r"^[^?]*/comments"
    longest = 50

    def least_calls(self, truth: Truth) -> int:
        """Profile, stories, posts by the hundred, and for each post its comments of the first level by the fifty.

        Nothing less would do: one call lists the comments of one post only; expanded inside the list of posts, a
        permission missing for comments would cost the posts; and a post that counts none may have hidden ones.
        """
        first = (sum(c.depth == 0 for c in post.comments) for post in truth.posts)
        return 3 + (len(truth.posts) - 1) // 100 + sum(max(1, -(-number // 50)) for number in first)

    @pytest.mark.parametrize("size", [1, 2])
    def test_answers_by_pages_of_their_own_change_nothing(self, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
        """However few answers come inside a comment and on a page of answers, all come out."""
        whole = CONNECTORS[self.platform]
        fields = tuple(
            (name, value.replace("replies.limit(50)", f"replies.limit({size})"))
            for name, value in whole.comments[0].parameters
        )
        assert fields != whole.comments[0].parameters
        replies = whole.replies
        assert replies is not None
        few = tuple((name, str(size) if name == "limit" else value) for name, value in replies.endpoint.parameters)
        small = replace(
            whole, comments=(replace(whole.comments[0], parameters=fields),),
            replies=replace(replies, endpoint=replace(replies.endpoint, parameters=few)),
        )  # fmt: skip
        got = self.capture(sandbox, tmp_path, connector=small)
        self.assert_whole(got, sandbox.truth(self.account))
        assert any("/replies" in call.target for call in sandbox.calls)

    def test_a_permission_missing_for_comments_is_told_with_every_thread(
        self, sandbox: Sandbox, tmp_path: Path
    ) -> None:
        """All posts, no comments, and as many gaps as posts that say which permission."""
        sandbox.misbehave(Fault(FaultKind.PERMISSION, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        assert set(got.threads) == {post.id for post in truth.posts}
        assert not any(thread.comments for thread in got.threads.values())
        assert Counter(gap.reason for gap in got.gaps if gap.what == "comments") == {
            GapReason.REFUSED: len(truth.posts)
        }

    def test_no_comments_where_some_are_counted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Comments on an age-gated post are counted and not given: the number stays beside the empty list, no gap."""
        post = max(sandbox.truth(self.account).posts, key=lambda post: len(post.comments))
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path=self.comments_path, times=None, subject=post.id))
        thread = self.capture(sandbox, tmp_path).threads[post.id]
        assert (thread.post.platform_comment_count, len(thread.comments)) == (post.claimed, 0)
        assert not any(gap.what.startswith("comment") for gap in thread.gaps)

    def test_a_token_that_expires_keeps_what_there_is(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """From the fifth call on the token is dead: what came before stays, both listings end as refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path="^graph", nth=5))
        got = self.capture(sandbox, tmp_path)
        assert {name: end.reason for name, end in got.ends.items()} == {
            "posts": EndReason.REFUSED,
            "stories": EndReason.REFUSED,
        }
        assert any(thread.comments for thread in got.threads.values())
        assert len([call for call in sandbox.calls if call.host == SANDBOX]) == 5

    def test_a_deleted_comment_takes_its_answers_with_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Nothing of them is listed or counted any more, so nothing is missing."""
        answered = next(c for c in sandbox.truth(self.account).comments if c.parent_id)
        sandbox.delete_comment(self.account, str(answered.parent_id))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        ids = {c.id for thread in got.threads.values() for c in thread.comments}
        assert not ids & {answered.id, answered.parent_id}

    def test_stories_of_the_day_come_from_a_listing_of_their_own(self, tmp_path: Path) -> None:
        """At a time within the period, the last day's stories are captured beside the posts."""
        newest = max(
            p.created_at for p in city().account("instagram").posts if p.kind == "photo" and p.created_at < CITY_END
        )
        with Sandbox(city(), clock=lambda: newest + timedelta(hours=1)) as sandbox:
            got = self.capture(sandbox, tmp_path)
        stories = [thread for thread in got.threads.values() if thread.post.kind == "story"]
        assert stories
        assert got.ends["stories"].records == len(stories)
        assert all(thread.media and not thread.comments for thread in stories)

    def test_a_renewed_token_works(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The sandbox gives a new token for the old one, and a whole capture is made with it."""
        old = sandbox.tokens[self.account]
        sandbox.tokens[self.account] = json.dumps({"access_token": old, "expires_at": int(NOW.timestamp())})
        got: Captured = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert "refresh_access_token" in sandbox.calls[0].target
        assert all(call.status == 200 for call in sandbox.calls)


def asked(sandbox: Sandbox, path: str, **parameters: str) -> dict[str, Any]:
    """Return the sandbox's answer to a call, without the network."""
    token = {"authorization": f"Bearer {sandbox.tokens['instagram']}"}
    answer = sandbox.answer(Request("GET", SANDBOX, path, tuple(parameters.items()), token))
    document: dict[str, Any] = json.loads(answer.encoded())
    return document


def test_the_sandbox_cuts_before_it_filters() -> None:
    """Pages of comments can be empty while others follow; the links lead through all of them once."""
    empty = 0
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        for post in sandbox.truth("instagram").posts:
            page = asked(sandbox, f"/v25.0/{post.id}/comments", limit="1")
            found = [c["id"] for c in page["data"]]
            while "next" in page.get("paging", {}):
                empty += not page["data"]
                parts = urlsplit(page["paging"]["next"])
                page = asked(sandbox, parts.path, **dict(parse_qsl(parts.query)))
                found += [c["id"] for c in page["data"]]
            assert Counter(found) == Counter(c.id for c in post.comments if c.depth == 0)
    assert empty


def test_the_sandbox_refuses_as_the_platform_does() -> None:
    """No token, a wrong one, an unknown object, field or path, too large a page: each has Meta's error object."""
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        bare = sandbox.answer(Request("GET", SANDBOX, f"/v25.0/{USER}", (), {}))
        wrong = sandbox.answer(Request("GET", SANDBOX, f"/v25.0/{USER}", (), {"authorization": "Bearer nonsense"}))
        codes = [
            asked(sandbox, path, **parameters)["error"]["code"]
            for path, parameters in (
                ("/v25.0/1", {}),
                (f"/v25.0/{USER}", {"fields": "shoe_size"}),
                (f"/v25.0/{USER}/followers", {}),
                (f"/v25.0/{USER}/media", {"limit": "101"}),
                ("/v1.0/me", {}),
            )
        ]
    assert (bare.status, wrong.status, bare.document["error"]["code"]) == (400, 401, 104)
    assert wrong.document["error"]["code"] == 190
    assert codes == [100, 100, 100, 100, 2500]


def test_a_client_library_reads_what_the_sandbox_serves() -> None:
    """python-facebook's own models take accounts, media, comments and answers from the sandbox, and lose nothing."""
    from pyfacebook import models

    media = (
        "id,caption,children{id,media_type,media_url},comments_count,like_count,media_type,media_url,owner,permalink"
    )
    media += ",shortcode,thumbnail_url,timestamp,username"
    remark = "id,hidden,like_count,text,timestamp,user,username"
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        profile = asked(sandbox, f"/v25.0/{USER}", fields="id,username,name,biography,followers_count,media_count")
        page = asked(sandbox, f"/v25.0/{USER}/media", fields=media, limit="100")
        busiest = max(page["data"], key=lambda told: told["comments_count"])
        talk = asked(sandbox, f"/v25.0/{busiest['id']}/comments", fields=f"{remark},replies{{{remark}}}", limit="50")
    assert models.IgBusUser.new_from_json_dict(profile).username == "exempelstad"
    read_media = models.IgBusMediaResponse.new_from_json_dict(page)
    assert [m.id for m in read_media.data] == [told["id"] for told in page["data"]]
    assert [len(m.children.data) for m in read_media.data if m.media_type == "CAROUSEL_ALBUM"]
    read_talk = models.IgBusCommentResponse.new_from_json_dict(talk)
    assert [c.text for c in read_talk.data] == [told["text"] for told in talk["data"]]
    answers = [len(c.replies.data) for c in read_talk.data if c.replies]
    assert sum(answers) == sum(len(told.get("replies", EMPTY)["data"]) for told in talk["data"]) > 0


ROOT = Path(os.environ.get("URVAL_RECORDINGS", Path(__file__).resolve().parents[2] / "shared" / "recordings"))
SAMPLES = ROOT / "instagram" / "sns-sdks--python-facebook"
needs_recordings = pytest.mark.skipif(not ROOT.is_dir(), reason="the folder of third-party recordings is not there")
ORIGIN = Origin("konto", datetime(2026, 11, 22, tzinfo=UTC), "0" * 64)


def offline(_host: str, _port: int) -> list[str]:
    """Resolve nothing: the addresses in recordings are real and long dead."""
    raise OSError("not in a test")


@pytest.mark.shared
@needs_recordings
def test_a_recorded_account_comes_out_whole(tmp_path: Path) -> None:
    """Both pages of media, an album's parts and both pages of comments of a real account: each record is there."""

    def page(name: str) -> Reply:
        return Reply((SAMPLES / name).read_bytes().replace(b"https://graph.facebook.com", f"http://{HOST}".encode()))

    pages = {
        "media": (page("users/medias_p1.json"), page("users/medias_p2.json")),
        "17896622936197745/comments": (page("medias/comments_p1.json"), page("medias/comments_p2.json")),
        "17846368219941692/comments": (page("medias/comments_p1.json"), page("medias/comments_p2.json")),
    }
    account = page("users/user_fields.json")

    def answer(call: Call) -> Reply:
        parts = urlsplit(call.path)
        names = parts.path.split("/")
        found = pages.get("/".join(names[-2:])) or pages.get(names[-1])
        if found:
            return found["after=after" in parts.query]
        return account if names[-1] == "17841407673135339" else said(EMPTY)

    with bench(tmp_path, answer, resolve=offline) as b:
        source = open_source(
            "instagram", account_id="stad", settings={"user_id": "17841407673135339", "base_url": f"http://{HOST}"},
            credential=TOKEN, start=datetime(2020, 1, 1, tzinfo=UTC), end=datetime(2022, 1, 1, tzinfo=UTC), gate=b.gate,
        )  # fmt: skip
        items = list(source.read())
    given = [record for reply in pages["media"] for record in json.loads(reply.body)["data"]]
    found = {thread.post.id: thread for thread in threads(items)}
    assert list(found) == [record["id"] for record in given]
    for record in given:
        thread = found[record["id"]]
        assert json.loads(thread.post.raw) == record
        assert (thread.post.text, thread.post.platform_comment_count) == (
            record.get("caption", ""),
            record["comments_count"],
        )
        addresses = [part["media_url"] for part in record.get("children", {"data": [record]})["data"]]
        assert {m.source_url for m in thread.media} >= set(addresses)
        assert {g.subject_id for g in thread.gaps} == {m.id for m in thread.media}
    told = [record for reply in pages["17896622936197745/comments"] for record in json.loads(reply.body)["data"]]
    comments = found["17896622936197745"].comments
    assert [(c.id, c.text) for c in comments] == [(record["id"], record["text"]) for record in told]
    assert {c.author_role for c in comments} == {AuthorRole.UNKNOWN}
    assert set(ends(items).values()) == {EndReason.EXHAUSTED}


@pytest.mark.shared
@needs_recordings
def test_other_recorded_objects() -> None:
    """Single posts, albums, comments and answers of other recordings are read with what they hold."""
    older = ROOT / "instagram" / "restfb--restfb" / "instagram"
    for path, size in (
        (older / "media-carousel.json", 2), (older / "media-image.json", 1), (SAMPLES / "medias/media_default.json", 4),
    ):  # fmt: skip
        raw = msgspec.Raw(path.read_bytes())
        mapped = CONNECTORS["instagram"].to_post(raw, ORIGIN, "posts", USER)
        truth = json.loads(path.read_bytes())
        assert (mapped.post.id, mapped.post.text) == (truth["id"], truth["caption"])
        assert (len(mapped.media), mapped.troubles, mapped.after) == (size, (), "")
    remark = msgspec.json.decode((older / "comment_missing_user.json").read_bytes(), type=Remark)
    assert (remark.key(), remark.author_key(), remark.hidden, remark.text) == (
        "17916477187142401", "@omepesapeke", False, "Nice",
    )  # fmt: skip
    remark = msgspec.json.decode((SAMPLES / "comments/comment_fields.json").read_bytes(), type=Remark)
    assert (remark.author_key(), remark.like_count) == ("@etikabon", 1)
    answers = msgspec.json.decode((SAMPLES / "comments/replies.json").read_bytes(), type=dict[str, list[Remark]])
    assert [answer.text for answer in answers["data"]] == ["@efegusikekug848 nihao"]


@pytest.mark.shared
@needs_recordings
def test_the_sandbox_tells_what_recordings_tell() -> None:
    """Every member of a recorded account, medium, part and comment is one the sandbox gives too, in the same type."""

    def shape(record: dict[str, Any]) -> dict[str, type]:
        return {name: type(value) for name, value in record.items()}

    def recorded(name: str) -> Any:
        return json.loads((SAMPLES / name).read_bytes())

    parts = recorded("medias/children.json")["data"]
    media = recorded("users/medias_p1.json")["data"] + recorded("users/medias_p2.json")["data"]
    names = ",".join({name for record in media for name in record})
    with Sandbox(city(), clock=lambda: NOW) as sandbox:
        user = recorded("users/user_fields.json")
        assert shape(asked(sandbox, f"/v25.0/{USER}", fields=",".join(user))) == shape(user)
        page = asked(sandbox, f"/v25.0/{USER}/media", fields=names, limit="100")
        served = {name: kind for record in page["data"] for name, kind in shape(record).items()}
        assert served == {name: kind for record in media for name, kind in shape(record).items()}
        assert set(page["paging"]["cursors"]) == set(recorded("users/medias_p1.json")["paging"]["cursors"])
        album = next(record["id"] for record in page["data"] if record["media_type"] == "CAROUSEL_ALBUM")
        children = asked(sandbox, f"/v25.0/{album}/children", fields=",".join(parts[0]))["data"]
        assert shape(children[0]) == shape(parts[0])
        busiest = max(sandbox.truth("instagram").posts, key=lambda told: len(told.comments))
        talk = asked(sandbox, f"/v25.0/{busiest.id}/comments", limit="2")
        first = recorded("medias/comments_p1.json")
        assert shape(talk["data"][0]) == shape(first["data"][0])
        assert shape(talk["paging"]) == shape(first["paging"])
        assert shape(talk["paging"]["cursors"]) == shape(first["paging"]["cursors"])
