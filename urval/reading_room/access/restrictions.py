"""Which items of an account may not be shown to everybody, as the store says now."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.restricted import in_force

if TYPE_CHECKING:
    from urval.store import Store

FRESH = 10.0  # seconds for which what the store said is believed
MOST = 2000  # accounts that are remembered: names come from addresses, and may be made up


@dataclass(frozen=True, slots=True)
class Restricted:
    """What is restricted of an account. Where nobody can say (``problem``), everything counts as restricted."""

    items: frozenset[str] = field(default=frozenset())  # ids of threads and comments
    problem: str = ""

    def covers(self, item: str, thread: str | None = None) -> bool:
        """Tell whether an item is restricted, by itself or by its thread."""
        return bool(self.problem) or item in self.items or (thread is not None and thread in self.items)


class Restrictions:
    """Reads restrictions from a store, each account's at most every ten seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[tuple[str, str], tuple[float, Restricted]] = {}
        self._lock = threading.Lock()

    def of(self, archive: str, account: str) -> Restricted:
        """Return what is restricted of an account."""
        now = time.monotonic()
        with self._lock:
            at, known = self._known.get((archive, account), (-FRESH, Restricted()))
        if now - at < FRESH:
            return known
        try:
            found = Restricted(frozenset(one.item for one in in_force(self._store, archive, account)))
        except UrvalError as error:
            found = Restricted(problem=error.message)
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[archive, account] = (now, found)
        return found
