"""Comments in the order of the tree: each followed by its answers, in the order in which they were written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Node(NamedTuple):
    """One comment's place: its row among the given ones (from 0), how deep it stands, the row it answers.

    ``lost``: it answers a comment that is not among the rows; it then stands on the top level.
    """

    row: int
    depth: int
    parent: int | None
    lost: bool = False


def ordered(ids: Sequence[str], parents: Sequence[str | None]) -> list[Node]:
    """Return every comment once, in the order of the tree. Takes time and memory in proportion to their number.

    Args:
        ids: The comments' ids, in the order in which they were written.
        parents: The id that each answers; None on the top level.
    """
    places = {name: row for row, name in enumerate(ids)}
    answers: dict[int, list[int]] = {}
    roots: list[Node] = []
    for row, parent in enumerate(parents):
        at = None if parent is None else places.get(parent)
        if at is None or at == row:
            roots.append(Node(row, 0, None, lost=parent is not None))
        else:
            answers.setdefault(at, []).append(row)
    found: list[Node] = []
    seen: set[int] = set()
    for root in roots:
        _walk(root, answers, found, seen)
    for row in range(len(ids)):  # comments that answer each other in a circle hang on nothing: none is left out
        if row not in seen:
            _walk(Node(row, 0, None, lost=True), answers, found, seen)
    return found


def _walk(root: Node, answers: dict[int, list[int]], found: list[Node], seen: set[int]) -> None:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        row, depth, _, _ = node
        if row in seen:
            continue
        seen.add(row)
        found.append(node)
        below = answers.get(row)
        if below:
            waiting += [Node(one, depth + 1, row) for one in reversed(below)]
