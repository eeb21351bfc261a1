"""What one run needs at hand, made once at its edge: spec, store, clock, occasion."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from urval.errors import ConfigError, UrvalError
from urval.periods import check_capture_date, due, occasion_at
from urval.spec import read_spec
from urval.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from urval.periods import Occasion
    from urval.spec import ArchiveSpec, LoadedSpec
    from urval.store import Store

CONNECT_TO = "URVAL_CONNECT_TO"  # "name=host:port,…": where to reach a host instead, as curl --connect-to
STORE = "URVAL_STORE"
DUE = "due"


class RunSettings(TypedDict):
    """What :func:`open_run` needs, as plain data that a task can be given."""

    spec: str
    store: str | None
    occasion: str
    fixed_time: str | None
    actor: str
    dry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run: an archive spec, an occasion, a store, a clock."""

    loaded: LoadedSpec
    occasion: Occasion
    store: Store
    clock: Callable[[], datetime]
    clock_kind: str  # system | fixed
    connect_to: dict[str, str]
    actor: str
    sleep: Callable[[float], None] = time.sleep  # waits seconds, when a platform asks for it

    def place(self, account_id: str) -> tuple[str, str, str]:
        """Return archive, account and period: the three parts every store key has."""
        return self.loaded.spec.archive.id, account_id, self.occasion.period.id


def open_run(
    spec: str,
    store: str | None,
    occasion: str,
    *,
    fixed_time: str | None = None,
    actor: str = "",
    dry: bool = False,
    ahead: bool = False,
) -> Run:
    """Open a run from plain text, as a command or a deployment gives it.

    Args:
        spec: Path of the archive spec.
        store: A directory, or ``s3://bucket/prefix?endpoint=…``; None: what ``URVAL_STORE`` says.
        occasion: The occasion's id, for example ``2026-host``, or ``due`` for the newest that has opened.
        fixed_time: RFC 3339 time for a fixed clock (demonstration); the package says so.
        actor: Who started the run.
        dry: Nothing will be written to the store.
        ahead: The occasion may lie in the future: it is planned, not captured.

    Raises:
        ConfigError: Spec, occasion, time or store are wrong, or the spec may only run dry.
    """
    loaded = read_spec(Path(spec))
    if loaded.spec.dry_run_only and not dry:
        raise ConfigError(
            f"spec {loaded.spec.id} names no decision, so it runs dry only",
            next_step="Add 'decision:' with authority, reference and date, or add --dry-run.",
        )
    clock, kind = _clock(fixed_time)
    today = clock().astimezone(ZoneInfo(loaded.spec.timezone)).date()
    chosen = newest_due(loaded.spec, today) if occasion == DUE else occasion_at(loaded.spec, occasion)
    if not ahead:
        check_capture_date(chosen, today)
    return Run(
        loaded=loaded,
        occasion=chosen,
        store=open_store(store or _named_store()),
        clock=clock,
        clock_kind=kind,
        connect_to=connect_to(os.environ.get(CONNECT_TO, "")),
        actor=actor or os.environ.get("USER", "unknown"),
    )


def newest_due(spec: ArchiveSpec, today: date) -> Occasion:
    """Return the newest occasion that has opened by a local day.

    Raises:
        ConfigError: None has opened yet.
    """
    opened = due(spec, today, ())
    if not opened:
        raise ConfigError(
            f"no occasion of spec {spec.id} has opened by {today}",
            next_step=f"Its first period starts on {spec.first_period_start}: see urval spec show.",
        )
    return opened[-1]


def connect_to(text: str) -> dict[str, str]:
    """Parse ``name=host:port,…``.

    Raises:
        ConfigError: A part is not of that form.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    pairs = dict(part.split("=", 1) for part in parts if re.fullmatch(r"[^=]+=[^=]+:[0-9]{1,5}", part))
    if len(pairs) != len(parts):
        raise ConfigError(f"{CONNECT_TO} is not of the form name=host:port,…", next_step="Correct or unset it.")
    return pairs


def _named_store() -> str:
    store = os.environ.get(STORE, "")
    if not store:
        raise ConfigError("no store is named", next_step=f"Give --store, or set {STORE} where the run takes place.")
    return store


def _clock(fixed_time: str | None) -> tuple[Callable[[], datetime], str]:
    if fixed_time is None:
        return lambda: datetime.now(UTC), "system"
    try:
        moment = datetime.fromisoformat(fixed_time)
    except ValueError as error:
        raise ConfigError(
            f"{fixed_time!r} is no RFC 3339 time", next_step="Write it as 2026-11-02T03:00:00+01:00."
        ) from error
    if moment.tzinfo is None:
        raise ConfigError(f"{fixed_time!r} has no time zone", next_step="Write it as 2026-11-02T03:00:00+01:00.")
    return lambda: moment.astimezone(UTC), "fixed"


@contextmanager
def typed_faults() -> Iterator[None]:
    """Make a fault of ours a typed error, so that it ends one account and not the others of the run.

    Raises:
        UrvalError: With the fault as its cause.
    """
    try:
        yield
    except UrvalError:
        raise
    except Exception as error:
        raise UrvalError(
            f"this is a fault in Urval ({type(error).__name__}: {error})",
            next_step="Run again with URVAL_DEBUG=1 and report it.",
        ) from error
