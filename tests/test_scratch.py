"""What lies in the scratch folder after a run, and for how long."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

import pytest
from _program import SPEC, TIME

from connectors._replay import KEPT_HOURS
from flows.run import Run, open_run
from flows.scratch import UNFINISHED, scratch
from urval.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

PAGE, NEWS = "exempelstad-facebook", "exempelstad-nyheter"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Open a run with scratch space of its own."""
    monkeypatch.setenv("URVAL_SCRATCH", str(tmp_path))
    return open_run(str(SPEC), str(tmp_path / "store"), "2026-host", fixed_time=TIME)


def cut_off(run: Run, account_id: str, age_seconds: float = 0.0) -> Path:
    """Leave a cut-off capture and a half-made package behind, nothing of it younger than so many seconds."""
    with scratch(run, account_id) as folder:
        (folder / UNFINISHED / "capture").mkdir(parents=True)
        (folder / UNFINISHED / "mark").write_bytes(b"1")
    (folder / "package.part").mkdir()
    (folder / "package.part" / "x").touch()
    then = time.time() - age_seconds
    for path in (*folder.rglob("*"), folder):
        os.utime(path, (then, then))
    return folder


def test_only_a_cut_off_capture_stays(run: Run) -> None:
    """Whatever else lies in the folder is removed when a run begins and when it ends; without a capture, the folder."""
    folder = cut_off(run, PAGE)
    with scratch(run, PAGE):
        assert [path.name for path in folder.iterdir()] == [UNFINISHED]
        (folder / "file").touch()
    assert [path.name for path in folder.iterdir()] == [UNFINISHED]
    with scratch(run, NEWS) as other:
        (other / "file").touch()
    assert not other.exists()


@pytest.mark.parametrize(("hours", "there"), [(KEPT_HOURS + 0.1, False), (KEPT_HOURS - 0.1, True)])
def test_what_nobody_would_take_up_is_removed(run: Run, hours: float, *, there: bool) -> None:
    """A capture cut off for longer than a day goes with the next run of any account; a younger one stays."""
    folder = cut_off(run, PAGE, hours * 3600)
    with scratch(run, NEWS):
        assert folder.exists() is there


def test_what_is_in_use_is_never_removed(run: Run) -> None:
    """A folder another run holds stays, however long ago it was written to."""
    with scratch(run, PAGE) as folder:
        os.utime(folder, (0, 0))
        with scratch(run, NEWS):
            pass
        assert folder.exists()


def test_a_full_disk_is_freed(run: Run) -> None:
    """When the disk refuses, everything of the account goes, the cut-off capture too, so that others have room."""
    folder = cut_off(run, PAGE)
    with pytest.raises(StoreError, match="is full"), scratch(run, PAGE):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not folder.exists()


def test_an_error_leaves_the_cut_off_capture(run: Run) -> None:
    """Any other error leaves it for the next run."""
    folder = cut_off(run, PAGE)
    with pytest.raises(KeyError), scratch(run, PAGE):
        raise KeyError
    assert (folder / UNFINISHED / "mark").exists()
