"""What a store really enforces, found by trying: the lines of ``urval store check``, and the tries in a directory."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from urval.errors import StoreConflictError, StoreError
from urval.store._retention import PROBE

if TYPE_CHECKING:
    from pathlib import Path

    from urval.spec import StorageRule
    from urval.store._directory import DirectoryStore

_FREE_BYTES = 5 << 30  # less leaves no room for one large capture and its package
_GIB = 1 << 30


class Answer(StrEnum):
    """Whether the store does it."""

    YES = "yes"
    NO = "no"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was tried.

    ``name`` is stable, for scripts; ``asked`` what it is about; ``means`` what the answer means, ``todo`` what to do if
    something is. ``demanded``: Urval, spec or store URI relies on it.
    """

    name: str
    asked: str
    answer: Answer
    means: str
    todo: str = ""
    demanded: bool = False

    @property
    def fails(self) -> bool:
        """Tell whether something that is relied on is not known to be there."""
        return self.demanded and self.answer is not Answer.YES


@dataclass(frozen=True, slots=True)
class StoreCheck:
    """All lines, and the probe objects that could not be removed, each with why."""

    store: str
    lines: tuple[Line, ...]
    left: tuple[str, ...] = ()

    @property
    def failed(self) -> tuple[Line, ...]:
        """Return what is relied on and not known to be there."""
        return tuple(line for line in self.lines if line.fails)

    def as_json(self) -> dict[str, Any]:
        """Return the check as plain data."""
        return {
            "store": self.store,
            "holds": not self.failed,
            "lines": [{**asdict(line), "answer": str(line.answer), "fails": line.fails} for line in self.lines],
            "left": list(self.left),
        }


def yes_or_no(*, fine: bool) -> Answer:
    """Return an answer that was found by trying."""
    return Answer.YES if fine else Answer.NO


DIRECTORY_TRIES = (
    "create an object below probe/, and try to create it again with other bytes",
    "store a small tree by rename, and try to store another in its place",
    "write through to the disk (fsync), read back, list",
    "look at the folder's permissions and at the free space",
    "remove what was created",
)


def check_directory(store: DirectoryStore, *, storage: StorageRule | None = None) -> StoreCheck:
    """Try what a directory enforces; what was created is removed.

    Args:
        store: The store; its folder exists.
        storage: The archive spec's lock, which no directory can keep.

    Raises:
        StoreError: Nothing can be written there.
    """
    probe = f"{PROBE}/{secrets.token_hex(8)}"
    try:
        lines = (
            _created_once(store, probe),
            _tree_once(store, probe),
            _read_back(store, probe),
            _no_lock(storage),
            _no_hold(),
            _permissions(store.root),
            _space(store.root),
        )
    finally:
        with suppress(StoreError):
            store.delete(probe)
    left = tuple(store.keys(probe))
    return StoreCheck(store.uri, lines, left)


def _created_once(store: DirectoryStore, probe: str) -> Line:
    store.put(f"{probe}/once", b"one")
    refused = False
    with suppress(StoreConflictError):
        store.put(f"{probe}/once", b"two")
    refused = store.get(f"{probe}/once") == b"one"
    return Line(
        "create_once",
        "An object that is there is not written over",
        yes_or_no(fine=refused),
        "Urval names objects by hard links, which fail where a name is taken; another program can still write here.",
        "" if refused else "Use a file system with hard links.",
        demanded=True,
    )


def _tree_once(store: DirectoryStore, probe: str) -> Line:
    desk = store.root / PROBE / f".{secrets.token_hex(8)}"
    try:
        desk.mkdir(parents=True)
        (desk / "manifest.json").write_bytes(b"one")
        store.put_tree(f"{probe}/tree", desk, last="manifest.json")
        (desk / "manifest.json").write_bytes(b"two")
        with suppress(StoreConflictError):
            store.put_tree(f"{probe}/tree", desk, last="manifest.json")
    except OSError as error:
        raise StoreError(f"{store.uri} could not be tried: {error.strerror}.", next_step="Check the disk.") from error
    finally:
        shutil.rmtree(desk, ignore_errors=True)
    kept = store.get(f"{probe}/tree/manifest.json") == b"one"
    return Line(
        "tree_once",
        "A package appears whole, by one rename, and is not written over",
        yes_or_no(fine=kept),
        "Who reads never sees half a package.",
        "" if kept else "Use a local file system.",
        demanded=True,
    )


def _read_back(store: DirectoryStore, probe: str) -> Line:
    # The puts before were synced, else they had raised; what the disk's own cache does, nobody can see from here.
    fine = list(store.keys(probe)) == [f"{probe}/once", f"{probe}/tree/manifest.json"]
    return Line(
        "read_after_write",
        "What was written can be read and listed at once, and was synced to the disk",
        yes_or_no(fine=fine),
        "fsync succeeded for files and folders; a disk that lies about its cache can still lose the last writes.",
        "" if fine else "Use a local file system.",
        demanded=True,
    )


def _no_lock(storage: StorageRule | None) -> Line:
    return Line(
        "object_lock",
        "What is stored cannot be deleted or changed for a time",
        Answer.NO,
        "A directory cannot lock: files are read-only, but their owner and root can change and delete them.",
        "Replicate to a bucket with Object Lock (urval replicate), or use snapshots the writer cannot delete.",
        demanded=storage is not None,
    )


def _no_hold() -> Line:
    return Line(
        "legal_hold",
        "A legal hold stops deletion",
        Answer.NO,
        "Urval itself refuses to dispose of what is on hold; another program is not stopped.",
        "Restrict who may write in the folder.",
    )


def _permissions(root: Path) -> Line:
    mode = root.stat().st_mode
    open_to = [who for bit, who in ((stat.S_IWGRP, "its group"), (stat.S_IWOTH, "everybody")) if mode & bit]
    superuser = os.geteuid() == 0
    told = (
        f"The folder is writable by {' and '.join(open_to)}." if open_to else "Only its owner may write in the folder."
    )
    if superuser:
        told += " This command ran as root, whom no permission stops."
    return Line(
        "permissions",
        "Only the owner of the folder may write in it",
        yes_or_no(fine=not open_to),
        told,
        f"chmod go-w {root}" if open_to else "",
    )


def _space(root: Path) -> Line:
    usage = shutil.disk_usage(root)
    fine = usage.free >= _FREE_BYTES
    return Line(
        "free_space",
        "There is room for the next capture",
        yes_or_no(fine=fine),
        f"{usage.free / _GIB:.1f} of {usage.total / _GIB:.1f} GiB are free.",
        "" if fine else "Have space added before the next occasion.",
    )
