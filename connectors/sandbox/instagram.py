"""The Instagram API of the sandbox: a professional account, its media, stories, comments and answers.

Answers as ``graph.instagram.com`` v25.0 does, for the calls that a reader of its own account makes. Choices where the
platform documents nothing: ``since`` and ``until`` are inclusive; comments come newest first and at most 50 a page,
answers oldest first; a page is cut before what is shown to nobody (a restricted account's comments) is taken out, so
pages can be short or empty; deleting a comment deletes its answers, and the number goes down. A picture posted in the
last day stands among the stories too; a story has no comments.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import graph_errors as errors
from connectors.sandbox import instagram_nodes as nodes
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.graph_answers import Product, link, unauthorised
from connectors.sandbox.graph_edges import Window
from connectors.sandbox.graph_errors import GraphError
from connectors.sandbox.graph_fields import Chosen, written
from connectors.sandbox.graph_lists import chosen_object, chunk_of, fields_of, limit_of, place, pruned
from connectors.sandbox.graph_truth import avatar_of, media_of, true_post

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.truth import TrueMedium, TruePost
    from connectors.sandbox.world import World

HOST: Final = "graph.instagram.exempelstad.example"
VERSION = "v25.0"
_MOST, _MOST_COMMENTS = 100, 50
_LIFE = 5_184_000  # seconds a long-lived token lives
_ALIVE = timedelta(days=1)  # of a story
_ID = (Chosen("id"),)
_COMMENT_DEFAULT = tuple(Chosen(name) for name in ("timestamp", "text", "id"))


class Instagram:
    """Serves the city's account."""

    account = "instagram"
    hosts = (HOST,)

    def __init__(self, world: World) -> None:
        self._world, self._head, self._shelf = world, world.account(self.account), world.shelf
        self.credential = f"IGAA{mark('token', world.city.seed, self.account, length=60)}ZD"
        self._tokens = [self.credential]
        self._product = Product("instagram", 80002, self._head.id, "comments")
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
        listed = {c.id for c in post.comments if c.listed}
        reachable = [c for c in post.comments if c.listed and (c.parent_id is None or c.parent_id in listed)]
        return true_post(
            self._head, post, reachable, claimed=len(post.comments), media=media_of(post, self._shelf), tells_id=True
        )

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the account's picture."""
        return (avatar_of(self._head, self._shelf),)

    def _document(self, request: Request) -> dict[str, Any]:
        parts = [part for part in request.path.split("/") if part]
        if parts == ["refresh_access_token"]:
            return self._renewed(request)
        if not parts or parts[0] != VERSION or len(parts) not in {2, 3}:
            message = f"Unknown path components: {request.path}"
            raise GraphError(message, 2500, kind="IGApiException")
        node_id = self._head.id if parts[1] == "me" else parts[1]
        fields = fields_of(request)
        if len(parts) == 2:  # noqa: PLR2004 - version and id, no edge
            return self._node(node_id, fields)
        return self._edge(node_id, parts[2], fields, request)

    def _renewed(self, request: Request) -> dict[str, Any]:
        if request.parameter("grant_type") != "ig_refresh_token":
            raise GraphError("Invalid grant_type: ig_refresh_token is expected", 100, kind="IGApiException")
        token = f"IGAA{mark('renewed', self._world.city.seed, len(self._tokens), length=60)}ZD"
        self._tokens.append(token)
        scopes = "instagram_business_basic,instagram_business_manage_comments"
        return {"access_token": token, "token_type": "bearer", "expires_in": _LIFE, "permissions": scopes}

    def _node(self, node_id: str, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        if node_id == self._head.id:
            number = len(self._world.posts(self.account))
            told = nodes.ACCOUNT_FIELDS
            return chosen_object(
                fields or _ID, "IGUser", lambda name: told[name](self._head, self._shelf, number), told
            )
        post = self._world.post(self.account, node_id)
        if post is not None:
            return self._medium(post, fields)
        found = self._world.comment(self.account, node_id)
        if found is None or not found[1].listed:
            raise errors.unsupported(node_id)
        return self._comment(*found, fields)

    def _edge(self, node_id: str, edge: str, fields: tuple[Chosen, ...] | None, request: Request) -> dict[str, Any]:
        asked = dict(request.query)
        if node_id == self._head.id and edge == "media":
            window = Window.asked(request)
            posts = [post for post in self._world.posts(self.account) if window.holds(post.created_at)]
            return self._media(posts, fields, request)
        if node_id == self._head.id and edge == "stories":
            return self._media(self._stories(), fields, request)
        post = self._world.post(self.account, node_id)
        found = self._world.comment(self.account, node_id)
        if post is not None and edge == "children":
            return {"data": self._children(post, fields)}
        if post is not None and edge == "comments":
            return self._comments(post, None, asked, fields)
        if found is not None and edge == "replies" and found[1].listed:
            return self._comments(*found, asked, fields)
        if post is None and found is None:
            raise errors.unsupported(node_id)
        raise GraphError(f"Unknown path components: /{edge}", 2500, kind="IGApiException")

    def _stories(self) -> list[CityPost]:
        now = self._world.clock()
        young = [p for p in self._world.posts(self.account) if p.kind == "photo" and now - _ALIVE < p.created_at <= now]
        return [replace(p, id=str(int(p.id) + 7), kind="story", comments=(), reactions=()) for p in young]

    def _media(self, posts: Sequence[CityPost], fields: tuple[Chosen, ...] | None, request: Request) -> dict[str, Any]:
        asked = dict(request.query)
        ordered = sorted(posts, key=lambda post: place(post.created_at, post.id, newest_first=True))
        places = [place(post.created_at, post.id, newest_first=True) for post in ordered]
        chunk = chunk_of(ordered, places, asked.get("after", ""), limit_of(asked, most=_MOST))
        answer: dict[str, Any] = {"data": [self._medium(post, fields) for post in chunk.items]}
        if chunk.items:
            answer["paging"] = {"cursors": {"before": chunk.before, "after": chunk.after}}
        if chunk.more:
            path = request.path.strip("/")
            given = {key: value for key, value in asked.items() if key != "access_token"}
            answer["paging"]["next"] = link(HOST, request.token, path, {**given, "after": chunk.after})
        return answer

    def _medium(self, post: CityPost, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        told = nodes.MEDIA_FIELDS
        return chosen_object(
            fields or _ID, "IGMedia", lambda name: told[name](self._head, post, self._shelf), told, nodes.MEDIA_MAYBE,
            lambda one: self._inner(post, None, one),
        )  # fmt: skip

    def _children(self, post: CityPost, fields: tuple[Chosen, ...] | None) -> list[dict[str, Any]]:
        parts = [nodes.part(post, number, self._shelf) for number in range(len(post.pictures))]
        return [pruned(part, fields or _ID) for part in parts] if nodes.is_album(post) else []

    def _inner(self, post: CityPost, comment: CityComment | None, one: Chosen) -> dict[str, Any] | None:
        if one.name == "children" and comment is None:
            return {"data": self._children(post, one.inner)} if nodes.is_album(post) else None
        if one.name == ("comments" if comment is None else "replies") and (comment is None or not comment.parent_id):
            listed = self._comments(post, comment, one.modifiers, one.inner)
            return listed if listed["data"] or "paging" in listed else None
        return None

    def _comment(
        self, post: CityPost, comment: CityComment, fields: tuple[Chosen, ...] | None
    ) -> dict[str, Any]:  # fmt: skip
        told = nodes.COMMENT_FIELDS
        return chosen_object(
            fields or _COMMENT_DEFAULT, "IGComment", lambda name: told[name](self._head, post, comment), told,
            nodes.COMMENT_MAYBE | {"replies"}, lambda one: self._inner(post, comment, one),
        )  # fmt: skip

    def _comments(
        self, post: CityPost, below: CityComment | None, asked: Mapping[str, str], fields: tuple[Chosen, ...] | None
    ) -> dict[str, Any]:
        """Return a page of a medium's comments, or of a comment's answers, as an edge or expanded inside its node."""
        newest = below is None
        scope = [c for c in post.comments if c.parent_id == (below.id if below else None)]
        scope.sort(key=lambda c: place(c.created_at, c.id, newest_first=newest))
        places = [place(c.created_at, c.id, newest_first=newest) for c in scope]
        limit = limit_of(asked, most=_MOST_COMMENTS, refused=False)
        chunk = chunk_of(scope, places, asked.get("after", ""), limit)
        answer: dict[str, Any] = {"data": [self._comment(post, c, fields) for c in chunk.items if c.listed]}
        if chunk.more:
            given = {"fields": written(fields) or None, "limit": str(limit), "after": chunk.after}
            path = f"{VERSION}/{below.id}/replies" if below else f"{VERSION}/{post.id}/comments"
            answer["paging"] = {"cursors": {"after": chunk.after}, "next": link(HOST, self._tokens[-1], path, given)}
        return answer
