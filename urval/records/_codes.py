"""Coded values of the common model."""

from __future__ import annotations

from enum import StrEnum


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
