"""The e-archive's receipt: kept beside the package it is for, and told to the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from urval.deliveries.making import find_held, whole_ledger
from urval.errors import ConfigError, VerificationError
from urval.ledger import State, next_event
from urval.manifest import canonical, sha256_hex
from urval.store import append_event, delivery_key, ledger_prefix

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from urval.ledger import Event
    from urval.store import Store

FORMAT = "urval-delivery/1"
_MOST = 64 << 20  # bytes; a receipt is a page or an XML file
_ENDING = re.compile(r"\.([a-z0-9]{1,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt to be registered: the file, what the e-archive calls it, and who registers it when (aware)."""

    file: Path
    reference: str | None
    actor: str
    role: str
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A registered receipt.

    ``new`` is false where it was registered before; ``delivered`` tells whether the ledger knows of a delivery.
    """

    package_id: str
    key: str
    sha256: str
    reference: str | None
    new: bool
    delivered: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}


def register_receipt(store: Store, package_id: str, receipt: Receipt) -> Registered:
    """Keep a receipt for a package of a store; the same one is registered once only.

    Raises:
        ConfigError: The file cannot be read, is empty, or larger than 64 MiB; or the reference is blank.
        VerificationError: There is no such package, its ledger is broken, or the receipt has another reference already.
    """
    data = _read(receipt)
    held = find_held(store, package_id)
    events = whole_ledger(store, held.place)
    sha256 = sha256_hex(data)
    key = delivery_key(*held.place, package_id, f"{sha256}.{_ending(receipt.file)}")
    refs = {"package": package_id, "receipt_sha256": sha256}
    if receipt.reference is not None:
        refs["reference"] = receipt.reference
    delivered = [event for event in events if _is(event, State.DELIVERED, package_id)]
    known = next((event for event in events if _is(event, State.RECEIVED, package_id, sha256)), None)
    if known is not None:
        _same_reference(known, receipt.reference)
    event = next_event(events, State.RECEIVED, at=receipt.now, actor=receipt.actor, role=receipt.role, refs=refs)
    store.put(key, data, sha256=sha256)
    record = delivery_key(*held.place, package_id, f"{sha256}.delivery.json")
    if not store.exists(record):  # one that an interrupted command left stays as it is
        told = _record(package_id, held.manifest_sha256, key, data, receipt, delivered)
        store.put(record, canonical(told))
    if known is None:
        append_event(store, ledger_prefix(*held.place), event)
    return Registered(
        package_id=package_id, key=key, sha256=sha256, reference=receipt.reference, new=known is None,
        delivered=bool(delivered),
    )  # fmt: skip


def _read(receipt: Receipt) -> bytes:
    if receipt.reference is not None and not receipt.reference.strip():
        raise ConfigError("The reference is blank.", next_step="Leave it out, or say it.")
    try:
        with receipt.file.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise ConfigError(
            f"The receipt {receipt.file} cannot be read: {error.strerror}.", next_step="Check the name."
        ) from error
    if not data or len(data) > _MOST:
        how = "empty" if not data else "larger than 64 MiB"
        raise ConfigError(f"The receipt {receipt.file} is {how}.", next_step="Give the e-archive's receipt itself.")
    return data


def _record(
    package_id: str, manifest_sha256: str, key: str, data: bytes, receipt: Receipt, delivered: Sequence[Event]
) -> dict[str, Any]:
    newest = delivered[-1] if delivered else None
    name = receipt.file.name.encode(errors="replace").decode()
    file = {"file": key.rpartition("/")[2], "name": name, "sha256": sha256_hex(data), "bytes": len(data)}
    return {
        "format": FORMAT,
        "package_id": package_id,
        "manifest_sha256": manifest_sha256,
        "receipt": file,
        "reference": receipt.reference,
        "registered_by": receipt.actor,
        "registered_at": receipt.now.isoformat(timespec="seconds"),
        "delivered": None if newest is None else {"at": newest.at.isoformat(timespec="seconds"), **newest.refs},
    }  # fmt: skip


def _same_reference(known: Event, reference: str | None) -> None:
    before = known.refs.get("reference")
    if before != reference:
        raise VerificationError(
            f"This receipt was registered before, with {f'the reference {before!r}' if before else 'no reference'}.",
            next_step="Nothing was changed. A receipt is registered once.",
        )


def _is(event: Event, state: State, package_id: str, receipt: str | None = None) -> bool:
    refs = event.refs
    return event.state is state and refs.get("package") == package_id and receipt in {None, refs.get("receipt_sha256")}


def _ending(file: Path) -> str:
    found = _ENDING.fullmatch(file.suffix.lower())
    return found[1] if found else "bin"
