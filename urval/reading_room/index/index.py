"""One SQLite file beside the cache: packages, threads, and the words of every post and comment."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.holdings import packages
from urval.manifest import parse_manifest
from urval.reading_room.index._schema import TABLES, VERSION
from urval.reading_room.objects import open_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import TypeAlias

    from urval.holdings import Held
    from urval.manifest import Manifest
    from urval.store import Store

    Progress: TypeAlias = Callable[[int, int], None]  # packages done, of how many


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


class Index:
    """The index of one store. Reading is safe from any thread; one thread at a time writes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        self._writing = threading.Lock()
        self._running: tuple[int, int] | None = None
        file.parent.mkdir(parents=True, exist_ok=True)
        self._prepare()

    def packages(self, *, archive: str | None = None, account: str | None = None) -> list[IndexedPackage]:
        """Return the packages, by archive, account and period."""
        rows = self._reader().execute(
            "SELECT * FROM package WHERE (?1 IS NULL OR archive = ?1) AND (?2 IS NULL OR account = ?2)"
            " ORDER BY archive, account, period, package_id", (archive, account),
        )  # fmt: skip
        return [_package(row) for row in rows]

    def package(self, archive: str, package_id: str) -> IndexedPackage | None:
        """Return one package; None where the index has none of this id."""
        row = self._reader().execute(
            "SELECT * FROM package WHERE archive = ? AND package_id = ? ORDER BY prefix", (archive, package_id)
        ).fetchone()  # fmt: skip
        return None if row is None else _package(row)

    def threads(self, package: int, *, first: int = 1, most: int = 50) -> list[IndexedThread]:
        """Return threads of a package from a number on, by number."""
        rows = self._reader().execute(
            "SELECT * FROM thread WHERE package = ? AND number >= ? ORDER BY number LIMIT ?", (package, first, most)
        )
        return [_thread(row) for row in rows]

    def freshness(self) -> Freshness:
        """Return how far the index follows the store."""
        about = dict(self._reader().execute("SELECT name, value FROM about").fetchall())
        indexed, problems = (
            self._reader().execute("SELECT count(*), count(nullif(problem, '')) FROM package").fetchone()
        )
        at = datetime.fromisoformat(about["compared_at"]) if "compared_at" in about else None
        return Freshness(at=at, indexed=indexed, problems=problems, running=self._running)

    def bring_up_to_date(self, store: Store, progress: Progress = lambda _done, _of: None) -> None:
        """Index what is new or changed in the store, and forget what is gone.

        Raises:
            StoreError: The store cannot be reached; the index stays as it was.
        """
        with self._writing:
            try:
                self._compare(store, progress)
            finally:
                self._running = None

    def _compare(self, store: Store, progress: Progress) -> None:
        held = {one.prefix: one for one in packages(store)}
        known = {one.prefix: one for one in self.packages()}
        same = {
            prefix for prefix, one in known.items()
            if prefix in held and one.manifest_sha256 == held[prefix].manifest_sha256 and not one.problem
        }  # fmt: skip
        work = sorted(held.keys() - same)
        for prefix in sorted(known.keys() - same):
            with self._writer() as write:
                write.execute("DELETE FROM package WHERE prefix = ?", (prefix,))
        for done, prefix in enumerate(work):
            self._running = (done, len(work))
            progress(done, len(work))
            self._add(store, held[prefix])
        progress(len(work), len(work))
        with self._writer() as write:
            write.execute("INSERT OR REPLACE INTO about VALUES ('compared_at', ?)", (datetime.now(UTC).isoformat(),))

    def _add(self, store: Store, held: Held) -> None:
        problem, rows = "", []
        manifest = b""
        if held.manifest is not None:
            manifest = store.get(f"{held.prefix}/manifest.json")
        try:
            rows = list(_threads_of(store, held))
        except UrvalError as error:
            problem = error.message
        with self._writer() as write:
            archive, account, period = held.place
            no = write.execute(
                "INSERT INTO package (prefix, archive, account, period, package_id, manifest_sha256, manifest, problem,"
                " indexed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (held.prefix, archive, account, period, held.package_id, held.manifest_sha256, manifest.decode(),
                 problem, datetime.now(UTC).isoformat()),
            ).lastrowid  # fmt: skip
            write.executemany("INSERT INTO thread VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [(no, *row) for row in rows])

    def _prepare(self) -> None:
        with self._writer() as write:
            if write.execute("PRAGMA user_version").fetchone()[0] != VERSION:
                for (name,) in write.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    write.execute(f'DROP TABLE "{name}"')
                for statement in TABLES.split(";\n"):
                    write.execute(statement)
                write.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _writer(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._file, timeout=30)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA foreign_keys = ON")
            with connection:
                yield connection
        finally:
            connection.close()

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True, check_same_thread=False)
            found.row_factory = sqlite3.Row
            self._local.connection = found
        return found


_WORDS = 160  # characters


def _threads_of(store: Store, held: Held) -> Iterator[tuple[object, ...]]:
    package = open_package(store, held.prefix)
    posts = package.table("posts", columns=["id", "created_at", "kind", "visibility", "title", "text"]).to_pylist()
    rules = {
        row["thread_id"]: row["rules"] for row in package.table("selection", columns=["thread_id", "rules"]).to_pylist()
    }
    spans: dict[str, tuple[int, int]] = {}
    for place, thread in enumerate(package.table("comments", columns=["post_id"]).column("post_id").to_pylist()):
        first, count = spans.get(str(thread), (place, 0))
        spans[str(thread)] = (first, count + 1)
    for number, post in enumerate(posts, 1):
        first, count = spans.get(post["id"], (0, 0))
        words = " ".join(f"{post['title'] or ''} {post['text']}".split())[:_WORDS]
        yield (number, post["id"], post["created_at"].isoformat(), post["kind"], post["visibility"], words, count,
               first, "\n".join(rules.get(post["id"], ())))  # fmt: skip


def _package(row: sqlite3.Row) -> IndexedPackage:
    text = row["manifest"]
    return IndexedPackage(
        no=row["no"], prefix=row["prefix"], archive=row["archive"], account=row["account"], period=row["period"],
        package_id=row["package_id"], manifest_sha256=row["manifest_sha256"],
        manifest=parse_manifest(text.encode()) if text else None, problem=row["problem"],
    )  # fmt: skip


def _thread(row: sqlite3.Row) -> IndexedThread:
    return IndexedThread(
        package=row["package"], number=row["number"], thread_id=row["thread_id"],
        created_at=datetime.fromisoformat(row["created_at"]), kind=row["kind"], visibility=row["visibility"],
        words=row["words"], comments=row["comments"], first_comment=row["first_comment"],
        rules=tuple(row["rules"].split("\n")) if row["rules"] else (),
    )  # fmt: skip
