"""Whether index, ledger and run manifests name the manifest that the store has now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from urval.errors import UrvalError
from urval.held_runs import listed_in
from urval.ledger import State, check_chain
from urval.reading_room.pages import View
from urval.store import ledger_prefix, read_events

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.reading_room.objects import PackageObjects
    from urval.reading_room.room import Room


class Disagreement(View):
    """Who says something else: ``found`` is the digest it names, empty where it does not name the package at all."""

    by: Literal["index", "ledger", "run"]
    found: str
    problem: str = ""  # why it could not be asked


def disagreements(room: Room, package: PackageObjects, indexed_sha256: str) -> list[Disagreement]:
    """Return who names another manifest than the one in the store, or none; empty where all agree.

    A run manifest that does not name the package is none: only the runs of a schedule list what they sealed.
    """
    found = []
    if indexed_sha256 != package.manifest_sha256:
        found.append(Disagreement(by="index", found=indexed_sha256))
    found += list(_ledger(package))
    return found + list(_runs(room, package))


def _ledger(package: PackageObjects) -> Iterator[Disagreement]:
    archive, account, period, package_id = package.place
    try:
        events = read_events(package.store, ledger_prefix(archive, account, period))
        problems = check_chain(events)
    except UrvalError as error:
        yield Disagreement(by="ledger", found="", problem=error.message)
        return
    if problems:
        yield Disagreement(by="ledger", found="", problem=problems[0])
    named = [
        event.refs.get("manifest_sha256", "")
        for event in events
        if event.state is State.PACKAGED and event.refs.get("package") == package_id
    ]
    if package.manifest_sha256 not in named:
        yield Disagreement(by="ledger", found=named[-1] if named else "")


def _runs(room: Room, package: PackageObjects) -> Iterator[Disagreement]:
    try:
        listed = listed_in(room.store, package.place[0])
    except UrvalError as error:
        yield Disagreement(by="run", found="", problem=error.message)
        return
    for package_id, digest, _ in listed:
        if package_id == package.place[3] and digest != package.manifest_sha256:
            yield Disagreement(by="run", found=digest)
