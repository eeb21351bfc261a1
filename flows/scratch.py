"""Scratch folders: one for each account and period, used by one run at a time, empty again when the run has ended.

Except for ``unfinished``: there lies a capture that was cut off, for the next run to go on with. It goes when the
capture is in the store, when the disk is full, and when nothing was added to it for so long that no run would take it
up.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._replay import KEPT_HOURS
from urval.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.run import Run

SCRATCH = "URVAL_SCRATCH"
UNFINISHED = "unfinished"
_DISK_FAULTS = {
    errno.ENOSPC: "is full",
    errno.EDQUOT: "is over its quota",
    errno.EROFS: "is mounted read-only",
    errno.EFBIG: "cannot hold a file of this size",
    errno.EIO: "has a hardware fault",
}


@contextmanager
def scratch(run: Run, account_id: str) -> Iterator[Path]:
    """Give a scratch folder that only this run uses, empty but for a cut-off capture in ``unfinished``.

    What a killed run left behind is removed first, and so is what nobody would take up any more of other accounts.

    Raises:
        ConfigError: Another run on this machine is at work on the same account and period.
        StoreError: The folder's disk refused during the work, in whatever library it came to light.
    """
    base = _private_folder(Path(os.environ.get(SCRATCH, tempfile.gettempdir()), f"urval-{os.getuid()}"))
    folder = base / "_".join(run.place(account_id))
    with _locked(folder) as free:
        if not free:
            raise ConfigError(
                f"another run is at work on {account_id}, {run.place(account_id)[2]}",
                next_step="Wait until it has ended.",
            )
        _sweep(base, but=folder)
        _empty(folder)
        folder.mkdir(mode=0o700, exist_ok=True)
        try:
            yield folder
        except OSError as error:
            if error.errno not in _DISK_FAULTS:
                raise
            shutil.rmtree(folder, ignore_errors=True)
            raise StoreError(
                f"scratch folder {base} {_DISK_FAULTS[error.errno]}; the work on {account_id} was not finished",
                next_step=f"Free space there, or set {SCRATCH} to a folder with more, and give the same command again.",
            ) from error
        finally:
            _empty(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock of a scratch folder, if no other run does; tell whether it is held."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _empty(folder: Path) -> None:
    """Remove everything from a scratch folder but a cut-off capture; without one, the folder too."""
    if not folder.exists():
        return
    for path in folder.iterdir():
        if path.name == UNFINISHED:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _sweep(base: Path, but: Path) -> None:
    """Remove the scratch folders in which nothing has changed for so long that a run would start afresh."""
    oldest = time.time() - KEPT_HOURS * 3600
    for folder in base.iterdir():
        if folder == but or not folder.is_dir() or _last_change(folder) > oldest:
            continue
        with _locked(folder) as free:
            if free:
                shutil.rmtree(folder, ignore_errors=True)


def _last_change(folder: Path) -> float:
    """Return when a folder, its cut-off capture or the mark beside that was last written to (Unix seconds)."""
    unfinished = folder / UNFINISHED
    changed = [time.time()]  # of a folder that another run has just removed
    with suppress(FileNotFoundError):
        changed = [path.stat().st_mtime for path in (folder, *([unfinished] if unfinished.exists() else ()))]
        changed += [path.stat().st_mtime for path in unfinished.glob("*")]
    return max(changed)


def _private_folder(folder: Path) -> Path:
    """Make the folder; in a shared temporary directory another user may have made one of that name first."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise ConfigError(
            f"scratch folder {folder} cannot be made: {error.strerror}", next_step=f"Set {SCRATCH}."
        ) from error
    if status.st_uid != os.getuid() or stat.S_ISLNK(status.st_mode) or status.st_mode & 0o077:
        raise ConfigError(f"scratch folder {folder} is open to other users", next_step=f"Remove it, or set {SCRATCH}.")
    return folder
