"""A capture that is cut off goes on where it stopped: nothing answered is asked again, and the bytes are the same."""

from __future__ import annotations

import logging
import zlib
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from _cut_off import ACCOUNT, MOMENT, PROFILE, nth
from _program import SPEC

from connectors.sandbox import MAIN
from flows.stages import archive_account, ledger_of
from urval.ledger import State
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from _cut_off import Bench

    from flows.run import Run

pytest_plugins = ("_cut_off_fixtures",)


MOMENTS: list[tuple[str, Callable[[list[str]], int]]] = [
    ("the first call", lambda _: 1),
    ("a picture of the profile", lambda _: 2),
    ("the first page of posts", lambda calls: nth(calls, "published_posts")),
    ("a medium", lambda calls: nth(calls, "cdn", 20)),
    ("the first page of comments", lambda calls: nth(calls, "/comments?", 2)),
    ("a further page of comments", lambda calls: nth(calls, "/comments?pretty")),
    ("the second page of posts", lambda calls: nth(calls, "published_posts", 2)),
    ("the reels", lambda calls: nth(calls, "video_reels")),
    ("the last call", len),
]


@pytest.mark.parametrize(("name", "moment"), MOMENTS, ids=[name for name, _ in MOMENTS])
def test_killed_at_an_answer(
    bench: Bench,
    whole: tuple[list[str], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
    name: str,
    moment: Callable[[list[str]], int],
) -> None:
    """Killed at any answer, the next run asks from that call on, the profile apart, and stores the same bytes."""
    calls, files = whole
    fatal = moment(calls)
    bench.kill_at(fatal)
    assert bench.targets() == calls[:fatal]
    assert bench.stored() == {} if bench.store.exists() else True
    assert secrets_in(bench) == []
    bench.sandbox.forget_calls()
    with caplog.at_level(logging.INFO, "flows"):
        bench.capture()
    checked = calls[:PROFILE] if fatal > 1 else []
    assert bench.targets() == checked + calls[fatal - 1 :], name
    assert bench.stored() == files
    assert not list((bench.folder / "scratch").glob("*/*/*"))
    if fatal > 1:
        assert f"{fatal - 1} answers taken up" in caplog.text
    if name == "the second page of posts":
        assert "went on from page 2 of published_posts" in caplog.text


def test_killed_again_and_again(bench: Bench, whole: tuple[list[str], dict[str, str]]) -> None:
    """Cut off three times, each run goes on from the one before."""
    calls, files = whole
    done = 0
    for more in (40, 60, 90):
        bench.kill_at(more + (PROFILE if done else 0))
        done += more - 1
        bench.sandbox.forget_calls()
    bench.capture()
    assert bench.targets() == calls[:PROFILE] + calls[done:]
    assert bench.stored() == files


def secrets_in(bench: Bench) -> list[str]:
    """Return the files in scratch in which the token stands, gzip members unpacked."""
    token = bench.sandbox.tokens[MAIN].encode()
    return [path.name for path in bench.folder.rglob("*") if path.is_file() and token in unpacked(path.read_bytes())]


def unpacked(data: bytes) -> bytes:
    """Return bytes, and what their gzip members hold, the last one as far as it goes."""
    found, rest = [data], data
    while rest.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        found.append(member.decompress(rest))
        rest = member.unused_data
    return b"".join(found)


def stopping(clock: Callable[[], datetime], after: int) -> Callable[[], datetime]:
    """Return a clock that breaks once, after so many times."""
    left = [after]

    def broken() -> datetime:
        left[0] -= 1
        if left[0] == -1:
            raise RuntimeError("the clock fell off the wall")
        return clock()

    return broken


def test_an_account_that_failed_is_gone_on_with(bench: Bench, whole: tuple[list[str], dict[str, str]]) -> None:
    """A run that ends by an error keeps what it has; the next one, through all stages, goes on from there."""
    calls, files = whole
    run = bench.run()
    first = archive_account(replace(run, clock=stopping(run.clock, 100)), ACCOUNT, approve_unseen=True)
    assert first.state == "failed"
    asked = len(bench.targets())
    assert 20 < asked < len(calls) - 20
    bench.sandbox.forget_calls()
    assert archive_account(run, ACCOUNT, approve_unseen=True).state == "done"
    # The clock broke either before the last answer was written down, or after.
    assert bench.targets() in [calls[:PROFILE] + calls[asked - 1 :], calls[:PROFILE] + calls[asked:]]
    assert bench.stored() == files
    states = [event.state for event in ledger_of(run, ACCOUNT)]
    after = [
        State.CAPTURED,
        State.PROPOSED,
        State.APPROVED,
        State.PACKAGED,
        State.SEALED,
        State.STAMPED,
        State.VERIFIED,
    ]
    assert states == [State.DUE, State.FAILED, *after]


def with_other_spec(run: Run, folder: Path) -> Run:
    """Return a run with a spec of another digest."""
    path = folder / "other.yaml"
    path.write_text(SPEC.read_text(encoding="utf-8") + "\n# changed\n", encoding="utf-8")
    return replace(run, loaded=read_spec(path))


@pytest.mark.parametrize("name", ["spec", "clock kind", "old", "from the future", "damaged"])
def test_what_is_not_taken_up(
    bench: Bench,
    whole: tuple[list[str], dict[str, str]],
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    """What another spec, clock left, what is too old, and what is damaged is told in a line and not used."""
    calls, _ = whole
    bench.kill_at(40)
    run = bench.run()
    if name == "spec":
        run = with_other_spec(run, bench.folder)
    elif name == "clock kind":
        run = replace(run, clock_kind="system")
    elif name in {"old", "from the future"}:
        moved = MOMENT + (timedelta(hours=48, seconds=1) if name == "old" else -timedelta(seconds=1))
        run = replace(run, clock=lambda: moved)
    else:
        path = bench.unfinished / "capture" / "exchanges.warc.gz"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
    bench.sandbox.forget_calls()
    with caplog.at_level(logging.INFO, "flows"):
        bench.capture(run)
    told = [line for line in caplog.messages if "starting afresh" in line]
    assert len(told) == 1
    assert bench.targets() == calls


def test_a_lost_medium_is_fetched_again(bench: Bench, whole: tuple[list[str], dict[str, str]]) -> None:
    """A recorded medium whose file is gone or damaged is asked for again; the others are not."""
    calls, files = whole
    fatal = nth(calls, "published_posts", 2)
    bench.kill_at(fatal)
    first, second, *_ = sorted((bench.unfinished / "capture" / "media").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[:-1])
    (first.parent / ".incoming-x").touch()
    bench.sandbox.forget_calls()
    bench.capture()
    again = Counter(bench.targets()) - Counter(calls[:PROFILE] + calls[fatal - 1 :])
    assert again.total() == 2
    assert all("cdn" in call for call in again)
    media = {name: digest for name, digest in files.items() if "/media/" in name}
    assert {name: digest for name, digest in bench.stored().items() if "/media/" in name} == media


def test_a_dry_run_leaves_nothing_behind(bench: Bench, whole: tuple[list[str], dict[str, str]]) -> None:
    """A dry run neither takes up what a real run left nor touches it, and leaves nothing of its own when it fails."""
    calls, files = whole
    run = bench.run()
    broken = replace(run, clock=stopping(run.clock, 60))
    assert archive_account(broken, ACCOUNT, dry=True).state == "failed"
    assert not list((bench.folder / "scratch").glob("*/*/*"))
    bench.kill_at(60)
    left = sorted(bench.unfinished.rglob("*"))
    bench.sandbox.forget_calls()
    bench.capture(dry=True)
    assert bench.targets() == calls
    assert sorted(bench.unfinished.rglob("*")) == left
    bench.capture()
    assert bench.stored() == files
