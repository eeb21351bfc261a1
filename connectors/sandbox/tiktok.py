"""The Business API of the sandbox's TikTok: one account with its videos, comments, answers and token address.

Choices where nothing is documented: a video cursor is strictly "before"; private videos are listed like any other;
``comments`` counts what a visitor sees and what is shown to nobody, not what the account has hidden; ``replies`` counts
what ``status=ALL`` lists; deleting a comment deletes its answers; the comments of a video that is not there are refused
with 40002. A listing without a sort comes in no order.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import Answer, mark
from connectors.sandbox.tiktok_tokens import (
    NO_RIGHT,
    WRONG,
    TikTokError,
    TikTokTokens,
    document,
    place_of,
    spoilers_of,
    token_of,
)
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.answers import Request
    from connectors.sandbox.faults import FaultKind
    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.platforms import Spoiler
    from connectors.sandbox.world import World

TIKTOK_HOST: Final = "business-api.tiktok.exempelstad.example"
RENEWAL: Final = "/open_api/v1.3/tt_user/oauth2/refresh_token/"
_ABOUT_TOKEN: Final = "/open_api/v1.3/tt_user/token_info/get/"  # noqa: S105 - a path
_PATH = "/open_api/v1.3/business/"
_INLINE, _MOST_VIDEOS, _MOST_COMMENTS = 3, 20, 30
_PROFILE = {"display_name", "profile_image"}  # what comes unasked


class TikTok:
    """Answers for the account and for its token address."""

    account = "tiktok"
    hosts = (TIKTOK_HOST,)

    def __init__(self, world: World) -> None:
        self._world, self._head = world, world.account(self.account)
        self.tokens = TikTokTokens(self._head.id)
        self.credential: str | None = self.tokens.credential()
        self.spoilers: Mapping[FaultKind, Spoiler] = spoilers_of(self.tokens)

    def answer(self, request: Request) -> Answer:
        """Answer one request; every refusal comes with HTTP 200."""
        answer = Answer(headers=[("Content-Type", "application/json"), ("Cache-Control", "max-age=0, no-cache")])
        try:
            answer.document = document(self._data(request))
        except TikTokError as error:
            answer.document = document({}, error.code, error.message)
        answer.headers.append(("X-Tt-Logid", answer.document["request_id"]))
        return answer

    def _data(self, request: Request) -> dict[str, Any]:
        if request.path == RENEWAL:
            return self.tokens.renewed(request)
        if request.path == _ABOUT_TOKEN:
            return self.tokens.told(request)
        self.tokens.check(token_of(request))
        routes = {
            "get/": self._profile, "video/list/": self._videos, "comment/list/": self._comments,
            "comment/reply/list/": self._answers,
        }  # fmt: skip
        route = routes.get(request.path.removeprefix(_PATH))
        if request.method not in {"GET", "HEAD"} or route is None:
            raise TikTokError(WRONG, f"Path {request.path} is not found.")
        if request.parameter("business_id") != self._head.id:
            raise TikTokError(NO_RIGHT, "No permission to operate this business_id.")
        if "/comment/" in request.path and token_of(request) == self.tokens.narrow_token:
            raise TikTokError(NO_RIGHT, "Permission error: the scope comment.list is missing.")
        return route(request)

    def _profile(self, request: Request) -> dict[str, Any]:
        head, shelf = self._head, self._world.shelf
        return _chosen(request, _PROFILE, {
            "username": head.handle, "display_name": head.name, "bio_description": head.about, "is_verified": True,
            "profile_image": shelf.graph_picture(head.avatar, shelf.profile_picture_id(head, "avatar")),
            "profile_deep_link": f"https://vm.tiktok.com/{mark('profile', head.handle, length=9)}/",
            "followers_count": head.followers, "following_count": 12, "total_likes": 31_415,
            "videos_count": len(self._world.posts(self.account)),
        })  # fmt: skip

    def _videos(self, request: Request) -> dict[str, Any]:
        size = _size(request, default=10, most=_MOST_VIDEOS)
        before = int(request.parameter("cursor") or int(self._world.clock().timestamp() * 1000))
        known = sorted(self._world.posts(self.account), key=lambda post: post.created_at, reverse=True)
        wanted = _wanted(request)
        left = [post for post in known if post.id in wanted or (not wanted and _seconds(post) * 1000 < before)]
        videos = [_chosen(request, {"item_id"}, self._video(post)) for post in left[:size]]
        cursor = _seconds(left[:size][-1]) * 1000 if videos else 0
        return {"videos": videos, "cursor": cursor, "has_more": len(left) > size}

    def _video(self, post: CityPost) -> dict[str, Any]:
        site = f"https://www.tiktok.com/@{self._head.handle}/video/{post.id}"
        mark_of_app = f"utm_campaign=tt4d_open_api&utm_source={mark('app', length=16)}"
        seen = [c for c in post.comments if not (c.listed and c.hidden)]
        return {
            "item_id": post.id, "create_time": str(_seconds(post)), "caption": post.text,
            "thumbnail_url": self._cover(post), "share_url": f"{site}?{mark_of_app}",
            "embed_url": f"https://www.tiktok.com/player/v1/{post.id}?music_info=1&{mark_of_app}",
            "video_duration": post.film.seconds if post.film else 0.0, "likes": dict(post.reactions)["LIKE"],
            "comments": len(seen), "shares": post.shares, "favorites": post.shares // 2,
            "reach": post.film.views // 2 if post.film else 0, "video_views": post.film.views if post.film else 0,
        }  # fmt: skip

    def _cover(self, post: CityPost) -> str:
        return self._world.shelf.graph_picture(post.pictures[0], post.picture_ids[0])

    def _comments(self, request: Request) -> dict[str, Any]:
        post = self._asked(request)
        shown = [c for c in _listed(post, request) if c.parent_id is None]
        inline = request.parameter("include_replies") == "true"
        return _page(request, shown, lambda c: self._comment(post, c, request, inline=inline))

    def _answers(self, request: Request) -> dict[str, Any]:
        post, key = self._asked(request), request.parameter("comment_id")
        if key not in {c.id for c in post.comments if c.listed}:
            raise TikTokError(WRONG, "The comment does not exist.")
        shown = [c for c in _listed(post, request) if c.parent_id == key]
        return _page(request, shown, lambda c: self._comment(post, c, request))

    def _asked(self, request: Request) -> CityPost:
        post = self._world.post(self.account, request.parameter("video_id"))
        if post is None:
            raise TikTokError(WRONG, "The video does not exist.")
        return post

    def _comment(
        self, post: CityPost, comment: CityComment, request: Request, *, inline: bool = False
    ) -> dict[str, Any]:
        author = comment.author
        name = self._head.handle if author is None else author.name
        made: dict[str, Any] = {
            "comment_id": comment.id, "video_id": post.id, "user_id": mark("user", name, length=64),
            "unique_identifier": f"+{mark('unique', name, length=62)}=", "create_time": str(_epoch(comment)),
            "text": comment.text, "likes": comment.likes, "owner": author is None, "liked": False, "pinned": False,
            "status": "HIDDEN" if comment.hidden else "PUBLIC", "username": name.lower().replace(" ", "."),
            "display_name": self._head.name if author is None else name,
            "profile_image": f"https://p16.tiktokcdn.com/{mark('face', name)}~c5_168x168.jpeg?x-expires=1795000000",
        }  # fmt: skip
        if comment.picture:
            made["image_url"] = self._world.shelf.graph_picture(comment.picture, comment.id)
        if comment.parent_id:
            return made | {"parent_comment_id": comment.parent_id}
        below = [c for c in _listed(post, request) if c.parent_id == comment.id]
        made["replies"] = len(below)
        if inline:
            made["reply_list"] = [self._comment(post, c, request) for c in below[:_INLINE]]
        return made

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a video."""
        parents = {c.id for c in post.comments if c.listed and c.parent_id is None}
        listed = [c for c in post.comments if c.listed and (c.parent_id is None or c.parent_id in parents)]
        pictures = ((c.id, self._world.shelf.graph_picture(c.picture, c.id)) for c in listed if c.picture)
        media = [self._medium(f"{post.id}:cover", self._cover(post))]
        media += [TrueMedium(f"{post.id}:film", "video", None, None, 0)]
        media += [self._medium(f"{key}:1", url) for key, url in pictures]
        return TruePost(
            id=post.id, kind="video", title="", text=post.text, created_at=post.created_at, updated_at=post.updated_at,
            hidden=False, pinned=False, is_reel=False, comments=tuple(self._told(post, c) for c in listed),
            claimed=self._video(post)["comments"],
            unlisted=tuple(c.id for c in post.comments if c not in listed), media=tuple(media),
        )  # fmt: skip

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the account's picture; there is no banner."""
        shelf, head = self._world.shelf, self._head
        url = shelf.graph_picture(head.avatar, shelf.profile_picture_id(head, "avatar"))
        return (self._medium(f"{head.id}:avatar", url, "avatar"),)

    def _medium(self, medium_id: str, url: str, kind: str = "image") -> TrueMedium:
        content = self._world.shelf.content(url)
        return TrueMedium(medium_id, kind, url, hashlib.sha256(content).hexdigest(), len(content))

    def _told(self, post: CityPost, comment: CityComment) -> TrueComment:
        author = comment.author
        name = self._head.handle if author is None else author.name
        return TrueComment(
            id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=comment.text,
            created_at=comment.created_at, hidden=comment.hidden, own=author is None,
            author_id=f"+{mark('unique', name, length=62)}=", author_name=self._head.name if author is None else name,
        )  # fmt: skip


def _seconds(post: CityPost) -> int:
    return int(post.created_at.timestamp())


def _epoch(comment: CityComment) -> int:
    return int(comment.created_at.timestamp())


def _chosen(request: Request, unasked: set[str], known: dict[str, Any]) -> dict[str, Any]:
    """Return the fields that were asked for, as a JSON list."""
    text = request.parameter("fields")
    try:
        asked = set(json.loads(text)) if text else unasked
    except (ValueError, TypeError) as error:
        raise TikTokError(WRONG, "fields: expected a JSON array of strings.") from error
    if not asked <= known.keys() or ("item_id" in known and "item_id" not in asked):
        raise TikTokError(WRONG, "fields: a field is not supported, or item_id is missing.")
    return {name: value for name, value in known.items() if name in asked}


def _wanted(request: Request) -> set[str]:
    """Return the videos that ``filters`` names; none: all."""
    try:
        return set(json.loads(request.parameter("filters") or "{}").get("video_ids", []))
    except (ValueError, TypeError, AttributeError) as error:
        raise TikTokError(WRONG, "filters: expected a JSON object.") from error


def _size(request: Request, *, default: int, most: int) -> int:
    text = request.parameter("max_count") or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise TikTokError(WRONG, f"max_count: the value must be between 1 and {most}.")
    return int(text)


def _listed(post: CityPost, request: Request) -> list[CityComment]:
    """Return the comments and answers that are listed, in the order asked for."""
    every = request.parameter("status", "ALL") == "ALL"
    shown = [c for c in post.comments if c.listed and (every or not c.hidden)]
    if request.parameter("sort_field") != "create_time":
        return sorted(shown, key=lambda c: mark("order", c.id))
    return shown[::-1] if request.parameter("sort_type") == "desc" else shown


def _page(
    request: Request, comments: list[CityComment], make: Callable[[CityComment], dict[str, Any]]
) -> dict[str, Any]:
    size, first = _size(request, default=20, most=_MOST_COMMENTS), place_of(request.parameter("cursor") or "0")
    shown = [make(comment) for comment in comments[first : first + size]]
    return {"comments": shown, "cursor": first + len(shown), "has_more": first + size < len(comments)}
