"""The survey itself: looked at in the room's own thread, at most every half minute, so that pages answer at once."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from urval.coverage.columns import distinct
from urval.errors import StoreError
from urval.reading_room.faults import UnavailableError
from urval.reading_room.survey.bases import Basis, Known, basis_of_packages, given_bases
from urval.reading_room.survey.covered import ArchiveCoverage, covered
from urval.reading_room.survey.runs import RunTold, runs_told
from urval.reading_room.survey.wrongs import LookedAt, Wrong, wrongs
from urval.standings import read_standings
from urval.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from urval.reading_room.access.restrictions import Restrictions
    from urval.reading_room.index import Index, IndexedPackage
    from urval.store import Store

log = logging.getLogger("urval.reading_room")
EVERY = 25.0  # seconds between two looks at least
SHARE = 30  # a look that took so long is not done again before this many times as long: pages come first
TOO_OLD = 120.0  # seconds (or as SHARE says) after which a page looks itself, should the room's thread have ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How much there is. Comments, pictures and threads of a package that another corrects count once."""

    packages: int
    accounts: int
    threads: int
    comments: int
    media: int
    first_day: str  # of the oldest period; "" where there is no package
    last_day: str  # the end of the newest, not included


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What the store said at one time (aware, UTC)."""

    at: datetime
    figures: Figures
    archives: tuple[ArchiveCoverage, ...]
    runs: tuple[RunTold, ...]
    wrongs: tuple[Wrong, ...]
    looked_at: LookedAt


class Survey:
    """Where everything in a store stands. Safe from any thread."""

    def __init__(
        self, store: Store, index: Index, restrictions: Restrictions, *, specs: Sequence[Path], cache: Path,
        timezone: str,
    ) -> None:  # fmt: skip
        self._store, self._index, self._restrictions = store, index, restrictions
        self._specs, self._memory, self._timezone = tuple(specs), cache / "standings", timezone
        self._known: Known = {}
        self._looking = threading.Lock()
        self._told: Surveyed | None = None
        self._failure: StoreError | None = None
        self._ended, self._took = 0.0, 0.0

    def told(self) -> Surveyed:
        """Return what was seen last; looks first where nothing was seen yet, or too long ago.

        Raises:
            UnavailableError: The store could not be reached when it was last looked at.
        """
        _reach(self._store)
        if self._told is None or time.monotonic() - self._ended > max(TOO_OLD, SHARE * self._took):
            with self._looking:
                if self._told is None or time.monotonic() - self._ended > max(TOO_OLD, SHARE * self._took):
                    self._look()
        if self._failure is not None or self._told is None:
            why = self._failure.message if self._failure else "nothing was seen of it yet"
            raise UnavailableError(f"the store does not answer: {why}", next_step="Try again in a minute.")
        return self._told

    def look_if_due(self) -> None:
        """Look again where the last time is long enough ago, or the index has other packages by now."""
        with self._looking:
            other = self._told is not None and self._told.looked_at.packages != self._index.freshness().indexed
            rested = time.monotonic() - self._ended > max(EVERY, SHARE * self._took)
            if self._told is None or self._failure or other or rested:
                self._look()

    def _look(self) -> None:
        begun = time.monotonic()
        try:
            _reach(self._store)
            self._told, self._failure = self._seen(datetime.now(UTC)), None
        except StoreError as error:
            log.warning("the store could not be surveyed: %s", error.message)
            self._failure = error
        except UnavailableError as error:
            self._failure = StoreError(error.message)
        self._ended = time.monotonic()
        self._took = self._ended - begun

    def _seen(self, now: datetime) -> Surveyed:
        packages = self._index.packages()
        ledger = read_standings(self._store, memory=self._memory).table
        runs, chain = runs_told(self._store)
        found, looked = wrongs(self._store, ledger, packages, runs, self._restrictions)
        given, unreadable = given_bases(self._specs, self._known)
        archives = []
        for archive in sorted({*given, *(one.archive for one in packages), *distinct(ledger.column("archive"))}):
            own = [one for one in packages if one.archive == archive]
            basis = given.get(archive) or self._of_packages(archive, own)
            archives.append(covered(self._store, basis, ledger, own, now, self._timezone))
        more = [Wrong(kind="spec", detail=one) for one in unreadable]
        more += [Wrong(kind="spec", archive=one.basis.archive, detail=problem)
                 for one in archives for problem in (*one.basis.problems, *one.problems)]  # fmt: skip
        more += [Wrong(kind="chain", archive=archive, detail=sentence) for archive, sentence in chain]
        return Surveyed(
            at=now, figures=_figures(packages), archives=tuple(archives), runs=tuple(runs),
            wrongs=(*more, *found), looked_at=looked,
        )  # fmt: skip

    def _of_packages(self, archive: str, packages: Sequence[IndexedPackage]) -> Basis:
        return basis_of_packages(self._store, archive, packages, self._known)


def _reach(store: Store) -> None:
    """Refuse a directory that is gone: its keys would be none, as if the archive were empty."""
    if isinstance(store, DirectoryStore) and not store.root.is_dir():
        raise UnavailableError(
            "the store's folder is not there", next_step="See that it is mounted, then open the page again."
        )


def _figures(packages: Sequence[IndexedPackage]) -> Figures:
    told = [one.manifest for one in packages if one.manifest is not None]
    corrected = {one.corrects.package_id for one in told if one.corrects is not None}
    counted = [one for one in told if one.package_id not in corrected]
    days = [one.period.partition("--") for one in packages]
    return Figures(
        packages=len(packages),
        accounts=len({(one.archive, one.account) for one in packages}),
        threads=sum(one.selection.kept for one in counted),
        comments=sum(one.tables["comments"].rows for one in counted if "comments" in one.tables),
        media=sum(one.tables["media"].rows for one in counted if "media" in one.tables),
        first_day=min((first for first, _, _ in days), default=""),
        last_day=max((last for _, _, last in days), default=""),
    )
