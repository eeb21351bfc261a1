"""How an account's page looked each time it was captured, side by side, and what was different from the time before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import pyarrow.compute as pc

from urval.errors import UrvalError
from urval.reading_room.faults import DamagedError, NotHereError
from urval.reading_room.index import IndexedPackage
from urval.reading_room.pages import View
from urval.reading_room.room import Here
from urval.records import MediaKind

LOOKS = 8  # on one page; each is three files read from the store and checked
_KINDS = (MediaKind.COVER, MediaKind.AVATAR, MediaKind.PAGE_DESKTOP, MediaKind.PAGE_PHONE)
_COLUMNS = ["name", "handle", "about", "links", "followers", "likes", "posts", "captured_at"]
_MOST_WORDS = 2_000  # of an about text that is compared word by word


class Picture(View):
    """A picture of the page: its path in the package, or why it could not be had (``gap``, a reason code)."""

    kind: str
    path: str
    sha256: str
    alt: str
    gap: str


class Piece(View):
    """A piece of a text beside the one before: same, added or taken."""

    how: str
    text: str


class Difference(View):
    """Something that is not as it was; ``what`` is name, handle, about, links, followers or a kind of picture."""

    what: str
    before: str
    after: str
    pieces: list[Piece]


class Look(View):
    """How the page looked in one package.

    ``compared`` says that there was a time before to compare with. ``problem``: its files are not those that were
    sealed, so nothing is shown.
    """

    package: str
    period: str
    captured_at: datetime | None
    name: str
    handle: str
    about: str
    links: list[str]
    followers: int | None
    likes: int | None
    pictures: list[Picture]
    compared: bool
    differences: list[Difference]
    problem: str


@dataclass(frozen=True)
class _Read:
    one: IndexedPackage
    profile: dict[str, Any]
    pictures: list[Picture]
    problem: str


def looks_of(here: Here, packages: Sequence[IndexedPackage], page: int) -> tuple[list[Look], int]:
    """Read how the page looked, from the oldest on; page 1 is of the newest packages.

    Returns:
        The looks of the page, and how many pages there are.

    Raises:
        StoreError: The store cannot be reached.
    """
    told = sorted(packages, key=lambda one: (one.manifest.capture.ended_at.isoformat() if one.manifest else "", one.no))
    firsts = [one for one in told if not (one.manifest and (one.manifest.supplements or one.manifest.corrects))]
    pages = max(1, -(-len(firsts) // LOOKS))
    stop = len(firsts) - (min(page, pages) - 1) * LOOKS
    start = max(stop - LOOKS, 0)
    read = [_read(here, one) for one in firsts[max(start - 1, 0) : stop]]
    looks = [_look(after, before) for before, after in pairwise([None, *read]) if after is not None]
    return (looks[1:] if start > 0 else looks), pages


def _read(here: Here, one: IndexedPackage) -> _Read:
    try:
        package = here.room.package(one.archive, one.package_id)
        profile = package.table("profile", columns=_COLUMNS).slice(0, 1).to_pylist()
        kinds = [str(kind) for kind in _KINDS]
        media = package.table(
            "media", columns=["kind", "file", "sha256", "alt_text", "gap"], filters=pc.field("kind").isin(kinds)
        ).to_pylist()
    except (DamagedError, NotHereError) as error:  # damaged, or deleted since it was indexed
        return _Read(one, {}, [], error.message)
    except UrvalError:
        raise
    except (ValueError, KeyError) as error:  # a table that is as sealed, and still no such table
        return _Read(one, {}, [], f"the tables of {one.package_id} cannot be read: {type(error).__name__}")
    pictures = [
        Picture(
            kind=row["kind"], path=f"data/{row['file']}" if row["file"] else "", sha256=row["sha256"] or "",
            alt=row["alt_text"] or "", gap=row["gap"] or "",
        )
        for row in sorted(media, key=lambda row: kinds.index(row["kind"]))
    ]  # fmt: skip
    return _Read(one, profile[0] if profile else {}, pictures, "")


def _look(after: _Read, before: _Read | None) -> Look:
    said = after.profile
    found = _differences(before, after) if before and before.profile and said else None
    return Look(
        package=after.one.package_id, period=after.one.period, captured_at=said.get("captured_at"),
        name=said.get("name") or "", handle=said.get("handle") or "", about=said.get("about") or "",
        links=list(said.get("links") or []), followers=said.get("followers"), likes=said.get("likes"),
        pictures=after.pictures, compared=found is not None, differences=found or [],
        problem=after.problem,
    )  # fmt: skip


def _differences(before: _Read, after: _Read) -> list[Difference]:
    found = []
    for what in ("name", "handle", "about"):
        old, new = str(before.profile[what] or ""), str(after.profile[what] or "")
        if old != new:
            pieces = _pieces(old, new) if what == "about" else []
            found.append(Difference(what=what, before=old, after=new, pieces=pieces))
    old_links, new_links = before.profile["links"] or [], after.profile["links"] or []
    if old_links != new_links:
        found.append(Difference(what="links", before=" ".join(old_links), after=" ".join(new_links), pieces=[]))
    old_count, new_count = before.profile["followers"], after.profile["followers"]
    if old_count is not None and new_count is not None and old_count != new_count:
        found.append(Difference(what="followers", before=str(old_count), after=str(new_count), pieces=[]))
    was, now = ({one.kind: one.sha256 for one in each.pictures} for each in (before, after))
    return found + [
        Difference(what=kind, before=was.get(kind, ""), after=now.get(kind, ""), pieces=[])
        for kind in (MediaKind.COVER, MediaKind.AVATAR) if was.get(kind, "") != now.get(kind, "")
    ]  # fmt: skip


def _pieces(old: str, new: str) -> list[Piece]:
    """Return the new text word by word beside the old; very long ones are told as a whole."""
    before, after = old.split(" "), new.split(" ")
    if max(len(before), len(after)) > _MOST_WORDS:
        return [Piece(how="taken", text=old), Piece(how="added", text=new)]
    found = []
    for how, first, stop, start, end in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(Piece(how="same", text=" ".join(before[first:stop])))
        if how in {"delete", "replace"}:
            found.append(Piece(how="taken", text=" ".join(before[first:stop])))
        if how in {"insert", "replace"}:
            found.append(Piece(how="added", text=" ".join(after[start:end])))
    return found
