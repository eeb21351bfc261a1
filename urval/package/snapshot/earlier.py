"""Earlier wordings of a post or comment: each shown under the text that replaced it, as the platform gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.richtext import Block
    from urval.records import Version


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDoc:
    """One earlier wording. ``heading``: which one of how many, and since when it stood there, if the platform tells."""

    heading: str
    machine_time: str  # empty where the platform does not tell
    blocks: tuple[Block, ...]


class Wordings:
    """The earlier wordings of a thread, by the post or comment they belong to."""

    def __init__(
        self, versions: Iterable[Version], labels: Labels, blocks: Callable[[str, str], tuple[Block, ...]]
    ) -> None:
        self._labels = labels
        self._blocks = blocks
        self._by_subject: dict[str, list[Version]] = {}
        for version in sorted(versions, key=lambda version: version.number):
            self._by_subject.setdefault(version.subject_id, []).append(version)

    def count(self, subject_id: str) -> int:
        """Return how many earlier wordings of a post or comment are known."""
        return len(self._by_subject.get(subject_id, ()))

    def of(self, subject_id: str) -> tuple[EarlierDoc, ...]:
        """Return the earlier wordings of a post or comment, oldest first."""
        known = self._by_subject.get(subject_id, ())
        return tuple(self._document(version, known, place) for place, version in enumerate(known, 1))

    def _document(self, version: Version, known: Sequence[Version], place: int) -> EarlierDoc:
        labels = self._labels
        told = version.created_at
        time = labels.time(told) if told else labels["earlier_time_unknown"]
        return EarlierDoc(
            heading=labels.say("earlier", place=labels.number(place), count=labels.number(len(known)), time=time),
            machine_time=labels.machine_time(told) if told else "",
            blocks=self._blocks(version.text, version.platform),
        )
