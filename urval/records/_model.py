"""The records themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from urval.records._codes import AuthorRole, Direction, Edited, GapReason, MediaKind, Visibility


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
class Version:
    """An earlier text of a post or comment. ``number`` counts from 0, the oldest that is known."""

    platform: str
    account_id: str
    thread_id: str
    subject_id: str  # the post or comment
    number: int
    text: str
    created_at: datetime | None  # when it was written, if the platform tells
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
