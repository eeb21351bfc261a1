from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from _loopback import Call, Reply, bench, said
from _x_samples import (
    BEARER,
    HOST,
    NONE_FOUND,
    OWN_ID,
    PROBLEMS,
    SETTINGS,
    asked,
    platform,
    read,
    tweet,
)
from conformance import END, NOW, START, CursorConformance

from connectors import CONNECTORS
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.x_tokens import Tokens
from connectors.x import REACH, X
from urval.errors import ConfigError, GoneError, MalformedError, RefusedError
from urval.records import Edited, GapReason
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox import Truth


def test_conversations_are_asked_for_many_at_a_time(tmp_path: Path) -> None:
    """Each query stays within 1024 characters, names 26 conversations and says from when; the listing has a window."""
    first = 1_999_999_999_999_999_900
    listed = {"data": [tweet(str(first - n)) for n in range(60)], "meta": {}}
    with bench(tmp_path, platform({"tweets": said(listed)})) as b:
        items = read(b)
        searches, [listing] = asked(b, "/search/all"), asked(b, "/tweets")
    assert len([item for item in items if isinstance(item, Thread)]) == 60
    queries = [call["query"] for call in searches]
    assert [len(query.split(" OR ")) for query in queries] == [26, 26, 8]
    assert all(len(query) <= 1024 for query in queries)
    assert {call["start_time"] for call in searches} == {"2026-04-29T22:00:00Z"}
    assert listing["start_time"] == "2026-04-29T22:00:00Z"
    assert not {"since_id", "end_time"} & listing.keys()
    assert listing["tweet.fields"].startswith("id,text,note_tweet,")
    assert b.slept.count(1.0) >= 2 or sum(b.slept) >= 1.5


def test_the_new_names_are_sent_on_request(tmp_path: Path) -> None:
    """With field_names post every name of the change is sent in its new form."""
    with bench(tmp_path, platform({})) as b:
        read(b, field_names="post")
        [listing] = asked(b, "/tweets")
    assert "tweet" not in "".join([*listing, *listing.values()])
    assert "note_post" in listing["post.fields"]
    assert "referenced_posts.id" in listing["expansions"]


def test_the_end_of_the_listing_s_reach_is_a_gap(tmp_path: Path) -> None:
    """The interface lists 3200 posts; when so many came, older ones may be missing, and that is said once."""
    numbers = iter(range(32))

    def page(_call: Call) -> Reply:
        part = next(numbers)
        data = [tweet(str(1_999_999_999_999_999_900 - part * 100 - n)) for n in range(100)]
        return said({"data": data, "meta": {"next_token": f"t{part}"} if part < 31 else {}})

    with bench(tmp_path, platform({"tweets": page})) as b:
        items = read(b)
    [gap] = [item for item in items if type(item).__name__ == "Gap"]
    assert (gap.what, gap.reason) == ("posts", GapReason.INTERFACE_LIMIT)
    assert "3200" in gap.error


def test_an_own_reply_elsewhere_is_a_thread_of_its_own(tmp_path: Path) -> None:
    """An own answer in an own thread is a comment only; one in another's conversation is kept, with a gap."""
    root = tweet("1999999999999999902", conversation_id="1999999999999999902")
    inside = tweet(
        "1999999999999999903", conversation_id="1999999999999999902", in_reply_to_user_id=OWN_ID,
        referenced_tweets=[{"type": "replied_to", "id": "1999999999999999902"}],
    )  # fmt: skip
    outside = tweet(
        "1999999999999999904", conversation_id="55", in_reply_to_user_id="9", public_metrics={"reply_count": 3},
        referenced_tweets=[{"type": "replied_to", "id": "56"}],
    )  # fmt: skip
    listed, found = {"data": [outside, inside, root], "meta": {}}, {"data": [inside, root], "meta": {}}
    with bench(tmp_path, platform({"tweets": said(listed), "all": said(found)})) as b:
        items = read(b)
        assert len(asked(b, "/search/all")) == 1
    own, other = (item for item in items if isinstance(item, Thread))
    assert (own.post.id, [c.id for c in own.comments]) == (root["id"], [inside["id"]])
    assert (other.post.id, other.post.kind, other.post.in_reply_to) == (outside["id"], "reply", "56")
    assert [(gap.what, gap.reason) for gap in other.gaps] == [("comments", GapReason.INTERFACE_LIMIT)]


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (said(NONE_FOUND), GoneError, "user_id"),
        (
            said({"errors": [{"type": f"{PROBLEMS}not-authorized-for-resource", "detail": "x"}]}),
            RefusedError,
            "protected",
        ),
        (said({"type": f"{PROBLEMS}invalid-request", "title": "Invalid Request"}, 400), MalformedError, "user_id"),
        (said({"title": "Unauthorized", "type": "about:blank"}, 401), RefusedError, "new token"),
        (said({"title": "CreditsDepleted", "detail": "no credits"}, 402), RefusedError, "credits"),
        (Reply(b"<html>borta</html>", 200, {"Content-Type": "text/html"}), MalformedError, "base_url"),
    ],
)
def test_an_account_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, reply: Reply, error: type[Exception], words: str
) -> None:
    """Wrong or protected account, dead token, no credit, a web page instead: an error with a next step, no capture."""
    with bench(tmp_path, platform({OWN_ID: reply})) as b, pytest.raises(error) as wrong:
        read(b)
    assert words in str(getattr(wrong.value, "next_step", ""))


def test_a_search_that_is_not_allowed_costs_only_the_replies(tmp_path: Path) -> None:
    """The posts come, each thread's gap names the platform's words, and the search is not tried again and again."""
    data = [tweet(str(1_999_999_999_999_999_900 - n)) for n in range(60)]
    refused = said({"title": "Client Forbidden", "type": f"{PROBLEMS}client-forbidden", "detail": "Not enrolled"}, 403)
    with bench(tmp_path, platform({"tweets": said({"data": data, "meta": {}}), "all": refused})) as b:
        found = [item for item in read(b) if isinstance(item, Thread)]
        assert len(asked(b, "/search/all")) <= 6
    assert len(found) == 60
    assert all([gap.reason for gap in thread.gaps] == [GapReason.REFUSED] for thread in found)
    assert "Not enrolled" in found[0].gaps[0].error


def test_a_usage_cap_in_mid_run_keeps_what_there_is(tmp_path: Path) -> None:
    """When the credit is used up, nothing more is asked and everything says so."""
    capped = said({"title": "UsageCapExceeded", "type": f"{PROBLEMS}usage-capped", "detail": "cap"}, 429)
    listed = {"data": [tweet()], "meta": {"next_token": "mer"}}
    with bench(tmp_path, platform({"tweets": said(listed), "all": capped})) as b:
        items = read(b)
        assert len(b.calls) == 4  # the profile, two pages of posts, and the search that is refused
    assert [item.reason for item in items if isinstance(item, ListingEnd)] == [EndReason.REFUSED]
    assert len([item for item in items if isinstance(item, Thread)]) == 1


class TestConformance(CursorConformance):
    """The account of the sandbox's city."""

    platform = "x"
    account = "x"
    settings = SETTINGS
    posts_path = r"/users/[0-9]+/tweets"
    comments_path = r"/tweets/search/all"
    longest = 60

    def least_calls(self, truth: Truth) -> int:
        """Profile, a hundred posts and own replies a page, 26 conversations a search, five hundred found a page.

        One page of the listing more for what is newer than the period: it is listed too, else nothing would show that
        the reach of 3200 ended within the period.
        """
        posts = truth.posts[::-1]
        batches = [posts[first : first + 26] for first in range(0, len(posts), 26)]
        found = [sum(len(p.comments) + 1 for p in batch) for batch in batches]
        listed = len(posts) + sum(comment.own for comment in truth.comments)
        pages = min(-(-listed // 100) + 1, REACH // 100)
        return 1 + pages + sum(-(-number // 500) for number in found)

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

    def test_old_and_new_names_give_the_same(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The setting changes what is sent and what comes, not what is kept."""
        before = self.capture(sandbox, tmp_path / "old").told()
        self.settings = {**SETTINGS, "field_names": "post"}
        got = self.capture(sandbox, tmp_path / "new")
        assert got.told() == before
        assert "edit_history_post_ids" in next(iter(got.threads.values())).post.raw

    def test_a_search_lists_what_the_timeline_does_but_reposts(self, tmp_path: Path) -> None:
        """The other way to the posts has no reach; what it does not find is said once for the account."""
        quiet = City.generate(seed=11, posts=40, comments_mean=1, only=("x",), start=START, end=END)
        with Sandbox(quiet, clock=lambda: NOW) as sandbox:
            truth = sandbox.truth(self.account)
            reposts = {post.id for post in truth.posts if post.kind == "share" and not post.comments}
            self.assert_whole(self.capture(sandbox, tmp_path / "timeline"), truth)
            self.settings = {**SETTINGS, "posts_by": "search"}
            got = self.capture(sandbox, tmp_path / "search")
        self.assert_whole(got, replace(truth, posts=tuple(p for p in truth.posts if p.id not in reposts)))
        [gap] = [gap for gap in got.gaps if gap.what == "posts"]
        assert gap.reason is GapReason.INTERFACE_LIMIT
        assert reposts

    def test_another_way_to_the_posts_is_no_setting(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A value that names no way is refused before anything is asked."""
        self.settings = {**SETTINGS, "posts_by": "gissa"}
        with pytest.raises(ConfigError, match="posts_by"):
            self.capture(sandbox, tmp_path)

    def test_the_app_s_own_token_reads_all_of_it(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A plain Bearer token, which never runs out and cannot be renewed, does as well."""
        sandbox.tokens[self.account] = Tokens(sandbox.city.seed).bearer
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))

    def test_edits_are_kept_with_every_earlier_text(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Posts and replies edited twice have all versions; answers of before and after name one comment, one post."""
        truth = sandbox.truth(self.account)
        post = max(truth.posts, key=lambda post: len(post.comments))
        asked_of = next(c for c in post.comments if any(d.parent_id == c.id for d in post.comments))
        for text in ("rättad text", "rättad igen"):
            sandbox.edit_post(self.account, post.id, text)
            sandbox.edit_comment(self.account, asked_of.id, f"svar: {text}")
        got, now = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        self.assert_whole(got, now)
        [thread] = [t for t in got.threads.values() if t.versions]
        comment = next(c for c in thread.comments if c.text == "svar: rättad igen")
        assert thread.post.text.startswith("rättad igen")
        assert (thread.post.edited, comment.edited) == (Edited.YES, Edited.YES)
        assert {v.subject_id for v in thread.versions} == {thread.post.id, comment.id}
        texts = {key: [v.text for v in thread.versions if v.subject_id == key] for key in (thread.post.id, comment.id)}
        assert texts[comment.id] == [asked_of.text, "svar: rättad text"]
        assert [text.partition(" https://t.co/")[0] for text in texts[thread.post.id]][1] == "rättad text"
        assert next(v.created_at for v in thread.versions if v.subject_id == comment.id) == asked_of.created_at
        assert any(c.parent_id == comment.id for c in thread.comments)

    def test_a_reply_to_a_deleted_reply_keeps_its_place_and_a_gap(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """What was deleted in the middle is named once; what hangs below it is all there."""
        post = max(sandbox.truth(self.account).posts, key=lambda post: len(post.comments))
        middle = next(c for c in post.comments if any(d.parent_id == c.id for d in post.comments))
        sandbox.delete_comment(self.account, middle.id)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert (middle.id, GapReason.NOT_LISTED) in {(gap.subject_id, gap.reason) for gap in got.gaps}

    def test_a_token_is_renewed_once_and_kept(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """When the access token runs out in mid-run, a new one is got and kept, and nothing is lost."""
        given, kept = sandbox.tokens[self.account], list[str]()
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=self.comments_path))
        got = self.capture(sandbox, tmp_path, keep=kept.append)
        self.assert_whole(got, sandbox.truth(self.account))
        assert [call.target for call in sandbox.calls].count("/2/oauth2/token") == 1
        [now] = [json.loads(text) for text in kept]
        assert now["refresh_token"] != json.loads(given)["refresh_token"]
        held = gzip.decompress(got.warc.read_bytes()) + repr(got.items).encode()
        assert not [text for text in (*now.values(), *json.loads(given).values()) if str(text).encode() in held]

    def test_a_token_that_cannot_be_kept_is_not_used_up(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The refresh token works once: without a place for the new one it is left alone, the listing is refused."""
        sandbox.misbehave(Fault(FaultKind.TOKEN_EXPIRED, path=self.comments_path))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.REFUSED
        assert not [call for call in sandbox.calls if call.target == "/2/oauth2/token"]

    def test_a_token_that_never_lived_fails_the_account(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """An app's own token cannot be renewed: the refusal is an error with a next step."""
        sandbox.tokens[self.account] = BEARER
        with pytest.raises(RefusedError) as refused:
            self.capture(sandbox, tmp_path)
        assert refused.value.account_wide
        assert "new token" in refused.value.next_step

    @pytest.mark.parametrize(("kind", "pause"), [(FaultKind.RATE_LIMITED, 30.0), (FaultKind.THROTTLED, 420.0)])
    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, pause: float) -> None:
        """The time of the platform's header is waited for (twice over by a clock that stands), and nothing is lost."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, seconds=30, minutes=7))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert pause <= sum(got.slept) <= 2 * pause + 20

    def test_replies_that_are_counted_but_not_found(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The number stays beside the empty list: completeness shows it."""
        sandbox.misbehave(Fault(FaultKind.NO_COMMENTS, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        posts = [thread for thread in got.threads.values() if thread.post.kind != "reply"]
        assert any(thread.post.platform_comment_count for thread in posts)
        assert not any(thread.comments for thread in posts)


def test_the_profile_is_read(tmp_path: Path) -> None:
    """Name, handle, text, counts under either name, and the avatar in its original size."""
    data = {
        "id": OWN_ID, "name": "Exempelstad", "username": "exempelstad", "description": "Officiellt",
        "url": "https://t.co/w",
        "profile_image_url": f"http://{HOST}/bild_normal.png",
        "public_metrics": {"followers_count": 7, "post_count": 9},
    }  # fmt: skip
    png = Reply(b"\x89PNG\r\n\x1a\n", 200, {"Content-Type": "image/png"})
    with bench(tmp_path, platform({OWN_ID: said({"data": data}), "bild.png": png})) as b:
        view = read(b)[0]
    assert isinstance(view, ProfileView)
    assert (view.profile.handle, view.profile.followers, view.profile.posts) == ("exempelstad", 7, 9)
    assert (view.profile.url, view.profile.links) == ("https://x.com/exempelstad", ("https://t.co/w",))
    assert view.media[0].file


def test_it_is_registered() -> None:
    """The platform can be named in a spec."""
    assert CONNECTORS["x"] is X
