"""A disk that is full: one sentence, nothing half-made, and the same command completes when there is room again.

The disk is a small tmpfs of its own. Where mounting is not permitted, a limit on the size of files stands in for it.
"""

from __future__ import annotations

import resource
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from _program import Program, city_program, packages_of, tree_but_stamps

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from _prefect_server import PrefectServer

pytest_plugins = ("_prefect_server",)
pytestmark = pytest.mark.server
_ACCOUNT = "exempelstad-nyheter"  # its capture takes some 2 MB, its package 3
_ROOM = "64m"


class SmallDisk:
    """A folder with little room."""

    def __init__(self, path: Path, size: str) -> None:
        path.mkdir()
        self.path = path
        self.mounted = self._mount(f"size={size}")
        self._limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        if not self.mounted:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, self._limits[1]))  # below the largest file of a capture

    def grow(self) -> None:
        """Make room."""
        if self.mounted:
            assert self._mount(f"remount,size={_ROOM}")
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def remove(self) -> None:
        """Leave nothing behind."""
        if self.mounted:
            subprocess.run(["umount", self.path], check=True, capture_output=True)
        else:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._limits)

    def _mount(self, options: str) -> bool:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", self.path], capture_output=True, check=False
        )
        return done.returncode == 0


@contextmanager
def small_disk(path: Path, size: str) -> Iterator[SmallDisk]:
    """Give a folder with little room, and take it away."""
    disk = SmallDisk(path, size)
    try:
        yield disk
    finally:
        disk.remove()


@pytest.fixture(scope="module")
def city(prefect_server: PrefectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Give a program that reaches the sandbox and the Prefect server, and has archived the account once."""
    with city_program(tmp_path_factory.mktemp("city")) as (program, _):
        program.environment["PREFECT_API_URL"] = prefect_server.api
        run = program.capture("--account", _ACCOUNT)
        assert run.returncode == 0, run.stderr
        yield program


def fails_for_want_of_room(run: subprocess.CompletedProcess[str], named: Path) -> None:
    """Check the status, and that the text names the place and says what to do."""
    text = run.stdout + run.stderr
    assert run.returncode == 1, text
    assert "Traceback" not in text
    assert "fault in Urval" not in text
    assert str(named) in run.stdout, text
    assert any(
        words in run.stdout
        for words in ("is full", "No space left", "cannot hold a file of this size", "File too large")
    ), text
    assert any(words in run.stdout for words in ("Free space", "Raise the limit")), text


@pytest.mark.parametrize(("size", "captured"), [("1m", False), ("3500k", True)])
def test_a_full_store(city: Program, tmp_path: Path, size: str, *, captured: bool) -> None:
    """No package and no half capture is in a store without room; with room, the same command makes the same package."""
    with small_disk(tmp_path / "disk", size) as disk:
        store = disk.path / "store"
        command = ("--account", _ACCOUNT, "--store", store)
        fails_for_want_of_room(city.capture(*command), store if disk.mounted else city.folder)
        assert not (store / "packages").exists()
        if disk.mounted:
            assert [path.name for path in store.rglob("capture.json")] == ["capture.json"] * captured
        assert list(store.rglob("*.part")) == []
        disk.grow()
        again = city.capture(*command)
        assert again.returncode == 0, again.stdout + again.stderr
        for part in ("packages", "captures"):
            assert tree_but_stamps(store / part) == tree_but_stamps(city.store / part)
        assert city.run("verify", store).returncode == 0


@pytest.mark.parametrize("size", ["200k", "2600k", "4600k"])
def test_a_full_scratch_folder(city: Program, tmp_path: Path, size: str) -> None:
    """Wherever in a run the scratch folder has no more room, it is named, and it is empty afterwards."""
    with small_disk(tmp_path / "disk", size) as disk:
        store = tmp_path / "store"
        run = city.capture("--account", _ACCOUNT, "--store", store, URVAL_SCRATCH=str(disk.path))
        fails_for_want_of_room(run, disk.path)
        assert packages_of(store) == []
        assert [path for path in disk.path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []
