"""How the sandbox's YouTube misbehaves on order."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from connectors.sandbox import youtube_errors as errors
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.youtube_errors import GoogleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.answers import Answer, Request
    from connectors.sandbox.google_oauth import GoogleTokens
    from connectors.sandbox.platforms import Spoiler


def spoilers_of(tokens: GoogleTokens) -> Mapping[FaultKind, Spoiler]:
    """Return what is this platform's own way; the rest is as with any server."""

    def expired(fault: Fault, request: Request, answer: Answer) -> Answer:
        return errors.put(errors.bad_token(), answer) if tokens.expire(fault, request) else answer

    return {
        FaultKind.EMPTY_PAGE: _empty_page,
        FaultKind.REPEATED_CURSOR: _repeated_cursor,
        FaultKind.RATE_LIMITED: _rate_limited,
        FaultKind.THROTTLED: lambda _f, _r, answer: errors.put(errors.quota_exceeded(), answer),
        FaultKind.SERVER_ERROR: lambda _f, _r, answer: errors.put(
            GoogleError(500, "backendError", "Backend Error", domain="global"), answer
        ),
        FaultKind.TOKEN_EXPIRED: expired,
        FaultKind.PERMISSION: lambda _f, _r, answer: errors.put(errors.forbidden(), answer),
        FaultKind.NO_COMMENTS: _no_comments,
        FaultKind.NO_TIME: _no_time,
        FaultKind.TOKEN_ECHO_ERROR: _token_echo_error,
    }


def page_token(place: int, salt: str = "") -> str:
    """Return an opaque token for the page that begins at a place; a salt makes it look new."""
    return base64.urlsafe_b64encode(f"{place}:{salt}".encode()).decode()


def place_of(token: str) -> int:
    """Return where the page of a token begins.

    Raises:
        GoogleError: It is no token of ours.
    """
    try:
        return int(base64.urlsafe_b64decode(token).decode().partition(":")[0]) if token else 0
    except (binascii.Error, ValueError) as error:
        raise GoogleError(400, "invalidPageToken", "The request specifies an invalid page token.") from error


def _empty_page(_f: Fault, request: Request, answer: Answer) -> Answer:
    token = request.parameter("pageToken")
    if isinstance(answer.document, dict) and "items" in answer.document:
        answer.document |= {"items": [], "nextPageToken": page_token(place_of(token), "anew" + token)}
    return answer


def _repeated_cursor(_f: Fault, request: Request, answer: Answer) -> Answer:
    if isinstance(answer.document, dict) and "items" in answer.document:
        answer.document["nextPageToken"] = request.parameter("pageToken") or page_token(0)
    return answer


def _rate_limited(fault: Fault, _r: Request, answer: Answer) -> Answer:
    answer.replace_header("Retry-After", str(int(fault.seconds)))
    return errors.put(errors.rate_limited(), answer)


def _no_comments(fault: Fault, request: Request, answer: Answer) -> Answer:
    document: dict[str, Any] = answer.document if isinstance(answer.document, dict) else {}
    if request.path.endswith("/commentThreads") and fault.subject in {"", request.parameter("videoId")}:
        document.pop("nextPageToken", None)
        document["items"] = []
    if request.path.endswith("/videos"):
        for video in document.get("items", []):
            if fault.subject in {"", video["id"]} and "statistics" in video:
                video["statistics"]["commentCount"] = "40"
    return answer


def _no_time(_f: Fault, _r: Request, answer: Answer) -> Answer:
    """Take both times from the first entry: either would do."""
    items = answer.document.get("items", []) if isinstance(answer.document, dict) else []
    if items:
        items[0].get("snippet", {}).pop("publishedAt", None)
        items[0].get("contentDetails", {}).pop("videoPublishedAt", None)
    return answer


def _token_echo_error(_f: Fault, request: Request, answer: Answer) -> Answer:
    message = f"Invalid request with access_token={request.token} (sent as Bearer {request.token})"
    return errors.put(GoogleError(400, "badRequest", message, domain="global"), answer)
