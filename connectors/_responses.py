"""What to do about an answer: platform error -> action, as tables of data, and what the throttle headers say.

The gate asks ``judge`` about every answer and does as told; nothing else in the project decides about a retry.
Rules are tried from the top; the first that fits counts. Sources: Graph API error codes, platforms.md section 1 (also
Instagram and Threads, which share the error object); WordPress REST error codes; HTTP status codes (RFC 9110).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Action(StrEnum):
    """What the gate does with an answer."""

    ACCEPT = "accept"
    RETRY = "retry"  # again, with growing pauses
    WAIT = "wait"  # again, after the pause the platform names
    SMALLER = "smaller"  # again at once, with half the page size
    GIVE_UP = "give_up"  # a passing fault the platform calls lasting
    REFUSE = "refuse"  # this call is not allowed
    STOP = "stop"  # nothing more of the account can be had
    GONE = "gone"
    FAIL = "fail"  # the answer is not what is documented


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformError:
    """A platform's error object, as far as the rules look at it."""

    code: int | str | None = None
    subcode: int | None = None
    message: str = ""
    transient: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of a table: it fits if each of its conditions that is set holds."""

    action: Action
    next_step: str = ""
    statuses: range | None = None
    codes: frozenset[int | str] = field(default=frozenset())
    subcodes: frozenset[int] = field(default=frozenset())
    words: tuple[str, ...] = ()  # any of them in the message, letter case apart
    transient: bool | None = None

    def fits(self, status: int, error: PlatformError) -> bool:
        """Tell whether the rule covers an answer."""
        message = error.message.lower()
        return (
            (self.statuses is None or status in self.statuses)
            and (not self.codes or error.code in self.codes)
            and (not self.subcodes or error.subcode in self.subcodes)
            and (not self.words or any(word in message for word in self.words))
            and (self.transient is None or error.transient is self.transient)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTable:
    """A platform's rules, and how its error object is read from a body (None: the body holds none)."""

    read: Callable[[int, bytes], PlatformError | None]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The judgement of one answer. ``words`` are the platform's own."""

    action: Action
    words: str = ""
    next_step: str = ""


_HTTP_RULES = (
    Rule(action=Action.ACCEPT, statuses=range(200, 300)),
    Rule(action=Action.REFUSE, statuses=range(300, 400), next_step="Set base_url to the address it redirects to."),
    Rule(action=Action.RETRY, statuses=range(408, 409)),
    Rule(action=Action.WAIT, statuses=range(429, 430)),
    Rule(action=Action.GONE, statuses=range(404, 405)),
    Rule(action=Action.GONE, statuses=range(410, 411)),
    Rule(action=Action.REFUSE, statuses=range(401, 404), next_step="Check what the credential is allowed to read."),
    Rule(action=Action.RETRY, statuses=range(500, 600)),
    Rule(action=Action.FAIL),
)
_NEW_TOKEN = "Get a new Page token for the account and store it where the credential reference points."  # noqa: S105
_PERMISSION = (
    "Give the app pages_read_engagement and pages_read_user_content, and the token's owner MODERATE on the Page."
)
_GRAPH_RULES = (
    Rule(action=Action.SMALLER, words=("reduce the amount of data",)),
    Rule(action=Action.SMALLER, codes=frozenset({1}), subcodes=frozenset({99})),
    Rule(action=Action.STOP, codes=frozenset({190, 102, 104}), next_step=_NEW_TOKEN),
    Rule(
        action=Action.STOP, codes=frozenset({368}), next_step="Meta blocks the app or its owner: see Account Quality."
    ),
    Rule(action=Action.WAIT, codes=frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})),
    Rule(action=Action.GIVE_UP, codes=frozenset({1, 2}), transient=False),
    Rule(action=Action.RETRY, codes=frozenset({1, 2})),
    Rule(action=Action.RETRY, transient=True),
    Rule(action=Action.GONE, codes=frozenset({100}), subcodes=frozenset({33})),
    Rule(action=Action.GONE, codes=frozenset({100}), words=("does not exist",)),
    Rule(action=Action.GONE, codes=frozenset({21, 803}), next_step="Correct page_id: the Page moved or is unknown."),
    Rule(action=Action.FAIL, codes=frozenset({100}), words=("nonexistent field",), next_step="Correct api_version."),
    Rule(action=Action.REFUSE, codes=frozenset({3, 10, *range(200, 300)}), next_step=_PERMISSION),
    Rule(
        action=Action.REFUSE,
        codes=frozenset({100}),
        words=("permission", "public content access", "access token", "pages_"),
        next_step=_PERMISSION,
    ),
    Rule(action=Action.FAIL, codes=frozenset({100})),
)
_WORDPRESS_RULES = (
    Rule(
        action=Action.STOP,
        codes=frozenset({"incorrect_password", "invalid_username", "invalid_email", "invalid_application_password"}),
        next_step="Make a new application password for the site's user and store it where the credential points.",
    ),
    Rule(action=Action.GONE, codes=frozenset({"rest_post_invalid_page_number", "rest_no_route"})),
    Rule(action=Action.FAIL, codes=frozenset({"rest_invalid_param"})),
)


class _GraphError(msgspec.Struct):
    code: int | None = None
    error_subcode: int | None = None
    message: str = ""
    error_user_msg: str | None = None
    is_transient: bool | None = None


class _GraphBody(msgspec.Struct):
    error: _GraphError


class _WordPressBody(msgspec.Struct):
    code: str | int
    message: str = ""


def _read_graph(status: int, body: bytes) -> PlatformError | None:
    # An error object under HTTP 200 is rare but documented, so a body that begins like one is read at any status.
    if status < 400 and not body.lstrip()[:9].startswith(b'{"error"'):  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        error = msgspec.json.decode(body, type=_GraphBody, strict=False).error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(
        code=error.code, subcode=error.error_subcode, message=error.message, transient=error.is_transient
    )


def _read_wordpress(status: int, body: bytes) -> PlatformError | None:
    if status < 400:  # noqa: PLR2004 - HTTP's border of errors
        return None
    try:
        error = msgspec.json.decode(body, type=_WordPressBody)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    return PlatformError(code=error.code, message=error.message)


def _read_nothing(_status: int, _body: bytes) -> PlatformError | None:
    return None


HTTP = ResponseTable(read=_read_nothing, rules=_HTTP_RULES)
GRAPH = ResponseTable(read=_read_graph, rules=_GRAPH_RULES + _HTTP_RULES)
WORDPRESS = ResponseTable(read=_read_wordpress, rules=_WORDPRESS_RULES + _HTTP_RULES)


def judge(table: ResponseTable, status: int, body: bytes) -> Verdict:
    """Return what to do about an answer. ``body`` has secrets removed."""
    error = table.read(status, body)
    if error is None and 200 <= status < 300:  # noqa: PLR2004 - HTTP's range of success
        return Verdict(action=Action.ACCEPT)
    known = error or PlatformError()
    # An error object under a success status must not fall through to the rule for success.
    judged = 500 if error is not None and status < 400 else status  # noqa: PLR2004
    rule = next(rule for rule in table.rules if rule.fits(judged, known))
    code = "" if known.code is None else f" code {known.code}"
    code += "" if known.subcode is None else f"/{known.subcode}"
    return Verdict(
        action=rule.action, words=f"HTTP {status}{code}: {known.message}".rstrip(": "), next_step=rule.next_step
    )


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the allowance is used: percent of the scarcest, minutes to regain access (0: not told)."""

    percent: int = 0
    regain_minutes: int = 0


class _UsageEntry(msgspec.Struct):
    call_count: float = 0
    total_cputime: float = 0
    total_time: float = 0
    estimated_time_to_regain_access: float = 0


def usage_of(headers: Mapping[str, str]) -> Usage:
    """Read Meta's usage headers (lower-case names); a header that cannot be read counts as not there."""
    entries: list[_UsageEntry] = []
    try:
        if text := headers.get("x-business-use-case-usage"):
            for listed in msgspec.json.decode(text, type=dict[str, list[_UsageEntry]]).values():
                entries += listed
        if text := headers.get("x-app-usage"):
            entries.append(msgspec.json.decode(text, type=_UsageEntry))
    except msgspec.DecodeError:
        return Usage()
    percent = max((max(e.call_count, e.total_cputime, e.total_time) for e in entries), default=0)
    return Usage(int(percent), int(max((e.estimated_time_to_regain_access for e in entries), default=0)))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (a number or an HTTP date), or None."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
