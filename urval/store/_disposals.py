"""Keeping plans, approvals, tombstones and holds in a store: one object each, created once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from urval.disposal import Hold, Plan, PlanApproval, Protocol, Release, Tombstone, parse, plan_id
from urval.errors import ConfigError, StoreConflictError, VerificationError
from urval.manifest import Part, canonical, sha256_hex
from urval.store._keys import disposal_key, hold_key, shown, tombstone_key

if TYPE_CHECKING:
    from urval.store._base import Store

Record = TypeVar("Record", bound=Part)


def put_record(store: Store, key: str, record: Part, what: str) -> bytes:
    """Keep a record, and return its bytes. The same one again changes nothing.

    Raises:
        ConfigError: Another lies there; it stays.
    """
    data = canonical(record)
    try:
        store.put(key, data)
    except StoreConflictError as error:
        raise ConfigError(
            f"{what} was recorded by somebody else meanwhile", next_step=f"Nothing was overwritten. Look at {key}."
        ) from error
    return data


def read_record(store: Store, key: str, kind: type[Record]) -> Record | None:
    """Return a record; None where there is none.

    Raises:
        VerificationError: It cannot be read, or was changed.
    """
    if not store.exists(key):
        return None
    return parse(kind, store.get(key), f"{shown(key)} in {store.uri}")


def read_plan(store: Store, archive: str, plan: str) -> tuple[Plan, str]:
    """Return a saved plan, and the SHA-256 of its bytes.

    Raises:
        ConfigError: There is none of that id.
        VerificationError: It was changed, or lies under another id.
    """
    key = disposal_key(archive, plan, "plan.json")
    found = read_record(store, key, Plan)
    if found is None:
        raise ConfigError(
            f"{store.uri} holds no plan {plan} of {archive}", next_step="See which there are: urval dispose list"
        )
    data = canonical(found)
    if plan_id(data, plan[:10]) != plan:
        raise VerificationError(f"{shown(key)} in {store.uri} is another plan than its name says: it was changed.")
    return found, sha256_hex(data)


def plans(store: Store, archive: str) -> list[str]:
    """Return the ids of the saved plans, sorted."""
    keys = (key.split("/") for key in store.keys(f"disposals/{archive}"))
    return [parts[2] for parts in keys if len(parts) == 4 and parts[3] == "plan.json"]  # noqa: PLR2004 - disposals/<archive>/<plan>/plan.json


def read_approval(store: Store, archive: str, plan: str) -> PlanApproval | None:
    """Return the approval of a plan; None where nobody has approved it."""
    return read_record(store, disposal_key(archive, plan, "approval.json"), PlanApproval)


def read_protocol(store: Store, archive: str, plan: str) -> Protocol | None:
    """Return the protocol of an executed plan; None where there is none."""
    return read_record(store, disposal_key(archive, plan, "protocol.json"), Protocol)


def tombstone_of(archive: str, account: str, period: str, kind: str, name: str) -> str:
    """Return the key of a thing's tombstone."""
    return tombstone_key(archive, account, period, f"{kind}-{name}")


def read_tombstones(store: Store, archive: str, account: str) -> tuple[list[Tombstone], list[str]]:
    """Return the tombstones of an account, sorted by key, and what is wrong with those that cannot be read.

    Whether the ledger knows of them is another question: see ``urval.disposed``.
    """
    found, problems = [], []
    for key in store.keys(f"tombstones/{archive}/{account}"):
        try:
            one = parse(Tombstone, store.get(key), f"{shown(key)} in {store.uri}")
        except VerificationError as error:
            problems.append(error.message)
            continue
        if tombstone_of(one.archive, one.account, one.period, one.kind, one.id) == key:
            found.append(one)
        else:
            problems.append(f"{shown(key)} in {store.uri} holds the tombstone of {one.id}: it was moved.")
    return found, problems


def read_holds(store: Store, archive: str) -> list[tuple[Hold, Release | None]]:
    """Return the holds of an archive, each with its release where it was released, sorted by id.

    Raises:
        VerificationError: One cannot be read, was changed, or lies under another id.
    """
    found = []
    for key in store.keys(f"holds/{archive}"):
        if key.endswith(".release.json"):
            continue
        hold = parse(Hold, store.get(key), f"{shown(key)} in {store.uri}")
        if hold_key(archive, hold.id) != key:
            raise VerificationError(f"{shown(key)} in {store.uri} holds {hold.id}: it was moved.")
        found.append((hold, read_record(store, hold_key(archive, hold.id, release=True), Release)))
    return found
