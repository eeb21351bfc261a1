"""Which restrictions of access are in force in a store: by their records, and by the ledgers that tell of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.access import Lift, Restriction, restricted_by_ledger
from urval.disposal import parse
from urval.errors import StoreError, VerificationError
from urval.store import read_events, read_record, restriction_key

if TYPE_CHECKING:
    from urval.store import Store

_LIFTED = ".lifted.json"


def read_restrictions(store: Store, archive: str, account: str) -> list[tuple[Restriction, Lift | None]]:
    """Return the restrictions of an account, each with how it was lifted where it was, sorted by id.

    Raises:
        VerificationError: One cannot be read, was changed, or lies under another id.
    """
    found = []
    for key in store.keys(f"restrictions/{archive}/{account}"):
        if key.endswith(_LIFTED):
            continue
        one = parse(Restriction, store.get(key), f"{key} in {store.uri}")
        if restriction_key(archive, account, one.id) != key:
            raise VerificationError(f"{key} in {store.uri} holds {one.id}: it was moved.")
        found.append((one, read_record(store, restriction_key(archive, account, one.id, lifted=True), Lift)))
    return found


def in_force(store: Store, archive: str, account: str) -> list[Restriction]:
    """Return the restrictions in force on an account's items. One is lifted when record and ledger say so.

    Raises:
        StoreError: A ledger tells of one in force, and its record is gone: nobody can say which item it is on.
        VerificationError: A record or a ledger cannot be read.
    """
    known = read_restrictions(store, archive, account)
    said: set[str] = set()
    for prefix in sorted({key.rpartition("/")[0] for key in store.keys(f"ledger/{archive}/{account}")}):
        said |= restricted_by_ledger(read_events(store, prefix))
    lost = sorted(said - {one.id for one, _ in known})
    if lost:
        raise StoreError(
            f"the ledger says that restriction {lost[0]} is in force, and its record is gone from {store.uri}",
            next_step="Restore it from another copy of the store, and find out who removed it.",
        )
    return [one for one, lift in known if lift is None or one.id in said]
