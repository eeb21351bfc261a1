"""The marks beside a post or comment: what sets it apart from one that stands open and as it was written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.records import Edited, Visibility

if TYPE_CHECKING:
    from urval.package.snapshot.labels import Labels
    from urval.records import Comment, Post

_SAYS_HIDDEN = frozenset({Visibility.HIDDEN, Visibility.HELD})  # its own mark tells that visitors do not see it


def marks_of(
    item: Post | Comment, labels: Labels, *, pinned: bool = False, hidden: bool = False, earlier: int = 0
) -> tuple[str, ...]:
    """Return the marks in words. ``earlier``: how many earlier wordings are shown below the text."""
    marks = [labels["mark.pinned"]] if pinned else []
    if item.visibility is not Visibility.VISIBLE:
        marks.append(labels[f"mark.{item.visibility.value}"])
    if hidden and item.visibility not in _SAYS_HIDDEN:
        marks.append(labels["mark.hidden"])
    known = labels.counted("earlier_count", earlier) if earlier else ""
    if item.edited is Edited.YES:
        told = item.updated_at
        edited = labels.say("mark.edited_at", time=labels.time(told)) if told else labels["mark.edited"]
        marks.append(f"{edited}, {known}" if known else edited)
    elif known:
        marks.append(known)
    return tuple(marks)
