"""Places to work at: so many accounts at a time, and one that waits for its platform gives its place away."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

log = logging.getLogger("flows.waiting")
_LONG = 60.0  # seconds: from here on a place is given away, and the wait is told


class Places:
    """The places of one run; each account's thread takes one.

    Who comes back from waiting goes before who has not begun. Short pauses keep the place: an account in the middle of
    a listing shall not be held up by one that begins.
    """

    def __init__(self, number: int) -> None:
        self._changed = threading.Condition()
        self._free = number
        self._returning = 0
        self._stopped = False

    @contextmanager
    def place(self, account_id: str) -> Iterator[Place]:
        """Wait for a place, and hold it.

        Raises:
            KeyboardInterrupt: The run was stopped.
        """
        self.take(returning=False)
        place = Place(self, account_id)
        try:
            yield place
        finally:
            if place.held:
                self.give()

    def take(self, *, returning: bool) -> None:
        """Take a place, if need be after a wait.

        Raises:
            KeyboardInterrupt: The run was stopped.
        """
        with self._changed:
            self._returning += returning
            self._changed.wait_for(lambda: self._stopped or (self._free > 0 and (returning or not self._returning)))
            self._returning -= returning
            self._changed.notify_all()  # who has not begun may have waited for this one
            self._refuse_when_stopped()
            self._free -= 1

    @property
    def returning(self) -> int:
        """How many have waited for their platform, and wait for a place now."""
        with self._changed:
            return self._returning

    def give(self) -> None:
        """Give a place back."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Wait.

        Raises:
            KeyboardInterrupt: The run was stopped.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._stopped, timeout=seconds)
            self._refuse_when_stopped()

    def stop(self) -> None:
        """End all waiting, and each account at its next exchange: it is as if the process had been killed there."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def check(self) -> None:
        """Raise KeyboardInterrupt if the run was stopped."""
        with self._changed:
            self._refuse_when_stopped()

    def _refuse_when_stopped(self) -> None:
        if self._stopped:
            raise KeyboardInterrupt


class Place:
    """One account's place."""

    def __init__(self, places: Places, account_id: str) -> None:
        self.held = True
        self._places, self._account_id = places, account_id

    def sleep(self, seconds: float) -> None:
        """Wait for the platform; a long wait is told, and gives the place to another account meanwhile.

        Raises:
            KeyboardInterrupt: The run was stopped.
        """
        if seconds < _LONG:
            self._places.wait(seconds)
            return
        log.info("%s: throttled by the platform, waits %d min", self._account_id, round(seconds / 60))
        self.held = False
        self._places.give()
        self._places.wait(seconds)
        self._places.take(returning=True)
        self.held = True

    def watched(self, clock: Callable[[], datetime]) -> Callable[[], datetime]:
        """Return a clock that raises KeyboardInterrupt when the run was stopped: every exchange asks for the time."""

        def watched() -> datetime:
            self._places.check()
            return clock()

        return watched
