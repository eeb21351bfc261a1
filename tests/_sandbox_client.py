"""A small client of the sandbox for its tests: http.client, connecting as curl --connect-to does."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from connectors.sandbox import GRAPH_HOST, MAIN, PAGE_IDS, City

if TYPE_CHECKING:
    from connectors.sandbox import Sandbox

PAGE = PAGE_IDS[MAIN]
DEMO = City.demo()


class Reply:
    """An answer as it came over the wire."""

    def __init__(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, dict(headers), body

    @property
    def json(self) -> Any:
        """Return the parsed body."""
        return json.loads(self.body)


def fetch(sandbox: Sandbox, host: str, target: str, *, token: str = "", method: str = "GET") -> Reply:
    """Ask a virtual host over a connection of its own."""
    address, port = sandbox.connect_to[host].split(":")
    headers = {"Host": host} | ({"Authorization": f"Bearer {token}"} if token else {})
    with closing(http.client.HTTPConnection(address, int(port), timeout=10)) as connection:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return Reply(answer.status, answer.getheaders(), answer.read())


def graph(sandbox: Sandbox, path: str, account: str = MAIN, **parameters: str) -> Reply:
    """Ask the Graph API with the account's Page token."""
    query = f"?{urlencode(parameters)}" if parameters else ""
    return fetch(sandbox, GRAPH_HOST, f"/v25.0/{path}{query}", token=sandbox.tokens[account])


def walked(sandbox: Sandbox, path: str, account: str = MAIN, **parameters: str) -> list[dict[str, Any]]:
    """Return all records of an edge, following every link to the next page."""
    page = graph(sandbox, path, account, **parameters).json
    records = list(page["data"])
    while "next" in page.get("paging", {}):
        parts = urlsplit(page["paging"]["next"])
        page = fetch(sandbox, GRAPH_HOST, f"{parts.path}?{parts.query}").json
        records += page["data"]
    return records
