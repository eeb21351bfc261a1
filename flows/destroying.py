"""The execution of an approved disposal. It looks at everything again before anything is destroyed.

For each thing it writes the tombstone, destroys, and tells the ledger, in that order, so that a run that was cut off
can be given again: what has its tombstone by this plan is gone on with. The protocol comes last.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from flows.disposable import Holdings, active_holds, candidates
from flows.disposing import ROLE, planned
from urval.disposal import Executed, Protocol, Tombstone, told
from urval.disposed import known
from urval.errors import UrvalError
from urval.ledger import State, next_event
from urval.manifest import canonical, sha256_hex
from urval.records import same_person
from urval.store import (
    append_event,
    disposal_key,
    ledger_prefix,
    put_record,
    read_approval,
    read_events,
    read_holds,
    read_plan,
    read_protocol,
    read_record,
    tombstone_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from flows.disposing import Desk
    from urval.disposal import Candidate, Hold, Plan, PlanApproval, PlannedThing, Release

log = logging.getLogger("flows.destroying")


@dataclass(frozen=True, slots=True)
class Order:
    """An approved plan about to be executed, and what of it is done already: the thing -> its tombstone."""

    name: str
    plan: Plan
    approval: PlanApproval
    begun: dict[str, Tombstone]


def order_of(desk: Desk, name: str) -> Order:
    """Read an approved plan and look at everything again; nothing is written.

    Raises:
        ConfigError: There is no such plan.
        UrvalError: It is not approved by another person, or something in it may not be destroyed now.
        VerificationError: Plan, approval or a tombstone was changed.
    """
    plan, digest = read_plan(desk.store, desk.archive, name)
    approval = read_approval(desk.store, desk.archive, name)
    if approval is None:
        raise UrvalError(
            f"the plan {name} is not approved", next_step=f"Let another person than {plan.made_by} approve it."
        )
    if approval.plan_sha256 != digest or same_person(approval.by) == same_person(plan.made_by):
        raise UrvalError(
            f"the approval of {name} is not one by another person of this very plan",
            next_step="Make a new plan, and find out who wrote the approval.",
        )
    begun = {thing.thing: stone for thing in plan.things if (stone := _stone(desk, name, digest, thing)) is not None}
    _look_again(desk, plan, begun)
    return Order(name, plan, approval, begun)


def _stone(desk: Desk, name: str, digest: str, thing: PlannedThing) -> Tombstone | None:
    """Return the tombstone that an earlier, cut-off execution of this plan has left.

    Raises:
        UrvalError: Another plan has destroyed the thing.
    """
    key = tombstone_of(desk.archive, thing.account, thing.period, thing.kind, thing.id)
    stone = read_record(desk.store, key, Tombstone)
    if stone is not None and (stone.plan_sha256, stone.sha256) != (digest, thing.sha256):
        raise UrvalError(f"{thing.thing} has a tombstone of another plan, {stone.plan}", next_step=f"See {key}.")
    return None if stone is None or stone.plan != name else stone


def _look_again(desk: Desk, plan: Plan, begun: dict[str, Tombstone]) -> None:
    """See that everything of the plan may still be destroyed: rules, dates, holds, and that it is what was planned.

    Raises:
        UrvalError: Something may not; nothing is destroyed then.
    """
    spec = desk.loaded.spec
    for account in dict.fromkeys(thing.account for thing in plan.things):
        now = {one.thing.thing: one for one in candidates(desk.store, spec, desk.today(), account=account)}
        for thing in (one for one in plan.things if one.account == account):
            if thing.thing in begun:
                in_force = active_holds(desk.store, desk.archive, Holdings(desk.store, spec, account).ledgers)
                _refuse_held(thing, [(hold, None) for hold in in_force])
            elif (reason := _against(thing, now.get(thing.thing), desk)) is not None:
                raise UrvalError(f"{thing.thing} may not be destroyed: {reason}", next_step=_AGAIN)


def _against(thing: PlannedThing, now: Candidate | None, desk: Desk) -> str | None:
    if now is None:
        return "it is not in the store, or no rule of the spec disposes of it any more"
    if now.obstacles:
        return "; ".join(told(one, "en") for one in now.obstacles)
    as_is = planned(now, desk.loaded.spec.language)
    if as_is.rules != thing.rules:
        return "the rules or decisions in the spec are not those of the plan"
    if (as_is.sha256, as_is.files, as_is.bytes) != (thing.sha256, thing.files, thing.bytes):
        return "it is not what it was when it was planned"
    return None


def _refuse_held(thing: PlannedThing, holds: Iterable[tuple[Hold, Release | None]]) -> None:
    """See that nobody has put a hold on what is about to be destroyed.

    Raises:
        UrvalError: Somebody has.
    """
    for hold, release in holds:
        if release is None and hold.account == thing.account and hold.period in {None, thing.period}:
            raise UrvalError(f"{thing.thing} is on hold: {hold.id}, {hold.reason}", next_step=_AGAIN)


def execute(desk: Desk, order: Order) -> Protocol:
    """Destroy what an approved plan names, and return the protocol, which is stored.

    Raises:
        LockedError: The store refuses to delete something; what was destroyed before stays destroyed and told.
        StoreError: It was cut off; the same command goes on from there.
    """
    desk.person()  # told before anything is gone
    digest = sha256_hex(canonical(order.plan))
    stones = [_destroy(desk, order, digest, thing) for thing in order.plan.things]
    done = read_protocol(desk.store, desk.archive, order.name)
    protocol = done or _protocol(desk, order, digest, stones)
    key = disposal_key(desk.archive, order.name, "protocol.json")
    put_record(desk.store, key, protocol, f"the protocol of {order.name}")
    _print(desk, order, protocol)
    return protocol


def _destroy(desk: Desk, order: Order, digest: str, thing: PlannedThing) -> Tombstone:
    _refuse_held(thing, read_holds(desk.store, desk.archive))  # one may have been put since all was looked at
    stone = order.begun.get(thing.thing) or Tombstone(
        format="urval-tombstone/1", archive=desk.archive, account=thing.account, period=thing.period,
        thing=thing.thing, kind=thing.kind, id=thing.id, sha256=thing.sha256, files=thing.files, bytes=thing.bytes,
        rules=thing.rules, plan=order.name, plan_sha256=digest, planned_by=order.plan.made_by,
        approved_by=order.approval.by, approved_at=order.approval.at, executed_by=desk.person(),
        executed_at=desk.clock().astimezone(UTC),
    )  # fmt: skip
    key = tombstone_of(desk.archive, thing.account, thing.period, thing.kind, thing.id)
    data = put_record(desk.store, key, stone, f"the tombstone of {thing.thing}")
    log.info("destroying %s", thing.thing)
    desk.store.delete(thing.thing)
    _tell(desk, order, stone, sha256_hex(data))
    return stone


def _tell(desk: Desk, order: Order, stone: Tombstone, digest: str) -> None:
    prefix = ledger_prefix(desk.archive, stone.account, stone.period)
    events = read_events(desk.store, prefix)
    if known(stone, events):
        return
    refs = {
        "thing": stone.thing, "kind": stone.kind, "sha256": stone.sha256, "tombstone_sha256": digest,
        "decision": stone.references, "plan": order.name, "plan_sha256": stone.plan_sha256,
        "approved_by": stone.approved_by,
    }  # fmt: skip
    reason = f"{stone.kind}, {stone.references}"
    event = next_event(
        events, State.DISPOSED, at=desk.clock(), actor=desk.person(), role=ROLE, reason=reason, refs=refs
    )
    append_event(desk.store, prefix, event)


def _protocol(desk: Desk, order: Order, digest: str, stones: Sequence[Tombstone]) -> Protocol:
    plan = order.plan
    lines = [
        Executed(
            thing=thing,
            tombstone=tombstone_of(desk.archive, thing.account, thing.period, thing.kind, thing.id),
            tombstone_sha256=sha256_hex(canonical(stone)),
            executed_by=stone.executed_by,
            executed_at=stone.executed_at,
        )
        for thing, stone in zip(plan.things, stones, strict=True)
    ]
    return Protocol(
        format="urval-disposal-protocol/1", plan=order.name, plan_sha256=digest, archive=desk.archive,
        archive_name=plan.archive_name, spec=plan.spec, made_by=plan.made_by, made_at=plan.made_at,
        approved_by=order.approval.by, approved_at=order.approval.at, things=tuple(lines),
    )  # fmt: skip


def _print(desk: Desk, order: Order, protocol: Protocol) -> None:
    from urval.package.protocol import protocol_pdf  # noqa: PLC0415 - fonts and Typst are needed here only

    key = disposal_key(desk.archive, order.name, "protocol.pdf")
    if not desk.store.exists(key):
        plan = order.plan
        desk.store.put(key, protocol_pdf(protocol, language=plan.language, timezone=plan.timezone))


_AGAIN = "Nothing more was destroyed. Make a new plan: urval dispose plan"
