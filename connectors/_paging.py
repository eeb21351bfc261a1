"""Paging rules: frozen values with a pure step from one page to the next token, or to the end.

A listing ends on the platform's own signal only. A short or empty page is not an end: platforms filter after cutting.
What a token means is the rule's own business; ``request`` turns it into an address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from urval.errors import MalformedError
from urval.source import EndReason

if TYPE_CHECKING:
    from collections.abc import Mapping

Parameters = tuple[tuple[str, str], ...]
_LINK = re.compile(r"<(https?://[^>]*)>([^<]*)")
_NEXT = re.compile(r";\s*rel\s*=\s*\"?next\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class End:
    """The listing is over."""

    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PageView:
    """What a paging rule looks at: the page's number, what surrounds the records, and the headers (lower case)."""

    number: int  # from 1
    envelope: Mapping[str, Any]
    headers: Mapping[str, str]
    records: int = 0  # on this page

    def at(self, place: tuple[str, ...]) -> Any:
        """Return what the envelope says at a place, or None."""
        value: Any = self.envelope
        for key in place:
            value = value.get(key) if isinstance(value, dict) else None
        return value


class PagingRule(Protocol):
    """How one interface pages."""

    @property
    def ends_when_gone(self) -> bool:
        """Whether a page that no longer exists is the end of a listing that shrank."""
        ...

    @property
    def promises_total(self) -> bool:
        """Whether ``total`` counts what is listed: then fewer records mean that some slipped through."""
        ...

    def next(self, page: PageView) -> str | End:
        """Return the token of the page after this one, or the end."""
        ...

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Return address and parameters for a token; None asks for the first page."""
        ...

    def total(self, page: PageView) -> int | None:
        """Return how many records the listing has, if pages are cut by position and can shift; else None."""
        ...


@dataclass(frozen=True, slots=True)
class CursorLink:
    """Meta: ``paging.next`` is the next page's address, followed as given; without it the listing is over.

    ``cursors`` without ``next`` is the end; empty ``data`` with ``next`` is not (platforms.md section 0, rule 1).
    """

    place: tuple[str, ...] = ("paging", "next")
    ends_when_gone: bool = False
    promises_total: bool = False

    def next(self, page: PageView) -> str | End:
        """Return the link, or the end."""
        value = page.at(self.place)
        if value is None:
            return End(EndReason.EXHAUSTED)
        if not isinstance(value, str) or not value.startswith(("https://", "http://")):
            raise MalformedError(f"{'.'.join(self.place)} of page {page.number} is no address.")
        return value

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Return the link itself, or the first address."""
        return (url, parameters) if token is None else (token, ())

    def total(self, page: PageView) -> int | None:  # noqa: ARG002 - cursors do not shift
        """Return None: a cursor stays with its item."""
        return None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A token in the page, sent as a parameter to get the next one; without it the listing is over.

    With ``more`` the flag at that place decides instead. ``ends_on_empty`` is for servers that hand out a token with
    the last page too (Bluesky's listRecords).
    """

    place: tuple[str, ...]
    parameter: str
    more: tuple[str, ...] | None = None
    ends_on_empty: bool = False
    ends_when_gone: bool = False
    promises_total: bool = False

    def next(self, page: PageView) -> str | End:
        """Return the token, or the end."""
        token = page.at(self.place)
        if self.more is not None:
            more = page.at(self.more)
            if not isinstance(more, bool):
                raise MalformedError(f"{'.'.join(self.more)} of page {page.number} is neither true nor false.")
            over = not more
        else:
            over = token in {None, ""} or (self.ends_on_empty and page.records == 0)
        if over:
            return End(EndReason.EXHAUSTED)
        if isinstance(token, bool) or not isinstance(token, str | int):
            raise MalformedError(f"{'.'.join(self.place)} of page {page.number} is no token.")
        return str(token)

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Set the token's parameter, in its place if it is there."""
        if token is None:
            return url, parameters
        return url, (*((n, v) for n, v in parameters if n != self.parameter), (self.parameter, token))

    def total(self, page: PageView) -> int | None:  # noqa: ARG002 - cursors do not shift
        """Return None: a cursor stays with its item."""
        return None


@dataclass(frozen=True, slots=True)
class LinkHeader:
    """Mastodon: the ``Link`` header's ``rel="next"`` is the next page's address (RFC 8288); without it: the end."""

    ends_when_gone: bool = False
    promises_total: bool = False

    def next(self, page: PageView) -> str | End:
        """Return the link, or the end."""
        for url, attributes in _LINK.findall(page.headers.get("link", "")):
            if _NEXT.search(attributes):
                return str(url)
        return End(EndReason.EXHAUSTED)

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Return the link itself, or the first address."""
        return (url, parameters) if token is None else (token, ())

    def total(self, page: PageView) -> int | None:  # noqa: ARG002 - pages begin at an id
        """Return None: a page begins at an item's id."""
        return None


@dataclass(frozen=True, slots=True)
class StartCount:
    """LinkedIn: position and size. Where links come, no ``rel: next`` is the end; else an empty page is.

    The total counts what is filtered out, so it is no promise; but when it falls between two pages, something was
    deleted and the positions have shifted.
    """

    start: str = "start"
    links: tuple[str, ...] = ("paging", "links")
    count: tuple[str, ...] = ("paging", "count")
    begin: tuple[str, ...] = ("paging", "start")
    all: tuple[str, ...] = ("paging", "total")
    ends_when_gone: bool = False
    promises_total: bool = False

    def next(self, page: PageView) -> str | End:
        """Return the position of the next page, or the end."""
        links, begin, count = page.at(self.links), page.at(self.begin), page.at(self.count)
        if isinstance(links, list):
            more = any(isinstance(link, dict) and link.get("rel") == "next" for link in links)
        else:
            more = page.records > 0
        if not more:
            return End(EndReason.EXHAUSTED)
        if not isinstance(begin, int) or not isinstance(count, int) or count < 1:
            raise MalformedError(f"page {page.number} does not say where it begins and how long it is.")
        return str(begin + count)

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Set the position."""
        return url, (*((n, v) for n, v in parameters if n != self.start), (self.start, token or "0"))

    def total(self, page: PageView) -> int | None:
        """Return the number LinkedIn states, which counts what it filters out."""
        total = page.at(self.all)
        return total if isinstance(total, int) else None


@dataclass(frozen=True, slots=True)
class SinglePage:
    """A call that answers with one document."""

    ends_when_gone: bool = False
    promises_total: bool = False

    def next(self, page: PageView) -> str | End:  # noqa: ARG002 - there is no other page
        """Return the end."""
        return End(EndReason.EXHAUSTED)

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:  # noqa: ARG002
        """Return the address."""
        return url, parameters

    def total(self, page: PageView) -> int | None:  # noqa: ARG002 - one page cannot shift
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class PageNumber:
    """WordPress: pages are numbered, ``X-WP-TotalPages`` says how many there are. The token is the page's number."""

    parameter: str = "page"
    pages_header: str = "x-wp-totalpages"
    total_header: str = "x-wp-total"
    ends_when_gone: bool = True
    promises_total: bool = True

    def next(self, page: PageView) -> str | End:
        """Return the next number, or the end after the last one."""
        if page.number >= self._number(page, self.pages_header):
            return End(EndReason.EXHAUSTED)
        return str(page.number + 1)

    def request(self, url: str, parameters: Parameters, token: str | None) -> tuple[str, Parameters]:
        """Add the page's number."""
        return url, (*parameters, (self.parameter, token or "1"))

    def total(self, page: PageView) -> int | None:
        """Return the number of records the server counts."""
        return self._number(page, self.total_header)

    def _number(self, page: PageView, header: str) -> int:
        told = page.headers.get(header, "")
        if not told.isdecimal():
            raise MalformedError(f"Page {page.number} has no usable {header} header ({told!r}).")
        return int(told)


def cut(body: bytes | msgspec.Raw, place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split a page into what surrounds the records, and the records as exact slices of the bytes received.

    Raises:
        MalformedError: The body has no array of records at that place.
    """
    try:
        if not place:
            return {}, msgspec.json.decode(body, type=list[msgspec.Raw])
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        if place[0] not in members:
            raise MalformedError(f"The page has no {place[0]!r}, where its records should be.")
        below, records = cut(members.pop(place[0]), place[1:])
        envelope: dict[str, Any] = {name: msgspec.json.decode(value) for name, value in members.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"The page cannot be read: {error}.") from error
    if below:
        envelope[place[0]] = below
    return envelope, records
