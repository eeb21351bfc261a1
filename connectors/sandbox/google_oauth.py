"""Google's token address and the credentials of the sandbox's YouTube: an access token lives until it is renewed.

The refresh token stays the same (Google's do not rotate). An access token that a fault declared expired is refused
everywhere until it is renewed.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox import youtube_errors as errors
from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.youtube_errors import GoogleAnswer

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.faults import Fault

GOOGLE_TOKEN_HOST: Final = "oauth2.googleapis.exempelstad.example"  # noqa: S105 - a host
_LIFE: Final = 3_599  # seconds
_READ_ONLY: Final = "https://www.googleapis.com/auth/youtube.readonly"
_SCOPES: Final = f"{_READ_ONLY} https://www.googleapis.com/auth/youtube.force-ssl"


class GoogleTokens:
    """Keeps which tokens live. Safe to use from several threads."""

    host = GOOGLE_TOKEN_HOST

    def __init__(self, channel: str) -> None:
        self._lock = threading.Lock()
        self._channel, self._serial = channel, 0
        self._expired: set[str] = set()
        self._met: dict[Fault, str] = {}  # which token a fault befell
        self.narrow_token = "ya29.n" + mark("narrow", channel, length=60)  # lacks youtube.force-ssl
        self.api_key = "AIzaSy" + mark("key", channel, length=33)
        self._secrets = {
            "refresh_token": "1//09" + mark("refresh", channel, length=60),
            "client_id": f"{int(mark('client', channel, length=9), 16)}-urval.apps.googleusercontent.com",
            "client_secret": "GOCSPX-" + mark("secret", channel, length=28),
        }

    def credential(self) -> str:
        """Return what the channel's owner stores: the JSON text of a renewable credential."""
        return json.dumps({"access_token": self._access(0), **self._secrets})

    def _access(self, serial: int) -> str:
        return "ya29.a0" + mark("access", self._channel, serial, length=60)

    def admitted(self, request: Request) -> bool:
        """Tell whether the owner asks; false for an API key.

        Raises:
            GoogleError: No credential, or one that does not live (any more).
        """
        key = request.headers.get("x-goog-api-key") or request.parameter("key")
        if not request.token:
            if not key:
                raise errors.no_credential()
            if key != self.api_key:
                raise errors.bad_key()
            return False
        with self._lock:
            living = {self._access(serial) for serial in range(self._serial + 1)} | {self.narrow_token}
            if request.token not in living - self._expired:
                raise errors.bad_token()
        return True

    def may_comment(self, token: str) -> bool:
        """Tell whether a token has the scope that comments need."""
        return token != self.narrow_token

    def expire(self, fault: Fault, request: Request) -> bool:
        """Let the token of the first call that a fault befalls expire; tell whether this call carries it."""
        with self._lock:
            dead = self._met.setdefault(fault, request.token)
            self._expired.add(dead)
            return request.token == dead

    def answer(self, request: Request, now: datetime) -> Answer:
        """Renew an access token (RFC 6749 section 6), or tell of one; ``now`` is aware."""
        headers = [
            ("Content-Type", "application/json; charset=utf-8"),
            ("Cache-Control", "no-cache, no-store, max-age=0"),
        ]
        form = request.form()
        if request.path == "/tokeninfo":
            return self._told(request.parameter("access_token"), headers, now)
        if request.path != "/token" or request.method != "POST":
            return GoogleAnswer(404, headers, document={"error": "not_found"})
        wrong = self._wrong(form)
        if wrong:
            return GoogleAnswer(401 if wrong["error"] == "invalid_client" else 400, headers, document=wrong)
        with self._lock:
            self._serial += 1
            token = self._access(self._serial)
        document = {"access_token": token, "expires_in": _LIFE, "scope": _SCOPES, "token_type": "Bearer"}
        return GoogleAnswer(200, headers, document=document)

    def _told(self, token: str, headers: list[tuple[str, str]], now: datetime) -> Answer:
        """Tell what an access token may, and how long it lives."""
        with self._lock:
            lives = token in {self._access(self._serial), self.narrow_token} - self._expired
        if not lives:
            return GoogleAnswer(400, headers, document={"error_description": "Invalid Value"})
        client = self._secrets["client_id"]
        document = {
            "azp": client, "aud": client, "scope": _SCOPES if token != self.narrow_token else _READ_ONLY,
            "exp": str(int(now.timestamp()) + _LIFE), "expires_in": str(_LIFE), "access_type": "offline",
        }  # fmt: skip
        return GoogleAnswer(200, headers, document=document)

    def _wrong(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") != "refresh_token":
            return {
                "error": "unsupported_grant_type",
                "error_description": f"Invalid grant_type: {form.get('grant_type')}",
            }
        if any(form.get(name) != self._secrets[name] for name in ("client_id", "client_secret")):
            return {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        if form.get("refresh_token") != self._secrets["refresh_token"]:
            return {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return {}
