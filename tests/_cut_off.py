"""One account of a fictional city, captured by a process that is killed (SIGKILL) at a chosen answer of the sandbox."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from _keys import PASSPHRASE, key_place
from _program import ROOT, SPEC, TIME, tree

from connectors.sandbox import MAIN, Sandbox
from connectors.sandbox.answers import STAMP_HOST
from flows.capturing import obtain_capture
from flows.run import Run, open_run
from flows.scratch import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest

    from connectors.sandbox import City
    from urval.capture import Capture

ACCOUNT = "exempelstad-facebook"
PROFILE = 3  # calls: the profile and its two pictures, asked for anew before a capture is gone on with
MOMENT = datetime.fromisoformat(TIME)
_SCRIPT = """
import sys
from flows.capturing import obtain_capture
from flows.run import open_run
from flows.scratch import scratch
run = open_run(sys.argv[1], sys.argv[2], "2026-host", fixed_time=sys.argv[3])
with scratch(run, sys.argv[4]) as folder:
    obtain_capture(run, sys.argv[4], folder, dry=False)
"""


@dataclass
class Bench:
    """The sandbox, a folder with scratch space and store, and the process to be killed."""

    folder: Path
    sandbox: Sandbox = field(init=False)
    slept: list[float] = field(default_factory=list)
    _child: subprocess.Popen[bytes] | None = None
    _fatal: int = 0

    def clock(self) -> datetime:
        """Return the time; kill the process under test when the fatal call has been answered, but not yet sent."""
        if self._child is not None and len(self.sandbox.calls) >= self._fatal:
            self._child.send_signal(signal.SIGKILL)
            self._child.wait()
        return MOMENT

    @property
    def store(self) -> Path:
        """Return the store's folder."""
        return self.folder / "store"

    @property
    def unfinished(self) -> Path:
        """Return where the cut-off capture lies."""
        return next((self.folder / "scratch").glob(f"urval-*/*_{ACCOUNT}_*/unfinished"))

    def targets(self) -> list[str]:
        """Return the calls answered by platforms since they were last forgotten."""
        return [call.host + call.target for call in self.sandbox.calls if call.host != STAMP_HOST]

    def run(self, spec: Path = SPEC, **changes: object) -> Run:
        """Open a run that notes pauses instead of making them."""
        run = open_run(str(spec), str(self.store), "2026-host", fixed_time=TIME, actor="test")
        return replace(run, sleep=self.slept.append, **changes)  # type: ignore[arg-type]

    def capture(self, run: Run | None = None, *, dry: bool = False) -> Capture:
        """Capture in this process."""
        run = run or self.run()
        with scratch(run, ACCOUNT) as folder:
            return obtain_capture(run, ACCOUNT, folder, dry=dry)

    def kill_at(self, number: int) -> None:
        """Start a process that captures, and kill it when the sandbox has answered so many calls of it."""
        self.sandbox.forget_calls()
        self._fatal = number
        command = [sys.executable, "-c", _SCRIPT, str(SPEC), str(self.store), TIME, ACCOUNT]
        said = self.folder / "killed.log"
        with said.open("wb") as log:
            self._child = subprocess.Popen(command, cwd=ROOT, stderr=log)
            try:
                assert self._child.wait(timeout=120) == -signal.SIGKILL, said.read_text()
            finally:
                self._child = None

    def stored(self) -> dict[str, str]:
        """Return the files of the captures in the store."""
        return tree(self.store / "captures")


@contextmanager
def cut_off_bench(folder: Path, monkeypatch: pytest.MonkeyPatch, city: City) -> Iterator[Bench]:
    """Give a bench; its environment is that of this process and of the one to be killed."""
    made = Bench(folder)
    made.sandbox = Sandbox(city, clock=made.clock)
    with made.sandbox as sandbox:
        for name in [name for name in os.environ if name.startswith("URVAL_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("URVAL_KEYS", str(key_place()))
        monkeypatch.setenv("URVAL_KEY_PASSPHRASE", PASSPHRASE)
        (folder / "scratch").mkdir()
        monkeypatch.setenv("URVAL_SCRATCH", str(folder / "scratch"))
        monkeypatch.setenv("URVAL_CONNECT_TO", ",".join(f"{name}={to}" for name, to in sandbox.connect_to.items()))
        monkeypatch.setenv("URVAL_SANDBOX_TOKEN", sandbox.tokens[MAIN])
        yield made


def nth(calls: list[str], words: str, number: int = 1) -> int:
    """Return the place (from 1) of the nth call that holds the words."""
    return [place for place, call in enumerate(calls, 1) if words in call][number - 1]
