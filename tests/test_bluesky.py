"""The Bluesky connector: the conformance suite, and what a deleted or lost answer hides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conformance import NOW as CLOCK
from conformance import Conformance, city

from connectors.sandbox import City, Fault, FaultKind, Sandbox
from connectors.sandbox.bluesky_views import API_HOST, PDS_HOST
from connectors.sandbox.native_ids import did
from urval.records import GapReason

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.sandbox import Truth
    from connectors.sandbox.model import CityComment, CityPost

ACCOUNT, DID = "bluesky", did("exempelstad")


def own_answers(post: CityPost) -> list[CityComment]:
    """Return the account's own answers below a post."""
    return [c for c in post.comments if c.author is None]


class TestBlueskyConformance(Conformance):
    """The account of the sandbox's city."""

    platform = "bluesky"
    account = ACCOUNT
    settings = {"did": DID, "base_url": f"http://{API_HOST}", "pds_url": f"http://{PDS_HOST}"}  # noqa: RUF012 - fixed
    posts_path = "listRecords.*feed.post"
    comments_path = "getPostThread"
    media_path = r"getBlob|/img/"
    longest = 60

    def least_calls(self, truth: Truth) -> int:
        """Profile, repository, reposts; records a hundred a page and the empty page that ends them; counts; threads.

        Nobody can ask for the records of a period, so all of them are listed. Counts come 25 a call, for the posts of
        a page. A thread without answers costs no call; an answer that has more than are shown costs one.
        """
        posts = self.the_city().account(self.account).posts
        records = sorted(key for post in posts for key in (post.id, *(c.id for c in own_answers(post))))[::-1]
        wanted, counted = {post.id for post in truth.posts}, 0
        for first in range(0, len(records), 100):
            counted += -(-len(wanted.intersection(records[first : first + 100])) // 25)
        threads = sum(post.id in wanted and any(c.parent_id is None for c in post.comments) for post in posts)
        unshown = {c.parent_id for p in posts if p.id in wanted for c in p.comments if not c.listed and c.parent_id}
        return 3 - (-len(records) // 100) + 1 + counted + threads + len(unshown & {c.id for c in truth.comments})

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML, FaultKind.RESET, FaultKind.GONE])
    def test_a_lasting_fault_on_comments_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """The posts still come with a gap each, and own answers, which the listing shows, come by themselves.

        Unlike elsewhere: with no thread to hold them, they would be lost though they were given.
        """
        sandbox.misbehave(Fault(kind, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        own = {key for key, thread in got.threads.items() if thread.post.kind == "reply"}
        assert set(got.threads) == {post.id for post in truth.posts} | own
        assert own == {c.id for c in truth.comments if c.own}
        for post in truth.posts:
            thread = got.threads[post.id]
            assert thread.comments == ()
            assert not post.claimed or any(gap.what == "comments" for gap in thread.gaps)


def deep_thread(seed: int) -> tuple[City, CityPost]:
    """Return a city, and its post with the longest thread."""
    made = City.generate(
        seed=seed, posts=12, comments_mean=25, start=city().start, end=city().end, only=(ACCOUNT,)
    )  # fmt: skip
    inside = [p for p in made.account(ACCOUNT).posts if made.start <= p.created_at < made.end]
    return made, max(inside, key=lambda p: len(p.comments))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_own_answers_lead_back_below_deleted_ones(tmp_path: Path, seed: int) -> None:
    """Whatever is deleted, what hangs together with an own answer is captured; the deleted answer itself is a gap."""
    made, post = deep_thread(seed)
    suite: Any = TestBlueskyConformance()
    with Sandbox(made, clock=lambda: CLOCK) as sandbox:
        parents = {c.parent_id for c in own_answers(post)} - {None}
        for key in sorted(parents)[::2]:
            if next(c for c in post.comments if c.id == key).listed:
                sandbox.delete_comment(ACCOUNT, key)
        truth = sandbox.truth(ACCOUNT)
        got = suite.capture(sandbox, tmp_path)
        suite.assert_whole(got, truth)
    [told] = [one for one in truth.posts if one.id == post.id]
    found = got.threads[post.id]
    lost = {gap.subject_id for gap in found.gaps if gap.what == "comment"}
    assert lost
    assert {gap.reason for gap in found.gaps if gap.subject_id in lost} == {GapReason.NOT_LISTED}
    assert {c.id for c in found.comments} == {c.id for c in told.comments}


def test_numbers_are_added_up(tmp_path: Path) -> None:
    """The thread's number is the sum of direct ones, and tells how many answers are counted but shown to nobody."""
    made, _ = deep_thread(2)
    suite: Any = TestBlueskyConformance()
    with Sandbox(made, clock=lambda: CLOCK) as sandbox:
        got, truth = suite.capture(sandbox, tmp_path), sandbox.truth(ACCOUNT)
    short = 0
    for post in truth.posts:
        thread = got.threads[post.id]
        assert thread.post.platform_comment_count == post.claimed
        short += (post.claimed or 0) - len(thread.comments)
    assert short > 0
