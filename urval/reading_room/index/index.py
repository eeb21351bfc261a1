"""One SQLite file beside the cache: packages, threads, and the words of every post and comment."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from urval.manifest import parse_manifest
from urval.reading_room.faults import UnavailableError
from urval.reading_room.index._building import Comparison
from urval.reading_room.index._file import IndexFile, broken, log
from urval.reading_room.index.searching import Query, search

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import TypeAlias

    from urval.manifest import Manifest
    from urval.reading_room.index.searching import Hits
    from urval.store import Store

    Progress: TypeAlias = Callable[[int, int], None]  # packages done, of how many

_MANIFESTS = 1_000  # that are kept parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedPackage:
    """A package as the index knows it; ``manifest`` is None where it cannot be read, and ``problem`` says why."""

    no: int
    prefix: str
    archive: str
    account: str
    period: str
    package_id: str
    manifest_sha256: str
    manifest: Manifest | None
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedThread:
    """A kept thread; ``number`` is its row in the package's posts, from 1, and part of its address."""

    package: int
    number: int
    thread_id: str
    created_at: datetime
    kind: str
    visibility: str
    words: str
    comments: int
    first_comment: int
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How far the index follows the store: when it was last compared (aware, UTC), and what is not in it."""

    at: datetime | None
    indexed: int
    problems: int
    running: tuple[int, int] | None  # packages done, of how many, while it is being brought up to date


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedAccount:
    """An account with packages; ``name`` and ``platform`` as the last manifest read said, empty where none could be."""

    archive: str
    account: str
    platform: str
    name: str


class Index:
    """The index of one store. Reading is safe from any thread; one thread at a time writes."""

    def __init__(self, file: Path) -> None:
        self._file = IndexFile(file)
        self._writing = threading.Lock()
        self._running: tuple[int, int] | None = None
        self._manifests = _Manifests()

    def packages(self, *, archive: str | None = None, account: str | None = None) -> list[IndexedPackage]:
        """Return the packages, by archive, account and period."""
        rows = self._file.rows(
            f"{_PACKAGE} WHERE (?1 IS NULL OR archive = ?1) AND (?2 IS NULL OR account = ?2)"
            " ORDER BY archive, account, period, package_id", (archive, account),
        )  # fmt: skip
        return [self._package(row) for row in rows]

    def package(self, archive: str, package_id: str) -> IndexedPackage | None:
        """Return one package; None where the index has none of this id."""
        rows = self._file.rows(
            f"{_PACKAGE} WHERE archive = ? AND package_id = ? ORDER BY prefix LIMIT 1",
            (archive, package_id),
        )
        return self._package(rows[0]) if rows else None

    def accounts(self) -> list[IndexedAccount]:
        """Return the accounts that have packages, by archive and account."""
        rows = self._file.rows("SELECT archive, account, platform, name FROM account ORDER BY archive, account")
        return [IndexedAccount(**dict(row)) for row in rows]

    def rules(self) -> list[str]:
        """Return the ids of all rules that kept anything, sorted."""
        return [row[0] for row in self._file.rows("SELECT DISTINCT rule FROM rule ORDER BY rule")]

    def threads(self, package: int, *, first: int = 1, most: int = 50) -> list[IndexedThread]:
        """Return threads of a package from a number on, by number."""
        rows = self._file.rows(
            "SELECT * FROM thread WHERE package = ? AND number >= ? ORDER BY number LIMIT ?", (package, first, most)
        )
        return [_thread(row) for row in rows]

    def thread(self, package: int, number: int) -> IndexedThread | None:
        """Return one thread by its number, from 1; None where there is none."""
        rows = self._file.rows("SELECT * FROM thread WHERE package = ? AND number = ?", (package, number))
        return _thread(rows[0]) if rows else None

    def thread_of(self, package: int, thread_id: str) -> IndexedThread | None:
        """Return one thread by its id; None where there is none."""
        rows = self._file.rows("SELECT * FROM thread WHERE package = ? AND thread_id = ?", (package, thread_id))
        return _thread(rows[0]) if rows else None

    def weekly(self, archive: str, account: str) -> list[tuple[date, int, int]]:
        """Return (Monday of the ISO week, posts, comments) of an account, by local time; weeks without are absent.

        A thread that several packages hold (supplements, corrections) counts in each.
        """
        rows = self._file.rows(
            "SELECT monday, sum(posts), sum(comments) FROM week JOIN package ON package.no = week.package"
            " WHERE archive = ? AND account = ? GROUP BY monday ORDER BY monday", (archive, account),
        )  # fmt: skip
        return [(date.fromisoformat(monday), posts, comments) for monday, posts, comments in rows]

    def search(self, query: Query) -> Hits:
        """Return what a query finds; see :class:`Query`.

        Whoever shows hits asks ``room.restrictions`` once more for each: the index may be half a minute old.

        Raises:
            UnavailableError: The index cannot be read.
        """
        return search(self._file, query)

    def removed(
        self, *, archive: str = "", account: str = "", since: datetime | None = None, before: datetime | None = None,
        after: int | None = None, most: int = 50, restricted: bool = False,
    ) -> Hits:  # fmt: skip
        """Return what was hidden or removed, by whoever, and entries of the register of removed items; newest first."""
        return self.search(Query(
            archive=archive, account=account, since=since, before=before, after=after, most=most, removed=True,
            restricted=restricted,
        ))  # fmt: skip

    def freshness(self) -> Freshness:
        """Return how far the index follows the store."""
        (row,) = self._file.rows(
            "SELECT (SELECT value FROM about WHERE name = 'compared_at') AS at, count(*) AS indexed,"
            " count(nullif(problem, '')) AS problems FROM package"
        )
        at = datetime.fromisoformat(row["at"]) if row["at"] else None
        return Freshness(at=at, indexed=row["indexed"], problems=row["problems"], running=self._running)

    def throw_away(self) -> None:
        """Forget everything: it is made anew when the index is next brought up to date."""
        with self._writing, self._file.lock():
            self._file.throw_away()

    def bring_up_to_date(self, store: Store, progress: Progress = lambda _done, _of: None) -> None:
        """Index what is new or changed in the store, and forget what is gone.

        Raises:
            StoreError: The store cannot be reached; the index stays as it was.
            UnavailableError: The index cannot be written.
        """

        def running(done: int, of: int) -> None:
            self._running = (done, of)
            progress(done, of)

        with self._writing, self._file.lock():
            try:
                self._compare(store, running)
            finally:
                self._running = None

    def _compare(self, store: Store, running: Progress) -> None:
        """Compare; where the file turns out to be broken, make it anew and compare again."""
        try:
            try:
                Comparison(self._file, store, running).run()
            except (sqlite3.DatabaseError, UnavailableError) as error:
                if not broken(error.__cause__ or error):
                    raise
                log.warning("the index is broken and is made anew: %s", error)
                self._file.throw_away()
                Comparison(self._file, store, running).run()
        except (sqlite3.OperationalError, OSError) as error:
            raise UnavailableError(
                "the index cannot be written", next_step="See that the disk is not full, and may be written to."
            ) from error

    def _package(self, row: sqlite3.Row) -> IndexedPackage:
        manifest = None
        if row["readable"]:
            manifest = self._manifests.known(row["manifest_sha256"])
            if manifest is None:
                (found,) = self._file.rows("SELECT manifest FROM package WHERE no = ?", (row["no"],))
                manifest = self._manifests.parsed(row["manifest_sha256"], found["manifest"])
        return IndexedPackage(
            no=row["no"], prefix=row["prefix"], archive=row["archive"], account=row["account"], period=row["period"],
            package_id=row["package_id"], manifest_sha256=row["manifest_sha256"], manifest=manifest,
            problem=row["problem"],
        )  # fmt: skip


_PACKAGE = (
    "SELECT no, prefix, archive, account, period, package_id, manifest_sha256, problem, manifest <> '' AS readable"
    " FROM package"
)


class _Manifests:
    """Manifests that were read lately, by their digests: a page need not read a hundred of them again."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Manifest] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, sha256: str) -> Manifest | None:
        """Return a manifest that was read before."""
        with self._lock:
            found = self._known.get(sha256)
            if found is not None:
                self._known.move_to_end(sha256)
        return found

    def parsed(self, sha256: str, text: str) -> Manifest:
        """Read a manifest and keep it."""
        manifest = parse_manifest(text.encode())
        with self._lock:
            self._known[sha256] = manifest
            while len(self._known) > _MANIFESTS:
                self._known.popitem(last=False)
        return manifest


def _thread(row: sqlite3.Row) -> IndexedThread:
    return IndexedThread(
        package=row["package"], number=row["number"], thread_id=row["thread_id"],
        created_at=datetime.fromisoformat(row["created_at"]), kind=row["kind"], visibility=row["visibility"],
        words=row["words"], comments=row["comments"], first_comment=row["first_comment"],
        rules=tuple(row["rules"].split("\n")) if row["rules"] else (),
    )  # fmt: skip
