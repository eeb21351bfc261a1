"""An account's history: period by period what became of it, and what lies between the periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from urval.coverage import Coverage
from urval.coverage.layout import ends
from urval.errors import VerificationError
from urval.ledger import Event, State
from urval.reading_room.index import IndexedPackage
from urval.reading_room.pages import View
from urval.reading_room.room import Here
from urval.reading_room.survey import ArchiveCoverage
from urval.reading_room.views.matrix import Mark, mark_of
from urval.store import ledger_prefix, read_events

# What a line of the history tells of; access and disposal have pages of their own.
_TOLD = (
    State.DUE, State.CAPTURED, State.PROPOSED, State.RETURNED, State.APPROVED, State.PACKAGED, State.SEALED,
    State.STAMPED, State.VERIFIED, State.FAILED, State.SKIPPED, State.DELIVERED, State.RECEIVED, State.DISPOSED,
)  # fmt: skip
_WITH_REASON = frozenset({State.RETURNED, State.FAILED, State.SKIPPED})
PERIODS = 40  # the newest: ten years of four


class Step(View):
    """Something that happened: which state it led to, when, by whom; ``times`` where it happened again at once."""

    state: str
    at: datetime
    actor: str
    reason: str
    times: int


class PackageOf(View):
    """A package of a period. ``kind``: first, supplement or correction; ``problem``: why it cannot be shown."""

    package: str
    kind: str
    threads: int | None
    comments: int | None
    signed: bool
    problem: str


class PeriodView(View):
    """One period, ``[start, end)`` in local days, where it stands, what happened, and its packages."""

    start: str
    end: str
    opens: str
    closes: str
    mark: Mark
    steps: list[Step]
    packages: list[PackageOf]
    problem: str


class Between(View):
    """A time that no period covers, ``[start, end)`` in local days."""

    start: str
    end: str


@dataclass(frozen=True)
class History:
    """Periods, the newest first, and the times between them."""

    periods: list[PeriodView]
    between: list[Between]
    older: int


def history_of(here: Here, of: ArchiveCoverage, account: str, packages: Sequence[IndexedPackage]) -> History:
    """Tell an account's history from its ledgers, the calendar of the spec, and its packages.

    Raises:
        StoreError: The store cannot be reached.
    """
    numbers = _cells(of.table, account)
    shown = numbers[-PERIODS:]
    periods = [_period(here, of, account, number, packages) for number in shown]
    spans = sorted({(one.start, one.end) for one in periods if one.start and one.end})
    gaps = [Between(start=before[1], end=after[0]) for before, after in pairwise(spans) if before[1] < after[0]]
    return History(periods[::-1], gaps, len(numbers) - len(shown))


def _cells(table: Coverage, account: str) -> list[int]:
    place = table.accounts.index(account)
    found = (table.account == place).nonzero()[0].tolist()
    return sorted(found, key=lambda number: ends(table.slots[table.slot[number]]))


def _period(
    here: Here, of: ArchiveCoverage, account: str, number: int, packages: Sequence[IndexedPackage]
) -> PeriodView:
    slot = of.table.slots[of.table.slot[number]]
    start, _, end = slot.period.partition("--")
    steps, problem = _steps(here, (of.basis.archive, account, slot.period))
    return PeriodView(
        start=start, end=end, opens=slot.opens.isoformat() if slot.opens else "",
        closes=slot.closes.isoformat() if slot.closes else "", mark=mark_of(of, number, here.language), steps=steps,
        packages=[_package(one) for one in packages if one.period == slot.period], problem=problem,
    )  # fmt: skip


def _package(one: IndexedPackage) -> PackageOf:
    said = one.manifest
    kind = "correction" if said and said.corrects else "supplement" if said and said.supplements else "first"
    return PackageOf(
        package=one.package_id, kind=kind, threads=said.selection.kept if said else None,
        comments=said.completeness.captured_total if said else None, signed=bool(said and said.seal),
        problem=one.problem,
    )  # fmt: skip


def _steps(here: Here, place: tuple[str, str, str]) -> tuple[list[Step], str]:
    try:
        events = read_events(here.room.store, ledger_prefix(*place))
    except VerificationError as error:
        return [], error.message
    return _run_together([event for event in events if event.state in _TOLD]), ""


def _run_together(events: Sequence[Event]) -> list[Step]:
    """Return the events as steps: the same state again at once (changes of a proposal, audits) is one, the last."""
    found: list[Step] = []
    for event in events:
        times = 1
        if found and found[-1].state == event.state and event.state not in _WITH_REASON:
            times += found.pop().times
        reason = event.reason if event.state in _WITH_REASON else ""
        found.append(Step(state=event.state, at=event.at, actor=event.actor, reason=reason, times=times))
    return found
