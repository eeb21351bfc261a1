"""Coded values of the common model."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


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
    HELD = "held"  # waits for the body's review, or is taken for spam
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
    PAGE_DESKTOP = "page_desktop"  # a picture of the public page as a visitor with a wide screen saw it
    PAGE_PHONE = "page_phone"  # the same on a phone's screen


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
    INTERFACE_LIMIT = "interface_limit"  # the interface, or the account's export, never gives it
    PRIVATE = "private"  # its author shows it to few
    LEFT_OUT = "left_out"  # the account's export holds it, and Urval does not read it: messages, log-ins, advertising


class CountReason(StrEnum):
    """Why the platform's own number and the captured number of comments differ, per thread.

    The counts of a thread's reasons add up to the difference; those in :data:`SURPLUS` are of comments that were
    captured although the platform's number leaves them out, and count negative.
    """

    NOT_LISTED = "not_listed"  # the platform counted more than it listed, and does not say why
    LISTED_MORE = "listed_more"  # it listed more than it counted, and does not say why; so since they were counted
    HIDDEN = "hidden"  # captured, though the body hid them
    HELD = "held"  # captured, though the platform holds them for review or takes them for spam
    PRIVATE = "private"  # shown to few by their author
    INTERFACE_LIMIT = "interface_limit"  # the interface lists no more
    REFUSED = "refused"
    GONE = "gone"  # deleted meanwhile
    INCOMPLETE = "incomplete"
    MALFORMED = "malformed"
    UNREACHABLE = "unreachable"


SURPLUS: Final = frozenset({CountReason.LISTED_MORE, CountReason.HIDDEN, CountReason.HELD})
