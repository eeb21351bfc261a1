"""The ledger: what happened to each account and period, in order, and whether the chain is whole."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from urval.coverage.standing import UNKNOWN
from urval.coverage.states import OF_LEDGER
from urval.coverage.words import words
from urval.ledger import Event, State, current, digest, standing
from urval.reading_room.access.restrictions import Restricted
from urval.reading_room.concealing import names_restricted
from urval.reading_room.faults import NotHereError
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.room import Here
from urval.standings import read_standings
from urval.store import inspect_events, ledger_prefix
from urval.verify.report import shown

pages = Pages()
_SHOWN = 100  # lines of the list, or events, on one page
_SECRET_ACTS = frozenset({State.RESTRICTED, State.UNRESTRICTED})
Page = Annotated[int, Query(ge=1, le=100_000)]
Account = Annotated[str | None, Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$")]


class LedgerLine(View):
    """One ledger. ``state`` is that of its newest event, ``words`` where it stands; ``problem``: it is broken."""

    archive: str
    account: str
    period: str
    state: str
    words: str
    at: datetime | None
    events: int
    problem: str


class LedgersView(View):
    """The ledgers of the store, by account and period; those that are broken first."""

    ledgers: list[LedgerLine]
    account: str | None
    accounts: list[str]
    broken: int
    page: int
    pages: int


@pages.page("/ledger", name="ledgers", template="ledgers.html")
def ledgers(here: AskedHere, account: Account = None, page: Page = 1) -> LedgersView:
    """List the ledgers: where each account and period stands, and since when."""
    table = read_standings(here.room.store, memory=here.room.settings.cache / "ledgers").table
    rows = table.select(["archive", "account", "period", "state", "stands", "at", "events", "problem"]).to_pylist()
    accounts = sorted({row["account"] for row in rows})
    rows = [row for row in rows if account in {None, row["account"]}]
    rows.sort(key=lambda row: (not row["problem"], row["archive"], row["account"], row["period"]))
    lines = [_line(row, here) for row in rows[(page - 1) * _SHOWN : page * _SHOWN]]
    return LedgersView(
        ledgers=lines, account=account, accounts=accounts, broken=sum(bool(row["problem"]) for row in rows),
        page=page, pages=max(1, -(-len(rows) // _SHOWN)),
    )  # fmt: skip


def _line(row: dict[str, str], here: Here) -> LedgerLine:
    told = words(here.language)
    state = State(row["state"]) if row["state"] in set(State) else None
    cell = "broken" if row["problem"] else _cell(state, State(row["stands"]) if row["stands"] else None)
    return LedgerLine(
        archive=row["archive"], account=row["account"], period=row["period"], state=row["state"] or UNKNOWN,
        words=told[cell] if cell else "", at=datetime.fromisoformat(row["at"]) if row["at"] else None,
        events=int(row["events"] or 0), problem=shown(row["problem"]),
    )  # fmt: skip


def _cell(newest: State | None, stands: State | None) -> str:
    """Return where a ledger stands, as coverage calls it; empty where only the calendar could say."""
    if newest is State.FAILED:
        return str(State.FAILED)
    found = OF_LEDGER.get(stands or "")
    return str(found) if found else ("due" if stands is State.DUE else "")


class Ref(View):
    """What an event is about: a name and its value; ``package``: the value is a package that the index knows."""

    name: str
    value: str
    package: bool = False


class EventLine(View):
    """One event. ``hidden``: it tells of what is restricted, and its reason is not shown."""

    seq: int
    state: str
    at: datetime
    actor: str
    role: str
    reason: str
    refs: list[Ref]
    digest: str
    hidden: bool


class LedgerView(View):
    """One ledger: its events, newest last; ``stands`` is what coverage calls its state, ``problems`` are in English."""

    archive: str
    account: str
    period: str
    events: list[EventLine]
    all: int
    problems: list[str]
    stands: str
    page: int
    pages: int


@pages.page("/ledger/{archive}/{account}/{period}", name="ledger", template="ledger.html")
def ledger(here: AskedHere, archive: Slug, account: Slug, period: Slug, page: Page = 1) -> LedgerView:
    """Tell everything that happened to an account and period."""
    events, problems = inspect_events(here.room.store, ledger_prefix(archive, account, period))
    if not events and not problems:
        raise NotHereError(
            f"there is no ledger of {account} for {period}", next_step="See the list of ledgers; it may be of another."
        )
    restricted = here.room.restrictions.of(archive, account)
    chosen = events[(page - 1) * _SHOWN : page * _SHOWN]
    if here.visitor.sees_restricted and any(_secret(one, restricted) for one in chosen):
        here.log_restricted(f"ledger {archive}/{account}/{period}: reasons of restrictions")
    return LedgerView(
        archive=archive, account=account, period=period, events=[_event(one, here, archive, restricted)
        for one in chosen], all=len(events), problems=[shown(one) for one in problems],
        stands="broken" if problems else _cell(current(events), standing(events)),
        page=page, pages=max(1, -(-len(events) // _SHOWN)),
    )  # fmt: skip


def _event(event: Event, here: Here, archive: str, restricted: Restricted) -> EventLine:
    hidden = _secret(event, restricted) and not here.visitor.sees_restricted
    refs = [] if hidden else [_ref(here, archive, name, value) for name, value in event.refs.items()]
    return EventLine(
        seq=event.seq, state=event.state, at=event.at, actor=shown(event.actor), role=shown(event.role),
        reason="" if hidden else _cut(event.reason), refs=refs, digest=digest(event), hidden=hidden,
    )  # fmt: skip


def _secret(event: Event, restricted: Restricted) -> bool:
    """Tell whether an event tells of what is restricted: the act itself, or a text that names the item."""
    said = (event.reason, *event.refs.values())
    return event.state in _SECRET_ACTS or (bool(restricted.items) and names_restricted(restricted, *said))


def _ref(here: Here, archive: str, name: str, value: str) -> Ref:
    known = name == "package" and here.room.index.package(archive, value) is not None
    return Ref(name=shown(name), value=shown(value), package=known)


_LONGEST = 2_000  # characters of a reason


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
