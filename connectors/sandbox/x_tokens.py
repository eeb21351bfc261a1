"""The tokens of the sandbox's X account: an app's own, and a user's that runs out and is exchanged for a new one."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from connectors.sandbox.answers import Answer, Request, mark

if TYPE_CHECKING:
    from connectors.sandbox.faults import Fault

CLIENT: Final = "exempelklient"
_REFUSED = {"error": "invalid_request", "error_description": "Value passed for the token was invalid."}


class Tokens:
    """Knows which tokens are good. Safe to use from several threads."""

    def __init__(self, seed: int) -> None:
        self._seed, self._number, self._lock = seed, 0, threading.Lock()
        self._access, self._refresh = self._made()
        self._expired: set[str] = set()
        self._fired: set[Fault] = set()
        self.bearer = f"AAAAAAAAAAAAAAAAAAAAA{mark('x', seed, length=40)}"  # the app's own: it never runs out
        self.credential = json.dumps(
            {"access_token": self._access, "refresh_token": self._refresh, "client_id": CLIENT}
        )  # what the account's owner stored at first

    def _made(self) -> tuple[str, str]:
        seed = (self._seed, self._number)
        return f"QXhz{mark('x-access', *seed, length=60)}", f"UmVm{mark('x-refresh', *seed, length=60)}"

    def are_good(self, token: str) -> bool:
        """Tell whether a request with this token is let in."""
        with self._lock:
            return token == self.bearer or (token == self._access and token not in self._expired)

    def expire(self, fault: Fault, token: str) -> bool:
        """End the life of the token in use, once for each fault; tell whether this one is dead."""
        with self._lock:
            if fault not in self._fired and token:
                self._fired.add(fault)
                self._expired.add(token)
            return token in self._expired

    def renew(self, request: Request) -> Answer:
        """Exchange a refresh token, which works once."""
        form, headers = request.form(), [("content-type", "application/json; charset=utf-8")]
        with self._lock:
            right = form.get("grant_type") == "refresh_token" and form.get("client_id") == CLIENT
            if request.method != "POST" or not right or form.get("refresh_token") != self._refresh:
                return Answer(400, headers, document=_REFUSED)
            self._number += 1
            self._access, self._refresh = self._made()
            told: dict[str, Any] = {
                "token_type": "bearer", "expires_in": 7200, "access_token": self._access,
                "scope": "users.read tweet.read offline.access", "refresh_token": self._refresh,
            }  # fmt: skip
        return Answer(200, headers, document=told)
