"""What a disposal leaves for ever: plan, approval, tombstone, protocol. Never content.

Each is canonical JSON (RFC 8785), written once. A plan's id is its day and twelve hex digits of its SHA-256, so a plan
that was changed is another plan.
"""

from __future__ import annotations

import json
from typing import Final, Literal, TypeVar

from pydantic import AwareDatetime, Field

from urval.errors import VerificationError
from urval.manifest import Part, canonical, sha256_hex

Kind = Literal["capture", "package", "removal"]
PLAN: Final = "urval-disposal-plan/1"
_DIGITS = 12
_SHA256 = r"^[0-9a-f]{64}$"


class DecisionRef(Part):
    """The body's own decision that allows it. Dates are ISO 8601."""

    authority: str
    reference: str
    date: str
    valid_from: str | None
    covers_from: str | None


class AppliedRule(Part):
    """One retention rule as it applies to one thing. Days are local days of the spec's time zone."""

    rule: str
    record_class: str
    trigger: str
    since: str  # the day from which the period counts
    period: str
    due: str  # the first day on which the period has passed
    method: str | None
    decision: DecisionRef


class PlannedThing(Part):
    """One thing to be destroyed: what it is, how much, by which rules, what is lost with it and what stays.

    ``thing`` is its key prefix in the store; ``period`` that of the ledger that will tell; ``sha256`` the digest of the
    file that makes it one (``capture.json``, ``manifest.json``, ``removal.json``).
    """

    thing: str
    kind: Kind
    account: str
    period: str
    id: str
    sha256: str = Field(pattern=_SHA256)
    files: int
    bytes: int
    rules: tuple[AppliedRule, ...]
    lost: tuple[str, ...]
    stays: tuple[str, ...]

    @property
    def references(self) -> str:
        """Return the decisions' references, each once."""
        return ", ".join(dict.fromkeys(rule.decision.reference for rule in self.rules))


class PlanSpec(Part):
    """The archive spec whose rules the plan applies."""

    id: str
    version: str
    sha256: str


class Plan(Part):
    """What one person proposes to destroy."""

    format: Literal["urval-disposal-plan/1"]
    archive: str
    archive_name: str
    language: Literal["sv", "en"]
    timezone: str
    spec: PlanSpec
    made_at: AwareDatetime
    made_by: str
    things: tuple[PlannedThing, ...]


class PlanApproval(Part):
    """That another person has approved a plan."""

    format: Literal["urval-disposal-approval/1"]
    plan: str
    plan_sha256: str = Field(pattern=_SHA256)
    by: str
    role: str
    at: AwareDatetime


class Tombstone(Part):
    """What stays in the place of what was destroyed."""

    format: Literal["urval-tombstone/1"]
    archive: str
    account: str
    period: str
    thing: str
    kind: Kind
    id: str
    sha256: str = Field(pattern=_SHA256)
    files: int
    bytes: int
    rules: tuple[AppliedRule, ...]
    plan: str
    plan_sha256: str = Field(pattern=_SHA256)
    planned_by: str
    approved_by: str
    approved_at: AwareDatetime
    executed_by: str
    executed_at: AwareDatetime

    @property
    def references(self) -> str:
        """Return the decisions' references, each once."""
        return ", ".join(dict.fromkeys(rule.decision.reference for rule in self.rules))


class Executed(Part):
    """One line of a protocol: the thing, and the digest of its tombstone."""

    thing: PlannedThing
    tombstone: str  # its key in the store
    tombstone_sha256: str = Field(pattern=_SHA256)
    executed_by: str
    executed_at: AwareDatetime


class Protocol(Part):
    """The protocol of a disposal (gallringsprotokoll): who planned, approved and executed what, by which decision."""

    format: Literal["urval-disposal-protocol/1"]
    plan: str
    plan_sha256: str = Field(pattern=_SHA256)
    archive: str
    archive_name: str
    spec: PlanSpec
    made_by: str
    made_at: AwareDatetime
    approved_by: str
    approved_at: AwareDatetime
    things: tuple[Executed, ...]


Record = TypeVar("Record", bound=Part)


def encode(record: Part) -> bytes:
    """Return the bytes of a record."""
    return canonical(record)


def parse(kind: type[Record], data: bytes, what: str) -> Record:
    """Parse the bytes of :func:`encode`. ``what`` names the record in the message.

    Raises:
        VerificationError: The bytes are no such record, or are spelt otherwise.
    """
    try:
        record = kind.model_validate(json.loads(data))
        same = canonical(record) == data
    except (ValueError, RecursionError) as error:  # pydantic's error is a ValueError
        raise VerificationError(f"{what} cannot be read.", next_step=_RESTORE) from error
    if not same:
        raise VerificationError(f"{what} was changed after it was written.", next_step=_RESTORE)
    return record


def plan_id(data: bytes, day: str) -> str:
    """Return the id of a plan: the day it was made, and the beginning of the digest of its bytes."""
    return f"{day}-{sha256_hex(data)[:_DIGITS]}"


_RESTORE = "Restore it from another copy of the store, and find out who changed it."
