"""The YouTube Data API v3 of the sandbox: one channel with its uploads, videos, comment threads and answers.

Choices where nothing is documented: uploads come newest first, and a deleted video stays among them as "Deleted video"
(so positions do not shift); ``commentCount`` counts published comments and those that are shown to nobody, not those
held; a thread brings its five oldest published answers; ``comments.list`` gives published answers only, so those held
under a published comment are had from the listings of held ones, five a thread at most; deleting a comment deletes its
answers; an API key sees a private video as "Private video".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import youtube_errors as errors
from connectors.sandbox.google_oauth import GoogleTokens
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost
from connectors.sandbox.youtube_errors import GoogleAnswer, GoogleError
from connectors.sandbox.youtube_faults import page_token, place_of, spoilers_of
from connectors.sandbox.youtube_objects import (
    HELD,
    PUBLISHED,
    REMOVED,
    SPAM,
    Resources,
    answers_of,
    channel_of,
    comments_off,
    inline_answers,
    listed_threads,
    state_of,
    title_of,
    uploads_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors.sandbox.answers import Answer, Request
    from connectors.sandbox.faults import FaultKind
    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.platforms import Spoiler
    from connectors.sandbox.world import World

Make = Callable[[], dict[str, Any]]  # makes one resource: only those of the page asked for are made
YOUTUBE_HOST: Final = "youtube.exempelstad.example"
_PATH = "/youtube/v3/"
_ALWAYS = {"kind", "etag", "id"}
_KINDS = {"channels": "channel", "playlistItems": "playlistItem", "videos": "video", "commentThreads": "commentThread",
          "comments": "comment"}  # fmt: skip
_SIZES = {"channels": (5, 0, 50), "playlistItems": (5, 0, 50), "videos": (50, 1, 50), "commentThreads": (20, 1, 100),
          "comments": (20, 1, 100)}  # fmt: skip # default, least, most; by ids there is no default


class YouTube:
    """Answers for the channel and for the token address of its owner."""

    account = "youtube"

    def __init__(self, world: World) -> None:
        self._world, self._head = world, world.account(self.account)
        self.tokens = GoogleTokens(self._head.id)
        self.hosts = (YOUTUBE_HOST, self.tokens.host)
        self.credential: str | None = self.tokens.credential()
        self.spoilers: Mapping[FaultKind, Spoiler] = spoilers_of(self.tokens)
        self._routes: dict[str, Callable[[Request, Resources, bool], Sequence[Make]]] = {
            "channels": self._channels, "playlistItems": self._playlist_items, "videos": self._videos,
            "commentThreads": self._threads, "comments": self._comments,
        }  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        if request.host == self.tokens.host:
            return self.tokens.answer(request, self._world.clock())
        answer = GoogleAnswer(headers=[
            ("Content-Type", "application/json; charset=UTF-8"), ("Vary", "Origin"), ("Vary", "X-Origin"),
            ("Vary", "Referer"), ("Server", "scaffolding on HTTPServer2"), ("X-XSS-Protection", "0"),
            ("X-Frame-Options", "SAMEORIGIN"), ("X-Content-Type-Options", "nosniff"),
        ])  # fmt: skip
        try:
            answer.document = self._page(request)
        except GoogleError as error:
            errors.put(error, answer)
            if error.status == 401:  # noqa: PLR2004 - HTTP's own number
                answer.headers.append(("WWW-Authenticate", 'Bearer realm="https://accounts.google.com/"'))
        return answer

    def _page(self, request: Request) -> dict[str, Any]:
        owner = self.tokens.admitted(request)
        name = request.path.removeprefix(_PATH)
        if request.method not in {"GET", "HEAD"} or not request.path.startswith(_PATH) or name not in self._routes:
            raise errors.not_found("notFound", "method")
        wanted = {part for part in request.parameter("part").split(",") if part}
        if not wanted:
            raise GoogleError(400, "missingRequiredParameter", "No filter selected. Expected one of: part")
        if name in {"commentThreads", "comments"} and request.token and not self.tokens.may_comment(request.token):
            raise errors.narrow_scope()
        resources = Resources(
            self._head, self._world.shelf, owner=owner, plain=request.parameter("textFormat") == "plainText"
        )
        items = self._routes[name](request, resources, owner)
        page, first, size = _cut(request, name, len(items))
        made = [make() for make in items[first : first + size]]
        shown = [{k: v for k, v in item.items() if k in wanted | _ALWAYS} for item in made]
        return {
            "kind": f"youtube#{_KINDS[name]}ListResponse", "etag": _etag(shown), **page,
            "pageInfo": {"totalResults": len(items), "resultsPerPage": size}, "items": shown,
        }  # fmt: skip

    def _channels(self, request: Request, resources: Resources, owner: bool) -> list[Make]:
        filters = {name: value for name, value in request.query if name in {"id", "forHandle", "mine"}}
        if len(filters) != 1:
            raise GoogleError(400, "incompatibleParameters", "Incompatible parameters specified in the request.")
        name, value = next(iter(filters.items()))
        if name == "mine" and not owner:
            raise errors.no_credential()
        known = {"id": self._head.id, "forHandle": self._head.handle, "mine": "true"}[name]
        asked = value.removeprefix("@").lower() if name == "forHandle" else value
        number = len(self._world.posts(self.account))
        return [partial(resources.channel, number)] if known in asked.split(",") else []

    def _playlist_items(self, request: Request, resources: Resources, _owner: bool) -> list[Make]:
        if request.parameter("playlistId") != uploads_of(self._head):
            raise errors.not_found("playlistNotFound", "playlist identified with the request's playlistId parameter")
        there = {post.id: post for post in self._world.posts(self.account)}
        every = sorted(self._head.posts, key=lambda post: (post.created_at, post.id), reverse=True)
        return [
            partial(resources.playlist_item, there.get(post.id, post), place, deleted=post.id not in there)
            for place, post in enumerate(every)
        ]

    def _videos(self, request: Request, resources: Resources, owner: bool) -> list[Make]:
        asked = request.parameter("id").split(",")
        if len(asked) > 50:  # noqa: PLR2004 - the platform's own limit
            raise GoogleError(400, "invalidFilters", "The request specifies too many video ids.")
        found = [self._world.post(self.account, key) for key in asked]
        return [partial(resources.video, post) for post in found if post is not None and (owner or not post.hidden)]

    def _threads(self, request: Request, resources: Resources, owner: bool) -> list[Make]:
        post = self._world.post(self.account, request.parameter("videoId"))
        listing = request.parameter("moderationStatus", PUBLISHED)
        if "moderationStatus" in dict(request.query) and not owner:
            raise errors.forbidden()
        if post is None or (post.hidden and not owner):
            raise errors.not_found("videoNotFound", "video identified by the videoId parameter")
        if comments_off(post):
            raise errors.comments_disabled()
        return [partial(resources.thread, post, c, listing) for c in reversed(listed_threads(post, listing))]

    def _comments(self, request: Request, resources: Resources, _owner: bool) -> list[Make]:
        found = self._world.comment(self.account, request.parameter("parentId"))
        if found is None or not found[1].listed:
            raise errors.not_found("commentNotFound", "comment identified by the parentId parameter")
        post, top = found
        return [partial(resources.comment, post, c) for c in answers_of(post, top, PUBLISHED)]

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture by the owner holds of a video."""
        counted = [c for c in post.comments if state_of(c) in {PUBLISHED, REMOVED}]
        listed = self._listed(post)
        picture = self._world.shelf.graph_picture(post.pictures[0], post.picture_ids[0])
        media = (
            self._medium(f"{post.id}:thumbnail", "image", picture),
            TrueMedium(f"{post.id}:film", "video", None, None, 0),
        )
        return TruePost(
            id=post.id, kind="video", title=title_of(post), text=post.text, created_at=post.created_at,
            updated_at=post.updated_at, hidden=post.hidden, pinned=False, is_reel=False,
            comments=tuple(self._told(post, c) for c in post.comments if c.id in listed),
            claimed=None if comments_off(post) else len(counted),
            unlisted=tuple(c.id for c in post.comments if c.id not in listed), media=media,
        )  # fmt: skip

    @staticmethod
    def _listed(post: CityPost) -> set[str]:
        listed: set[str] = set()
        for listing in (PUBLISHED, HELD, SPAM):
            for top in listed_threads(post, listing):
                inline = inline_answers(post, top, listing)
                published = answers_of(post, top, PUBLISHED)
                listed |= {top.id} | {c.id for c in inline}
                listed |= {c.id for c in published if len(published) > len(inline)}
        return listed

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the channel's picture and banner."""
        shelf, head = self._world.shelf, self._head
        pairs = (("avatar", head.avatar), ("cover", head.cover))
        return tuple(
            self._medium(f"{head.id}:{name}", name, shelf.graph_picture(picture, shelf.profile_picture_id(head, name)))
            for name, picture in pairs
        )

    def _medium(self, medium_id: str, kind: str, url: str) -> TrueMedium:
        content = self._world.shelf.content(url)
        return TrueMedium(medium_id, kind, url, hashlib.sha256(content).hexdigest(), len(content))

    def _told(self, post: CityPost, comment: CityComment) -> TrueComment:
        author = comment.author
        named = author is None or author.named
        return TrueComment(
            id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=comment.text,
            created_at=comment.created_at, hidden=comment.hidden, own=author is None,
            author_id=(self._head.id if author is None else channel_of(author.id)) if named else None,
            author_name=f"@{self._head.handle if author is None else author.name}",
        )  # fmt: skip


def _cut(request: Request, name: str, total: int) -> tuple[dict[str, str], int, int]:
    """Return the page's own tokens, where it begins, and how many it may hold."""
    default, least, most = _SIZES[name]
    text = request.parameter("maxResults", str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise GoogleError(
            400, "invalidParameter", f"Invalid value '{text}'. Values must be within the range: [{least}, {most}]"
        )
    size, first = int(text) or default, place_of(request.parameter("pageToken"))
    return {"nextPageToken": page_token(first + size)} if first + size < total else {}, first, size


def _etag(shown: Sequence[dict[str, Any]]) -> str:
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:27]
