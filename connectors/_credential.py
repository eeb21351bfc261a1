"""The credential of one account during a run: how it is sent, what of it is secret, and how it is renewed.

Two forms: the token itself, or a JSON object with ``access_token``, what the platform needs to renew it, and perhaps
``expires_at``. Where a platform uses the refresh token up, the new one is kept before the new access token is used: a
run that is killed in between must not leave the owner with a dead credential. Source: RFC 6749 section 6.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING, Any, Final

from connectors._limits import Auth
from urval.errors import ConfigError, RefusedError, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from connectors._renewal import Renewal

_SECRET_MEMBERS: Final = ("access_token", "refresh_token", "client_secret", "app_secret")
_SERVER_ERRORS = 500  # HTTP status from which on the server is at fault
_SHORTEST = 8  # characters of a member that counts as secret


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """The call that renews a token."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]
    as_json: bool


class Keyring:
    """Holds a credential, and replaces it when the platform says that it ran out."""

    def __init__(
        self,
        text: str,
        *,
        account_id: str,
        scheme: str,
        key_schemes: tuple[tuple[str, str], ...] = (),
        renewal: Renewal | None = None,
        token_url: str = "",
        keep: Callable[[str], None] | None = None,
    ) -> None:
        """Read a credential.

        Args:
            text: The token, or the JSON text of a renewable one.
            account_id: For messages.
            scheme: As ``Connector.auth_scheme``.
            key_schemes: As ``Connector.key_schemes``.
            renewal: How it is renewed, if the platform can.
            token_url: Where.
            keep: Stores the text of the renewed credential where the old one came from; None: that place is read-only.

        Raises:
            ConfigError: It is a JSON object without ``access_token``.
        """
        self._account_id, self._renewal, self._token_url, self._keep = account_id, renewal, token_url, keep
        self._members = _members(text, account_id)
        self._gave_up = False  # an early renewal failed: the next try is when it has ended
        self._ever: dict[str, None] = {}  # every secret text used in this run
        token = self._members.get("access_token", text)
        scheme = next((name for start, name in key_schemes if token.startswith(start)), scheme)
        self._set(scheme, token)

    def pair(self) -> tuple[str, str]:
        """Return name and value of the header that carries the credential."""
        return self._auth.pair()

    def secrets(self) -> tuple[str, ...]:
        """Return every text that must never be kept, those of tokens that ran out during the run too."""
        return tuple(self._ever)

    @property
    def members(self) -> Mapping[str, str]:
        """Return what it holds, for a call about the credential itself; ``access_token`` is always there. Secret."""
        return {**self._members, "access_token": self._auth.secret}

    @property
    def renewable(self) -> bool:
        """Tell whether the platform can renew it, and the credential holds what that takes."""
        if self._renewal is None or not self._members:
            return False
        try:
            self.token_request()
        except KeyError:
            return False
        return True

    def runs_out(self, now: datetime) -> bool:
        """Tell whether it says itself that it has ended, or is about to."""
        early = self._renewal.early_seconds if self._renewal and not self._gave_up else 0
        return self._ends_before(now.timestamp() + early)

    def lives(self, now: datetime) -> bool:
        """Tell whether it can be used still, as far as it says itself."""
        return not self._ends_before(now.timestamp())

    def _ends_before(self, moment: float) -> bool:
        told = self._members.get("expires_at", "")
        return told.isdecimal() and int(told) <= moment

    def token_request(self) -> TokenRequest:
        """Return the call that renews it (KeyError if the credential lacks what the call needs)."""
        renewal = self._renewal
        if renewal is None:
            raise KeyError(self._account_id)
        fields = tuple((name, Template(value).substitute(self._members)) for name, value in renewal.fields)
        headers: tuple[tuple[str, str], ...] = ()
        if renewal.basic and "client_secret" in self._members:
            pair = f"{self._members['client_id']}:{self._members['client_secret']}"
            headers = (("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}"),)
        return TokenRequest(
            method=renewal.method, url=self._token_url, headers=headers, fields=fields, as_json=renewal.as_json
        )

    def take(self, status: int, body: bytes, now: datetime) -> None:
        """Take the answer of the token address: keep the new credential, then use it.

        Raises:
            RefusedError: The platform does not renew it, or what it gave cannot be kept although it must be.
            TransientError: The token address does not work at the moment.
        """
        if not 0 < status < _SERVER_ERRORS:
            raise TransientError(f"The token of account {self._account_id} could not be renewed (HTTP {status}).")
        told = self._told(status, body)
        renewed = {**self._members, **{name: str(told[name]) for name in _SECRET_MEMBERS if told.get(name)}}
        renewed.pop("expires_at", None)  # of the old one
        lifetime = told.get("expires_in")
        if isinstance(lifetime, int | float | str) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", str(lifetime)):
            renewed["expires_at"] = str(int(now.timestamp()) + int(float(lifetime)))
        if self._keep is not None:
            self._keep(json.dumps(renewed))
        elif self._renewal is not None and self._renewal.rotates:
            raise self._refused("was renewed, but its place cannot be written to; the new one is lost")
        self._members = renewed
        self._set(self._auth.scheme, renewed["access_token"])

    def renew(
        self,
        ask: Callable[[TokenRequest], tuple[int, bytes]],
        *,
        tries: int,
        pause: Callable[[int], None],
        clock: Callable[[], datetime],
        early: bool = False,
    ) -> None:
        """Exchange the token for a new one.

        Args:
            ask: Makes the call; returns status (0: no answer) and body.
            tries: At most so many calls, as long as the address does not work.
            pause: Waits after the nth of them.
            clock: Gives aware UTC times.
            early: It still lives: if it cannot be renewed now, it is used all the same.

        Raises:
            RefusedError, TransientError: It cannot be renewed, or not now.
        """
        try:
            self._check_kept()
            for number in range(1, tries + 1):
                status, body = ask(self.token_request())
                if 0 < status < _SERVER_ERRORS:
                    break
                pause(number)
            self.take(status, body, clock())
        except (RefusedError, TransientError):
            self._gave_up = True
            if not (early and self.lives(clock())):
                raise

    def _check_kept(self) -> None:
        """Refuse to renew what could not be kept: the refresh token would be used up for nothing."""
        if self._renewal is not None and self._renewal.rotates and self._keep is None:
            raise RefusedError(
                f"The token of account {self._account_id} ran out, and its place cannot hold a new one.",
                account_wide=True,
                next_step="Refer to it as file:PATH or block:NAME, so that the renewed one can be kept.",
            )

    def _told(self, status: int, body: bytes) -> Mapping[str, Any]:
        try:
            told = json.loads(body)
            for key in self._renewal.place if self._renewal else ():
                told = told[key]
        except (ValueError, LookupError, TypeError, RecursionError):
            told = None
        if not isinstance(told, dict) or not isinstance(told.get("access_token"), str):
            raise self._refused(f"is not renewed by the platform (HTTP {status})")
        return told

    def _refused(self, words: str) -> RefusedError:
        return RefusedError(
            f"The token of account {self._account_id} {words}.",
            account_wide=True,
            next_step="Authorise Urval anew for the account, and store the new credential where the reference points.",
        )

    def _set(self, scheme: str, token: str) -> None:
        self._auth = Auth(scheme, token)
        held = (self._members.get(name, "") for name in _SECRET_MEMBERS)
        self._ever |= dict.fromkeys((*self._auth.secrets(), *(text for text in held if text)))


def _members(text: str, account_id: str) -> dict[str, str]:
    """Return the members of a renewable credential; none for a bare token."""
    if not text.lstrip().startswith("{"):
        return {}
    try:
        read = json.loads(text)
    except ValueError:
        read = {}
    if not isinstance(read, dict) or not isinstance(read.get("access_token"), str) or not read["access_token"]:
        raise ConfigError(
            f"The credential of account {account_id} begins like JSON but holds no access_token.",
            next_step="Store the token itself, or a JSON object with access_token, refresh_token and client_id.",
        )
    members = {str(name): str(value) for name, value in read.items() if isinstance(value, str | int)}
    short = [name for name in _SECRET_MEMBERS if 0 < len(members.get(name, "")) < _SHORTEST]
    if short:
        raise ConfigError(
            f"{short[0]} of account {account_id} is too short to be removed safely from what is archived.",
            next_step="Check that the credential reference names the right text.",
        )
    return members
