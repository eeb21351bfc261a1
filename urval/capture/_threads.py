"""Rows of a capture back into the common model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from urval.records import (
    AccountProfile,
    AuthorRole,
    Comment,
    Completeness,
    Direction,
    Edited,
    Gap,
    GapReason,
    MediaItem,
    MediaKind,
    Post,
    Version,
    Visibility,
)

if TYPE_CHECKING:
    from collections.abc import Callable

Record = TypeVar("Record", AccountProfile, Post, Comment, Version, MediaItem, Gap, Completeness)


def _counts(value: list[dict[str, Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((entry["type"], entry["count"]) for entry in value)


_READ: dict[type, dict[str, Callable[[Any], Any]]] = {
    AccountProfile: {"links": tuple},
    Post: {
        "edited": Edited,
        "author_role": AuthorRole,
        "direction": Direction,
        "visibility": Visibility,
        "media_ids": tuple,
        "reactions": _counts,
    },
    Comment: {
        "edited": Edited,
        "author_role": AuthorRole,
        "direction": Direction,
        "visibility": Visibility,
        "media_ids": tuple,
    },
    Version: {},
    MediaItem: {"kind": MediaKind, "gap": lambda value: None if value is None else GapReason(value)},
    Gap: {"reason": GapReason},
    Completeness: {"reasons": _counts},
}


def record(kind: type[Record], row: dict[str, Any]) -> Record:
    """Return the record a row holds.

    Raises:
        ValueError: The row holds a code this version does not know.
    """
    for name, read in _READ[kind].items():
        row[name] = read(row[name])
    return kind(**row)
