"""What a delivery is made of: a sealed package as it was read, and files with their digests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.package.delivery.formats import format_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from urval.ledger import Event
    from urval.manifest import Manifest
    from urval.package.delivery.formats import FileFormat


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its path, its size in bytes, the hex SHA-256 of its bytes."""

    path: str
    size: int
    sha256: str

    @property
    def format(self) -> FileFormat:
        """Return the format of the file, by its name."""
        return format_of(self.path)

    @classmethod
    def of(cls, path: str, data: bytes) -> Entry:
        """Return the entry of bytes that will lie at a path."""
        return cls(path, len(data), sha256_hex(data))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed package as it was read and verified.

    Args:
        manifest: Its manifest.
        manifest_sha256: Hex SHA-256 of ``manifest.json``.
        language: The language of the package, ``sv`` or ``en``.
        files: Every file of it, paths relative to the package, sorted.
        pictured: Paths of the media that the pages of the snapshot show.
        verdict: What the verification before the delivery said, in words.
        events: The ledger of the account and period, where the package lies in a store.
        now: Aware time of the delivery.
        software: Name and version of the program that makes the delivery.
    """

    manifest: Manifest
    manifest_sha256: str
    language: str
    files: Sequence[Entry]
    pictured: frozenset[str]
    verdict: str
    now: datetime
    software: tuple[str, str]
    events: Sequence[Event] = field(default=())
