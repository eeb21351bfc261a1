"""What the register of removed items says of a thread: what was removed, when, by whom, why, and how it was saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.removals import removal_of

if TYPE_CHECKING:
    from urval.package.snapshot.labels import Labels
    from urval.records import Post
    from urval.removals import Removal


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalDoc:
    """The entry as shown: one sentence, then term and words of each thing that is told."""

    heading: str
    lines: tuple[tuple[str, str], ...]


def removal_doc(post: Post, labels: Labels) -> RemovalDoc | None:
    """Return what is shown of a thread that comes from the register; None for any other thread.

    Raises:
        VerificationError: The entry is not as it was made.
    """
    entry = removal_of(post)
    if entry is None:
        return None
    heading = labels.say("removal.heading", time=labels.time(entry.removed_at), by=entry.removed_by)
    return RemovalDoc(
        heading=heading, lines=tuple((labels[f"removal.{key}"], told) for key, told in _told(entry, labels))
    )


def _told(entry: Removal, labels: Labels) -> list[tuple[str, str]]:
    registered = labels.say("removal.by_at", by=entry.registered_by, time=labels.time(entry.registered_at))
    lines = [
        ("what", labels[f"removal.{'own_' if entry.own else ''}{entry.kind}"]),
        ("published", labels.time(entry.published_at) if entry.published_at else labels["removal.not_known"]),
        ("reason", entry.reason.words(labels.language)),
        ("saved", labels[f"removal.saved_{entry.saved}"]),
        ("case", entry.case),
        ("police", entry.police),
        ("on_post", entry.on_post),
        ("item", entry.item),
        ("note", entry.note),
        ("registered", registered),
    ]
    return [(key, told) for key, told in lines if told]
