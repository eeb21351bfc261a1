"""The clock of whoever acts: the order of acts must show in their times too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.errors import UrvalError

if TYPE_CHECKING:
    from datetime import datetime

    from urval.ledger import Event


def require_clock(newest: Event, at: datetime) -> None:
    """See that this machine's clock is not before the ledger's newest event: the order of acts must show in times too.

    Raises:
        UrvalError: It is.
    """
    if at < newest.at:
        raise UrvalError(
            f"this machine's clock says {shown_time(at)}, which is before the ledger's newest event "
            f"({shown_time(newest.at)})",
            next_step="Set the clock right (in a demonstration: --fixed-time), and try again.",
        )


def shown_time(moment: datetime) -> str:
    """Return a UTC time as RFC 3339, in seconds."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
