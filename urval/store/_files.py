"""Files outside the store: reading what is put, writing what is fetched; and what a failing disk means."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from urval.errors import StoreError
from urval.store._keys import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

BLOCK = 1 << 20
_DISK_FAULTS = {
    errno.ENOSPC: ("is full", "Free space on it, then run the same command again."),
    errno.EDQUOT: ("is over its quota", "Free space or have the quota raised, then run the same command again."),
    errno.EROFS: ("is mounted read-only", "Mount it for writing, or choose another place."),
    errno.EACCES: ("may not be used by this user", "Give the user who runs this the right to read and write there."),
    errno.EPERM: ("does not permit it", "Use a file system with hard links, and a user who may write there."),
    errno.EFBIG: ("cannot hold a file of this size", "Raise the limit on file sizes, or use another file system."),
    errno.EXDEV: ("spans several file systems", "Keep each store on one file system."),
    errno.EIO: ("has a hardware fault", "Check the disk before anything more is stored."),
}


class Readable(Protocol):
    """Where blocks of bytes come from."""

    def read(self, amount: int, /) -> bytes:
        """Return at most ``amount`` bytes, none at the end."""


class Sink(Protocol):
    """Where blocks of bytes go."""

    def write(self, block: bytes, /) -> object:
        """Take one block."""


def disk_fault(error: OSError, place: str, deed: str) -> StoreError:
    """Return what to say when a disk refuses: one sentence and the next step.

    Args:
        error: What the system said.
        place: The thing that refused, as the subject of the sentence.
        deed: What did not happen, as a clause.
    """
    cause, step = _DISK_FAULTS.get(error.errno or 0, (f"failed ({error.strerror or error})", "Check the disk."))
    return StoreError(f"{place} {cause}; {deed}.", next_step=step)


@contextmanager
def opened(source: bytes | Path) -> Iterator[io.BytesIO | io.BufferedReader]:
    """Open bytes, or a regular file that is no link, for reading.

    Raises:
        StoreError: The file is missing, a link, no regular file, or may not be read.
    """
    if isinstance(source, bytes):
        yield io.BytesIO(source)
        return
    try:
        # Without O_NONBLOCK a named pipe would hold us here for ever.
        handle = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise StoreError(f"The file {shown(str(source))} {reason}, so it cannot be stored.") from error
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise StoreError(f"{shown(str(source))} is no regular file, so it cannot be stored.")
    with os.fdopen(handle, "rb") as file:  # a handle, so that no link can slip in between look and open
        yield file


def digest_of(source: bytes | Path) -> str:
    """Return the hex SHA-256 of bytes or a file."""
    with opened(source) as data:
        return hashlib.file_digest(data, "sha256").hexdigest()


def size_of(source: bytes | Path) -> int:
    """Return the size in bytes."""
    with opened(source) as data:
        return data.seek(0, os.SEEK_END)


def copy(source: Readable, sink: Sink) -> str:
    """Copy everything and return the hex SHA-256 of what was copied."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        sink.write(block)
    return digest.hexdigest()


def check_announced(key: str, found: str, announced: str | None) -> None:
    """Raise StoreError when the bytes to be stored are not those the caller announced."""
    if announced is not None and found != announced.lower():
        raise StoreError(
            f"The bytes for {shown(key)} have the SHA-256 {found}, not the expected {announced}; nothing was stored.",
            next_step="The source changed or was damaged: make it anew.",
        )


@contextmanager
def arriving(to: Path) -> Iterator[BinaryIO]:
    """Give a file to write to that takes its name only when the block ends well."""
    part = to.with_name(f".{to.name[:100]}.{os.getpid()}.part")
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        try:
            with part.open("wb") as file:
                yield file
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise disk_fault(error, f"The folder {shown(str(to.parent))}", f"{shown(to.name)} was not fetched") from error


def remove_empty(folder: Path, root: Path) -> None:
    """Remove the empty folders at and below a folder, then those above it that this left empty, up to the root."""
    for place, _, _ in os.walk(folder, topdown=False):
        _remove_if_empty(Path(place))
    above = folder.parent
    while above != root and above.is_relative_to(root) and _remove_if_empty(above):
        above = above.parent
    handle = os.open(above if above.is_dir() else root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)  # else a lost power supply could bring back what was destroyed
    finally:
        os.close(handle)


def _remove_if_empty(folder: Path) -> bool:
    """Return whether the folder is gone."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            return False
        raise
    return True
