"""The guard around every page: who asks, within which limits, and the headers that each answer has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import compile_path

from urval.reading_room.access.forms import READING, require_own_site
from urval.reading_room.access.limits import Body, require_moderate
from urval.reading_room.access.proxy import SECRET_HEADER
from urval.reading_room.access.refusals import SignInError
from urval.reading_room.access.roles import NOBODY, require_role
from urval.reading_room.faults import PageError
from urval.reading_room.look.look import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from urval.reading_room.access.gate import Admitted, Gate
    from urval.reading_room.links import Links
    from urval.reading_room.pages import Act
    from urval.reading_room.room import Language

POLICY = (
    "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
    "Cache-Control": "no-store",
}
_YEAR = 31_536_000  # seconds
_LANGUAGE = "urval_language"


@dataclass(slots=True)
class _Surrounds:
    """What an answer is given beside what the page says."""

    request: Request
    body: Body
    admitted: Admitted | None = None


class Guard:
    """ASGI middleware. It looks at addresses and headers first, and lets no body be read that is not wanted."""

    def __init__(
        self, app: ASGIApp, *, gate: Gate, acts: Sequence[Act], links: Links,
        problem: Callable[[Request, int, str, str | None], Response],
    ) -> None:  # fmt: skip
        self._app, self._gate, self._links, self._problem = app, gate, links, problem
        self._acts = [(compile_path(one.path)[0], one) for one in acts]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let the page answer it."""
        if scope["type"] != "http":
            if scope["type"] == "websocket":  # there are none
                await send({"type": "websocket.close", "code": 1000})
                return
            await self._app(scope, receive, send)
            return
        request, body = Request(scope), Body(receive, scope["headers"])
        request.state.visitor, request.state.session = NOBODY, ""
        request.state.language = _language(request)
        around = _Surrounds(request, body)
        refused = self._refusal(around)
        answering: ASGIApp = refused or self._app
        await answering(scope, body.receive, self._dressed(around, send))

    def _refusal(self, around: _Surrounds) -> Response | None:
        """Return the answer to a request that is not let in, before its body is read; None lets it in."""
        request = around.request
        try:
            require_moderate(request.scope)
            around.admitted = admitted = self._gate.admit(request)
            request.state.visitor, request.state.session = admitted.visitor, admitted.session
            require_own_site(request, admitted.origin)
            self._require_allowed(around)
        except SignInError as error:
            if request.method in READING and not request.url.path.endswith(".json") and self._gate_has_login():
                wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                return RedirectResponse(self._links("login", next=wanted), status_code=303)
            return self._problem(request, error.status, error.message, error.next_step)
        except PageError as error:
            return self._problem(request, error.status, error.message, error.next_step)
        finally:
            _strip(request.scope)
        return None

    def _require_allowed(self, around: _Surrounds) -> None:
        """Refuse forms that this visitor may not send, and those that are too large.

        Raises:
            ForbiddenError: The role does not allow it.
            TooLargeError: It says that it is too large.
        """
        path = around.request.scope["path"]
        found = next((act for pattern, act in self._acts if pattern.match(path)), None)
        if found is not None and around.request.method not in READING:
            require_role(around.request.state.visitor, found.role)
            around.body.most = found.most_bytes
        around.body.require_moderate()

    def _gate_has_login(self) -> bool:
        return hasattr(self._gate, "begin")

    def _dressed(self, around: _Surrounds, send: Send) -> Send:
        """Return what sends an answer: with the headers, and cutting off what is still sent to us."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._headers(MutableHeaders(scope=message), around)
            last = message["type"] == "http.response.body" and not message.get("more_body", False)
            if last and not around.body.ended:
                await send({**message, "more_body": True})
                await around.body.drain()
                message = {"type": "http.response.body", "body": b""}
            await send(message)

        return dressed

    def _headers(self, headers: MutableHeaders, around: _Surrounds) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if leads_to := self._gate.leads_to():
            headers["Content-Security-Policy"] = POLICY.replace("form-action 'self'", f"form-action 'self' {leads_to}")
        if self._gate.secure:
            headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
        if not around.body.ended:
            headers["Connection"] = "close"
        admitted, request = around.admitted, around.request
        if admitted and admitted.is_new and not request.url.path.startswith("/assets/"):
            _cookie(headers, self._gate.cookie, admitted.session, secure=self._gate.secure, samesite="strict")
        if request.query_params.get("lang") == request.state.language:
            chosen = request.state.language
            _cookie(headers, _LANGUAGE, chosen, secure=self._gate.secure, samesite="lax", max_age=_YEAR)


def _cookie(headers: MutableHeaders, name: str, value: str, *, secure: bool, **more: Any) -> None:
    made = Response()
    made.set_cookie(name, value, httponly=True, secure=secure, **more)
    headers.append("set-cookie", made.headers["set-cookie"])


def _strip(scope: Scope) -> None:
    """Take away what only the gate may look at: nothing behind it can come to believe a forwarded header."""
    proxied = (b"x-forwarded-", b"forwarded", b"x-remote-", SECRET_HEADER.lower().encode())
    scope["headers"] = [one for one in scope["headers"] if not one[0].startswith(proxied)]


def _language(request: Request) -> Language:
    wanted = [request.query_params.get("lang"), request.cookies.get(_LANGUAGE)]
    wanted += [part.strip()[:2].lower() for part in request.headers.get("accept-language", "").split(",")]
    return next((code for one in wanted for code in LANGUAGES if one == code), "sv")
