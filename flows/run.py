"""What one run needs at hand, made once at its edge: spec, store, clock, occasion.

An occasion is an account's: its period starts where the account's period before ended, which an extra capture may have
moved. So a run knows an occasion by its id, and asks for each account which days it covers.
"""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict
from zoneinfo import ZoneInfo

from urval.errors import ConfigError, UrvalError
from urval.ledger import State, is_packaged, standing
from urval.periods import account_occasion_at, check_capture_date, due, due_for_account
from urval.spec import read_spec
from urval.store import ledger_prefix, open_store, read_events, read_extras

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from urval.ledger import Event
    from urval.periods import ExtraOccasion, Occasion
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
    occasion_id: str
    store: Store
    clock: Callable[[], datetime]
    clock_kind: str  # system | fixed
    connect_to: dict[str, str]
    actor: str
    sleep: Callable[[float], None] = time.sleep  # waits seconds, when a platform asks for it
    extras: dict[str, tuple[ExtraOccasion, ...]] = field(default_factory=dict)  # of accounts, as the store had them

    def occasion_of(self, account_id: str) -> Occasion:
        """Return the account's occasion of this run.

        Raises:
            ConfigError: The account has none of that id.
        """
        spec = self.loaded.spec
        if account_id not in self.extras:
            self.extras[account_id] = read_extras(self.store, spec.archive.id, account_id)
        return account_occasion_at(spec, spec.account(account_id), self.extras[account_id], self.occasion_id)

    def takes_part(self, account_id: str) -> bool:
        """Tell whether the account has this occasion: it may not be opened yet, or have been closed."""
        try:
            self.occasion_of(account_id)
        except ConfigError:
            return False
        return True

    def place(self, account_id: str) -> tuple[str, str, str]:
        """Return archive, account and period: the three parts every store key has."""
        return self.loaded.spec.archive.id, account_id, self.occasion_of(account_id).period.id

    def today(self) -> date:
        """Return the local day."""
        return self.clock().astimezone(ZoneInfo(self.loaded.spec.timezone)).date()

    def attempt(self, account_id: str) -> int:
        """Return which capture of the period this is: another one after each time a proposal was sent back.

        What was packaged keeps its capture: a supplement that is sent back asks for none anew. A correction does.
        """
        events = read_events(self.store, ledger_prefix(*self.place(account_id)))
        before = list(takewhile(lambda event: event.state is not State.PACKAGED, events))
        corrections = 0
        corrects = False
        for event in events[len(before) :]:
            if event.state is State.PROPOSED and "frame" in event.refs:
                corrects = "correction_of" in event.refs
            corrections += corrects and event.state is State.RETURNED
        return 1 + sum(event.state is State.RETURNED for event in before) + corrections

    def check_ready(self, account_id: str) -> None:
        """Refuse a capture before the account's period has ended, or under a spec that is not in force for it.

        Raises:
            ConfigError: With what to do.
        """
        occasion, spec = self.occasion_of(account_id), self.loaded.spec
        check_capture_date(occasion, self.today())
        if not spec.in_force(occasion.period.end_day):
            until = f" to {spec.valid_to}" if spec.valid_to else ""
            raise ConfigError(
                f"spec {spec.id} is valid from {spec.valid_from}{until}, and occasion {occasion.id} of {account_id} "
                f"falls on {occasion.period.end_day}",
                next_step="Give the version of the spec that was in force then.",
            )


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
        occasion: The occasion's id, for example ``2026-host``, or ``due`` for the newest ordinary one that has opened.
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
    clock, kind = clock_of(fixed_time)
    today = clock().astimezone(ZoneInfo(loaded.spec.timezone)).date()
    run = Run(
        loaded=loaded,
        occasion_id=newest_due(loaded.spec, today).id if occasion == DUE else occasion,
        store=open_store(store or named_store(), storage=loaded.spec.storage),
        clock=clock,
        clock_kind=kind,
        connect_to=connect_to(os.environ.get(CONNECT_TO, "")),
        actor=actor or os.environ.get("USER", "unknown"),
    )
    _check_known(run, ahead=ahead)
    return run


def _check_known(run: Run, *, ahead: bool) -> None:
    """Refuse an occasion that no account of the spec has, and one whose period is not over for any."""
    refused: list[ConfigError] = []
    for account in run.loaded.spec.accounts:
        try:
            occasion = run.occasion_of(account.id)
            if not ahead:
                check_capture_date(occasion, run.today())
        except ConfigError as error:
            refused.append(error)
        else:
            return
    raise refused[0]


def due_work(run: Run, accounts: Iterable[str]) -> dict[str, list[str]]:
    """Return for each account the ids of the occasions that have opened and are neither packaged nor skipped.

    Oldest first: one that was missed is caught up before the next, so that packages follow on each other.
    """
    work = {}
    for account_id in accounts:
        account = run.loaded.spec.account(account_id)
        archive = run.loaded.spec.archive.id
        extras = run.extras.setdefault(account_id, read_extras(run.store, archive, account_id))
        opened = due_for_account(run.loaded.spec, account, extras, run.today(), ())
        prefixes = {one.id: ledger_prefix(archive, account_id, one.period.id) for one in opened}
        work[account_id] = [one.id for one in opened if not _settled(read_events(run.store, prefixes[one.id]))]
    return work


def work_of(run: Run, occasion: str, accounts: list[str] | None) -> dict[str, list[str]]:
    """Return for each account the ids of the occasions that a run takes up; None stands for all accounts of the spec.

    Raises:
        ConfigError: An account is not in the spec, or was named and has no such occasion.
    """
    chosen = accounts or [account.id for account in run.loaded.spec.accounts]
    if occasion == DUE:
        return {account_id: found for account_id, found in due_work(run, chosen).items() if found}
    for account_id in accounts or ():
        run.occasion_of(account_id)
    return {account_id: [run.occasion_id] for account_id in chosen if run.takes_part(account_id)}


def _settled(events: Sequence[Event]) -> bool:
    return is_packaged(events) or standing(events) is State.SKIPPED


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


def named_store() -> str:
    """Return the store that the environment names.

    Raises:
        ConfigError: It names none.
    """
    store = os.environ.get(STORE, "")
    if not store:
        raise ConfigError("no store is named", next_step=f"Give --store, or set {STORE} where the run takes place.")
    return store


def clock_of(fixed_time: str | None) -> tuple[Callable[[], datetime], str]:
    """Return a clock of aware UTC times, and its kind: ``system``, or ``fixed`` at an RFC 3339 time.

    Raises:
        ConfigError: The text is no time, or has no time zone.
    """
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
