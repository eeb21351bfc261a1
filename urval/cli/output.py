"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
from typing import Any, Literal, TypeAlias

from urval.errors import ConfigError

Language: TypeAlias = Literal["sv", "en"]


def fail(text: str, status: int) -> int:
    """Print an error's text on standard error and return the exit status."""
    first, _, rest = text.partition("\n")
    print(f"urval: {first}", file=sys.stderr)  # noqa: T201
    if rest:
        print(rest, file=sys.stderr)  # noqa: T201
    return status


def show(text: str = "") -> None:
    """Print a line of the result."""
    print(text)  # noqa: T201


def show_json(value: Any) -> None:
    """Print the result as JSON."""
    print(json.dumps(value, ensure_ascii=False, indent=2))  # noqa: T201


def language(chosen: str | None) -> Language:
    """Return the language of the interface: as chosen, else by the locale, else English.

    Raises:
        ConfigError: Another language was chosen.
    """
    if chosen not in {None, "sv", "en"}:
        raise ConfigError(f"there is no interface in {chosen}", next_step="Choose sv or en.")
    names = ("URVAL_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    value = chosen or next(filter(None, map(os.environ.get, names)), "en")
    return "sv" if value.lower().startswith("sv") else "en"


def tell_progress() -> None:
    """Show the progress of long work on standard error, one plain line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("  %(message)s"))
    for name in ("flows", "connectors", "urval"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
