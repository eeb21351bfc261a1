"""What an account wrote, out of tables or lists: rows become entries, entries hang together as threads.

For exports whose texts are small (Takeout, LinkedIn, TikTok): entries are held, their films and pictures are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from connectors.exports._csv import Broken, Row, rows, tables_in
from connectors.exports._placing import Place, parent_gaps, places, threads_of
from connectors.exports._reader import UNREADABLE, own_comment
from urval.errors import MalformedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from connectors.exports._archive import Archive
    from connectors.exports._csv import Table
    from connectors.exports._reader import Import, Reading
    from urval.records import Comment, Gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A row as read. ``parent`` is what it answers, ``told`` the first post of its conversation; ids, own or not."""

    id: str
    row: Row
    moment: datetime
    exchange: str
    kind: str
    parent: str | None = None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A post with the account's own comments below it."""

    post: Entry
    comments: Sequence[tuple[Entry, Place]]
    gaps: Sequence[Gap]

    def comments_as(self, job: Import, platform: str, fields: Callable[[Entry], dict[str, Any]]) -> tuple[Comment, ...]:
        """Return the comments' records; ``fields`` says what of a record depends on the platform."""
        return tuple(
            own_comment(
                job, platform, post_id=self.post.id, parent_id=place.parent_id, depth=place.depth,
                is_own_answer=place.answer, id=entry.id, created_at=entry.moment, exchange=entry.exchange,
                raw=entry.row.raw, **fields(entry),
            )
            for entry, place in self.comments
        )  # fmt: skip


class OwnWords:
    """The entries of an export. ``make`` of :meth:`take` returns None for rows that are not the account's."""

    def __init__(self, archive: Archive, job: Import) -> None:
        self._archive, self._job = archive, job
        self._entries: dict[str, tuple[Entry, Reading]] = {}

    def take(self, reading: Reading, table: Table, make: Callable[[Row, str], Entry | None]) -> None:
        """Read every member that is such a table; ``make`` gets a row and its member's digest."""
        for name in tables_in(self._archive, table):
            reading.opened()
            try:
                for row in rows(self._archive, name, table):
                    if isinstance(row, Broken):
                        reading.lose(f"{name}, line {row.line}", MalformedError(row.why))
                    else:
                        self._put(reading, name, row, make)
            except SourceError as error:
                reading.lose_file(name, error)

    def entries(self) -> Iterator[Entry]:
        """Yield what was taken, in order."""
        return (entry for entry, _ in self._entries.values())

    def threads(self) -> Iterator[Group]:
        """Yield the threads whose post lies in the period; each entry is counted by its reading."""
        parents = {key: entry.parent for key, (entry, _) in self._entries.items()}
        roots = threads_of(parents, {key: entry.told for key, (entry, _) in self._entries.items() if entry.told})
        answers: dict[str, list[str]] = {}
        wanted: list[str] = []
        for key, (_, reading) in self._entries.items():
            if reading.within(self._entries[roots[key]][0].moment):
                if roots[key] == key:
                    wanted.append(key)
                else:
                    answers.setdefault(roots[key], []).append(key)
        for root in wanted:
            below = answers.get(root, [])
            spots, missing = places(root, {key: parents[key] for key in below})
            gaps = tuple(parent_gaps(self._job, root, missing))
            yield Group(self._entries[root][0], [(self._entries[key][0], spots[key]) for key in below], gaps)

    def add(self, reading: Reading, entry: Entry) -> None:
        """Take an entry; the same one again is dropped, another one of its id is a gap."""
        before, _ = self._entries.setdefault(entry.id, (entry, reading))
        if before.row.raw != entry.row.raw:
            reading.lose(entry.id, MalformedError("the export holds two different entries of this id"))

    def _put(self, reading: Reading, name: str, row: Row, make: Callable[[Row, str], Entry | None]) -> None:
        try:
            entry = make(row, self._archive.digest(name))
        except UNREADABLE as error:
            reading.lose(row.fields.get("id") or f"{name}, line {row.line}", error)
            return
        if entry is not None:
            self.add(reading, entry)
