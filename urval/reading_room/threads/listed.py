"""Threads in a list: how each begins, how many comments it has, why it was kept, its first picture."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

from pydantic import Field

from urval.errors import UrvalError
from urval.reading_room.damage import Damage, damage_of
from urval.reading_room.faults import NotHereError
from urval.reading_room.pages import View
from urval.reading_room.sending import shown_as
from urval.reading_room.threads.plain import plain_text

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects
    from urval.reading_room.threads.guarded import Guard

THREADS_A_PAGE = 50
_WORDS = 220  # characters
_COLUMNS = ("id", "created_at", "kind", "visibility", "title", "text", "platform")


class ThreadLine(View):
    """One thread in a list; ``number`` counts from 1. Where it is hidden from the visitor, only the number is told."""

    number: int
    restricted: bool
    hidden: bool
    thread_id: str = ""
    created_at: datetime | None = None
    kind: str = ""
    visibility: str = ""
    title: str = ""
    words: str = ""
    comments: int | None = None
    rules: list[str] = Field(default_factory=list)
    picture: str = ""  # path in the package
    picture_alt: str = ""


@dataclass(slots=True)
class Listed:
    """A page of threads, how many there are in all, and which tables could not be shown."""

    lines: list[ThreadLine]
    count: int
    damage: list[Damage] = field(default_factory=list)


def thread_lines(package: PackageObjects, guard: Guard, page: int) -> Listed:
    """Return a page of the threads of a package.

    Raises:
        NotHereError: There is no such page.
        DamagedError: The posts are not as they were sealed; of the other tables only what they tell is left out.
    """
    first = (page - 1) * THREADS_A_PAGE
    with package.rows("posts") as posts:
        if first >= max(1, posts.count):
            raise NotHereError(f"the threads of this package have no page {page}", next_step="Open the first.")
        rows, count = posts.read(first, THREADS_A_PAGE, columns=_COLUMNS).to_pylist(), posts.count
    ids = [row["id"] for row in rows]
    found = Listed([], count)
    comments = _read(found, package, "comments", ("post_id",), ("post_id", "in", ids))
    answers = None if comments is None else Counter(row["post_id"] for row in comments)
    kept = _read(found, package, "selection", ("thread_id", "rules"), ("thread_id", "in", ids)) or []
    rules = {row["thread_id"]: row["rules"] for row in kept}
    pictures = _pictures(found, package, ids)
    for number, row in enumerate(rows, first + 1):
        restricted = guard.restricted.covers(row["id"])
        if guard.hides(row["id"]):
            found.lines.append(ThreadLine(number=number, restricted=True, hidden=True))
            continue
        path, alt = pictures.get(row["id"], ("", ""))
        found.lines.append(ThreadLine(
            number=number, restricted=restricted, hidden=False, thread_id=row["id"], created_at=row["created_at"],
            kind=row["kind"], visibility=row["visibility"], title=_line(row["title"] or ""),
            words=_line(plain_text(row["text"], row["platform"])), rules=rules.get(row["id"], []),
            comments=None if answers is None else answers[row["id"]], picture=path, picture_alt=alt,
        ))  # fmt: skip
    return found


def _line(text: str) -> str:
    words = " ".join(text[: _WORDS * 4].split())
    return words if len(words) <= _WORDS else f"{words[:_WORDS]}…"


def _read(
    found: Listed, package: PackageObjects, name: str, columns: tuple[str, ...], wanted: Any
) -> list[dict[str, Any]] | None:
    if not wanted[2]:
        return []
    try:
        rows: list[dict[str, Any]] = package.table(name, columns=columns, filters=[wanted]).to_pylist()
    except UrvalError as error:
        found.damage.append(damage_of(error))
        return None
    return rows


def _pictures(found: Listed, package: PackageObjects, ids: list[str]) -> dict[str, tuple[str, str]]:
    """Return the first picture of each post itself: its path and what it shows, in its owner's words."""
    columns = ("owner_id", "kind", "file", "alt_text")
    rows = _read(found, package, "media", columns, ("owner_id", "in", ids)) or []
    first: dict[str, tuple[str, str]] = {}
    for row in rows:
        if row["kind"] == "image" and row["file"] and shown_as(row["file"]).startswith("image/"):
            first.setdefault(row["owner_id"], (f"data/{row['file']}", row["alt_text"] or ""))
    return first
