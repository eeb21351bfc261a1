"""Which files of packages hold something restricted, so that they are not copied, and a link leads to the reason."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.reading_room.faults import ForbiddenError
from urval.reading_room.room import Here
from urval.reading_room.static_twin.places import Target, target
from urval.reading_room.threads.guarded import Guard, guard

if TYPE_CHECKING:
    from urval.reading_room.access import Visitor
    from urval.reading_room.room import Room

_OPEN = 8  # packages that are kept open


class Withheld:
    """Judges files for whoever reads the twin; ``files`` are those that were withheld."""

    def __init__(self, room: Room, reader: Visitor) -> None:
        self._here = Here(room=room, visitor=reader, language="sv")
        self._guard = lru_cache(_OPEN)(self._open)
        self.files: set[Target] = set()

    def __call__(self, one: Target) -> Target:
        """Return the target, or the page of its package, which says why the file is not handed out."""
        if one.name not in {"file", "thumbnail"}:
            return one
        given = one.given
        try:
            self._guard(given["archive"], given["package"]).require_file(given["path"])
        except ForbiddenError:
            self.files.add(one)
            return target("package", {key: given[key] for key in ("archive", "package")})
        except UrvalError:  # a damaged package: asking for the file says what is wrong
            return one
        return one

    def _open(self, archive: str, package: str) -> Guard:
        return guard(self._here, self._here.room.package(archive, package))
