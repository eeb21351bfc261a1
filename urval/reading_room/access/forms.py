"""Forms that write: only from our own pages, with the token that was given to this browser."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING

from urval.reading_room.faults import ForbiddenError

if TYPE_CHECKING:
    from starlette.requests import Request

SESSION = "urval_session"
FIELD = "token"
_SECRET = secrets.token_bytes(32)  # of this process: forms opened before a restart must be opened again


def token_of(request: Request) -> str:
    """Return the token that forms on this page carry."""
    return hmac.new(_SECRET, request.state.session.encode(), hashlib.sha256).hexdigest()


async def require_token(request: Request) -> None:
    """Refuse a form that was not opened by this browser on one of our pages.

    Raises:
        ForbiddenError: The token is missing or another's, or the browser says that the form came from elsewhere.
    """
    given = (await request.form()).get(FIELD)
    site = request.headers.get("sec-fetch-site", "same-origin")
    if site not in {"same-origin", "none"} or not isinstance(given, str) or not hmac.compare_digest(
        given.encode(), token_of(request).encode()
    ):  # fmt: skip
        raise ForbiddenError(
            "the form was not opened here, or was opened before the reading room was started again",
            next_step="Open the page again, and send the form from there.",
        )
