"""The X API v2 of the sandbox: own posts, replies by conversation, look-up of many, edit history, token renewal.

Answers as api.x.com does, under the old names (``tweet``) or the new ones (``post``), whichever the caller uses.
Choices where nothing is documented: a conversation's search also finds the post that began it; every post of a
conversation names the first version of that post; answers name the version they answered; a window asks when the first
version was written; replies of protected accounts (``listed`` false) are counted but found by nobody; a hidden reply is
listed without a mark; page sizes below the platform's least are served; JSON is written with escapes, which X does not.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import x_objects as objects
from connectors.sandbox.answers import Answer, Request
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.x_objects import Entry, entry_of, version_ids
from connectors.sandbox.x_queries import Query, XError, app_only, forbidden, invalid, not_found, token, unauthorised
from connectors.sandbox.x_tokens import Tokens
from connectors.sandbox.x_truth import profile_media, true_post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.truth import TrueMedium, TruePost
    from connectors.sandbox.world import World

X_HOST: Final = "api.x.exempelstad.example"
REACH: Final = 3_200  # an account's newest posts that its listing shows
_PAGING = {"max_results", "pagination_token", "start_time", "end_time"}
_CONVERSATION = re.compile(r"conversation_id:([0-9]{1,19})")
_LONGEST_QUERY, _MANY = 1024, 100


class X:
    """Answers requests to the X host for one account."""

    account = "x"
    hosts = (X_HOST,)

    def __init__(self, world: World) -> None:
        self._world, self._owner = world, world.account(self.account)
        self._tokens = Tokens(world.city.seed)
        self.credential = self._tokens.credential
        self.spoilers: Mapping[FaultKind, Callable[[Fault, Request, Answer], Answer]] = {
            FaultKind.EMPTY_PAGE: self._empty_page, FaultKind.REPEATED_CURSOR: self._repeated_cursor,
            FaultKind.RATE_LIMITED: lambda f, _r, a: self._throttled(a, int(f.seconds)),
            FaultKind.THROTTLED: lambda f, _r, a: self._throttled(a, f.minutes * 60),
            FaultKind.TOKEN_EXPIRED: self._expire, FaultKind.PERMISSION: lambda _f, _r, _a: forbidden().answer(),
            FaultKind.TOKEN_ECHO_ERROR: _echo, FaultKind.NO_COMMENTS: _no_comments,
        }  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        try:
            if request.path == "/2/oauth2/token":
                return self._tokens.renew(request)
            if not self._tokens.are_good(request.token):
                raise unauthorised()
            document = self._document(request)
            word = "post" if any("post" in name + value for name, value in request.query if "." in name) else "tweet"
            answer = Answer(document=objects.renamed(document) if word == "post" else document)
        except XError as error:
            answer = error.answer()
        answer.headers += self._headers(300, 299)
        return answer

    def _headers(self, limit: int, remaining: int, seconds: int = 900) -> list[tuple[str, str]]:
        return [
            ("content-type", "application/json; charset=utf-8"), ("cache-control", "no-cache, no-store, max-age=0"),
            ("api-version", "2.167"), ("x-access-level", "read"), ("x-rate-limit-limit", str(limit)),
            ("x-rate-limit-remaining", str(remaining)),
            ("x-rate-limit-reset", str(int(self._world.clock().timestamp()) + seconds)),
        ]  # fmt: skip

    def _document(self, request: Request) -> dict[str, Any]:  # noqa: PLR0911 - one return a route
        parts = [part for part in request.path.split("/") if part]
        if request.method not in {"GET", "HEAD"} or parts[:1] != ["2"]:
            raise XError(404, "Not Found", "Not Found")
        match parts[1:]:
            case ["users", "me"] if request.token == self._tokens.bearer:
                raise app_only()
            case ["users", "me"]:
                return self._user(request, self._owner.id, "id")
            case ["users", "by", "username", name]:
                return self._user(request, name, "username")
            case ["users", number]:
                return self._user(request, number, "id")
            case ["users", number, "tweets"]:
                return self._timeline(request, number)
            case ["tweets", "search", "all"]:
                return self._search(request, timedelta(days=30))
            case ["tweets", "search", "recent"]:
                return self._search(request, timedelta(days=7), within=timedelta(days=7))
            case ["tweets"]:
                return self._lookup(request)
        raise XError(404, "Not Found", "Not Found")

    def _user(self, request: Request, name: str, parameter: str) -> dict[str, Any]:
        query = Query.asked(request, set())
        if parameter == "id" and not name.isdecimal():
            raise invalid(f"The `id` query parameter value [{name}] is not valid", id=name)
        if name != (self._owner.id if parameter == "id" else self._owner.handle):
            return {"errors": [not_found("user", parameter, name)]}
        return {"data": query.chosen("user", self._account_user())}

    def _account_user(self) -> dict[str, Any]:
        picture = self._world.shelf.profile_picture_id(self._owner, "avatar")
        avatar = self._world.shelf.graph_picture(self._owner.avatar, picture)
        return objects.user_object(None, self._owner, avatar, len(self._world.posts(self.account)))

    def _timeline(self, request: Request, number: str) -> dict[str, Any]:
        """Return the account's posts, its own replies among them, newest first."""
        query = Query.asked(request, {*_PAGING, "exclude", "since_id", "until_id"})
        if number != self._owner.id:
            return {"errors": [not_found("user", "id", number)]}
        start, end = query.window(self._world.clock())
        newest = sorted(
            (entry_of(*pair) for pair in self._written(query.names("exclude"))), key=lambda entry: -entry.number
        )[:REACH]
        return self._page(
            query, [e for e in newest if start <= (e.comment or e.post).created_at < end], query.size(100, 10)
        )

    def _written(self, left_out: set[str]) -> Iterator[tuple[CityPost, CityComment | None]]:
        """Yield what the account wrote: posts, and its replies to others and itself."""
        for post in self._world.posts(self.account):
            if not ("retweets" in left_out and objects.is_repost(post)):
                yield post, None
            if "replies" not in left_out:
                yield from ((post, comment) for comment in post.comments if comment.author is None and comment.listed)

    def _search(self, request: Request, reach: timedelta, within: timedelta | None = None) -> dict[str, Any]:
        query = Query.asked(request, {*_PAGING, "query", "next_token", "sort_order"})
        text, now = request.parameter("query"), self._world.clock()
        asked = _CONVERSATION.findall(text)
        whose = text == f"from:{self._owner.id}"
        known = whose or " OR ".join(f"conversation_id:{number}" for number in asked) == text
        if not text or len(text) > _LONGEST_QUERY or not known:
            raise invalid(f"Rules must be 1 to {_LONGEST_QUERY} characters of from:NUMBER or conversation_id:NUMBER")
        start, end = query.window(now, reach)
        start = max(start, now - within) if within else start
        posts = [post for number in dict.fromkeys(asked) if (post := self._world.post(self.account, number))]
        entries = [entry_of(post, c) for post in posts for c in (None, *(c for c in post.comments if c.listed))]
        if whose:  # reposts are not found since May 2026
            entries = [entry_of(*pair) for pair in self._written({"retweets"})]
        entries = [entry for entry in entries if start <= (entry.comment or entry.post).created_at < end]
        return self._page(query, sorted(entries, key=lambda e: -e.number), query.size(500, 10))

    def _page(self, query: Query, entries: list[Entry], size: int) -> dict[str, Any]:
        before = query.before()
        left = entries if before is None else [entry for entry in entries if entry.number < before]
        shown = left[:size]
        meta: dict[str, Any] = {"result_count": len(shown)}
        if shown:
            meta |= {"newest_id": str(shown[0].number), "oldest_id": str(shown[-1].number)}
        if len(left) > size:
            meta["next_token"] = token(shown[-1].number)
        tweets = [objects.tweet_object(entry, self._owner) for entry in shown]
        return self._expanded(query, tweets, shown) | {"meta": meta}

    def _lookup(self, request: Request) -> dict[str, Any]:
        query = Query.asked(request, {"ids"})
        ids = [number for number in request.parameter("ids").split(",") if number]
        if not ids or len(ids) > _MANY or not all(number.isdecimal() for number in ids):
            raise invalid(
                f"The number of values in the `ids` query parameter list [{len(ids)}] is not between 1 and 100"
            )
        tweets, entries, missing = [], [], []
        for number in ids:
            entry = self._entry(number)
            if entry is None:
                missing.append(not_found("tweet", "ids", number))
                continue
            item: CityPost | CityComment = entry.comment or entry.post
            place = version_ids(item).index(number)
            version = item.earlier[place] if place < len(item.earlier) else None
            tweets.append(objects.tweet_object(entry, self._owner, version, place))
            entries.append(entry)
        document = self._expanded(query, tweets, entries)
        return document | ({"errors": document.get("errors", []) + missing} if missing else {})

    def _entry(self, number: str) -> Entry | None:
        """Return what any version's id stands for, if that is listed."""
        post = self._world.post(self.account, number)
        if post is not None:
            return entry_of(post)
        if found := self._world.comment(self.account, number):
            return entry_of(*found) if found[1].listed else None
        for post in self._world.posts(self.account):
            for comment in (None, *post.comments):
                item: CityPost | CityComment = comment or post
                if item.earlier and number in version_ids(item):
                    return entry_of(post, comment)
        return None

    def _expanded(self, query: Query, tweets: list[dict[str, Any]], entries: list[Entry]) -> dict[str, Any]:
        """Return the records with what the expansions add, and what of it could not be had."""
        wanted, includes, errors = query.expansions, dict[str, list[Any]](), list[dict[str, str]]()
        if "referenced_tweets.id" in wanted:
            includes["tweets"], errors = self._referenced(query, entries)
        if "author_id" in wanted:
            people = {entry.author.id: entry.author for entry in entries if entry.author}
            users = [objects.user_object(person, self._owner, "", 0) for person in people.values()]
            if any(entry.author is None for entry in entries):
                users.append(self._account_user())
            if "referenced_tweets.id.author_id" in wanted and any(_shares(entry) for entry in entries):
                users.append(objects.region_user())
            includes["users"] = [query.chosen("user", user) for user in users]
        if "attachments.media_keys" in wanted:
            media = [one for entry in entries if objects.media_of(entry) for one in self._media(entry)]
            includes["media"] = [query.chosen("media", one) for one in media]
        document: dict[str, Any] = {"data": [query.chosen("tweet", tweet) for tweet in tweets]} if tweets else {}
        if kept := {name: found for name, found in includes.items() if found}:
            document["includes"] = kept
        return document | ({"errors": errors} if errors else {})

    def _media(self, entry: Entry) -> list[dict[str, Any]]:
        return objects.media_objects(entry, self._world.shelf)

    def _referenced(self, query: Query, entries: Iterable[Entry]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        found: dict[str, dict[str, Any]] = {}
        errors: dict[str, dict[str, str]] = {}
        for entry in entries:
            if _shares(entry):
                found[objects.shared_id(entry.post)] = query.chosen("tweet", objects.shared_object(entry.post))
            elif entry.comment is not None:
                number = objects.parent_id(entry)
                parent = next((c for c in entry.post.comments if c.id == entry.comment.parent_id and c.listed), None)
                if parent is None and entry.comment.parent_id is not None:
                    errors[number] = not_found("tweet", "referenced_tweets.id", number)
                else:
                    whole = objects.tweet_object(entry_of(entry.post, parent), self._owner)
                    found[whole["id"]] = query.chosen("tweet", whole)
        return list(found.values()), list(errors.values())

    def _empty_page(self, _fault: Fault, request: Request, answer: Answer) -> Answer:
        place = request.parameter("pagination_token") or request.parameter("next_token") or "7140w"
        answer.document = {"meta": {"result_count": 0, "next_token": place + "x"}}
        return answer

    def _repeated_cursor(self, _fault: Fault, request: Request, answer: Answer) -> Answer:
        place = request.parameter("pagination_token") or request.parameter("next_token") or "7140w"
        answer.document.setdefault("meta", {})["next_token"] = place
        return answer

    def _throttled(self, answer: Answer, seconds: int) -> Answer:
        error = XError(429, "Too Many Requests", "Too Many Requests").answer()
        error.headers = [*answer.headers[:0], *self._headers(300, 0, seconds)]
        return error

    def _expire(self, fault: Fault, request: Request, answer: Answer) -> Answer:
        """Refuse the token in use from now on, and let in the one that it is exchanged for."""
        if not self._tokens.expire(fault, request.token):
            return answer
        refused = unauthorised().answer()
        refused.headers = self._headers(300, 299)
        return refused

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the pictures of the account's page that a perfect capture holds."""
        return profile_media(self._owner, self._world.shelf)

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post, as the world is now."""
        return true_post(self._owner, post, self._world.shelf)


def _shares(entry: Entry) -> bool:
    return entry.comment is None and entry.post.kind == "share"


def _echo(_fault: Fault, request: Request, _answer: Answer) -> Answer:
    return invalid(f"Bad request with access_token={request.token} (sent as Bearer {request.token})").answer()


def _no_comments(_fault: Fault, request: Request, answer: Answer) -> Answer:
    if "/search/" in request.path:
        answer.document = {"meta": {"result_count": 0}}
    return answer
