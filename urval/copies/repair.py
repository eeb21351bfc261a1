"""Restoring a damaged or missing object from the copy: only where it is known which bytes are right."""

from __future__ import annotations

import tempfile
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urval.copies.recorded import Recorded
from urval.copies.replicate import is_copy
from urval.disposed import disposed
from urval.errors import ConfigError, StoreError, VerificationError
from urval.ledger import State, next_event
from urval.store import append_event, check_key, is_crown, ledger_prefix, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from urval.store import Store

_PACKAGE_PARTS = 6  # packages/<archive>/<account>/<period>/<id>/…
_MISSING, _UNREADABLE = "missing", "unreadable"
_UNTOLD = "no ledger concerns it, so none says so"


class Outcome(StrEnum):
    """What became of an object."""

    UNDAMAGED = "undamaged"
    REPAIRABLE = "can be repaired"  # a dry run
    REPAIRED = "repaired"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Repair:
    """One object. ``found`` is its digest before, ``missing`` or ``unreadable``; ``right`` the digest it must have.

    ``detail`` says why it was refused, where the damaged bytes are kept, or that no ledger could be told.
    """

    key: str
    outcome: Outcome
    found: str
    right: str | None
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return asdict(self) | {"outcome": str(self.outcome)}


def keys_of_package(store: Store, copy: Store, package_id: str) -> list[str]:
    """Return every key that either of the two has of a package.

    Raises:
        ConfigError: Neither has the package.
    """
    found = {
        key
        for one in (store, copy)
        for key in one.keys("packages")
        if len(parts := key.split("/")) >= _PACKAGE_PARTS and parts[4] == package_id
    }
    if not found:
        raise ConfigError(
            f"neither {store.uri} nor {copy.uri} holds a package {package_id}", next_step="Check the package's id."
        )
    return sorted(found)


def repair(
    store: Store, copy: Store, keys: Iterable[str], *, confirm: bool, clock: Callable[[], datetime], actor: str
) -> list[Repair]:
    """Restore what is damaged or missing; without ``confirm`` only say what would be done.

    An undamaged object is never touched, and one that was disposed of never comes back. Each repair is told to the
    ledger of its account and period.

    Raises:
        ConfigError: A key is no key, or both are the same store.
        StoreError: One of the two cannot be read or written.
    """
    if store.uri == copy.uri:
        raise ConfigError(f"{store.uri} cannot be repaired from itself", next_step="Name the copy with --from.")
    # Ledgers first, so that they can take the events; what makes a tree last.
    ordered = sorted({check_key(key) for key in keys}, key=lambda key: (key[:7] != "ledger/", is_crown(key), key))
    return [_one(store, copy, key, confirm=confirm, clock=clock, actor=actor) for key in ordered]


def _one(store: Store, copy: Store, key: str, *, confirm: bool, clock: Callable[[], datetime], actor: str) -> Repair:
    found = _found(store, key)
    right = Recorded(store, copy).digest(key) or _put_with(store, copy, key)
    if right is not None and found == right:
        return Repair(key, Outcome.UNDAMAGED, found, right)
    why = _refusal(store, copy, key, right)
    if why:
        return Repair(key, Outcome.REFUSED, found, right, why)
    if not confirm or right is None:
        return Repair(key, Outcome.REPAIRABLE, found, right)
    with tempfile.TemporaryDirectory(prefix="urval-repair-") as name:
        file = Path(name) / "object"
        copy.fetch(key, file)
        kept = store.restore(key, file, sha256=right)
    if not store.holds(key, right):
        raise StoreError(f"{store.uri} still gives other bytes for {key}.", next_step="Have disk or server checked.")
    refs = {"key": key, "found_sha256": found, "restored_sha256": right, "from": copy.uri}
    said = _note(store, copy, key, refs, clock, actor)
    details = [f"the damaged bytes are kept: {kept}"] if kept else []
    return Repair(key, Outcome.REPAIRED, found, right, "; ".join([*details, *([said] if said else [])]))


def _found(store: Store, key: str) -> str:
    try:
        return store.digest(key) or _MISSING
    except StoreError:
        return _UNREADABLE


def _put_with(store: Store, copy: Store, key: str) -> str | None:
    """Return the digest an object was put with, as the server recorded it: in the store, else in the copy."""
    for one in (store, copy):
        if one.exists(key) and (recorded := one.recorded(key)) is not None:
            return recorded
    return None


def _refusal(store: Store, copy: Store, key: str, right: str | None) -> str:
    kind, *parts = key.split("/")
    if len(parts) > 1 and kind in {"packages", "captures", "removals"}:
        gone = disposed(store, parts[0], parts[1])
        if any(key.startswith(f"{thing.rstrip('/')}/") or key == thing for thing in gone):
            return "it was disposed of; nothing brings it back"
    if right is None:
        return "nothing records which bytes are right: compare the two by hand"
    held = _found(copy, key)
    if held == _MISSING:
        return "the copy does not hold it"
    return "" if held == right else "the copy is damaged as well"


def _note(store: Store, copy: Store, key: str, refs: dict[str, str], clock: Callable[[], datetime], actor: str) -> str:
    """Tell the ledger of the object's account and period; return what to say where there is none to tell.

    What was repaired may be a copy itself, from the original: then the original's ledger is told, and what it says goes
    to the copy with the next replication.
    """
    parts = key.split("/")
    if len(parts) < _PACKAGE_PARTS - 1:
        return _UNTOLD
    prefix = ledger_prefix(*parts[1:4])
    try:
        events, whose = read_events(store, prefix), store
        if is_copy(store, events):
            events, whose, refs = read_events(copy, prefix), copy, refs | {"in": store.uri}
        if not events:
            return _UNTOLD
        event = next_event(events, State.REPAIRED, at=clock(), actor=actor, role="repair", refs=refs)
        append_event(whose, prefix, event)
    except VerificationError as error:
        return f"its ledger could not be told: {error.message}"
    return ""
