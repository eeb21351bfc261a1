"""Restricted access: an item that may not be shown to anybody without leave, by a decision. Pure.

The sealed package is not touched. A restriction is on an item of an account, in whatever package the item lies: the
package it names is where it was found. One on a thread covers everything in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime  # noqa: TC002 - pydantic reads the annotations

from urval.ledger import State, still_open
from urval.manifest import Part

if TYPE_CHECKING:
    from collections.abc import Iterable

    from urval.ledger import Event


class Restriction(Part):
    """One restriction: ``item`` is a thread's or comment's id, ``decision`` the reference of what it rests on."""

    format: Literal["urval-restriction/1"]
    id: str
    archive: str
    account: str
    period: str
    package: str
    item: str
    kind: Literal["thread", "comment"]
    decision: str
    reason: str
    by: str
    at: AwareDatetime


class Lift(Part):
    """That a restriction was lifted, by which decision and why."""

    format: Literal["urval-lift/1"]
    restriction: str
    decision: str
    reason: str
    by: str
    at: AwareDatetime


def is_restricted(
    restrictions: Iterable[Restriction], *, account: str, item: str, thread: str | None = None
) -> Restriction | None:
    """Return the restriction in force that covers an item, by itself or by its thread; None where none does.

    Args:
        restrictions: Those in force.
        account: The register's id of the account.
        item: The id of the thread or comment.
        thread: The id of the thread a comment belongs to.
    """
    for one in restrictions:
        if one.account == account and one.item in {item, thread}:
            return one
    return None


def restricted_by_ledger(events: Iterable[Event]) -> frozenset[str]:
    """Return the ids of the restrictions that a ledger says were put and not lifted."""
    return still_open(events, State.RESTRICTED, State.UNRESTRICTED, "restriction")
