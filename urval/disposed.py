"""What a store says was disposed of, believed only where tombstone and ledger agree.

A tombstone is one file, and whoever can delete a package can write one. So it counts only if the ledger of its account
and period, a whole chain, has an act ``disposed`` that names the thing, its digest and the tombstone's own digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import VerificationError
from urval.ledger import State, check_chain
from urval.manifest import Previous, canonical, sha256_hex
from urval.store import ledger_prefix, read_events, read_tombstones

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.disposal import Tombstone
    from urval.ledger import Event
    from urval.store import Store


def disposed(store: Store, archive: str, account: str) -> dict[str, Tombstone]:
    """Return what was disposed of an account: the thing's key prefix -> its tombstone.

    A tombstone that cannot be read or that the ledger does not know of is left out: what is missing then counts as
    missing.
    """
    ledgers: dict[str, Sequence[Event]] = {}
    found = {}
    for stone in read_tombstones(store, archive, account)[0]:
        if stone.period not in ledgers:
            ledgers[stone.period] = _whole_ledger(store, (archive, account, stone.period))
        if known(stone, ledgers[stone.period]):
            found[stone.thing] = stone
    return found


def disposed_packages(store: Store, *, account: str | None = None) -> list[tuple[str, Tombstone]]:
    """Return the packages that were disposed of by decision: key prefix and tombstone, sorted."""
    accounts = sorted({(key.split("/")[1], key.split("/")[2]) for key in store.keys("tombstones")})
    found = [disposed(store, *one) for one in accounts if account in {None, one[1]}]
    return sorted((thing, stone) for of in found for thing, stone in of.items() if stone.kind == "package")


def newest_link(store: Store, place: tuple[str, str, str]) -> tuple[str, Previous] | None:
    """Return the newest of an account's disposed packages that a package of this period may name as the one before.

    Returns:
        The local day on which its period ends, and the link; None where there is none.
    """
    archive, account, period = place
    start = period.partition("--")[0]
    found = [stone for stone in disposed(store, archive, account).values() if stone.kind == "package"]
    ends = {stone.period.partition("--")[2]: stone for stone in found if _is_first(store, stone)}
    day = max((one for one in ends if one <= start), default=None)
    if day is None:
        return None
    return day, Previous(package_id=ends[day].id, manifest_sha256=ends[day].sha256)


def _is_first(store: Store, stone: Tombstone) -> bool:
    """Tell whether a package was its period's first, by the ledger: supplements and corrections come later."""
    events = _whole_ledger(store, (stone.archive, stone.account, stone.period))
    packaged = [event.refs.get("package") for event in events if event.state is State.PACKAGED]
    return packaged[:1] == [stone.id]


def known(stone: Tombstone, events: Sequence[Event]) -> bool:
    """Tell whether a ledger knows of a disposal."""
    digest = sha256_hex(canonical(stone))
    return any(
        event.state is State.DISPOSED
        and event.refs.get("thing") == stone.thing
        and event.refs.get("sha256") == stone.sha256
        and event.refs.get("tombstone_sha256") == digest
        for event in events
    )


def _whole_ledger(store: Store, place: tuple[str, str, str]) -> Sequence[Event]:
    """Return the events of a ledger; none of one that is broken."""
    try:
        events = read_events(store, ledger_prefix(*place))
    except VerificationError:
        return ()
    return () if check_chain(events) else events
