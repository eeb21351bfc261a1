"""A run that is killed, then given again: the same package, and nothing half-made in the store at any time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from _program import ROOT, SPEC, TIME, city_program, packages_of, tree_but_stamps

if TYPE_CHECKING:
    from _prefect_server import PrefectServer
    from _program import Program

pytest_plugins = ("_prefect_server",)
pytestmark = pytest.mark.server

ACCOUNT = "exempelstad-facebook"
# The stages of the run alone, told as the command tells them: what Prefect puts around them costs three seconds a run.
_STAGES = """
import logging, sys
from flows.run import open_run
from flows.stages import archive_account
logging.basicConfig(level=logging.INFO, format="%(message)s")
run = open_run(sys.argv[1], sys.argv[2], "2026-host", fixed_time=sys.argv[3])
sys.exit(archive_account(run, sys.argv[4], approve_unseen=True).state not in {"done", "already"})
"""
# The run is killed when it says this, after so many further seconds; the last ones are the whole command.
_BY_COMMAND = 3
MOMENTS = [
    ("50 threads captured", 0.0),
    ("70 threads in", 0.05),
    ("kept,", 0.0),
    ("writing tables", 0.0),
    ("rendering the snapshot", 0.7),
    ("digests and manifest", 0.0),
    (": storing", 0.0),
    (": storing", 0.03),
    (": verified", 0.0),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, prefect_server: PrefectServer) -> dict[str, str]:
    """Return the store's files of a command that nobody disturbed."""
    with city_program(tmp_path_factory.mktemp("whole")) as (made, _):
        run = made.capture("--account", ACCOUNT, PREFECT_API_URL=prefect_server.api)
        assert run.returncode == 0, run.stderr
        return tree_but_stamps(made.store)


def stages(made: Program) -> subprocess.Popen[str]:
    """Start the stages of the run in a process of their own."""
    command = [sys.executable, "-c", _STAGES, str(SPEC), str(made.store), TIME, ACCOUNT]
    return subprocess.Popen(command, cwd=ROOT, env=made.environment, text=True, stderr=subprocess.PIPE)


def command(made: Program, api: str) -> subprocess.Popen[str]:
    """Start the whole command."""
    return made.start("capture", "--approve-unseen", *made.arguments(), "--account", ACCOUNT, PREFECT_API_URL=api)


def kill_at(process: subprocess.Popen[str], words: str, seconds: float) -> bool:
    """Kill a run (SIGKILL) some seconds after it says the words; False if it ended before."""
    assert process.stderr is not None
    for line in process.stderr:
        if words in line:
            time.sleep(seconds)
            process.send_signal(signal.SIGKILL)
            break
    status = process.wait(timeout=60)
    process.stderr.close()
    return status == -signal.SIGKILL


def test_killed_and_given_again(
    tmp_path_factory: pytest.TempPathFactory, whole: dict[str, str], prefect_server: PrefectServer
) -> None:
    """Killed at each of these moments, the store holds whole trees only; the same command then makes the same store."""
    killed = 0
    with city_program(tmp_path_factory.mktemp("killed")) as (base, _):
        for number, (words, seconds) in enumerate(MOMENTS):
            made = type(base)(base.folder / str(number), base.environment)
            by_command = number >= len(MOMENTS) - _BY_COMMAND
            process = command(made, prefect_server.api) if by_command else stages(made)
            killed += kill_at(process, words, seconds)
            shown = set(tree_but_stamps(made.store)) if made.store.exists() else set()
            shown = {name for name in shown if not name.startswith(".")}
            assert shown <= set(whole), (words, shown - set(whole))
            if any(name.startswith("packages/") for name in shown):
                assert len(packages_of(made.store)) == 1
            if by_command:
                run = made.capture("--account", ACCOUNT, PREFECT_API_URL=prefect_server.api)
                assert run.returncode == 0, (words, run.stderr)
            else:
                _, said = stages(made).communicate(timeout=120)
                assert "verified, valid" in said, (words, said)
            # What the command writes of all accounts together, after their stages, is not the stages' own.
            own = whole if by_command else {name: of for name, of in whole.items() if not name.startswith("runs/")}
            assert tree_but_stamps(made.store) == own, words
    assert killed >= len(MOMENTS) - 1
