"""How much a request may be: its address, its headers, its body, and how slowly it may come."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import Request

from urval.reading_room.access.refusals import HeadersTooLargeError, TooLongError
from urval.reading_room.faults import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from starlette.responses import Response
    from starlette.types import Message, Receive, Scope

MOST_BYTES = 1_000_000  # of a body, unless a form says more
MOST_FILES = 20
LONGEST_ADDRESS = 8_000
MOST_HEADERS = 32_000  # bytes, names and values
PATIENCE = 20.0  # seconds for a body to begin and end, beside what its bytes need
SLOWEST = 10_000  # bytes a second
_DRAINED = 8_000_000  # bytes read and thrown away, so that the answer reaches whoever still sends
_DRAINING = 3.0  # seconds
_TOO_LARGE = "what was sent is larger than what is taken here"


def require_moderate(scope: Scope) -> None:
    """Refuse addresses and headers beyond any of ours.

    Raises:
        TooLongError: The address is too long.
        HeadersTooLargeError: The headers are too large.
    """
    if len(scope.get("raw_path") or scope["path"]) + len(scope["query_string"]) > LONGEST_ADDRESS:
        raise TooLongError("the address is too long", next_step="Shorten what you search for.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MOST_HEADERS:
        raise HeadersTooLargeError("the headers are too large", next_step="Remove this site's cookies, and try again.")


class Body:
    """A request's body as it comes in: counted, and not waited for without end. Nothing is kept."""

    def __init__(
        self, receive: Receive, headers: list[tuple[bytes, bytes]],
        *, most: int = MOST_BYTES, patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        self._receive, self.most, self._patience = receive, most, patience
        self._taken, self._since = 0, time.monotonic()
        self._said = next((int(value) for name, value in headers if name == b"content-length"), None)
        chunked = any(name == b"transfer-encoding" for name, _ in headers)
        self.ended = not chunked and not self._said

    def require_moderate(self) -> None:
        """Refuse what says of itself that it is too large, before any of it is read.

        Raises:
            TooLargeError: It does.
        """
        if self._said is not None and self._said > self.most:
            raise TooLargeError(_TOO_LARGE, next_step="Send fewer or smaller files.")

    async def receive(self) -> Message:
        """Return what comes next.

        Raises:
            HTTPException: 413 where more came than is taken, 408 where it comes too slowly.
        """
        if self.ended:
            return await self._receive()
        left = self._since + self._patience + self._taken / SLOWEST - time.monotonic()
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.01))
        except TimeoutError as error:
            raise HTTPException(408, "what was sent came too slowly") from error
        self._count(message)
        if self._taken > self.most:
            raise HTTPException(413, _TOO_LARGE)
        return message

    async def drain(self) -> None:
        """Throw away a little of what still comes: a browser that is cut off while it sends shows no answer."""
        until = time.monotonic() + _DRAINING
        with suppress(TimeoutError):
            while not self.ended and self._taken < self.most + _DRAINED and (left := until - time.monotonic()) > 0:
                self._count(await asyncio.wait_for(self._receive(), left))

    def _count(self, message: Message) -> None:
        self._taken += len(message.get("body", b""))
        self.ended = message["type"] != "http.request" or not message.get("more_body", False)


class _FewFiles(Request):
    def form(self, *, max_files: float = MOST_FILES, **limits: Any) -> Any:
        return super().form(max_files=min(max_files, MOST_FILES), **limits)


class FormRoute(APIRoute):
    """The address of a form: of the files and fields in it there is a limit."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers, given a request that takes few files."""
        answer = super().get_route_handler()

        async def few(request: Request) -> Response:
            return await answer(_FewFiles(request.scope, request.receive))

        return few
