"""A run that is killed, then given again: the same package, and nothing half-made in the store at any time."""

from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING

import pytest
from _program import city_program, packages_of, tree

if TYPE_CHECKING:
    from _prefect_server import PrefectServer
    from _program import Program

pytest_plugins = ("_prefect_server",)
pytestmark = pytest.mark.server

ACCOUNT = "exempelstad-facebook"
# The run is killed when it says this, after so many further seconds.
MOMENTS = [
    ("50 threads captured", 0.0),
    ("70 threads in", 0.0),
    ("70 threads in", 0.05),
    ("kept,", 0.0),
    ("writing tables", 0.0),
    ("rendering the snapshot", 0.0),
    ("rendering the snapshot", 0.7),
    ("digests and manifest", 0.0),
    (": storing", 0.0),
    (": storing", 0.03),
    (": verified", 0.0),
]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, prefect_server: PrefectServer) -> dict[str, str]:
    """Return the store's files of a run that nobody disturbed."""
    with city_program(tmp_path_factory.mktemp("whole")) as (made, _):
        run = made.capture("--account", ACCOUNT, PREFECT_API_URL=prefect_server.api)
        assert run.returncode == 0, run.stderr
        return tree(made.store)


def kill_at(made: Program, words: str, seconds: float, api: str) -> bool:
    """Start a run and kill it (SIGKILL) some seconds after it says the words; False if it ended before."""
    process = made.start("capture", "--approve-unseen", *made.arguments(), "--account", ACCOUNT, PREFECT_API_URL=api)
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
            killed += kill_at(made, words, seconds, prefect_server.api)
            shown = {name for name in tree(made.store) if not name.startswith(".")} if made.store.exists() else set()
            assert shown <= set(whole), (words, shown - set(whole))
            if any(name.startswith("packages/") for name in shown):
                assert len(packages_of(made.store)) == 1
            run = made.capture("--account", ACCOUNT, PREFECT_API_URL=prefect_server.api)
            assert run.returncode == 0, (words, run.stderr)
            assert tree(made.store) == whole, words
    assert killed >= 10
