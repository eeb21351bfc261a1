"""What a platform file declares. A connector is data and pure mapping; ``_walk`` does the rest.

Templates in paths, parameters and headers use ``$name``. Known names: every setting, ``own_id`` (the profile's id),
``post_id`` (the object whose comments are asked for), ``ids`` (the objects of a call for several), ``comment_id`` (the
comment whose answers are asked for), ``after`` (where the inline comments ended), and of the period, widened by a day
at each end because platforms do not say whether their bounds are inclusive: ``since`` and ``until`` (Unix seconds),
``since_ms`` and ``until_ms``, ``since_iso`` and ``until_iso`` (UTC without zone), ``since_z`` and ``until_z`` (with
``Z``; the latter never in the future). Paths are percent-encoded value by value, parameters as a form does; a
parameter that is one name and comes out empty is left out. Names of parameters are templates too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from connectors._formats import JSON, Format
from connectors._mapped import Authors, Branch, Found, MappedPost, MappedProfile, MediaRef, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import msgspec

    from connectors._paging import PagingRule, Parameters
    from connectors._renewal import Renewal
    from connectors._responses import ResponseTable
    from urval.records import Comment, GapReason, Post, Version

__all__ = [
    "Authors",
    "Branch",
    "CommentObject",
    "Companion",
    "Connector",
    "Endpoint",
    "Found",
    "History",
    "MappedPost",
    "MappedProfile",
    "MediaRef",
    "Origin",
    "ProfileCompanion",
    "Replies",
    "Setting",
    "ToComment",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One thing an account's entry in the spec must or may say. A secret one is given by reference only."""

    name: str
    meaning: str
    required: bool = False
    default: str = ""
    secret: bool = False
    exact: bool = False  # an address that is called as it stands, a slash at its end included


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One call: where, with what, where the records lie in the answer, and how it pages."""

    name: str
    path: str
    parameters: Parameters
    records: tuple[str, ...]
    paging: PagingRule
    limit: str  # name of the page-size parameter
    base: str = "base_url"  # the setting that names the host
    headers: Parameters = ()  # beside the connector's own
    format: Format = JSON  # how a page is read: JSON with the records at ``records``, or the platform's own way
    join: tuple[str, str] = ("$id", ",")  # how ``ids`` is written: each, and what stands between (nothing: repeated)
    newest_first: bool = True  # a whole page before the period ends the listing; else it is read to its end
    beside: Callable[[Mapping[str, Any]], Any] | None = None  # what the mapping needs of what surrounds the records
    refusal_is_general: bool = False  # one refusal is about the account: it is not asked again for other posts
    reach: int = 0  # the interface shows no more than the newest so many; 0: no such limit
    newest_only: bool = False  # it shows only the newest: earlier ones of the period may be missing
    caution: Callable[[Mapping[str, str]], str] = lambda _headers: ""  # what headers say is not there yet
    pace_seconds: float = 0.0  # least time between two calls
    objects: Endpoint | None = None  # what lists names only: the records are what this gives for them, ``ids``
    objects_size: int = 50  # names a call
    object_key: Callable[[msgspec.Raw], str] = str  # reads a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A second call about posts that a listing showed, many at a time: counts, details, addresses of media.

    ``asks`` names the objects to ask about for a post (none: nothing). ``key`` reads from a record of the answer which
    object it is about; without it each call is for one object and all its records are about that. ``enrich`` gets what
    was found by object, and returns the post made whole; what was asked for and did not come is its business
    (``MappedPost.troubles``). When the call itself fails, the post stays as it was and gets a gap named ``endpoint``.
    """

    endpoint: Endpoint
    size: int
    asks: Callable[[MappedPost], tuple[str, ...]]
    key: Callable[[msgspec.Raw], str] | None
    enrich: Callable[[MappedPost, Mapping[str, Sequence[Found]]], MappedPost]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCompanion:
    """A second call about the profile: followers, addresses of its pictures. As :class:`Companion`, for the profile."""

    endpoint: Endpoint
    asks: Callable[[MappedProfile], tuple[str, ...]]
    key: Callable[[msgspec.Raw], str] | None
    enrich: Callable[[MappedProfile, Mapping[str, Sequence[Found]]], MappedProfile]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Where earlier texts of a post or comment are asked for: ``size`` objects a call.

    ``key`` as in :class:`Companion`. ``to_version`` gets the record, its place (0 is the oldest) and the post or
    comment it is of; None for the text that is the current one.
    """

    endpoint: Endpoint
    size: int
    key: Callable[[msgspec.Raw], str] | None
    to_version: Callable[[Found, int, Post | Comment], Version | None]


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
    """Maps one decoded comment.

    ``parent`` is the comment it answers, by the id under which that one is kept; ``answer`` is true for an own comment
    under another's.
    """

    def __call__(
        self,
        comment: Any,
        raw: str,
        origin: Origin,
        authors: Authors,
        *,
        post_id: str,
        parent: str | None,
        depth: int,
        answer: bool,
    ) -> Comment:
        """Return the comment in the common model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """How answers that do not come with the flat listing are had.

    ``inline`` gives those that came inside a comment. ``branch`` tells, from a comment and the number of its direct
    answers known by then, whether more are to be asked for; each comment is asked about once. ``endpoint`` may name
    ``comment_id``, ``post_id`` and ``after``.
    """

    endpoint: Endpoint
    inline: Callable[[Any], Sequence[msgspec.Raw]]
    branch: Callable[[Any, int], Branch | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """One platform. Mapping functions raise msgspec's errors or MalformedError for what they cannot read."""

    platform: str
    interface: str
    scopes: tuple[str, ...]
    settings: tuple[Setting, ...]
    auth_scheme: str  # Bearer, Basic, or the name of a header that carries the token alone
    errors: ResponseTable
    profile: Endpoint
    authors: Endpoint | None  # lists those who write for the body
    listings: tuple[Endpoint, ...]
    comments: tuple[Endpoint, ...]  # the first goes on after inline comments; every other is asked for each post
    posts_per_call: int  # posts whose comments one call can ask for; 1 where posts carry their first comments
    no_comment_id: str  # why comments may come without id
    comment_type: type[CommentObject]
    to_profile: Callable[[bytes, Origin, Mapping[str, str]], MappedProfile]  # body, origin, settings
    to_post: Callable[[msgspec.Raw, Origin, str, str], MappedPost]  # record, origin, listing, own id
    to_comment: ToComment
    comment_media: Callable[[Any, Origin], tuple[MediaRef, ...]]
    author_key: Callable[[msgspec.Raw], str]
    names_thread: str = ""  # member of a comment that names its post, where one call asks for several
    api_version: str | None = None  # where it is fixed; else it is a setting of that name
    headers: Parameters = ()  # sent with every call
    key_schemes: tuple[tuple[str, str], ...] = ()  # beginning of a credential -> header that carries it (API keys)
    renewal: Renewal | None = None  # how a token that ran out is exchanged for a new one
    profile_companions: tuple[ProfileCompanion, ...] = ()
    companions: tuple[Companion, ...] = ()
    replies: Replies | None = None
    history: History | None = None
    id_members: tuple[str, ...] = ("id",)  # where a record that cannot be mapped has its id; dots go deeper
    shortage: Callable[[Post, Sequence[Comment]], str] = lambda _post, _comments: ""  # what the interface kept back
    stands_for: Callable[[Any], tuple[GapReason, str] | None] = lambda _comment: None  # a place-holder: why, and words
    leaves_out: Callable[[Any], bool] = lambda _comment: False  # a private message, which is not collected
    lost_answers: Endpoint | None = None  # asks for an own answer (``comment_id``) that its thread does not show
    comment_aliases: Callable[[Any], tuple[str, ...]] = lambda _comment: ()  # other ids by which answers may name it
    comment_history: Callable[[Any], tuple[str, ...]] = lambda _comment: ()  # what to ask ``history`` for, of a comment
    answers_name_post: bool = False  # an answer on the top level names the post (any of its ids) as its parent
    counts_direct: bool = False  # the platform counts direct answers only: the numbers of a thread are added up
    post: Endpoint | None = None  # reads one post anew (``post_id``): media addresses that ran out
    variants: Mapping[str, Connector] = field(default_factory=dict)  # other interfaces of the platform
    variant_setting: str = ""  # the setting that names one of them
    documents: tuple[Endpoint, ...] = ()  # answers kept whole among the exchanges and not read: a signed repository
    page_view: str = ""  # why a browser may take a picture of the account's public page; empty: it may not
    check_document: Callable[[bytes], str] = lambda _body: ""  # what is wrong with such a document; empty if nothing

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return every call it may make."""
        further = (self.replies.endpoint if self.replies else None, self.history.endpoint if self.history else None)
        single = (self.profile, self.authors, self.post, self.lost_answers, *further)
        about_profile = (companion.endpoint for companion in self.profile_companions)
        companions = (companion.endpoint for companion in self.companions)
        listed = (*self.listings, *self.comments, *about_profile, *companions, *self.documents)
        return (*(endpoint for endpoint in single if endpoint is not None), *listed)
