"""One function a page: it returns what there is to tell, and is served as HTML and, under ``….json``, as JSON.

::

    pages = Pages()

    @pages.page("/runs/{archive}/{number}", name="run", template="run.html")
    def run(here: AskedHere, archive: Slug, number: int) -> RunView: ...

    @pages.act("/verifications", name="verify", role=Role.VISITOR)
    def verify(here: AskedHere, package: Annotated[str, Form()]) -> Target: ...
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from urval.reading_room.access import Role
from urval.reading_room.access.forms import require_token
from urval.reading_room.access.limits import MOST_BYTES, FormRoute
from urval.reading_room.room import Here

Slug = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]
Number = Annotated[int, Path(ge=1, le=2**31)]


def here_of(request: Request) -> Here:
    """Return what a page is asked with."""
    return Here(room=request.app.state.room, visitor=request.state.visitor, language=request.state.language)


AskedHere = Annotated[Here, Depends(here_of)]


class View(BaseModel):
    """What a page tells. Its fields are the JSON twin; times are aware, sizes are bytes, digests hex SHA-256."""

    model_config = ConfigDict(frozen=True)


class Problem(BaseModel):
    """Why a page cannot be shown."""

    status: int
    title: str
    next_step: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """Where a form leads: a page by its name, with its parameters."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of the group shown in answer to a form that was refused, so that nothing that was typed is lost."""

    name: str
    view: View
    status: int


@dataclass(frozen=True, slots=True)
class PageOf:
    """One page: its address, the function that fills it, and the template that shows it."""

    name: str
    path: str
    template: str
    fill: Callable[..., View]


@dataclass(frozen=True, slots=True)
class Act:
    """A form's address, who may send it, and how many bytes it may be: what is known before it is read."""

    path: str
    role: Role
    most_bytes: int


_PROBLEMS: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem} for status in (400, 401, 403, 404, 408, 409, 413, 422, 500, 503)
}


_PROBLEM_PAGES: dict[int | str, dict[str, Any]] = {
    status: {"content": {"text/html": {"schema": {"type": "string"}}}} for status in _PROBLEMS
}


@dataclass(frozen=True, slots=True)
class Route:
    """What answers at an address: a page, its twin, a form or bytes; ``options`` are FastAPI's."""

    name: str
    path: str
    answer: Callable[..., Any]
    options: dict[str, Any]


class Pages:
    """The pages of one group; ``serve`` puts them on a router, ``addresses`` are their paths by name."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.all: list[PageOf] = []
        self.addresses: dict[str, str] = {}
        self.acts: list[Act] = []

    def page(self, path: str, *, name: str, template: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Serve a function's view as a page, and as JSON under the same address with ``.json`` after it."""

        def served(fill: Callable[..., Any]) -> Callable[..., Any]:
            one = PageOf(name, path, template, fill)
            self.all.append(one)
            twin = f"{path.rstrip('/') or '/index'}.json"
            self.addresses |= {name: path, f"{name}.json": twin}
            returns = inspect.signature(fill).return_annotation
            of_twin = {"response_model": returns, "responses": _PROBLEMS, "tags": ["json"]}
            self.routes.append(Route(f"{name}.json", twin, fill, of_twin))
            told = {200: {"content": {"text/html": {}}}, **_PROBLEM_PAGES}
            of_page = {"response_class": _HtmlResponse, "responses": told, "tags": ["html"]}
            self.routes.append(Route(name, path, _shown(one), of_page))
            return fill

        return served

    def act(
        self, path: str, *, name: str, role: Role, most_bytes: int = MOST_BYTES
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Take a form: only from our own pages, only from that role, written in the access log before it is done.

        A form of more than ``most_bytes``, its files included, is refused with 413 before it is read.
        """
        self.acts.append(Act(path, role, most_bytes))

        def served(do: Callable[..., Target | Shown]) -> Callable[..., Any]:
            options = {"route_class_override": FormRoute, "responses": _PROBLEM_PAGES}
            self.post(path, name=name, **options)(_done(do, name, role, self.all))
            return do

        return served

    def get(self, path: str, *, name: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Serve bytes, as FastAPI does: the function returns a response."""
        problems = {status: _PROBLEMS[status] | page for status, page in _PROBLEM_PAGES.items()}  # file.json: as JSON
        return self._answering(path, name, options | {"responses": problems | options.get("responses", {})})

    def post(self, path: str, *, name: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Take a form with a token of ours; the function checks everything else, and returns a response."""
        own = {
            "methods": ["POST"], "dependencies": [Depends(require_token)], "status_code": 303,
            "response_class": RedirectResponse, "tags": ["forms"],
        }  # fmt: skip
        return self._answering(path, name, own | options)

    def serve(self, router: APIRouter) -> None:
        """Put everything of the group on a router."""
        for one in self.routes:
            router.add_api_route(one.path, one.answer, name=one.name, **one.options)

    def _answering(
        self, path: str, name: str, options: dict[str, Any]
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        def served(answer: Callable[..., Any]) -> Callable[..., Any]:
            self.addresses[name] = path
            self.routes.append(Route(name, path, answer, options))
            return answer

        return served


class _HtmlResponse(Response):
    media_type = "text/html"


def _shown(one: PageOf) -> Callable[..., Response]:
    """Return the function that answers with the page."""

    @functools.wraps(one.fill)
    def answer(request: Request, **given: Any) -> Response:
        here: Here = next(value for value in given.values() if isinstance(value, Here))
        view = one.fill(**given)
        return Response(request.app.state.look.page(one, view, here, request), media_type="text/html; charset=utf-8")

    _with_request(answer, one.fill)
    return answer


def _done(
    do: Callable[..., Target | Shown], name: str, role: Role, of: list[PageOf]
) -> Callable[..., Response]:  # fmt: skip
    """Return the function that does what a form asks, and leads on."""

    @functools.wraps(do)
    def answer(request: Request, **given: Any) -> Response:
        here: Here = next(value for value in given.values() if isinstance(value, Here))
        here.require(role)
        here.room.access_log.append(here.visitor, name, request.url.path)
        target = do(**given)
        if isinstance(target, Shown):
            one = next(page for page in of if page.name == target.name)
            page = request.app.state.look.page(one, target.view, here, request)
            return Response(page, target.status, media_type="text/html; charset=utf-8")
        return RedirectResponse(request.app.state.links(target.name, **target.parameters), status_code=303)

    _with_request(answer, do)
    return answer


def _with_request(answer: Any, of: Callable[..., Any]) -> None:
    """Give a wrapper the signature of what it wraps, with the request before it."""
    asked = inspect.Parameter("request", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Request)
    of_own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in inspect.signature(of).parameters.values()]
    answer.__signature__ = inspect.Signature([asked, *of_own], return_annotation=Any)
