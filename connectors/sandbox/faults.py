"""Misbehaviour on order: what a platform, a proxy or a bad line can do to an answer.

A fault says which calls it befalls (a pattern over host, path and query; the nth match; how many times) and what
happens to them. Nothing here is random.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from connectors.sandbox.answers import OTHER_HOST

if TYPE_CHECKING:
    from connectors.sandbox.answers import Request


class FaultKind(StrEnum):
    """What goes wrong."""

    EMPTY_PAGE = "empty_page"  # no records, though a link to the next page; on Facebook the records follow there
    REPEATED_CURSOR = "repeated_cursor"  # the link to the next page leads to this page
    RATE_LIMITED = "rate_limited"  # 429 with Retry-After: `seconds`
    THROTTLED = "throttled"  # 400 with code 32, and `minutes` in the usage header
    HIGH_USAGE = "high_usage"  # a normal answer whose usage header says 90 percent
    SERVER_ERROR = "server_error"  # 500
    TOO_MUCH_DATA = "too_much_data"  # 500 with code 1: reduce the amount of data
    CUT_JSON = "cut_json"  # half the body, honestly declared
    RESET = "reset"  # the connection is reset in mid-body
    TOKEN_EXPIRED = "token_expired"  # noqa: S105 - 190/463 from the nth matching call on, whatever `times` says
    PERMISSION = "permission"  # 403 with code 200
    POST_DELETED = "post_deleted"  # after the answer, `subject` (or the last record of the page) is deleted
    LONG_LENGTH = "long_length"  # Content-Length promises more than is sent, then the connection closes
    HTML = "html"  # a proxy's page instead of the answer, status 200
    NO_COMMENTS = "no_comments"  # no comments, no next page, and a summary that says 40
    REDIRECT = "redirect"  # 302 to the same path on `host`
    TOKEN_ECHO = "token_echo"  # noqa: S105 - repeats the credential, plain and encoded, in body and header
    TOKEN_ECHO_ERROR = "token_echo_error"  # noqa: S105 - 400 whose message repeats the credential
    HUGE_MEDIUM = "huge_medium"  # declared as 3 GB; 64 kB are sent, then the connection closes
    SLOW_BODY = "slow_body"  # the body takes `seconds`
    GONE = "gone"  # 404
    NEW_MEMBERS = "new_members"  # every object of the answer has a member that nobody documents
    NO_TIME = "no_time"  # the first record of the page lacks its time
    MEDIA_EXPIRED = "media_expired"  # after the answer, the signed media addresses given out so far no longer work


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault on order.

    Attributes:
        kind: What goes wrong.
        path: Regular expression, searched for in ``host/path?query`` (credentials in it read ``REDACTED``).
        nth: The first matching call it befalls, counted from 1 since the order was given.
        times: How many matching calls in a row; None: all from then on.
        seconds: For ``rate_limited`` (Retry-After) and ``slow_body``.
        minutes: For ``throttled``.
        subject: For ``post_deleted`` the post's id, for ``no_comments`` the only post it concerns.
        host: For ``redirect``.
    """

    kind: FaultKind
    path: str = ""
    nth: int = 1
    times: int | None = 1
    seconds: float = 1
    minutes: int = 5
    subject: str = ""
    host: str = OTHER_HOST


class FaultDesk:
    """Keeps the orders and counts the calls that match them. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._orders: list[tuple[Fault, re.Pattern[str], list[int]]] = []

    def order(self, fault: Fault) -> None:
        """Take an order (re.error if its path is no regular expression)."""
        with self._lock:
            self._orders.append((fault, re.compile(fault.path), [0]))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def due(self, request: Request) -> list[Fault]:
        """Count the call, and return the faults that befall it."""
        found = []
        with self._lock:
            for fault, pattern, count in self._orders:
                if not pattern.search(request.host + request.shown):
                    continue
                count[0] += 1
                forever = fault.times is None or fault.kind is FaultKind.TOKEN_EXPIRED
                if count[0] >= fault.nth and (forever or count[0] < fault.nth + (fault.times or 0)):
                    found.append(fault)
        return found
