"""The reading room as a web application."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response

from urval import __version__
from urval.errors import ConfigError, StoreError, UrvalError
from urval.reading_room.access.gate import LoopbackGate
from urval.reading_room.access.roles import NOBODY
from urval.reading_room.faults import PageError
from urval.reading_room.guard import HEADERS, Guard
from urval.reading_room.links import LiveLinks
from urval.reading_room.look import Look
from urval.reading_room.look.look import assets
from urval.reading_room.look.translations import translations
from urval.reading_room.pages import here_of
from urval.reading_room.views import GROUPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from starlette.requests import Request

    from urval.reading_room.access import Visitor
    from urval.reading_room.access.gate import Gate
    from urval.reading_room.pages import Pages
    from urval.reading_room.room import Room

log = logging.getLogger("urval.reading_room")


def create_app(
    room: Room, *, visitor: Visitor | None = None, gate: Gate | None = None, groups: Sequence[Pages] = GROUPS
) -> FastAPI:  # fmt: skip
    """Return the application over a room. Without a gate it answers on loopback alone, everybody being ``visitor``."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        room.follow_store()
        yield
        room.close()

    app = FastAPI(
        title="Urval", version=__version__, lifespan=life, docs_url=None, redoc_url=None, openapi_url="/openapi.json"
    )
    for group in groups:
        group.serve(app.router)
    _assets(app)
    app.state.room = room
    addresses = {name: path for group in groups for name, path in group.addresses.items()}
    app.state.links = LiveLinks(addresses | {"asset": "/assets/{name}"})
    app.state.look = Look(app.state.links)
    _faults(app)
    app.state.gate = gate = gate or LoopbackGate(visitor or NOBODY)
    acts = [one for group in groups for one in group.acts]
    app.add_middleware(Guard, gate=gate, acts=acts, links=app.state.links, problem=_problem)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    return app


def _assets(app: FastAPI) -> None:
    @app.get("/assets/{name}", name="asset", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in assets():
            raise HTTPException(404)
        kind, data = assets()[name]
        return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _faults(app: FastAPI) -> None:
    """Answer what goes wrong with the right status and a clear page, and never with a traceback."""

    @app.exception_handler(UrvalError)
    async def told(request: Request, error: Exception) -> Response:
        assert isinstance(error, UrvalError)  # noqa: S101 - what the handler is for
        status = error.status if isinstance(error, PageError) else _STATUS.get(type(error), 500)
        if status >= 500:  # noqa: PLR2004 - HTTP
            log.warning("%s: %s", request.url.path, error.message)
        return _problem(request, status, error.message, error.next_step)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is for
        words = {404: "there is no such page", 405: "this address does not take that"}
        return _problem(request, error.status_code, words.get(error.status_code, str(error.detail)), None)

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is for
        first = error.errors()[0]
        where = str(first["loc"][-1]) if first["loc"] else "the request"
        return _problem(request, 422, f"{where}: {first['msg']}", None)

    @app.exception_handler(Exception)
    async def fault(request: Request, error: Exception) -> Response:
        log.error("a fault at %s", request.url.path, exc_info=error)
        answer = _problem(request, 500, "this is a fault in Urval", "It is in the program's log; please report it.")
        answer.headers.update(HEADERS)  # such an answer is made outside of the guard
        return answer


_STATUS: dict[type[UrvalError], int] = {StoreError: 503, ConfigError: 400}


def _problem(request: Request, status: int, title: str, next_step: str | None) -> Response:
    said = translations(request.state.language).gettext
    title, next_step = said(title), said(next_step) if next_step else None
    if request.url.path.endswith(".json"):
        return JSONResponse({"status": status, "title": title, "next_step": next_step}, status)
    given: dict[str, Any] = {"status": status, "title": title, "next_step": next_step}
    page = request.app.state.look.render("problem.html", here_of(request), given)
    return Response(page, status, media_type="text/html; charset=utf-8")
