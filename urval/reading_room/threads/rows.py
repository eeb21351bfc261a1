"""The rows of one thread, read from a package's tables: only the columns and rows that a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from urval.reading_room.faults import NotHereError
from urval.reading_room.threads.tree import Node, ordered

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects, Rows

COMMENTS_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class CommentRows:
    """A page of a thread's comments. ``first`` is the row of the thread's first comment in the package's table."""

    first: int
    count: int
    page: int
    pages: int
    nodes: list[Node]  # of this page, in the order of the tree; rows are counted from ``first``
    rows: dict[int, dict[str, Any]]  # row from ``first`` -> its columns; also of the comments answered


def post_row(package: PackageObjects, number: int) -> dict[str, Any]:
    """Return the row of a thread's post; ``number`` counts from 1.

    Raises:
        NotHereError: The package holds fewer threads.
        DamagedError: The table is not as it was sealed.
    """
    with package.rows("posts") as posts:
        found: list[dict[str, Any]] = posts.read(number - 1, 1).to_pylist()
    if not found:
        raise NotHereError(f"the package holds no thread {number}", next_step="See the list of its threads.")
    return found[0]


def comment_rows(package: PackageObjects, thread: str, *, page: int = 1, row: int | None = None) -> CommentRows:
    """Return a page of a thread's comments; ``row`` (in the package's table, from 0) asks for the page it is on.

    Raises:
        NotHereError: There is no such page, or the row is no comment of the thread.
        DamagedError: The table is not as it was sealed.
    """
    with package.rows("comments") as table:
        first, count = _span(table, thread)
        keys = table.read(first, count, columns=["id", "parent_id"])
        ids: list[Any] = keys.column("id").to_pylist()
        tree = ordered(ids, keys.column("parent_id").to_pylist())
        pages = max(1, -(-count // COMMENTS_A_PAGE))
        page = page if row is None else _page_of(tree, row, first)
        if page > pages:
            raise NotHereError(f"the comments of this thread have {pages} pages", next_step="Open the last of them.")
        nodes = tree[(page - 1) * COMMENTS_A_PAGE : page * COMMENTS_A_PAGE]
        wanted = sorted({node.row for node in nodes} | {node.parent for node in nodes if node.parent is not None})
        return CommentRows(first, count, page, pages, nodes, _taken(table, first, wanted))


def _page_of(tree: list[Node], row: int, first: int) -> int:
    for place, node in enumerate(tree):
        if node.row == row - first:
            return place // COMMENTS_A_PAGE + 1
    raise NotHereError(f"comment {row} is not in this thread", next_step="Open the thread without it.")


def _taken(table: Rows, first: int, wanted: list[int]) -> dict[int, dict[str, Any]]:
    if not wanted:
        return {}
    some = table.read(first + wanted[0], wanted[-1] - wanted[0] + 1)
    rows = some.take(pa.array([row - wanted[0] for row in wanted], pa.int64())).to_pylist()
    return dict(zip(wanted, rows, strict=True))


def comment_row(package: PackageObjects, thread: str, row: int) -> dict[str, Any]:
    """Return one comment's columns by its row in the package's table, from 0.

    Raises:
        NotHereError: The row is no comment of the thread.
        DamagedError: The table is not as it was sealed.
    """
    with package.rows("comments") as comments:
        found: list[dict[str, Any]] = comments.read(row, 1).to_pylist()
    if not found or found[0]["post_id"] != thread:
        raise NotHereError(f"comment {row} is not in this thread", next_step="Open the thread and choose there.")
    return found[0]


def _span(table: Rows, thread: str) -> tuple[int, int]:
    """Return the row of the thread's first comment and how many there are: a thread's comments stand together."""
    threads = table.read(0, table.count, columns=["post_id"]).column("post_id")
    wanted = pa.scalar(thread, pa.string())
    count = len(threads.filter(pc.equal(threads, wanted)))
    return (pc.index(threads, wanted).as_py(), count) if count else (0, 0)
