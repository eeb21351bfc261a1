"""Error bodies of the Graph API, word for word where known (codes: the platform's pages on error handling)."""

from __future__ import annotations

from typing import Any

from connectors.sandbox.answers import Answer, mark

_UNSUPPORTED = (
    "Unsupported get request. Object with ID '{}' does not exist, cannot be loaded due to missing permissions, or "
    "does not support this operation. Please read the Graph API documentation at "
    "https://developers.facebook.com/docs/graph-api"
)
_NOT_OURS = (
    "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature. "
    "Refer to https://developers.facebook.com/docs/apps/review/login-permissions#manage-pages and "
    "https://developers.facebook.com/docs/apps/review/feature#reference-PAGES_ACCESS for details."
)


class GraphError(Exception):
    """A refusal on its way to becoming an answer."""

    def __init__(
        self, message: str, code: int, *, status: int = 400, subcode: int = 0, kind: str = "OAuthException"
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.status, self.subcode, self.kind = message, code, status, subcode, kind

    def document(self) -> dict[str, Any]:
        """Return the error object as the platform writes it."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.code in {1, 2}:
            error["is_transient"] = self.code == 2  # noqa: PLR2004 - the platform's own code
        error["fbtrace_id"] = "A" + mark("trace", self.message, self.code, length=22)
        return {"error": error}

    def answer(self) -> Answer:
        """Return the answer, without the headers every answer has."""
        return Answer(self.status, document=self.document())


def unsupported(object_id: str) -> GraphError:
    """Return the answer for an object that is gone, forbidden or never was."""
    return GraphError(_UNSUPPORTED.format(object_id), 100, subcode=33, kind="GraphMethodException")


def nonexistent_field(name: str, node: str) -> GraphError:
    """Return the answer for a field that the node does not have."""
    return GraphError(f"(#100) Tried accessing nonexistent field ({name}) on node type ({node})", 100)


def not_ours() -> GraphError:
    """Return the answer for another account's Page."""
    return GraphError(_NOT_OURS, 10, status=403)


def no_token() -> GraphError:
    """Return the answer for a request without a credential."""
    return GraphError("An access token is required to request this resource.", 104)


def bad_token() -> GraphError:
    """Return the answer for a credential that never was one."""
    return GraphError("Invalid OAuth access token - Cannot parse access token", 190, status=401)


def expired_token() -> GraphError:
    """Return the answer for a credential whose time is over."""
    message = (
        "Error validating access token: Session has expired on Thursday, 05-Nov-26 09:00:00 PST. "
        "The current time is Thursday, 05-Nov-26 09:03:11 PST."
    )
    return GraphError(message, 190, status=401, subcode=463)


def throttled() -> GraphError:
    """Return the answer when the Page has used up its calls."""
    return GraphError("(#32) Page request limit reached", 32)


def too_much() -> GraphError:
    """Return the answer when a page of data is too heavy."""
    return GraphError("Please reduce the amount of data you're asking for, then retry your request", 1, status=500)
