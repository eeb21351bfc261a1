"""Who looks, and what they may see and do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
    """Who looks: a name for the access log and the ledger, the role, and how it is known (loopback, oidc, proxy)."""

    name: str
    role: Role
    known_by: str

    @property
    def sees_restricted(self) -> bool:
        """Tell whether restricted items are shown, and the showing logged."""
        return self.role.includes(Role.AUDITOR)

    @property
    def reviews(self) -> bool:
        """Tell whether proposals may be changed and approved."""
        return self.role.includes(Role.ARCHIVIST)
