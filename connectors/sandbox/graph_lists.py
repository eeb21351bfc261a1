"""What every list and object of Meta's Graph API does alike: fields chosen, pages cut by cursors, links to the next.

Used by the fake Facebook, Instagram and Threads. Choices where the platform documents nothing: a cursor keeps its
place when its item is deleted.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from connectors.sandbox import graph_errors as errors
from connectors.sandbox.graph_errors import GraphError
from connectors.sandbox.graph_fields import Chosen, FieldSyntaxError, chosen_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from connectors.sandbox.answers import Request

Place = tuple[int, int]
_Item = TypeVar("_Item")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_DEFAULT = 25  # records a page, if nothing else is asked for


def place(when: datetime, item_id: str, *, newest_first: bool) -> Place:
    """Return where an item stands in its list: by time, then by number."""
    number = int(item_id.rsplit("_", maxsplit=1)[-1])
    sign = -1 if newest_first else 1
    return sign * int(when.timestamp()), sign * number


def cursor(at: Place) -> str:
    """Return the cursor of a place."""
    return base64.urlsafe_b64encode("QVFI:{}:{}".format(*at).encode()).decode().rstrip("=") + "ZD"


def index_of(places: Sequence[Place], after: str) -> int:
    """Return the index of the first record behind a cursor; a trailing ``!`` (the empty-page fault) changes nothing."""
    after = after.rstrip("!")
    if not after:
        return 0
    try:
        text = after.removesuffix("ZD")
        _, when, number = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(":")
        at = (int(when), int(number))
    except (ValueError, binascii.Error) as error:
        raise GraphError("(#100) Invalid cursors values provided", 100) from error
    return sum(other <= at for other in places)


def limit_of(asked: Mapping[str, str], *, most: int, refused: bool = True) -> int:
    """Return the records a page asked for; more than ``most`` is refused, or else cut down to it."""
    text = asked.get("limit", "") or str(_DEFAULT)
    if not _INTEGER.fullmatch(text) or int(text) < 0:
        raise GraphError("(#100) Param limit must be a non-negative integer", 100)
    if int(text) > most and refused:
        raise GraphError(f"(#100) Param limit must be less than or equal to {most}", 100)
    return min(int(text), most)


@dataclass(frozen=True, slots=True)
class Chunk(Generic[_Item]):
    """The items of one page; ``before`` and ``after`` are its cursors, ``more`` tells whether others follow."""

    items: Sequence[_Item]
    before: str
    after: str
    more: bool


def chunk_of(items: Sequence[_Item], places: Sequence[Place], after: str, limit: int) -> Chunk[_Item]:
    """Return the page of a list that lies behind a cursor."""
    first = index_of(places, after)
    chosen = items[first : first + limit]
    if not chosen:
        return Chunk((), "", "", more=False)
    last = first + len(chosen)
    return Chunk(chosen, cursor(places[first]), cursor(places[last - 1]), more=last < len(items))


def chosen_object(
    fields: tuple[Chosen, ...], node: str, value: Callable[[str], Any], known: Mapping[str, Any],
    maybe: frozenset[str] = frozenset(), edge: Callable[[Chosen], dict[str, Any] | None] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return an object with the chosen fields, its id always; a field that no such node has is refused."""
    told: dict[str, Any] = {}
    for one in fields:
        inner = edge(one) if edge else None
        if inner is not None:
            told[one.key] = inner
        elif one.name in known:
            found = value(one.name)
            if found is not None:
                told[one.key] = pruned(found, one.inner)
        elif one.name not in maybe:
            raise errors.nonexistent_field(one.name, node)
    told["id"] = told.pop("id", None) or value("id")
    return told


def pruned(value: Any, inner: tuple[Chosen, ...] | None) -> Any:
    """Return only the chosen keys of a nested object; a list under ``data`` is pruned record by record."""
    if inner is None or not isinstance(value, dict):
        return value
    if isinstance(value.get("data"), list):
        return {"data": [pruned(record, inner) for record in value["data"]]}
    if isinstance(value.get("data"), dict):
        return {"data": pruned(value["data"], inner)}
    told = {one.key: pruned(value[one.name], one.inner) for one in inner if one.name in value}
    return told | ({"id": value["id"]} if "id" in value else {})


def fields_of(request: Request) -> tuple[Chosen, ...] | None:
    """Return the fields a request chooses, or None if it does not say."""
    text = request.parameter("fields")
    if not text:
        return None
    try:
        return chosen_fields(text)
    except FieldSyntaxError as error:
        raise GraphError(str(error), 2500) from error
