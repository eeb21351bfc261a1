"""Restrictions of access in the store: put on an item, and lifted; the sealed package is not touched."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from flows.disposing import ROLE, Acting, who
from flows.run import clock_of
from urval.access import Lift, Restriction, restricted_by_ledger
from urval.errors import ConfigError, UrvalError, VerificationError
from urval.holdings import Held, packages
from urval.ledger import State, next_event
from urval.manifest import canonical, sha256_hex
from urval.restricted import read_restrictions
from urval.review import one_line
from urval.store import append_event, ledger_prefix, put_record, read_events, restriction_key

if TYPE_CHECKING:
    from urval.store import Store

_DIGITS = 12


def held_package(store: Store, package: str) -> Held:
    """Return a package of a store by its id.

    Raises:
        ConfigError: The store holds none of that id.
        VerificationError: Its manifest cannot be read.
    """
    found = next((one for one in packages(store) if one.package_id == package), None)
    if found is None:
        raise ConfigError(f"{store.uri} holds no package {package}", next_step="See: urval status")
    if found.manifest is None:
        raise VerificationError(f"the manifest of {package} cannot be read", next_step="Give: urval verify")
    return found


def acting_on(store: Store, held: Held, *, by: str, fixed_time: str | None = None) -> Acting:
    """Return who acts on a package."""
    timezone = held.manifest.period.timezone if held.manifest else "UTC"
    clock = clock_of(fixed_time)[0]
    return Acting(store=store, archive=held.place[0], timezone=timezone, clock=clock, actor=who(by))


def restrict(desk: Acting, held: Held, item: str, *, decision: str, reason: str) -> Restriction:
    """Restrict access to a thread or comment of a package; the same again changes nothing.

    Raises:
        ConfigError: There is no such item, nobody is named, or a text is blank.
        StoreError: The store refused; the same command goes on.
    """
    _, account, period = held.place
    draft = Restriction(
        format="urval-restriction/1", id="", archive=desk.archive, account=account, period=period,
        package=held.package_id, item=item, kind=_kind_of(desk, held, item),
        decision=one_line(decision, "decision"), reason=one_line(reason, "reason"), by=desk.person(),
        at=desk.clock().astimezone(UTC),
    )  # fmt: skip
    known = read_restrictions(desk.store, desk.archive, account)
    same = next((one for one, lift in known if lift is None and _alike(one, draft)), None)
    name = f"{desk.today().isoformat()}-{sha256_hex(canonical(draft))[:_DIGITS]}"
    made = same or draft.model_copy(update={"id": name})
    key = restriction_key(desk.archive, account, made.id)
    put_record(desk.store, key, made, f"the restriction {made.id}")
    _tell(desk, made, State.RESTRICTED, made.decision, made.reason)
    return made


def lift_restriction(
    store: Store, name: str, *, decision: str, reason: str, by: str, fixed_time: str | None = None
) -> Restriction:
    """Lift a restriction.

    Raises:
        ConfigError: There is none of that id, nobody is named, or a text is blank.
        UrvalError: It was lifted before.
    """
    known = {made.id: (made, lift) for made, lift in all_restrictions(store)}
    if name not in known:
        raise ConfigError(f"{store.uri} holds no restriction {name}", next_step="See: urval restrict list")
    made, lift = known[name]
    desk = Acting(store=store, archive=made.archive, timezone="UTC", clock=clock_of(fixed_time)[0], actor=who(by))
    open_ = restricted_by_ledger(read_events(store, ledger_prefix(made.archive, made.account, made.period)))
    if lift is not None and name not in open_:
        raise UrvalError(f"the restriction {name} was lifted by {lift.by}", next_step="Nothing need be done.")
    record = lift or Lift(
        format="urval-lift/1", restriction=name, decision=one_line(decision, "decision"),
        reason=one_line(reason, "reason"), by=desk.person(), at=desk.clock().astimezone(UTC),
    )  # fmt: skip
    key = restriction_key(made.archive, made.account, name, lifted=True)
    put_record(store, key, record, f"the lifting of {name}")
    _tell(desk, made, State.UNRESTRICTED, record.decision, record.reason)
    return made


def all_restrictions(store: Store, account: str | None = None) -> list[tuple[Restriction, Lift | None]]:
    """Return the restrictions of a store, or of one account."""
    places = sorted({(key.split("/")[1], key.split("/")[2]) for key in store.keys("restrictions")})
    chosen = [one for one in places if account in {None, one[1]}]
    return [entry for archive, name in chosen for entry in read_restrictions(store, archive, name)]


def _alike(one: Restriction, other: Restriction) -> bool:
    return one.model_copy(update={"id": "", "at": other.at}) == other


def _kind_of(desk: Acting, held: Held, item: str) -> Literal["thread", "comment"]:
    """Return what an item of a package is.

    Raises:
        ConfigError: The package holds no such item.
    """
    if _has(desk, held, "posts", item):
        return "thread"
    if _has(desk, held, "comments", item):
        return "comment"
    raise ConfigError(
        f"the package {held.package_id} holds no thread or comment {item}",
        next_step="Copy the id from data/tables/posts.jsonl or comments.jsonl of the package.",
    )


def _has(desk: Acting, held: Held, table: str, item: str) -> bool:
    data = desk.store.get(f"{held.prefix}/data/tables/{table}.parquet")
    ids = pq.read_table(pa.BufferReader(data), columns=["id"]).column("id")
    return bool(pc.any(pc.equal(ids, pa.scalar(item, pa.string()))).as_py())


def _tell(desk: Acting, made: Restriction, state: State, decision: str, reason: str) -> None:
    prefix = ledger_prefix(desk.archive, made.account, made.period)
    events = read_events(desk.store, prefix)
    if (made.id in restricted_by_ledger(events)) is (state is State.RESTRICTED):
        return
    refs = {"restriction": made.id, "package": made.package, "decision": decision}
    event = next_event(events, state, at=desk.clock(), actor=desk.person(), role=ROLE, reason=reason, refs=refs)
    append_event(desk.store, prefix, event)
