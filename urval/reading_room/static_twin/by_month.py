"""Every thread of a store by the month it was published in: in the static twin it stands in place of the search."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from urval.reading_room.index import IndexedPackage, IndexedThread
    from urval.reading_room.room import Language, Room

ON_A_PAGE = 200  # threads; some 60 kB
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Month:
    """A month's threads, by the time of the post; those that are restricted are not among them."""

    first: date
    threads: list[tuple[IndexedPackage, IndexedThread]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return the month as 2026-05."""
        return f"{self.first:%Y-%m}"

    def title(self, language: Language) -> str:
        """Return the month in words: maj 2026."""
        return format_skeleton("yMMMM", self.first, locale="sv_SE" if language == "sv" else "en_GB")

    @property
    def pages(self) -> int:
        """Return how many pages the month takes."""
        return -(-len(self.threads) // ON_A_PAGE)

    def page(self, number: int) -> list[tuple[IndexedPackage, IndexedThread]]:
        """Return the threads of a page; pages count from 1."""
        return self.threads[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]


def months(room: Room) -> list[Month]:
    """Return the months in which anything was published, local time, the newest first; nothing restricted."""
    zone = ZoneInfo(room.settings.timezone)
    found: dict[date, list[tuple[IndexedPackage, IndexedThread]]] = defaultdict(list)
    for package in room.index.packages():
        restricted = room.restrictions.of(package.archive, package.account)
        for thread in threads(room, package):
            if not restricted.covers(thread.thread_id):
                found[thread.created_at.astimezone(zone).date().replace(day=1)].append((package, thread))
    return [
        Month(first, sorted(found[first], key=lambda one: (one[1].created_at, one[0].no, one[1].number)))
        for first in sorted(found, reverse=True)
    ]


def threads(room: Room, package: IndexedPackage) -> Iterator[IndexedThread]:
    """Yield every thread of a package that the index knows."""
    first = 1
    while found := room.index.threads(package.no, first=first, most=_AT_ONCE):
        yield from found
        first = found[-1].number + 1
