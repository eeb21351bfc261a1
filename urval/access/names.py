"""The names that a platform's own object gives its author: handle, display name, address. Pure.

The tables hold one name of an author; the object as received may hold several, and people mention each other by any.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAMED: Final = frozenset({
    "name", "username", "user_name", "handle", "acct", "screen_name", "displayname", "display_name", "unique_id",
    "uniqueid", "authordisplayname", "nickname", "vanityname", "localizedname", "first_name", "last_name",
    "localizedfirstname", "localizedlastname", "author_name", "did", "author", "from",
})  # fmt: skip
_LONGEST = 200  # characters: what is longer is no name
_DEEPEST = 12


def names_of(raw: str, author_id: str | None, author_name: str | None) -> frozenset[str]:
    """Return every name of the author in an object: those of the parts that hold the author's id or name.

    A text that is no JSON has none but the two that are given.
    """
    given = {text for text in (author_id, author_name) if text and text.strip()}
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        return frozenset(given)
    return frozenset(given.union(*(_names(part) for part in _parts(value, 0) if _speaks_of(part, given))))


def _parts(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
    for below in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(below, depth + 1)


def _speaks_of(part: dict[str, Any], given: set[str]) -> bool:
    return any(isinstance(value, str | int) and str(value) in given for value in part.values())


def _names(part: dict[str, Any]) -> set[str]:
    found = {value for key, value in part.items() if key.lower() in _NAMED and isinstance(value, str)}
    return {name for name in found if name.strip() and len(name) <= _LONGEST}
