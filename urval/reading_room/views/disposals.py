"""Disposals: what was planned, approved and destroyed, under which decision; what is on hold; what was left."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from urval.disposal import AppliedRule, Hold, Plan, PlannedThing, Release, Tombstone, lost, stays
from urval.disposed import disposed
from urval.errors import ConfigError, VerificationError
from urval.handbook import Words
from urval.handbook.disposal import duration
from urval.manifest import canonical, sha256_hex
from urval.reading_room.concealing import names_restricted
from urval.reading_room.disposal_records import RECORDS, RecordName, plan_of, record
from urval.reading_room.faults import ForbiddenError
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.room import Here
from urval.reading_room.specs_used import used_specs
from urval.store import (
    Store,
    disposal_key,
    plans,
    read_approval,
    read_holds,
    read_plan,
    read_protocol,
    read_tombstones,
)
from urval.verify.report import shown

pages = Pages()
_SHOWN = 100  # things or plans on one page
_CROWN = {"capture": "capture.json", "package": "manifest.json", "removal": "removal.json"}
Page = Annotated[int, Query(ge=1, le=100_000)]


class DisposalLine(View):
    """One plan. ``stands``: planned, approved, executed, or damaged; then ``problem`` (in English) says why."""

    archive: str
    plan: str
    stands: str
    made_by: str
    made_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    executed_at: datetime | None
    things: int
    done: int
    problem: str


class HoldLine(View):
    """One hold; in force until ``released_at``. ``hidden``: it tells of what is restricted."""

    id: str
    archive: str
    account: str
    period: str | None
    package: str | None
    reason: str
    case: str
    by: str
    at: datetime
    released_by: str
    released_at: datetime | None
    released_reason: str
    hidden: bool


class DisposalsView(View):
    """The plans and holds of the store. ``unknown``: tombstones that no ledger knows of, or that cannot be read."""

    disposals: list[DisposalLine]
    holds: list[HoldLine]
    unknown: list[str]
    problems: list[str]
    page: int
    pages: int


@pages.page("/disposals", name="disposals", template="disposals.html")
def disposals(here: AskedHere, page: Page = 1) -> DisposalsView:
    """List the plans of disposal, newest first, and the holds."""
    store = here.room.store
    archives = sorted({prefix.split("/")[1] for top in ("disposals", "holds") for prefix, _ in store.stamps(top, 1)})
    names = sorted(((plan, archive) for archive in archives for plan in plans(store, archive)), reverse=True)
    holds, problems = [], []
    for archive in archives:
        try:
            holds += [_hold(here, *one) for one in read_holds(store, archive)]
        except VerificationError as error:
            problems.append(shown(error.message))
    return DisposalsView(
        disposals=[_line(store, archive, plan) for plan, archive in names[(page - 1) * _SHOWN : page * _SHOWN]],
        holds=sorted(holds, key=lambda one: (one.released_at is not None, -one.at.timestamp())),
        unknown=_unknown(store), problems=problems, page=page, pages=max(1, -(-len(names) // _SHOWN)),
    )  # fmt: skip


def _line(store: Store, archive: str, plan: str) -> DisposalLine:
    said: dict[str, object] = {
        "archive": archive, "plan": plan, "stands": "damaged", "made_by": "", "made_at": None, "approved_by": "",
        "approved_at": None, "executed_at": None, "things": 0, "done": 0, "problem": "",
    }  # fmt: skip
    try:
        made = read_plan(store, archive, plan)[0]
        said |= {"stands": "planned", "made_by": made.made_by, "made_at": made.made_at, "things": len(made.things)}
        if (approval := read_approval(store, archive, plan)) is not None:
            said |= {"stands": "approved", "approved_by": approval.by, "approved_at": approval.at}
        if (protocol := read_protocol(store, archive, plan)) is not None:
            last = max((one.executed_at for one in protocol.things), default=None)
            said |= {"stands": "executed", "executed_at": last, "done": len(protocol.things)}
    except (VerificationError, ConfigError) as error:
        said |= {"stands": "damaged", "problem": shown(error.message)}
    return DisposalLine.model_validate(said)


def _hold(here: Here, hold: Hold, release: Release | None) -> HoldLine:
    restricted = here.room.restrictions.of(hold.archive, hold.account)
    ended = release.reason if release else ""
    named = bool(restricted.items) and names_restricted(restricted, hold.reason, ended)
    hidden = named and not here.visitor.sees_restricted
    if named and not hidden:
        here.log_restricted(f"hold {hold.id}")
    return HoldLine(
        id=hold.id, archive=hold.archive, account=hold.account, period=hold.period, package=hold.package, by=hold.by,
        at=hold.at, reason="" if hidden else hold.reason, case=hold.case, hidden=hidden,
        released_by=release.by if release else "", released_at=release.at if release else None,
        released_reason="" if hidden else ended,
    )  # fmt: skip


def _unknown(store: Store) -> list[str]:
    """Return what lies as a tombstone and is none: the ledger does not know of it, or it cannot be read."""
    found: list[str] = []
    for prefix, _ in store.stamps("tombstones", 2):
        _, archive, account = prefix.split("/")
        stones, problems = read_tombstones(store, archive, account)
        known = disposed(store, archive, account)
        found += [shown(one) for one in problems]
        found += [shown(stone.thing) for stone in stones if known.get(stone.thing) != stone]
    return found


class RuleLine(View):
    """A retention rule as it applied, in words; days are local."""

    rule: str
    what: str
    trigger: str
    since: str
    period: str
    due: str
    method: str
    authority: str
    reference: str
    decided: str


class ThingLine(View):
    """One thing of a plan. ``kind``: capture, package or removal; ``sha256`` is of the file that made it one.

    ``there``: the store holds it still. ``tombstone``: known (the ledger confirms it), unknown (it does not), or empty.
    """

    kind: str
    account: str
    period: str
    id: str
    sha256: str
    files: int
    bytes: int
    rules: list[RuleLine]
    lost: list[str]
    stays: list[str]
    there: bool
    tombstone: str
    tombstone_sha256: str
    executed_by: str
    executed_at: datetime | None
    holds: list[str]
    hidden: bool


class DisposalView(DisposalLine):
    """A plan whole: what it names, and what became of each; ``spec_known``: its spec has a page."""

    plan_sha256: str
    approval_fits: bool
    spec_id: str
    spec_version: str
    spec_sha256: str
    spec_known: bool
    listed: list[ThingLine]
    page: int
    pages: int
    files: list[str]


@pages.page("/disposals/{archive}/{plan}", name="disposal", template="disposal.html")
def disposal(here: AskedHere, archive: Slug, plan: Slug, page: Page = 1) -> DisposalView:
    """Tell what was to be destroyed, by whom and under which decision, and what became of it."""
    store = here.room.store
    made, digest = plan_of(store, archive, plan)
    line = _line(store, archive, plan)
    protocol = read_protocol(store, archive, plan) if line.stands == "executed" else None
    approval = read_approval(store, archive, plan) if line.stands != "damaged" else None
    chosen = made.things[(page - 1) * _SHOWN : page * _SHOWN]
    known = {account: disposed(store, archive, account) for account in {one.account for one in chosen}}
    stones = {stone.thing: stone for account in known for stone in read_tombstones(store, archive, account)[0]}
    return DisposalView(
        **line.model_dump(),
        plan_sha256=digest,
        approval_fits={one.plan_sha256 for one in (approval, protocol) if one is not None} <= {digest},
        spec_id=made.spec.id,
        spec_version=made.spec.version,
        spec_sha256=made.spec.sha256,
        spec_known=made.spec.sha256 in {one.sha256 for one in used_specs(here.room)},
        listed=[_thing(here, archive, one, known[one.account], stones) for one in chosen],
        page=page,
        pages=max(1, -(-len(made.things) // _SHOWN)),
        files=[name for name in RECORDS if store.exists(disposal_key(archive, plan, name))],
    )


def _thing(
    here: Here, archive: str, one: PlannedThing, known: Mapping[str, Tombstone], stones: Mapping[str, Tombstone]
) -> ThingLine:
    store = here.room.store
    restricted = here.room.restrictions.of(archive, one.account)
    hidden = one.kind == "removal" and restricted.covers(f"removal:{one.id}") and not here.visitor.sees_restricted
    stone = known.get(one.thing) or stones.get(one.thing)
    return ThingLine(
        kind=one.kind, account=one.account, period=one.period, id="" if hidden else one.id,
        sha256="" if hidden else one.sha256, files=one.files, bytes=one.bytes,
        rules=[_rule(rule, here) for rule in one.rules], lost=list(lost(one.kind, here.language)),
        stays=list(stays(one.kind, here.language)), there=store.exists(f"{one.thing}/{_CROWN[one.kind]}"),
        tombstone="known" if one.thing in known else "unknown" if stone else "",
        tombstone_sha256=sha256_hex(canonical(stone)) if stone and not hidden else "",
        executed_by=stone.executed_by if stone else "", executed_at=stone.executed_at if stone else None,
        holds=_holds_on(store, archive, one.account, one.period) if not stone else [], hidden=hidden,
    )  # fmt: skip


def _holds_on(store: Store, archive: str, account: str, period: str) -> list[str]:
    """Return the ids of the holds in force on an account or one of its periods."""
    try:
        known = read_holds(store, archive)
    except VerificationError:  # the list of disposals says so
        return []
    return [hold.id for hold, release in known if release is None and hold.account == account
            and hold.period in {None, period}]  # fmt: skip


def _rule(rule: AppliedRule, here: Here) -> RuleLine:
    words = Words(here.language)
    return RuleLine(
        rule=rule.rule, what=words.known(f"record.{rule.record_class}", rule.record_class),
        trigger=words.known(f"trigger.{rule.trigger}", rule.trigger), since=rule.since,
        period=duration(rule.period, words), due=rule.due, method=rule.method or "",
        authority=rule.decision.authority, reference=rule.decision.reference, decided=rule.decision.date,
    )  # fmt: skip


@pages.get("/disposals/{archive}/{plan}/files/{name}", name="disposal_file", response_class=Response)
def disposal_file(here: AskedHere, archive: Slug, plan: Slug, name: Annotated[RecordName, Path()]) -> Response:
    """Return a record of a disposal as it lies in the store; the JSON ones are checked first."""
    _require_open(here, plan_of(here.room.store, archive, plan)[0])
    data = record(here.room.store, archive, plan, name)
    kind = "application/pdf" if name.endswith(".pdf") else "application/json"
    headers = {"Content-Disposition": f'attachment; filename="{plan}-{name}"'}
    return Response(data, media_type=kind, headers=headers)


def _require_open(here: Here, made: Plan) -> None:
    """Refuse the records of a plan that names restricted entries to whoever may not see them."""
    named = any(
        one.kind == "removal" and here.room.restrictions.of(made.archive, one.account).covers(f"removal:{one.id}")
        for one in made.things
    )
    if named and not here.visitor.sees_restricted:
        raise ForbiddenError("the records name an entry that is restricted by decision", next_step="Ask the archive.")
    if named:
        here.log_restricted("records of a disposal that name restricted entries")
