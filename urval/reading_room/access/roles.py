"""Who looks, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from urval.reading_room.faults import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LONGEST_NAME = 200  # characters


class Role(StrEnum):
    """What a visitor may do; each may do what those before it may.

    ``visitor``: read what is not restricted, search, verify, download. ``auditor``: also see what is restricted, which
    is logged. ``archivist``: also review proposals and register removed items. ``administrator``: also read the access
    log.
    """

    VISITOR = "visitor"
    AUDITOR = "auditor"
    ARCHIVIST = "archivist"
    ADMINISTRATOR = "administrator"

    @property
    def label(self) -> str:
        """Return the English word for the role, which the pages' words translate."""
        return str(self)

    def includes(self, other: Role) -> bool:
        """Tell whether this role may do what the other may."""
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = list(Role)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks: a name for the access log and the ledger, the role, and how it is known.

    ``known_by`` is ``loopback``, ``proxy`` or ``oidc:`` and the provider's id of the person; empty: nobody knows who.
    """

    name: str
    role: Role
    known_by: str

    @property
    def is_known(self) -> bool:
        """Tell whether somebody said who this is; whoever is not known sees the page for signing in and no other."""
        return bool(self.known_by)

    @property
    def signed_in_here(self) -> bool:
        """Tell whether the visitor signed in at this room, and so can sign out of it."""
        return self.known_by.startswith("oidc:")

    @property
    def sees_restricted(self) -> bool:
        """Tell whether restricted items are shown, and the showing logged."""
        return self.role.includes(Role.AUDITOR)

    @property
    def reviews(self) -> bool:
        """Tell whether proposals may be changed and approved."""
        return self.role.includes(Role.ARCHIVIST)


NOBODY = Visitor(name="", role=Role.VISITOR, known_by="")


def require_role(visitor: Visitor, role: Role) -> None:
    """Refuse whoever's role does not include ``role``.

    Raises:
        ForbiddenError: It does not.
    """
    if not visitor.role.includes(role):
        raise ForbiddenError(
            f"this is for the role {role}, and you are here as {visitor.role}",
            next_step="Ask whoever runs this reading room for the role.",
        )


def role_of(groups: Iterable[str], roles: Mapping[str, Role]) -> Role:
    """Return the highest role that one of the groups stands for, by whole names; visitor where none does."""
    return max((roles[one] for one in groups if one in roles), key=_ORDER.index, default=Role.VISITOR)


def name_of(text: str) -> str:
    """Return a name that others gave, where it can stand in a log and on a page; else nothing."""
    name = text.strip()
    return name if name.isprintable() and len(name) <= LONGEST_NAME else ""
