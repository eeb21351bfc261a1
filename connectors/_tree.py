"""The tree of a thread, rebuilt from a flat list of comments that name their parents. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def depths(parents: Mapping[str, str | None]) -> dict[str, int]:
    """Return each comment's depth: 0 without a parent, else one more than the parent's.

    A comment whose parent is not in the list gets 1: it is an answer, its ancestors are unknown. A ring of
    parents, which no platform should send, is cut where it is met first.
    """
    known: dict[str, int] = {}
    for start in parents:
        path: list[str] = []
        at: str | None = start
        while at is not None and at not in known and at in parents:
            known[at] = 0  # marks the way, so that a ring ends
            path.append(at)
            at = parents[at]
        depth = -1 if at is None else known.get(at, 0)
        for key in reversed(path):
            depth += 1
            known[key] = depth
    return known


def missing_parents(parents: Mapping[str, str | None]) -> list[str]:
    """Return the ids that comments name as their parent but that are not in the list, in order of first mention."""
    named = dict.fromkeys(parent for parent in parents.values() if parent is not None)
    return [parent for parent in named if parent not in parents]
