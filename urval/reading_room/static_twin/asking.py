"""The room's application asked in this process, as a server would; its answers' bytes are given on piece by piece."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, Self

if TYPE_CHECKING:
    from types import TracebackType

    from fastapi import FastAPI


class Sink(Protocol):
    """Takes bytes."""

    def write(self, data: bytes, /) -> object:
        """Take some."""


@dataclass(slots=True)
class Answer:
    """An answer's status and media type; its bytes went into the sink."""

    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)


class Asking:
    """Asks an application for pages, one after the other."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._runner = asyncio.Runner()

    def __enter__(self) -> Self:
        """Start the loop in which answers are made."""
        self._runner.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End it."""
        self._runner.__exit__(kind, error, at)

    def get(self, path: str, query: str, language: str, into: Sink) -> Answer:
        """Ask for a page; write its bytes into ``into``, also where it is a page that tells of a problem."""
        answer = Answer()

        sent = False

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await asyncio.Event().wait()  # whoever asks again waits for us to hang up, which we do not
            sent = True
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            await asyncio.sleep(0)
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}
            else:
                into.write(message.get("body", b""))

        try:
            self._runner.run(self._app(_scope(path, query, language), receive, send))
        except Exception:  # noqa: BLE001 - logged, and answered with 500, before it came here: the other pages are made
            answer.status = 500
        return answer


def _scope(path: str, query: str, language: str) -> dict[str, Any]:
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "", "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1"), (b"accept-language", language.encode())],
        "client": ("127.0.0.1", 0), "server": ("127.0.0.1", 80), "state": {},
    }  # fmt: skip
