"""What one ledger says, as one light row: nothing of the package is read for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from urval.ledger import ACTS, State, check_chain, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from urval.ledger import Event

UNKNOWN = "unknown"  # the state of a ledger that cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an account and period stand by the ledger; ``problem`` says why the ledger cannot be trusted.

    Times are RFC 3339 in UTC, "" where there is none. ``state`` is that of the newest event, ``stands`` the newest that
    is not ``failed``; ``done`` is ``verified`` or ``packaged`` once there is a package, whatever came after (a
    supplement, a failed audit). ``captured_at`` is when the capture the package was made of ended; without a package
    the newest. ``approved_by`` names who approved last, with their roles.
    """

    archive: str
    account: str
    period: str
    state: str
    at: str
    note: str
    problem: str
    stands: str = ""
    done: str = ""
    captured_at: str = ""
    approved_by: str = ""
    approved_at: str = ""
    events: int = 0
    comments: dict[str, Any] | None = None  # of the package: the manifest's totals of completeness
    gaps: dict[str, int] | None = None  # of the package: by reason

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


_TEXTS = ("archive", "account", "period", "state", "at", "note", "problem")
_MORE_TEXTS = ("stands", "done", "captured_at", "approved_by", "approved_at")
_FIELDS: list[pa.Field[Any]] = [pa.field(name, pa.string()) for name in _TEXTS + _MORE_TEXTS]
SCHEMA = pa.schema([*_FIELDS, pa.field("events", pa.int64())])


def standing_of(place: tuple[str, str, str], events: Sequence[Event]) -> Standing:
    """Return the row of a ledger of at least one event, and what is wrong with its chain. ``place``: see the key."""
    archive, account, period = place
    last, package = events[-1], [event for event in events if event.state is State.PACKAGED]
    before = events[: package[0].seq - 1] if package else events
    captured = [event.at for event in before if event.state is State.CAPTURED]
    approvals = _approvals(events)
    return Standing(
        archive=archive,
        account=account,
        period=period,
        state=str(last.state),
        at=moment(last.at),
        note=last.reason or last.refs.get("package", ""),
        problem=next(iter(check_chain(events)), ""),
        stands=str(standing(events) or ""),
        done=_done(events),
        captured_at=moment(captured[-1]) if captured else "",
        approved_by=", ".join(f"{event.actor} ({event.role})" for event in approvals),
        approved_at=moment(approvals[-1].at) if approvals else "",
        events=len(events),
    )


def unreadable(place: tuple[str, str, str], problem: str) -> Standing:
    """Return the row of a ledger that cannot be read, and why."""
    archive, account, period = place
    return Standing(
        archive=archive, account=account, period=period, state=UNKNOWN, at="", note="", problem=problem
    )  # fmt: skip


def table_of(rows: Iterable[Standing]) -> pa.Table:
    """Return rows as a table of ``SCHEMA``, in their order; what was read from packages is left out."""
    taken = list(rows)
    columns = [pa.array([getattr(row, name) for row in taken], SCHEMA.field(name).type) for name in SCHEMA.names]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def moment(at: datetime) -> str:
    """Return an aware UTC time as RFC 3339 in seconds."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


def _done(events: Sequence[Event]) -> str:
    states = {event.state for event in events}
    if State.VERIFIED in states:
        return str(State.VERIFIED)
    return str(State.PACKAGED) if states & {State.PACKAGED, State.SEALED} else ""


def _approvals(events: Sequence[Event]) -> list[Event]:
    """Return the approvals of what was approved last: two where two people must approve."""
    found: list[Event] = []
    anew = True
    for event in events:
        if event.state is State.APPROVED:
            found = [event] if anew else [*found, event]
            anew = False
        elif event.state not in ACTS:
            anew = True
    return found
