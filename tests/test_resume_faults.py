"""What failed before or after a capture was cut off: it is not repeated for ever, and makes no false gap."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from _cut_off import PROFILE, cut_off_bench, nth

from connectors.sandbox import Fault, FaultKind
from urval.errors import MalformedError, RefusedError, TransientError

if TYPE_CHECKING:
    from _cut_off import Bench

    from connectors.sandbox import City

pytest_plugins = ("_cut_off_fixtures",)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(kind=FaultKind.SERVER_ERROR, path="username", times=None), TransientError),
        (Fault(kind=FaultKind.RESET, path="username", times=None), TransientError),
        (Fault(kind=FaultKind.TOKEN_EXPIRED, path="graph", times=None), RefusedError),
    ],
    ids=lambda value: str(getattr(value, "kind", "")),
)
def test_a_platform_that_is_away_when_a_run_goes_on(
    bench: Bench, whole: tuple[list[str], dict[str, str]], fault: Fault, error: type[Exception]
) -> None:
    """An outage or a dead token fails the account before anything is taken up; what was recorded waits."""
    calls, files = whole
    fatal = nth(calls, "published_posts", 2)
    bench.kill_at(fatal)
    bench.sandbox.misbehave(fault)
    for _ in range(2):
        with pytest.raises(error):
            bench.capture()
    bench.sandbox.behave()
    bench.sandbox.forget_calls()
    bench.capture()
    assert bench.targets() == calls[:PROFILE] + calls[fatal - 1 :]
    assert bench.stored() == files


@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.PERMISSION, FaultKind.RESET, FaultKind.HTML])
def test_failures_that_came_last_are_not_repeated(
    bench: Bench, whole: tuple[list[str], dict[str, str]], kind: FaultKind
) -> None:
    """What failed after the last accepted answer is asked for again, and no trace of it is kept."""
    calls, files = whole
    fatal = nth(calls, "/comments?pretty")
    bench.sandbox.misbehave(Fault(kind=kind, path="graph", nth=graph_calls(calls, fatal), times=None))
    bench.kill_at(fatal + 1)  # the sandbox has answered once with the fault, and the process asks again or goes on
    bench.sandbox.behave()
    bench.sandbox.forget_calls()
    bench.capture()
    again = bench.targets()
    assert again[: PROFILE + 1] == [*calls[:PROFILE], calls[fatal - 1]]
    assert bench.stored() == files


def graph_calls(calls: list[str], place: int) -> int:
    """Return how many of the calls up to a place go to the interface."""
    return sum("graph" in call for call in calls[:place])


def test_faults_that_were_overcome_are_replayed_without_waiting(
    bench: Bench, tmp_path_factory: pytest.TempPathFactory, cut_off_city: City, caplog: pytest.LogCaptureFixture
) -> None:
    """A pause made by the run that was cut off is not made again; its failed tries stay in the exchanges."""
    faults = (
        Fault(kind=FaultKind.SERVER_ERROR, path="/comments", nth=2),
        Fault(kind=FaultKind.RATE_LIMITED, path="published_posts", nth=2, seconds=1),
        Fault(kind=FaultKind.LONG_LENGTH, path="cdn", nth=9),
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        cut_off_bench(tmp_path_factory.mktemp("once"), patch, cut_off_city) as other,
    ):
        for fault in faults:
            other.sandbox.misbehave(fault)
        other.capture()
        calls, files, pauses = other.targets(), other.stored(), other.slept
    assert len(pauses) == 3
    for fault in faults:
        bench.sandbox.misbehave(fault)
    bench.kill_at(nth(calls, "video_reels"))
    bench.sandbox.behave()
    with caplog.at_level(logging.INFO, "flows"):
        bench.capture()
    assert bench.slept == []
    assert "taken up" in caplog.text
    assert bench.stored() == files


def test_a_cursor_that_died_starts_the_capture_afresh(
    bench: Bench, whole: tuple[list[str], dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """If the platform refuses to go on where the run before stopped, everything is asked again: no false gap."""
    calls, files = whole
    bench.kill_at(nth(calls, "published_posts", 2))
    bench.sandbox.misbehave(Fault(kind=FaultKind.PERMISSION, path="__paging_token"))
    bench.sandbox.forget_calls()
    with caplog.at_level(logging.INFO, "flows"):
        bench.capture()
    assert "starting afresh" in caplog.text
    assert bench.targets()[PROFILE + 1 :] == calls
    assert bench.stored() == files


def test_recorded_answers_that_end_the_account_are_not_used_for_ever(
    bench: Bench, whole: tuple[list[str], dict[str, str]], caplog: pytest.LogCaptureFixture
) -> None:
    """An answer that was accepted but of no use, such as another page's profile, is asked for again, not repeated."""
    calls, files = whole
    bench.sandbox.misbehave(Fault(kind=FaultKind.EMPTY_PAGE, path="username"))
    with pytest.raises(MalformedError):
        bench.capture()
    with caplog.at_level(logging.INFO, "flows"):
        bench.capture()
    assert "leads nowhere" in caplog.text
    assert bench.targets()[-len(calls) :] == calls
    assert bench.stored() == files
