"""What the reading room needs of parts it may not know: given to it by whoever starts it.

``urval.package`` makes proofs, the flows change proposals and keep the register of removed items. The reading room
imports neither: it only shows, and a room without these services says that they are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from urval.reading_room.desk import Desk
    from urval.reading_room.objects import PackageObjects


class Prover(Protocol):
    """Makes the proof of one post or comment (docs/proof.md)."""

    def proof(
        self,
        package: PackageObjects,
        post: str,
        comment: str | None,
        *,
        alone: bool = False,
        despite: str | None = None,
    ) -> bytes:
        """Return the bytes of the proof file: of the whole thread, or of the one row ``alone``.

        Raises:
            UrvalError: There is no such item, or the package is damaged.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What is there. None: the pages say how to get it."""

    prover: Prover | None = None
    desk: Desk | None = None  # reviews and registers: only where a spec is given
