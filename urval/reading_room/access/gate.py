"""The gate: for each request, whether it is for this room, and who asks. On loopback everybody is one visitor."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from urval.reading_room.access.addresses import require_loopback

if TYPE_CHECKING:
    from starlette.requests import Request

    from urval.reading_room.access.roles import Visitor

_MARK = re.compile(r"[A-Za-z0-9_-]{32}")


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who asks, the session that form tokens are bound to, and whether the browser must be told of it.

    ``origin`` is the room's own as browsers write it.
    """

    visitor: Visitor
    origin: str
    session: str
    is_new: bool = False


class Gate(Protocol):
    """Lets requests in."""

    cookie: str  # its name
    secure: bool  # whether visitors come by https

    def admit(self, request: Request) -> Admitted:
        """Say who asks. Only headers and addresses are looked at; nothing is read of the body.

        Raises:
            PageError: The request is not let in.
        """
        ...

    def leads_to(self) -> str:
        """Return the origin outside of the room that forms may lead to, for the content security policy; or nothing."""
        ...


class LoopbackGate:
    """On this machine: no login, and everybody is one visitor, as whoever started the room said."""

    cookie = "urval_session"
    secure = False

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor

    def admit(self, request: Request) -> Admitted:
        """Let in what names this machine and our port.

        Raises:
            BadRequestError: It names no server.
            MisdirectedError: It names another: a page elsewhere may be behind it.
        """
        origin = require_loopback(request)
        mark, is_new = mark_of(request, self.cookie)
        return Admitted(self._visitor, origin, mark, is_new)

    def leads_to(self) -> str:
        """Return nothing."""
        return ""


def mark_of(request: Request, cookie: str) -> tuple[str, bool]:
    """Return what tells this browser from others where there is no login, and whether it was made now."""
    given = request.cookies.get(cookie, "")
    return (given, False) if _MARK.fullmatch(given) else (secrets.token_urlsafe(24), True)
