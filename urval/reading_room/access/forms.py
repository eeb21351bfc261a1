"""Forms that write: only from our own pages, with the token that was given to this visitor's session."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from starlette.requests import Request  # noqa: TC002 - FastAPI evaluates the annotations of what a form depends on

from urval.reading_room.faults import ForbiddenError

FIELD = "token"
_SECRET = secrets.token_bytes(32)  # of this process: forms opened before a restart must be opened again
_SALT = 16  # characters
READING = frozenset({"GET", "HEAD", "OPTIONS"})  # methods that change nothing


def token_of(request: Request) -> str:
    """Return a token that forms on this page carry.

    It differs each time, so that compressed pages do not give it away bit by bit (BREACH).
    """
    salt = secrets.token_hex(_SALT // 2)
    return salt + _signed(salt, request)


def require_own_site(request: Request, origin: str) -> None:
    """Refuse what a page of another site lets the browser send; looks at headers alone, before the body is read.

    Args:
        request: What came.
        origin: Ours, as browsers write it.

    Raises:
        ForbiddenError: The browser says that another site sent it.
    """
    if request.method in READING:
        return
    site = request.headers.get("sec-fetch-site", "same-origin")
    said = request.headers.getlist("origin") or [origin]
    if site not in {"same-origin", "none"} or said != [origin]:
        raise ForbiddenError(
            "the form was sent by a page of another site; nothing was done",
            next_step="Open the page here, and send the form from there.",
        )


async def require_token(request: Request) -> None:
    """Refuse a form that was not opened in this session on one of our pages.

    Raises:
        ForbiddenError: The token is missing or another session's.
    """
    given = (await request.form()).get(FIELD)
    token = given if isinstance(given, str) and given.isascii() and request.state.session else ""
    if not hmac.compare_digest(token[_SALT:], _signed(token[:_SALT], request)):
        raise ForbiddenError(
            "the form was not opened here, or was opened before the reading room was started again",
            next_step="Open the page again, and send the form from there.",
        )


def _signed(salt: str, request: Request) -> str:
    visitor = request.state.visitor
    said = f"{salt}\0{request.state.session}\0{visitor.known_by}\0{visitor.name}"
    return hmac.new(_SECRET, said.encode(), hashlib.sha256).hexdigest()
