"""A real Prefect server on a free loopback port, one a test process, and workers beside it.

Its folder holds everything Prefect writes: its home with the database, and the logs of server and workers. Starting one
takes fifteen seconds of a core; the fixture ``prefect_server`` and every program of the tests use the same.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
_PREFECT = [sys.executable, "-m", "prefect"]
_START_SECONDS = 120  # a new database takes some twenty on an idle machine
_STOP_SECONDS = 30
_SETTINGS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_SERVICES_SCHEDULER_MAX_SCHEDULED_TIME": "P500D",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "flows,connectors,urval",
    "PREFECT_LOGGING_ROOT_LEVEL": "INFO",
    "COLUMNS": "200",
}


@dataclass(frozen=True, slots=True)
class PrefectServer:
    """A running server: where it listens, and where everything it writes lies."""

    port: int
    folder: Path

    @property
    def api(self) -> str:
        """Return the address for ``PREFECT_API_URL``."""
        return f"http://127.0.0.1:{self.port}/api"

    def environment(self) -> dict[str, str]:
        """Return an environment in which ``prefect`` and workers use this server."""
        return _environment(self.folder) | {"PREFECT_API_URL": self.api}

    def prefect(self, *arguments: str, timeout: float = 120, succeeds: bool = True) -> str:
        """Give a ``prefect`` command from the checkout; return what it printed."""
        done = subprocess.run(
            [*_PREFECT, *arguments], cwd=ROOT, env=self.environment(), timeout=timeout, check=False,
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert (done.returncode == 0) is succeeds, f"prefect {' '.join(arguments)}:\n{done.stdout}\n{self.logs()}"
        return done.stdout

    def ask(self, path: str, **filters: Any) -> Any:
        """Post to the server's own interface, for example ``deployments/filter``; return the answer."""
        answer = requests.post(f"{self.api}/{path}", json=filters, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def logs(self) -> str:
        """Return the ends of the logs, for the message of a failed test."""
        return "\n".join(_end(path) for path in sorted(self.folder.glob("*.log")))

    @contextmanager
    def worker(self, pool: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process worker on a pool; it is asked to stop at the end and must do so."""
        command = [*_PREFECT, "worker", "start", "--pool", pool, "--name", "test", "--limit", "1"]
        with _running(command, self.environment() | environment, self.folder / "worker.log") as process:
            _wait(lambda: self._is_online(pool), process, self.folder / "worker.log")
            yield process

    def _is_online(self, pool: str) -> bool:
        return any(worker["status"] == "ONLINE" for worker in self.ask(f"work_pools/{pool}/workers/filter"))


@pytest.fixture(scope="session")
def prefect_server() -> PrefectServer:
    """Return the running Prefect server of this test process."""
    return shared_server()


_TO_END = ExitStack()


@cache
def shared_server() -> PrefectServer:
    """Return the server of this test process, started when it is first asked for; ``conftest.py`` ends it."""
    folder = Path(_TO_END.enter_context(tempfile.TemporaryDirectory(prefix="urval-prefect-")))
    return _TO_END.enter_context(_server(folder))


def end_shared_server() -> None:
    """End the server, if there is one, and its workers by their process ids; its port is free then."""
    ports = [shared_server().port] if shared_server.cache_info().currsize else []
    _TO_END.close()
    for port in ports:
        with socket.socket() as probe:
            # Closed connections linger; a listener does not.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))


@contextmanager
def _server(folder: Path) -> Iterator[PrefectServer]:
    """Run a server with everything it writes in ``folder``."""
    port, log = _free_port(), folder / "server.log"
    command = [*_PREFECT, "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with _running(command, _environment(folder) | {"PREFECT_API_URL": f"http://127.0.0.1:{port}/api"}, log) as process:
        _wait(lambda: _is_healthy(port), process, log)
        yield PrefectServer(port, folder)


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program with children in a process group of its own; nothing of the group is left at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
    try:
        yield process
    finally:
        try:
            _stop(process)
        finally:
            _end_group(process.pid)
            process.wait()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to stop, twice if need be: a worker below a shell's background job ignores the first request."""
    process.terminate()
    try:
        process.wait(_STOP_SECONDS / 2)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(_STOP_SECONDS)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return  # all have ended by themselves


def _environment(folder: Path) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if not name.startswith(("URVAL_", "PREFECT_"))}
    return base | _SETTINGS | {"PREFECT_HOME": str(folder / "home")}


def _wait(is_ready: Any, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"It did not start:\n{_end(log)}")
        time.sleep(0.2)


def _is_healthy(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/api/health", timeout=2).ok
    except requests.RequestException:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _end(log: Path) -> str:
    return f"--- {log.name}\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}"
