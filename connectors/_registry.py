"""Which connectors there are, and how one is opened for an account and a period. An explicit list, no folder scan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from connectors._address import target_of
from connectors._limits import Auth
from connectors._listing import Line
from connectors._walk import ConnectorSource
from connectors.facebook import FACEBOOK
from connectors.wordpress import WORDPRESS
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors._connector import Connector
    from connectors._gate import Gate
    from urval.source import Source

CONNECTORS: Final[dict[str, Connector]] = {"facebook": FACEBOOK, "wordpress": WORDPRESS}
_OVERLAP = timedelta(days=1)


def open_source(
    platform: str,
    *,
    account_id: str,
    settings: Mapping[str, str],
    credential: str | None,
    start: datetime,
    end: datetime,
    gate: Gate,
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

    Raises:
        ConfigError: Unknown platform, a setting or the credential is missing or not known, the period is no period.
    """
    connector = _connector(platform, account_id)
    return open_with(
        connector, account_id=account_id, settings=settings, credential=credential, start=start, end=end, gate=gate
    )


def check_account(platform: str, *, account_id: str, settings: Mapping[str, str]) -> None:
    """Check an account's platform and settings as far as that goes without its credential.

    Raises:
        ConfigError: Unknown platform; a setting is missing, not known or wrong.
    """
    _checked_settings(_connector(platform, account_id), account_id, settings)


def secrets_in(platform: str, credential: str, *, account_id: str) -> tuple[str, ...]:
    """Return the texts of a credential that must never be kept, the way this platform writes it.

    Raises:
        ConfigError: Unknown platform.
    """
    return Auth(_connector(platform, account_id).auth_scheme, credential).secrets()


def _connector(platform: str, account_id: str) -> Connector:
    connector = CONNECTORS.get(platform)
    if connector is None:
        raise ConfigError(
            f"There is no connector for the platform {platform!r} of account {account_id}.",
            next_step=f"Use one of: {', '.join(sorted(CONNECTORS))}.",
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
) -> Source:
    """Return a source for a connector that need not be in the list; otherwise as :func:`open_source`."""
    if start.tzinfo is None or end.tzinfo is None or start >= end:
        raise ConfigError(
            f"The period of account {account_id} is not a time span with zones: {start} to {end}.",
            next_step="Give an aware start that lies before an aware end.",
        )
    values = _checked_settings(connector, account_id, settings)
    auth = _checked_credential(connector, account_id, credential)
    if auth is not None:
        gate.guard(auth)
    line = Line(gate=gate, base_url=values["base_url"], auth=auth, table=connector.errors)
    return ConnectorSource(
        connector, line, account_id=account_id, start=start, end=end, values={**values, **_bounds(start, end)}
    )


def _checked_settings(connector: Connector, account_id: str, settings: Mapping[str, str]) -> dict[str, str]:
    known = {setting.name: setting for setting in connector.settings if not setting.secret}
    if unknown := sorted(set(settings) - set(known)):
        raise ConfigError(
            f"Account {account_id} has a setting that {connector.platform} does not know: {unknown[0]!r}.",
            next_step=f"Known settings: {', '.join(known)}.",
        )
    values = {name: settings.get(name, "") or setting.default for name, setting in known.items()}
    for name, setting in known.items():
        if setting.required and not values[name]:
            raise ConfigError(
                f"Account {account_id} lacks the setting {name!r} of {connector.platform}.",
                next_step=f"Add {name}: {setting.meaning}.",
            )
    values["base_url"] = values["base_url"].rstrip("/")
    try:
        target_of(values["base_url"])
    except ValueError as error:
        raise ConfigError(
            f"base_url of account {account_id} cannot be used: {error}.", next_step="Give an address like https://host."
        ) from error
    return values


def _checked_credential(connector: Connector, account_id: str, credential: str | None) -> Auth | None:
    wanted = next((setting for setting in connector.settings if setting.secret), None)
    if credential:
        return Auth(connector.auth_scheme, credential)
    if wanted is not None and wanted.required:
        raise ConfigError(
            f"Account {account_id} has no credential, but {connector.platform} needs one.",
            next_step=f"Give a reference to it: {wanted.meaning}.",
        )
    return None


def _bounds(start: datetime, end: datetime) -> dict[str, str]:
    """Return the period for templates, a day wider at each end: platforms do not say whether bounds are inclusive."""
    since, until = (start - _OVERLAP).astimezone(UTC), (end + _OVERLAP).astimezone(UTC)
    return {
        "since": str(int(since.timestamp())),
        "until": str(int(until.timestamp())),
        "since_iso": since.strftime("%Y-%m-%dT%H:%M:%S"),
        "until_iso": until.strftime("%Y-%m-%dT%H:%M:%S"),
    }
