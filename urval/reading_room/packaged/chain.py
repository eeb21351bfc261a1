"""A package's neighbours: the one before, the next, what adds to it, what corrects it; each compared by its digest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from urval.disposed import disposed
from urval.reading_room.pages import View

if TYPE_CHECKING:
    from urval.manifest import Correction, Previous
    from urval.reading_room.index import IndexedPackage
    from urval.reading_room.objects import PackageObjects
    from urval.reading_room.room import Room


class ChainLink(View):
    """One link. ``state``: what the store says of the package at its other end, by the digest the link names."""

    relation: Literal["previous", "supplements", "corrects", "next", "supplement", "correction"]
    package_id: str
    period: str  # as in ``2026-05-01--2026-11-01``; empty where nobody knows
    reason: str = ""  # of a correction
    manifest_sha256: str  # as the link names it
    state: Literal["agrees", "differs", "disposed", "missing"]


def chain_of(room: Room, package: PackageObjects) -> list[ChainLink]:
    """Return the links of a package, those it names itself first."""
    archive, account, _, package_id = package.place
    held = {one.package_id: one for one in room.index.packages(archive=archive, account=account)}
    said = package.manifest
    found = [
        _link(room, package, held, "previous", said.previous),
        _link(room, package, held, "supplements", said.supplements),
        _link(room, package, held, "corrects", said.corrects),
    ]
    links = [one for one in found if one is not None]
    for other in held.values():
        links += [one for one in _back(other, package_id, package.manifest_sha256) if other.package_id != package_id]
    return links


def _link(
    room: Room,
    package: PackageObjects,
    held: dict[str, IndexedPackage],
    relation: Literal["previous", "supplements", "corrects"],
    to: Previous | Correction | None,
) -> ChainLink | None:
    if to is None:
        return None
    other = held.get(to.package_id)
    reason = package.manifest.corrects.reason if relation == "corrects" and package.manifest.corrects else ""
    state: Literal["agrees", "differs", "disposed", "missing"]
    if other is not None:
        state = "agrees" if other.manifest_sha256 == to.manifest_sha256 else "differs"
        return ChainLink(
            relation=relation, package_id=to.package_id, period=other.period, reason=reason,
            manifest_sha256=to.manifest_sha256, state=state,
        )  # fmt: skip
    archive, account, *_ = package.place
    stones = [one for one in disposed(room.store, archive, account).values() if one.id == to.package_id]
    state = "missing"
    if stones:
        state = "disposed" if stones[0].sha256 == to.manifest_sha256 else "differs"
    return ChainLink(
        relation=relation, package_id=to.package_id, period=stones[0].period if stones else "", reason=reason,
        manifest_sha256=to.manifest_sha256, state=state,
    )  # fmt: skip


def _back(other: IndexedPackage, package_id: str, manifest_sha256: str) -> list[ChainLink]:
    """Return the links by which another package names this one."""
    if other.manifest is None:
        return []
    said = other.manifest
    named: list[tuple[Literal["next", "supplement", "correction"], Previous | Correction | None, str]] = [
        ("next", said.previous, ""),
        ("supplement", said.supplements, ""),
        ("correction", said.corrects, said.corrects.reason if said.corrects else ""),
    ]
    return [
        ChainLink(
            relation=relation, package_id=other.package_id, period=other.period, reason=reason,
            manifest_sha256=to.manifest_sha256, state="agrees" if to.manifest_sha256 == manifest_sha256 else "differs",
        )
        for relation, to, reason in named
        if to is not None and to.package_id == package_id
    ]  # fmt: skip
