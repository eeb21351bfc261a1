"""Credential references of a spec, resolved when a run starts: ``env:NAME`` or ``block:NAME`` (a Prefect Secret)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from connectors._registry import secrets_in
from urval.errors import ConfigError

if TYPE_CHECKING:
    from urval.spec import Account


def resolve(reference: str | None) -> str | None:
    """Return the secret a reference names, or None for no reference.

    Raises:
        ConfigError: The variable is unset or empty, or the block does not exist.
    """
    if reference is None:
        return None
    kind, _, name = reference.partition(":")
    if kind == "env":
        value = os.environ.get(name, "")
    elif kind == "block":
        value = _block(name)
    else:
        raise ConfigError(
            f"credential reference {kind}:… is of no known kind", next_step="Write env:NAME or block:NAME."
        )
    if not value:
        raise ConfigError(
            f"credential {reference} is not set",
            next_step=f"Set {name} in the environment of the command or of the worker."
            if kind == "env"
            else f"Put the secret into the Prefect Secret block {name}.",
        )
    return value


def secrets_of(account: Account) -> tuple[str, ...]:
    """Return every text of an account's credential that must not be kept: of ``user:password`` also the password.

    Raises:
        ConfigError: As :func:`resolve` does; unknown platform.
    """
    credential = resolve(account.credential)
    return secrets_in(account.platform, credential, account_id=account.id) if credential else ()


def _block(name: str) -> str:
    from prefect.blocks.system import Secret  # noqa: PLC0415 - an environment variable needs no Prefect

    try:
        return str(Secret.load(name).get())  # type: ignore[union-attr]
    except ValueError as error:
        raise ConfigError(
            f"Prefect has no Secret block named {name}", next_step="Create it: prefect block create secret."
        ) from error
