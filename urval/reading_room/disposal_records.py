"""The records of a disposal as they lie in the store: plan, approval, protocol; checked before anybody sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from urval.errors import ConfigError, VerificationError
from urval.reading_room.faults import DamagedError, NotHereError
from urval.store import disposal_key, read_approval, read_plan, read_protocol

if TYPE_CHECKING:
    from urval.disposal import Plan
    from urval.store import Store

RecordName: TypeAlias = Literal["plan.json", "approval.json", "protocol.json", "protocol.pdf"]
RECORDS: tuple[RecordName, ...] = ("plan.json", "approval.json", "protocol.json", "protocol.pdf")
_LARGEST = 64 << 20  # bytes of one


def plan_of(store: Store, archive: str, plan: str) -> tuple[Plan, str]:
    """Return a plan, and the hex SHA-256 of its bytes.

    Raises:
        NotHereError: There is none.
        DamagedError: It was changed.
    """
    try:
        return read_plan(store, archive, plan)
    except ConfigError as error:
        raise NotHereError(f"there is no plan {plan} of {archive}", next_step="See the list of disposals.") from error
    except VerificationError as error:
        raise DamagedError(error.message, next_step=error.next_step) from error


def record(store: Store, archive: str, plan: str, name: RecordName) -> bytes:
    """Return a record's bytes. Those in JSON are whole, and of this plan; nothing names the digest of the PDF.

    Raises:
        NotHereError: There is no such record.
        DamagedError: It was changed, or is of another plan.
    """
    digest = plan_of(store, archive, plan)[1]
    key = disposal_key(archive, plan, name)
    if not store.exists(key) or store.size(key) > _LARGEST:
        raise NotHereError(f"the plan {plan} has no {name}", next_step="See the plan's page.")
    data = store.get(key)
    if name == "protocol.pdf":
        if not data.startswith(b"%PDF-"):
            raise DamagedError("protocol.pdf is no PDF", next_step="Restore it from another copy of the store.")
        return data
    try:
        approval, protocol = read_approval(store, archive, plan), read_protocol(store, archive, plan)
    except VerificationError as error:
        raise DamagedError(error.message, next_step=error.next_step) from error
    if {one.plan_sha256 for one in (approval, protocol) if one is not None} - {digest}:
        raise DamagedError("approval or protocol are of another plan", next_step="Compare with another copy.")
    return data
