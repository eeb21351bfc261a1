"""What an export file may be at most, and which member names are safe. An export is hostile until it is read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from urval.errors import MalformedError

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_UNFIT: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters, bytes that are no UTF-8
_LONGEST_NAME = 4_096  # characters; what Linux takes as a path
_MIB = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """Bounds of an export file. Sizes are in bytes and of unpacked data.

    ``max_ratio`` (unpacked to packed) holds above ``free_bytes``: small text packs better than any honest archive as a
    whole. ``max_directory_bytes`` bounds what is read into memory to list the members.
    """

    max_members: int = 1_000_000
    max_member_bytes: int = 64 * 1024 * _MIB
    max_total_bytes: int = 1024 * 1024 * _MIB
    max_ratio: int = 200
    free_bytes: int = 16 * _MIB
    max_read_bytes: int = 64 * _MIB  # of a member that is read whole
    max_element_bytes: int = 64 * _MIB  # of one element of a streamed array
    max_medium_bytes: int = 2 * 1024 * _MIB
    max_directory_bytes: int = 512 * _MIB


def refusal(archive: str, why: str) -> MalformedError:
    """Return the error for an export file that is refused as a whole."""
    return MalformedError(
        f"The export file {archive} is refused: {why}.",
        next_step="Order the export again from the platform and import the file as it was downloaded.",
    )


def safe_name(archive: str, name: str) -> str:
    """Return a member's name with forward slashes.

    Raises:
        MalformedError: The name would lead out of the archive, or is none.
    """
    told = name.replace("\\", "/")
    while told.startswith("./"):
        told = told[2:]
    parts = told.split("/")
    if told.startswith("/") or _DRIVE.match(told):
        raise refusal(archive, f"member {shown(name)} has an absolute name")
    if ".." in parts:
        raise refusal(archive, f"member {shown(name)} leads out of the archive")
    if not told or "" in parts or "." in parts or _UNFIT.search(told) or len(told) > _LONGEST_NAME:
        raise refusal(archive, f"member {shown(name)} has an impossible name")
    return told


def shown(name: str) -> str:
    """Return a name as it may stand in a sentence: quoted, control characters escaped, not endless."""
    return ascii(name[:117] + "…" if len(name) > 120 else name) if not name.isprintable() else repr(name[:120])  # noqa: PLR2004 - a line's length


class Tally:
    """Counts members and their unpacked bytes as they are listed."""

    def __init__(self, archive: str, limits: ArchiveLimits) -> None:
        self._archive, self._limits = archive, limits
        self.members: dict[str, int] = {}
        self.total = 0
        self._seen = 0

    def entry(self) -> None:
        """Count an entry of any kind, so that no list is endless.

        Raises:
            MalformedError: There are too many.
        """
        self._seen += 1
        if self._seen > self._limits.max_members:
            raise refusal(self._archive, f"it has more than {self._limits.max_members} members")

    def add(self, name: str, size: int) -> str:
        """Take a regular file and return its safe name.

        Raises:
            MalformedError: Its name is not safe or not new, or there is too much of it.
        """
        safe = safe_name(self._archive, name)
        if safe in self.members:
            raise refusal(self._archive, f"member {shown(safe)} is in it twice")
        if not 0 <= size <= self._limits.max_member_bytes:
            raise refusal(self._archive, f"member {shown(safe)} claims {size} bytes")
        self.total += size
        if self.total > self._limits.max_total_bytes:
            raise refusal(self._archive, f"it unpacks to more than {self._limits.max_total_bytes} bytes")
        self.members[safe] = size
        return safe

    def check_ratio(self, packed: int, unpacked: int, what: str) -> None:
        """Check how much comes out of how little.

        Raises:
            MalformedError: It is a bomb.
        """
        if unpacked > self._limits.free_bytes and unpacked > self._limits.max_ratio * max(packed, 1):
            raise refusal(self._archive, f"{what} unpacks to {unpacked} bytes from {packed}")
