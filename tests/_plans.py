"""Planning in this process: the city on all eleven platforms, an environment that reaches it, and runs of its spec."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from _program import ROOT, TIME

from connectors.sandbox import City, Sandbox
from flows.run import open_run
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flows.run import Run

SPEC = ROOT / "archive_specs" / "exempelstad-alla-plattformar.yaml"
ACCOUNTS = {account.platform: account for account in read_spec(SPEC).spec.accounts}
KEYS = {platform: {"facebook": "exempelstad", "wordpress": "nyheter"}.get(platform, platform) for platform in ACCOUNTS}
TIMES = {"2026-var": "2026-05-02T03:00:00+02:00", "2026-host": TIME}


@dataclass(frozen=True)
class Place:
    """A folder with a store, and the sandbox that this process reaches."""

    folder: Path
    sandbox: Sandbox
    environment: pytest.MonkeyPatch

    @property
    def store(self) -> Path:
        """Return the store's folder."""
        return self.folder / "store"

    def run(self, occasion: str = "2026-host", spec: Path = SPEC, time: str = "") -> Run:
        """Open a run, also of an occasion that lies ahead."""
        fixed = time or TIMES[occasion]
        return open_run(str(spec), str(self.store), occasion, fixed_time=fixed, actor="test", ahead=True)

    def give(self, platform: str, credential: str) -> None:
        """Set the credential of an account."""
        self.environment.setenv((ACCOUNTS[platform].credential or "").removeprefix("env:"), credential)

    def spec_with(self, old: str, new: str) -> Path:
        """Return a copy of the spec with one text in another's place."""
        text = SPEC.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path = self.folder / "spec.yaml"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return path


@contextmanager
def place(folder: Path, city: City | None = None) -> Iterator[Place]:
    """Give a place whose sandbox stands at the autumn occasion."""
    demo, moment = City.demo(), datetime.fromisoformat(TIME)
    city = city or City.generate(
        seed=3, posts=12, comments_mean=5, start=demo.start, end=demo.end, only=tuple(KEYS.values())
    )
    with Sandbox(city, clock=lambda: moment) as sandbox, pytest.MonkeyPatch.context() as environment:
        reach = ",".join(f"{name}={address}" for name, address in sandbox.connect_to.items())
        environment.setenv("URVAL_CONNECT_TO", reach)
        environment.setenv("URVAL_SCRATCH", str(folder / "scratch"))
        (folder / "scratch").mkdir()
        made = Place(folder, sandbox, environment)
        for platform, account in ACCOUNTS.items():
            if account.credential:
                made.give(platform, sandbox.tokens[KEYS[platform]])
        yield made
