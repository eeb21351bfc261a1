"""What a platform file declares. A connector is data and pure mapping; ``_walk`` does the rest.

Templates in paths and parameters use ``$name``. Known names: every setting, ``own_id`` (the profile's id), ``post_id``
(the object whose comments are asked for), ``post_ids`` (with commas), ``after`` (where the inline comments ended), and
of the period, widened by a day at each end because platforms do not say whether their bounds are inclusive: ``since``
and ``until`` (Unix seconds), ``since_iso`` and ``until_iso`` (without zone).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import msgspec

    from connectors._paging import PagingRule, Parameters
    from connectors._responses import ResponseTable
    from urval.records import AccountProfile, Comment, GapReason, MediaKind, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing an account's entry in the spec must or may say. A secret one is given by reference only."""

    name: str
    meaning: str
    required: bool = False
    default: str = ""
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One call: where, with what, where the records lie in the answer, and how it pages."""

    name: str
    path: str
    parameters: Parameters
    records: tuple[str, ...]
    paging: PagingRule
    limit: str  # name of the page-size parameter


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: the account, and the exchange that carried it."""

    account_id: str
    captured_at: datetime
    exchange: str


@dataclass(frozen=True, slots=True)
class Authors:
    """The platform's ids of those who write for the body. ``complete`` is false if the platform did not tell all."""

    ids: frozenset[str]
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """A medium named in a record, before it is fetched. Without ``url`` it stands for one the platform withholds."""

    id: str
    url: str | None
    kind: MediaKind
    alt_text: str | None = None
    width: int | None = None  # pixels
    height: int | None = None  # pixels
    withheld: str = ""  # why there is no address


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedProfile:
    """A profile with its pictures, and who writes for the account as far as the profile tells."""

    profile: AccountProfile
    media: tuple[MediaRef, ...]
    authors: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPost:
    """A post with what the walk needs to complete its thread.

    ``same_as`` are other ids under which a listing may show the same post. ``inline`` are comments that came with it;
    ``after`` is where they ended, or None if they were all.
    """

    post: Post
    media: tuple[MediaRef, ...]
    comments_of: str = ""  # the object whose comments are asked for, if it is not the post itself
    same_as: tuple[str, ...] = ()
    inline: tuple[msgspec.Raw, ...] = ()
    after: str | None = None
    troubles: tuple[tuple[str, GapReason, str], ...] = field(default=())  # what, reason, words


class CommentObject(Protocol):
    """A platform's comment, decoded. ``key`` is empty when the platform kept the id back."""

    def key(self) -> str:
        """Return the id."""
        ...

    def parent_key(self) -> str | None:
        """Return the id of the comment it answers, or None on the top level."""
        ...

    def thread_key(self) -> str | None:
        """Return the post's id, or None if the call was about one post only."""
        ...

    def author_key(self) -> str | None:
        """Return the author's id, if the platform tells it."""
        ...


class ToComment(Protocol):
    """Maps one decoded comment. ``answer`` is true for an own comment under another's."""

    def __call__(
        self, comment: Any, raw: str, origin: Origin, authors: Authors, *, post_id: str, depth: int, answer: bool
    ) -> Comment:
        """Return the comment in the common model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One platform. Mapping functions raise msgspec's errors or MalformedError for what they cannot read."""

    platform: str
    interface: str
    scopes: tuple[str, ...]
    settings: tuple[Setting, ...]
    auth_scheme: str
    errors: ResponseTable
    profile: Endpoint
    authors: Endpoint | None  # lists those who write for the body
    listings: tuple[Endpoint, ...]
    comments: Endpoint
    posts_per_call: int  # posts whose comments one call can ask for; 1 where posts carry their first comments
    no_comment_id: str  # why comments may come without id
    comment_type: type[CommentObject]
    to_profile: Callable[[bytes, Origin, Mapping[str, str]], MappedProfile]  # body, origin, settings
    to_post: Callable[[msgspec.Raw, Origin, str, str], MappedPost]  # record, origin, listing, own id
    to_comment: ToComment
    comment_media: Callable[[Any], tuple[MediaRef, ...]]
    author_key: Callable[[msgspec.Raw], str]
    names_thread: str = ""  # member of a comment that names its post, where one call asks for several
    api_version: str | None = None  # where it is fixed; else it is a setting of that name
