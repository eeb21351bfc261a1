"""What every connector must do, tried on the sandbox: a connector's test class inherits ``Conformance``."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from connectors import CONNECTORS, Gate, GateSettings, WarcFile
from connectors._redaction import forms
from connectors._registry import open_with
from connectors._replay import Recorded, take_up
from connectors.sandbox import City, Fault, FaultKind, Sandbox
from urval.records import Gap, GapReason
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from connectors._connector import Connector
    from connectors.sandbox import Truth
    from connectors.sandbox.server import Call
    from urval.source import Item

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
START, END = datetime(2026, 4, 30, 22, tzinfo=UTC), datetime(2026, 10, 31, 23, tzinfo=UTC)
PASSING = (
    FaultKind.EMPTY_PAGE, FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.CUT_JSON,
    FaultKind.RESET, FaultKind.LONG_LENGTH, FaultKind.HTML, FaultKind.SLOW_BODY,
)  # fmt: skip


@cache
def city() -> City:
    """Return the city of all these tests; generating it is pure."""
    return City.generate(seed=5, posts=30, comments_mean=8, start=START, end=END)


@dataclass
class Captured:
    """The items of one run, and what it took."""

    items: list[Item]
    warc: Path
    media: Path
    slept: list[float]
    answered: int

    @property
    def threads(self) -> dict[str, Thread]:
        """Threads by id; a thread yielded twice fails."""
        found = [item for item in self.items if isinstance(item, Thread)]
        assert len({thread.post.id for thread in found}) == len(found)
        return {thread.post.id: thread for thread in found}

    @property
    def ends(self) -> dict[str, ListingEnd]:
        """How each listing ended."""
        return {item.listing: item for item in self.items if isinstance(item, ListingEnd)}

    @property
    def gaps(self) -> list[Gap]:
        """All gaps, of the account and of the threads."""
        own = [item for item in self.items if isinstance(item, Gap)]
        return own + [gap for thread in self.threads.values() for gap in thread.gaps]

    def told(self) -> list[Any]:
        """Return the records without what depends on the cut into pages: exchange, raw and the order of comments."""
        bare = {"exchange": "", "raw": ""}
        return [
            (
                replace(t.post, **bare),
                sorted((replace(c, **bare) for c in t.comments), key=lambda c: c.id),
                sorted(t.media, key=lambda m: m.id),
            )
            for t in sorted(self.threads.values(), key=lambda t: t.post.id)
        ]


class CutOffError(Exception):
    """The run was cut off on purpose."""


def _until(items: Iterator[Item], threads: int | None) -> Iterator[Item]:
    """Yield items, and break off after so many threads."""
    seen = 0
    for item in items:
        yield item
        seen += isinstance(item, Thread)
        if threads is not None and seen == threads:
            raise CutOffError


class Conformance:
    """The suite. A subclass names platform, account and settings, and how few calls would do."""

    platform: str
    account: str
    settings: dict[str, str]
    posts_path: str
    comments_path: str
    media_path = r"\.(jpg|jpeg|png)"  # of the media that faults befall, and that are no calls to the interface
    longest: int  # the city must hold a thread with more comments, or the suite tries too little
    gate_type: Callable[..., Gate] = Gate

    def the_city(self) -> City:
        """Return the city that the sandbox plays; the bench has a larger one."""
        return city()

    @pytest.fixture
    def sandbox(self) -> Iterator[Sandbox]:
        """A fresh sandbox of the same city."""
        with Sandbox(self.the_city(), clock=lambda: NOW) as sandbox:
            yield sandbox

    def credential(self, sandbox: Sandbox) -> str | None:
        """Return the account's credential."""
        return sandbox.tokens.get(self.account)

    def least_calls(self, truth: Truth) -> int:
        """Return the least number of interface calls that a capture of everything can take."""
        raise NotImplementedError

    def capture(
        self,
        sandbox: Sandbox,
        folder: Path,
        *,
        connector: Connector | None = None,
        start: datetime = START,
        end: datetime = END,
        limits: GateSettings | None = None,
        keep: Callable[[str], None] | None = None,
        stop_after: int | None = None,
        resume: bool = False,
    ) -> Captured:
        """Run the connector on the sandbox.

        ``keep`` gets a credential that was renewed. The run is cut off after ``stop_after`` threads; ``resume`` goes on
        with one that was, in the same folder.
        """
        folder.mkdir(exist_ok=True, parents=True)
        slept: list[float] = []
        place, mark, software = folder / "x.warc.gz", folder / "mark", {"software": "urval"}
        leftover = take_up(place, mark, info={"capture-id": "c", **software}, now=NOW) if resume else None
        assert (leftover is not None) is resume
        warc = WarcFile(
            place, capture_id="c", clock=lambda: NOW, software=software, mark=mark, leftover=leftover
        )  # fmt: skip
        gate = self.gate_type(
            limits or GateSettings(retries=3, connect_seconds=5, read_seconds=5),
            clock=lambda: NOW,
            sleep=slept.append,
            warc=warc,
            media=folder / "media",
            connect_to=sandbox.connect_to,
            recorded=Recorded(leftover),
        )
        with warc, gate:
            source = open_with(
                connector or CONNECTORS[self.platform],
                account_id="konto",
                settings=self.settings,
                credential=self.credential(sandbox),
                start=start,
                end=end,
                gate=gate,
                keep=keep,
            )
            items = list(_until(source.read(), stop_after))
        return Captured(items, folder / "x.warc.gz", folder / "media", slept, gate.requests_answered)

    def interface_calls(self, sandbox: Sandbox) -> list[Call]:
        """Return the calls answered so far, without those for media."""
        return [call for call in sandbox.calls if not re.search("^cdn|" + self.media_path, call.host + call.target)]

    def assert_whole(self, got: Captured, truth: Truth) -> None:
        """Compare a capture with the truth: nothing missing, nothing added, nothing changed."""
        assert set(got.threads) == {post.id for post in truth.posts}
        for post in truth.posts:
            thread = got.threads[post.id]
            assert (thread.post.text, thread.post.created_at) == (post.text, post.created_at)
            assert thread.post.platform_comment_count == post.claimed
            assert (thread.post.visibility == "hidden") is post.hidden
            found = {c.id: (c.parent_id, c.depth, c.text, c.created_at, bool(c.hidden)) for c in thread.comments}
            given = {c.id: (c.parent_id, c.depth, c.text, c.created_at, c.hidden) for c in post.comments}
            assert len(found) == len(thread.comments)
            assert found.keys() == given.keys()
            missing = {gap.subject_id for gap in thread.gaps if gap.what == "comment"}
            for key, (parent, depth, *rest) in given.items():
                assert found[key][0] == parent
                assert found[key][2:] == tuple(rest)
                assert found[key][1] == depth or missing
            own = {c.id for c in post.comments if c.own}
            assert {c.id for c in thread.comments if c.author_role == "own"} == own
            assert Counter(m.sha256 for m in thread.media) == Counter(m.sha256 for m in post.media)
            named = {c.parent_id for c in post.comments} - {None} - given.keys()
            assert missing == named

    def test_everything_there_is_comes_out(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Posts, comments at every depth, hidden marks and media equal the truth; profile and end reasons are there."""
        truth = sandbox.truth(self.account)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, truth)
        view = got.items[0]
        assert isinstance(view, ProfileView)
        assert view.profile.name == truth.name
        assert [m.sha256 for m in view.media] == [m.sha256 for m in truth.profile_media]
        assert {end.reason for end in got.ends.values()} == {EndReason.EXHAUSTED}
        assert max(len(post.comments) for post in truth.posts) > self.longest
        assert max(c.depth for c in truth.comments) >= 1
        files = {path.name for path in got.media.iterdir()}
        assert files == {m.file.removeprefix("media/") for i in got.items for m in getattr(i, "media", ()) if m.file}
        for name in files:
            assert hashlib.sha256((got.media / name).read_bytes()).hexdigest() == name.partition(".")[0]

    @pytest.mark.parametrize("size", [1, 3, 17])
    def test_the_cut_into_pages_changes_nothing(self, sandbox: Sandbox, tmp_path: Path, size: int) -> None:
        """Any page size gives the same records."""
        whole = CONNECTORS[self.platform]

        def cut(endpoint: Any) -> Any:
            pairs = [(name, str(size) if name == endpoint.limit else value) for name, value in endpoint.parameters]
            return replace(endpoint, parameters=tuple(pairs))

        small = replace(
            whole, listings=tuple(cut(e) for e in whole.listings), comments=tuple(cut(e) for e in whole.comments)
        )
        expected = self.capture(sandbox, tmp_path / "whole").told()
        assert self.capture(sandbox, tmp_path / "cut", connector=small).told() == expected

    def test_the_window_is_half_open(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A post at the first instant counts, one at the last does not."""
        times = sorted(post.created_at for post in sandbox.truth(self.account).posts)
        start, end = times[2], times[-3]
        got = self.capture(sandbox, tmp_path, start=start, end=end)
        assert set(got.threads) == {post.id for post in sandbox.truth(self.account, start, end).posts}
        assert min(t.post.created_at for t in got.threads.values()) == start
        assert max(t.post.created_at for t in got.threads.values()) < end

    def test_few_calls_and_one_pair_each(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Interface calls stay within 1.05 of the least possible, media are fetched once, each answer is one pair."""
        truth = sandbox.truth(self.account)
        got = self.capture(sandbox, tmp_path)
        interface = self.interface_calls(sandbox)
        assert len(interface) <= 1.05 * self.least_calls(truth)
        others = Counter(call.target for call in sandbox.calls if call not in interface)
        assert set(others.values()) <= {1}
        with got.warc.open("rb") as file:
            kinds = Counter(record.rec_type for record in ArchiveIterator(file, check_digests="raise"))
        assert kinds["request"] == kinds["response"] == len(sandbox.calls) == got.answered

    def test_two_runs_write_the_same_bytes(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Same platform, same clock: same records, same WARC, on whatever port."""
        first = self.capture(sandbox, tmp_path / "one")
        with Sandbox(self.the_city(), clock=lambda: NOW) as other:
            second = self.capture(other, tmp_path / "two")
        assert first.items == second.items
        assert first.warc.read_bytes() == second.warc.read_bytes()

    def test_a_capture_that_was_cut_off_goes_on_from_its_last_page(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """The same items and the same exchanges come out, and nothing that was answered before is asked for again."""
        whole = self.capture(sandbox, tmp_path / "whole")
        sandbox.forget_calls()
        with pytest.raises(CutOffError):
            self.capture(sandbox, tmp_path / "cut", stop_after=len(whole.threads) // 2)
        before = {(call.host, call.target) for call in sandbox.calls}
        sandbox.forget_calls()
        got = self.capture(sandbox, tmp_path / "cut", resume=True)
        assert got.items == whole.items
        assert got.warc.read_bytes() == whole.warc.read_bytes()
        assert not before & {(call.host, call.target) for call in sandbox.calls}

    @pytest.mark.parametrize("kind", PASSING)
    @pytest.mark.parametrize("where", ["posts", "comments"])
    def test_a_passing_fault_costs_nothing(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, where: str) -> None:
        """What passes leaves no trace in the records, whether it befalls posts or comments."""
        path = self.posts_path if where == "posts" else self.comments_path
        sandbox.misbehave(Fault(kind, path=path, seconds=0.2 if kind is FaultKind.SLOW_BODY else 3))
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML, FaultKind.RESET, FaultKind.GONE])
    def test_a_lasting_fault_on_comments_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """When comments cannot be listed, the posts still come, and each thread concerned has a gap that says so."""
        sandbox.misbehave(Fault(kind, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        truth = sandbox.truth(self.account)
        assert set(got.threads) == {post.id for post in truth.posts}
        for post in truth.posts:
            thread = got.threads[post.id]
            short = len(thread.comments) < len(post.comments)
            assert not short or any(gap.what == "comments" for gap in thread.gaps)
        assert any(gap.what == "comments" for gap in got.gaps)

    @pytest.mark.parametrize(
        ("kind", "reason", "end"),
        [
            (FaultKind.SERVER_ERROR, GapReason.UNREACHABLE, EndReason.FAILED),
            (FaultKind.HTML, GapReason.MALFORMED, EndReason.FAILED),
            (FaultKind.CUT_JSON, GapReason.MALFORMED, EndReason.FAILED),
            (FaultKind.GONE, GapReason.GONE, EndReason.FAILED),
            (FaultKind.REDIRECT, GapReason.REFUSED, EndReason.REFUSED),
        ],
    )
    def test_a_lasting_fault_on_posts_ends_the_listing(
        self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, reason: GapReason, end: EndReason
    ) -> None:
        """The listing ends with its reason, a gap says why, and nothing is sent to another host."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is end
        assert [(gap.what, gap.reason) for gap in got.gaps if gap.what == "posts"] == [("posts", reason)]
        assert not any(call.host.startswith("annan") for call in sandbox.calls)

    def test_a_post_deleted_between_two_pages_hides_no_other(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Whatever is still there at the end has come out, although the listing shifted while it was read."""
        whole = CONNECTORS[self.platform]
        pairs = [(n, "5" if n == whole.listings[0].limit else v) for n, v in whole.listings[0].parameters]
        small = replace(whole, listings=(replace(whole.listings[0], parameters=tuple(pairs)), *whole.listings[1:]))
        newest = max(sandbox.truth(self.account).posts, key=lambda post: (post.created_at, not post.is_reel))
        sandbox.misbehave(Fault(FaultKind.POST_DELETED, path=self.posts_path, subject=newest.id))
        got = self.capture(sandbox, tmp_path, connector=small)
        assert set(got.threads) >= {post.id for post in sandbox.truth(self.account).posts}

    def test_removed_comments_are_no_storm_of_gaps(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Comments the platform lists to nobody show in the numbers; gaps name only those that answers refer to."""
        longest = max(sandbox.truth(self.account).posts, key=lambda post: len(post.comments))
        leaves = {c.id for c in longest.comments} - {c.parent_id for c in longest.comments}
        for key in sorted(leaves)[:10]:
            sandbox.delete_comment(self.account, key)
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert not leaves & {gap.subject_id for gap in got.gaps}

    def test_members_nobody_documents_are_kept(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """What the platform adds to its objects changes no record and stands in the raw object."""
        sandbox.misbehave(Fault(FaultKind.NEW_MEMBERS, times=None))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        records = [r for thread in got.threads.values() for r in (thread.post, *thread.comments)]
        assert all("ny_medlem" in record.raw for record in records)

    def test_a_record_without_its_time_is_a_gap(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A record that lacks what every record must have is lost with its id and a reason; the others are there."""
        sandbox.misbehave(Fault(FaultKind.NO_TIME, path=self.posts_path))
        got = self.capture(sandbox, tmp_path)
        lost = [gap for gap in got.gaps if gap.what == "post" and gap.reason is GapReason.MALFORMED]
        known = set(got.threads) | {gap.subject_id for gap in lost}
        assert len(lost) == 1
        assert lost[0].subject_id
        assert {post.id for post in sandbox.truth(self.account).posts} <= known

    def test_signed_addresses_that_ran_out_are_asked_for_anew(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Where the platform lets a post be read again, no medium is lost to an address that expired meanwhile."""
        if CONNECTORS[self.platform].post is None:
            return  # nothing to ask; test_a_medium_that_fails_is_a_gap covers what happens then
        sandbox.misbehave(Fault(FaultKind.MEDIA_EXPIRED, path=self.posts_path))
        got, truth = self.capture(sandbox, tmp_path), sandbox.truth(self.account)
        for post in truth.posts:
            of_post = [m for m in got.threads[post.id].media if m.owner_id == post.id and m.kind == "image"]
            assert all(m.file for m in of_post)

    @pytest.mark.parametrize("kind", [FaultKind.HUGE_MEDIUM, FaultKind.GONE, FaultKind.RESET, FaultKind.REDIRECT])
    def test_a_medium_that_fails_is_a_gap(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind) -> None:
        """Every medium has a file or a reason, and the gap's subject is the medium."""
        sandbox.misbehave(Fault(kind, path=self.media_path, times=None, host="10.0.0.1"))
        got = self.capture(sandbox, tmp_path, limits=GateSettings(retries=1))
        named = [m for item in got.items for m in getattr(item, "media", ())]
        assert all((m.file is None) is (m.gap is not None) for m in named)
        expected = {"huge_medium": "too_large", "gone": "gone", "reset": "unreachable", "redirect": "refused"}
        pictures = [m for m in named if m.kind != "video"]
        assert {m.gap for m in pictures} == {expected[kind]}
        assert {m.id for m in pictures} <= {gap.subject_id for gap in got.gaps if gap.what == "media"}

    def test_no_secret_anywhere(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A platform that echoes the credential everywhere leaves no trace of it in records, gaps or WARC."""
        secret = self.credential(sandbox)
        if secret is None:
            secret = "redaktör:abcd EFGH 1234 ijkl"
            sandbox.tokens[self.account] = secret
        sandbox.misbehave(Fault(FaultKind.TOKEN_ECHO, path=self.posts_path, times=None))
        sandbox.misbehave(Fault(FaultKind.TOKEN_ECHO_ERROR, path=self.comments_path, times=None))
        got = self.capture(sandbox, tmp_path)
        held = gzip.decompress(got.warc.read_bytes()) + repr(got.items).encode()
        assert not [form for form in forms(secret) if form in held]
        assert b"REDACTED" in held
        assert got.threads


class CursorConformance(Conformance):
    """What a platform whose pages name the next one must do beside that."""

    def test_a_repeated_cursor_ends_as_incomplete(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """A listing that leads back to itself fails with a gap, after its records were taken once."""
        sandbox.misbehave(Fault(FaultKind.REPEATED_CURSOR, path=self.posts_path, times=None))
        got = self.capture(sandbox, tmp_path)
        assert got.ends["posts"].reason is EndReason.FAILED
        assert [gap.reason for gap in got.gaps if gap.what == "posts"] == [GapReason.INCOMPLETE]


class GraphConformance(CursorConformance):
    """What Meta's usage headers and refusals of large pages ask for."""

    @pytest.mark.parametrize(("kind", "pauses"), [(FaultKind.THROTTLED, 420.0), (FaultKind.HIGH_USAGE, 18.0)])
    def test_throttling_is_waited_for(self, sandbox: Sandbox, tmp_path: Path, kind: FaultKind, pauses: float) -> None:
        """The minutes of the usage header are waited, a nearly used-up allowance slows down, and nothing is lost."""
        sandbox.misbehave(Fault(kind, path=self.posts_path, minutes=7))
        got = self.capture(sandbox, tmp_path)
        self.assert_whole(got, sandbox.truth(self.account))
        assert pauses <= sum(got.slept) <= pauses + 40

    def test_too_much_data_is_asked_for_in_halves(self, sandbox: Sandbox, tmp_path: Path) -> None:
        """Smaller pages, the same records."""
        sandbox.misbehave(Fault(FaultKind.TOO_MUCH_DATA, path=self.posts_path, times=3))
        self.assert_whole(self.capture(sandbox, tmp_path), sandbox.truth(self.account))
        assert any("limit=12&" in call.target for call in sandbox.calls)
