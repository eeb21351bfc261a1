"""The gate where visitors sign in at an identity provider."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from itsdangerous import BadData, URLSafeTimedSerializer

from urval.reading_room.access.addresses import PublicAddress, host_of, inner_address, misdirected
from urval.reading_room.access.gate import Admitted
from urval.reading_room.access.refusals import SignInError
from urval.reading_room.access.roles import NOBODY
from urval.reading_room.access.sessions import Sessions
from urval.reading_room.faults import BadRequestError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from urval.reading_room.access.provider import OidcSettings, SignedIn
    from urval.reading_room.access.sessions import Session

SIGN_IN_WITHIN = 600  # seconds between being sent to the provider and coming back
_OPEN = frozenset({"/login", "/login.json", "/login/start", "/callback", "/signed-out", "/signed-out.json"})


class OidcGate:
    """Lets in whoever signed in; everybody else sees the page for that, and no other."""

    def __init__(self, settings: OidcSettings, public: PublicAddress, sessions: Sessions | None = None) -> None:
        # Authlib takes a fifth of a second to load, and a room without a login does without it.
        from urval.reading_room.access.provider import Provider  # noqa: PLC0415

        self.provider = Provider(settings)
        self.public = public
        self.sessions = sessions or Sessions()
        self.secure = public.secure
        # Browsers take such names from https alone, and not from a neighbouring host of the same domain.
        self.cookie = "__Host-urval_session" if self.secure else "urval_session"
        self._begun = "__Secure-urval_login" if self.secure else "urval_login"
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32), salt="urval-login")

    def admit(self, request: Request) -> Admitted:
        """Say who asks, by the session.

        Raises:
            MisdirectedError: The request is for another server.
            SignInError: There is no session, or it has ended.
        """
        if not self.public.names(host_of(request)):
            raise misdirected()
        given = request.cookies.get(self.cookie, "")
        session = self.sessions.get(given)
        if session is not None:
            return Admitted(session.visitor, self.public.origin, given)
        path = request.scope["path"]
        if path in _OPEN or path.startswith("/assets/"):
            return Admitted(NOBODY, self.public.origin, "")
        raise SignInError(
            "your session has ended" if given else "you are not signed in",
            next_step="Sign in, then do it again. What you sent was not done.",
        )

    def leads_to(self) -> str:
        """Return where the provider ends its session: signing out is a form that leads there."""
        return self.provider.leads_to()

    async def begin(self, request: Request, wanted: str) -> Response:
        """Send a browser to the provider, to come back within ten minutes and go on to ``wanted``.

        Raises:
            UnavailableError: The provider does not answer.
        """
        request.scope["session"] = {}
        answer = await self.provider.send_there(request, f"{self.public.origin}/callback")
        kept = self._signer.dumps({"sign_in": request.session, "next": inner_address(wanted)})
        self._set(answer, self._begun, str(kept), path="/callback", max_age=SIGN_IN_WITHIN)
        return answer

    async def finish(self, request: Request) -> tuple[SignedIn, str]:
        """Return who came back, and where they were going.

        Raises:
            BadRequestError: The browser was not sent there by us, or not lately.
            ForbiddenError: The provider refused, or is not believed.
            UnavailableError: The provider does not answer.
        """
        try:
            kept: dict[str, Any] = self._signer.loads(request.cookies.get(self._begun, ""), max_age=SIGN_IN_WITHIN)
        except BadData as error:
            raise BadRequestError(
                "this sign-in was not begun in this browser, or was begun too long ago", next_step="Sign in again."
            ) from error
        request.scope["session"] = kept["sign_in"]
        return await self.provider.come_back(request), inner_address(kept["next"])

    def open_session(self, request: Request, answer: Response, came: SignedIn) -> None:
        """Begin a session under a new id, in place of the one that the browser had."""
        new = self.sessions.begin(came.visitor, came.id_token, instead_of=request.cookies.get(self.cookie))
        self._set(answer, self.cookie, new)
        self.forget_sign_in(answer)

    def forget_sign_in(self, answer: Response) -> None:
        """Take back what was kept for coming back from the provider: it serves once."""
        self._set(answer, self._begun, "", path="/callback", max_age=0)

    def end_session(self, request: Request, answer: Response) -> None:
        """End the session, here and in the browser."""
        self.sessions.end(request.cookies.get(self.cookie))
        self._set(answer, self.cookie, "", max_age=0)

    def session(self, request: Request) -> Session | None:
        """Return the session of whoever asks."""
        return self.sessions.get(request.cookies.get(self.cookie))

    def _set(self, answer: Response, name: str, value: str, *, path: str = "/", max_age: int | None = None) -> None:
        answer.set_cookie(
            name, value, path=path, max_age=max_age, httponly=True, secure=self.secure, samesite="lax"
        )  # fmt: skip
