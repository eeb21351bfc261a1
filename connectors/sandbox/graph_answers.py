"""What stands in the headers of Meta's API and how it misbehaves, for the fake Instagram and Threads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from connectors.sandbox import graph_errors as errors
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.graph_errors import GraphError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.platforms import Spoiler

_USED_UP, _NEARLY = 100, 90  # percent of the allowance


@dataclass(frozen=True, slots=True)
class Product:
    """One product of Meta: its name in the usage header, its throttling error, the account's id, its comments edge."""

    name: str
    throttled: int
    account_id: str
    comments_edge: str

    def usage(self, percent: int, minutes: int = 0) -> str:
        """Return the value of X-Business-Use-Case-Usage; ``minutes`` until calls are let through again."""
        use = {
            "type": self.name, "call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2,
            "estimated_time_to_regain_access": minutes,
        }  # fmt: skip
        return json.dumps({self.account_id: [use]}, separators=(",", ":"))

    def dressed(self, answer: Answer, request: Request, version: str) -> Answer:
        """Add the headers that every answer has."""
        answer.headers = [
            ("Content-Type", "application/json; charset=UTF-8"),
            ("X-Business-Use-Case-Usage", self.usage(2)),
            ("facebook-api-version", version),
            ("Strict-Transport-Security", "max-age=15552000; preload"),
            ("Pragma", "no-cache"),
            ("Cache-Control", "private, no-cache, no-store, must-revalidate"),
            ("Expires", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("x-fb-request-id", mark("request", request.shown, length=24)),
            ("x-fb-trace-id", mark("trace", request.shown, length=11)),
            *answer.headers,
        ]
        return answer

    def spoilers(self) -> Mapping[FaultKind, Spoiler]:
        """Return the product's own ways to misbehave."""
        return {
            FaultKind.RATE_LIMITED: self._rate_limited,
            FaultKind.THROTTLED: self._throttled,
            FaultKind.HIGH_USAGE: self._high_usage,
            FaultKind.SERVER_ERROR: _server_error,
            FaultKind.PERMISSION: _permission,
            FaultKind.NO_COMMENTS: self._no_comments,
        }

    def _error(self, answer: Answer) -> Answer:
        return _refused(GraphError(f"(#{self.throttled}) There have been too many calls.", self.throttled), answer)

    def _rate_limited(self, fault: Fault, _request: Request, answer: Answer) -> Answer:
        answer = self._error(answer)
        answer.status = 429
        answer.replace_header("Retry-After", str(int(fault.seconds)))
        return answer

    def _throttled(self, fault: Fault, _request: Request, answer: Answer) -> Answer:
        answer.replace_header("X-Business-Use-Case-Usage", self.usage(_USED_UP, fault.minutes))
        return self._error(answer)

    def _high_usage(self, _fault: Fault, _request: Request, answer: Answer) -> Answer:
        answer.replace_header("X-Business-Use-Case-Usage", self.usage(_NEARLY))
        return answer

    def _no_comments(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        if request.path.endswith(f"{fault.subject}/{self.comments_edge}"):
            answer.document = {"data": []}
        return answer


def _refused(error: GraphError, answer: Answer) -> Answer:
    answer.status, answer.document, answer.body = error.status, error.document(), None
    return answer


def _server_error(_fault: Fault, _request: Request, answer: Answer) -> Answer:
    message = "An unexpected error has occurred. Please retry your request later."
    return _refused(GraphError(message, 2, status=500), answer)


def _permission(_fault: Fault, _request: Request, answer: Answer) -> Answer:
    message = "(#10) Application does not have permission for this action"
    return _refused(GraphError(message, 10, status=403), answer)


def unauthorised(request: Request, known: frozenset[str]) -> GraphError | None:
    """Return why a request is not let in, or None."""
    if request.method not in {"GET", "HEAD"}:
        message = "Unsupported post request. The sandbox can only be read."
        return GraphError(message, 100, subcode=33, kind="IGApiException")
    if not request.token:
        return errors.no_token()
    return None if request.token in known else errors.bad_token()


def link(host: str, token: str, path: str, parameters: Mapping[str, str | None]) -> str:
    """Return the address of a page; the token stands in it, as in the platform's own."""
    pairs = {"access_token": token, "pretty": "0", **parameters}
    return f"http://{host}/{path}?{urlencode({key: value for key, value in pairs.items() if value is not None})}"
