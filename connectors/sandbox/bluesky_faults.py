"""How Bluesky's servers misbehave: their own error bodies and their own paging."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.answers import Answer, Request


def _told(answer: Answer, document: Any, status: int = 200) -> Answer:
    answer.status, answer.document, answer.body = status, document, None
    answer.replace_header("Content-Type", "application/json; charset=utf-8")
    return answer


def _refused(answer: Answer, name: str, message: str, status: int) -> Answer:
    return _told(answer, {"error": name, "message": message}, status)


def _limited(answer: Answer, seconds: int) -> Answer:
    answer.replace_header("RateLimit-Remaining", "0")
    answer.replace_header("Retry-After", str(seconds))
    return _refused(answer, "RateLimitExceeded", "Rate Limit Exceeded", 429)


def _empty_page(_f: Fault, request: Request, answer: Answer) -> Answer:
    """Give no records, though a place from which they all follow; threads have no pages."""
    if isinstance(answer.document, dict) and "records" in answer.document:
        return _told(answer, {"records": [], "cursor": f"{request.parameter('cursor') or 'z'}!"})
    return answer


def _repeated(_f: Fault, request: Request, answer: Answer) -> Answer:
    if isinstance(answer.document, dict) and "records" in answer.document:
        return _told(answer, answer.document | {"cursor": request.parameter("cursor") or "3aaaaaaaaaaaa"})
    return answer


def _no_comments(_f: Fault, _r: Request, answer: Answer) -> Answer:
    """Leave out every answer, though the post still counts them."""
    if isinstance(answer.document, dict) and "thread" in answer.document:
        return _told(answer, answer.document | {"thread": answer.document["thread"] | {"replies": []}})
    return answer


def _echo(_f: Fault, request: Request, answer: Answer) -> Answer:
    shown = {"authorization": request.headers.get("authorization", ""), "token": request.token}
    answer.replace_header("X-Echo", request.token)
    return _told(answer, answer.document | {"debug": shown}) if isinstance(answer.document, dict) else answer


SPOILERS: Final[Mapping[FaultKind, Callable[[Fault, Request, Answer], Answer]]] = {
    FaultKind.EMPTY_PAGE: _empty_page,
    FaultKind.REPEATED_CURSOR: _repeated,
    FaultKind.RATE_LIMITED: lambda fault, _r, answer: _limited(answer, int(fault.seconds)),
    FaultKind.THROTTLED: lambda fault, _r, answer: _limited(answer, fault.minutes * 60),
    FaultKind.SERVER_ERROR: lambda _f, _r, a: _refused(a, "InternalServerError", "Internal Server Error", 500),
    FaultKind.TOKEN_EXPIRED: lambda _f, _r, a: _refused(a, "ExpiredToken", "Token has expired", 400),
    FaultKind.PERMISSION: lambda _f, _r, a: _refused(a, "AuthMissing", "Authentication Required", 401),
    FaultKind.NO_COMMENTS: _no_comments,
    FaultKind.TOKEN_ECHO: _echo,
    FaultKind.TOKEN_ECHO_ERROR: lambda _f, r, a: _refused(a, "InvalidRequest", f"Bad token {r.token}", 400),
}
