"""Every page of a reading room, with real parameters: found by following its own links."""

from __future__ import annotations

import re
from collections import deque
from functools import cache
from html import unescape
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

from _reading_room import room_over
from fastapi import APIRouter
from starlette.routing import Match
from starlette.testclient import TestClient

from urval.reading_room import create_app
from urval.reading_room.access.addresses import PublicAddress
from urval.reading_room.access.oidc import OidcGate
from urval.reading_room.access.provider import OidcSettings
from urval.reading_room.views import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from playwright.sync_api import Route
    from starlette.routing import BaseRoute

LINK = re.compile(r'(?:href|src)="([^"]*)"')


def names() -> set[str]:
    """Return the names of every registered page."""
    return {one.name for group in GROUPS for one in group.all}


def name_of(address: str) -> str | None:
    """Return the name of the route that answers an address."""
    scope = {"type": "http", "method": "GET", "path": urlsplit(address).path, "headers": []}
    return next((getattr(one, "name", "") for one in _routes() if one.matches(scope)[0] is Match.FULL), None)


@cache
def _routes() -> list[BaseRoute]:
    router = APIRouter()
    for group in GROUPS:
        group.serve(router)
    return router.routes


def found(asking: TestClient, more: Iterable[str] = (), *, each: int = 2) -> dict[str, list[str]]:
    """Return addresses of pages by their names, from the first page on and from those given.

    At most ``each`` of the same name and kinds of parameters; files and JSON twins are not followed.
    """
    shapes: dict[tuple[str, frozenset[str]], int] = {}
    waiting = deque(["/", *more])
    known = set(waiting)
    pages: dict[str, list[str]] = {}
    while waiting:
        address = waiting.popleft()
        name = name_of(address)
        shape = (name or "", frozenset(key for key, _ in parse_qsl(urlsplit(address).query)))
        shapes[shape] = shapes.get(shape, 0) + 1
        if name not in names() or shapes[shape] > each:
            continue
        answer = asking.get(address)
        assert answer.status_code == 200, f"{address}: {answer.status_code} {answer.text[:2000]}"
        pages.setdefault(name, []).append(address)
        for link in links(answer.text, address):
            if link not in known:
                known.add(link)
                waiting.append(link)
    return pages


def login_room(store: Path, folder: Path) -> TestClient:
    """Return a client of a room with a login, at https://urval.example; a browser reaches it by :func:`answer`."""
    settings = OidcSettings(issuer="https://login.example", client_id="urval", secret="")
    gate = OidcGate(settings, PublicAddress.parse("https://urval.example"))
    app = create_app(room_over(store, folder), gate=gate)
    return TestClient(app, base_url="https://urval.example", follow_redirects=False)


def answer(asking: TestClient, route: Route) -> None:
    """Answer what a browser asks with what the application says, without any network."""
    said = asking.get(route.request.url)
    headers = {name: value for name, value in said.headers.items() if name != "content-encoding"}
    route.fulfill(status=said.status_code, headers=headers, body=said.content)


def links(text: str, address: str) -> list[str]:
    """Return where a page leads within the room, without the language."""
    here = urlsplit(address)
    told = []
    for raw in LINK.findall(text):
        parts = urlsplit(unescape(raw))
        if parts.scheme or parts.netloc or not (parts.path or parts.query):
            continue
        query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] != "lang"])
        told.append((parts.path or here.path) + (f"?{query}" if query else ""))
    return told
