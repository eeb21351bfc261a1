"""The Arrow schema of each record, column by column in the order of its fields, and of selection and frame."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from urval.records._model import AccountProfile, Comment, Completeness, Gap, MediaItem, Post, Version

_TIME = pa.timestamp("us", tz="UTC")
_COUNTS = pa.list_(
    pa.struct([pa.field("type", pa.string(), nullable=False), pa.field("count", pa.int64(), nullable=False)])
)


def _must(name: str, kind: pa.DataType) -> pa.Field[Any]:
    return pa.field(name, kind, nullable=False)


def _may(name: str, kind: pa.DataType) -> pa.Field[Any]:
    return pa.field(name, kind, nullable=True)


PROFILE_SCHEMA = pa.schema([
    _must("platform", pa.string()), _must("account_id", pa.string()), _must("id", pa.string()),
    _may("handle", pa.string()), _must("name", pa.string()), _may("about", pa.string()), _may("url", pa.string()),
    _must("links", pa.list_(pa.string())), _may("avatar_media_id", pa.string()), _may("cover_media_id", pa.string()),
    _may("followers", pa.int64()), _may("likes", pa.int64()), _may("posts", pa.int64()),
    _must("captured_at", _TIME), _must("exchange", pa.string()), _must("raw", pa.string()),
])  # fmt: skip

POST_SCHEMA = pa.schema([
    _must("platform", pa.string()), _must("account_id", pa.string()), _must("id", pa.string()),
    _may("permalink", pa.string()), _must("kind", pa.string()), _may("title", pa.string()), _must("text", pa.string()),
    _may("language", pa.string()), _must("created_at", _TIME), _may("updated_at", _TIME), _must("edited", pa.string()),
    _may("author_id", pa.string()), _may("author_name", pa.string()), _must("author_role", pa.string()),
    _must("direction", pa.string()), _may("in_reply_to", pa.string()), _may("pinned", pa.bool_()),
    _must("media_ids", pa.list_(pa.string())), _must("reactions", _COUNTS), _may("reaction_count", pa.int64()),
    _may("share_count", pa.int64()), _may("view_count", pa.int64()), _may("platform_comment_count", pa.int64()),
    _must("visibility", pa.string()), _must("captured_at", _TIME), _must("exchange", pa.string()),
    _must("raw", pa.string()),
])  # fmt: skip

COMMENT_SCHEMA = pa.schema([
    _must("platform", pa.string()), _must("account_id", pa.string()), _must("post_id", pa.string()),
    _must("id", pa.string()), _may("parent_id", pa.string()), _must("depth", pa.int32()),
    _may("permalink", pa.string()), _must("text", pa.string()), _may("language", pa.string()),
    _must("created_at", _TIME), _may("updated_at", _TIME), _must("edited", pa.string()),
    _may("author_id", pa.string()), _may("author_name", pa.string()), _must("author_role", pa.string()),
    _must("direction", pa.string()), _must("is_own_answer", pa.bool_()), _may("hidden", pa.bool_()),
    _must("visibility", pa.string()), _must("media_ids", pa.list_(pa.string())), _may("reaction_count", pa.int64()),
    _may("platform_reply_count", pa.int64()), _must("captured_at", _TIME), _must("exchange", pa.string()),
    _must("raw", pa.string()),
])  # fmt: skip

MEDIA_SCHEMA = pa.schema([
    _must("platform", pa.string()), _must("account_id", pa.string()), _must("id", pa.string()),
    _must("owner_id", pa.string()), _may("thread_id", pa.string()), _must("kind", pa.string()),
    _may("source_url", pa.string()), _may("alt_text", pa.string()), _may("mime", pa.string()),
    _may("bytes", pa.int64()), _may("sha256", pa.string()), _may("file", pa.string()), _may("width", pa.int32()),
    _may("height", pa.int32()), _may("captured_at", _TIME), _may("gap", pa.string()),
])  # fmt: skip

VERSION_SCHEMA = pa.schema([
    _must("platform", pa.string()), _must("account_id", pa.string()), _must("thread_id", pa.string()),
    _must("subject_id", pa.string()), _must("number", pa.int32()), _must("text", pa.string()),
    _may("created_at", _TIME), _must("captured_at", _TIME), _must("exchange", pa.string()), _must("raw", pa.string()),
])  # fmt: skip

GAP_SCHEMA = pa.schema([
    _must("account_id", pa.string()), _may("thread_id", pa.string()), _must("what", pa.string()),
    _may("subject_id", pa.string()), _must("reason", pa.string()), _must("error", pa.string()),
    _must("first_tried_at", _TIME), _must("last_tried_at", _TIME),
])  # fmt: skip

COMPLETENESS_SCHEMA = pa.schema([
    _must("account_id", pa.string()), _must("thread_id", pa.string()), _may("platform_count", pa.int64()),
    _must("captured_count", pa.int64()), _may("difference", pa.int64()), _must("reasons", _COUNTS),
])  # fmt: skip

SELECTION_SCHEMA = pa.schema([
    _must("thread_id", pa.string()), _must("decision", pa.string()), _must("rules", pa.list_(pa.string())),
    _must("probabilities", pa.list_(pa.string())), _must("digest", pa.string()),
])  # fmt: skip

# One row a thread of the capture: all that selection rules look at. ``text`` is title and text of the post,
# ``questions`` how many of post and comments hold a question mark, ``followers`` and ``page_changes`` are the account's
# (what looked otherwise than at the capture before, joined by commas; null: nothing to compare with), ``whole`` says
# that nothing of the thread was lost but single media. A key is the first 6 bytes (big-endian) of the SHA-256 of an id.
# ``digest`` covers the other columns and, through ``content_digest``, every byte of the thread, so that a package can
# name a dropped thread without showing it.
FRAME_SCHEMA = pa.schema([
    _must("thread_id", pa.string()), _must("created_at", _TIME), _must("kind", pa.string()),
    _must("text", pa.string()), _may("language", pa.string()), _must("author_role", pa.string()),
    _must("questions", pa.int64()), _must("comments", pa.int64()), _may("platform_comment_count", pa.int64()),
    _may("reactions", pa.int64()), _may("shares", pa.int64()), _may("views", pa.int64()), _must("bytes", pa.int64()),
    _must("media", pa.int64()), _may("followers", pa.int64()), _may("page_changes", pa.string()),
    _must("pinned", pa.bool_()), _must("removed", pa.bool_()), _must("whole", pa.bool_()),
    _must("thread_key", pa.int64()), _may("author_key", pa.int64()), _must("content_digest", pa.string()),
    _must("digest", pa.string()),
])  # fmt: skip

RECORD_SCHEMAS: dict[type, pa.Schema] = {
    AccountProfile: PROFILE_SCHEMA,
    Post: POST_SCHEMA,
    Comment: COMMENT_SCHEMA,
    Version: VERSION_SCHEMA,
    MediaItem: MEDIA_SCHEMA,
    Gap: GAP_SCHEMA,
    Completeness: COMPLETENESS_SCHEMA,
}


def without_raw(schema: pa.Schema) -> pa.Schema:
    """Return the schema of a package table: the record's, less ``raw``, which lies in ``data/raw/objects.jsonl.gz``."""
    return schema if "raw" not in schema.names else schema.remove(schema.get_field_index("raw"))
