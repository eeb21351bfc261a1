"""Disposal in the store: a plan, and another person's approval of it. The execution is in ``flows.destroying``."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.run import clock_of
from urval.disposal import (
    PLAN,
    Plan,
    PlanApproval,
    PlannedThing,
    PlanSpec,
    encode,
    lost,
    plan_id,
    stays,
)
from urval.errors import ConfigError, UrvalError
from urval.records import same_person
from urval.review import one_line
from urval.spec import read_spec
from urval.store import (
    disposal_key,
    open_store,
    put_record,
    read_approval,
    read_plan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from urval.disposal import Candidate, Language
    from urval.spec import LoadedSpec
    from urval.store import Store

log = logging.getLogger("flows.disposing")
ROLE = "archivist"
_NOBODY = frozenset({"", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts on what a store holds of an archive, and when."""

    store: Store
    archive: str
    timezone: str
    clock: Callable[[], datetime]
    actor: str

    def today(self) -> date:
        """Return the local day."""
        return self.clock().astimezone(ZoneInfo(self.timezone)).date()

    def person(self) -> str:
        """Return who acts.

        Raises:
            ConfigError: Nobody is named.
        """
        name = one_line(self.actor, "name") if self.actor.strip() else ""
        if same_person(name) in _NOBODY:
            raise ConfigError("nobody is named as the one who acts", next_step="Give --by NAME.")
        return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk(Acting):
    """The same with the archive spec, whose rules a disposal needs."""

    loaded: LoadedSpec


def open_desk(spec: Path, store: str, *, fixed_time: str | None = None, actor: str = "") -> Desk:
    """Open spec and store for acts of disposal.

    Raises:
        ConfigError, StoreError: Spec, store or time are wrong, or the store is not there.
    """
    loaded = read_spec(spec)
    return Desk(
        store=open_store(store, must_exist=True, storage=loaded.spec.storage),
        archive=loaded.spec.archive.id,
        timezone=loaded.spec.timezone,
        clock=clock_of(fixed_time)[0],
        actor=who(actor),
        loaded=loaded,
    )


def who(actor: str) -> str:
    """Return the name that was given, else that of the system's user."""
    return actor or os.environ.get("USER", "unknown")


# ---- plan and approval -----------------------------------------------------------------------------------------------


def plan_of(desk: Desk, found: Sequence[Candidate]) -> Plan:
    """Return a plan of everything among the candidates that may be destroyed today.

    Raises:
        UrvalError: Nothing may.
        ConfigError: Nobody is named as the one who plans.
    """
    due = [candidate for candidate in found if candidate.is_due]
    if not due:
        raise UrvalError("nothing may be disposed of today, so there is no plan to save", next_step=_WHY)
    spec = desk.loaded.spec
    return Plan(
        format=PLAN,
        archive=spec.archive.id,
        archive_name=spec.archive.name,
        language=spec.language,
        timezone=spec.timezone,
        spec=PlanSpec(id=spec.id, version=spec.version, sha256=desk.loaded.sha256),
        made_at=desk.clock().astimezone(UTC),
        made_by=desk.person(),
        things=tuple(planned(candidate, spec.language) for candidate in due),
    )


def planned(candidate: Candidate, language: str) -> PlannedThing:
    """Return a candidate as it stands in a plan."""
    thing = candidate.thing
    words: Language = "sv" if language == "sv" else "en"
    return PlannedThing(
        thing=thing.thing, kind=thing.kind, account=thing.account, period=thing.period, id=thing.id,
        sha256=thing.sha256, files=thing.files, bytes=thing.bytes, rules=candidate.rules,
        lost=lost(thing.kind, words), stays=stays(thing.kind, words),
    )  # fmt: skip


def save_plan(desk: Desk, plan: Plan) -> str:
    """Keep a plan, and return its id."""
    name = plan_id(encode(plan), desk.today().isoformat())
    put_record(desk.store, disposal_key(desk.archive, name, "plan.json"), plan, f"the plan {name}")
    return name


def approve(desk: Desk, name: str, *, role: str = ROLE) -> PlanApproval:
    """Approve a saved plan.

    Raises:
        ConfigError: There is no such plan, nobody is named, or somebody has approved it.
        UrvalError: The one who planned cannot approve.
        VerificationError: The plan was changed.
    """
    plan, digest = read_plan(desk.store, desk.archive, name)
    by = desk.person()
    if same_person(by) == same_person(plan.made_by):
        raise UrvalError(
            f"{by} made this plan, and a disposal is approved by another person",
            next_step="Let another person approve it: urval dispose approve --by NAME",
        )
    given = read_approval(desk.store, desk.archive, name)
    if given is not None:
        raise UrvalError(
            f"the plan {name} is approved already, by {given.by}", next_step=f"Execute it: urval dispose execute {name}"
        )
    made = PlanApproval(
        format="urval-disposal-approval/1",
        plan=name,
        plan_sha256=digest,
        by=by,
        role=one_line(role, "role"),
        at=desk.clock().astimezone(UTC),
    )
    if made.at < plan.made_at:
        raise UrvalError("this machine's clock is before the plan was made", next_step="Set the clock right.")
    put_record(desk.store, disposal_key(desk.archive, name, "approval.json"), made, f"an approval of {name}")
    return made


_WHY = "See what stands against each thing: urval dispose plan"
