"""A store in a directory: create-only by hard link, trees by one rename, both after everything was synced to disk."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from urval.errors import StoreError
from urval.manifest import file_sha256
from urval.store._base import Put, Store
from urval.store._files import (
    arriving,
    check_announced,
    copy,
    digest_of,
    disk_fault,
    opened,
    remove_empty,
    size_of,
)
from urval.store._keys import STAGING, check_key, crowns_first, shown, tree_files
from urval.store._retention import QUARANTINE
from urval.store._staging import staging
from urval.store._stamps import folder_stamps

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_READ_ONLY = 0o444  # less the umask: a stored file is never written again, not even by mistake
_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY})


class DirectoryStore(Store):
    """Objects as files below ``root``, which the first write creates. ``root`` is absolute, its links resolved."""

    def __init__(self, root: Path) -> None:
        self.root = Path(os.path.realpath(root))
        self.uri = str(self.root)

    def put(self, key: str, source: bytes | Path, *, sha256: str | None = None) -> Put:
        """Create the object; see :meth:`Store.put`."""
        target = self._path(key)
        with self._told(f"{shown(key)} was not stored"):
            if not self._is_there(target):
                with staging(self.root) as desk:
                    staged = desk / "object"
                    check_announced(key, _write(staged, source), sha256)
                    if self._link(staged, target, key):
                        return Put.CREATED
            digest = digest_of(source)
            check_announced(key, digest, sha256)
            return self._settle(key, digest, size_of(source))

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""
        with self._reading(key) as path:
            return path.read_bytes()

    def fetch(self, key: str, to: Path) -> None:
        """Copy an object to a file; see :meth:`Store.fetch`."""
        with self._reading(key) as path, path.open("rb") as stored, arriving(to) as file:
            copy(stored, file)

    def exists(self, key: str) -> bool:
        """Return whether there is an object under the key."""
        path = self._path(key)
        with self._told(f"{shown(key)} cannot be looked up"):
            return path.is_file()

    def size(self, key: str) -> int:
        """Return an object's size in bytes."""
        with self._reading(key) as path:
            return path.stat().st_size

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Yield the keys below a prefix, sorted; memory grows with the widest folder only."""
        folder = self._path(prefix) if prefix else self.root
        with self._told("its keys cannot be listed"):
            if folder.is_dir():
                yield from self._walk(folder, prefix)

    def stamps(self, prefix: str, depth: int) -> Iterator[tuple[str, str]]:
        """Yield the folders ``depth`` below a prefix with their times of change; see :meth:`Store.stamps`.

        No file is looked at, and an empty folder is there too. The stamp of a folder that changed within the last two
        seconds is empty: file systems count in steps, and a second change in the same step would not show.
        """
        with self._told("its folders cannot be listed"):
            if prefix:
                self._path(prefix)  # refuses what leads out of the store
            yield from folder_stamps(self.uri, prefix, depth, self._listed)

    def put_tree(self, prefix: str, folder: Path, *, last: str) -> None:
        """Put a tree, which appears by one rename; see :meth:`Store.put_tree`."""
        target = self._path(prefix)
        files = tree_files(folder, prefix, last)
        with self._told(f"{shown(prefix)} was not stored"):
            if next(self.keys(prefix), None) is not None or not self._rename_in(target, prefix, files):
                super().put_tree(prefix, folder, last=last)

    def recorded(self, key: str) -> None:
        """Return None: a directory records no digest beside its files."""
        self._path(key)

    def digest(self, key: str) -> str | None:
        """Return the SHA-256 of a file as it is; see :meth:`Store.digest`."""
        path = self._path(key)
        with self._told(f"{shown(key)} cannot be read"):
            return file_sha256(path) if path.is_file() else None

    def restore(self, key: str, source: Path, *, sha256: str) -> str:
        """Move the damaged file aside and link the right one; see :meth:`Store.restore`."""
        target = self._path(key)
        with self._told(f"{shown(key)} was not restored"), staging(self.root) as desk:
            staged = desk / "object"
            check_announced(key, _write(staged, source), sha256)
            kept = ""
            if target.exists():
                kept = f"{QUARANTINE}/{desk.name}"
                self._path(kept).parent.mkdir(exist_ok=True)
                target.rename(self._path(kept))
                self._sync_above(self._path(kept))
            if not self._link(staged, target, key):
                raise self._conflict(key, "which somebody put there in the middle of the repair")
        return kept

    def hold(self, prefix: str) -> int:
        """Return 0: a directory enforces no hold; the record below ``holds/`` does what can be done."""
        return self._counted(prefix)

    def release(self, prefix: str) -> int:
        """Return 0; see :meth:`hold`."""
        return self._counted(prefix)

    def is_held(self, prefix: str) -> bool:
        """Return False; see :meth:`hold`."""
        check_key(prefix)
        return False

    def delete(self, prefix: str) -> int:
        """Destroy the files below a prefix, then the folders that are left empty; see :meth:`Store.delete`."""
        target = self._path(prefix)
        with self._told(f"{shown(prefix)} was not destroyed"):
            keys = crowns_first([prefix] if target.is_file() else self.keys(prefix))
            for key in keys:
                self._path(key).unlink(missing_ok=True)
            remove_empty(target, self.root)
        return len(keys)

    def _counted(self, prefix: str) -> int:
        if not self.exists(prefix) and next(self.keys(prefix), None) is None:
            raise self._missing(prefix)
        return 0

    def _holds(self, key: str, sha256: str, size: int) -> bool:
        path = self._path(key)
        return path.is_file() and path.stat().st_size == size and file_sha256(path) == sha256

    def _path(self, key: str) -> Path:
        """Return where a key lies; a link on the way could lead out of the store."""
        path = self.root.joinpath(*check_key(key).split("/"))
        if os.path.realpath(path) != str(path):
            raise StoreError(
                f"The way to {shown(key)} in the store {self.uri} leads through a symbolic link.",
                next_step="Replace the link by what it points at.",
            )
        return path

    def _is_there(self, target: Path) -> bool:
        if target.is_dir():
            raise self._conflict(target.relative_to(self.root).as_posix(), "as a folder")
        return target.exists()

    def _link(self, staged: Path, target: Path, key: str) -> bool:
        """Give the finished file its name; False where the name is taken."""
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError) as error:
            raise self._conflict(key, "or a part of it as an object, which cannot also be a folder") from error
        try:
            os.link(staged, target)
        except FileExistsError:
            return False
        self._sync_above(target)
        return True

    def _rename_in(self, target: Path, prefix: str, files: Mapping[str, Path]) -> bool:
        """Build the tree out of sight and give it its name at once; False where the name is taken."""
        with staging(self.root) as desk:
            tree = desk / "tree"
            for key, source in files.items():
                staged = tree.joinpath(*key.removeprefix(f"{prefix}/").split("/"))
                staged.parent.mkdir(parents=True, exist_ok=True)
                _write(staged, source)
            for folder, _, _ in os.walk(tree):
                _sync(Path(folder))
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                tree.rename(target)
            except (FileExistsError, NotADirectoryError) as error:
                raise self._conflict(prefix, "or a part of it as an object, which cannot also be a folder") from error
            except OSError as error:
                if error.errno in _TAKEN:
                    return False
                raise
        self._sync_above(target)
        return True

    def _sync_above(self, target: Path) -> None:
        """Make the names on the way to a new object durable."""
        for folder in target.parents:
            _sync(folder)
            if folder == self.root:
                _sync(folder.parent)
                return

    def _walk(self, folder: Path, prefix: str) -> Iterator[str]:
        with os.scandir(folder) as listing:
            # A folder sorts as its name and a slash, so that whole keys come out in order.
            entries = sorted((entry.name + "/" * entry.is_dir(follow_symlinks=False), entry) for entry in listing)
        for name, entry in entries:
            if not prefix and name == f"{STAGING}/":
                continue
            key = self._listed(f"{prefix}/{entry.name}" if prefix else entry.name)
            if entry.is_dir(follow_symlinks=False):
                yield from self._walk(folder / entry.name, key)
            elif entry.is_file(follow_symlinks=False):
                yield key
            else:
                raise StoreError(f"The store {self.uri} holds {shown(key)}, which is neither a file nor a folder.")

    @contextmanager
    def _reading(self, key: str) -> Iterator[Path]:
        path = self._path(key)
        with self._told(f"{shown(key)} cannot be read"):
            try:
                yield path
            except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
                raise self._missing(key) from error

    @contextmanager
    def _told(self, deed: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_fault(error, f"The store {self.uri}", deed) from error


def _write(target: Path, source: bytes | Path) -> str:
    """Write a new read-only file through to the disk; return the hex SHA-256 of what was written."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _READ_ONLY)
    with os.fdopen(handle, "wb") as file, opened(source) as data:
        digest = copy(data, file)
        file.flush()
        os.fsync(handle)
    return digest


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
