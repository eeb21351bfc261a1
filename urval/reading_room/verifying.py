"""Verifications that visitors start: one at a time, in a thread of its own. Read-only: no ledger is told.

The newest fifty are remembered, in memory, with so many findings that a hostile store cannot fill it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from urval.errors import UrvalError
from urval.reading_room.faults import ConflictError, NotHereError
from urval.reading_room.judging import ClosedError, judged, trimmed
from urval.verify import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.reading_room.judging import Asked, Said
    from urval.store import Store
    from urval.verify import Report, Trust

log = logging.getLogger("urval.reading_room")
KEPT = 50  # verifications that are remembered
WAITING = 10  # that may wait
_MOST_FINDINGS = 2_000  # of one verification, beyond one of each code of each report


class Stage(StrEnum):
    """How far a verification is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # it could not be finished: ``problem`` says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One verification, as it stands at a moment. Times are aware, UTC.

    Attributes:
        step: What is being done: ``digests``, ``tables``, ``snapshot`` of a package, or ``runs``, ``ledgers``.
        done: How much of the step, ``of`` how much.
        package_no: The package under way, from 1, ``packages`` of them.
        reports: What was found so far, a report a package, then one on the run manifests.
        held: Of each package that was verified: its key prefix, and the hex SHA-256 of its ``manifest.json``.
        left_out: Findings that were not kept.
        lost: Key prefixes of packages that the ledger names and the store does not hold.
        gone: Ids of packages that went away while this ran.
        disposed: Packages disposed of: key prefix, the decision's reference, when.
        newest_run: Number and hex SHA-256 of the archive's newest run.
        unread: Why nobody can say which packages are lost: a broken ledger. Empty where it was looked at.
        problem: Why it could not be finished, and ``next_step`` what to do.
    """

    number: int
    asked: Asked
    asked_at: datetime
    stage: Stage = Stage.WAITING
    started_at: datetime | None = None
    ended_at: datetime | None = None
    step: str = ""
    done: int = 0
    of: int = 0
    package_no: int = 0
    packages: int = 0
    reports: tuple[Report, ...] = ()
    held: tuple[tuple[str, str], ...] = ()
    left_out: int = 0
    lost: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    disposed: tuple[tuple[str, str, datetime], ...] = ()
    newest_run: tuple[str, str] | None = None
    unread: str = ""
    problem: str = ""
    next_step: str = ""

    @property
    def ended(self) -> bool:
        """Tell whether nothing more will come."""
        return self.stage in {Stage.DONE, Stage.FAILED}

    @property
    def verdict(self) -> Verdict | None:
        """Return the worst verdict; None while there is none, or where the verification could not be finished."""
        if self.stage is not Stage.DONE or not (self.reports or self.lost or self.gone or self.unread):
            return None
        found = {report.verdict for report in self.reports}
        if Verdict.NOT_VALID in found or self.lost or self.gone or self.unread:
            return Verdict.NOT_VALID
        return Verdict.VALID_AS_FAR_AS_CHECKED if Verdict.VALID_AS_FAR_AS_CHECKED in found else Verdict.VALID


class Verifications:
    """The verifications of one room since it was opened. Safe from any thread."""

    def __init__(self, store: Store, trust: Trust | None = None) -> None:
        self._store = store
        self._trust = trust
        self._jobs: dict[int, Job] = {}
        self._waiting: deque[int] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._last = 0
        self._worker: threading.Thread | None = None

    def start(self, asked: Asked) -> Job:
        """Queue a verification; the same asked while one waits or runs is that one.

        Raises:
            ConflictError: Too many wait, or the room is being closed.
        """
        with self._changed:
            for job in self._jobs.values():
                if job.asked == asked and not job.ended:
                    return job
            if len(self._waiting) >= WAITING or self._closed:
                raise ConflictError(
                    "too many verifications wait for their turn", next_step="Ask again when one of them is done."
                )
            self._last += 1
            job = self._jobs[self._last] = Job(number=self._last, asked=asked, asked_at=datetime.now(UTC))
            self._forget()
            self._waiting.append(job.number)
            if self._worker is None:
                self._worker = threading.Thread(target=self._work, name="urval-verify", daemon=True)
                self._worker.start()
            self._changed.notify_all()
            return job

    def of(self, number: int) -> Job:
        """Return a verification as it stands.

        Raises:
            NotHereError: There is none of this number, or it is not remembered any more.
        """
        with self._changed:
            job = self._jobs.get(number)
        if job is None:
            raise NotHereError(
                f"there is no verification {number}: the newest {KEPT} since the reading room was started are kept",
                next_step="Start it again; verifying changes nothing.",
            )
        return job

    def all(self) -> list[Job]:
        """Return those that are remembered, newest first."""
        with self._changed:
            return sorted(self._jobs.values(), key=lambda job: -job.number)

    def wait(self, number: int, seconds: float) -> Job:
        """Return a verification when it has ended, or when so many seconds have passed."""
        with self._changed:
            self._changed.wait_for(lambda: number not in self._jobs or self._jobs[number].ended, seconds)
        return self.of(number)

    def close(self) -> None:
        """End what runs, and take no more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            worker = self._worker
        if worker is not None:
            worker.join(timeout=10)

    def _forget(self) -> None:
        ended = [number for number, job in self._jobs.items() if job.ended]
        for number in ended[: max(0, len(self._jobs) - KEPT)]:
            del self._jobs[number]

    def _change(self, number: int, **changes: Any) -> None:
        with self._changed:
            self._jobs[number] = replace(self._jobs[number], **changes)
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._waiting))
                if self._closed:
                    return
                number = self._waiting.popleft()
            self._change(number, stage=Stage.RUNNING, started_at=datetime.now(UTC))
            self._finish(number)

    def _finish(self, number: int) -> None:
        """Do one verification to its end, whatever that is: the next one comes after it in any case."""
        end: dict[str, Any] = {"stage": Stage.FAILED}
        try:
            for said in judged(self._store, self._jobs[number].asked, self._trust, self._teller(number)):
                self._take(number, said)
            end = {"stage": Stage.DONE}
        except ClosedError:
            end |= {"problem": "the reading room was closed"}
        except UrvalError as error:
            end |= {"problem": error.message, "next_step": error.next_step}
        except Exception:
            log.exception("verification %s", number)
            end |= {"problem": "this is a fault in Urval", "next_step": "It is in the program's log; please report it."}
        self._change(number, ended_at=datetime.now(UTC), **end)

    def _teller(self, number: int) -> Callable[[str, int, int], None]:
        def tell(step: str, done: int, of: int) -> None:
            if self._closed:
                raise ClosedError
            self._change(number, step=step, done=done, of=of)

        return tell

    def _take(self, number: int, said: Said) -> None:
        job = self._jobs[number]
        changes = dict(said.changes)
        if said.report is not None:
            room = _MOST_FINDINGS - sum(len(one.findings) - len(one.codes) for one in job.reports)
            report, left = trimmed(said.report, max(0, room))
            changes |= {"reports": (*job.reports, report), "left_out": job.left_out + left}
        if said.held is not None:
            changes["held"] = (*job.held, said.held)
        if said.gone:
            changes["gone"] = (*job.gone, said.gone)
        self._change(number, **changes)
