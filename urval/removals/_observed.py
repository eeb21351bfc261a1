"""What looks between occasions found missing: missing once is not deleted.

An observation holds ids only. Something counts as gone when the newest look and one on an earlier day missed it, with
no look between that saw it, or when the platform itself says that the body removed it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Literal

from pydantic import AwareDatetime  # noqa: TC002 - pydantic reads the annotations

from urval.errors import VerificationError
from urval.manifest import Part, canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT: Final = "urval-observation/1"
ALL: Final = "*"  # in ``uncertain``: a listing did not end as it should, so no post could be judged
_ENOUGH = 2  # observations on different days


class Sign(StrEnum):
    """How a look found something missing."""

    MISSING = "missing"  # not among what the platform gave
    GONE_UNKNOWN = "gone_unknown"  # given as gone
    DELETED_BY_US = "deleted_by_us"  # given as removed by the body


class Missing(Part):
    """A captured post or comment that a look did not find."""

    what: Literal["post", "comment"]
    id: str
    thread: str
    sign: Sign


class Observation(Part):
    """One look at a captured period. ``day`` is local; ``uncertain`` names the threads the look could not judge."""

    format: Literal["urval-observation/1"]
    archive: str
    account: str
    period: str
    day: str
    observed_at: AwareDatetime
    observed_by: str
    capture: str
    capture_sha256: str
    posts: int
    comments: int
    missing: list[Missing]
    uncertain: list[str]

    def unsure(self, one: Missing) -> bool:
        """Tell whether this look says nothing about a post or comment: a post that is missing hides its comments."""
        hidden = any(other.what == "post" and other.id == one.thread for other in self.missing)
        return hidden or ALL in self.uncertain or one.thread in self.uncertain


@dataclass(frozen=True, slots=True)
class Vanished:
    """What the newest look missed: since which local day, on how many days, and whether that is enough."""

    missing: Missing
    since: str
    days: int
    confirmed: bool


def parse_observation(data: bytes) -> Observation:
    """Parse an observation.

    Raises:
        VerificationError: The bytes are none, or were changed.
    """
    try:
        seen = Observation.model_validate(json.loads(data))
        same = canonical(seen) == data
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise VerificationError(
            "An observation of what vanished is not readable, or was changed.",
            next_step="Restore it from another copy of the store.",
        )
    return seen


def judge(observations: Sequence[Observation]) -> list[Vanished]:
    """Return what the newest look missed, judged with the looks before it; oldest day first or not does not matter.

    A post that is missing stands for its comments.
    """
    if not observations:
        return []
    *earlier, newest = sorted(observations, key=lambda one: (one.day, one.observed_at))
    posts = {one.id for one in newest.missing if one.what == "post"}
    return [_judged(one, newest, earlier) for one in newest.missing if one.what == "post" or one.thread not in posts]


def _judged(one: Missing, newest: Observation, earlier: Sequence[Observation]) -> Vanished:
    days = {newest.day}
    for look in reversed(earlier):
        if any((other.what, other.id) == (one.what, one.id) for other in look.missing):
            days.add(look.day)
        elif not look.unsure(one):
            break
    told = one.sign is Sign.DELETED_BY_US
    return Vanished(one, min(days), len(days), confirmed=told or len(days) >= _ENOUGH)
