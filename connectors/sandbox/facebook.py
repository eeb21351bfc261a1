"""The Graph API of the sandbox: Pages, posts, reels, comments, with field selection, paging and error bodies.

Answers as ``graph.facebook.com`` v25.0 does, for the calls that a reader of own Pages makes. Choices where the platform
documents nothing: ``since`` and ``until`` are inclusive; the pinned post comes first; the order is otherwise newest
first; a cursor keeps its place when its item is deleted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from connectors.sandbox import graph_errors as errors
from connectors.sandbox import graph_tokens
from connectors.sandbox.answers import GRAPH_HOST, Answer, Request, mark
from connectors.sandbox.graph_edges import Edges, Window
from connectors.sandbox.graph_errors import GraphError
from connectors.sandbox.graph_lists import fields_of

if TYPE_CHECKING:
    from connectors.sandbox.model import CityAccount
    from connectors.sandbox.world import World

VERSION = "v25.0"
_SCOPES = ("pages_show_list", "pages_read_engagement", "pages_read_user_content")
_POST_EDGES = {"published_posts", "posts", "feed"}


class Graph:
    """Answers requests to the Graph host.

    ``tokens`` maps each Page token to (account key, may moderate). A token that may not moderate gets comments without
    ids and authors, as with Page Public Content Access.
    """

    def __init__(self, world: World, tokens: dict[str, tuple[str, bool]]) -> None:
        self._world, self._tokens = world, tokens
        self._calls = 0

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        page_id = ""
        try:
            key, moderates = self._authorised(request)
            page_id = self._world.account(key).id
            answer = Answer(document=self._document(request, key, moderates=moderates))
        except GraphError as error:
            answer = error.answer()
            if error.code == 190:  # noqa: PLR2004 - the platform's own code
                detail = f'OAuth "Facebook Platform" "invalid_token" "{error.message}"'
                answer.headers.append(("WWW-Authenticate", detail))
        self._add_headers(answer, request, page_id)
        return answer

    def _authorised(self, request: Request) -> tuple[str, bool]:
        if request.method not in {"GET", "HEAD"}:
            message = "Unsupported post request. The sandbox can only be read."
            raise GraphError(message, 100, subcode=33, kind="GraphMethodException")
        if not request.token:
            raise errors.no_token()
        if request.token not in self._tokens:
            raise errors.bad_token()
        return self._tokens[request.token]

    def _document(self, request: Request, key: str, *, moderates: bool) -> dict[str, Any]:
        parts = [part for part in request.path.split("/") if part]
        if not parts or parts[0] != VERSION or len(parts) not in {2, 3}:
            raise GraphError(f"Unknown path components: {request.path}", 2500)
        if parts[1:] == ["debug_token"]:
            return self._debugged(request.parameter("input_token"))
        edges = Edges(self._world, self._world.account(key), request, moderates=moderates)
        node_id = self._world.account(key).id if parts[1] == "me" else parts[1]
        fields = fields_of(request)
        if len(parts) == 2:  # noqa: PLR2004 - version and id, no edge
            return self._node(edges, node_id, fields)
        return self._edge(edges, node_id, parts[2], fields, request)

    def _debugged(self, token: str) -> dict[str, Any]:
        if token not in self._tokens:
            return graph_tokens.unknown()
        key, moderates = self._tokens[token]
        scopes = _SCOPES if moderates else _SCOPES[:2]
        return graph_tokens.told(self._world.account(key).id, "PAGE", scopes, self._world.clock())

    def _node(self, edges: Edges, node_id: str, fields: Any) -> dict[str, Any]:
        account = self._page(node_id)
        if account is not None:
            own = account.id == edges.account.id
            if not own:
                raise errors.not_ours()
            return edges.page(fields)
        post, comment = edges.found(node_id)
        if comment is not None and post is not None:
            return edges.comment(post, comment, fields)
        if post is None:
            raise errors.unsupported(node_id)
        return edges.video(post, fields) if "_" not in node_id else edges.post(post, fields)

    def _edge(self, edges: Edges, node_id: str, edge: str, fields: Any, request: Request) -> dict[str, Any]:
        account = self._page(node_id)
        if account is not None:
            if account.id != edges.account.id:
                raise errors.not_ours()
            window = Window.asked(request)
            if edge in _POST_EDGES:
                return edges.posts(fields, window, hidden=request.parameter("include_hidden") in {"true", "1"})
            if edge == "video_reels":
                return edges.reels(fields, window)
        elif edge == "comments":
            post, comment = edges.found(node_id)
            if post is None:
                raise errors.unsupported(node_id)
            return edges.comments(post, comment, dict(request.query), fields, node_id)
        elif edges.found(node_id)[0] is None:
            raise errors.unsupported(node_id)
        raise GraphError(f"Unknown path components: /{edge}", 2500)

    def _page(self, node_id: str) -> CityAccount | None:
        return next((a for a in self._world.city.accounts if a.platform == "facebook" and a.id == node_id), None)

    def _add_headers(self, answer: Answer, request: Request, page_id: str) -> None:
        self._calls += 1
        usage = min(60, 1 + self._calls // 200)
        answer.headers = [
            ("Vary", "Origin"),
            ("Vary", "Accept-Encoding"),
            ("Content-Type", "application/json; charset=UTF-8"),
            ("facebook-api-version", VERSION),
            ("Strict-Transport-Security", "max-age=15552000; preload"),
            ("Pragma", "no-cache"),
            ("Cache-Control", "private, no-cache, no-store, must-revalidate"),
            ("Expires", "Sat, 01 Jan 2000 00:00:00 GMT"),
            ("Access-Control-Allow-Origin", "*"),
            ("x-fb-request-id", mark("request", request.shown, length=24)),
            ("x-fb-trace-id", mark("trace", request.shown, length=11)),
            ("x-fb-rev", "1031845520"),
            *answer.headers,
        ]
        if page_id:
            answer.headers.append(("X-Business-Use-Case-Usage", usage_header(page_id, usage)))


def usage_header(page_id: str, percent: int, minutes: int = 0) -> str:
    """Return the value of X-Business-Use-Case-Usage; ``minutes`` until calls are let through again."""
    use = {
        "type": "pages", "call_count": percent, "total_cputime": percent // 2, "total_time": percent // 2,
        "estimated_time_to_regain_access": minutes,
    }  # fmt: skip
    return json.dumps({page_id: [use]}, separators=(",", ":"))


def base_address() -> str:
    """Return the address that paging links begin with."""
    return f"http://{GRAPH_HOST}/{VERSION}"
