"""Putting a file where a person wants it: whole or not at all, and never in the place of another."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from urval.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def write_new(target: Path, data: bytes) -> bool:
    """Write a file; return False where the same bytes are there already.

    Raises:
        ConfigError: Other bytes are there, or nothing can be written there. Nothing was changed.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
    try:
        try:
            with part.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.link(part, target)  # unlike a renaming, it never takes another file's place
        finally:
            part.unlink(missing_ok=True)
    except FileExistsError as error:
        if target.is_file() and target.read_bytes() == data:
            return False
        raise ConfigError(
            f"{target} is there already, with other bytes; nothing was overwritten",
            next_step="Name another file, or move that one away.",
        ) from error
    except OSError as error:
        raise ConfigError(
            f"{target} cannot be written: {error.strerror}", next_step="Name a file in a folder that can be written."
        ) from error
    return True
