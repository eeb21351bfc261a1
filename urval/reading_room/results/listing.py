"""All results of a search as a list: what was asked, of what, when, and a row for each hit."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from urval.reading_room.index import Hit, Hits, Query

MOST: Final = 10_000  # rows of a list; it says so where there were more
_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A hit in a list. ``address`` is the page of it in the reading room; ``created_at`` is aware, UTC."""

    created_at: datetime
    archive: str
    account: str
    platform: str
    kind: str
    author: str
    author_role: str
    visibility: str
    rules: str
    restricted: bool
    thread_id: str
    item_id: str
    package_id: str
    address: str
    text: str


COLUMNS: Final = tuple(one.name for one in fields(Row))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of results.

    Attributes:
        asked: (what, value) of words and filters, in the visitor's language.
        store: The store's address, without credentials.
        made_at: Aware; when the list was made.
        compared_at: Aware; when the index was last compared with the store. None: it never was whole.
        rows: At most 10,000.
        cut: Whether there were more.
    """

    asked: tuple[tuple[str, str], ...]
    store: str
    made_at: datetime
    compared_at: datetime | None
    rows: tuple[Row, ...]
    cut: bool

    def asking(self, asked: tuple[tuple[str, str], ...]) -> Listing:
        """Return the same list with other words for what was asked."""
        return replace(self, asked=asked)


def all_hits(ask: Callable[[Query], Hits], query: Query, *, most: int = MOST) -> tuple[list[Hit], bool]:
    """Return every hit of a query, not of one page only, and whether there were more than ``most``."""
    found: list[Hit] = []
    following: Query | None = replace(query, most=_AT_ONCE, after=None)
    while following is not None and len(found) < most:
        page = ask(following)
        found += page.hits
        following = page.next
    return found[:most], following is not None or len(found) > most
