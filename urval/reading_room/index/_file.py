"""The file of an index: made, opened by many readers and one writer, thrown away where it is no index.

Readers never wait for the writer (SQLite's write-ahead log). Two processes may use one file: a lock beside it lets one
of them write at a time, and a reader opens the file anew where another has replaced it.
"""

from __future__ import annotations

import fcntl
import logging
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from urval.reading_room.faults import UnavailableError
from urval.reading_room.index._schema import APPLICATION, TABLES, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

log = logging.getLogger("urval.reading_room")
_BUSY = 60  # seconds to wait for another writer
_SETTINGS = (
    "cache_size = -16384",  # kB of pages
    "synchronous = NORMAL", "foreign_keys = ON",
    "temp_store = MEMORY",
    "wal_autocheckpoint = 4096",  # pages; a larger log is written back less often
    "secure_delete = OFF",  # but for what is forgotten, see _building.py
)  # fmt: skip


def broken(error: BaseException) -> bool:
    """Tell whether an error says that the file is no whole database; not that it is locked, or the disk full."""
    code = getattr(error, "sqlite_errorcode", None) or 0
    return code & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or code == sqlite3.SQLITE_IOERR_SHORT_READ


class IndexFile:
    """One SQLite file. Opening it makes it where it is not there, is another's, or is broken."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.lock():
            if not self._usable():
                self.throw_away()

    def rows(self, statement: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> list[sqlite3.Row]:
        """Return all rows of a statement, from any thread.

        Raises:
            UnavailableError: The file is broken; it is made anew when the index is next brought up to date.
        """
        try:
            return self._reader().execute(statement, parameters).fetchall()
        except sqlite3.DatabaseError as error:
            self._local.found = None
            raise UnavailableError(
                "the index cannot be read",
                next_step="It is made anew within a minute; if not, start the reading room with --rebuild-index.",
            ) from error

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes and threads from writing or replacing the file."""
        with self._file.with_suffix(".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def writer(self) -> Iterator[sqlite3.Connection]:
        """Give a connection; what is written is there for readers, whole, at the end of each ``with connection``."""
        connection = sqlite3.connect(self._file, timeout=_BUSY, check_same_thread=False)
        try:
            for setting in _SETTINGS:
                connection.execute(f"PRAGMA {setting}")
            yield connection
        finally:
            connection.close()

    def throw_away(self) -> None:
        """Make the file anew, empty; call under the lock."""
        for ending in ("", "-wal", "-shm"):
            self._file.with_name(self._file.name + ending).unlink(missing_ok=True)
        connection = sqlite3.connect(self._file, isolation_level=None)
        try:
            connection.executescript(
                f"PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; BEGIN; PRAGMA application_id = {APPLICATION};"
                f" PRAGMA user_version = {VERSION}; {TABLES} COMMIT;"
            )
        finally:
            connection.close()

    def _usable(self) -> bool:
        if not self._file.exists():
            return False
        try:
            with self.writer() as asking:
                marks = [asking.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
                asking.execute("SELECT (SELECT count(*) FROM package), (SELECT id FROM item LIMIT 1)").fetchone()
                asking.execute("SELECT rowid FROM word WHERE word MATCH 'kpost' LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            log.warning("the index %s is broken and is made anew: %s", self._file, error)
            return False
        return marks == [APPLICATION, VERSION]

    def _reader(self) -> sqlite3.Connection:
        """Return this thread's connection, to the file that is there now."""
        state = self._file.stat()
        which = (state.st_dev, state.st_ino)
        found: tuple[tuple[int, int], sqlite3.Connection] | None = getattr(self._local, "found", None)
        if found is None or found[0] != which:
            if found is not None:
                found[1].close()
            made = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, check_same_thread=False)
            made.row_factory = sqlite3.Row
            found = self._local.found = (which, made)
        return found[1]
