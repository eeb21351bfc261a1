"""Writing the index in two threads: the database works while the next packages are read."""

from __future__ import annotations

from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from concurrent.futures import Future, ThreadPoolExecutor

    from urval.reading_room.index._rows import Batch

_AT_ONCE = 50_000  # items of small packages that become findable together,
_WAIT = 2.0  # or what was put in for so many seconds
_AHEAD = 4  # packages that are read before those before them are written


class Behind:
    """The database, and work on it that goes on in another thread, in order, while the next package is read.

    What goes on there holds no lock of Python's for long; nothing else touches the database until it has settled.
    Words are put in by as few statements as can be, because each makes a piece that every search looks into.
    """

    def __init__(self, writer: sqlite3.Connection, pool: ThreadPoolExecutor) -> None:
        self.writer = writer
        self._pool = pool
        self._going: list[Future[None]] = []
        self._staged, self._since = 0, monotonic()
        self._last: list[Callable[[], None]] = []  # to be done before what was put in is committed
        self._ready: deque[Callable[[], None]] = deque()  # what writes packages that are read already

    def write(self, package: Callable[[], None]) -> None:
        """Write a package that is read: now, or after a few others are read, while something goes on there."""
        self._ready.append(package)
        while self._ready and (len(self._ready) > _AHEAD or all(one.done() for one in self._going)):
            self._write_one()

    def catch_up(self) -> None:
        """Write all that is read."""
        while self._ready:
            self._write_one()
        self.settle()

    def _write_one(self) -> None:
        self.settle()
        self._ready.popleft()()

    def stage(self, batch: Batch) -> None:
        """Put items in, and their words where they wait for others."""
        self.settle()
        self.writer.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", batch.items)
        self.writer.executemany("INSERT INTO stage VALUES (?, ?, ?)", batch.words)
        self._staged += len(batch.items)
        if self._staged >= _AT_ONCE:
            self._put_words()

    def commit(self, last: Callable[[], None] | None = None, *, at_once: bool = False) -> None:
        """Commit a package that is whole, with those before it: at once, or when there is enough of them."""
        self._last += [last] if last else []
        if at_once or self._staged >= _AT_ONCE or monotonic() - self._since >= _WAIT:
            self._put_words()
            for work in (*self._last, self.writer.commit):
                self._do(work)
            self._last, self._since = [], monotonic()

    def settle(self) -> None:
        """Wait until nothing goes on; raise what went wrong."""
        going, self._going = self._going, []
        for one in going:
            one.result()

    def give_up(self) -> None:
        """Take back what was not committed."""
        self.settle()
        self.writer.rollback()
        self._staged, self._last = 0, []

    def _put_words(self) -> None:
        if self._staged:
            self._staged = 0
            self._do(lambda: _put_words(self.writer))

    def _do(self, work: Callable[[], None]) -> None:
        self._going.append(self._pool.submit(work))


def _put_words(writer: sqlite3.Connection) -> None:
    """Put what is staged into the words: one statement, in which another thread may go on."""
    writer.execute("INSERT INTO word (rowid, words, marks) SELECT id, words, marks FROM stage ORDER BY id")
    writer.execute("DELETE FROM stage")
