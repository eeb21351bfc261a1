"""Why a thread was kept, as far as the package can tell: its row of the selection, the rules, what a person changed."""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

from urval.reading_room.packaged.rules import RuleLine  # noqa: TC001 - pydantic reads the annotations
from urval.reading_room.pages import View

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.reading_room.packaged.rules import Rules


class ReasonView(View):
    """One rule that kept the thread. ``chance`` is the exact probability it had, as a fraction; empty where none."""

    rule: RuleLine
    chance: str


class ReviewedView(View):
    """That a person added the thread in the review, and why."""

    by: str
    at: datetime
    reason: str


class WhyView(View):
    """Why a thread is in the package. ``stands_in_for``: the thread whose place it took, and by which rule."""

    reasons: list[ReasonView]
    reviewed: list[ReviewedView]
    stands_in_for: str
    stands_in_by: str


def why(thread: str, rows: list[dict[str, Any]], rules: Rules, manifest: Manifest) -> WhyView:
    """Return why a thread was kept; ``rows`` are those of the selection table that name it."""
    named = [pair for row in rows for pair in zip(row["rules"], row["probabilities"], strict=True)]
    taken = next((one for one in manifest.selection.substitutes if one.substitute == thread), None)
    return WhyView(
        reasons=[ReasonView(rule=rules.line(name), chance=chance) for name, chance in named],
        reviewed=[
            ReviewedView(by=one.by, at=one.at, reason=one.reason)
            for one in manifest.review.changes
            if one.thread == thread and one.action == "add"
        ],
        stands_in_for=taken.lost if taken else "",
        stands_in_by=taken.rule if taken else "",
    )
