"""The Mastodon API of the sandbox: account, statuses, contexts with their limits, edit history.

Answers as a server of version 4.5 does to those with a user token of the account, and to those without. Choices where
nothing is documented: an answer that its author shows to few (``listed`` false) is given to nobody and not counted, but
its own answers are; of a deleted status the answers lose their place, so a context no longer reaches them; a post that
the city hides is shown to followers, and so to a token of the account; hiding an answer changes nothing.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from connectors.sandbox import mastodon_objects as objects
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.mastodon_objects import Entry
from connectors.sandbox.native_ids import MASTODON_HOST
from connectors.sandbox.public_pages import public_page
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.world import World

ANONYMOUS, DEEPEST = 60, 20  # answers and levels of a context without a token
SIGNED_IN = 4096
_PAGE, _MOST, _INVALID = 20, 40, "The access token is invalid"
_KEPT = ("exclude_replies", "exclude_reblogs", "only_media", "pinned", "tagged", "limit")
_FALSE = {"", "0", "f", "false", "off"}


class _Refusal(Exception):  # noqa: N818 - named for what it is on the wire
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Mastodon:
    """Answers requests to the city's own server for one account."""

    account = "mastodon"
    hosts = (MASTODON_HOST,)

    def __init__(self, world: World) -> None:
        self._world, self._owner = world, world.account(self.account)
        self.credential = f"Mst{mark('mastodon', world.city.seed, length=40)}"
        self.spoilers: Mapping[FaultKind, Callable[[Fault, Request, Answer], Answer]] = {
            FaultKind.EMPTY_PAGE: _empty_page,
            FaultKind.RATE_LIMITED: lambda f, _r, _a: self._throttled(int(f.seconds)),
            FaultKind.THROTTLED: lambda f, _r, _a: self._throttled(f.minutes * 60),
            FaultKind.TOKEN_EXPIRED: lambda _f, r, a: self._refused(401, _INVALID) if r.token else a,
            FaultKind.PERMISSION: lambda _f, _r, _a: self._refused(403, "This action is not allowed"),
            FaultKind.TOKEN_ECHO_ERROR: lambda _f, r, _a: self._refused(422, f"Bad request: Bearer {r.token}"),
            FaultKind.NO_COMMENTS: _no_comments,
        }  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        if request.token and request.token != self.credential:
            return self._refused(401, _INVALID)
        if request.path == f"/@{self._owner.handle}":
            return self._public_page()
        try:
            answer = self._routed(request, signed=bool(request.token))
        except _Refusal as refusal:
            return self._refused(refusal.status, refusal.text)
        answer.headers += self._headers(299, 300)
        return answer

    def _public_page(self) -> Answer:
        owner, shelf = self._owner, self._world.shelf
        avatar = shelf.graph_picture(owner.avatar, shelf.profile_picture_id(owner, "avatar"))
        return public_page(
            owner, self._world.posts(self.account), avatar,
            lambda post: [shelf.graph_picture(*pair) for pair in zip(post.pictures, post.picture_ids, strict=True)],
        )  # fmt: skip

    def _headers(self, remaining: int, seconds: int) -> list[tuple[str, str]]:
        reset = self._world.clock() + timedelta(seconds=seconds)
        return [
            ("Content-Type", "application/json; charset=utf-8"), ("Server", "Mastodon"),
            ("Vary", "Origin, Authorization"),
            ("Cache-Control", "private, no-store"), ("X-RateLimit-Limit", "300"),
            ("X-RateLimit-Remaining", str(remaining)), ("X-RateLimit-Reset", f"{reset:%Y-%m-%dT%H:%M:%S.%fZ}"),
        ]  # fmt: skip

    def _refused(self, status: int, text: str) -> Answer:
        return Answer(status, self._headers(299, 300), document={"error": text})

    def _throttled(self, seconds: int) -> Answer:
        return Answer(429, self._headers(0, seconds), document={"error": "Too many requests"})

    def _routed(self, request: Request, *, signed: bool) -> Answer:
        parts = [part for part in request.path.split("/") if part]
        if request.method not in {"GET", "HEAD"} or parts[:2] != ["api", "v1"]:
            raise _Refusal(404, "Record not found")
        match parts[2:]:
            case ["accounts", "lookup"]:
                if request.parameter("acct").removeprefix("@").partition("@")[0] != self._owner.handle:
                    raise _Refusal(404, "Record not found")
                return Answer(document=self._account())
            case ["accounts", "verify_credentials"] if not signed:
                raise _Refusal(401, "This method requires an authenticated user")
            case ["accounts", number] if number in {self._owner.id, "verify_credentials"}:
                return Answer(document=self._account())
            case ["accounts", number, "statuses"] if number == self._owner.id:
                return self._statuses(request, signed=signed)
            case ["statuses", number]:
                return Answer(document=self._shown(self._entry(number, signed=signed)))
            case ["statuses", number, "context"]:
                return self._context(self._entry(number, signed=signed), signed=signed)
            case ["statuses", number, "history"]:
                entry = self._entry(number, signed=signed)
                return Answer(document=objects.versions(entry, self._owner, self._world.shelf))
        raise _Refusal(404, "Record not found")

    def _account(self) -> dict[str, Any]:
        return objects.account_object(None, self._owner, self._world.shelf, len(self._world.posts(self.account)))

    def _shown(self, entry: Entry) -> dict[str, Any]:
        return objects.status_object(entry, self._owner, self._world.shelf)

    def _entry(self, number: str, *, signed: bool) -> Entry:
        post = self._world.post(self.account, number)
        found = self._world.comment(self.account, number)
        entry = Entry(post) if post else Entry(*found) if found else None
        if entry is None or not self._may_see(entry, signed=signed):
            raise _Refusal(404, "Record not found")
        return entry

    @staticmethod
    def _may_see(entry: Entry, *, signed: bool) -> bool:
        return objects.visibility(entry) == "public" or (signed and entry.comment is None)

    def _statuses(self, request: Request, *, signed: bool) -> Answer:
        """Return the account's statuses, answers and boosts among them, newest first."""
        entries = [
            entry
            for post in self._world.posts(self.account)
            for entry in (Entry(post), *(Entry(post, c) for c in post.comments if c.author is None))
            if self._may_see(entry, signed=signed) and self._is_wanted(request, entry)
        ]  # fmt: skip
        entries.sort(key=lambda entry: -int(entry.item.id))
        oldest, newest = request.parameter("since_id") or request.parameter("min_id"), request.parameter("max_id")
        if newest:
            entries = [entry for entry in entries if int(entry.item.id) < int(newest)]
        if oldest:
            entries = [entry for entry in entries if int(entry.item.id) > int(oldest)]
        limit = request.parameter("limit")
        size = min(int(limit), _MOST) if limit.isdecimal() and int(limit) else _PAGE
        shown = entries[-size:] if request.parameter("min_id") else entries[:size]
        answer = Answer(document=[self._shown(entry) for entry in shown])
        if shown:
            answer.headers.append(("Link", self._links(request, shown, full=len(shown) == size)))
        return answer

    def _links(self, request: Request, shown: list[Entry], *, full: bool) -> str:
        kept = {name: request.parameter(name) for name in _KEPT if request.parameter(name)}
        query = "&".join(f"{name}={value}" for name, value in kept.items())
        address = f"http://{MASTODON_HOST}{request.path}?{query}{'&' * bool(query)}"
        links = [f'<{address}max_id={shown[-1].item.id}>; rel="next"'] * full
        return ", ".join([*links, f'<{address}min_id={shown[0].item.id}>; rel="prev"'])

    @staticmethod
    def _is_wanted(request: Request, entry: Entry) -> bool:
        def asked(name: str) -> bool:
            return request.parameter(name).lower() not in _FALSE

        parent = entry.comment and entry.comment.parent_id
        other = parent and any(c.id == parent and c.author for c in entry.post.comments)
        return not (
            (asked("exclude_replies") and other)
            or (asked("exclude_reblogs") and entry.comment is None and objects.is_boost(entry.post))
            or (asked("pinned") and (entry.comment is not None or not entry.post.pinned))
        )

    def _context(self, entry: Entry, *, signed: bool) -> Answer:
        """Return what leads to a status and what follows from it, cut where the platform cuts."""
        parents, above = {c.id: c for c in entry.post.comments}, list[Entry]()
        place = objects.parent_of(entry)
        while place is not None:
            found = Entry(entry.post, parents.get(place))
            above.insert(0, found)
            place = objects.parent_of(found)
        most, deepest = (SIGNED_IN, None) if signed else (ANONYMOUS, DEEPEST)
        reached = [Entry(entry.post, c) for c, _ in islice(below(entry, deepest), most)]
        return Answer(document={
            name: [self._shown(one) for one in entries if self._may_see(one, signed=signed)]
            for name, entries in (("ancestors", above), ("descendants", reached))
        })  # fmt: skip

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the pictures of the account's page that a perfect capture holds."""
        shelf, owner = self._world.shelf, self._owner
        pairs = (("avatar", owner.avatar), ("cover", owner.cover))
        ids = {name: shelf.profile_picture_id(owner, name) for name, _ in pairs}
        return tuple(self._medium(ids[name], name, shelf.graph_picture(picture, ids[name])) for name, picture in pairs)

    def _medium(self, name: str, kind: str, url: str | None) -> TrueMedium:
        if url is None:
            return TrueMedium(name, kind, None, None, 0)
        content = self._world.shelf.content(url)
        return TrueMedium(name, kind, url, hashlib.sha256(content).hexdigest(), len(content))

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post, as the world is now."""
        entry = Entry(post)
        listed = [c for c, _ in below(entry, None) if c.listed]
        shown = [entry, *(Entry(post, c) for c in listed)]
        known = {None, *(c.id for c in listed)}
        counted = sum(map(objects.direct_answers, shown)) + sum(c.parent_id not in known for c in listed)
        return TruePost(
            id=post.id, kind=post.kind, title=objects.warning(post), text=objects.shown_text(entry),
            created_at=post.created_at, updated_at=entry.edited_at or post.created_at, hidden=post.hidden, pinned=False,
            is_reel=False, comments=tuple(self._true_comment(post, c) for c in listed),
            claimed=None if objects.is_boost(post) else counted, unlisted=(),
            media=tuple(
                self._medium(one["id"], one["type"], one["url"])
                for status in shown for one in objects.attachments(status, self._world.shelf)
            ),
        )  # fmt: skip

    def _true_comment(self, post: CityPost, comment: CityComment) -> TrueComment:
        author = comment.author or self._owner
        return TrueComment(
            id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth,
            text=objects.shown_text(Entry(post, comment)), created_at=comment.created_at, hidden=False,
            own=comment.author is None, author_id=author.id, author_name=author.name,
        )  # fmt: skip


def below(entry: Entry, deepest: int | None) -> Iterator[tuple[CityComment, int]]:
    """Yield the answers below a status with their level, branch by branch in the order of their ids."""
    children: dict[str | None, list[CityComment]] = {}
    for comment in entry.post.comments:
        children.setdefault(comment.parent_id, []).append(comment)

    def walk(key: str | None, level: int) -> Iterator[tuple[CityComment, int]]:
        for child in sorted(children.get(key, ()), key=lambda c: int(c.id)):
            yield child, level
            if deepest is None or level < deepest:
                yield from walk(child.id, level + 1)

    yield from walk(entry.comment.id if entry.comment else None, 1)


def _empty_page(_fault: Fault, request: Request, answer: Answer) -> Answer:
    if isinstance(answer.document, list):
        answer.document = []
        here = request.with_parameters({"tom": request.parameter("tom") + "1"})
        answer.replace_header("Link", f'<http://{request.host}{request.path}?{here}>; rel="next"')
    return answer


def _no_comments(_fault: Fault, request: Request, answer: Answer) -> Answer:
    if request.path.endswith("/context"):
        answer.document = {"ancestors": [], "descendants": []}
    return answer
