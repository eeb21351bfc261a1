"""The index is brought up to date: compared with the store, new packages added, what is gone forgotten."""

from __future__ import annotations

import gc
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count, islice
from typing import TYPE_CHECKING

import pyarrow as pa

from urval.errors import UrvalError
from urval.holdings import package_prefixes
from urval.manifest import parse_manifest, sha256_hex
from urval.reading_room.access.restrictions import Restrictions
from urval.reading_room.index._behind import Behind
from urval.reading_room.index._marks import account_mark, marked
from urval.reading_room.index._rows import PackageRows
from urval.reading_room.index.words import stemmed
from urval.reading_room.objects import open_package

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeAlias

    from urval.manifest import Manifest
    from urval.reading_room.access.restrictions import Restricted
    from urval.reading_room.index._file import IndexFile
    from urval.reading_room.index._rows import Batch, Row
    from urval.store import Store

    Progress: TypeAlias = Callable[[int, int], None]  # packages done, of how many

log = logging.getLogger("urval.reading_room")
_MOST_SEGMENTS = 32  # of the words: each commit adds one, and each is looked into by every search
_YOUNG = 50_000  # objects made before Python looks for garbage among them: rows come and go by the ten thousand
_IN_MEMORY = 3  # batches of one package: its posts, and 40,000 comments
_FORGOTTEN = 5_000  # items at a time
_UNREADABLE = (pa.ArrowException, ValueError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Held:
    """A package in the store: the bytes of its manifest, and their digest."""

    prefix: str
    manifest: bytes
    sha256: str


class Comparison:
    """One comparison of an index with a store; ``running`` is told how far it is."""

    def __init__(self, file: IndexFile, store: Store, running: Progress) -> None:
        self._file, self._store, self._running = file, store, running
        self._restrictions = Restrictions(store)
        self._numbers: dict[str, tuple[int, int]] = {}  # of a package to be added: its own, and its account's

    def run(self) -> None:
        """Do it; each package is there whole or not at all.

        Raises:
            StoreError: The store cannot be reached.
            sqlite3.DatabaseError: The file is broken.
        """
        held = {prefix: self._held(prefix) for prefix in package_prefixes(self._store)}
        known = {
            row["prefix"]: row for row in self._file.rows("SELECT prefix, no, manifest_sha256, problem FROM package")
        }
        gone = [prefix for prefix, row in known.items() if prefix not in held or held[prefix].sha256 != row[2]]
        work = sorted(prefix for prefix in held if prefix in gone or prefix not in known or known[prefix]["problem"])
        with self._file.writer() as writer, ThreadPoolExecutor(1) as pool, _garbage_seldom_looked_for():
            writer.execute("CREATE TEMP TABLE stage (id INTEGER PRIMARY KEY, words TEXT NOT NULL, marks TEXT NOT NULL)")
            for prefix in gone:
                with writer:
                    writer.execute("PRAGMA secure_delete = ON")  # a package that was disposed of leaves nothing here
                    _forget(writer, known[prefix]["no"])
            writer.execute("PRAGMA secure_delete = OFF")
            self._numbers = _numbers(writer, work)
            behind = Behind(writer, pool)
            for done, prefix in enumerate(work):
                self._running(done, len(work))
                self._add(behind, held[prefix])
            behind.catch_up()
            behind.commit(at_once=True)
            behind.settle()
            self._finish(writer, merge=any(prefix not in held for prefix in gone))
        self._running(len(work), len(work))

    def _finish(self, writer: sqlite3.Connection, *, merge: bool) -> None:
        if merge or _segments(writer) > _MOST_SEGMENTS:
            with writer:
                writer.execute("INSERT INTO word (word) VALUES ('optimize')")
        self._restrict(writer)
        with writer:
            now = datetime.now(UTC).isoformat()
            writer.execute("INSERT OR REPLACE INTO about VALUES ('compared_at', ?)", (now,))

    def _held(self, prefix: str) -> _Held:
        data = self._store.get(f"{prefix}/manifest.json")
        return _Held(prefix, data, sha256_hex(data))

    def _add(self, behind: Behind, held: _Held) -> None:
        """Index a package; one that cannot be read is known by what is wrong with it."""
        manifest: Manifest | None = None
        try:
            manifest = parse_manifest(held.manifest)
        except (ValueError, RecursionError):
            problem = "the package's manifest.json cannot be read"
        else:
            problem = self._filled(behind, held, manifest)
        if problem:
            behind.write(partial(self._put_problem, behind, held, manifest, problem))

    def _put_problem(self, behind: Behind, held: _Held, manifest: Manifest | None, problem: str) -> None:
        self._put_package(behind.writer, held, manifest, problem)
        behind.commit()

    def _filled(self, behind: Behind, held: _Held, manifest: Manifest) -> str:
        """Index a package whose manifest can be read; return what is wrong with it, or nothing."""
        try:
            self._fill(behind, held, manifest)
        except UrvalError as error:
            return error.message
        except _UNREADABLE as error:
            log.warning("%s cannot be indexed: %r", held.prefix, error)
            return "its tables cannot be read, though they are the ones that the manifest names"
        return ""

    def _fill(self, behind: Behind, held: _Held, manifest: Manifest) -> None:
        """Index a package. It is read while the words of those before are still being put in.

        A small one is read to its end before any of it is written, so that it spoils nothing of those that are
        committed with it; a large one is read as it is written, and committed by itself.
        """
        no, account = self._numbers[held.prefix]
        rows = PackageRows(open_package(self._store, held.prefix), no=no, account=account)
        batches = rows.batches()
        first = list(islice(batches, _IN_MEMORY))
        read = _Read(list(rows.threads()), list(rows.weeks()), [(no, rule) for rule in rows.rules()])
        if len(first) < _IN_MEMORY:
            behind.write(partial(self._put_whole, behind, held, manifest, read, first, at_once=False))
            return
        behind.catch_up()
        behind.commit(at_once=True)
        behind.settle()
        try:
            self._put_whole(behind, held, manifest, read, chain(first, batches), at_once=True)
        except BaseException:
            behind.give_up()
            raise

    def _put_whole(
        self, behind: Behind, held: _Held, manifest: Manifest, read: _Read, batches: Iterable[Batch], *, at_once: bool
    ) -> None:
        self._put_package(behind.writer, held, manifest, "")
        _put_rows(behind, read, batches)
        account = self._numbers[held.prefix][1]
        behind.commit(lambda: self._restrict_account(behind.writer, account), at_once=at_once)

    def _put_package(self, writer: sqlite3.Connection, held: _Held, manifest: Manifest | None, problem: str) -> None:
        """Write a package's row, in the place of the one that is there."""
        no, owner = self._numbers[held.prefix]
        _, archive, account, period, package_id = held.prefix.split("/")
        if manifest:
            said = (str(manifest.account.get("platform", "")), str(manifest.account.get("name", "")), owner)
            writer.execute("UPDATE account SET platform = ?, name = ? WHERE no = ?", said)
        writer.execute(
            "INSERT INTO package (no, prefix, archive, account, period, package_id, account_no, manifest_sha256,"
            " manifest, problem, indexed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (prefix) DO UPDATE"
            " SET problem = excluded.problem, indexed_at = excluded.indexed_at",
            (no, held.prefix, archive, account, period, package_id, owner, held.sha256,
             held.manifest.decode() if manifest else "", problem, datetime.now(UTC).isoformat()),
        )  # fmt: skip

    def _restrict(self, writer: sqlite3.Connection) -> None:
        """Note which items are restricted now, and of which accounts nobody can say."""
        with writer:
            for (no,) in writer.execute("SELECT no FROM account").fetchall():
                self._restrict_account(writer, no)

    def _restrict_account(self, writer: sqlite3.Connection, no: int) -> None:
        place = writer.execute("SELECT archive, account FROM account WHERE no = ?", (no,)).fetchone()
        said = self._restrictions.of(*place)
        writer.execute("UPDATE account SET hidden = ?1 WHERE no = ?2 AND hidden <> ?1", (bool(said.problem), no))
        found = _items_of(writer, no, said)
        known = {
            key for (key,) in writer.execute(
                "SELECT restricted.id FROM restricted JOIN item ON item.id = restricted.id"
                " JOIN package ON package.no = item.package WHERE package.account_no = ?", (no,),
            )
        }  # fmt: skip
        writer.executemany("DELETE FROM restricted WHERE id = ?", ((key,) for key in known - found))
        writer.executemany("INSERT INTO restricted VALUES (?)", ((key,) for key in found - known))


@dataclass(frozen=True, slots=True)
class _Read:
    """Rows of the tables ``thread``, ``week`` and ``rule`` of one package."""

    threads: list[Row]
    weeks: list[Row]
    rules: list[Row]


def _put_rows(behind: Behind, read: _Read, batches: Iterable[Batch]) -> None:
    writer = behind.writer
    writer.executemany("INSERT INTO thread VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", read.threads)
    writer.executemany("INSERT INTO week VALUES (?, ?, ?, ?)", read.weeks)
    writer.executemany("INSERT INTO rule VALUES (?, ?)", read.rules)
    for batch in batches:
        behind.stage(batch)


@contextmanager
def _garbage_seldom_looked_for() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(_YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _segments(writer: sqlite3.Connection) -> int:
    return int(writer.execute("SELECT count(DISTINCT segid) FROM word_idx").fetchone()[0])


def _items_of(writer: sqlite3.Connection, account: int, said: Restricted) -> set[int]:
    """Return the ids of all items that restrictions cover: each by itself, or by its thread."""
    if not said.items:
        return set()
    ids = writer.execute(
        "SELECT item.id, item.item_id, thread.thread_id FROM word CROSS JOIN item ON item.id = word.rowid"
        " LEFT JOIN thread ON thread.package = item.package AND thread.number = item.thread"
        " WHERE word MATCH ?", (f"marks : {account_mark(account)}",),
    )  # fmt: skip
    return {key for key, own, thread in ids if said.covers(own, thread)}


def _numbers(writer: sqlite3.Connection, work: list[str]) -> dict[str, tuple[int, int]]:
    """Return the numbers of packages to be added, and of their accounts, which are made where they are new."""
    known = dict(writer.execute("SELECT prefix, no FROM package").fetchall())
    following = count(max(known.values(), default=0) + 1)
    found = {}
    with writer:
        for prefix in work:
            place = prefix.split("/")[1:3]
            writer.execute(
                "INSERT OR IGNORE INTO account (archive, account, platform, name, hidden) VALUES (?, ?, '', '', 0)",
                place,
            )
            account = writer.execute("SELECT no FROM account WHERE archive = ? AND account = ?", place).fetchone()[0]
            found[prefix] = (known[prefix] if prefix in known else next(following), account)
    return found


def _forget(writer: sqlite3.Connection, no: int) -> None:
    """Take a package out; its words are made again from the texts, because FTS5 keeps none."""
    account, manifest = writer.execute("SELECT account_no, manifest FROM package WHERE no = ?", (no,)).fetchone()
    platform = parse_manifest(manifest.encode()).account["platform"] if manifest else ""
    rows = writer.execute(
        "SELECT item.id, item.text, item.kind, item.role, item.flags, thread.rules FROM item LEFT JOIN thread"
        " ON thread.package = item.package AND thread.number = item.thread WHERE item.package = ?", (no,),
    )  # fmt: skip
    while found := rows.fetchmany(_FORGOTTEN):
        words = stemmed(row[1] for row in found)
        marks = (marked(account, no, platform, rules, kind, role, flags) for _, _, kind, role, flags, rules in found)
        keys = [row[0] for row in found]
        writer.executemany(
            "INSERT INTO word (word, rowid, words, marks) VALUES ('delete', ?, ?, ?)",
            zip(keys, words, marks, strict=True),
        )
    writer.execute("DELETE FROM restricted WHERE id IN (SELECT id FROM item WHERE package = ?)", (no,))
    writer.execute("DELETE FROM item WHERE package = ?", (no,))
    writer.execute("DELETE FROM package WHERE no = ?", (no,))
    writer.execute("DELETE FROM account WHERE no NOT IN (SELECT account_no FROM package)")
