"""Seeded chance, named, so that a share reads as a share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def happens(rng: Random, share: float) -> bool:
    """Return true in the given share (0 to 1) of calls."""
    return rng.random() < share
