"""A store in which a capture was proposed and waits for people: made once, copied for each test."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _sample_package import ACCOUNT, NOW, capture_sample, chosen_spec

from flows.notes import ledger_of, note
from flows.reviewing import propose
from flows.run import open_run
from flows.stages import select_threads
from urval.ledger import State
from urval.spec import parse_spec
from urval.store import capture_prefix

if TYPE_CHECKING:
    from flows.run import Run
    from urval.ledger import Event

OCCASION = "2026-host"
CASE = "  - {id: arenden, rule: mandatory, case_linked: [{thread: t7, case: KS 2026/0001}]}\n"


@dataclass(frozen=True)
class Waiting:
    """Spec and store of a proposal that waits. Kept: t1, t2, t3, and t7 by a mandatory rule; t6 is excluded."""

    folder: Path

    @property
    def spec(self) -> Path:
        """Return the archive spec."""
        return self.folder / "spec.yaml"

    @property
    def store(self) -> Path:
        """Return the store."""
        return self.folder / "store"

    def run(self, actor: str = "Alva", time: str = "2026-11-03T09:00:00+01:00", store: str | None = None) -> Run:
        """Open a run of a person at a time."""
        return open_run(str(self.spec), store or str(self.store), OCCASION, fixed_time=time, actor=actor, ahead=True)

    def events(self) -> list[Event]:
        """Return the ledger."""
        return ledger_of(self.run(), ACCOUNT)


def waiting(folder: Path, *, persons: int = 1) -> Waiting:
    """Return a copy of the store."""
    return Waiting(Path(shutil.copytree(_made(persons), folder / "waiting")))


@cache
def _made(persons: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="urval-waiting-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    one = Waiting(folder)
    data = chosen_spec(more=CASE, persons=persons)
    one.spec.write_bytes(data)
    fill(one.run("schedule", NOW.isoformat()), folder / "capture", data)
    shutil.rmtree(folder / "capture")
    return folder


def fill(run: Run, folder: Path, spec: bytes) -> None:
    """Make the capture, store it, and propose, as the end of ``urval capture`` does."""
    capture = capture_sample(folder, parse_spec(spec, "spec.yaml"))
    name = capture.info.document["capture_id"]
    run.store.put_tree(capture_prefix(*run.place(ACCOUNT), name), folder, last="capture.json")
    note(run, ACCOUNT, State.DUE, {"occasion": OCCASION})
    note(run, ACCOUNT, State.CAPTURED, {"capture": name, "capture_sha256": capture.info.sha256})
    propose(run, ACCOUNT, capture, select_threads(run, ACCOUNT, capture))
