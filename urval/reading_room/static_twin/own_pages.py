"""The pages that only the static twin has: where it starts, what it is, and every thread by month."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from urval import __version__
from urval.reading_room.look.look import LANGUAGES
from urval.reading_room.room import Here
from urval.reading_room.static_twin.by_month import months
from urval.reading_room.static_twin.folder import FORMAT, MARKER
from urval.reading_room.static_twin.places import ALL_THREADS, Target, target

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from urval.reading_room.access import Visitor
    from urval.reading_room.room import Language, Room
    from urval.reading_room.static_twin.look import StaticLook


class OwnPages:
    """Makes them, as (file, text)."""

    def __init__(self, room: Room, look: StaticLook, languages: Sequence[Language], reader: Visitor) -> None:
        self._room = room
        self._look = look
        self._languages = languages
        self._reader = reader
        self._restricted = _restricted(room)

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield the months and the threads of each, in each language."""
        found = months(self._room)
        for language in self._languages:
            yield self._page(Target(ALL_THREADS), language, "static_threads.html", months=found)
            for month in found:
                for page in range(1, month.pages + 1):
                    one = target(ALL_THREADS, {"month": month.name, "page": page})
                    yield self._page(one, language, "static_month.html", month=month, page=page)

    def ends(self, pages: int, faults: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the twin's first page, and the file that says that this is a twin and how it was made."""
        language = self._languages[0]
        starts = [(code, LANGUAGES[code], f"{code}/index.html") for code in self._languages]
        here = Here(room=self._room, visitor=self._reader, language=language)
        self._look.stand_at("index.html", language)
        yield "index.html", self._look.render(
            "static_start.html", here,
            {"starts": starts, "faults": faults, "restricted": self._restricted, "version": __version__,
             "in_language": {}},
        )  # fmt: skip
        said = {
            "format": FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "urval": __version__,
            "languages": list(self._languages), "pages": pages,
            "packages": [f"{one.archive}/{one.package_id}" for one in self._room.index.packages()],
            "faults": [{"address": address, "what": what} for address, what in faults],
        }  # fmt: skip
        yield MARKER, json.dumps(said, ensure_ascii=False, indent=1) + "\n"

    def _page(self, one: Target, language: Language, template: str, **given: Any) -> tuple[str, str]:
        file = self._look.turn_to(one, language)
        here = Here(room=self._room, visitor=self._reader, language=language)
        return file, self._look.render(
            template, here, {"page_name": ALL_THREADS, "restricted": self._restricted, **given}
        )


def _restricted(room: Room) -> bool:
    """Tell whether anything of the store is restricted, so that the twin lacks it."""
    places = {(one.archive, one.account) for one in room.index.packages()}
    found = [room.restrictions.of(*place) for place in sorted(places)]
    return any(one.items or one.problem for one in found)
