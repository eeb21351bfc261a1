"""Keeping the register of removed items in a store, and the observations of what vanished without an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import StoreConflictError, VerificationError
from urval.manifest import canonical
from urval.removals import encode, parse_observation, parse_removal
from urval.store._base import Put
from urval.store._keys import observation_prefix, removal_prefix, shown

if TYPE_CHECKING:
    from pathlib import Path

    from urval.removals import Observation, Removal
    from urval.store._base import Store

_ENTRY = "removal.json"


def put_removal(store: Store, entry: Removal, folder: Path) -> Put:
    """Keep an entry with its files; SAME if it was entered before, and then nothing is written.

    Args:
        store: The store.
        entry: The entry.
        folder: Holds the entry's files and nothing else; ``removal.json`` is added to it.

    Raises:
        StoreError: The store refuses.
    """
    prefix = removal_prefix(entry.archive, entry.account, entry.id)
    if store.tree_exists(prefix, _ENTRY):
        return Put.SAME
    (folder / _ENTRY).write_bytes(encode(entry))
    try:
        store.put_tree(prefix, folder, last=_ENTRY)
    except StoreConflictError:
        if store.tree_exists(prefix, _ENTRY):
            return Put.SAME  # another person entered the same at the same time
        raise
    return Put.CREATED


def registers(store: Store) -> list[tuple[str, str]]:
    """Return archive and account of each register in the store, sorted."""
    parts = (key.split("/") for key in store.keys("removals"))
    return sorted({(part[1], part[2]) for part in parts if part[-1] == _ENTRY})


def read_removals(store: Store, archive: str, account: str) -> list[Removal]:
    """Return the entries of an account, by the local day of the removal.

    Raises:
        VerificationError: One is not readable, was changed, or lies under another account or id.
    """
    entries = []
    for key in store.keys(removal_prefix(archive, account)):
        *place, name = key.split("/")
        if name != _ENTRY:
            continue
        try:
            entry = parse_removal(store.get(key))
        except VerificationError as error:
            raise VerificationError(
                f"{shown(key)} in {store.uri}: {error.message}", next_step=error.next_step
            ) from error
        if "/".join(place) != removal_prefix(entry.archive, entry.account, entry.id):
            raise VerificationError(f"{shown(key)} in {store.uri} holds the entry {entry.id}: it was moved.")
        entries.append(entry)
    return entries


def put_observation(store: Store, seen: Observation) -> bool:
    """Keep an observation; False if the day has one already, which stays as it is.

    Raises:
        StoreError: The store refuses.
    """
    key = f"{observation_prefix(seen.archive, seen.account, seen.period)}/{seen.day}.json"
    if store.exists(key):
        return False
    try:
        store.put(key, canonical(seen))
    except StoreConflictError:
        return False
    return True


def read_observations(store: Store, archive: str, account: str, period: str) -> list[Observation]:
    """Return the observations of an account's period, oldest first.

    Raises:
        VerificationError: One is not readable, or was changed.
    """
    prefix = observation_prefix(archive, account, period)
    return [parse_observation(store.get(key)) for key in store.keys(prefix)]
