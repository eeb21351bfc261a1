"""The access log: who saw what is restricted, and who wrote what. One line an entry, each naming the one before."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from urval.manifest import canonical, sha256_hex
from urval.reading_room.faults import UnavailableError

if TYPE_CHECKING:
    from pathlib import Path

    from urval.reading_room.access.roles import Visitor


class AccessLog:
    """A file of JSON lines, only ever added to. Each entry holds the SHA-256 of the line before it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def append(self, visitor: Visitor, act: str, what: str) -> None:
        """Add an entry; durable when this returns.

        Raises:
            UnavailableError: The file cannot be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                last = _last_line(file.fileno())
                entry = {
                    "format": "urval-access/1",
                    "seq": json.loads(last)["seq"] + 1 if last else 1,
                    "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
                    "by": visitor.name,
                    "role": str(visitor.role),
                    "known_by": visitor.known_by,
                    "act": act,
                    "what": what,
                    "previous": sha256_hex(last) if last else None,
                }
                file.write(canonical(entry) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except (OSError, ValueError) as error:
            raise UnavailableError(
                "the access log cannot be written, so nothing that must be logged is shown or done",
                next_step="Tell whoever runs this reading room.",
            ) from error


def _last_line(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, 65536, max(0, size - 65536))
    lines = tail.rstrip(b"\n").rsplit(b"\n", 1)
    return lines[-1]
