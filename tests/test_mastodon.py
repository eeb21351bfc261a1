from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
import requests
from _mastodon_samples import (
    OWN_ID,
    SETTINGS,
)
from _sandbox_adapter import SandboxAdapter
from conformance import END, NOW, START, CursorConformance
from mastodon import Mastodon, MastodonNotFoundError, MastodonUnauthorizedError

from connectors import CONNECTORS
from connectors.mastodon import MASTODON
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.native_ids import MASTODON_HOST
from urval.records import Edited, GapReason
from urval.source import EndReason

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox import Truth


class TestConformance(CursorConformance):
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
