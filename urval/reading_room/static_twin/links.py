"""Links of the static twin: from one file to another, with every page led to noted, so that it is written too."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from urval.reading_room.static_twin.places import ALL_THREADS, target

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.reading_room.static_twin.places import Places, Target


class StaticLinks:
    """Addresses from the file ``at`` (from the twin's root) in a language.

    ``lead`` is told of every target, and returns the one that takes its place.
    """

    def __init__(self, places: Places, at: str, language: str, lead: Callable[[Target], Target]) -> None:
        self._places = places
        self._at = at
        self._language = language
        self._lead = lead

    def __call__(self, name: str, /, **parameters: Any) -> str:
        """Return the relative address of a page or file.

        Raises:
            UrvalError: The twin has no such page: it is asked for with :meth:`has` first.
        """
        one = target(name, parameters)
        if name not in {"asset", ALL_THREADS}:
            one = self._lead(one)
        return relative(self._places.file(one, self._language), self._at)

    def has(self, name: str) -> bool:
        """Tell whether the twin has a page of this name; what needs a server, it has not."""
        return self._places.has(name)


def relative(file: str, at: str) -> str:
    """Return the address of one file of the twin in another, escaped for use in a link."""
    return quote(posixpath.relpath(file, posixpath.dirname(at) or "."))
