"""The Graph API's lists: field selection inside them, windows, cursors, summaries and links to the next page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from connectors.sandbox import graph_nodes as nodes
from connectors.sandbox.answers import GRAPH_HOST
from connectors.sandbox.graph_errors import GraphError
from connectors.sandbox.graph_fields import Chosen, written
from connectors.sandbox.graph_lists import chosen_object, cursor, index_of, limit_of, place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.sandbox.answers import Request
    from connectors.sandbox.model import CityAccount, CityComment, CityPost
    from connectors.sandbox.world import World

MOST = 100  # records a page, posts and comments alike
_COMMENTS_DEFAULT = tuple(Chosen(name) for name in ("created_time", "from", "message", "id"))
_POST_DEFAULT = tuple(Chosen(name) for name in ("created_time", "message", "story", "id"))
_VIDEO_DEFAULT = tuple(Chosen(name) for name in ("description", "updated_time", "id"))
_PAGE_DEFAULT = (Chosen("name"), Chosen("id"))
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_PASSED_ON = ("filter", "order", "summary")


@dataclass(frozen=True, slots=True)
class Window:
    """The time span asked for, both ends inclusive; ``asked`` is true if there was one."""

    since: datetime | None
    until: datetime | None

    @classmethod
    def asked(cls, request: Request) -> Window:
        """Read ``since`` and ``until``: Unix seconds, or a date with or without time; empty means open."""
        return cls(_instant(request, "since"), _instant(request, "until"))

    def holds(self, when: datetime) -> bool:
        """Tell whether an instant lies within."""
        return (self.since is None or when >= self.since) and (self.until is None or when <= self.until)


def _instant(request: Request, name: str) -> datetime | None:
    text = request.parameter(name)
    if not text:
        return None
    try:
        if _INTEGER.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        when = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError) as error:
        raise GraphError(f"(#100) Invalid parameter: {name} must be a Unix timestamp or a date", 100) from error
    return when if when.tzinfo else when.replace(tzinfo=UTC)


class Edges:
    """Answers for one request: knows whose token it carries and the request whose links it continues."""

    def __init__(self, world: World, account: CityAccount, request: Request, *, moderates: bool) -> None:
        self._world, self.account, self._request, self._moderates = world, account, request, moderates
        self._shelf = world.shelf

    def found(self, node_id: str) -> tuple[CityPost | None, CityComment | None]:
        """Return the post, or the post and comment, or the film's post, that an id names."""
        post = self._world.post(self.account.key, node_id)
        if post is not None:
            return post, None
        pair = self._world.comment(self.account.key, node_id)
        if pair is not None:
            return pair if pair[1].listed else (None, None)
        films = (p for p in self._world.posts(self.account.key) if p.film and p.film.id == node_id)
        return next(films, None), None

    def page(self, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        """Return the Page itself."""
        return chosen_object(
            fields or _PAGE_DEFAULT,
            "Page",
            lambda name: nodes.PAGE_FIELDS[name](self.account, self._shelf),
            nodes.PAGE_FIELDS,
        )

    def post(self, post: CityPost, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        """Return a post."""
        for one in fields or ():
            if one.name in nodes.POST_DEPRECATED:
                raise GraphError(f"(#12) {one.name} field is deprecated for versions v3.3 and higher", 12)
        return chosen_object(
            fields or _POST_DEFAULT, "Post", lambda name: nodes.POST_FIELDS[name](self.account, post, self._shelf),
            nodes.POST_FIELDS, nodes.POST_MAYBE, lambda one: self._inner_edge(post, None, one, post.id),
        )  # fmt: skip

    def video(self, post: CityPost, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        """Return a film or reel."""
        film_id = post.film.id if post.film else post.id
        return chosen_object(
            fields or _VIDEO_DEFAULT, "Video", lambda name: nodes.VIDEO_FIELDS[name](self.account, post, self._shelf),
            nodes.VIDEO_FIELDS, nodes.VIDEO_MAYBE, lambda one: self._inner_edge(post, None, one, film_id),
        )  # fmt: skip

    def comment(self, post: CityPost, comment: CityComment, fields: tuple[Chosen, ...] | None) -> dict[str, Any]:
        """Return a comment; without its id and author if the token may not moderate the Page."""
        told = chosen_object(
            fields or _COMMENTS_DEFAULT, "Comment",
            lambda name: nodes.COMMENT_FIELDS[name](self.account, post, comment, self._shelf),
            nodes.COMMENT_FIELDS, nodes.COMMENT_MAYBE, lambda one: self._inner_edge(post, comment, one, comment.id),
        )  # fmt: skip
        if not self._moderates:
            for key in ("id", "from", "parent", "is_hidden"):
                told.pop(key, None)
        return told

    def posts(self, fields: tuple[Chosen, ...] | None, window: Window, *, hidden: bool) -> dict[str, Any]:
        """Return a page of the Page's posts: the pinned one first, then newest first."""
        posts = [
            post for post in self._world.posts(self.account.key)
            if window.holds(post.created_at) and post.kind != "reel" and (hidden or not post.hidden)
        ]  # fmt: skip
        posts.sort(key=_post_place)
        return self._timed_page(posts, lambda post: self.post(post, fields), window)

    def reels(self, fields: tuple[Chosen, ...] | None, window: Window) -> dict[str, Any]:
        """Return a page of the Page's reels, newest first."""
        posts = [
            post for post in self._world.posts(self.account.key)
            if window.holds(post.created_at) and (post.kind == "reel" or post.also_among_reels)
        ]  # fmt: skip
        posts.sort(key=_post_place)
        return self._timed_page(posts, lambda post: self.video(post, fields), window)

    def comments(
        self, post: CityPost, below: CityComment | None, asked: Mapping[str, str],
        fields: tuple[Chosen, ...] | None, node_id: str,
    ) -> dict[str, Any]:  # fmt: skip
        """Return a page of a post's comments (or of a comment's answers), as an edge or expanded inside its post."""
        scope = [c for c in post.comments if below is None or c.parent_id == below.id]
        if below is None and asked.get("filter", "toplevel") != "stream":
            scope = [c for c in scope if c.parent_id is None]
        listed = [c for c in scope if c.listed and (self._moderates or not c.hidden)]
        newest_first = asked.get("order") == "reverse_chronological"
        listed.sort(key=lambda c: place(c.created_at, c.id, newest_first=newest_first))
        places = [place(c.created_at, c.id, newest_first=newest_first) for c in listed]
        limit, begin = limit_of(asked, most=MOST), index_of(places, asked.get("after", ""))
        chunk = listed[begin : begin + limit]
        answer: dict[str, Any] = {"data": [self.comment(post, c, fields) for c in chunk]}
        if chunk:
            last = places[begin + len(chunk) - 1]
            answer["paging"] = {"cursors": {"before": cursor(places[begin]), "after": cursor(last)}}
            if begin + len(chunk) < len(listed):
                given = {key: asked[key] for key in _PASSED_ON if key in asked}
                answer["paging"]["next"] = self._link(f"{node_id}/comments", {
                    "fields": written(fields) or None, **given, "limit": str(limit), "after": cursor(last),
                })  # fmt: skip
        summary = asked.get("summary", "")
        if summary not in {"", "false", "0"}:
            whole: dict[str, Any] = {"order": "chronological", "total_count": len(scope), "can_comment": True}
            answer["summary"] = (
                whole if summary in {"true", "1"} else {k: whole[k] for k in summary.split(",") if k in whole}
            )
        return answer

    def _inner_edge(
        self, post: CityPost, comment: CityComment | None, one: Chosen, node_id: str
    ) -> dict[str, Any] | None:
        if one.name == "comments":
            return self.comments(post, comment, one.modifiers, one.inner, node_id)
        if one.name in {"reactions", "likes"} and comment is None:
            kind = "LIKE" if one.name == "likes" else one.modifiers.get("type", "")
            answer: dict[str, Any] = {"data": []}
            summary = one.modifiers.get("summary", "")
            if summary:
                answer["summary"] = nodes.viewer_summary(nodes.reactions(post, kind), whole=summary in {"true", "1"})
            return answer
        return None

    def _timed_page(
        self, posts: Sequence[CityPost], shown: Callable[[CityPost], Any], window: Window
    ) -> dict[str, Any]:
        asked = dict(self._request.query)
        places = [_post_place(post) for post in posts]
        limit = limit_of(asked, most=MOST)
        begin = index_of(places, asked.get("after", "") or asked.get("__paging_token", "").removeprefix("enc_"))
        chunk = posts[begin : begin + limit]
        answer: dict[str, Any] = {"data": [shown(post) for post in chunk]}
        if not chunk:
            return answer
        first, last = cursor(places[begin]), cursor(places[begin + len(chunk) - 1])
        more = begin + len(chunk) < len(posts)
        path, kept = self._request.path.split("/", 2)[2], self._kept()
        if window.since is None and window.until is None and "__paging_token" not in asked:
            answer["paging"] = {"cursors": {"before": first, "after": last}}
            if more:
                answer["paging"]["next"] = self._link(path, {**kept, "after": last})
            return answer
        newest, oldest = (int(post.created_at.timestamp()) for post in (chunk[0], chunk[-1]))
        since = asked.get("since", "")
        answer["paging"] = {"previous": self._link(path, {
            **kept, "__previous": "1", "since": str(newest), "until": "", "__paging_token": f"enc_{first}",
        })}  # fmt: skip
        if more:
            until = asked.get("until", "") if posts[0].pinned and begin == 0 and limit == 1 else str(oldest)
            answer["paging"]["next"] = self._link(path, {
                **kept, "until": until, "since": since, "__paging_token": f"enc_{last}", "__previous": ""})  # fmt: skip
        return answer

    def _kept(self) -> dict[str, str]:
        away = {"access_token", "after", "before", "since", "until", "__paging_token", "__previous", "pretty"}
        return {key: value for key, value in self._request.query if key not in away}

    def _link(self, path: str, parameters: Mapping[str, str | None]) -> str:
        pairs = [("access_token", self._request.token), ("pretty", "0")]
        pairs += [(key, value) for key, value in parameters.items() if value is not None]
        return f"http://{GRAPH_HOST}/v25.0/{path}?{urlencode(pairs)}"


def _post_place(post: CityPost) -> tuple[int, int]:
    return (-(10**11), 0) if post.pinned else place(post.created_at, post.id, newest_first=True)
