"""Where a directory store keeps what is not finished: one private folder a write, cleared also after a kill.

Each folder is locked by the process that works in it (flock on the folder itself). The system drops the lock when the
process ends, however it ends, and at a restart of the machine; so whoever gets the lock of a folder that is not its own
knows that the owner is gone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from urval.errors import StoreError
from urval.store._keys import STAGING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TRIES = 100


@contextmanager
def staging(root: Path) -> Iterator[Path]:
    """Yield a private, empty folder on the store's file system, removed at the end."""
    base = root / STAGING
    base.mkdir(parents=True, exist_ok=True)
    clear_leftovers(base)
    folder, lock = _claim(base)
    try:
        yield folder
    finally:
        # What cannot be removed now is a leftover for the next writer.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def clear_leftovers(base: Path) -> None:
    """Remove the folders whose owners are gone; those of another user, and of living processes, stay."""
    for name in os.listdir(base):  # noqa: PTH208 - names, taken before anything is removed
        lock = _locked(base / name)
        if lock is not None:
            shutil.rmtree(base / name, ignore_errors=True)
            os.close(lock)


def _claim(base: Path) -> tuple[Path, int]:
    for _ in range(_TRIES):
        folder = base / secrets.token_hex(8)
        folder.mkdir()
        lock = _locked(folder)
        if lock is not None:
            return folder, lock
    raise StoreError(f"No folder for unfinished work could be kept in {base}.", next_step="Check the file system.")


def _locked(folder: Path) -> int | None:
    """Return a handle that holds the folder's lock, None where another has it or the folder is gone."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    with suppress(BlockingIOError, FileNotFoundError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Between open and flock a cleaner may have removed the folder: then the lock is on nothing.
        if os.path.samestat(os.fstat(handle), folder.stat()):
            return handle
    os.close(handle)
    return None
