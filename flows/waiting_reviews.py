"""Which proposals of an archive wait for people, and since when."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.run import clock_of
from urval import review
from urval.spec import read_spec
from urval.store import open_store, read_events

if TYPE_CHECKING:
    from datetime import datetime

    from urval.store import Store

_PARTS = 5  # ledger/<archive>/<account>/<period>/<number>.json
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A proposal that waits. ``since`` is when it was proposed (RFC 3339, UTC), ``days`` the whole days since."""

    account: str
    period: str
    occasion: str
    stands: str
    since: str
    days: int
    approvals: int
    persons: int
    changes: int
    attachments: int
    supplements: str | None
    corrects: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


def waiting(spec: str, store: str, *, fixed_time: str | None = None) -> list[Waiting]:
    """Return what of the spec's archive waits for a review, the longest waiting first.

    Raises:
        ConfigError: The spec or the time is wrong.
        StoreError: There is no such store.
        VerificationError: A ledger is not readable.
    """
    loaded = read_spec(Path(spec))
    opened, now = open_store(store, must_exist=True), clock_of(fixed_time)[0]()
    persons, archive = loaded.spec.review.persons, loaded.spec.archive.id
    rows = [_row(opened, prefix, persons, now) for prefix in _ledgers(opened, archive)]
    return sorted((row for row in rows if row is not None), key=lambda row: (row.since, row.account, row.period))


def _ledgers(store: Store, archive: str) -> list[str]:
    parts = (key.split("/") for key in store.keys(f"ledger/{archive}"))
    return sorted({"/".join(part[:-1]) for part in parts if len(part) == _PARTS})


def _row(store: Store, prefix: str, persons: int, now: datetime) -> Waiting | None:
    events = read_events(store, prefix)
    state = review.review_state(events)
    if state is None or not state.is_open:
        return None
    _, _, account, period = prefix.split("/")
    people = {review.person(given.approval.by) for given in state.approvals}
    return Waiting(
        account=account,
        period=period,
        occasion=next((event.refs["occasion"] for event in events if "occasion" in event.refs), ""),
        stands="approved, not packaged" if len(people) >= persons else "waits",
        since=state.proposal.at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        days=max(0, int((now - state.proposal.at).total_seconds() // _DAY)),
        approvals=len(people),
        persons=persons,
        changes=len(state.changes),
        attachments=len(state.attachments),
        supplements=state.supplements.package_id if state.supplements else None,
        corrects=state.corrects.package_id if state.corrects else None,
    )
