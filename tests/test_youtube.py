from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from _loopback import Reply, bench, said
from _youtube_answers import HOST, channel, comment, entry, error, platform, read, thread, threads, told, video
from conformance import Conformance

from connectors._responses import Action, judge
from connectors._youtube_errors import YOUTUBE as ERRORS
from connectors._youtube_objects import CommentResource
from connectors.sandbox import Fault, FaultKind
from connectors.sandbox.google_oauth import GOOGLE_TOKEN_HOST, GoogleTokens
from connectors.sandbox.youtube import YOUTUBE_HOST
from connectors.sandbox.youtube_objects import HELD, PUBLISHED, SPAM, answers_of, comments_off, listed_threads
from urval.errors import GoneError, MalformedError, RefusedError, ThrottledError
from urval.records import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility
from urval.source import EndReason, ListingEnd, ProfileView

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox import Sandbox, Truth

CHANNEL = "UCexempelstad0000000000x"


def test_a_video_is_mapped_whole(tmp_path: Path) -> None:
    """Texts, time, figures, language, thumbnail and raw bytes come from the video itself; its film is never given."""
    given = video(
        "v1",
        snippet={
            "defaultLanguage": "sv",
            "thumbnails": {
                "default": {"url": f"http://{HOST}/liten.jpg", "width": 120, "height": 90},
                "standard": {"url": f"http://{HOST}/stor.jpg", "width": 640, "height": 480},
            },
        },
        statistics={"viewCount": "9007199254740993", "likeCount": "4", "commentCount": "7", "dislikeCount": "1"},
        status={"privacyStatus": "unlisted"},
        liveStreamingDetails={"actualStartTime": "2026-06-01T10:00:00Z"},
        nytt={"okänt": [1]},
    )
    picture = Reply(b"\xff\xd8\xff\xe0", 200, {"Content-Type": "image/jpeg"})
    with bench(tmp_path, platform({"videos": said({"items": [given]}), "stor.jpg": picture})) as b:
        items = read(b)
    [made] = threads(items)
    post = made.post
    assert (post.id, post.title, post.text, post.kind) == ("v1", "titel v1", "text v1", "live")
    assert post.created_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert post.permalink == "https://www.youtube.com/watch?v=v1"
    assert (post.view_count, post.reactions, post.reaction_count) == (9007199254740993, (("like", 4),), 4)
    assert (post.platform_comment_count, post.language, post.share_count) == (7, "sv", None)
    assert (post.author_id, post.author_name, post.author_role) == ("UC1", "Exempelstad", AuthorRole.OWN)
    assert (post.visibility, post.edited, post.updated_at) == (Visibility.VISIBLE, Edited.UNKNOWN, None)
    assert json.loads(post.raw) == given
    assert [(m.id, m.kind, m.width, m.gap) for m in made.media] == [
        ("v1:thumbnail", MediaKind.IMAGE, 640, None),
        ("v1:film", MediaKind.VIDEO, None, GapReason.INTERFACE_LIMIT),
    ]
    assert post.media_ids == ("v1:thumbnail", "v1:film")
    assert told(items) == []
    [end] = [item for item in items if isinstance(item, ListingEnd)]
    assert (end.reason, end.records) == (EndReason.EXHAUSTED, 1)


def test_a_channel_is_mapped_whole(tmp_path: Path) -> None:
    """Name, handle, texts, figures and pictures come through; a hidden number of subscribers is no number."""
    pictures = {"high": {"url": f"http://{HOST}/vapen.png", "width": 800, "height": 800}}
    given = channel(
        snippet={"title": "Exempelstad", "customUrl": "@exempelstad", "description": "Om", "thumbnails": pictures},
        statistics={"subscriberCount": "0", "videoCount": "3", "hiddenSubscriberCount": True},
        brandingSettings={"image": {"bannerExternalUrl": f"http://{HOST}/band.png"}},
    )
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    routes = {"channels": said({"items": [given]}), "vapen.png": png, "band.png": png}
    with bench(tmp_path, platform(routes)) as b:
        view = read(b)[0]
        assert isinstance(view, ProfileView)
        assert "id=UC1" in b.calls[0].path
        assert "forHandle" not in b.calls[0].path
        assert "mine" not in b.calls[0].path
        assert any("playlistId=UU1" in call.path for call in b.calls)
    told_profile = view.profile
    assert (told_profile.id, told_profile.handle, told_profile.name) == ("UC1", "@exempelstad", "Exempelstad")
    assert (told_profile.followers, told_profile.posts, told_profile.about) == (None, 3, "Om")
    assert told_profile.url == "https://www.youtube.com/channel/UC1"
    assert [(m.kind, m.gap) for m in view.media] == [(MediaKind.AVATAR, None), (MediaKind.COVER, None)]
    assert json.loads(told_profile.raw) == given


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"channel_id": "", "handle": "@exempelstad"}, "forHandle=%40exempelstad"),
        ({"channel_id": "", "mine": "true"}, "mine=true"),
    ],
)
def test_a_channel_is_found_by_handle_or_token(tmp_path: Path, given: dict[str, str], expected: str) -> None:
    """One filter is sent, the one that is set; from there on the channel's own id counts."""
    with bench(tmp_path, platform({})) as b:
        view = read(b, **given)[0]
        assert expected in b.calls[0].path
        assert "&id=" not in b.calls[0].path
    assert isinstance(view, ProfileView)
    assert view.profile.id == "UC1"


@pytest.mark.parametrize(
    ("routes", "kind", "words"),
    [
        ({"channels": said({"pageInfo": {"totalResults": 0}})}, GoneError, "knows no channel UC1"),
        ({"channels": said({"items": [channel(id="UC2")]})}, RefusedError, "answers with the channel UC2, not UC1"),
        ({"channels": said({"items": [{"id": "UC1"}]})}, MalformedError, "cannot be read"),
        (
            {"channels": error(400, "badRequest", "API key not valid. Please pass a valid API key.")},
            RefusedError,
            "API key not valid",
        ),
        ({"channels": error(400, "incompatibleParameters")}, MalformedError, "incompatibleParameters"),
        ({"channels": error(403, "channelSuspended")}, RefusedError, "channelSuspended"),
        ({"channels": Reply(b"<html>", 200, {"Content-Type": "text/html"})}, MalformedError, "not in the form"),
        ({"channels": error(403, "quotaExceeded")}, ThrottledError, "quotaExceeded"),
    ],
)
def test_a_wrong_channel_ends_the_account(
    tmp_path: Path, routes: dict[str, Reply], kind: type[Exception], words: str
) -> None:
    """A renamed, closed or foreign channel, a bad key, a used-up quota: errors with a next step, no empty capture."""
    with bench(tmp_path, platform(routes)) as b:
        with pytest.raises(kind, match=words) as failed:
            read(b)
        assert failed.value.next_step


def test_the_tree_of_a_thread(tmp_path: Path) -> None:
    """Answers stand under their comment, own ones are marked, an author without a channel is unknown, edits show."""
    first = thread(
        comment("a", updatedAt="2026-06-03T10:00:00Z"),
        (
            comment("a.1", "UC1", parentId="a"),
            comment("a.2", None, parentId="a", textOriginal=None, textDisplay="visat"),
        ),
    )
    second = thread(comment("b", "UC1"), (comment("b.1", "UC1", parentId="b"),))
    with bench(tmp_path, platform({"commentThreads": said({"items": [first, second]})})) as b:
        [made] = threads(read(b))
    found = {c.id: c for c in made.comments}
    assert {key: (c.parent_id, c.depth, c.is_own_answer) for key, c in found.items()} == {
        "a": (None, 0, False), "a.1": ("a", 1, True), "a.2": ("a", 1, False), "b": (None, 0, False),
        "b.1": ("b", 1, False),
    }  # fmt: skip
    assert (found["a"].author_role, found["a"].direction) == (AuthorRole.PERSON, Direction.RECEIVED)
    assert (found["a.1"].author_role, found["a.1"].direction) == (AuthorRole.OWN, Direction.MADE)
    assert (found["a.2"].author_role, found["a.2"].author_id, found["a.2"].text) == (AuthorRole.UNKNOWN, None, "visat")
    assert [found[key].edited for key in ("a", "a.1")] == [Edited.YES, Edited.NO]
    assert (found["a"].platform_reply_count, found["a"].reaction_count) == (2, 2)
    assert found["a"].permalink == "https://www.youtube.com/watch?v=v1&lc=a"
    assert json.loads(found["a"].raw) == first
    assert json.loads(found["a.1"].raw)["id"] == "a.1"
    assert all(not c.hidden for c in made.comments)


def test_an_answer_to_a_comment_that_is_gone(tmp_path: Path) -> None:
    """It is kept, and the missing parent is a gap with its id."""
    stray = comment("b.1", parentId="b")
    with bench(tmp_path, platform({"commentThreads": said({"items": [thread(comment("a"), (stray,))]})})) as b:
        [made] = threads(read(b))
    assert {(c.id, c.parent_id, c.depth) for c in made.comments} == {("a", None, 0), ("b.1", "b", 1)}
    assert [(g.subject_id, g.reason) for g in made.gaps if g.what == "comment"] == [("b", GapReason.NOT_LISTED)]


def test_more_answers_than_came_are_asked_for_once(tmp_path: Path) -> None:
    """Five answers come inside a thread; if more are counted all are listed, page by page, and none twice."""
    inline = tuple(comment(f"a.{n}", parentId="a") for n in range(5))
    rest = [comment(f"a.{n}", parentId="a") for n in range(3, 8)]

    def answers(asked: dict[str, str]) -> Reply:
        more = asked.get("pageToken") == "sida 2"
        return said({"items": rest[3:]} if more else {"items": [*inline, *rest[:3]], "nextPageToken": "sida 2"})

    listed = said({"items": [thread(comment("a"), inline, 8), thread(comment("b"), inline[:0], 0)]})
    with bench(tmp_path, platform({"commentThreads": listed, "comments": answers})) as b:
        [made] = threads(read(b))
        asked = [call.path for call in b.calls if "/comments?" in call.path]
    assert len(asked) == 2
    assert all("parentId=a" in path for path in asked)
    assert "pageToken=sida+2" in asked[1]
    assert sorted(c.id for c in made.comments) == ["a", *(f"a.{n}" for n in range(8)), "b"]
    assert made.gaps == ()


def test_an_ignored_page_token_ends_as_incomplete(tmp_path: Path) -> None:
    """A platform that gives the same page of answers for ever is found out, and the thread has a gap."""
    page = said({"items": [comment("a.1", parentId="a")], "nextPageToken": "samma"})
    listed = said({"items": [thread(comment("a"), (), 9)]})
    with bench(tmp_path, platform({"commentThreads": listed, "comments": page})) as b:
        [made] = threads(read(b))
        assert len([call for call in b.calls if "/comments?" in call.path]) == 2
    assert [c.id for c in made.comments] == ["a", "a.1"]
    assert [(g.what, g.subject_id, g.reason) for g in made.gaps] == [("comments", "a", GapReason.INCOMPLETE)]


def test_the_listing_tells_what_is_held(tmp_path: Path) -> None:
    """Comments of the two further listings are hidden; a thread seen twice is one, and its held answer is held."""
    shown = thread(comment("a", moderationStatus="published"))
    again = thread(
        comment("a", moderationStatus="published"), (comment("a.1", parentId="a", moderationStatus="heldForReview"),), 0
    )
    held, spam = thread(comment("b")), thread(comment("c", moderationStatus="likelySpam"))
    routes = {
        "commentThreads": said({"items": [shown]}),
        "commentThreads:heldForReview": said({"items": [again, held]}),
        "commentThreads:likelySpam": said({"items": [spam]}),
    }
    with bench(tmp_path, platform(routes)) as b:
        [made] = threads(read(b))
        assert "moderationStatus" not in next(call.path for call in b.calls if "commentThreads" in call.path)
    assert {c.id: (c.hidden, c.visibility) for c in made.comments} == {
        "a": (False, Visibility.VISIBLE), "a.1": (True, Visibility.HELD),
        "b": (True, Visibility.HELD), "c": (True, Visibility.HELD),
    }  # fmt: skip
    assert {json.loads(c.raw)["id"] for c in made.comments} == {"a", "a.1", "b", "c"}


def test_an_api_key_sees_what_is_public(tmp_path: Path) -> None:
    """The key travels in its own header; each listing of held comments is refused once, for the account."""
    listed = said({"items": [entry("v1"), entry("v2")]})
    routes = {
        "playlistItems": listed, "videos": said({"items": [video("v1"), video("v2")]}),
        "commentThreads:heldForReview": error(403, "forbidden"), "commentThreads:likelySpam": error(403, "forbidden"),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        items = read(b, credential="AIzaSyplanted0123456789")
        assert {call.headers.get("X-Goog-Api-Key") for call in b.calls} == {"AIzaSyplanted0123456789"}
        assert not any("Authorization" in call.headers or "key=" in call.path for call in b.calls)
        assert len([call for call in b.calls if "moderationStatus" in call.path]) == 2
    assert told(items) == [
        ("comments_held", None, GapReason.REFUSED),
        ("comments_spam", None, GapReason.REFUSED),
    ]
    assert [t.post.id for t in threads(items)] == ["v1", "v2"]


def test_comments_turned_off_are_recorded_not_an_error(tmp_path: Path) -> None:
    """One gap of the thread says so, the held listings are not asked for that video but still for the next."""

    def by_video(asked: dict[str, str]) -> Reply:
        return error(403, "commentsDisabled") if asked["videoId"] == "v1" else said({"items": []})

    routes: dict[str, Any] = {
        "playlistItems": said({"items": [entry("v1"), entry("v2")]}),
        "videos": said({"items": [video("v1"), video("v2")]}), "commentThreads": by_video,
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        items = read(b)
        asked = [urlsplit(call.path).query for call in b.calls if "commentThreads" in call.path]
    assert [("videoId=v1" in query, "moderationStatus" in query) for query in asked] == [
        (True, False), (False, False), (False, True), (False, True),
    ]  # fmt: skip
    first, second = threads(items)
    assert [(g.what, g.reason) for g in first.gaps] == [("comments", GapReason.REFUSED)]
    assert "commentsDisabled" in next(g.error for g in first.gaps if g.what == "comments")
    assert second.gaps == ()
    assert told(items) == []


def test_lost_videos_are_gaps_and_cost_no_further_calls(tmp_path: Path) -> None:
    """A deleted and a private video stay among the uploads: each is a thread with a reason, and without comments."""
    lost = entry("v2", None, "privacyStatusUnspecified")
    lost["snippet"] |= {"title": "Deleted video", "description": "This video is unavailable."}
    private = entry("v3", None, "private")
    routes = {"playlistItems": said({"items": [entry("v1"), lost, private]})}
    with bench(tmp_path, platform(routes)) as b:
        made = {t.post.id: t for t in threads(read(b))}
        assert not any("videoId=v2" in call.path or "videoId=v3" in call.path for call in b.calls)
        assert any("id=v1%2Cv2%2Cv3" in call.path or "id=v1,v2,v3" in call.path for call in b.calls)
    assert {key: [(g.what, g.reason) for g in t.gaps] for key, t in made.items() if key != "v1"} == {
        "v2": [("post", GapReason.GONE)],
        "v3": [("post", GapReason.PRIVATE)],
    }
    assert made["v2"].post.visibility is Visibility.GONE_UNKNOWN
    assert made["v3"].post.visibility is Visibility.HIDDEN
    assert (made["v2"].media, made["v2"].post.media_ids) == ((), ())
    assert made["v2"].post.created_at == datetime(2026, 6, 1, 9, tzinfo=UTC)


def test_videos_that_cannot_be_asked_for_keep_what_the_uploads_tell(tmp_path: Path) -> None:
    """When the second call fails, texts and time are there, a gap names the call, and comments are still read."""
    routes = {"videos": error(400, "badRequest"), "commentThreads": said({"items": [thread(comment("a"))]})}
    with bench(tmp_path, platform(routes)) as b:
        [made] = threads(read(b))
    assert (made.post.title, made.post.text, made.post.platform_comment_count) == ("titel v1", "text v1", None)
    assert [c.id for c in made.comments] == ["a"]
    assert [g.what for g in made.gaps] == ["videos"]


def test_broken_records_are_gaps_and_the_run_goes_on(tmp_path: Path) -> None:
    """Entries, videos and comments that cannot be read are gaps with their id, beside the good ones."""
    listed = [{"id": "x", "snippet": {}}, entry("v9", "igår"), entry("v1"), "skräp", entry("v2")]
    inside = (comment("a.1", parentId="a", publishedAt="igår"), comment("a.2", parentId="a"))
    bare = comment("c")
    del bare["snippet"]["publishedAt"]
    routes = {
        "playlistItems": said({"items": listed}), "videos": said({"items": [video("v1"), {"id": "v2"}, {"nytt": 1}]}),
        "commentThreads": lambda asked: said(
            {"items": [thread(comment("a"), inside), thread(bare), {"id": "d"}] if asked["videoId"] == "v1" else []}
        ),
    }  # fmt: skip
    with bench(tmp_path, platform(routes)) as b:
        items = read(b)
    assert told(items) == [
        ("post", "x", GapReason.MALFORMED),
        ("post", "v9", GapReason.MALFORMED),
        ("post", None, GapReason.MALFORMED),
    ]
    first, second = threads(items)
    assert sorted(c.id for c in first.comments) == ["a", "a.2"]
    wrong = {(g.what, g.subject_id) for g in first.gaps if g.reason is GapReason.MALFORMED}
    assert wrong == {("comment", "a.1"), ("comment", "c"), ("comment", "d")}
    assert second.post.title == "titel v2"
    assert [g.what for g in second.gaps if g.reason is GapReason.MALFORMED] == ["videos"]


@pytest.mark.parametrize(
    ("written", "instant"),
    [
        ("2026-06-02T10:00:00Z", datetime(2026, 6, 2, 10, tzinfo=UTC)),
        ("2019-11-21T22:17:43.000Z", datetime(2019, 11, 21, 22, 17, 43, tzinfo=UTC)),
        ("2026-06-02T10:00:00.123456Z", datetime(2026, 6, 2, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-06-02T12:00:00+02:00", datetime(2026, 6, 2, 12, tzinfo=timezone(timedelta(hours=2)))),
        ("2026-06-02T10:00:00", None),
    ],
)
def test_times_in_several_forms(written: str, instant: datetime | None) -> None:
    """With and without fractions, in UTC or another zone; a time without a zone is refused, not guessed."""
    raw = json.dumps(comment("a", publishedAt=written)).encode()
    if instant is None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(raw, type=CommentResource)
    else:
        assert msgspec.json.decode(raw, type=CommentResource).said().published_at == instant


@pytest.mark.parametrize(
    ("status", "reason", "message", "action"),
    [
        (403, "quotaExceeded", "", Action.WAIT),
        (403, "rateLimitExceeded", "", Action.RETRY),
        (429, "userRateLimitExceeded", "", Action.RETRY),
        (403, "commentsDisabled", "", Action.CLOSED),
        (403, "forbidden", "", Action.REFUSE),
        (403, "insufficientPermissions", "", Action.REFUSE),
        (404, "videoNotFound", "", Action.GONE),
        (404, "playlistNotFound", "", Action.GONE),
        (400, "processingFailure", "", Action.RETRY),
        (400, "invalidPageToken", "", Action.GIVE_UP),
        (403, "authenticatedUserAccountSuspended", "", Action.STOP),
        (401, "authError", "Invalid Credentials", Action.RENEW),
        (400, "keyInvalid", "Bad Request", Action.STOP),
        (400, "badRequest", "API key expired. Please renew the API key.", Action.STOP),
        (400, "invalidParameter", "", Action.FAIL),
        (500, "backendError", "", Action.RETRY),
    ],
)
def test_what_is_done_about_an_error(status: int, reason: str, message: str, action: Action) -> None:
    """Each reason that YouTube documents leads to its action."""
    body = json.dumps({"error": {"code": status, "message": message, "errors": [{"reason": reason}]}}).encode()
    assert judge(ERRORS, status, body).action is action


def test_errors_in_other_forms_are_judged() -> None:
    """An error that is a plain text, has no reason, or is no JSON still leads to an action."""
    grant = b'{"error": "invalid_grant", "error_description": "Token has been expired or revoked."}'
    assert judge(ERRORS, 400, grant).words.endswith("Token has been expired or revoked.")
    assert judge(ERRORS, 403, b'{"error": {"code": 403, "status": "PERMISSION_DENIED"}}').action is Action.REFUSE
    assert judge(ERRORS, 502, b"<html>").action is Action.RETRY
    assert judge(ERRORS, 200, b'{"items": []}').action is Action.ACCEPT


class TestYouTubeConformance(Conformance):
    """The channel of the sandbox's city."""

    platform = "youtube"
    account = "youtube"
    settings = {  # noqa: RUF012 - never changed
        "channel_id": CHANNEL,
        "base_url": f"http://{YOUTUBE_HOST}",
        "token_url": f"http://{GOOGLE_TOKEN_HOST}/token",
    }
    posts_path = "/playlistItems"
    comments_path = "/commentThreads"
    longest = 50

    def least_calls(self, truth: Truth) -> int:
        """Channel, uploads and videos by the fifty, threads by the hundred in three listings, answers beyond five.

        Uploads are in no order of publication, so all are listed. Each video's three listings must be asked for: the
        count leaves held comments out, and whether held ones can be listed for a whole channel is not documented. Where
        comments are turned off, the first answer says so for all three.
        """
        uploads = self.the_city().account(self.account).posts
        posts = {post.id: post for post in uploads}
        calls = 1 + -(-len(uploads) // 50) + -(-len(truth.posts) // 50)
        for post in (posts[given.id] for given in truth.posts):
            if comments_off(post):
                calls += 1
                continue
            for listing in (PUBLISHED, HELD, SPAM):
                calls += max(1, -(-len(listed_threads(post, listing)) // 100))
            answers = [len(answers_of(post, top, PUBLISHED)) for top in post.comments if top.parent_id is None]
            calls += sum(-(-number // 100) for number in answers if number > 5)
        return calls

    def test_a_repeated_cursor_ends_as_incomplete(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A listing that leads back to itself fails with a gap, after its records were taken once."""
        sandbox.misbehave(Fault(FaultKind.REPEATED_CURSOR, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.FAILED
        assert [gap.reason for gap in got.gaps if gap.what == "posts"] == [GapReason.INCOMPLETE]
        assert set(got.threads) == {post.id for post in sandbox.truth(self.account).posts}

    @pytest.mark.parametrize("path", ["/channels", "/playlistItems", "/commentThreads"])
    def test_a_token_that_runs_out_is_renewed(self, sandbox: Sandbox, tmp_path: Path, path: str) -> None:
        """Whenever it happens, one call renews the token, the refused call is made again, and nothing is lost."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=path))
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))
        assert [call.status for call in sandbox.calls if call.host == GOOGLE_TOKEN_HOST] == [200]
        assert len([call for call in sandbox.calls if call.status == 401]) == 1

    def test_a_withdrawn_grant_fails_the_account(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """When the token address refuses too, the account ends with a next step, before anything was captured."""
        known = json.loads(sandbox.tokens[self.account])
        sandbox.tokens[self.account] = json.dumps(
            {**known, "access_token": "ya29.gone0123", "refresh_token": "1//gone0123"}
        )
        with pytest.raises(RefusedError) as refused:
            self.capture(sandbox, tmp_path)
        assert refused.value.account_wide
        assert refused.value.next_step

    def test_an_api_key_captures_what_is_public(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Held comments and the private video are gaps, each said once; all that is public is whole."""
        sandbox.tokens[self.account] = GoogleTokens(CHANNEL).api_key
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        for post in truth.posts:
            found = {c.id for c in got.threads[post.id].comments}
            assert found == (set() if post.hidden else {c.id for c in post.comments if not c.hidden})
        [private] = [post.id for post in truth.posts if post.hidden]
        assert [g.reason for g in got.threads[private].gaps] == [GapReason.PRIVATE]
        refused = [gap.what for gap in got.gaps if gap.what.startswith("comments_") and gap.reason is GapReason.REFUSED]
        assert sorted(refused) == ["comments_held", "comments_spam"]
        assert len([call for call in sandbox.calls if "moderationStatus" in call.target]) == 2

    def test_a_scope_that_is_missing_for_comments_only(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Videos come with their figures; comments are gaps that name the scope's error."""
        sandbox.tokens[self.account] = GoogleTokens(CHANNEL).narrow_token
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        assert set(got.threads) == {post.id for post in truth.posts}
        for thread_made in got.threads.values():
            assert not thread_made.comments
            assert [g.reason for g in thread_made.gaps if g.what == "comments"] == [GapReason.REFUSED]
        assert any("insufficientPermissions" in gap.error for gap in got.gaps)
        assert sum(t.post.platform_comment_count or 0 for t in got.threads.values()) > 100

    def test_a_used_up_quota_is_gone_on_with_another_day(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The wait until midnight on the Pacific coast is too long to sit through: the run ends, the next goes on."""
        whole = self.capture(sandbox, tmp_path / "whole")
        sandbox.misbehave(Fault(FaultKind.THROTTLED, path=self.comments_path, nth=5, times=None))
        sandbox.forget_calls()
        with pytest.raises(ThrottledError, match="quotaExceeded") as told:
            self.capture(sandbox, tmp_path / "cut")
        assert told.value.wait_seconds > 7200
        before = {call.target for call in sandbox.calls if call.status == 200}
        sandbox.behave()
        sandbox.forget_calls()
        assert self.capture(sandbox, tmp_path / "cut", resume=True).items == whole.items
        assert not before & {call.target for call in sandbox.calls}

    def test_a_deleted_video_stays_in_the_list_without_its_data(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The platform's word for it is a gap with the video's id; the other threads are whole."""
        lost = sandbox.truth(self.account).posts[3]
        sandbox.delete_post(self.account, lost.id)
        got = self.capture(sandbox, tmp_path)
        assert [(g.what, g.subject_id, g.reason) for g in got.threads[lost.id].gaps] == [
            ("post", lost.id, GapReason.GONE)
        ]
        assert set(got.threads) - {lost.id} == {post.id for post in sandbox.truth(self.account).posts}

    def test_no_comments_where_forty_are_counted(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list; it is the completeness that shows it, not a gap."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path="/(videos|commentThreads)", times=None))
        got = self.capture(sandbox, tmp_path)
        assert {(t.post.platform_comment_count, len(t.comments)) for t in got.threads.values()} == {(40, 0)}
