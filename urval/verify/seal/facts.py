"""What a seal says, once it was checked: for reports and the seal sheet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StampFacts:
    """One good time stamp: its number, the authority's name, the aware time, serial number and policy it states."""

    number: int
    authority: str
    at: datetime
    serial: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SealFacts:
    """A good signature: by which identity and key (``SHA256:…``), and the good time stamps over it, by number."""

    identity: str
    key: str
    stamps: tuple[StampFacts, ...] = ()

    @property
    def first(self) -> StampFacts | None:
        """Return the earliest good stamp, None where there is none."""
        return min(self.stamps, key=lambda stamp: stamp.at, default=None)
