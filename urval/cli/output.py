"""What commands print: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import logging
import os
import sys
import unicodedata
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

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


def tell(text: str) -> None:
    """Print a line that is no result: on standard error."""
    print(text, file=sys.stderr)  # noqa: T201


def one_line(text: str) -> str:
    """Return text that others wrote as one line that cannot steer a terminal: each control character as U+FFFD."""
    return "".join("\ufffd" if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} else char for char in text)


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


@contextmanager
def tell_progress() -> Iterator[None]:
    """Show the progress of long work on standard error: a plain line each step; on a terminal also that time passes."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb":
        _tell_by(logging.StreamHandler(sys.stderr))
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

    # A spinner of plain ASCII: the terminal may not speak UTF-8.
    with Progress(SpinnerColumn("line"), TimeElapsedColumn(), console=Console(stderr=True), transient=True) as live:
        live.add_task("")
        _tell_by(_Above(live.console))
        yield


class _Above(logging.Handler):
    """Prints each record as a line above what lives at the terminal's last line."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        self._console.print(self.format(record), markup=False, highlight=False, emoji=False, soft_wrap=True)


def _tell_by(handler: logging.Handler) -> None:
    handler.setFormatter(logging.Formatter("  %(message)s"))
    for name in ("flows", "connectors", "urval"):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(logging.INFO)
        logger.propagate = False
