"""The files of a package as they may be shown: read from the store each time, and checked before anybody sees a byte.

``manifest.json`` names the digest of ``manifest-sha256.txt``, which names the digest of every file of the payload.
What is not as named is never shown; the page says what was expected and what was found.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from urval.manifest import parse_manifest, sha256_hex
from urval.reading_room.faults import DamagedError, NotHereError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.store import Store

LISTING = "manifest-sha256.txt"
_MOST = 256 << 20  # bytes of one file that a page reads whole


@dataclass(frozen=True, slots=True)
class PackageObjects:
    """One package in the store: its key prefix, its manifest as the store has it now, and what the listing names."""

    store: Store
    prefix: str
    manifest: Manifest
    manifest_sha256: str
    listed: Mapping[str, str]  # path -> hex SHA-256

    def read(self, path: str, *, most: int = _MOST) -> bytes:
        """Return a payload file's bytes, which are those the listing names.

        Raises:
            NotHereError: The package lists no such file.
            DamagedError: The store lacks the file, or holds other bytes, or more than ``most`` of them.
            StoreError: The store cannot be reached.
        """
        expected = self.listed.get(path)
        if expected is None:
            raise NotHereError(f"the package {self.prefix.rpartition('/')[2]} lists no file {path!r}")
        key = f"{self.prefix}/{path}"
        if not self.store.exists(key):
            raise DamagedError(
                f"{path} is missing from the package, though its manifest names it",
                next_step="Restore it from another copy of the store; urval verify says what else is missing.",
            )
        if self.store.size(key) > most:
            raise DamagedError(f"{path} is larger than {most} bytes, which this page does not read")
        data = self.store.get(key)
        found = sha256_hex(data)
        if found != expected:
            raise DamagedError(
                f"{path} is not the file that was sealed: its SHA-256 is {found}, the manifest names {expected}",
                next_step="Compare with another copy of the store; urval verify says what else has changed.",
            )
        return data

    def table(self, name: str, *, columns: Sequence[str] | None = None, filters: Any = None) -> pa.Table:
        """Return a table of the package, checked; see :meth:`read`."""
        data = self.read(f"data/tables/{name}.parquet")
        wanted = None if columns is None else list(columns)
        return pq.read_table(io.BytesIO(data), columns=wanted, filters=filters)


def open_package(store: Store, prefix: str) -> PackageObjects:
    """Open a package of the store for showing.

    Raises:
        NotHereError: There is none under the prefix: it was disposed of, or deleted.
        DamagedError: Its manifest cannot be read, or its listing is not the one the manifest names.
        StoreError: The store cannot be reached.
    """
    if not store.exists(f"{prefix}/manifest.json"):
        raise NotHereError(
            f"the package {prefix.rpartition('/')[2]} is not in the store",
            next_step="See the ledger of its account: it tells what happened to it.",
        )
    data = store.get(f"{prefix}/manifest.json")
    try:
        manifest = parse_manifest(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError(
            "the package's manifest.json cannot be read", next_step="urval verify says what is wrong with it."
        ) from error
    return PackageObjects(store, prefix, manifest, sha256_hex(data), _listing(store, prefix, manifest))


def _listing(store: Store, prefix: str, manifest: Manifest) -> dict[str, str]:
    key = f"{prefix}/{LISTING}"
    data = store.get(key) if store.exists(key) else b""
    if sha256_hex(data) != manifest.payload.manifest_sha256:
        raise DamagedError(
            f"{LISTING} is not the one that the manifest names",
            next_step="Compare with another copy of the store; urval verify says what else has changed.",
        )
    lines = (line.split("  ", 1) for line in data.decode().splitlines() if line)
    return {path: digest for digest, path in lines}
