"""The port every source fits: a platform connector, or a reader of an account-export file.

A source yields items in any order of threads, but each thread whole: a post with all its comments and media. Whatever
could not be had is a :class:`~urval.records.Gap` among the items, and every listing ends with a recorded reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from urval.records import AccountProfile, Comment, Gap, MediaItem, Post, Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.errors import RefusedError


PRIVATE_CAME: Final = "messages"  # what a gap is about that says so: then the exchanges go into no package


class EndReason(StrEnum):
    """Why a listing ended. Only ``exhausted`` and ``window_reached`` mean that nothing was missed."""

    EXHAUSTED = "exhausted"  # the platform's own end signal
    WINDOW_REACHED = "window_reached"  # a whole page lay before the period
    SPEC_LIMIT = "spec_limit"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """The file an account's owner ordered from the platform: kind, name, size in bytes, hex SHA-256 of the whole."""

    kind: str  # "X archive" …
    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """How a source gets its data; the manifest repeats it word for word (requirement R16)."""

    platform: str
    interface: str  # "Graph API", "WordPress REST API", "account export" …
    api_version: str | None
    base_url: str | None
    scopes: tuple[str, ...]  # permissions the credential must have for a complete capture
    export: ExportFile | None = None  # the file that was read, if it was one


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileView:
    """The account's page: its profile and the pictures on it."""

    profile: AccountProfile
    media: tuple[MediaItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """Pictures of the account's public page as a visitor saw it, taken by a browser. They belong to no thread."""

    media: tuple[MediaItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """A post with all its comments and media: the unit of selection.

    ``gaps`` are those of this thread; ``comments`` hold every level, in any order. ``versions`` are earlier texts of
    the post and its comments, as far as the platform tells them.
    """

    post: Post
    comments: tuple[Comment, ...] = ()
    media: tuple[MediaItem, ...] = ()
    gaps: tuple[Gap, ...] = field(default=())
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingEnd:
    """How one listing (posts, reels …) of the account ended."""

    listing: str
    reason: EndReason
    pages: int
    records: int  # records listed, before the period filter
    outside_period: int  # records listed that the period filter left out


Item: TypeAlias = ProfileView | PageView | Thread | Gap | ListingEnd


class Source(Protocol):
    """Anything that yields the items of one account for one period."""

    method: Method

    @property
    def died(self) -> RefusedError | None:
        """Return the refusal after which nothing more could be had (a dead token), if reading ended by one."""
        ...

    def read(self) -> Iterator[Item]:
        """Yield the items once.

        Raises:
            ConfigError: A setting is wrong and nothing can be had.
            RefusedError: With ``account_wide``, when nothing (more) of the account can be had.
        """
        ...
