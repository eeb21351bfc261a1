"""What looks between occasions missed on a platform, and no entry of the register covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from urval.errors import VerificationError
from urval.reading_room.faults import PageError
from urval.removals import Finding, Gone, entries_of, judge
from urval.store import read_observations, read_removals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.reading_room.room import Room
    from urval.removals import Vanished

_DEPTH = 3  # observations/<archive>/<account>/<period>


@dataclass(frozen=True, slots=True, kw_only=True)
class Unregistered:
    """Something that is gone without an entry: since which local day, missed on how many days."""

    archive: str
    account: str
    period: str
    vanished: Vanished


def unregistered(room: Room, *, account: str | None = None) -> tuple[list[Unregistered], list[str]]:
    """Return what is gone without an entry, newest first, and what is wrong with observations that cannot be read."""
    found: list[Unregistered] = []
    problems: list[str] = []
    for prefix, _ in room.store.stamps("observations", _DEPTH):
        _, archive, whose, period = prefix.split("/")
        if account not in {None, whose}:
            continue
        try:
            vanished = judge(read_observations(room.store, archive, whose, period))
            entries = read_removals(room.store, archive, whose)
        except VerificationError as error:
            problems.append(error.message)
            continue
        findings = _findings(room, archive, whose, vanished)
        covered = entries_of(findings, entries)
        found += [
            Unregistered(archive=archive, account=whose, period=period, vanished=one)
            for place, one in enumerate(vanished) if place not in covered
        ]  # fmt: skip
    return sorted(found, key=lambda one: (one.vanished.since, one.vanished.missing.id), reverse=True), problems


def _findings(room: Room, archive: str, account: str, vanished: Sequence[Vanished]) -> list[Finding]:
    """Return findings with the addresses that packages know: an entry may name an item by its address alone."""
    ids = [one.missing.id for one in vanished] + [one.missing.thread for one in vanished]
    links = _links(room, archive, account, ids) if ids else {}
    return [
        Finding(
            what=one.missing.what, id=one.missing.id, thread_id=one.missing.thread, link=links.get(one.missing.id),
            thread_link=links.get(one.missing.thread), how=Gone(one.missing.sign.value),
        )
        for one in vanished
    ]  # fmt: skip


def _links(room: Room, archive: str, account: str, ids: Sequence[str]) -> dict[str, str]:
    """Return the addresses of items by their ids, as far as packages of the account hold them."""
    found: dict[str, str] = {}
    for one in room.index.packages(archive=archive, account=account):
        if not any(room.index.thread_of(one.no, thread) for thread in ids):
            continue
        try:
            package = room.package(archive, one.package_id)
            for table in ("posts", "comments"):
                rows = package.table(table, columns=["id", "permalink"], filters=pc.field("id").isin(list(ids)))
                found |= {row["id"]: row["permalink"] for row in rows.to_pylist() if row["permalink"]}
        except PageError:
            continue  # the package's own page says what is wrong with it
    return found
