"""LinkedIn's REST API of the sandbox: one company page, read by its administrator.

Answers as api.linkedin.com/rest does under Rest.li 2.0: finders with start and count, calls for several objects by
``ids=List(...)`` whose names must be percent-encoded while brackets and commas are not, error bodies, token renewal.
Choices where nothing is documented: comments are listed newest first; comments of members who show them to few are
counted with the post but listed to nobody, and so are their answers; a removed comment takes its answers along and is
no longer counted; ``total`` counts what the caller can see; at most 100 objects a call.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from connectors.sandbox import linkedin_objects as objects
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.linkedin_dma import Dma, cursor_to_here
from connectors.sandbox.linkedin_restli import DEFAULT, MOST, RestliError, keys_in, listed, number_in, several
from connectors.sandbox.linkedin_tokens import LinkedInTokens
from connectors.sandbox.native_ids import linkedin_activity
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.sandbox.media import Shelf
    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.world import World

LINKEDIN_HOST: Final = "api.linkedin.exempelstad.example"
LINKEDIN_SITE: Final = "www.linkedin.exempelstad.example"
VERSIONS: Final = frozenset({"202512", *(f"2026{month:02}" for month in range(1, 12))})  # one a month, for a year


class LinkedIn:
    """Answers requests to LinkedIn's hosts."""

    account = "linkedin"
    hosts: tuple[str, ...] = (LINKEDIN_HOST, LINKEDIN_SITE)

    def __init__(self, world: World) -> None:
        self._world, self._page = world, world.account(self.account)
        self._tokens = LinkedInTokens(world.city.seed)
        self.credential: str | None = self._tokens.credential()
        self._images = {objects.asset_id(number): address for number, address in self._addresses()}
        self._dma = Dma(world, self._page)
        self.spoilers: Mapping[FaultKind, Callable[[Fault, Request, Answer], Answer]] = {
            FaultKind.EMPTY_PAGE: _empty_page, FaultKind.REPEATED_CURSOR: _repeated, FaultKind.RATE_LIMITED: _busy,
            FaultKind.THROTTLED: _day_limit, FaultKind.TOKEN_EXPIRED: self._expire, FaultKind.PERMISSION: _forbidden,
            FaultKind.SERVER_ERROR: _server_error, FaultKind.TOKEN_ECHO_ERROR: _echo,
            FaultKind.NO_COMMENTS: _no_elements,
        }  # fmt: skip

    def _addresses(self) -> list[tuple[str, str]]:
        shelf, page = self._world.shelf, self._page
        pairs = [(shelf.profile_picture_id(page, name), picture) for name, picture in _profile_pictures(page)]
        pairs += [pair for post in page.posts for pair in objects.shown_pictures(post)]
        return [(number, shelf.graph_picture(picture, number)) for number, picture in pairs]

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        try:
            if request.host == LINKEDIN_SITE:
                return self._tokens.answer(request, self._world.clock())
            self._admit(request)
            dma = request.path.startswith("/rest/dma")
            answer = Answer(document=self._dma.document(request) if dma else self._document(request))
        except RestliError as error:
            answer = error.answer()
        answer.headers = [
            ("Content-Type", "application/json"), ("Vary", "Accept,Authorization,X-RestLi-Protocol-Version"),
            ("X-RestLi-Protocol-Version", request.headers.get("x-restli-protocol-version", "1.0.0")),
            ("X-Li-Fabric", "prod-exempel"), ("X-Li-Pop", "prod-exempel-x"),
            ("X-LI-UUID", mark("uuid", request.shown, length=24)), *answer.headers,
        ]  # fmt: skip
        return answer

    def _admit(self, request: Request) -> None:
        refused = self._tokens.refusal(request.token)
        if refused:
            service, code, words = refused
            raise RestliError(401, code, words, service)
        version = request.headers.get("linkedin-version", "")
        if not version:
            words = "A version must be present. Please specify a version by adding the LinkedIn-Version header."
            raise RestliError(400, "VERSION_MISSING", words)
        if version not in VERSIONS:
            raise RestliError(426, "NONEXISTENT_VERSION", f"Requested version {version} is not active")
        if request.method not in {"GET", "HEAD"}:
            raise RestliError(403, "ACCESS_DENIED", "Not enough permissions to access: the sandbox is read-only", 100)

    def _document(self, request: Request) -> dict[str, Any]:
        match [part for part in request.path.split("/") if part]:
            case ["rest", "organizations", number]:
                return self._organization(number)
            case ["rest", "networkSizes", urn] if urn == self._page.id:
                return {"firstDegreeSize": self._page.followers}
            case ["rest", "posts"] if request.parameter("q") == "author":
                return self._posts(request)
            case ["rest", "organizationalEntityShareStatistics"]:
                return self._statistics(request)
            case ["rest", "socialActions", urn, "comments"]:
                return self._comments(request, urn)
            case ["rest", "posts" | "socialMetadata" | "images" | "videos" | "documents" as name, *urn] if len(urn) < 2:  # noqa: PLR2004
                return self._one(name, urn[0]) if urn else several(request, lambda one: self._one(name, one))
        raise RestliError(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {request.path}")

    def _organization(self, number: str) -> dict[str, Any]:
        if not number.isdecimal():
            raise RestliError(400, "ILLEGAL_ARGUMENT", f"Invalid organization id: {number}")
        if number != self._page.id.rpartition(":")[2]:
            raise RestliError(404, "NOT_FOUND", f"Could not find organization {number}", 0)
        return objects.page(self._page)

    def _posts(self, request: Request) -> dict[str, Any]:
        if request.headers.get("x-restli-method", "").upper() != "FINDER":
            raise RestliError(400, "ILLEGAL_ARGUMENT", "X-RestLi-Method must be FINDER")
        if request.parameter("author") != self._page.id:
            words = f"Not enough permissions to access: posts of {request.parameter('author')}"
            raise RestliError(403, "ACCESS_DENIED", words, 100)
        posts = sorted(self._world.posts(self.account), key=lambda p: (p.created_at, p.id), reverse=True)
        return _page_of(request, posts, lambda post: objects.post_object(self._page, post))

    def _statistics(self, request: Request) -> dict[str, Any]:
        """Return the numbers of posts that were shown in the last twelve months, in no order."""
        if request.parameter("organizationalEntity") != self._page.id:
            raise RestliError(403, "ACCESS_DENIED", "Not enough permissions to access: statistics of the entity", 100)
        posts = [self._post(urn) for name in ("shares", "ugcPosts") for urn in keys_in(request, name)]
        since = self._world.clock() - timedelta(days=365)
        shown = [objects.statistics(self._page, post) for post in posts if post and post.created_at >= since]
        return {"paging": {"start": 0, "count": len(shown), "links": []}, "elements": shown}

    def _comments(self, request: Request, urn: str) -> dict[str, Any]:
        found = self._world.comment(self.account, urn)
        post = self._post(urn) if found is None else found[0]
        if post is None or (found is not None and found[1] not in listed(post)):
            raise RestliError(404, "NOT_FOUND", f"Could not find entity {urn}", 0)
        below = [c for c in listed(post) if c.parent_id == (found[1].id if found else None)]
        below.sort(key=lambda c: (c.created_at, c.id), reverse=True)
        shelf = self._world.shelf
        return _page_of(request, below, lambda c: objects.comment_object(self._page, post, c, shelf))

    def _post(self, urn: str) -> CityPost | None:
        if urn.startswith("urn:li:activity:"):
            return next((p for p in self._world.posts(self.account) if linkedin_activity(p.id) == urn), None)
        return self._world.post(self.account, urn)

    def _one(self, name: str, urn: str) -> dict[str, Any]:
        post = self._post(urn) if name in {"posts", "socialMetadata"} else None
        if post is not None:
            return objects.post_object(self._page, post) if name == "posts" else objects.metadata_object(post)
        address = self._images.get(urn.removeprefix("urn:li:image:")) if name == "images" else None
        if address is None:
            raise RestliError(404, "NOT_FOUND", f"Could not find entity {urn}", 0)
        return objects.image_object(self._page.id, urn, address)

    def _expire(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        if not self._tokens.expire(fault, request.token):
            return answer
        return _replaced(answer, RestliError(401, "EXPIRED_ACCESS_TOKEN", "The token used has expired", 65602))

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post, as the world is now."""
        shelf, comments = self._world.shelf, listed(post)
        told = tuple(self._true_comment(post, c) for c in comments)
        pictures = objects.shown_pictures(post) + [(c.id, c.picture) for c in comments if c.picture]
        return TruePost(
            id=post.id, kind=post.kind, title=post.title, text=post.text, created_at=post.created_at,
            updated_at=post.updated_at, hidden=False, pinned=False, is_reel=False, comments=told,
            claimed=len(post.comments), unlisted=tuple(c.id for c in post.comments if c not in comments),
            media=tuple(_true_medium(n, "image", shelf.graph_picture(p, n), shelf) for n, p in pictures),
        )  # fmt: skip

    def _true_comment(self, post: CityPost, comment: CityComment) -> TrueComment:
        shown = objects.comment_object(self._page, post, comment, self._world.shelf)
        return TrueComment(
            id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=comment.text,
            created_at=comment.created_at, hidden=False, own=comment.author is None, author_id=shown["actor"],
            author_name=None,
        )  # fmt: skip

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return logo and cover."""
        shelf = self._world.shelf
        pairs = [(shelf.profile_picture_id(self._page, name), name, p) for name, p in _profile_pictures(self._page)]
        return tuple(_true_medium(number, name, shelf.graph_picture(p, number), shelf) for number, name, p in pairs)


def _true_medium(medium_id: str, kind: str, url: str, shelf: Shelf) -> TrueMedium:
    content = shelf.content(url)
    return TrueMedium(medium_id, kind, url, hashlib.sha256(content).hexdigest(), len(content))


def _profile_pictures(page: Any) -> tuple[tuple[str, Any], ...]:
    return ("avatar", page.avatar), ("cover", page.cover)


def _page_of(request: Request, items: Sequence[Any], shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    start, count = number_in(request, "start", 0, 10**9 - 1), number_in(request, "count", DEFAULT, MOST)
    links = []
    if start + count < len(items):
        query = request.with_parameters({"start": str(start + count), "count": str(count)})
        links.append({"type": "application/json", "rel": "next", "href": f"{quote(request.path, safe='/')}?{query}"})
    paging = {"start": start, "count": count, "links": links, "total": len(items)}
    return {"paging": paging, "elements": [shown(item) for item in items[start : start + count]]}


def _replaced(answer: Answer, error: RestliError) -> Answer:
    told = error.answer()
    answer.status, answer.document, answer.body = told.status, told.document, None
    return answer


def _repeated(_f: Fault, request: Request, answer: Answer) -> Answer:
    """Lead from a page to itself: it claims to begin one page earlier."""
    if isinstance(answer.document, dict) and "paging" in answer.document:
        paging = answer.document["paging"]
        link = {"type": "application/json", "rel": "next", "href": f"{request.path}?start={paging['start']}"}
        answer.document["paging"] = paging | {"start": paging["start"] - paging["count"], "links": [link]}
    return answer


def _empty_page(fault: Fault, request: Request, answer: Answer) -> Answer:
    """Leave a page without records, followed by one that holds them: filtering shortens pages."""
    if isinstance(answer.document, dict) and "elements" in answer.document:
        answer.document["elements"] = []
    if isinstance(answer.document, dict) and "metadata" in answer.document:
        answer.document["metadata"] = cursor_to_here(request)
    return _repeated(fault, request, answer)


def _busy(fault: Fault, _r: Request, answer: Answer) -> Answer:
    answer.replace_header("Retry-After", str(int(fault.seconds)))
    return _replaced(answer, RestliError(429, "TOO_MANY_REQUESTS", "Too many requests"))


def _day_limit(_f: Fault, _r: Request, answer: Answer) -> Answer:
    words = "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."
    return _replaced(answer, RestliError(429, "TOO_MANY_REQUESTS", words, 101))


def _forbidden(_f: Fault, request: Request, answer: Answer) -> Answer:
    resource = request.path.strip("/").split("/")[-1]
    return _replaced(
        answer, RestliError(403, "ACCESS_DENIED", f"Not enough permissions to access: {resource}.GET", 100)
    )


def _server_error(_f: Fault, _r: Request, answer: Answer) -> Answer:
    return _replaced(answer, RestliError(500, "INTERNAL_SERVER_ERROR", "Internal Server Error"))


def _echo(_f: Fault, request: Request, answer: Answer) -> Answer:
    words = f"Invalid request with token {request.token} (Authorization: Bearer {request.token})"
    return _replaced(answer, RestliError(400, "ILLEGAL_ARGUMENT", words))


def _no_elements(_f: Fault, _r: Request, answer: Answer) -> Answer:
    """Answer as for a caller without permission."""
    if isinstance(answer.document, dict) and "elements" in answer.document:
        answer.document = {"elements": None}
    return answer
