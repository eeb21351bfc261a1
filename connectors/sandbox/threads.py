"""The Threads API of the sandbox: an account, its posts and replies, flat conversations, the numbers of each post.

Answers as ``graph.threads.net`` v1.0 does, for the calls that a reader of its own account makes. Choices where the
platform documents nothing: ``since`` and ``until`` are inclusive; at most a hundred a page; a page is cut before what
is shown to nobody (private profiles' replies) is taken out, so pages can be short or empty; deleting a reply leaves
its answers, which go on naming it, and lowers the number; a reply below a hidden one counts as hidden, one hidden
below a visible one does not (only the top level can be hidden); a link hangs on a text without its preview picture.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import graph_errors as errors
from connectors.sandbox import graph_tokens
from connectors.sandbox import threads_nodes as nodes
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.graph_answers import Product, link, unauthorised
from connectors.sandbox.graph_edges import Window
from connectors.sandbox.graph_errors import GraphError
from connectors.sandbox.graph_fields import Chosen
from connectors.sandbox.graph_lists import chosen_object, chunk_of, fields_of, limit_of, place, pruned
from connectors.sandbox.graph_truth import avatar_of, media_of, true_medium, true_post
from connectors.sandbox.threads_nodes import Node

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.sandbox.model import CityPost
    from connectors.sandbox.truth import TrueMedium, TruePost
    from connectors.sandbox.world import World

HOST: Final = "graph.threads.exempelstad.example"
VERSION = "v1.0"
_MOST = 100
_LIFE = 5_184_000  # seconds a long-lived token lives
_SCOPES = ("threads_basic", "threads_read_replies", "threads_manage_insights")
_ID = (Chosen("id"),)


class Threads:
    """Serves the city's account."""

    account = "threads"
    hosts = (HOST,)

    def __init__(self, world: World) -> None:
        self._world, self._head, self._shelf = world, world.account(self.account), world.shelf
        self.credential = f"THAA{mark('token', world.city.seed, self.account, length=60)}ZD"
        self._tokens, self._begun = [self.credential], world.clock()
        self._product = Product("threads", 4, self._head.id, "conversation")
        self.spoilers = self._product.spoilers()

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        refusal = unauthorised(request, frozenset(self._tokens))
        try:
            answer = refusal.answer() if refusal else Answer(document=self._document(request))
        except GraphError as error:
            answer = error.answer()
        return self._product.dressed(answer, request, VERSION)

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post."""
        listed = [node for node in self._replies(post) if node.reply and node.reply.listed]
        reachable = [replace(node.reply, hidden=node.hidden) for node in listed if node.reply]
        media = media_of(post, self._shelf) if Node(self._head, post).media_type != "TEXT_POST" else ()
        media += tuple(
            true_medium(c.id, "image", self._shelf.graph_picture(c.picture, c.id), self._shelf)
            for c in reachable
            if c.picture
        )
        return true_post(self._head, post, reachable, claimed=len(post.comments), media=media, tells_id=False)

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the account's picture."""
        return (avatar_of(self._head, self._shelf),)

    def _replies(self, post: CityPost) -> list[Node]:
        """Return the whole conversation; whether a reply is hidden is decided at its top."""
        by_id = {comment.id: comment for comment in post.comments}
        hidden: dict[str, bool] = {}
        for comment in sorted(post.comments, key=lambda c: c.depth):
            above = comment.parent_id
            hidden[comment.id] = comment.hidden if above is None else above in by_id and hidden[above]
        return [Node(self._head, post, comment, hidden[comment.id]) for comment in post.comments]

    def _found(self, node_id: str) -> Node:
        post = self._world.post(self.account, node_id)
        if post is not None:
            return Node(self._head, post)
        pair = self._world.comment(self.account, node_id)
        if pair is None or not pair[1].listed:
            raise errors.unsupported(node_id)
        return next(node for node in self._replies(pair[0]) if node.id == node_id)

    def _document(self, request: Request) -> dict[str, Any]:
        parts = [part for part in request.path.split("/") if part]
        if parts == ["refresh_access_token"]:
            return self._renewed(request)
        if parts == ["debug_token"]:
            return self._debugged(request.parameter("input_token"))
        if not parts or parts[0] != VERSION or len(parts) not in {2, 3}:
            raise GraphError(f"Unknown path components: {request.path}", 2500, kind="THApiException")
        node_id = self._head.id if parts[1] == "me" else parts[1]
        own, edge = node_id == self._head.id, parts[2] if len(parts) == 3 else ""  # noqa: PLR2004 - version, id, edge
        if own:
            return self._account_edge(edge, request)
        node = self._found(node_id)
        if edge == "insights":
            return self._insights(node, request)
        if edge in {"conversation", "replies"}:
            return self._conversation(node, edge, request)
        if edge:
            raise GraphError(f"Unknown path components: /{edge}", 2500, kind="THApiException")
        return self._node(node, fields_of(request))

    def _renewed(self, request: Request) -> dict[str, Any]:
        if request.parameter("grant_type") != "th_refresh_token":
            raise GraphError("Invalid grant_type: th_refresh_token is expected", 100, kind="THApiException")
        self._tokens.append(f"THAA{mark('renewed', self._world.city.seed, len(self._tokens), length=60)}ZD")
        return {"access_token": self._tokens[-1], "token_type": "bearer", "expires_in": _LIFE}

    def _debugged(self, token: str) -> dict[str, Any]:
        if token not in self._tokens:
            return graph_tokens.unknown()
        ends = self._begun + timedelta(seconds=_LIFE)
        return graph_tokens.told(self._head.id, "USER", _SCOPES, self._world.clock(), ends=ends)

    def _account_edge(self, edge: str, request: Request) -> dict[str, Any]:
        window = Window.asked(request)
        if edge == "threads":
            found = [Node(self._head, p) for p in self._world.posts(self.account) if window.holds(p.created_at)]
            return self._page(found, request, newest_first=True)
        if edge == "replies":
            everywhere = (node for post in self._world.posts(self.account) for node in self._replies(post))
            own = [n for n in everywhere if n.reply and n.is_ours and n.reply.listed]
            return self._page(
                [n for n in own if n.reply and window.holds(n.reply.created_at)], request, newest_first=True
            )
        if edge:
            raise GraphError(f"Unknown path components: /{edge}", 2500, kind="THApiException")
        told = nodes.ACCOUNT_FIELDS
        fields = fields_of(request) or _ID
        return chosen_object(fields, "ThreadsUser", lambda name: told[name](self._head, self._shelf), told)

    def _conversation(self, node: Node, edge: str, request: Request) -> dict[str, Any]:
        replies = self._replies(node.post)
        if edge == "replies" or node.reply is not None:
            below = {comment.id for comment in node.below()}
            replies = [reply for reply in replies if reply.id in below]
        return self._page(replies, request, newest_first=request.parameter("reverse", "true") != "false")

    def _page(self, found: Sequence[Node], request: Request, *, newest_first: bool) -> dict[str, Any]:
        def at(node: Node) -> tuple[int, int]:
            shown = node.reply or node.post
            return place(shown.created_at, shown.id, newest_first=newest_first)

        asked, fields = dict(request.query), fields_of(request)
        ordered = sorted(found, key=at)
        chunk = chunk_of(
            ordered, [at(node) for node in ordered], asked.get("after", ""), limit_of(asked, most=_MOST)
        )  # fmt: skip
        shown = [node for node in chunk.items if node.reply is None or node.reply.listed]
        answer: dict[str, Any] = {"data": [self._node(node, fields) for node in shown]}
        if chunk.items:
            answer["paging"] = {"cursors": {"before": chunk.before, "after": chunk.after}}
        if chunk.more:
            given = {key: value for key, value in asked.items() if key != "access_token"}
            path = request.path.strip("/")
            answer["paging"]["next"] = link(HOST, request.token, path, {**given, "after": chunk.after})
        return answer

    def _node(self, node: Node, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        told = nodes.NODE_FIELDS
        return chosen_object(
            fields or _ID, "ThreadsMedia", lambda name: told[name](node, self._shelf), told, nodes.NODE_MAYBE,
            lambda one: self._children(node, one),
        )  # fmt: skip

    def _children(self, node: Node, one: Chosen) -> dict[str, Any] | None:
        if one.name != "children" or node.media_type != "CAROUSEL_ALBUM":
            return None
        return {"data": [pruned(part, one.inner or _ID) for part in nodes.parts(node, self._shelf)]}

    def _insights(self, node: Node, request: Request) -> dict[str, Any]:
        told, asked = nodes.metrics(node), request.parameter("metric").split(",")
        if unknown := sorted(set(asked) - set(told)):
            message = f"(#100) metric[0] must be one of the following values: {', '.join(told)} ({unknown[0]})"
            raise GraphError(message, 100, kind="THApiException")
        return {"data": [
            {
                "name": name, "period": "lifetime", "values": [{"value": told[name]}], "title": name.capitalize(),
                "description": f"The number of {name} on your post.", "id": f"{node.id}/insights/{name}/lifetime",
            }
            for name in asked
        ]}  # fmt: skip
