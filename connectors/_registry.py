"""Which connectors there are, and how one is opened for an account and a period. An explicit list, no folder scan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from connectors._credential import Keyring
from connectors._credential_checks import CHECKS
from connectors._listing import Line
from connectors._preflight import asked_of, missing_scopes
from connectors._settings import SettingFault, checked_settings, setting_faults, variant_of
from connectors._walk import ConnectorSource
from connectors.bluesky import BLUESKY
from connectors.facebook import FACEBOOK
from connectors.feed import FEED
from connectors.instagram import INSTAGRAM
from connectors.linkedin import LINKEDIN
from connectors.mastodon import MASTODON
from connectors.threads import THREADS
from connectors.tiktok import TIKTOK
from connectors.wordpress import WORDPRESS
from connectors.x import X
from connectors.youtube import YOUTUBE
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from connectors._connector import Connector
    from connectors._gate import Gate
    from connectors._preflight import CredentialState, Scope
    from urval.source import Source

CONNECTORS: Final[dict[str, Connector]] = {
    "bluesky": BLUESKY,
    "facebook": FACEBOOK,
    "instagram": INSTAGRAM,
    "feed": FEED,
    "linkedin": LINKEDIN,
    "mastodon": MASTODON,
    "threads": THREADS,
    "tiktok": TIKTOK,
    "wordpress": WORDPRESS,
    "x": X,
    "youtube": YOUTUBE,
}
_OVERLAP = timedelta(days=1)
_PAST = timedelta(seconds=30)  # X refuses an end less than ten seconds ago


def open_source(
    platform: str,
    *,
    account_id: str,
    settings: Mapping[str, str],
    credential: str | None,
    start: datetime,
    end: datetime,
    gate: Gate,
    keep: Callable[[str], None] | None = None,
) -> Source:
    """Return a source that reads one account for the period ``[start, end)``. Nothing is fetched yet.

    Args:
        platform: Name of a connector.
        account_id: The register's id of the account.
        settings: The account's settings for this platform; none of them secret.
        credential: The secret itself, already looked up.
        start: Aware.
        end: Aware.
        gate: The way to the network.
        keep: Stores the text of a renewed credential where it came from; None: it cannot.

    Raises:
        ConfigError: Unknown platform, a setting or the credential is missing or not known, the period is no period.
    """
    connector = _connector(platform, account_id)
    return open_with(
        connector, account_id=account_id, settings=settings, credential=credential, start=start, end=end, gate=gate,
        keep=keep,
    )  # fmt: skip


def check_account(platform: str, *, account_id: str, settings: Mapping[str, str]) -> None:
    """Check an account's platform and settings as far as that goes without its credential.

    Raises:
        ConfigError: Unknown platform; a setting is missing, not known or wrong.
    """
    checked_settings(variant_of(_connector(platform, account_id), account_id, settings), account_id, settings)


def account_faults(platform: str, *, account_id: str, settings: Mapping[str, str]) -> Iterator[SettingFault]:
    """Yield everything that :func:`check_account` would refuse, with the key of the account's entry it lies at."""
    try:
        connector = _connector(platform, account_id)
    except ConfigError as error:
        yield SettingFault(("platform",), error)
        return
    yield from setting_faults(connector, account_id, settings)


def page_view_ground(platform: str, *, account_id: str) -> str:
    """Return why a browser may take a picture of an account's public page there; empty: it may not.

    Raises:
        ConfigError: Unknown platform.
    """
    return _connector(platform, account_id).page_view


def reads_files_only(platform: str, *, account_id: str, settings: Mapping[str, str]) -> bool:
    """Tell whether an account has no settings although its platform needs some: only its export file can be read.

    Raises:
        ConfigError: Unknown platform.
    """
    needed = any(setting.required and not setting.secret for setting in _connector(platform, account_id).settings)
    return needed and not settings


def secrets_in(platform: str, credential: str, *, account_id: str) -> tuple[str, ...]:
    """Return the texts of a credential that must never be kept, the way this platform writes it.

    Raises:
        ConfigError: Unknown platform.
    """
    return _keyring(_connector(platform, account_id), account_id, credential, {}, None).secrets()


def interface_of(platform: str, *, account_id: str, settings: Mapping[str, str]) -> Connector:
    """Return the declaration by which an account is read: of the platform, or of the variant its settings name.

    Raises:
        ConfigError: Unknown platform or variant.
    """
    return variant_of(_connector(platform, account_id), account_id, settings)


def check_credential(
    platform: str,
    *,
    account_id: str,
    settings: Mapping[str, str],
    credential: str,
    gate: Gate,
    keep: Callable[[str], None] | None = None,
) -> tuple[CredentialState, tuple[Scope, ...]]:
    """Ask the platform about an account's credential; arguments as of :func:`open_source`.

    Returns:
        What is known of it, and the permissions it lacks.

    Raises:
        ConfigError: As :func:`open_source`.
        SourceError: The platform does not renew it, or says nothing about it.
    """
    connector = interface_of(platform, account_id=account_id, settings=settings)
    values = checked_settings(connector, account_id, settings)
    keyring = _keyring(connector, account_id, credential, values, keep)
    state, check = asked_of(
        connector, CHECKS[connector.interface], gate, keyring, values, kept=keep is not None
    )  # fmt: skip
    return state, missing_scopes(check, state)


def _connector(platform: str, account_id: str) -> Connector:
    connector = CONNECTORS.get(platform)
    if connector is None:
        near = get_close_matches(platform, CONNECTORS, n=1)
        raise ConfigError(
            f"There is no connector for the platform {platform!r} of account {account_id}.",
            next_step=(f"Did you mean {near[0]!r}? " if near else "") + f"Use one of: {', '.join(sorted(CONNECTORS))}.",
        )
    return connector


def open_with(
    connector: Connector,
    *,
    account_id: str,
    settings: Mapping[str, str],
    credential: str | None,
    start: datetime,
    end: datetime,
    gate: Gate,
    keep: Callable[[str], None] | None = None,
) -> Source:
    """Return a source for a connector that need not be in the list; otherwise as :func:`open_source`."""
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise ConfigError(
            f"The period of account {account_id} is not a time span with zones: {start} to {end}.",
            next_step="Give an aware start that lies before an aware end.",
        )
    connector = variant_of(connector, account_id, settings)
    values = checked_settings(connector, account_id, settings)
    auth = _checked_credential(connector, account_id, credential, values, keep)
    if auth is not None:
        gate.guard(auth)
    line = Line(gate=gate, auth=auth, table=connector.errors, headers=connector.headers)
    bounds = _bounds(start, end, gate.started_at)
    return ConnectorSource(connector, line, account_id=account_id, start=start, end=end, values={**values, **bounds})


def _keyring(
    connector: Connector,
    account_id: str,
    credential: str,
    values: Mapping[str, str],
    keep: Callable[[str], None] | None,
) -> Keyring:
    return Keyring(
        credential,
        account_id=account_id,
        scheme=connector.auth_scheme,
        key_schemes=connector.key_schemes,
        renewal=connector.renewal,
        token_url=values.get(connector.renewal.setting, "") if connector.renewal else "",
        keep=keep,
    )


def _checked_credential(
    connector: Connector,
    account_id: str,
    credential: str | None,
    values: Mapping[str, str],
    keep: Callable[[str], None] | None,
) -> Keyring | None:
    wanted = next((setting for setting in connector.settings if setting.secret), None)
    if credential:
        return _keyring(connector, account_id, credential, values, keep)
    if wanted is not None and wanted.required:
        raise ConfigError(
            f"Account {account_id} has no credential, but {connector.platform} needs one.",
            next_step=f"Give a reference to it: {wanted.meaning}.",
        )
    return None


def _bounds(start: datetime, end: datetime, now: datetime) -> dict[str, str]:
    """Return the period for templates, a day wider at each end: platforms do not say whether bounds are inclusive."""
    since, until = (start - _OVERLAP).astimezone(UTC), (end + _OVERLAP).astimezone(UTC)
    return {
        "since": str(int(since.timestamp())),
        "until": str(int(until.timestamp())),
        "since_iso": since.strftime("%Y-%m-%dT%H:%M:%S"),
        "until_iso": until.strftime("%Y-%m-%dT%H:%M:%S"),
        "since_ms": str(int(since.timestamp()) * 1000),
        "until_ms": str(int(until.timestamp()) * 1000),
        "since_z": since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "until_z": min(until, now.astimezone(UTC) - _PAST).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
