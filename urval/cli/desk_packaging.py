"""Packaging in the background: an approved proposal becomes a package while pages go on being answered."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flows.notes import ledger_of
from flows.packaging import package_approved, settle
from flows.reviewing import stand
from flows.run import typed_faults
from flows.run_manifests import close_run
from urval.errors import ConfigError, UrvalError
from urval.holdings import package_of
from urval.ledger import State
from urval.reading_room.desk import Packaging

if TYPE_CHECKING:
    from collections.abc import Callable

    from flows.run import Run
    from urval.holdings import Held
    from urval.reading_room.desk import Place

log = logging.getLogger("urval.cli")


class PackagingJobs:
    """The packagings of this process, one a proposal at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[Place, Packaging] = {}

    def of(self, place: Place) -> Packaging:
        """Return how the packaging of a proposal goes."""
        with self._lock:
            return self._jobs.get(place, Packaging())

    def start(self, place: Place, work: Callable[[], None]) -> None:
        """Begin to package in a thread, unless that is under way already."""
        started = Packaging(state="running", started_at=datetime.now(UTC))
        with self._lock:
            if self._jobs.get(place, Packaging()).state == "running":
                return
            self._jobs[place] = started
        threading.Thread(
            target=self._run, args=(place, work, started), name=f"urval-package-{place.account}", daemon=True
        ).start()

    def _run(self, place: Place, work: Callable[[], None], started: Packaging) -> None:
        try:
            with typed_faults():
                work()
        except UrvalError as error:
            log.warning("%s: %s", place.account, error.message)
            ended = Packaging(
                state="failed", started_at=started.started_at, message=error.message, next_step=error.next_step
            )
        else:
            ended = Packaging(state="done", started_at=started.started_at)
        with self._lock:
            self._jobs[place] = ended


def package(run: Run, account_id: str) -> None:
    """Package what was approved, or take up what a killed run left: store, seal, verify, and list it in a run.

    Raises:
        ConfigError: Nothing is approved.
        UrvalError: As building, storing, sealing and verifying do.
    """
    started_at = run.clock()
    held, where = package_of(run.store, run.place(account_id)), stand(run, account_id)
    if held is not None and (where != "approved" or not _noted(run, account_id, held)):
        settle(run, account_id, held, state="already")
    elif where == "approved":
        package_approved(run, account_id)
    else:
        raise ConfigError(
            f"nothing of {account_id}, {run.occasion_id}, is approved", next_step="Review the proposal first."
        )
    close_run(run, started_at)


def _noted(run: Run, account_id: str, held: Held) -> bool:
    """Tell whether the ledger knows of the package: a run may have been killed before it said so."""
    return any(
        event.state is State.PACKAGED and event.refs.get("package") == held.package_id
        for event in ledger_of(run, account_id)
    )
