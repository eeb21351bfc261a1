"""Frames for tests: rows of which only what matters is said."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from urval.records import FRAME_SCHEMA
from urval.selection.keys import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_DEFAULTS: dict[str, Any] = {
    "created_at": datetime(2026, 6, 1, tzinfo=UTC), "kind": "post", "text": "", "language": None,
    "author_role": "own", "questions": 0, "comments": 0, "platform_comment_count": None, "reactions": None,
    "shares": None, "views": None, "bytes": 100, "media": 0, "followers": None, "page_changes": None,
    "pinned": False, "removed": False, "whole": True, "author_key": None,
}  # fmt: skip


def row(thread_id: str, **values: Any) -> dict[str, Any]:
    """Return a row of a frame with small defaults; its key follows from its id, its digest from what is given."""
    digest = hashlib.sha256(repr((thread_id, sorted(values.items()))).encode()).hexdigest()
    made = {"thread_id": thread_id, "thread_key": key_of(thread_id), "content_digest": digest, "digest": digest}
    return {**_DEFAULTS, **made, **values}


def frame(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return rows as a frame; each needs a ``thread_id``, and says of the rest only what is not the default."""
    return pa.Table.from_pylist([row(**one) for one in rows], schema=FRAME_SCHEMA)
