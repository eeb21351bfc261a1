"""Our connector on the real Bluesky network: what was written there is captured, and so is what became of it.

Not part of the normal run: ``make test-bluesky`` installs and starts the network first (see ``network``).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _town import CHAIN, Town

from connectors import Gate, GateSettings, WarcFile, open_source
from urval.records import Edited, Gap, GapReason
from urval.source import EndReason, ListingEnd, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _network import Network

    from urval.source import Item

pytest_plugins = ("_network",)


@pytest.fixture(scope="module")
def town(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A town that has written, changed its mind, and been seen by the AppView."""
    made = Town(network, Path(tmp_path_factory.mktemp("pictures")))
    made.settle()
    return made


@pytest.fixture(scope="module")
def items(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Item]]:
    """What a capture of the account gives."""
    folder = Path(tmp_path_factory.mktemp("capture"))

    def now() -> datetime:
        return datetime.now(UTC)

    warc = WarcFile(folder / "x.warc.gz", capture_id="c", clock=now, software={"software": "urval"})
    gate = Gate(GateSettings(), clock=now, sleep=time.sleep, warc=warc, media=folder / "media")
    settings = {"did": town.own.did, "base_url": town.network.app_url, "pds_url": town.network.pds_url}
    with warc, gate:
        source = open_source(
            "bluesky", account_id="stad", settings=settings, credential=None, gate=gate,
            start=now() - timedelta(days=9), end=now() + timedelta(days=1),
        )  # fmt: skip
        yield list(source.read())


def threads_of(items: list[Item]) -> dict[str, Thread]:
    """Return the threads by id."""
    return {item.post.id: item for item in items if isinstance(item, Thread)}


def test_everything_written_is_captured(town: Town, items: list[Item]) -> None:
    """Posts, the repost, texts, originals; listings end on the server's own signal; the repository is whole."""
    threads = threads_of(items)
    assert set(threads) == {post["uri"] for post in town.posts} | {town.share}
    for uri, thread in threads.items():
        assert thread.post.text == town.texts.get(uri, "")
        pictures = [item.sha256 for item in thread.media if item.owner_id == uri]
        assert pictures == ([town.pictures[uri]] if uri in town.pictures else [])
    assert {item.reason for item in items if isinstance(item, ListingEnd)} == {EndReason.EXHAUSTED}
    gaps = [item for item in items if isinstance(item, Gap)]
    assert {gap.reason for gap in gaps} == {GapReason.INTERFACE_LIMIT}  # what is told of every account
    assert isinstance(items[0], ProfileView)
    assert items[0].profile.name == "Exempelstad"


def test_the_longest_talk_is_whole(town: Town, items: list[Item]) -> None:
    """All levels come, each below the one it answers, and the numbers agree."""
    thread = threads_of(items)[town.long["uri"]]
    depths = {comment.id: comment.depth for comment in thread.comments}
    assert depths == {uri: level for level, uri in enumerate(town.chain)}
    assert thread.post.platform_comment_count == CHAIN
    own = [comment for comment in thread.comments if comment.author_role == "own"]
    assert all(comment.is_own_answer for comment in own)
    assert own


def test_below_a_deleted_answer(town: Town, items: list[Item]) -> None:
    """What hangs together with an own answer is found again, with a gap for the deleted; the rest is not to be had."""
    thread = threads_of(items)[town.cut["uri"]]
    assert {comment.id for comment in thread.comments} == {town.saved["uri"], town.rescuer["uri"]}
    lost = [(gap.subject_id, gap.reason) for gap in thread.gaps]
    assert lost == [(town.middle["uri"], GapReason.NOT_LISTED)]


def test_hidden_and_edited(town: Town, items: list[Item]) -> None:
    """The gate's mark is kept; the edited post has its new text, and both hosts agree on it."""
    threads = threads_of(items)
    hidden = {comment.id: comment.hidden for comment in threads[town.gated["uri"]].comments}
    assert hidden[town.hidden["uri"]] is True
    assert sorted(hidden.values()) == [False, True]
    assert threads[town.edited].post.text == "Rättelse: rätt dag"
    assert threads[town.edited].post.edited is Edited.UNKNOWN
