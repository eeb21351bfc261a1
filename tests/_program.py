"""The program as a person runs it: ``urval`` as a process, the sandbox beside it, everything in one folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from _keys import PASSPHRASE, key_place
from _warm_start import run_warm

from connectors.sandbox import LEADER, MAIN, City, Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
SPEC = ROOT / "archive_specs" / "exempelstad.yaml"
TIME = "2026-11-02T03:00:00+01:00"
ACCOUNTS = ["exempelstad-facebook", "exempelstad-nyheter", "kommundirektoren-facebook"]
_OF_A_STAMP = re.compile(r"\.tsr$|seal/stamped[.0-9]*\.sha256$")
_COLD = {"capture", "demo"}  # each in a fresh Python


@dataclass(frozen=True)
class Program:
    """How to run ``urval``: its folder, what is in its environment, and which Prefect server a capture uses.

    Captures of all tests share one server, or every one would take the ten seconds of a core that its own start costs.
    ``alone`` is for the tests of what a person has who runs no server.
    """

    folder: Path
    environment: dict[str, str]
    alone: bool = False

    def by_itself(self) -> Program:
        """Return the same program where no server runs: a capture starts Prefect for itself."""
        return replace(self, alone=True)

    @property
    def store(self) -> Path:
        """Return the store's folder."""
        return self.folder / "store"

    def run(self, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        if arguments and arguments[0] not in _COLD:
            return run_warm([*map(str, arguments)], self._given(arguments, environment))
        return subprocess.run(
            [sys.executable, "-m", "urval.cli", *map(str, arguments)], cwd=ROOT, text=True, capture_output=True,
            env=self._given(arguments, environment), check=False, timeout=600,
        )  # fmt: skip

    def start(self, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        """Start in a process group of its own, with standard error to read from."""
        return subprocess.Popen(
            [sys.executable, "-m", "urval.cli", *map(str, arguments)], cwd=ROOT, text=True, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, env=self._given(arguments, environment),
            start_new_session=True,
        )  # fmt: skip

    def capture(self, *more: object, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``urval capture`` on the demo's spec, with the city's clock, on to the packages."""
        return self.run("capture", "--approve-unseen", *self.arguments(), *more, **environment)

    def _given(self, arguments: tuple[object, ...], environment: dict[str, str]) -> dict[str, str]:
        """Return the environment of a command: a capture is told of the server, unless it is told of another."""
        given = self.environment | environment
        if arguments[:1] == ("capture",) and not self.alone and "PREFECT_API_URL" not in given:
            # Not on top: pytest must be the first to import what some test files name as their plugin.
            from _prefect_server import shared_server

            given["PREFECT_API_URL"] = shared_server().api
        return given

    def arguments(self) -> list[str]:
        """Return the options every capture here has."""
        return ["--spec", str(SPEC), "--store", str(self.store), "--occasion", "2026-host", "--fixed-time", TIME]


def program(folder: Path, **environment: str) -> Program:
    """Return a program that keeps everything it writes below a folder."""
    base = {name: value for name, value in os.environ.items() if not name.startswith(("URVAL_", "PREFECT_"))}
    own = {
        "PREFECT_HOME": str(folder / "prefect"),
        "URVAL_SCRATCH": str(folder / "scratch"),
        "HOME": str(folder / "home"),
        "URVAL_KEYS": str(key_place()),
        "URVAL_KEY_PASSPHRASE": PASSPHRASE,
        "LANG": "C.UTF-8",
        "COLUMNS": "200",
    }
    for name in ("scratch", "home"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return Program(folder, base | own | environment)


@contextmanager
def city_program(folder: Path, city: City | None = None) -> Iterator[tuple[Program, Sandbox]]:
    """Give a program that reaches a sandbox, and the sandbox."""
    moment = datetime.fromisoformat(TIME)
    with Sandbox(city or City.demo(), clock=lambda: moment) as sandbox:
        yield (
            program(
                folder,
                URVAL_CONNECT_TO=",".join(f"{name}={address}" for name, address in sandbox.connect_to.items()),
                URVAL_SANDBOX_TOKEN=sandbox.tokens[MAIN],
                URVAL_SANDBOX_TOKEN_LEADER=sandbox.tokens[LEADER],
            ),
            sandbox,
        )


def tree(folder: Path) -> dict[str, str]:
    """Return name -> digest of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def tree_but_stamps(store: Path) -> dict[str, str]:
    """Return the tree of a store or a part of it without what a time stamp makes different each time.

    The stamps and the listings of them are left out. Of the ledger's events, those from the first stamp on are told by
    their state: each names the digest of the one before.
    """
    found = {name: digest for name, digest in tree(store).items() if not _OF_A_STAMP.search(name)}
    stamped: set[str] = set()
    for name in [name for name in found if name.startswith("ledger/")]:
        state = json.loads((store / name).read_bytes())["state"]
        if state == "stamped" or Path(name).parent.as_posix() in stamped:
            stamped.add(Path(name).parent.as_posix())
            found[name] = state
    return found


def packages_of(store: Path) -> list[Path]:
    """Return the folders of the packages in a store, sorted."""
    return sorted(path.parent for path in (store / "packages").rglob("manifest.json"))
