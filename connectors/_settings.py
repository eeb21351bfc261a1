"""What an account's entry in the spec says to its connector: checked before anything is fetched, all faults at once."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from connectors._address import target_of
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from connectors._connector import Connector, Setting


@dataclass(frozen=True, slots=True)
class SettingFault:
    """What is wrong, and the key of the account's entry it lies at: ``("settings", "page_id")``."""

    key: tuple[str, ...]
    error: ConfigError


def setting_faults(connector: Connector, account_id: str, settings: Mapping[str, str]) -> Iterator[SettingFault]:
    """Yield everything that is wrong with an account's settings."""
    named, error = _chosen(connector, account_id, settings)
    if error is not None:
        yield SettingFault(("settings", connector.variant_setting), error)
    else:  # what else is wrong depends on the interface meant
        yield from _faults(named, account_id, settings)


def variant_of(connector: Connector, account_id: str, settings: Mapping[str, str]) -> Connector:
    """Return the interface of the platform that the settings name; it may have other settings, scopes and calls.

    Raises:
        ConfigError: There is no such interface.
    """
    chosen, error = _chosen(connector, account_id, settings)
    if error is not None:
        raise error
    return chosen


def checked_settings(connector: Connector, account_id: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the values of all settings of an interface, defaults filled in and addresses without a slash at the end.

    Raises:
        ConfigError: The first of :func:`setting_faults`.
    """
    for fault in _faults(connector, account_id, settings):
        raise fault.error
    known = _known(connector)
    values = {name: _value(setting, settings) for name, setting in known.items()}
    renewing = connector.renewal.setting if connector.renewal else ""
    for name in (name for name in values if name.endswith("_url")):
        values[name] = values[name] if known[name].exact or name == renewing else values[name].rstrip("/")
    return values


def _chosen(connector: Connector, account_id: str, settings: Mapping[str, str]) -> tuple[Connector, ConfigError | None]:
    if not connector.variant_setting:
        return connector, None
    usual = next(setting.default for setting in connector.settings if setting.name == connector.variant_setting)
    named = settings.get(connector.variant_setting, "") or usual
    if named != usual and named not in connector.variants:
        choices = ", ".join((usual, *connector.variants))
        return connector, ConfigError(
            f"{connector.variant_setting} of account {account_id} says {named!r}.",
            next_step=f"Write one of: {choices}.",
        )
    return connector.variants.get(named, connector), None


def _faults(connector: Connector, account_id: str, settings: Mapping[str, str]) -> Iterator[SettingFault]:
    known = _known(connector)
    for name in sorted(set(settings) - set(known)):
        near = get_close_matches(name, known, n=1)
        error = ConfigError(
            f"Account {account_id} has a setting that {connector.platform} does not know: {name!r}.",
            next_step=(f"Did you mean {near[0]!r}? " if near else "") + f"Known settings: {', '.join(known)}.",
        )
        yield SettingFault(("settings", name), error)
    for name, setting in known.items():
        if setting.required and not _value(setting, settings):
            error = ConfigError(
                f"Account {account_id} lacks the setting {name!r} of {connector.platform}.",
                next_step=f"Add {name}: {setting.meaning}.",
            )
            yield SettingFault(("settings", name), error)
        elif name.endswith("_url"):
            yield from _unusable(name, _value(setting, settings), account_id)


def _unusable(name: str, address: str, account_id: str) -> Iterator[SettingFault]:
    try:
        target_of(address)
    except ValueError as fault:
        error = ConfigError(
            f"{name} of account {account_id} cannot be used: {fault}.", next_step="Give an address like https://host."
        )
        error.__cause__ = fault
        yield SettingFault(("settings", name), error)


def _known(connector: Connector) -> dict[str, Setting]:
    return {setting.name: setting for setting in connector.settings if not setting.secret}


def _value(setting: Setting, settings: Mapping[str, str]) -> str:
    return settings.get(setting.name, "") or setting.default
