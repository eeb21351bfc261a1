"""Searching the index: what is asked, and the hits."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from urval.reading_room.index._marks import (
    REGISTERED,
    account_mark,
    flag_mark,
    kind_mark,
    package_mark,
    platform_mark,
    role_mark,
    rule_mark,
)
from urval.reading_room.index._rows import SHIFT, lowest_id
from urval.reading_room.index._schema import KINDS, MEDIA, QUESTION, REMOVED
from urval.reading_room.index.asking import expression, terms_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from typing import TypeAlias

    from urval.reading_room.index._file import IndexFile
    from urval.reading_room.index.asking import Term

    Kind: TypeAlias = Literal["post", "comment", "version"]

COUNTED: Final = 1_000  # hits that are counted; of more it is said that they are more
_NOBODY: Final = "nobody"  # a mark that no item has


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked. What is empty or None does not narrow.

    Attributes:
        words: Words, "phrases", beginnings*, -not.
        archive, account, platform, rule, role: Exactly this id.
        package: The index's number of a package.
        kind: Posts, comments, or earlier texts of either.
        since, before: Made at ``since`` or later, before ``before``; aware.
        media, question, removed: Only what has media, holds a question mark, was hidden or removed by whoever.
        oldest_first: The order; else newest first.
        after: The id of the last hit of the page before.
        most: Hits of a page.
        restricted: Whether restricted items are among the hits, and counted.
    """

    words: str = ""
    archive: str = ""
    account: str = ""
    platform: str = ""
    package: int | None = None
    kind: Kind | None = None
    role: str = ""
    rule: str = ""
    since: datetime | None = None
    before: datetime | None = None
    media: bool = False
    question: bool = False
    removed: bool = False
    oldest_first: bool = False
    after: int | None = None
    most: int = 20
    restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A post, a comment or an earlier text of one.

    ``thread`` is its thread's number, from 1; ``row`` the comment's row in the package's
    comments, from 0, and None of a post. ``restricted`` is what the index last knew.
    """

    id: int
    archive: str
    account: str
    platform: str
    package_id: str
    thread: int
    thread_id: str
    row: int | None
    kind: Kind
    version: int | None
    item_id: str
    created_at: datetime
    author: str | None
    role: str
    visibility: str
    media: bool
    question: bool
    removed: bool
    rules: tuple[str, ...]
    text: str
    restricted: bool

    @property
    def registered(self) -> bool:
        """Tell whether it comes from the register of removed items."""
        return self.thread_id.startswith(REGISTERED)

    def marked(self, *, restricted: bool) -> Hit:
        """Return it with what is restricted now."""
        return self if restricted == self.restricted else replace(self, restricted=restricted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hits:
    """Some hits; ``count`` is of all, at most 1,000, ``more``: they are more. ``next`` asks for those that follow."""

    hits: list[Hit]
    count: int
    more: bool
    next: Query | None
    terms: tuple[Term, ...] = field(default=())

    def with_hits(self, hits: list[Hit]) -> Hits:
        """Return the same with fewer hits, where some may not be shown."""
        left_out = 0 if self.more else len(self.hits) - len(hits)
        return replace(self, hits=hits, count=self.count - left_out)


def search(file: IndexFile, query: Query) -> Hits:
    """Return the hits of a query.

    Raises:
        UnavailableError: The index cannot be read.
    """
    terms = terms_of(query.words)
    if query.words.strip() and not terms:
        return Hits(hits=[], count=0, more=False, next=None)
    asked = _Asked(file, query, terms)
    hits = asked.page()
    following = replace(query, after=hits[query.most - 1].id) if len(hits) > query.most else None
    count = asked.count()
    return Hits(hits=hits[: query.most], count=min(count, COUNTED), more=count > COUNTED, next=following, terms=terms)


class _Asked:
    """A query as conditions of SQL; every value is a parameter."""

    def __init__(self, file: IndexFile, query: Query, terms: Sequence[Term]) -> None:
        self._file, self._query = file, query
        self._match = expression(
            tuple(terms), _marks(file, query), everything=[kind_mark(n) for n in range(len(KINDS))]
        )
        self._given: dict[str, Any] = {"match": self._match, "most": query.most + 1, "counted": COUNTED + 1}
        self._where = ["word MATCH :match"] if self._match else []
        self._key = "word.rowid" if self._match else "item.id"
        self._narrow()

    def page(self) -> list[Hit]:
        """Return one hit more than a page holds, where there is one."""
        where, order = list(self._where), "ASC" if self._query.oldest_first else "DESC"
        if self._query.after is not None:
            where.append(f"{self._key} {'>' if self._query.oldest_first else '<'} :after")
            self._given["after"] = self._query.after
        rows = self._file.rows(
            f"{_COLUMNS} {self._source()} {_JOINS} {_and(where)}"
            f" ORDER BY {self._key} {order} LIMIT :most", self._given,
        )  # fmt: skip
        return [_hit(row) for row in rows]

    def count(self) -> int:
        """Return how many hits there are, on all pages; one more than are counted where there are more."""
        found = f"SELECT 1 {self._source()} {_and(self._where)} LIMIT :counted"
        return int(self._file.rows(f"SELECT count(*) FROM ({found})", self._given)[0][0])  # noqa: S608 - as above

    def _source(self) -> str:
        return "FROM word CROSS JOIN item ON item.id = word.rowid" if self._match else "FROM item"

    def _narrow(self) -> None:
        """Narrow by time and by what may be shown."""
        query = self._query
        for at, sign, name in ((query.since, ">=", "since"), (query.before, "<", "before")):
            if at is not None:
                self._where += [f"item.created {sign} :{name}", f"{self._key} {sign} :{name}_id"]
                self._given[name] = (at - _EPOCH) // timedelta(microseconds=1)
                # Items of one millisecond were put into those after it: what came just before is looked at, too.
                self._given[f"{name}_id"] = lowest_id(at) + (_LEEWAY if name == "before" else 0)
        if not query.restricted:
            self._where += [
                "NOT EXISTS (SELECT 1 FROM restricted WHERE restricted.id = item.id)",
                _NOT_HIDDEN,
            ]


_NOT_HIDDEN: Final = (
    "item.package NOT IN (SELECT package.no FROM package JOIN account ON account.no = package.account_no"
    " WHERE account.hidden)"
)
_LEEWAY: Final = 600_000 << SHIFT  # ten minutes: as many items as that have milliseconds may have been made at once
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_COLUMNS: Final = (
    "SELECT item.*, package.archive, package.account, package.package_id, account.platform, account.hidden,"
    " thread.thread_id, thread.rules, EXISTS (SELECT 1 FROM restricted WHERE restricted.id = item.id) AS restricted"
)
_JOINS: Final = (
    "JOIN package ON package.no = item.package JOIN account ON account.no = package.account_no"
    " LEFT JOIN thread ON thread.package = item.package AND thread.number = item.thread"
)


def _marks(file: IndexFile, query: Query) -> list[list[str]]:
    """Return groups of marks, of each of which an item must have one."""
    groups = []
    if query.archive or query.account:
        rows = file.rows(
            "SELECT no FROM account WHERE :archive IN ('', archive) AND :account IN ('', account)",
            {"archive": query.archive, "account": query.account},
        )
        groups.append([account_mark(row["no"]) for row in rows] or [_NOBODY])
    if query.package is not None:
        groups.append([package_mark(query.package)])
    for value, mark in ((query.platform, platform_mark), (query.rule, rule_mark), (query.role, role_mark)):
        if value:
            groups.append([mark(value)])
    if query.kind:
        groups.append([kind_mark(KINDS.index(query.kind))])
    flags = ((query.media, MEDIA), (query.question, QUESTION), (query.removed, REMOVED))
    return groups + [[flag_mark(flag)] for wanted, flag in flags if wanted]


def _and(where: Sequence[str]) -> str:
    return f"WHERE {' AND '.join(where)}" if where else ""


def _hit(row: sqlite3.Row) -> Hit:
    flags = row["flags"]
    return Hit(
        id=row["id"], archive=row["archive"], account=row["account"], platform=row["platform"],
        package_id=row["package_id"], thread=row["thread"], thread_id=row["thread_id"] or "", row=row["row"],
        kind=KINDS[row["kind"]], version=row["version"], item_id=row["item_id"],
        created_at=_EPOCH + timedelta(microseconds=row["created"]), author=row["author"], role=row["role"],
        visibility=row["visibility"], media=bool(flags & MEDIA), question=bool(flags & QUESTION),
        removed=bool(flags & REMOVED), rules=tuple(row["rules"].split("\n")) if row["rules"] else (),
        text=row["text"], restricted=bool(row["restricted"] or row["hidden"]),
    )  # fmt: skip
