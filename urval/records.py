"""The common model: what every source yields and every package holds.

Frozen dataclasses, and beside each the Arrow schema that is its only other description. Ids are strings, because a
platform's ids pass 2^53. Times are aware ``datetime`` objects; they are UTC in storage. Text is kept as given: nothing
is stripped, normalised or pseudonymised. ``raw`` is the object's JSON exactly as received, secrets removed, so that
fields this model does not know survive. ``exchange`` is the hex SHA-256 of the answer's body that carried the object.

Source: metadata per item, archive spec requirements R11-R13, R27 (docs/format.md section 3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from datetime import datetime


class Edited(StrEnum):
    """Whether the platform says that the text was changed after publication."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class AuthorRole(StrEnum):
    """Who wrote: the body itself, a person, another organisation, or not told by the platform."""

    OWN = "own"
    PERSON = "person"
    ORGANISATION = "organisation"
    UNKNOWN = "unknown"


class Direction(StrEnum):
    """How the item became a public record: made by the body, or received by it (OSL 2009:400 ch. 5)."""

    MADE = "upprättad"
    RECEIVED = "inkommen"


class Visibility(StrEnum):
    """What a visitor could see at the time of capture."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    DELETED_BY_US = "deleted_by_us"
    DELETED_BY_AUTHOR = "deleted_by_author"
    GONE_UNKNOWN = "gone_unknown"


class MediaKind(StrEnum):
    """What a medium is, or the place it has on the account's page."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"
    AVATAR = "avatar"
    COVER = "cover"


class GapReason(StrEnum):
    """Why something could not be had."""

    REFUSED = "refused"  # permission, token, privacy
    GONE = "gone"  # deleted or never there; platforms seldom tell which
    MALFORMED = "malformed"  # the platform's answer could not be read
    INCOMPLETE = "incomplete"  # a collection ended without the platform's end signal
    UNREACHABLE = "unreachable"  # retries used up
    TOO_LARGE = "too_large"  # above the size cap of the spec
    NOT_LISTED = "not_listed"  # the platform counts it but lists it to nobody
    CHANGED = "changed"  # what came differs from what was promised (length, digest)


class CountReason(StrEnum):
    """Why the platform's own number and the captured number of comments differ, per thread."""

    NOT_LISTED = "not_listed"  # the platform counted more than it listed: removed, private, spam
    LISTED_MORE = "listed_more"  # it listed more than it counted: hidden ones, or new ones since
    REFUSED = "refused"
    GONE = "gone"
    INCOMPLETE = "incomplete"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountProfile:
    """The account's page as it presented itself at the time of capture."""

    platform: str
    account_id: str  # the register's id of the account, not the platform's
    id: str  # the platform's id
    handle: str | None
    name: str
    about: str | None
    url: str | None
    links: tuple[str, ...]
    avatar_media_id: str | None
    cover_media_id: str | None
    followers: int | None
    likes: int | None
    posts: int | None
    captured_at: datetime
    exchange: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One post of the account; the root of a thread. ``id`` is the platform's id and the thread's id."""

    platform: str
    account_id: str
    id: str
    permalink: str | None
    kind: str  # post, share, photo, video, reel, story, article, event …
    title: str | None
    text: str
    language: str | None  # BCP 47, only if the platform tells
    created_at: datetime
    updated_at: datetime | None
    edited: Edited
    author_id: str | None
    author_name: str | None
    author_role: AuthorRole
    direction: Direction
    in_reply_to: str | None
    pinned: bool | None
    media_ids: tuple[str, ...]
    reactions: tuple[tuple[str, int], ...]  # by the platform's own type names
    reaction_count: int | None
    share_count: int | None
    view_count: int | None
    platform_comment_count: int | None  # the platform's own number, which counts what it does not list
    visibility: Visibility
    captured_at: datetime
    exchange: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment or answer under a post. ``parent_id`` is None on the top level; ``depth`` is 0 there."""

    platform: str
    account_id: str
    post_id: str
    id: str
    parent_id: str | None
    depth: int
    permalink: str | None
    text: str
    language: str | None
    created_at: datetime
    updated_at: datetime | None
    edited: Edited
    author_id: str | None
    author_name: str | None
    author_role: AuthorRole
    direction: Direction
    is_own_answer: bool  # written by the account under another's comment
    hidden: bool | None
    visibility: Visibility
    media_ids: tuple[str, ...]
    reaction_count: int | None
    platform_reply_count: int | None
    captured_at: datetime
    exchange: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaItem:
    """A picture, film or file. Either ``file`` and ``sha256`` are set, or ``gap`` says why they are not."""

    platform: str
    account_id: str
    id: str
    owner_id: str  # the post, comment or profile it belongs to
    thread_id: str | None  # None for the profile's pictures
    kind: MediaKind
    source_url: str | None  # secrets removed
    alt_text: str | None
    mime: str | None
    bytes: int | None
    sha256: str | None
    file: str | None  # media/<sha256>.<ext>, relative to data/ in a package and to the root of a capture
    width: int | None  # pixels
    height: int | None  # pixels
    captured_at: datetime | None
    gap: GapReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What could not be had, and why. Never only a log line."""

    account_id: str
    thread_id: str | None  # None: it concerns the account as a whole
    what: str  # post, comment, comments, media, profile, posts …
    subject_id: str | None  # the platform's id or the address of the thing
    reason: GapReason
    error: str  # the platform's own words, secrets removed
    first_tried_at: datetime
    last_tried_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """Per thread: the platform's own number of comments beside the number captured.

    ``difference`` is platform_count - captured_count; ``reasons`` gives codes and counts whose sum explains it.
    """

    account_id: str
    thread_id: str
    platform_count: int | None  # None: the platform gives no number
    captured_count: int
    difference: int | None
    reasons: tuple[tuple[str, int], ...]


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
    _must("digest", pa.string()),
])  # fmt: skip

# One row a thread of the capture: all that selection rules look at. ``digest`` covers the other columns and, through
# ``content_digest``, every byte of the thread, so that a package can name a dropped thread without showing it.
FRAME_SCHEMA = pa.schema([
    _must("thread_id", pa.string()), _must("created_at", _TIME), _must("kind", pa.string()),
    _must("comments", pa.int64()), _may("platform_comment_count", pa.int64()), _may("reactions", pa.int64()),
    _may("shares", pa.int64()), _may("views", pa.int64()), _must("bytes", pa.int64()), _must("media", pa.int64()),
    _must("pinned", pa.bool_()), _must("removed", pa.bool_()), _must("content_digest", pa.string()),
    _must("digest", pa.string()),
])  # fmt: skip

RECORD_SCHEMAS: dict[type, pa.Schema] = {
    AccountProfile: PROFILE_SCHEMA,
    Post: POST_SCHEMA,
    Comment: COMMENT_SCHEMA,
    MediaItem: MEDIA_SCHEMA,
    Gap: GAP_SCHEMA,
    Completeness: COMPLETENESS_SCHEMA,
}


def without_raw(schema: pa.Schema) -> pa.Schema:
    """Return the schema of a package table: the record's, less ``raw``, which lies in ``data/raw/objects.jsonl.gz``."""
    return schema if "raw" not in schema.names else schema.remove(schema.get_field_index("raw"))
