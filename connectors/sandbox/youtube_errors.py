"""Google's error bodies and its way of writing JSON, for the sandbox's YouTube."""

from __future__ import annotations

import json
from typing import Any

from connectors.sandbox.answers import Answer

_STATUSES = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL",
}  # fmt: skip


class GoogleAnswer(Answer):
    """An answer whose document is written as Google does: two blanks a level, escapes only for HTML's own signs."""

    def encoded(self) -> bytes:
        """Return the body's bytes."""
        if self.body is not None:
            return self.body
        text = json.dumps(self.document, indent=2, ensure_ascii=False)
        for sign in "<>&'":
            text = text.replace(sign, f"\\u{ord(sign):04x}")
        return text.encode() + b"\n"


class GoogleError(Exception):
    """A refusal, as the body and status Google gives."""

    def __init__(
        self, status: int, reason: str, message: str, *, domain: str = "youtube.common", info: str = ""
    ) -> None:
        """Build it; ``info`` is the reason of an ErrorInfo, which newer errors carry beside the old one."""
        super().__init__(message)
        self.status, self.reason, self.message, self.domain, self.info = status, reason, message, domain, info

    def document(self) -> dict[str, Any]:
        """Return the body."""
        error: dict[str, Any] = {
            "code": self.status, "message": self.message,
            "errors": [{"message": self.message, "domain": self.domain, "reason": self.reason}],
        }  # fmt: skip
        if self.info:
            error["status"] = _STATUSES[self.status]
            kind = "type.googleapis.com/google.rpc.ErrorInfo"
            error["details"] = [{"@type": kind, "reason": self.info, "domain": "googleapis.com"}]
        return {"error": error}


def put(error: GoogleError, answer: Answer) -> Answer:
    """Return the answer with the error in place of what it held."""
    answer.status, answer.document, answer.body = error.status, error.document(), None
    return answer


def bad_token() -> GoogleError:
    """The access token ran out, was withdrawn, or never was."""
    message = (
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
        "authentication credential."
    )
    return GoogleError(401, "authError", message, domain="global", info="ACCESS_TOKEN_EXPIRED")


def bad_key() -> GoogleError:
    """The API key is none."""
    message = "API key not valid. Please pass a valid API key."
    return GoogleError(400, "badRequest", message, domain="global", info="API_KEY_INVALID")


def no_credential() -> GoogleError:
    """Neither key nor token."""
    message = "Method doesn't allow unregistered callers (callers without established identity)."
    return GoogleError(403, "forbidden", message, domain="global", info="CREDENTIALS_MISSING")


def narrow_scope() -> GoogleError:
    """The token may read, but not comments."""
    message = "Request had insufficient authentication scopes."
    return GoogleError(403, "insufficientPermissions", message, domain="global", info="ACCESS_TOKEN_SCOPE_INSUFFICIENT")


def forbidden() -> GoogleError:
    """What only the channel's owner is told."""
    message = "One or more of the requested comment threads cannot be retrieved due to insufficient permissions."
    return GoogleError(403, "forbidden", message, domain="youtube.commentThread")


def comments_disabled() -> GoogleError:
    """The video's comments are turned off."""
    message = "The video identified by the videoId parameter has disabled comments."
    return GoogleError(403, "commentsDisabled", message, domain="youtube.commentThread")


def quota_exceeded() -> GoogleError:
    """The day's units are used up."""
    link = '<a href="/youtube/v3/getting-started#quota">quota</a>'
    message = f"The request cannot be completed because you have exceeded your {link}."
    return GoogleError(403, "quotaExceeded", message, domain="youtube.quota")


def rate_limited() -> GoogleError:
    """Too many calls at once."""
    return GoogleError(429, "rateLimitExceeded", "Too Many Requests", domain="usageLimits", info="RATE_LIMIT_EXCEEDED")


def not_found(reason: str, what: str) -> GoogleError:
    """The thing named does not exist (any more)."""
    return GoogleError(404, reason, f"The {what} that you specified could not be found.", domain="youtube.common")
