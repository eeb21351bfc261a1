"""What to do about an answer: platform error -> action, as tables of data.

The gate asks ``judge`` about every answer and does as told; nothing else in the project decides about a retry.
Rules are tried from the top; the first that fits counts. A platform's own table stands beside its connector and ends
with ``HTTP_RULES``. Source: HTTP status codes (RFC 9110).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Action(StrEnum):
    """What the gate does with an answer."""

    ACCEPT = "accept"
    RETRY = "retry"  # again, with growing pauses
    WAIT = "wait"  # again, after the pause the platform names
    SMALLER = "smaller"  # again at once, with half the page size
    GIVE_UP = "give_up"  # a passing fault the platform calls lasting
    REFUSE = "refuse"  # this call is not allowed
    STOP = "stop"  # nothing more of the account can be had
    RENEW = "renew"  # the token ran out: again with a new one, or else as STOP
    CLOSED = "closed"  # this one thing is closed to everybody: comments turned off
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
    seconds: float = 0.0  # of WAIT: the pause where no header tells one
    resets: str = ""  # of WAIT: the zone at whose midnight the allowance is full again

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
    seconds: float = 0.0
    resets: str = ""


HTTP_RULES = (
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


def _read_nothing(_status: int, _body: bytes) -> PlatformError | None:
    return None


HTTP = ResponseTable(read=_read_nothing, rules=HTTP_RULES)


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
        action=rule.action, words=f"HTTP {status}{code}: {known.message}".rstrip(": "), next_step=rule.next_step,
        seconds=rule.seconds, resets=rule.resets,
    )  # fmt: skip
