"""A store in which one period is packaged and verified, and a spec whose decisions let some of it be disposed of."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _sample_package import ACCOUNT
from _waiting_store import Waiting, waiting

from flows.disposable import candidates
from flows.disposing import Desk, approve, open_desk, plan_of, save_plan
from flows.packaging import package_approved
from flows.review_acts import approve as approve_proposal
from urval.ledger import Event, State
from urval.store import ledger_prefix, read_events

if TYPE_CHECKING:
    from urval.disposal import Candidate

PLACE = ("exempelstad", ACCOUNT, "2026-05-01--2026-11-01")
DECIDED = "{authority: Kommunstyrelsen, reference: KS 2025/0417, date: 2025-12-03}"
RAW = (
    "  - {id: ej-valt, class: unselected_raw, action: dispose, trigger: captured_at, period: P2Y, "
    f"decision: {DECIDED}}}\n"
)
WHOLE = "".join(
    f"  - {{id: {name}, class: {name}, action: dispose, trigger: captured_at, period: P3Y, decision: {DECIDED}}}\n"
    for name in ("selected", "snapshot")
)
EXPIRED = "2028-11-02T09:00:00+01:00"


@dataclass(frozen=True)
class Archive:
    """The folder with store and specs."""

    folder: Path

    @property
    def store(self) -> Path:
        """Return the store."""
        return self.folder / "store"

    def desk(self, actor: str = "Alva", *, rules: str = RAW, at: str = EXPIRED, store: str | None = None) -> Desk:
        """Open a desk on a spec with these retention rules, for a person at a time."""
        spec = self.folder / "disposing.yaml"
        spec.write_bytes((self.folder / "spec.yaml").read_bytes() + b"retention:\n" + rules.encode())
        return open_desk(spec, store or str(self.store), fixed_time=at, actor=actor)

    def events(self) -> list[Event]:
        """Return the ledger."""
        return read_events(self.desk().store, ledger_prefix(*PLACE))

    def capture(self) -> Path:
        """Return where the capture lies, or lay."""
        return self.store / "captures" / Path(*PLACE)

    def package(self) -> Path:
        """Return the package."""
        return next((self.store / "packages" / Path(*PLACE)).iterdir())


def archive(folder: Path) -> Archive:
    """Return a copy of the store."""
    return Archive(Path(shutil.copytree(_made(), folder / "archive")))


@cache
def _made() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="urval-disposal-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    one: Waiting = waiting(folder)
    before = os.environ.get("URVAL_SCRATCH")
    os.environ["URVAL_SCRATCH"] = str(folder)
    try:
        approve_proposal(one.run("Cilla", "2026-11-04T09:00:00+01:00"), ACCOUNT)
        assert package_approved(one.run("Cilla", "2026-11-04T09:00:00+01:00"), ACCOUNT).state == "done"
    finally:
        os.environ.pop("URVAL_SCRATCH")
        if before is not None:
            os.environ["URVAL_SCRATCH"] = before
    return one.folder


def found(desk: Desk) -> list[Candidate]:
    """Return the candidates as they stand."""
    return list(candidates(desk.store, desk.loaded.spec, desk.today()))


def approved(one: Archive, *, rules: str = RAW, at: str = EXPIRED, store: str | None = None) -> str:
    """Plan by Alva, approve by Bo; return the plan's id."""
    desk = one.desk("Alva", rules=rules, at=at, store=store)
    name = save_plan(desk, plan_of(desk, found(desk)))
    approve(one.desk("Bo", rules=rules, at=at, store=store), name)
    return name


def disposals(one: Archive) -> list[Event]:
    """Return the ledger's acts of disposal."""
    return [event for event in one.events() if event.state is State.DISPOSED]
