"""The files of a package as they may be shown: read from the store each time, and checked before anybody sees a byte.

``manifest.json`` names the digest of ``manifest-sha256.txt``, which names the digest of every file of the payload.
What is not as named is never shown; the page says what was expected and what was found.
"""

from __future__ import annotations

import io
import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from urval.manifest import parse_manifest, sha256_hex
from urval.reading_room.faults import DamagedError, NotHereError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any, BinaryIO

    from urval.manifest import Manifest
    from urval.store import Store

LISTING = "manifest-sha256.txt"
MANIFEST = "manifest.json"
_BESIDE = re.compile(r"^(seal/)?[A-Za-z0-9][A-Za-z0-9._-]*$")  # beside the payload lie no other folders
_MOST = 256 << 20  # bytes of one file that a page reads whole
_IN_MEMORY = 16 << 20  # bytes; a larger file is copied beside, and checked there
_LARGEST_LISTING = 256 << 20  # bytes


class ChangedFileError(DamagedError):
    """A file is not the one that was sealed; ``expected`` and ``found`` are hex SHA-256."""

    def __init__(self, path: str, *, expected: str, found: str) -> None:
        """Take the file's path in the package, and both digests."""
        super().__init__(
            f"{path} is not the file that was sealed: its SHA-256 is {found}, the manifest names {expected}",
            next_step="Compare with another copy of the store; urval verify says what else has changed.",
        )
        self.path, self.expected, self.found = path, expected, found


class MissingFileError(DamagedError):
    """A file is not there, though the manifest names it."""

    def __init__(self, path: str) -> None:
        """Take the file's path in the package."""
        super().__init__(
            f"{path} is missing from the package, though its manifest names it",
            next_step="Restore it from another copy of the store; urval verify says what else is missing.",
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class PackageObjects:
    """One package in the store: its key prefix, its manifest as the store has it now, and what the listing names."""

    store: Store
    prefix: str
    manifest: Manifest
    manifest_sha256: str
    listed: Mapping[str, str]  # path -> hex SHA-256

    @property
    def place(self) -> tuple[str, str, str, str]:
        """Return archive, account, period and package id, as the key has them."""
        _, archive, account, period, package_id = self.prefix.split("/")
        return archive, account, period, package_id

    def read(self, path: str, *, most: int = _MOST) -> bytes:
        """Return a payload file's bytes, which are those the listing names.

        Raises:
            NotHereError: The package lists no such file.
            DamagedError: The store lacks the file, or holds other bytes, or more than ``most`` of them.
            StoreError: The store cannot be reached.
        """
        expected, key = self._listed(path)
        if self.size(path) > most:
            raise DamagedError(f"{path} is larger than {most} bytes, which this page does not read")
        data = self.store.get(key)
        _require(path, sha256_hex(data), expected)
        return data

    def open(self, path: str) -> BinaryIO:
        """Open a payload file of any size: a copy of it whose every byte was checked before this returns.

        Raises:
            NotHereError: The package lists no such file.
            DamagedError: The store lacks the file, or holds other bytes.
            StoreError: The store cannot be reached.
        """
        expected, key = self._listed(path)
        if self.size(path) <= _IN_MEMORY:
            return io.BytesIO(self.read(path))
        with tempfile.TemporaryDirectory(prefix="urval-room-") as name:
            copy = Path(name) / "file"
            self.store.fetch(key, copy)
            file = copy.open("rb")  # stays readable when the folder is gone
        try:
            _require(path, file_digest(file, "sha256").hexdigest(), expected)
        except DamagedError:
            file.close()
            raise
        file.seek(0)
        return file

    def size(self, path: str) -> int:
        """Return a payload file's size in bytes.

        Raises:
            NotHereError: The package lists no such file.
            DamagedError: The store lacks it.
            StoreError: The store cannot be reached.
        """
        _, key = self._listed(path)
        if not self.store.exists(key):
            raise MissingFileError(path)
        return self.store.size(key)

    def check(self, path: str) -> None:
        """Look at a payload file without reading it into memory.

        In a bucket the digest that the server checked when the file was put is believed here, since the bytes
        themselves are looked at when they are sent; in a directory every byte is read.

        Raises:
            NotHereError: The package lists no such file.
            DamagedError: The store lacks the file, or holds other bytes.
        """
        expected, key = self._listed(path)
        self.size(path)
        _require(path, self.store.recorded(key) or self.store.digest(key) or "", expected)

    def table(self, name: str, *, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:
        """Return a table of the package, checked; see :meth:`open`. Only the named columns are decoded."""
        wanted = None if columns is None else list(columns)
        with self.open(f"data/tables/{name}.parquet") as file:
            try:
                return pq.read_table(file, columns=wanted, filters=filters)
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(name) from error

    @contextmanager
    def rows(self, name: str) -> Iterator[Rows]:
        """Open a table, checked once, to read some of its rows; see :meth:`open`."""
        with self.open(f"data/tables/{name}.parquet") as file:
            try:
                yield Rows(pq.ParquetFile(file))
            except (pa.ArrowException, OSError) as error:
                raise _unreadable(name) from error

    def beside(self, path: str) -> BinaryIO:
        """Open a file that lies beside the payload: manifest, listings, seal. Only a verification judges the seal's.

        Raises:
            NotHereError: There is no such file.
            DamagedError: It is the manifest or its listing, and was changed since the package was opened.
        """
        key = f"{self.prefix}/{path}"
        if not _BESIDE.match(path) or not self.store.exists(key) or self.store.size(key) > _LARGEST_LISTING:
            raise NotHereError(f"the package {self.prefix.rpartition('/')[2]} holds no file {path!r}")
        data = self.store.get(key)
        named = {MANIFEST: self.manifest_sha256, LISTING: self.manifest.payload.manifest_sha256}
        _require(path, sha256_hex(data), named.get(path, sha256_hex(data)))
        return io.BytesIO(data)

    def missing(self) -> list[str]:
        """Return the payload files that the store lacks, by one look at its keys."""
        there = {key.removeprefix(f"{self.prefix}/") for key in self.store.keys(self.prefix)}
        return sorted(self.listed.keys() - there)

    def _listed(self, path: str) -> tuple[str, str]:
        """Return a payload file's digest and its key."""
        expected = self.listed.get(path)
        if expected is None:
            raise NotHereError(f"the package {self.prefix.rpartition('/')[2]} lists no file {path!r}")
        return expected, f"{self.prefix}/{path}"


class Rows:
    """An open table, of which only the row groups and columns that are asked for are decoded."""

    def __init__(self, parquet: pq.ParquetFile) -> None:
        self._parquet = parquet
        self.count: int = parquet.metadata.num_rows

    def read(self, first: int, count: int, *, columns: Sequence[str] | None = None) -> pa.Table:
        """Return ``count`` rows from a row on (from 0); fewer where the table ends."""
        found: list[int] = []
        at, start = 0, 0
        for group in range(self._parquet.metadata.num_row_groups):
            rows = self._parquet.metadata.row_group(group).num_rows
            if at < first + count and at + rows > first:
                start = start if found else at
                found.append(group)
            at += rows
        wanted = None if columns is None else list(columns)
        return self._parquet.read_row_groups(found, columns=wanted).slice(max(0, first - start), count)


def _require(path: str, found: str, expected: str) -> None:
    if found != expected:
        raise ChangedFileError(path, expected=expected, found=found)


def _unreadable(name: str) -> DamagedError:
    return DamagedError(
        f"data/tables/{name}.parquet is as it was sealed, and no table", next_step="urval verify says what is wrong."
    )


def open_package(store: Store, prefix: str) -> PackageObjects:
    """Open a package of the store for showing.

    Raises:
        NotHereError: There is none under the prefix: it was disposed of, or deleted.
        DamagedError: Its manifest cannot be read, or its listing is not the one the manifest names.
        StoreError: The store cannot be reached.
    """
    if not store.exists(f"{prefix}/{MANIFEST}"):
        raise NotHereError(
            f"the package {prefix.rpartition('/')[2]} is not in the store",
            next_step="See the ledger of its account: it tells what happened to it.",
        )
    data = store.get(f"{prefix}/{MANIFEST}")
    try:
        manifest = parse_manifest(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError(
            "the package's manifest.json cannot be read", next_step="urval verify says what is wrong with it."
        ) from error
    return PackageObjects(store, prefix, manifest, sha256_hex(data), _listing(store, prefix, manifest))


def _listing(store: Store, prefix: str, manifest: Manifest) -> dict[str, str]:
    key = f"{prefix}/{LISTING}"
    there = store.exists(key) and store.size(key) <= _LARGEST_LISTING
    data = store.get(key) if there else b""
    if sha256_hex(data) != manifest.payload.manifest_sha256:
        raise DamagedError(
            f"{LISTING} is {'not the one' if there else 'missing, though it is what'} that the manifest names",
            next_step="Compare with another copy of the store; urval verify says what else has changed.",
        )
    lines = (line.split("  ", 1) for line in data.decode().splitlines() if line)
    return {path: digest for digest, path in lines}
