"""The credentials of the sandbox's TikTok account: each renewal gives a new pair of tokens and uses the old one up."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.sandbox.platforms import Spoiler

EXPIRED, NO_RIGHT, WRONG, TOO_MANY, SYSTEM = 40105, 40001, 40002, 40100, 50000
_SCOPES = "video.list,user.info.basic,user.info.username,user.info.profile,user.info.stats,comment.list"
_ANEW = 10**9  # added to a place to make its cursor look new


class TikTokError(Exception):
    """A refusal: TikTok answers HTTP 200 and says in ``code`` that it is one."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def document(data: dict[str, Any], code: int = 0, message: str = "OK") -> dict[str, Any]:
    """Return what surrounds every answer."""
    return {"code": code, "message": message, "request_id": mark(code, message, repr(data), length=35), "data": data}


class TikTokTokens:
    """Keeps the one living pair. Safe to use from several threads."""

    def __init__(self, open_id: str) -> None:
        self._lock = threading.Lock()
        self._open_id, self._serial = open_id, 0
        self._dead: set[str] = set()
        self._met: dict[Fault, str] = {}  # which token a fault befell
        self._app = {"client_id": "74" + str(int(mark("app", length=12), 16)), "client_secret": mark("secret", open_id)}
        self.narrow_token = "act.n" + mark("narrow", open_id, length=60)  # lacks comment.list

    def credential(self) -> str:
        """Return what the account's owner stores: the JSON text of a renewable credential."""
        return json.dumps({**self._pair(), **self._app})

    def _pair(self) -> dict[str, str]:
        return {
            "access_token": f"act.{mark('access', self._open_id, self._serial, length=60)}!4611.e1",
            "refresh_token": f"rft.{mark('refresh', self._open_id, self._serial, length=60)}!4619.e1",
        }

    def check(self, token: str) -> None:
        """Let only living tokens through.

        Raises:
            TikTokError: It is none, or used up.
        """
        with self._lock:
            living = {self._pair()["access_token"], self.narrow_token} - self._dead
            if token not in living:
                raise TikTokError(EXPIRED, "Access token is incorrect or has been revoked.")

    def expire(self, fault: Fault, token: str) -> bool:
        """Let the token of the first call that a fault befalls expire; tell whether this call carries it."""
        with self._lock:
            dead = self._met.setdefault(fault, token)
            self._dead.add(dead)
            return token == dead

    def renewed(self, request: Request) -> dict[str, Any]:
        """Give a new pair for the refresh token, which is used up by it.

        Raises:
            TikTokError: The call, the app or the refresh token is wrong.
        """
        try:
            asked = json.loads(request.body)
        except ValueError:
            asked = None
        if request.method != "POST" or not isinstance(asked, dict):
            raise TikTokError(WRONG, "The request body must be a JSON object.")
        if any(asked.get(name) != value for name, value in self._app.items()):
            raise TikTokError(NO_RIGHT, "Invalid client_id or client_secret.")
        with self._lock:
            known = self._pair()["refresh_token"]
            if asked.get("grant_type") != "refresh_token" or asked.get("refresh_token") != known:
                raise TikTokError(EXPIRED, "The refresh token is invalid or has expired.")
            self._serial += 1
            return {
                **self._pair(), "expires_in": 86400, "refresh_token_expires_in": 31536000, "open_id": self._open_id,
                "scope": _SCOPES, "token_type": "Bearer",
            }  # fmt: skip

    def told(self, request: Request) -> dict[str, Any]:
        """Tell of an access token what it may.

        Raises:
            TikTokError: The call, the app or the token is wrong.
        """
        try:
            asked = json.loads(request.body)
        except ValueError:
            asked = None
        if request.method != "POST" or not isinstance(asked, dict) or asked.get("app_id") != self._app["client_id"]:
            raise TikTokError(WRONG, "app_id: the app does not exist.")
        token = str(asked.get("access_token", ""))
        self.check(token)
        scopes = _SCOPES.removesuffix(",comment.list") if token == self.narrow_token else _SCOPES
        return {"app_id": self._app["client_id"], "creator_id": self._open_id, "scope": scopes}


def token_of(request: Request) -> str:
    """Return the token: TikTok wants it in a header of its own, not as Bearer."""
    return request.headers.get("access-token", "")


def spoilers_of(tokens: TikTokTokens) -> Mapping[FaultKind, Spoiler]:
    """Return what is this platform's own way to misbehave; the rest is as with any server."""

    def expired(fault: Fault, request: Request, answer: Answer) -> Answer:
        dead = tokens.expire(fault, token_of(request))
        return _refused(answer, EXPIRED, "Access token is incorrect or has been revoked.") if dead else answer

    return {
        FaultKind.EMPTY_PAGE: _empty_page,
        FaultKind.REPEATED_CURSOR: _repeated_cursor,
        FaultKind.RATE_LIMITED: _rate_limited,
        FaultKind.THROTTLED: _throttled,
        FaultKind.SERVER_ERROR: lambda _f, _r, answer: _refused(answer, SYSTEM, "Internal service error."),
        FaultKind.TOKEN_EXPIRED: expired,
        FaultKind.PERMISSION: lambda _f, _r, answer: _refused(answer, NO_RIGHT, "No permission to operate."),
        FaultKind.NO_COMMENTS: _no_comments,
        FaultKind.TOKEN_ECHO: _token_echo,
        FaultKind.TOKEN_ECHO_ERROR: lambda _f, request, answer: _refused(
            answer, NO_RIGHT, f"No permission with Access-Token: {token_of(request)}"
        ),
    }


def _refused(answer: Answer, code: int, message: str) -> Answer:
    answer.status, answer.document, answer.body = 200, document({}, code, message), None
    return answer


def _data(answer: Answer) -> dict[str, Any]:
    found = answer.document.get("data") if isinstance(answer.document, dict) else None
    return found if isinstance(found, dict) else {}


def _empty_page(_f: Fault, request: Request, answer: Answer) -> Answer:
    data = _data(answer)
    here = int(request.parameter("cursor", "0"))
    if "videos" in data:
        data |= {"videos": [], "cursor": here + 1, "has_more": True}
    elif "comments" in data:
        data |= {"comments": [], "cursor": here + _ANEW, "has_more": True}
    return answer


def place_of(cursor: str) -> int:
    """Return where the page of a comment cursor begins."""
    return int(cursor) % _ANEW


def _repeated_cursor(_f: Fault, request: Request, answer: Answer) -> Answer:
    data = _data(answer)
    if "has_more" in data:
        data |= {"cursor": int(request.parameter("cursor", "0")), "has_more": True}
    return answer


def _rate_limited(fault: Fault, _r: Request, answer: Answer) -> Answer:
    answer.replace_header("Retry-After", str(int(fault.seconds)))
    return _refused(answer, TOO_MANY, "Too many requests. Please retry in some time.")


def _throttled(_f: Fault, _r: Request, answer: Answer) -> Answer:
    return _refused(answer, TOO_MANY, "Too many requests. Please retry in some time.")


def _no_comments(fault: Fault, request: Request, answer: Answer) -> Answer:
    data = _data(answer)
    if "comments" in data and fault.subject in {"", request.parameter("video_id")}:
        data |= {"comments": [], "has_more": False}
    for video in data.get("videos", []):
        if "comments" in video and fault.subject in {"", video["item_id"]}:
            video["comments"] = 40
    return answer


def _token_echo(_f: Fault, request: Request, answer: Answer) -> Answer:
    token = token_of(request)
    if isinstance(answer.document, dict):
        answer.document["debug"] = {"headers": {"Access-Token": token}, "link": f"/?access_token={token}"}
    answer.replace_header("X-Debug-Token", token)
    return answer
