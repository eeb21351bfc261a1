"""What a store holds: its packages, and each of them verified against capture, ledger and the package before.

Here store and verifier meet; neither knows the other. Reads only, but for the ledger event that says that a
verification took place.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from urval.capture import Capture
from urval.errors import MalformedError, StoreError, VerificationError
from urval.ledger import State, check_chain
from urval.manifest import Manifest, Previous, parse_manifest, sha256_hex
from urval.store import DirectoryStore, capture_prefix, ledger_prefix, package_prefix, read_events
from urval.verify import CaptureState, FolderReader, Level, StoreContext, verify_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from urval.store import Store
    from urval.verify import Report

Progress: TypeAlias = "Callable[[str, int, int], None]"  # what is being done, how far, of how much


def _silent(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far the work is."""


_LEDGER_DEPTH = 4  # ledger/<archive>/<account>/<period>/<number>.json
_PARTS = 6  # packages/<archive>/<account>/<period>/<package id>/manifest.json


@dataclass(frozen=True, slots=True)
class Held:
    """One package in a store: its key prefix, its manifest (None when it does not parse) and the manifest's digest."""

    prefix: str
    manifest: Manifest | None
    manifest_sha256: str

    @property
    def package_id(self) -> str:
        """Return the package's id, as the key has it."""
        return self.prefix.rsplit("/", 1)[1]

    @property
    def place(self) -> tuple[str, str, str]:
        """Return archive, account and period, as the key has them."""
        _, archive, account, period, _ = self.prefix.split("/")
        return archive, account, period


def packages(store: Store, *, archive: str | None = None, account: str | None = None) -> Iterator[Held]:
    """Yield the packages of a store, sorted by key; those of one archive or account where named."""
    below = "/".join(("packages", *((archive,) if archive else ())))
    for key in store.keys(below):
        parts = key.split("/")
        if len(parts) != _PARTS or parts[-1] != "manifest.json" or account not in {None, parts[2]}:
            continue
        data = store.get(key)
        try:
            manifest = parse_manifest(data)
        except ValueError:
            manifest = None  # verifying says what is wrong with it
        yield Held("/".join(parts[:-1]), manifest, sha256_hex(data))


def package_of(store: Store, place: tuple[str, str, str]) -> Held | None:
    """Return the package of this archive, account and period; not its supplements.

    One whose manifest does not parse counts as the package: nothing is packaged in its place.
    """
    archive, account, _ = place
    held = [one for one in packages(store, archive=archive, account=account) if one.place == place]
    return next((one for one in held if one.manifest is None or one.manifest.supplements is None), None)


def previous_package(store: Store, place: tuple[str, str, str], before: datetime) -> tuple[Previous, Manifest] | None:
    """Return the account's newest package whose period ends by ``before``: the link to it, and its manifest.

    Supplements are no links of the chain: each names the package it adds to.

    Raises:
        VerificationError: A manifest of the account cannot be read, so that nobody can say which package is the newest.
    """
    archive, account, _ = place
    held = list(packages(store, archive=archive, account=account))
    broken = [one.package_id for one in held if one.manifest is None]
    if broken:
        raise VerificationError(
            f"the manifest of {broken[0]} cannot be read, and a package of {account} must name the one before it",
            next_step=f"Give: urval verify {store.uri} --account {account}",
        )
    known = [
        (one.manifest, one.manifest_sha256)
        for one in held
        if one.manifest is not None and one.manifest.supplements is None
    ]
    earlier = [entry for entry in known if entry[0].period.end <= before]
    if not earlier:
        return None
    manifest, digest = max(earlier, key=lambda entry: (entry[0].period.end, entry[0].package_id))
    return Previous(package_id=manifest.package_id, manifest_sha256=digest), manifest


def lost_packages(store: Store, *, account: str | None = None) -> list[str]:
    """Return the key prefixes of packages that the ledger says were stored, and that the store does not hold.

    Raises:
        VerificationError: A ledger cannot be read or is no whole chain, and no package stands beside it whose report
            would tell (STO-5).
    """
    held = list(packages(store, account=account))
    said = []
    for place in _ledger_places(store):
        if account not in {None, place[1]}:
            continue
        if any(one.place == place for one in held):
            with suppress(VerificationError):
                said += _packaged(store, place)
            continue
        said += _packaged(store, place)
    return [prefix for prefix in said if prefix not in {one.prefix for one in held}]


def _packaged(store: Store, place: tuple[str, str, str]) -> list[str]:
    """Return the key prefixes of the packages a ledger speaks of.

    Raises:
        VerificationError: It cannot be read, or is no whole chain.
    """
    prefix = ledger_prefix(*place)
    events = read_events(store, prefix)
    problems = check_chain(events)
    if problems:
        raise VerificationError(f"The ledger {prefix} in {store.uri} is broken: {problems[0]}", next_step=_RESTORE)
    return [package_prefix(*place, one.refs["package"]) for one in events if one.state is State.PACKAGED]


_RESTORE = "Restore it from a backup and find out who changed it."


def _ledger_places(store: Store) -> list[tuple[str, str, str]]:
    """Return archive, account and period of each ledger, sorted."""
    parts = (key.split("/") for key in store.keys("ledger"))
    return sorted({(part[1], part[2], part[3]) for part in parts if len(part) == _LEDGER_DEPTH + 1})


def verify_held(store: Store, held: Held, *, level: Level = Level.FULL, progress: Progress = _silent) -> Report:
    """Verify a package of a store against itself, its capture, its ledger and its neighbours.

    A package in a bucket is copied to a temporary folder first.
    """
    with tempfile.TemporaryDirectory(prefix="urval-verify-") as name:
        folder = _local(store, held.prefix, Path(name) / held.prefix.rsplit("/", 1)[1])
        capture, state = (
            _capture_of(store, held, Path(name)) if level is Level.FULL else (None, CaptureState.NOT_LOOKED_AT)
        )
        return verify_package(
            FolderReader(folder),
            level=level,
            frame=capture.table("frame") if capture and state is CaptureState.WHOLE else None,
            store=_context(store, held, state) if level is Level.FULL else None,
            progress=progress,
        )


def _local(store: Store, prefix: str, scratch: Path) -> Path:
    if isinstance(store, DirectoryStore):
        return store.root / prefix
    store.fetch_tree(prefix, scratch)
    return scratch


def _capture_of(store: Store, held: Held, scratch: Path) -> tuple[Capture | None, CaptureState]:
    """Find the capture the manifest names, and look at every byte of it."""
    if held.manifest is None:
        return None, CaptureState.NOT_LOOKED_AT
    prefix = capture_prefix(*held.place, held.manifest.capture.id)
    if not store.tree_exists(prefix, "capture.json"):
        return None, CaptureState.MISSING
    try:
        capture = Capture(_local(store, prefix, scratch / "capture"))
        whole = capture.info.sha256 == held.manifest.capture.sha256 and not capture.changed_files()
    except (MalformedError, StoreError):
        return None, CaptureState.DAMAGED
    return capture, CaptureState.WHOLE if whole else CaptureState.DAMAGED


def _context(store: Store, held: Held, capture: CaptureState) -> StoreContext:
    archive, account, _ = held.place
    others = [one.prefix for one in packages(store, archive=archive, account=account) if one.prefix != held.prefix]
    try:
        events = read_events(store, ledger_prefix(*held.place))
        problems = check_chain(events)
    except VerificationError as error:
        events, problems = [], [error.message]
    return StoreContext(
        key=held.prefix,
        manifest=store.get(f"{held.prefix}/manifest.json"),
        neighbours=[store.get(f"{prefix}/manifest.json") for prefix in others],
        capture=capture,
        ledger_problems=problems,
        packaged=[
            (event.refs.get("package", ""), event.refs.get("manifest_sha256", ""))
            for event in events
            if event.state is State.PACKAGED
        ],
    )
