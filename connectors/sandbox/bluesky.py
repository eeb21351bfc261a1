"""Bluesky in the sandbox: the AppView, and the data server of the city's account. Nothing needs a login.

Answers as recorded from @atproto/bsky 0.0.280 and @atproto/pds 0.5.35: names of parameters and their bounds, errors
under HTTP 400, a cursor also with the last page that has records, headers. Choices where nothing is documented or
nothing would be gained: ``listed`` false means that the author's account is deactivated (counted, not shown); hidden
answers are those of the thread's gate; nobody reposts; the AppView hands out pictures as they were uploaded, where the
real one makes smaller ones; the allowance never shrinks; a credential is not looked at.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.sandbox import signed_repository as repository
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.bluesky_faults import SPOILERS
from connectors.sandbox.bluesky_records import POST, Records, author_of, fitted, key_of
from connectors.sandbox.bluesky_truth import captured_comments, medium
from connectors.sandbox.bluesky_views import API_HOST, PDS_HOST, Views
from connectors.sandbox.truth import TrueComment, TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.sandbox.model import CityComment, CityPost
    from connectors.sandbox.world import World

_PAGE, _MANY, _DEEP = 100, 25, 1000
_WINDOW = 300  # seconds of an allowance
_KEPT = {"app.bsky.actor.profile", "app.bsky.feed.post", "app.bsky.feed.threadgate"}
_CAR = "application/vnd.ipld.car"


class XrpcError(Exception):
    """A refusal, by its name and words."""

    def __init__(self, name: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.document, self.status = {"error": name, "message": message}, status


class Bluesky:
    """Answers requests to the AppView and to the data server, for one account."""

    account = "bluesky"
    hosts = (API_HOST, PDS_HOST)
    credential = None
    spoilers = SPOILERS

    def __init__(self, world: World) -> None:
        self._world, self._records = world, Records(world, self.account)
        self._views = Views(world, self.account, self._records)
        self._did = self._records.account.id
        self._handle = f"{self._records.account.handle}.example"
        self._app: dict[str, Callable[[Request], Any]] = {
            "app.bsky.actor.getProfile": self._profile, "app.bsky.feed.getPosts": self._posts,
            "app.bsky.feed.getPostThread": self._thread,
        }  # fmt: skip
        self._server: dict[str, Callable[[Request], Any]] = {
            "com.atproto.repo.listRecords": self._list, "com.atproto.repo.getRecord": self._record,
            "com.atproto.repo.describeRepo": self._describe, "com.atproto.identity.resolveHandle": self._resolve,
            "com.atproto.sync.getLatestCommit": self._commit, "com.atproto.sync.getRepoStatus": self._status,
            "com.atproto.sync.getRepo": self._repository, "com.atproto.sync.getBlob": self._blob,
        }  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        app, method = request.host == API_HOST, request.path.removeprefix("/xrpc/")
        try:
            if app and request.path.startswith("/img/"):
                return self._picture(request.path)
            told = (self._app if app else self._server).get(method, _unknown)(request)
            answer = told if isinstance(told, Answer) else said(told)
        except XrpcError as error:
            answer = said(error.document, error.status)
        answer.headers = [*self._headers(app=app), *answer.headers]
        return answer

    def _headers(self, *, app: bool) -> list[tuple[str, str]]:
        first = [("X-Powered-By", "Express"), ("Access-Control-Allow-Origin", "*")]
        if app:
            return [*first, ("Atproto-Content-Labelers", "did:plc:oee3eu254nmld75hcniu3weg;redact")]
        ends = (int(self._world.clock().timestamp()) // _WINDOW + 1) * _WINDOW
        names = ("RateLimit-Limit", "RateLimit-Reset", "RateLimit-Remaining", "RateLimit-Policy")
        values = ("3000", str(ends), "2999", f"3000;w={_WINDOW}")
        return [*first, *zip(names, values, strict=True), ("Access-Control-Expose-Headers", ", ".join(names))]

    def _profile(self, request: Request) -> dict[str, Any]:
        if _needed(request, "actor") not in {self._did, self._handle}:
            raise XrpcError("InvalidRequest", "Profile not found")
        return self._views.profile()

    def _posts(self, request: Request) -> dict[str, Any]:
        uris = [value for name, value in request.query if name == "uris"]
        if len(uris) > _MANY:
            raise _bad(request, f"array too big (maximum {_MANY}, got {len(uris)})")
        _needed(request, "uris")
        return {"posts": [shown for uri in uris if (shown := self._views.shown(uri)) is not None]}

    def _thread(self, request: Request) -> dict[str, Any]:
        uri = _needed(request, "uri")
        depth, height = _number(request, "depth", 6, 0, _DEEP), _number(request, "parentHeight", 80, 0, _DEEP)
        document = self._views.thread(uri, depth, height)
        if document is None:
            raise XrpcError("NotFound", f"Post not found: {uri}")
        return document

    def _owned(self, request: Request, parameter: str) -> None:
        did = _needed(request, parameter)
        if did in {self._did, *([self._handle] if parameter == "repo" else [])}:
            return
        if parameter == "repo":
            raise XrpcError("InvalidRequest", f"Could not find repo: {did}")
        raise XrpcError("RepoNotFound", f"Could not find repo for DID: {did}")

    def _list(self, request: Request) -> dict[str, Any]:
        size = _number(request, "limit", 50, 1, _PAGE)
        self._owned(request, "repo")
        wanted, backwards = _needed(request, "collection"), request.parameter("reverse") == "true"
        cursor, found = request.parameter("cursor"), []
        for uri, thing, value in self._own_things(wanted):
            key = key_of(uri)
            if not cursor or (key > cursor if backwards else key < cursor):
                found.append((key, uri, thing, value))
        page = sorted(found, key=lambda one: one[0], reverse=not backwards)[:size]
        records = [
            {"uri": uri, "cid": self._cid(thing, make()), "value": make()} for _, uri, thing, make in page
        ]  # fmt: skip
        return {"records": records} | ({"cursor": page[-1][0]} if page else {})

    def _own_things(self, collection: str) -> Iterator[tuple[str, Any, Callable[[], dict[str, Any]]]]:
        """Yield the account's records of a kind: address, what it is of, and how it is made."""
        if collection != POST:
            for path, value in self._records.own().items():
                if path.startswith(f"{collection}/"):
                    yield f"at://{self._did}/{path}", None, partial(dict, value)
            return
        for post in self._world.posts(self.account):
            yield post.id, post, partial(self._records.post, post)
            for comment in post.comments:
                if comment.author is None:
                    yield comment.id, comment, partial(self._records.answer, post, comment)

    def _cid(self, thing: Any, record: dict[str, Any]) -> str:
        return repository.record_cid(record) if thing is None else self._records.cid(thing, record)

    def _record(self, request: Request) -> dict[str, Any]:
        self._owned(request, "repo")
        path = f"{_needed(request, 'collection')}/{_needed(request, 'rkey')}"
        value = self._records.own().get(path)
        if value is None:
            raise XrpcError("RecordNotFound", f"Could not locate record: at://{self._did}/{path}")
        return {"uri": f"at://{self._did}/{path}", "cid": repository.record_cid(value), "value": value}

    def _describe(self, request: Request) -> dict[str, Any]:
        self._owned(request, "repo")
        service = {
            "id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": f"http://{PDS_HOST}",
        }  # fmt: skip
        document = {
            "@context": ["https://www.w3.org/ns/did/v1"], "id": self._did, "alsoKnownAs": [f"at://{self._handle}"],
            "verificationMethod": [], "service": [service],
        }  # fmt: skip
        return {
            "handle": self._handle, "did": self._did, "didDoc": document, "collections": sorted(_KEPT),
            "handleIsCorrect": True,
        }  # fmt: skip

    def _resolve(self, request: Request) -> dict[str, Any]:
        if _needed(request, "handle") != self._handle:
            raise XrpcError("HandleNotFound", "Unable to resolve handle")
        return {"did": self._did}

    def _rev(self) -> str:
        return max(key_of(post.id) for post in self._world.posts(self.account))

    def _commit(self, request: Request) -> dict[str, Any]:
        self._owned(request, "did")
        return {"cid": repository.commit_of(self._did, self._rev(), self._records.own()), "rev": self._rev()}

    def _status(self, request: Request) -> dict[str, Any]:
        self._owned(request, "did")
        return {"did": self._did, "active": True, "rev": self._rev()}

    def _repository(self, request: Request) -> Answer:
        self._owned(request, "did")
        blocks: dict[str, bytes] = {}
        root = repository.commit_of(self._did, self._rev(), self._records.own(), blocks)
        return Answer(200, [("Content-Type", _CAR)], body=repository.car_file(root, blocks))

    def _blob(self, request: Request) -> Answer:
        self._owned(request, "did")
        return self._bytes(self._did, _needed(request, "cid"), "attachment")

    def _picture(self, path: str) -> Answer:
        *_, owner, cid = path.split("/")
        return self._bytes(owner, cid, "inline")

    def _bytes(self, owner: str, cid: str, placing: str) -> Answer:
        if (owner, cid) not in self._records.blobs:
            raise XrpcError("InvalidRequest", "Blob not found")
        address, mime = self._records.blobs[owner, cid]
        headers = [
            ("x-content-type-options", "nosniff"), ("content-disposition", f'{placing}; filename="{cid}"'),
            ("content-security-policy", "default-src 'none'; sandbox"), ("Content-Type", mime),
        ]  # fmt: skip
        return Answer(200, headers, body=self._world.shelf.content(address))

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds: also answers that only an own answer leads to."""
        comments = captured_comments(post)
        told = tuple(self._told(post, comment) for comment in comments)
        kept = {c.id for c in comments}
        count = self._views.answers_to(post, None) + sum(self._views.answers_to(post, c) for c in comments)
        count += sum(c.parent_id is not None and c.parent_id not in kept for c in comments)  # in no known number
        shelf, pairs = self._world.shelf, [*zip(post.pictures, post.picture_ids, strict=True)]
        pairs += [(c.picture, c.id) for c in comments if c.picture]
        return TruePost(
            id=post.id, kind=post.kind, title="", text=fitted(post.text), created_at=post.created_at,
            updated_at=post.created_at, hidden=False, pinned=post.pinned, is_reel=False, comments=told, claimed=count,
            unlisted=tuple(c.id for c in post.comments if c.id not in kept),
            media=tuple(medium(shelf, number, "image", picture) for picture, number in pairs),
        )  # fmt: skip

    def _told(self, post: CityPost, comment: CityComment) -> TrueComment:
        own = comment.author is None
        return TrueComment(
            id=comment.id, post_id=post.id, parent_id=comment.parent_id, depth=comment.depth, text=fitted(comment.text),
            created_at=comment.created_at, hidden=comment.hidden, own=own, author_id=author_of(comment, self._did),
            author_name=comment.author.name if comment.author else self._records.account.name,
        )  # fmt: skip

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return avatar and banner, as uploaded."""
        account, shelf = self._records.account, self._world.shelf
        pairs = (("avatar", account.avatar), ("cover", account.cover))
        return tuple(
            medium(shelf, shelf.profile_picture_id(account, name), name, picture) for name, picture in pairs
        )  # fmt: skip


class JsonAnswer(Answer):
    """An answer whose document is written as these servers do, also after a fault changed it."""

    def encoded(self) -> bytes:
        """Return the body's bytes."""
        return self.body if self.body is not None else _json(self.document)


def said(document: Any, status: int = 200) -> Answer:
    """Return a JSON answer."""
    body = _json(document)
    headers = [
        ("Content-Type", "application/json; charset=utf-8"), ("ETag", f'W/"{len(body):x}-{mark(body, length=27)}"'),
        ("Vary", "Accept-Encoding"),
    ]  # fmt: skip
    return JsonAnswer(status, headers, document=document)


def _json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _unknown(_request: Request) -> Any:
    raise XrpcError("AuthMissing", "Authentication Required", 401)


def _bad(request: Request, words: str) -> XrpcError:
    return XrpcError("InvalidRequest", f"Invalid {request.path.removeprefix('/xrpc/')} params: {words}")


def _needed(request: Request, name: str) -> str:
    value = request.parameter(name)
    if not value:
        raise _bad(request, f'Missing required key "{name}"')
    return value


def _number(request: Request, name: str, default: int, least: int, most: int) -> int:
    text = request.parameter(name)
    if not text:
        return default
    if not text.isdecimal():
        raise _bad(request, f"Expected integer value type at $.{name} (got string)")
    number = int(text)
    if number > most:
        raise _bad(request, f"integer too big (maximum {most}, got {number})")
    if number < least:
        raise _bad(request, f"integer too small (minimum {least}, got {number})")
    return number
