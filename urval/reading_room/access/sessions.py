"""Sessions of those who signed in: kept in memory, known to the browser by a random id alone."""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.reading_room.access.roles import Visitor

IDLE = 30 * 60.0  # seconds without a request after which a session ends
LONGEST = 8 * 3600.0  # seconds after signing in
MOST = 2000


@dataclass(slots=True)
class Session:
    """One visit: who, since when (seconds of a monotonic clock), and the id token that signing out shows."""

    visitor: Visitor
    id_token: str = field(repr=False)
    since: float
    seen: float


class Sessions:
    """The sessions of a running room. They end with it, so that a restart signs everybody out."""

    def __init__(
        self, *, idle: float = IDLE, longest: float = LONGEST, most: int = MOST,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._idle, self._longest, self._most, self._clock = idle, longest, most, clock
        self._all: dict[str, Session] = {}  # the one used longest ago comes first
        self._lock = threading.Lock()

    def begin(self, visitor: Visitor, id_token: str, *, instead_of: str | None = None) -> str:
        """Begin a session under a new id, ending the one that the browser had; return the id.

        Where there are too many, the one that was used longest ago ends.
        """
        new, now = secrets.token_urlsafe(32), self._clock()
        with self._lock:
            if instead_of:
                self._all.pop(_key(instead_of), None)
            while len(self._all) >= self._most:
                del self._all[next(iter(self._all))]
            self._all[_key(new)] = Session(visitor, id_token, now, now)
        return new

    def get(self, given: str | None) -> Session | None:
        """Return the session of an id, which is thereby used; None where there is none or it has ended."""
        if not given:
            return None
        now, key = self._clock(), _key(given)
        with self._lock:
            found = self._all.pop(key, None)
            if found is None or now - found.seen > self._idle or now - found.since > self._longest:
                return None
            found.seen = now
            self._all[key] = found
            return found

    def end(self, given: str | None) -> None:
        """End a session."""
        with self._lock:
            self._all.pop(_key(given or ""), None)

    def __len__(self) -> int:
        """Return how many there are, ended ones that nobody asked for since included."""
        return len(self._all)


def _key(given: str) -> str:
    """Return the digest under which a session lies: a look into memory shows no usable id, and timing tells nothing."""
    return hashlib.sha256(given.encode()).hexdigest()
