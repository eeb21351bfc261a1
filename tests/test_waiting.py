"""An account that waits for its platform gives its place away; an interrupted run ends at once."""

from __future__ import annotations

import logging
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from _program import ACCOUNTS, SPEC, TIME, city_program

from connectors.sandbox import Fault, FaultKind
from flows.run import open_run
from flows.stages import archive_account
from flows.waiting import Places

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ("_prefect_server",)
PAGE, NEWS, _ = ACCOUNTS


class Held(Places):
    """Places whose waits end when the test says so."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.events: list[str] = []
        self.waiting, self.over = threading.Event(), threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait for the test."""
        self.events.append(f"waits {seconds >= 600}")
        self.waiting.set()
        assert self.over.wait(timeout=120)


def test_one_waits_and_another_finishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With a single place, an account begins and ends while the one before it is throttled; then that one ends too."""
    places = Held(1)

    def work(account_id: str) -> None:
        with places.place(account_id) as place:
            run = open_run(str(SPEC), str(tmp_path / "store"), "2026-host", fixed_time=TIME, actor="test")
            run = replace(run, clock=place.watched(run.clock), sleep=place.sleep)
            outcome = archive_account(run, account_id, approve_unseen=True)
            places.events.append(f"{account_id} {outcome.state}")

    with city_program(tmp_path) as (program, sandbox):
        for name in ("URVAL_CONNECT_TO", "URVAL_SCRATCH", "URVAL_SANDBOX_TOKEN", "URVAL_SANDBOX_TOKEN_LEADER"):
            monkeypatch.setenv(name, program.environment[name])
        sandbox.misbehave(Fault(kind=FaultKind.RATE_LIMITED, path="published_posts", seconds=600))
        threads = {name: threading.Thread(target=work, args=(name,)) for name in (PAGE, NEWS)}
        with caplog.at_level(logging.INFO, "flows"):
            threads[PAGE].start()
            assert places.waiting.wait(timeout=120)
            threads[NEWS].start()
            threads[NEWS].join()
            places.over.set()
            threads[PAGE].join()
    assert places.events == ["waits True", f"{NEWS} done", f"{PAGE} done"]
    assert f"{PAGE}: throttled by the platform, waits 10 min" in caplog.messages


def test_never_more_at_work_than_places() -> None:
    """However many threads there are and however often they wait, no more hold a place than there are places."""
    places, lock = Places(2), threading.Lock()
    at_work, most, rounds = [0], [0], []

    def change(by: int) -> None:
        with lock:
            at_work[0] += by
            most[0] = max(most[0], at_work[0])

    class Counted(Places):
        def give(self) -> None:
            change(-1)
            places.give()

        def take(self, *, returning: bool) -> None:
            places.take(returning=returning)
            change(+1)

        def wait(self, seconds: float) -> None:
            assert seconds == 60
            places.wait(0.001)

    counted, pair = Counted(0), threading.Barrier(2)  # two must be at work together, or nobody goes on

    def work() -> None:
        with counted.place("x") as place:
            pair.wait(timeout=60)
            for _ in range(20):
                place.sleep(60)
                rounds.append(1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [2]
    assert at_work == [0]
    assert len(rounds) == 160


def test_who_comes_back_goes_first() -> None:
    """A place that becomes free goes to the account that waited for its platform, not to one that has not begun."""
    places, order = Held(1), []
    begun = threading.Event()

    def first() -> None:
        with places.place("first") as place:
            begun.set()
            place.sleep(600)
            order.append("first")

    def late() -> None:
        with places.place("late"):
            order.append("late")

    back = threading.Thread(target=first)
    back.start()
    assert begun.wait(timeout=60)
    assert places.waiting.wait(timeout=60)
    with places.place("between"):
        new = threading.Thread(target=late)
        new.start()
        places.over.set()
        while not places.returning:
            threading.Event().wait(0.001)
    back.join()
    new.join()
    assert order == ["first", "late"]


def test_a_stop_ends_every_wait() -> None:
    """Whoever waits for a place or for a platform, or asks for the time, is interrupted; nobody begins any more."""
    places, ended = Places(1), []
    waiting = threading.Event()

    def work(name: str) -> None:
        try:
            with places.place(name) as place:
                waiting.set()
                place.sleep(3600)
        except KeyboardInterrupt:
            ended.append(name)

    threads = [threading.Thread(target=work, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    assert waiting.wait(timeout=60)
    places.stop()
    for thread in threads:
        thread.join()
    assert sorted(ended) == ["a", "b", "c"]
    with pytest.raises(KeyboardInterrupt):
        places.check()
    with pytest.raises(KeyboardInterrupt), places.place("d"):
        pytest.fail("an account began after the run was stopped")


@pytest.mark.server
def test_an_interrupted_command_ends(tmp_path: Path, prefect_server: object) -> None:
    """Ctrl-C ends the command with status 130 while one account is told to wait for an hour and another works."""
    with city_program(tmp_path) as (program, sandbox):
        sandbox.misbehave(Fault(kind=FaultKind.RATE_LIMITED, path="published_posts", seconds=3600, times=None))
        sandbox.misbehave(Fault(kind=FaultKind.SLOW_BODY, path="wp-json/wp/v2/posts", seconds=2))
        api = prefect_server.api  # type: ignore[attr-defined]
        process = program.start("capture", "--approve-unseen", *program.arguments(), PREFECT_API_URL=api)
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "waits 60 min" in line:
                break
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(timeout=120) == 130, "".join(said) + rest
        process.stderr.close()
    assert "Traceback" not in rest
