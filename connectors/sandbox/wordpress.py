"""The WordPress REST API of the sandbox: one news site, read without login.

Answers as WordPress 6.1 does for the site root and the collections posts, comments, media and users: paging headers,
windows in site time (Europe/Stockholm), ``_embed``, ``_fields`` and error bodies.
"""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.sandbox import wordpress_objects as objects
from connectors.sandbox.answers import BLOG_HOST, Answer, Request, mark
from connectors.sandbox.media import upload_name
from connectors.sandbox.public_pages import public_page
from connectors.sandbox.wordpress_queries import Query, RestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.world import World

_API_LINK = f'<http://{BLOG_HOST}/wp-json/>; rel="https://api.w.org/"'
_ITEM_PATH_LENGTH, _ITEM = 2, re.compile(r"[0-9]{1,18}")


class Blog:
    """Answers requests to the blog's host: REST, uploaded files, and the front page."""

    def __init__(self, world: World, key: str) -> None:
        self._world, self._key = world, key
        self._account = world.account(key)

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        if request.path.startswith("/wp-content/uploads/"):
            return self._world.shelf.answer(request)
        route = request.parameter("rest_route") or request.path.removeprefix("/wp-json")
        if not request.path.startswith("/wp-json") and not request.parameter("rest_route"):
            return self._front_page(there=request.path == "/")
        try:
            answer = self._routed(route.strip("/") if request.method in {"GET", "HEAD"} else "unknown", Query(request))
        except RestError as error:
            answer = Answer(error.status, document=error.document())
        return self._with_headers(answer)

    def _front_page(self, *, there: bool) -> Answer:
        shelf = self._world.shelf
        page = public_page(
            self._account, self._world.posts(self._key) if there else (), shelf.upload(self._account.avatar, "vapen"),
            lambda post: [shelf.upload(one, upload_name(post, at)) for at, one in enumerate(post.pictures)],
        )  # fmt: skip
        page.status = 200 if there else 404
        page.headers.append(("Link", _API_LINK))
        return page

    def _with_headers(self, answer: Answer) -> Answer:
        paging = [(name, value) for name, value in answer.headers if name != "Link"]
        links = [(name, value) for name, value in answer.headers if name == "Link"] or [("Link", _API_LINK)]
        answer.headers = [
            ("X-Powered-By", "PHP/8.2.36"),
            ("Content-Type", "application/json; charset=UTF-8"),
            ("X-Robots-Tag", "noindex"),
            ("X-Content-Type-Options", "nosniff"),
            ("Access-Control-Expose-Headers", "X-WP-Total, X-WP-TotalPages, Link"),
            (
                "Access-Control-Allow-Headers",
                "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type",
            ),
            *paging,
            *links,
            ("Allow", "GET"),
            ("Vary", "Origin"),
        ]
        return answer

    def _routed(self, route: str, query: Query) -> Answer:
        if not route:
            return Answer(document=query.shaped(self._root()))
        parts = route.removeprefix("wp/v2").strip("/").split("/")
        lists: dict[str, Callable[[Query], Answer]] = {
            "posts": self._posts, "comments": self._comments, "media": self._media, "users": self._users,
        }  # fmt: skip
        items: dict[str, Callable[[str, Query], Answer]] = {
            "posts": self._post, "comments": self._comment, "media": self._medium, "users": self._user,
        }  # fmt: skip
        if route == "wp/v2/users/me":
            return self._me(query)
        if route.startswith("wp/v2") and parts[0] in lists:
            if len(parts) == 1:
                return lists[parts[0]](query)
            if len(parts) == _ITEM_PATH_LENGTH and _ITEM.fullmatch(parts[1]):
                return items[parts[0]](parts[1], query)
        raise RestError("rest_no_route", "No route was found matching the URL and request method.", 404)

    def _root(self) -> dict[str, Any]:
        site = f"http://{BLOG_HOST}"
        icon = self._world.shelf.upload(self._account.avatar, "vapen")
        return {
            "name": self._account.name, "description": self._account.about, "url": site, "home": site,
            "gmt_offset": 1, "timezone_string": "Europe/Stockholm", "namespaces": ["oembed/1.0", "wp/v2"],
            "authentication": [], "site_logo": 2, "site_icon": 2, "site_icon_url": icon, "routes": {},
            "_links": {"help": [{"href": "https://developer.wordpress.org/rest-api/"}]},
        }  # fmt: skip

    def _public(self, post: CityPost) -> list[CityComment]:
        return [c for c in post.comments if c.listed and not c.hidden]

    def _shown_post(self, post: CityPost, query: Query) -> dict[str, Any]:
        shown = objects.post_object(post, self._world.shelf, embed=post.id == self._account.posts[-3].id)
        embedded: dict[str, Any] = {}
        if query.embeds("author"):
            embedded["author"] = [objects.user_object(self._account.staff[post.staff - 1])]
        if query.embeds("replies") and self._public(post):
            embedded["replies"] = [[objects.comment_object(self._account, post, c) for c in self._public(post)[:10]]]
        if query.embeds("wp:featuredmedia") and post.pictures:
            embedded["wp:featuredmedia"] = [objects.media_object(post, 0, self._world.shelf)]
        return query.shaped(shown | ({"_embedded": embedded} if embedded else {}))

    def _posts(self, query: Query) -> Answer:
        query.check("posts")
        wanted, own = query.ids("include"), query.ids("author")
        posts = [
            post for post in self._world.posts(self._key)
            if query.within(post.created_at, post.updated_at)
            and (wanted is None or int(post.id) in wanted) and (own is None or post.staff in own)
            and query.parameter("sticky", str(post.pinned).lower()) == str(post.pinned).lower()
            and query.parameter("slug", objects.post_slug(post)) == objects.post_slug(post)
        ]  # fmt: skip
        orders = {
            "date": lambda p: (p.created_at, int(p.id)), "modified": lambda p: (p.updated_at, int(p.id)),
            "id": lambda p: int(p.id), "title": lambda p: (p.title, int(p.id)), "slug": objects.post_slug,
            "author": lambda p: (p.staff, int(p.id)),
        }  # fmt: skip
        return query.page(posts, orders, "date", lambda post: self._shown_post(post, query))

    def _post(self, post_id: str, query: Query) -> Answer:
        post = self._world.post(self._key, str(int(post_id)))
        if post is None:
            raise RestError("rest_post_invalid_id", "Invalid post ID.", 404)
        return Answer(document=self._shown_post(post, query))

    def _comments(self, query: Query) -> Answer:
        query.check("comments")
        home, parents, wanted = query.ids("post"), query.ids("parent"), query.ids("include")
        pairs = [
            (post, comment)
            for post in self._world.posts(self._key) if home is None or int(post.id) in home
            for comment in self._public(post)
            if (parents is None or int(comment.parent_id or 0) in parents)
            and (wanted is None or int(comment.id) in wanted) and query.within(comment.created_at)
        ]  # fmt: skip
        by_time = _by_time
        orders = {
            "date_gmt": by_time, "date": by_time, "id": lambda pair: int(pair[1].id),
            "post": lambda pair: (int(pair[0].id), int(pair[1].id)),
            "parent": lambda pair: (int(pair[1].parent_id or 0), int(pair[1].id)),
        }  # fmt: skip
        return query.page(pairs, orders, "date_gmt", lambda pair: self._shown_comment(*pair, query))

    def _shown_comment(self, post: CityPost, comment: CityComment, query: Query) -> dict[str, Any]:
        public = replace(post, comments=tuple(self._public(post)))
        return query.shaped(objects.comment_object(self._account, public, comment))

    def _comment(self, comment_id: str, query: Query) -> Answer:
        found = self._world.comment(self._key, str(int(comment_id)))
        if found is None:
            raise RestError("rest_comment_invalid_id", "Invalid comment ID.", 404)
        if found[1] not in self._public(found[0]):
            raise RestError("rest_cannot_read", "Sorry, you are not allowed to read this comment.", 401)
        return Answer(document=self._shown_comment(*found, query))

    def _media(self, query: Query) -> Answer:
        query.check("media")
        wanted, home = query.ids("include"), query.ids("parent")
        uploads = [
            (post, place)
            for post in self._world.posts(self._key) if home is None or int(post.id) in home
            for place, media_id in enumerate(post.picture_ids)
            if (wanted is None or int(media_id) in wanted) and query.within(post.created_at, post.created_at)
        ]  # fmt: skip
        orders = {
            "date": lambda pair: (pair[0].created_at, int(pair[0].picture_ids[pair[1]])),
            "id": lambda pair: int(pair[0].picture_ids[pair[1]]),
        }  # fmt: skip
        return query.page(
            uploads, orders, "date", lambda pair: query.shaped(objects.media_object(*pair, self._world.shelf))
        )

    def _medium(self, media_id: str, query: Query) -> Answer:
        for post in self._world.posts(self._key):
            if media_id in post.picture_ids:
                place = post.picture_ids.index(media_id)
                return Answer(document=query.shaped(objects.media_object(post, place, self._world.shelf)))
        raise RestError("rest_post_invalid_id", "Invalid post ID.", 404)

    def _users(self, query: Query) -> Answer:
        query.check("users")
        wanted = query.ids("include")
        staff = [one for one in self._account.staff if wanted is None or one[0] in wanted]
        orders = {"name": lambda one: (one[1], one[0]), "id": lambda one: one[0], "slug": lambda one: (one[2], one[0])}
        return query.page(staff, orders, "name", lambda one: query.shaped(objects.user_object(one)), order="asc")

    def _me(self, query: Query) -> Answer:
        """Tell the user whose application password came with the request."""
        scheme, _, given = query.authorization.partition(" ")
        if not given:
            raise RestError("rest_not_logged_in", "You are not currently logged in.", 401)
        me = self._account.staff[0]
        right = base64.b64encode(f"{me[2]}:{application_password(self._key)}".encode()).decode()
        if (scheme.lower(), given) != ("basic", right):
            message = "The provided password is an invalid application password."
            raise RestError("incorrect_password", message, 401)
        return Answer(document=query.shaped(objects.user_object(me)))

    def _user(self, user_id: str, query: Query) -> Answer:
        for one in self._account.staff:
            if one[0] == int(user_id):
                return Answer(document=query.shaped(objects.user_object(one)))
        raise RestError("rest_user_invalid_id", "Invalid user ID.", 404)


def application_password(key: str) -> str:
    """Return the application password of the first of the staff of the site with this key."""
    return mark("application password", key, length=24)


def _by_time(pair: tuple[CityPost, CityComment]) -> tuple[Any, int]:
    return pair[1].created_at, int(pair[1].id)
