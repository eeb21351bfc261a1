"""Where the account's own words hang: below which own post, under which comment, how deep. Pure.

An export holds only what the account itself wrote. An own answer in a thread of an own post is a comment there,
whenever it was written (docs/adr/0001); all other answers are posts of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors._tree import depths, missing_parents
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors.exports._reader import Import
    from urval.records import Gap

_OF_OTHERS = "an own answer names it; the export does not hold it, because another wrote it or it was deleted"


@dataclass(frozen=True, slots=True)
class Place:
    """A comment's place in its thread. ``answer``: it is written under another's comment."""

    parent_id: str | None
    depth: int
    answer: bool


def threads_of(parents: Mapping[str, str | None], told: Mapping[str, str]) -> dict[str, str]:
    """Return for each own item the own post whose thread it belongs to: itself if it begins one.

    Args:
        parents: Own item -> what it answers (own or not), None if nothing.
        told: Own item -> the first post of its conversation, where the platform says it.

    A ring of parents, which no platform should send, is cut where it is met first.
    """
    found: dict[str, str] = {}
    for start in parents:
        path: list[str] = []
        at = start
        on_path: set[str] = set()
        while at not in found:
            path.append(at)
            on_path.add(at)
            above = parents[at]
            if above not in parents and above is not None:
                above = told.get(at)  # below another's words, perhaps in a thread of our own
            if above is None or above not in parents or above in on_path:
                found[at] = at
                break
            at = above
        root = found[at]
        for key in path:
            found[key] = root
    return found


def places(
    root: str, parents: Mapping[str, str | None], foreign: Callable[[str], bool] = lambda _: True
) -> tuple[dict[str, Place], list[str]]:
    """Return the place of each own comment of a thread, and the parents that the export does not hold.

    Args:
        root: The thread's post.
        parents: Own comment -> what it answers.
        foreign: Tells whether a parent that the export does not hold is another's.
    """
    inner = {key: None if parent == root else parent for key, parent in parents.items()}
    depth = depths(inner)
    found = {
        key: Place(parent, depth[key], parent is not None and parent not in inner and foreign(parent))
        for key, parent in inner.items()
    }
    return found, missing_parents(inner)


def parent_gaps(job: Import, thread_id: str, missing: list[str]) -> Iterator[Gap]:
    """Yield a gap for each parent that own comments name and the export does not hold."""
    for parent in missing:
        yield job.gap("comment", parent, GapReason.INTERFACE_LIMIT, _OF_OTHERS, thread_id)
