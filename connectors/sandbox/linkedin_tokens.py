"""LinkedIn's token address: an access token lives until a fault ends it, the refresh token stays the same."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import Answer, Request, mark

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.faults import Fault

_LIFE, _REFRESH_LIFE = 5_184_000, 31_536_000  # seconds

_SCOPES: Final = "r_organization_social,r_organization_social_feed,rw_organization_admin,r_dma_admin_pages_content"


class LinkedInTokens:
    """Keeps which tokens live. Safe to use from several threads."""

    def __init__(self, seed: int) -> None:
        self._lock, self._seed, self._number = threading.Lock(), seed, 0
        self._expired: set[str] = set()
        self._met: dict[Fault, str] = {}  # which token a fault ended
        self._secrets = {
            "refresh_token": "AQX" + mark("linkedin-refresh", seed, length=64), "client_id": "77exempelstad01",
            "client_secret": "WPL_AP1." + mark("linkedin-secret", seed, length=24),
        }  # fmt: skip

    def _access(self, number: int) -> str:
        return "AQV" + mark("linkedin-access", self._seed, number, length=64)

    def credential(self) -> str:
        """Return what the page's administrator stored at first."""
        return json.dumps({"access_token": self._access(0), **self._secrets})

    def refusal(self, token: str) -> tuple[int, str, str] | None:
        """Return code, name and words for a token that is not admitted, or None."""
        with self._lock:
            known = {self._access(number) for number in range(self._number + 1)}
            if not token:
                return 65604, "EMPTY_ACCESS_TOKEN", "Empty oauth2 access token"
            if token not in known:
                return 65600, "INVALID_ACCESS_TOKEN", "Invalid access token"
            if token in self._expired:
                return 65602, "EXPIRED_ACCESS_TOKEN", "The token used in the request has expired"
        return None

    def expire(self, fault: Fault, token: str) -> bool:
        """End the token that a fault meets first, and tell whether it is the one given."""
        with self._lock:
            ended = self._met.setdefault(fault, token)
            self._expired.add(ended)
            return token == ended

    def _told(
        self, form: dict[str, str], now: int, headers: list[tuple[str, str]]
    ) -> tuple[int, list[tuple[str, str]], dict[str, Any]]:
        """Tell of a token (RFC 7662), to the app it was made for."""
        if any(form.get(name) != self._secrets[name] for name in ("client_id", "client_secret")):
            wrong = {"error": "invalid_client", "error_description": "Client authentication failed"}
            return 401, headers, wrong
        refused = self.refusal(form.get("token", ""))
        if refused is not None:
            return 200, headers, {"active": False} | ({"status": "expired"} if refused[0] == 65602 else {})  # noqa: PLR2004 - LinkedIn's own code
        return 200, headers, {
            "active": True, "client_id": self._secrets["client_id"], "authorized_at": now - 86_400,
            "created_at": now - 86_400, "status": "active", "expires_at": now - 86_400 + _LIFE, "scope": _SCOPES,
            "auth_type": "3L",
        }  # fmt: skip

    def answer(self, request: Request, now: datetime) -> Answer:
        """Exchange the refresh token for an access token, or tell of one; ``now`` is aware."""
        form, headers = request.form(), [("Content-Type", "application/json")]
        if request.path == "/oauth/v2/introspectToken":
            return Answer(*self._told(form, int(now.timestamp()), headers))
        right = form.get("grant_type") == "refresh_token"
        right = right and all(form.get(name) == value for name, value in self._secrets.items())
        if request.method != "POST" or not right:
            wrong = {"error": "invalid_grant", "error_description": "The provided refresh token is invalid"}
            return Answer(400, headers, document=wrong)
        with self._lock:
            self._number += 1
            told: dict[str, str | int] = {
                "access_token": self._access(self._number), "expires_in": _LIFE, "scope": "r_organization_social",
                "refresh_token": self._secrets["refresh_token"], "refresh_token_expires_in": _REFRESH_LIFE,
            }  # fmt: skip
        return Answer(200, headers, document=told)
