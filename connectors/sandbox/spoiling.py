"""What a fault does to an answer, one function a kind."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.sandbox import graph_errors
from connectors.sandbox.answers import BLOG_HOST, GRAPH_HOST, Answer, Request, php_json
from connectors.sandbox.facebook import usage_header
from connectors.sandbox.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.sandbox.platforms import Platform
    from connectors.sandbox.world import World

_TIMES = {
    "created_time", "timestamp", "created_at", "publishedAt", "createdAt", "create_time", "date_gmt", "date",
    "videoPublishedAt", "created",
}  # fmt: skip
_HUGE, _LITTLE = 3_000_000_000, 65_536
_HTML = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1>"
    b"<p>The proxy server received an invalid response.</p></body></html>\n"
)


def spoiled(fault: Fault, request: Request, answer: Answer, world: World, platform: Platform | None = None) -> Answer:
    """Return the answer as the fault leaves it; a platform may have its own way to misbehave."""
    own = platform.spoilers.get(fault.kind) if platform else None
    if own is not None:
        return own(fault, request, answer)
    if platform is not None and fault.kind is FaultKind.POST_DELETED:
        if world.post(platform.account, fault.subject) is not None:
            world.delete_post(platform.account, fault.subject)
        return answer
    return _SPOILERS[fault.kind](fault, request, answer, world)


def _graph_error(error: graph_errors.GraphError, answer: Answer) -> Answer:
    answer.status, answer.document, answer.body = error.status, error.document(), None
    return answer


def _empty_page(_f: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    if not isinstance(answer.document, dict):
        answer.document = []
        return answer
    answer.document = {"data": [], "paging": {"next": _link_here(request, "!")}}
    return answer


def _repeated_cursor(_f: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    if isinstance(answer.document, dict):
        answer.document.setdefault("paging", {})["next"] = _link_here(request, "")
    else:
        answer.replace_header("Link", f'<http://{request.host}{request.shown}>; rel="next"')
    return answer


def _link_here(request: Request, salt: str) -> str:
    """Return a link to the page of this request; ``salt`` makes its cursor look new."""
    key = "__paging_token" if request.parameter("__paging_token") else "after"
    changes = {"access_token": request.token, key: (request.parameter(key) + salt) or "!"}
    return f"http://{request.host}{request.path}?{request.with_parameters(changes)}"


def _rate_limited(fault: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    if request.host == GRAPH_HOST:
        answer = _graph_error(graph_errors.throttled(), answer)
    else:
        answer.document, answer.body = None, b"Too Many Requests\n"
        answer.replace_header("Content-Type", "text/plain")
    answer.status = 429
    answer.replace_header("Retry-After", str(int(fault.seconds)))
    return answer


def _throttled(fault: Fault, request: Request, answer: Answer, world: World) -> Answer:
    _high_usage(fault, request, answer, world)
    page_id = _page_of(answer)
    answer.replace_header("X-Business-Use-Case-Usage", usage_header(page_id, 100, fault.minutes))
    return _graph_error(graph_errors.throttled(), answer)


def _high_usage(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.replace_header("X-Business-Use-Case-Usage", usage_header(_page_of(answer), 90))
    return answer


def _page_of(answer: Answer) -> str:
    usage = dict(answer.headers).get("X-Business-Use-Case-Usage", '{"0":')
    return usage.split('"')[1]


def _server_error(_f: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    if request.host == GRAPH_HOST:
        message = "An unexpected error has occurred. Please retry your request later."
        return _graph_error(graph_errors.GraphError(message, 2, status=500), answer)
    answer.status, answer.document, answer.body = 500, None, b"Internal Server Error\n"
    answer.replace_header("Content-Type", "text/plain")
    return answer


def _too_much(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    return _graph_error(graph_errors.too_much(), answer)


def _cut_json(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    body = answer.encoded()
    answer.body = body[: len(body) // 2]
    return answer


def _reset(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.cut_after, answer.reset = len(answer.encoded()) // 2, True
    return answer


def _expired(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    return _graph_error(graph_errors.expired_token(), answer)


def _permission(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    return _graph_error(graph_errors.GraphError("(#200) Permissions error", 200, status=403), answer)


def _post_deleted(fault: Fault, request: Request, answer: Answer, world: World) -> Answer:
    records = answer.document if isinstance(answer.document, list) else (answer.document or {}).get("data", [])
    subject = fault.subject or (str(records[-1]["id"]) if records else "")
    for account in world.city.accounts:
        platform_host = BLOG_HOST if account.platform == "wordpress" else GRAPH_HOST
        if request.host == platform_host and world.post(account.key, subject) is not None:
            world.delete_post(account.key, subject)
    return answer


def _long_length(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    length = len(answer.encoded())
    answer.declared_length, answer.cut_after = length + 1000, length
    return answer


def _html(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.body = _HTML
    answer.replace_header("Content-Type", "text/html; charset=UTF-8")
    return answer


def _no_comments(fault: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    hollow: dict[str, Any] = {"data": [], "summary": {"order": "chronological", "total_count": 40, "can_comment": True}}
    if request.path.endswith("/comments"):
        answer.document = hollow if isinstance(answer.document, dict) else []
        return answer
    document = answer.document if isinstance(answer.document, dict) else {}
    for record in document.get("data", [document]):
        if "comments" in record and fault.subject in {"", record.get("id")}:
            record["comments"] = hollow
    return answer


def _redirect(fault: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    answer.status, answer.document, answer.body = 302, None, b""
    query = request.with_parameters({"access_token": None})
    answer.replace_header("Location", f"http://{fault.host}{request.path}" + (f"?{query}" if query else ""))
    return answer


def _token_echo(_f: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    token = request.token
    shown = {
        "messages": [{"type": "info", "message": f"Called with access_token={token}", "link": f"/?t={quote(token)}"}],
        "authorization": f"Bearer {token}", "basic": base64.b64encode(token.encode()).decode(),
    }  # fmt: skip
    if isinstance(answer.document, dict):
        answer.document = answer.document | {"__debug__": shown}
    else:
        answer.body = php_json([*(answer.document or []), {"id": 0, "__debug__": shown}])
    answer.replace_header("X-FB-Debug", token)
    return answer


def _token_echo_error(_f: Fault, request: Request, answer: Answer, _w: World) -> Answer:
    message = f"Unsupported get request with access_token={request.token} (sent as Bearer {request.token})"
    return _graph_error(graph_errors.GraphError(message, 100, subcode=33, kind="GraphMethodException"), answer)


def _huge(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    body = answer.encoded()
    answer.body = (body * (_LITTLE // max(1, len(body)) + 1))[:_LITTLE]
    answer.declared_length, answer.cut_after = _HUGE, _LITTLE
    return answer


def _slow(fault: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.seconds = fault.seconds
    return answer


def _gone(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.status, answer.document, answer.body = 404, None, b"Not Found\n"
    answer.replace_header("Content-Type", "text/plain")
    return answer


def _new_members(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.document = _with_new_members(answer.document)
    return answer


def _with_new_members(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_new_members(one) for one in value]
    if isinstance(value, dict):
        return {**{name: _with_new_members(one) for name, one in value.items()}, "ny_medlem": {"a": [1]}}
    return value


def _no_time(_f: Fault, _r: Request, answer: Answer, _w: World) -> Answer:
    answer.document, _ = _without_time(answer.document)
    return answer


def _without_time(value: Any) -> tuple[Any, bool]:
    """Return a copy without the first member that is a time of creation, and whether there was one."""
    items: list[Any] = list(value.items()) if isinstance(value, dict) else []
    items = list(enumerate(value)) if isinstance(value, list) else items
    for key, one in items:
        if key in _TIMES:
            return {name: kept for name, kept in items if name not in _TIMES}, True
        changed, done = _without_time(one)
        if done:
            copy = list(value) if isinstance(value, list) else dict(value)
            copy[key] = changed
            return copy, True
    return value, False


def _media_expired(_f: Fault, _r: Request, answer: Answer, world: World) -> Answer:
    answer.body = answer.encoded()  # what is on its way keeps the old addresses
    world.shelf.expire()
    return answer


_SPOILERS: dict[FaultKind, Callable[[Fault, Request, Answer, World], Answer]] = {
    FaultKind.EMPTY_PAGE: _empty_page,
    FaultKind.REPEATED_CURSOR: _repeated_cursor,
    FaultKind.RATE_LIMITED: _rate_limited,
    FaultKind.THROTTLED: _throttled,
    FaultKind.HIGH_USAGE: _high_usage,
    FaultKind.SERVER_ERROR: _server_error,
    FaultKind.TOO_MUCH_DATA: _too_much,
    FaultKind.CUT_JSON: _cut_json,
    FaultKind.RESET: _reset,
    FaultKind.TOKEN_EXPIRED: _expired,
    FaultKind.PERMISSION: _permission,
    FaultKind.POST_DELETED: _post_deleted,
    FaultKind.LONG_LENGTH: _long_length,
    FaultKind.HTML: _html,
    FaultKind.NO_COMMENTS: _no_comments,
    FaultKind.REDIRECT: _redirect,
    FaultKind.TOKEN_ECHO: _token_echo,
    FaultKind.TOKEN_ECHO_ERROR: _token_echo_error,
    FaultKind.HUGE_MEDIUM: _huge,
    FaultKind.SLOW_BODY: _slow,
    FaultKind.GONE: _gone,
    FaultKind.NEW_MEMBERS: _new_members,
    FaultKind.NO_TIME: _no_time,
    FaultKind.MEDIA_EXPIRED: _media_expired,
}
