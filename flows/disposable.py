"""What the store holds that a retention rule may speak of: captures, packages, entries of the register, as things.

Reads descriptions and ledgers only. Whether a thing may be destroyed is judged by ``urval.disposal``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from urval.disposal import Obstacle, Thing, judge
from urval.disposed import disposed
from urval.errors import StoreError, VerificationError
from urval.holdings import packages
from urval.ledger import State, check_chain, is_packaged, standing
from urval.manifest import sha256_hex
from urval.store import (
    capture_prefix,
    ledger_prefix,
    read_events,
    read_holds,
    read_removals,
    removal_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from urval.disposal import Candidate, Hold
    from urval.holdings import Held
    from urval.ledger import Event
    from urval.manifest import Manifest
    from urval.removals import Removal
    from urval.spec import ArchiveSpec
    from urval.store import Store

_CAPTURE_PARTS = 6  # captures/<archive>/<account>/<period>/<capture id>/capture.json
_UNDER_REVIEW = frozenset({State.PROPOSED, State.APPROVED, State.RETURNED, State.CAPTURED})


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of one account and period as read; ``problem`` says why it cannot be trusted."""

    events: Sequence[Event]
    problem: str

    def acts(self, state: State) -> list[Event]:
        """Return the events of one state."""
        return [event for event in self.events if event.state is state]


class Holdings:
    """What a store holds of one archive's account, read once."""

    def __init__(self, store: Store, spec: ArchiveSpec, account: str) -> None:
        self.store = store
        self.spec = spec
        self.account = account
        self.archive = spec.archive.id
        self.zone = ZoneInfo(spec.timezone)
        self.packages = list(packages(store, archive=self.archive, account=account))
        self.disposed = disposed(store, self.archive, account)
        self.ledgers = {period: self._ledger(period) for period in self._periods()}

    def things(self) -> Iterator[Thing]:
        """Yield captures, packages and entries of the register, each kind sorted by key."""
        yield from self.captures()
        yield from (self._package(held) for held in self.packages)
        yield from self._removals()

    def _periods(self) -> list[str]:
        keys = self.store.keys(f"ledger/{self.archive}/{self.account}")
        return sorted({key.split("/")[3] for key in keys})

    def _ledger(self, period: str) -> Ledger:
        try:
            events = read_events(self.store, ledger_prefix(self.archive, self.account, period))
        except VerificationError as error:
            return Ledger((), error.message)
        return Ledger(events, next(iter(check_chain(events)), ""))

    # ---- captures ---------------------------------------------------------------------------------------------------

    def captures(self) -> Iterator[Thing]:
        """Yield the captures that are whole enough to have their description."""
        keys = list(self.store.keys(f"captures/{self.archive}/{self.account}"))
        for key in keys:
            parts = key.split("/")
            if len(parts) == _CAPTURE_PARTS and parts[-1] == "capture.json":
                yield self._capture(parts[3], parts[4], sum(one.startswith(f"{key[:-12]}") for one in keys))

    def _capture(self, period: str, name: str, files: int) -> Thing:
        prefix = capture_prefix(self.archive, self.account, period, name)
        data = self.store.get(f"{prefix}/capture.json")
        obstacles = list(self._of_ledger(period))
        made, size = self._captured(data, obstacles)
        of_period = [held for held in self.packages if held.place[2] == period]
        # One that was sent back has no package of its own: those of the period stand for what came of it.
        own = [held for held in of_period if held.manifest and held.manifest.capture.id == name] or of_period
        if period in self.ledgers and not is_packaged(self.ledgers[period].events):
            obstacles.append(Obstacle("not_packaged"))
        obstacles += self._unverified(period, [held.package_id for held in own])
        return Thing(
            thing=prefix, kind="capture", account=self.account, period=period, id=name, sha256=sha256_hex(data),
            files=files, bytes=size, made=made, triggers=self._triggers(made, period, own),
            packages=tuple(held.package_id for held in own), received=self._received(period, own),
            looked_at=bool(own) and all(held.manifest and held.manifest.review.looked_at for held in own),
            obstacles=tuple(obstacles),
        )  # fmt: skip

    def _captured(self, data: bytes, obstacles: list[Obstacle]) -> tuple[date, int]:
        """Return the local day on which a capture ended, and its size in bytes."""
        try:
            document: dict[str, Any] = json.loads(data)
            ended = datetime.fromisoformat(document["ended_at"])
            return self._day(ended), len(data) + sum(int(one["bytes"]) for one in document["files"].values())
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            obstacles.append(Obstacle("damaged", f"capture.json ({type(error).__name__})"))
            return date.max, len(data)

    # ---- packages ---------------------------------------------------------------------------------------------------

    def _package(self, held: Held) -> Thing:
        period, manifest = held.place[2], held.manifest
        obstacles = list(self._of_ledger(period))
        if manifest is None:
            obstacles.append(Obstacle("damaged", "manifest.json"))
        obstacles += self._unverified(period, [held.package_id])
        made = self._day(manifest.capture.ended_at) if manifest else date.max
        files, size = self._measured(held, manifest)
        return Thing(
            thing=held.prefix, kind="package", account=self.account, period=period, id=held.package_id,
            sha256=held.manifest_sha256, files=files, bytes=size, made=made,
            triggers=self._triggers(made, period, [held]), packages=(held.package_id,),
            received=self._received(period, [held]), looked_at=bool(manifest and manifest.review.looked_at),
            obstacles=tuple(obstacles),
        )  # fmt: skip

    def _measured(self, held: Held, manifest: Manifest | None) -> tuple[int, int]:
        """Return the number of files of a package and their bytes; those of the payload as the manifest says."""
        keys = list(self.store.keys(held.prefix))
        beside = [key for key in keys if not key.startswith(f"{held.prefix}/data/")]
        return len(keys), sum(map(self.store.size, beside)) + (manifest.payload.bytes if manifest else 0)

    # ---- the register of removed items ------------------------------------------------------------------------------

    def _removals(self) -> Iterator[Thing]:
        for entry in read_removals(self.store, self.archive, self.account):
            yield self._removal(entry)

    def _removal(self, entry: Removal) -> Thing:
        prefix = removal_prefix(self.archive, self.account, entry.id)
        period = self._period_of(self._day(entry.removed_at))
        obstacles = list(self._of_ledger(period)) if period else [Obstacle("no_ledger")]
        after = [held for held in self.packages if self._took_in(held, entry)]
        if not after and not self._had_its_last(entry):
            obstacles.append(Obstacle("waits_for_package"))
        data = self.store.get(f"{prefix}/removal.json")
        made = self._day(entry.registered_at)
        return Thing(
            thing=prefix, kind="removal", account=self.account, period=period, id=entry.id, sha256=sha256_hex(data),
            files=len(entry.files) + 1, bytes=len(data) + sum(one.bytes for one in entry.files), made=made,
            triggers=self._triggers(made, period, after), packages=tuple(held.package_id for held in after),
            received=bool(after) and all(self._received(held.place[2], [held]) for held in after),
            looked_at=bool(after) and all(held.manifest and held.manifest.review.looked_at for held in after),
            obstacles=tuple(obstacles),
        )  # fmt: skip

    def _took_in(self, held: Held, entry: Removal) -> bool:
        """Tell whether a package was made of a capture that took this entry in."""
        return held.manifest is not None and held.manifest.capture.started_at >= entry.registered_at

    def _had_its_last(self, entry: Removal) -> bool:
        """Tell whether the account is closed since before the entry was made: no package will hold it."""
        closing = next((one.closing for one in self.spec.accounts if one.id == self.account), None)
        later = any(stone.kind == "package" and stone.executed_at > entry.registered_at
                    for stone in self.disposed.values())  # fmt: skip
        return later or (closing is not None and closing < self._day(entry.registered_at))

    def _period_of(self, day: date) -> str:
        """Return the period whose ledger tells of what befell a day's entry: the one that holds it, else the newest."""
        text = day.isoformat()
        within = [one for one in self.ledgers if one.partition("--")[0] <= text < one.partition("--")[2]]
        return within[0] if within else max(self.ledgers, default="")

    # ---- what the ledgers say ---------------------------------------------------------------------------------------

    def _of_ledger(self, period: str) -> Iterator[Obstacle]:
        ledger = self.ledgers.get(period)
        if ledger is None:
            yield Obstacle("no_ledger")
            return
        if ledger.problem:
            yield Obstacle("ledger_broken", ledger.problem)
        if standing(ledger.events) in _UNDER_REVIEW and is_packaged(ledger.events):
            yield Obstacle("under_review")

    def _unverified(self, period: str, names: Sequence[str]) -> list[Obstacle]:
        """Tell which packages were never verified as they lie; of a whole period every one that is not disposed of."""
        ledger = self.ledgers.get(period)
        if ledger is None:
            return []
        packaged = [event.refs.get("package", "") for event in ledger.acts(State.PACKAGED)]
        verified = {event.refs.get("package") for event in ledger.acts(State.VERIFIED)}
        there = {held.package_id for held in self.packages}
        gone = {self.disposed[name].id for name in self.disposed}
        return [
            Obstacle("not_verified", name)
            for name in dict.fromkeys([*packaged, *names])
            if name not in gone and (name not in verified or name not in there)
        ]

    def _triggers(self, made: date, period: str, own: Sequence[Held]) -> dict[str, date]:
        found = {"captured_at": made}
        closed = next((one.closed for one in self.spec.accounts if one.id == self.account), None)
        if closed is not None:
            found["account_closed"] = closed
        delivered = [self._delivered(held.place[2] or period, held.package_id) for held in own]
        if delivered and all(delivered):
            found["delivered_at"] = max(day for day in delivered if day is not None)
        return found

    def _delivered(self, period: str, package: str) -> date | None:
        acts = self.ledgers[period].acts(State.DELIVERED) if period in self.ledgers else []
        days = [self._day(event.at) for event in acts if event.refs.get("package") == package]
        return max(days, default=None)

    def _received(self, period: str, own: Sequence[Held]) -> bool:
        acts = self.ledgers[period].acts(State.RECEIVED) if period in self.ledgers else []
        named = {event.refs.get("package") for event in acts}
        return bool(own) and all(held.package_id in named for held in own)

    def _day(self, moment: datetime) -> date:
        return moment.astimezone(self.zone).date()


def candidates(store: Store, spec: ArchiveSpec, today: date, *, account: str | None = None) -> Iterator[Candidate]:
    """Yield everything for which a rule speaks of disposal, judged on a local day, sorted by account and key.

    Raises:
        VerificationError: A hold or an entry of the register cannot be read.
    """
    for name in accounts_of(store, spec, account):
        held = Holdings(store, spec, name)
        holds = active_holds(store, spec.archive.id, held.ledgers)
        for thing in held.things():
            found = judge(thing, spec.retention, holds, today)
            if found is not None and found.is_due:  # the store is asked last: it looks at every object
                found = judge(replace(thing, locked=store.locked(thing.thing)), spec.retention, holds, today)
            if found is not None:
                yield found


def accounts_of(store: Store, spec: ArchiveSpec, account: str | None) -> list[str]:
    """Return the accounts of the archive of which the store holds anything, or the one that is named."""
    if account is not None:
        return [account]
    archive = spec.archive.id
    keys = (key for part in ("captures", "packages", "removals") for key in store.keys(f"{part}/{archive}"))
    return sorted({key.split("/")[2] for key in keys})


def active_holds(store: Store, archive: str, ledgers: dict[str, Ledger]) -> list[Hold]:
    """Return the holds in force.

    Raises:
        StoreError: A ledger says that something is on hold, and the record of it is gone.
    """
    from urval.disposal import held_by_ledger  # noqa: PLC0415 - beside its only use

    known = read_holds(store, archive)
    records = {hold.id for hold, _ in known}
    said = {name for ledger in ledgers.values() for name in held_by_ledger(ledger.events)}
    lost = sorted(said - records)
    if lost:
        raise StoreError(
            f"the ledger says that hold {lost[0]} is in force, and its record is gone from {store.uri}",
            next_step="Restore it from another copy of the store, and find out who removed it.",
        )
    return [hold for hold, release in known if release is None or hold.id in said]
