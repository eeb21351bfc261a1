"""The reading room as a web application."""

from __future__ import annotations

import logging
import secrets
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response

from urval import __version__
from urval.errors import ConfigError, StoreError, UrvalError
from urval.reading_room.access.forms import SESSION
from urval.reading_room.faults import PageError
from urval.reading_room.links import LiveLinks
from urval.reading_room.look import Look
from urval.reading_room.look.look import LANGUAGES, assets
from urval.reading_room.pages import here_of
from urval.reading_room.views import GROUPS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from urval.reading_room.access import Visitor
    from urval.reading_room.room import Language, Room

log = logging.getLogger("urval.reading_room")
POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cache-Control": "no-store",
}


def create_app(room: Room, *, visitor: Visitor) -> FastAPI:
    """Return the application over a room; on loopback everybody is ``visitor``."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        room.follow_store()
        yield
        room.close()

    app = FastAPI(
        title="Urval", version=__version__, lifespan=life, docs_url=None, redoc_url=None, openapi_url="/openapi.json"
    )
    for group in GROUPS:
        app.include_router(group.router)
    _assets(app)
    app.state.room = room
    addresses = {name: path for group in GROUPS for name, path in group.addresses.items()}
    app.state.links = LiveLinks(addresses | {"asset": "/assets/{name}"})
    app.state.look = Look(app.state.links)
    _faults(app)
    _every_answer(app, visitor)
    app.add_middleware(GZipMiddleware, minimum_size=1_000)
    return app


def _assets(app: FastAPI) -> None:
    @app.get("/assets/{name}", name="asset", include_in_schema=False)
    def asset(name: str) -> Response:
        if name not in assets():
            raise HTTPException(404)
        kind, data = assets()[name]
        return Response(data, media_type=kind, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _every_answer(app: FastAPI, visitor: Visitor) -> None:
    """Tell every request who asks and in which language, and give every answer the headers that guard it."""

    @app.middleware("http")
    async def surround(request: Request, call: Callable[[Request], Awaitable[Response]]) -> Response:
        request.state.visitor = visitor
        request.state.language = language = _language(request)
        session = request.cookies.get(SESSION, "")
        request.state.session = session or secrets.token_urlsafe(24)
        answer = await call(request)
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)
        if not session:
            answer.set_cookie(SESSION, request.state.session, httponly=True, samesite="strict")
        if request.query_params.get("lang") == language:
            answer.set_cookie("urval_language", language, httponly=True, samesite="lax", max_age=31_536_000)
        return answer


def _language(request: Request) -> Language:
    wanted = [request.query_params.get("lang"), request.cookies.get("urval_language")]
    wanted += [part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((code for one in wanted for code in LANGUAGES if one == code), "sv")


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
        answer.headers.update(HEADERS)  # such an answer is made outside of the middleware
        return answer


_STATUS: dict[type[UrvalError], int] = {StoreError: 503, ConfigError: 400}


def _problem(request: Request, status: int, title: str, next_step: str | None) -> Response:
    if request.url.path.endswith(".json"):
        return JSONResponse({"status": status, "title": title, "next_step": next_step}, status)
    given: dict[str, Any] = {"status": status, "title": title, "next_step": next_step}
    page = request.app.state.look.render("problem.html", here_of(request), given)
    return Response(page, status, media_type="text/html; charset=utf-8")
