"""How the verifier sees a package: names and bytes. A folder on disk, or anything else that can give them."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, BinaryIO, Protocol

from urval.errors import VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_BLOCK = 1 << 20
_HANDFUL = 32  # files
_THREADS = 2  # hashlib lets go of the interpreter lock; more threads than that only wait for the disk


class PackageReader(Protocol):
    """Names and bytes of one package. Paths are relative, with forward slashes."""

    @property
    def name(self) -> str:
        """The name of the package's folder."""
        ...

    def names(self) -> list[str]:
        """Return the paths of all that is no folder."""
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file of :meth:`names` for reading.

        Raises:
            OSError: There is no such plain file, or it cannot be read.
        """
        ...

    def size(self, name: str) -> int:
        """Return a file's size in bytes.

        Raises:
            OSError: There is no such plain file.
        """
        ...

    def is_link(self, name: str) -> bool:
        """Tell whether the name is a symbolic link, or anything else that is no plain file."""
        ...


class FolderReader:
    """A package as a folder on disk. Links are named, never followed.

    Raises:
        VerificationError: On construction, when there is no such folder or it cannot be listed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        if not self._folder.is_dir():
            raise VerificationError(f"{folder} is no folder.", next_step="Give the folder of a package.")
        self._place = str(self._folder)
        self._sizes: dict[str, int | None] = {}  # in bytes, as listed; None for what is no plain file
        try:
            self._walk(self._folder, "")
        except OSError as error:
            raise VerificationError(
                f"{folder} cannot be listed: {error.strerror}.", next_step="Check the rights to the folder."
            ) from error

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self._folder.name

    @property
    def folder(self) -> Path:
        """Where the package lies, absolute."""
        return self._folder

    def names(self) -> list[str]:
        """Return the paths of all that is no folder, sorted."""
        return sorted(self._sizes)

    def open(self, name: str) -> BinaryIO:
        """Open a plain file of the package."""
        if self._sizes.get(name) is None:
            raise FileNotFoundError(2, "no plain file of the package", name)
        descriptor = os.open(f"{self._place}/{name}", os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        return os.fdopen(descriptor, "rb")

    def size(self, name: str) -> int:
        """Return the size of a plain file of the package, as it was when the folder was listed."""
        size = self._sizes.get(name)
        if size is None:
            raise FileNotFoundError(2, "no plain file of the package", name)
        return size

    def is_link(self, name: str) -> bool:
        """Tell whether the name is no plain file."""
        return self._sizes.get(name) is None

    def _walk(self, folder: Path, prefix: str) -> None:
        pending = [(folder, prefix)]
        while pending:
            folder, prefix = pending.pop()
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append((folder / entry.name, f"{prefix}{entry.name}/"))
                    else:
                        found = entry.stat(follow_symlinks=False)
                        self._sizes[prefix + entry.name] = found.st_size if stat.S_ISREG(found.st_mode) else None


class MemoryReader:
    """Small files in memory, as a package is seen: of a run manifest in a store, say."""

    def __init__(self, name: str, files: Mapping[str, bytes]) -> None:
        self._name = name
        self._files = dict(files)

    @property
    def name(self) -> str:
        """The name of the folder the files would lie in."""
        return self._name

    def names(self) -> list[str]:
        """Return the paths, sorted."""
        return sorted(self._files)

    def open(self, name: str) -> BinaryIO:
        """Open a file."""
        return io.BytesIO(self._bytes(name))

    def size(self, name: str) -> int:
        """Return a file's size."""
        return len(self._bytes(name))

    def is_link(self, name: str) -> bool:
        """Tell whether there is no such file."""
        return name not in self._files

    def _bytes(self, name: str) -> bytes:
        if name not in self._files:
            raise FileNotFoundError(2, "no such file", name)
        return self._files[name]


def read_whole(reader: PackageReader, name: str, limit: int) -> bytes:
    """Return a small file's bytes.

    Raises:
        OSError: It is not there or cannot be read.
        ValueError: It is larger than ``limit`` bytes.
    """
    if reader.size(name) > limit:
        raise ValueError(f"larger than {limit} bytes")
    with reader.open(name) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"larger than {limit} bytes")
    return data


def digests_of(reader: PackageReader, names: list[str], progress: Callable[[int], None]) -> dict[str, str | None]:
    """Return name -> hex SHA-256, or None for what cannot be read. ``progress`` is told the bytes of each file done.

    Names are best given large files first: the first ones are handed to the threads one by one, the many after them in
    handfuls, as handing over costs as much as a small file does.
    """
    single = [[name] for name in names[:_HANDFUL]]
    handfuls = [names[start : start + _HANDFUL] for start in range(_HANDFUL, len(names), _HANDFUL)]
    digests: dict[str, str | None] = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        for done in pool.map(lambda some: [(name, *_digest(reader, name)) for name in some], [*single, *handfuls]):
            for name, digest, size in done:
                digests[name] = digest
                progress(size)
    return digests


def _digest(reader: PackageReader, name: str) -> tuple[str | None, int]:
    try:
        with reader.open(name) as file:
            if hasattr(file, "readinto"):
                return hashlib.file_digest(file, "sha256").hexdigest(), file.tell()
            digest, size = hashlib.sha256(), 0
            while block := file.read(_BLOCK):
                digest.update(block)
                size += len(block)
            return digest.hexdigest(), size
    except OSError:
        return None, 0
