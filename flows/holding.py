"""Holds in the store: put on an account, a period or a package, and taken off; told in every ledger they touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from flows.disposable import Holdings
from flows.disposing import ROLE
from urval.disposal import Hold, Release, held_by_ledger
from urval.errors import ConfigError, UrvalError
from urval.ledger import State, next_event
from urval.manifest import canonical, sha256_hex
from urval.review import one_line
from urval.store import append_event, hold_key, ledger_prefix, package_prefix, put_record, read_events, read_holds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.disposing import Desk
    from urval.ledger import Event

_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Put:
    """What a hold, or its release, came to: its id, and how many versions of objects the store itself now guards."""

    hold: Hold
    versions: int


def add_hold(desk: Desk, account: str, *, period: str | None, package: str | None, reason: str, case: str) -> Put:
    """Put a hold: record, ledgers, and the store's own lock where it has one.

    Raises:
        ConfigError: The store has nothing of the account, period or package; nobody is named; a text is blank.
        StoreError: The store refused; the same command goes on.
    """
    period = period or _period_of(desk, account, package)
    places = _ledgers(desk, account, period)
    at = desk.clock().astimezone(UTC)
    draft = Hold(
        format="urval-hold/1", id="", archive=desk.archive, account=account, period=period, package=package,
        reason=one_line(reason, "reason"), case=one_line(case, "case"), by=desk.person(), at=at,
    )  # fmt: skip
    same = next(
        (one for one, gone in read_holds(desk.store, desk.archive) if gone is None and _alike(one, draft)), None
    )
    hold = same or draft.model_copy(
        update={"id": f"{desk.today().isoformat()}-{sha256_hex(canonical(draft))[:_DIGITS]}"}
    )
    put_record(desk.store, hold_key(desk.archive, hold.id), hold, f"the hold {hold.id}")
    for place in places:
        _tell(desk, place, State.HELD, hold, hold.reason)
    return Put(hold, sum(desk.store.hold(prefix) for prefix in _prefixes(desk, hold)))


def release_hold(desk: Desk, name: str, *, reason: str, case: str) -> Put:
    """Take a hold off. What other holds still guard stays guarded by the store.

    Raises:
        ConfigError: There is no such hold, it was released before, nobody is named, or a text is blank.
    """
    known = {hold.id: (hold, gone) for hold, gone in read_holds(desk.store, desk.archive)}
    if name not in known:
        raise ConfigError(f"{desk.store.uri} holds no hold {name}", next_step="See which there are: urval hold list")
    hold, gone = known[name]
    places = _ledgers(desk, hold.account, hold.period)
    if gone is not None and not any(name in held_by_ledger(_events(desk, place)) for place in places):
        raise UrvalError(f"the hold {name} was released by {gone.by}", next_step="Nothing need be done.")
    release = gone or Release(
        format="urval-release/1", hold=name, reason=one_line(reason, "reason"), case=one_line(case, "case"),
        by=desk.person(), at=desk.clock().astimezone(UTC),
    )  # fmt: skip
    put_record(desk.store, hold_key(desk.archive, name, release=True), release, f"the release of {name}")
    others = [one for one, end in known.values() if end is None and one.id != name]
    guarded = {prefix for one in others for prefix in _prefixes(desk, one)}
    freed = [prefix for prefix in _prefixes(desk, hold) if prefix not in guarded]
    versions = sum(desk.store.release(prefix) for prefix in freed)
    for place in places:  # last: until the ledger says so, the hold is in force
        _tell(desk, place, State.RELEASED, hold, release.reason)
    return Put(hold, versions)


def _alike(one: Hold, other: Hold) -> bool:
    return one.model_copy(update={"id": "", "at": other.at}) == other


def _period_of(desk: Desk, account: str, package: str | None) -> str | None:
    """Return the period of a package that the store holds.

    Raises:
        ConfigError: It holds none of that id.
    """
    if package is None:
        return None
    for key in desk.store.keys(f"packages/{desk.archive}/{account}"):
        parts = key.split("/")
        if parts[4:] == [package, "manifest.json"]:
            return parts[3]
    raise ConfigError(f"{desk.store.uri} holds no package {package} of {account}", next_step="See: urval status")


def _ledgers(desk: Desk, account: str, period: str | None) -> list[tuple[str, str, str]]:
    """Return the places of the ledgers that a hold on account or period touches.

    Raises:
        ConfigError: There are none.
    """
    keys = desk.store.keys(f"ledger/{desk.archive}/{account}")
    periods = sorted({key.split("/")[3] for key in keys})
    found = [(desk.archive, account, one) for one in periods if period in {None, one}]
    if not found:
        what = f"{account}, {period}" if period else account
        raise ConfigError(
            f"{desk.store.uri} has no ledger of {what}, so there is nothing to hold",
            next_step="See what there is: urval status",
        )
    return found


def _prefixes(desk: Desk, hold: Hold) -> list[str]:
    """Return the key prefixes of packages, captures and entries that a hold is on."""
    account = f"{hold.archive}/{hold.account}"
    if hold.package is not None and hold.period is not None:
        where = [package_prefix(hold.archive, hold.account, hold.period, hold.package)]
        where += _captures_of(desk, hold)
    elif hold.period is not None:
        where = [f"packages/{account}/{hold.period}", f"captures/{account}/{hold.period}"]
    else:
        where = [f"packages/{account}", f"captures/{account}", f"removals/{account}"]
    return [prefix for prefix in where if next(iter(desk.store.keys(prefix)), None) is not None]


def _captures_of(desk: Desk, hold: Hold) -> Sequence[str]:
    """Return the captures that a held package was made of."""
    held = Holdings(desk.store, desk.loaded.spec, hold.account)
    return [thing.thing for thing in held.captures() if hold.covers(thing)]


def _tell(desk: Desk, place: tuple[str, str, str], state: State, hold: Hold, reason: str) -> None:
    events = _events(desk, place)
    if (hold.id in held_by_ledger(events)) is (state is State.HELD):
        return
    refs = {"hold": hold.id, "case": hold.case, "package": hold.package or ""}
    event = next_event(events, state, at=desk.clock(), actor=desk.person(), role=ROLE, reason=reason, refs=refs)
    append_event(desk.store, ledger_prefix(*place), event)


def _events(desk: Desk, place: tuple[str, str, str]) -> list[Event]:
    return read_events(desk.store, ledger_prefix(*place))
