"""On which page of its thread a comment stands: the server finds out when asked, a file must be named beforehand."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from urval.errors import UrvalError
from urval.reading_room.static_twin.places import target
from urval.reading_room.threads.rows import comment_rows, post_row

if TYPE_CHECKING:
    from urval.reading_room.room import Room
    from urval.reading_room.static_twin.places import Target

_THREADS_KNOWN = 8


class CommentPages:
    """Turns a link to a comment into one to the page on which it stands."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._pages_of = lru_cache(_THREADS_KNOWN)(self._read)

    def __call__(self, one: Target) -> Target:
        """Return the target with its comment as a page; where that cannot be told, it is the first."""
        given = one.given
        comment = given.pop("comment", None)
        if one.name != "thread" or comment is None:
            return one
        try:
            pages = self._pages_of(given["archive"], given["package"], int(given["number"]))
        except UrvalError:  # the page itself says what is wrong
            pages = {}
        return target("thread", given | {"page": pages.get(int(comment), 1)})

    def _read(self, archive: str, package: str, number: int) -> dict[int, int]:
        """Return row in the table of comments -> page, of one thread."""
        opened = self._room.package(archive, package)
        post = post_row(opened, number)["id"]
        found: dict[int, int] = {}
        page, pages = 1, 1
        while page <= pages:
            rows = comment_rows(opened, post, page=page)
            found |= {rows.first + node.row: page for node in rows.nodes}
            page, pages = page + 1, rows.pages
        return found
