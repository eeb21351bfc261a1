"""Asks each platform once about an account's credential: does it work, until when, and what will be missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors._preflight import MARGIN
from connectors._registry import check_credential, interface_of
from flows.credentials import keeper, resolve
from flows.opening import unrecorded_gate

if TYPE_CHECKING:
    from connectors._preflight import CredentialState, Scope
    from flows.run import Run
    from urval.spec import Account


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of an account's credential, and the permissions it lacks."""

    state: CredentialState
    missing: tuple[Scope, ...]
    needed: tuple[str, ...]  # permissions that a complete capture takes

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data; nothing of it is secret."""
        state = self.state
        return {
            "valid": state.valid,
            "expires_at": state.expires_at.isoformat() if state.expires_at else None,
            "never_expires": state.never_expires,
            "renewable": state.renewable,
            "needed": list(self.needed),
            "scopes": sorted(state.scopes) if state.scopes is not None else None,
            "missing": [{"scope": one.name, "loses": one.loses, "vital": one.vital} for one in self.missing],
            "words": state.words,
        }


def checked(run: Run, account: Account) -> Checked | None:
    """Ask the platform about an account's credential; None where the account has none.

    One call, in no record. A credential that ran out is renewed and kept, as in a capture.

    Raises:
        ConfigError: The credential is not set, or an address or setting is wrong.
        SourceError: The platform does not renew it, or says nothing about it.
    """
    credential = resolve(account.credential)
    if credential is None:
        return None
    with unrecorded_gate(run, account.id) as gate:
        state, missing = check_credential(
            account.platform, account_id=account.id, settings=account.settings, credential=credential, gate=gate,
            keep=keeper(account.credential),
        )  # fmt: skip
    connector = interface_of(account.platform, account_id=account.id, settings=account.settings)
    return Checked(state, missing, connector.scopes)


def prevents(account: Account, found: Checked) -> tuple[str, str] | None:
    """Return the sentence and the next step for a credential with which there is no capture at all."""
    again = f"Authorise Urval anew for the account, and store the credential at {account.credential}."
    if not found.state.valid:
        return f"the credential of {account.id} is not accepted by {account.platform} (any more)", again
    vital = next((scope for scope in found.missing if scope.vital), None)
    if vital is not None:
        return f"the credential of {account.id} lacks {vital.name}: {vital.loses} will be missing", again
    return None


def warnings(run: Run, account: Account, found: Checked) -> list[str]:
    """Return what a person should know of a credential that works."""
    state, told = found.state, []
    if not state.valid:
        return []
    told += [
        f"{account.id}: the credential lacks {scope.name}: {scope.loses} will be missing"
        for scope in found.missing
        if not scope.vital
    ]
    if state.words:
        told.append(f"{account.id}: {state.words}")
    ends = state.expires_at
    if ends is not None and not state.renewable:
        zone = ZoneInfo(run.loaded.spec.timezone)
        occasion = run.occasion_of(account.id)
        closes = datetime.combine(occasion.closes, time(23, 59), zone)
        if ends < closes:
            told.append(
                f"{account.id}: the credential ends on {ends.astimezone(zone):%Y-%m-%d}, before occasion "
                f"{occasion.id} closes on {occasion.closes}; authorise Urval anew before the capture"
            )
        elif ends - run.clock() < MARGIN:
            told.append(f"{account.id}: the credential ends on {ends.astimezone(zone):%Y-%m-%d}; authorise Urval anew")
    return told
