"""Asks a platform about a credential before a run: does it work, until when, what may it, and what will be missing.

One call an account, in no record: address, body and answer may hold the credential. Reading an answer is pure. What no
platform tells is None, never guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from string import Template
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urljoin

from connectors._credential import Keyring, TokenRequest
from urval.errors import TransientError

if TYPE_CHECKING:
    from connectors._connector import Connector
    from connectors._gate import Gate

MARGIN: Final = timedelta(days=28)  # a credential that ends sooner is warned of
_LOST: Final = "a renewed credential cannot be kept where this one lies: refer to it as file:PATH or block:NAME"
_SERVER_ERRORS: Final = 500  # HTTP: from here on nothing was said about the credential


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialState:
    """What is known of a credential. ``scopes`` None: the platform does not tell; ``expires_at`` None: not told."""

    valid: bool
    expires_at: datetime | None = None  # aware
    scopes: frozenset[str] | None = None
    words: str = ""  # what else a person should know, in one sentence
    never_expires: bool = False
    renewable: bool = False  # Urval exchanges it for a new one when it ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One permission, and what is missing from a capture without it. ``vital``: then there is no capture at all."""

    name: str
    loses: str
    vital: bool = False
    also: tuple[str, ...] = ()  # permissions that include it


Read = Callable[[int, Mapping[str, Any]], CredentialState | None]
"""Reads status and JSON object of an answer; None: it says nothing about the credential."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialCheck:
    """One call about a credential. Templates may name every setting and every member of the credential.

    ``path`` is added to the address in the setting ``base``; without a slash in front it stands beside that address.
    """

    path: str
    read: Read
    scopes: tuple[Scope, ...] = ()
    base: str = "base_url"
    method: str = "GET"
    fields: tuple[tuple[str, str], ...] = ()  # empty ones are left out
    as_json: bool = False
    sends_header: bool = True  # the credential also goes where the platform's calls have it
    fits: Callable[[Mapping[str, str]], bool] = field(default=lambda _members: True)  # by the credential's members


def asked_of(
    connector: Connector,
    checks: tuple[CredentialCheck, ...],
    gate: Gate,
    keyring: Keyring,
    values: Mapping[str, str],
    *,
    kept: bool,
) -> tuple[CredentialState, CredentialCheck]:
    """Ask about a credential, renewing it first where it has run out and can be renewed.

    Args:
        connector: The platform.
        checks: What may be asked; the first that fits the credential is.
        gate: The way to the network.
        keyring: The credential; a renewed one is kept as in a capture.
        values: The account's settings.
        kept: Whether a renewed credential can be kept. If not, nothing is renewed that would be lost by it.

    Raises:
        ConfigError: The credential would travel in the open, or an address is wrong.
        RefusedError: It ran out and is not renewed.
        TransientError: The platform gave no answer, or none about the credential.
    """
    now = gate.clock()
    check = next(check for check in checks if check.fits(keyring.members))
    rotates = connector.renewal is not None and connector.renewal.rotates
    lasting = keyring.renewable and (kept or (not rotates and "refresh_token" in keyring.members))
    renewed = lasting and keyring.runs_out(now)
    if renewed:
        gate.renew(keyring, early=True)
    state = _asked(connector, check, gate, keyring, values)
    if lasting and not renewed and (not state.valid or _ends_for_good(state, keyring, now)):
        gate.renew(keyring, early=state.valid)
        state = _asked(connector, check, gate, keyring, values)
    words = state.words or (_LOST if keyring.renewable and not lasting else "")
    return replace(state, renewable=lasting, words=words), check


def _ends_for_good(state: CredentialState, keyring: Keyring, now: datetime) -> bool:
    """Tell whether it ends soon and nothing but itself can be exchanged for a new one (Meta's tokens)."""
    return state.expires_at is not None and state.expires_at - now < MARGIN and "refresh_token" not in keyring.members


def missing_scopes(check: CredentialCheck, state: CredentialState) -> tuple[Scope, ...]:
    """Return the permissions that the credential lacks; none where the platform does not tell."""
    held = state.scopes
    if held is None:
        return ()
    return tuple(scope for scope in check.scopes if held.isdisjoint((scope.name, *scope.also)))


def _asked(
    connector: Connector, check: CredentialCheck, gate: Gate, keyring: Keyring, values: Mapping[str, str]
) -> CredentialState:
    status, body = gate.ask_unrecorded(request_of(connector, check, keyring, values), keyring)
    try:
        told = json.loads(body)
    except ValueError:
        told = None
    state = check.read(status, told if isinstance(told, dict) else {}) if 0 < status < _SERVER_ERRORS else None
    if state is None:
        raise TransientError(
            f"{connector.platform} said nothing about the credential (HTTP {status}).", next_step="Try again later."
        )
    own = keyring.members.get("expires_at", "")
    if state.expires_at is None and not state.never_expires and own.isdecimal():
        state = replace(state, expires_at=datetime.fromtimestamp(int(own), UTC))
    if state.scopes is None and keyring.members.get("scope"):
        state = replace(state, scopes=words_in(keyring.members["scope"]))  # as the platform told when it was made
    return state


def request_of(
    connector: Connector, check: CredentialCheck, keyring: Keyring, values: Mapping[str, str]
) -> TokenRequest:
    """Return the call."""
    known = {**values, **keyring.members}
    path = Template(check.path).substitute({name: quote(value, safe="") for name, value in known.items()})
    base = values[check.base]
    filled = ((name, Template(value).substitute(known)) for name, value in check.fields)
    headers = (*connector.headers, *((keyring.pair(),) if check.sends_header else ()))
    return TokenRequest(
        method=check.method,
        url=base + path if path.startswith("/") else urljoin(base, path),
        headers=tuple((name, Template(value).safe_substitute(values)) for name, value in headers),
        fields=tuple((name, value) for name, value in filled if value),
        as_json=check.as_json,
    )


def words_in(text: str) -> frozenset[str]:
    """Return the scopes of a list with commas or blanks."""
    return frozenset(text.replace(",", " ").split())
