"""Holds: why nothing of an account, a period or a package may be destroyed for now. Pure.

A hold is in force from its record until its release. The ledger tells of both, so that a record that somebody took away
does not end a hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime  # noqa: TC002 - pydantic reads the annotations

from urval.ledger import State, still_open
from urval.manifest import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urval.disposal.judging import Thing
    from urval.ledger import Event


class Hold(Part):
    """One hold. Without a period it is on the whole account; with a package, on it and on what it was made of."""

    format: Literal["urval-hold/1"]
    id: str
    archive: str
    account: str
    period: str | None
    package: str | None
    reason: str
    case: str  # case number (diarienummer)
    by: str
    at: AwareDatetime

    def covers(self, thing: Thing) -> bool:
        """Tell whether it is on a thing."""
        if self.account != thing.account or self.period not in {None, thing.period}:
            return False
        return self.package is None or self.package == thing.id or self.package in thing.packages


class Release(Part):
    """That a hold ended, and why."""

    format: Literal["urval-release/1"]
    hold: str
    reason: str
    case: str
    by: str
    at: AwareDatetime


def held_by_ledger(events: Iterable[Event]) -> frozenset[str]:
    """Return the ids of the holds that a ledger says were put and not taken off."""
    return still_open(events, State.HELD, State.RELEASED, "hold")
