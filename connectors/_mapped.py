"""What a mapping gets and gives: where a record came from, and posts, profiles and media before they are records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import msgspec

    from urval.records import AccountProfile, GapReason, MediaKind, Post


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a record came from: the account, the exchange that carried it, and what lay beside it there."""

    account_id: str
    captured_at: datetime
    exchange: str
    beside: Any = None  # what ``Endpoint.beside`` made of the page
    listing: str = ""  # name of the endpoint


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
    never: bool = False  # the interface gives it to nobody: an interface limit, not a refusal
    base: str = ""  # the setting that names the host ``url`` begins at; empty: ``url`` is whole
    sha256: str | None = None  # hex, where the platform names it: anything else that comes is not the medium


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedProfile:
    """A profile with its pictures, and who writes for the account as far as the profile tells.

    ``values`` are added to what templates may name (``uploads`` of a channel, for example).
    """

    profile: AccountProfile
    media: tuple[MediaRef, ...]
    authors: frozenset[str]
    values: tuple[tuple[str, str], ...] = ()
    troubles: tuple[tuple[str, GapReason, str], ...] = ()  # what, reason, words


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPost:
    """A post with what the walk needs to complete its thread.

    ``comments_of`` is the object whose comments are asked for, if it is not the post itself; several with commas.
    ``same_as`` are other ids under which a listing may show the same post, or a comment may name it. ``inline`` are
    comments that came with it; ``after`` is where they ended: None if they were all (or there are none), empty to list
    from the start. ``reply`` marks an own answer in some thread: it becomes a thread only if no thread held it.
    """

    post: Post
    media: tuple[MediaRef, ...]
    comments_of: str = ""
    same_as: tuple[str, ...] = ()
    inline: tuple[msgspec.Raw, ...] = ()
    after: str | None = None
    history: tuple[str, ...] = ()  # what ``Connector.history`` is asked for: ids of earlier versions, or the post's own
    reply: bool = False
    answer_in: str = ""  # of a ``reply``: the post in whose thread it stands, if the platform tells
    private: bool = False  # a private message, which is not collected
    closed: bool = False  # its comments cannot be had by anybody: nothing is asked
    troubles: tuple[tuple[str, GapReason, str], ...] = field(default=())  # what, reason, words

    def asked_by(self) -> tuple[str, ...]:
        """Return the ids by which its comments are asked for."""
        return tuple(self.comments_of.split(",")) if self.comments_of else (self.post.id,)


@dataclass(frozen=True, slots=True)
class Branch:
    """Answers below a comment that did not come with it; ``after`` is where those that came ended."""

    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that a call for several objects brought."""

    raw: msgspec.Raw
    origin: Origin
