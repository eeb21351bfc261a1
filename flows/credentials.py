"""Credential references of a spec, resolved when a run starts.

``env:NAME`` (an environment variable), ``block:NAME`` (a Prefect Secret), ``file:/PATH`` (a file only its owner reads).
The last two can be written to, which renewed tokens need.
"""

from __future__ import annotations

import os
import stat
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from connectors._registry import secrets_in
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

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
    elif kind == "file":
        value = _file(Path(name))
    else:
        raise ConfigError(
            f"credential reference {kind}:… is of no known kind", next_step="Write env:NAME, block:NAME or file:/PATH."
        )
    if not value:
        raise ConfigError(
            f"credential {reference} is not set",
            next_step={
                "env": f"Set {name} in the environment of the command or of the worker.",
                "block": f"Put the secret into the Prefect Secret block {name}.",
                "file": f"Write the secret into {name}.",
            }[kind],
        )
    return value


def keeper(reference: str | None) -> Callable[[str], None] | None:
    """Return what stores a renewed credential where the reference points, or None where that cannot be written to."""
    kind, _, name = (reference or "").partition(":")
    if kind == "block":
        return partial(_keep_in_block, name)
    return partial(_keep_in_file, Path(name)) if kind == "file" else None


def secrets_of(account: Account, *, needed: bool = True) -> tuple[str, ...]:
    """Return every text of an account's credential that must not be kept: of ``user:password`` also the password.

    Args:
        account: The register's entry.
        needed: Whether the credential must be there; an import uses none, and looks for it only if it is set.

    Raises:
        ConfigError: As :func:`resolve` does, if it is needed; unknown platform.
    """
    try:
        credential = resolve(account.credential)
    except ConfigError:
        if needed:
            raise
        return ()
    return secrets_in(account.platform, credential, account_id=account.id) if credential else ()


def _block(name: str) -> str:
    from prefect.blocks.system import Secret  # noqa: PLC0415 - an environment variable needs no Prefect

    try:
        return str(Secret.load(name).get())  # type: ignore[union-attr]
    except ValueError as error:
        raise ConfigError(
            f"Prefect has no Secret block named {name}", next_step="Create it: prefect block create secret."
        ) from error


def _keep_in_block(name: str, text: str) -> None:
    from prefect.blocks.system import Secret  # noqa: PLC0415 - as above

    Secret(value=text).save(name, overwrite=True)


def _file(path: Path) -> str:
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise ConfigError(
                f"credential file {path} can be read by others than its owner", next_step=f"Give: chmod 600 {path}"
            )
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"credential file {path} cannot be read: {error}",
            next_step="Write the secret there, readable by its owner.",
        ) from error


def _keep_in_file(path: Path, text: str) -> None:
    """Replace the file whole; the new text is on the disk before the old one goes."""
    handle, part = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
