"""The access log: who saw what is restricted, and who wrote what. One line an entry, each naming the one before.

The file is only ever added to. An entry is canonical JSON (RFC 8785) and holds the SHA-256 of the entry before it,
without its line's end. Where the program was stopped in the middle of a line, the next entry tells of the torn line by
its digest. What the chain cannot show is that lines are missing at its end: that takes the digest of a last line, noted
elsewhere (``head``).
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from urval.manifest import canonical, sha256_hex
from urval.reading_room.faults import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from urval.reading_room.access.roles import Visitor

FORMAT = "urval-access/1"
_LONGEST = 2000  # characters of what an entry tells of
_BLOCK = 65536
_TEXTS = ("at", "by", "role", "known_by", "act", "what")


class AccessLog:
    """A file of JSON lines, only ever added to, by any number of threads and processes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = threading.Lock()

    def append(self, visitor: Visitor, act: str, what: str) -> None:
        """Add an entry; durable when this returns.

        Raises:
            UnavailableError: The file cannot be written.
        """
        try:
            with self._lock, self._locked() as descriptor:
                end = _end(descriptor)
                entry = {
                    "format": FORMAT,
                    "seq": json.loads(end.last)["seq"] + 1 if end.last else 1,
                    "at": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
                    "by": visitor.name,
                    "role": str(visitor.role),
                    "known_by": visitor.known_by,
                    "act": act,
                    "what": what if len(what) <= _LONGEST else f"{what[:_LONGEST]}…",
                    "previous": sha256_hex(end.last) if end.last else None,
                }
                _write(descriptor, _line(end, entry))
        except (OSError, ValueError) as error:
            raise UnavailableError(
                "the access log cannot be written, so nothing that must be logged is shown or done",
                next_step="Tell whoever runs this reading room.",
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[int]:
        is_new = not self.file.exists()
        self.file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.file, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
            if is_new:
                _make_durable(self.file.parent)
        finally:
            os.close(descriptor)


def entry_of(line: bytes) -> dict[str, Any] | None:
    """Return an entry where a line is one; else None."""
    try:
        value = json.loads(line)
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            return None
    except (ValueError, RecursionError):
        return None
    texts = all(isinstance(value.get(key), str) for key in _TEXTS)
    return value if texts and isinstance(value.get("seq"), int) and "previous" in value else None


@dataclass(frozen=True, slots=True)
class _End:
    """The last entry's line, or nothing; what stands after it that is no entry, or None; whether a line is open."""

    last: bytes
    torn: bytes | None
    is_open: bool


def _end(descriptor: int) -> _End:
    place, tail = os.fstat(descriptor).st_size, b""
    while place:
        start = max(0, place - _BLOCK)
        tail, place = os.pread(descriptor, place - start, start) + tail, start
        lines = tail.split(b"\n")
        for number in range(len(lines) - 1, 0 if place else -1, -1):
            if entry_of(lines[number]) is not None:
                after = lines[number + 1 :]
                torn = b"\n".join(after) if any(after) or len(after) > 1 else None
                is_open = not after or bool(after[-1])
                return _End(lines[number], None if torn is None else torn.removesuffix(b"\n"), is_open)
    return _End(b"", tail.removesuffix(b"\n") if tail else None, bool(tail) and not tail.endswith(b"\n"))


def _line(end: _End, entry: dict[str, Any]) -> bytes:
    """Return an entry's line; where a torn line is before it, that is ended, and told of."""
    if end.torn is not None:
        entry = entry | {"torn": {"bytes": len(end.torn), "sha256": sha256_hex(end.torn)}}
    return (b"\n" if end.is_open else b"") + canonical(entry) + b"\n"


def _write(descriptor: int, line: bytes) -> None:
    if os.write(descriptor, line) != len(line):
        raise OSError("the disk took only a part of the line")
    os.fsync(descriptor)


def _make_durable(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
