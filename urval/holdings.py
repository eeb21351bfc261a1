"""What a store holds: its packages, and each of them verified against capture, ledger and the package before.

Here store and verifier meet; neither knows the other. Reads only, but for the ledger event that says that a
verification took place.
"""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from urval.capture import Capture
from urval.disposed import disposed, disposed_packages, newest_link
from urval.errors import MalformedError, StoreError, VerificationError
from urval.held_runs import listed_in, signature_sha256, trust_of
from urval.ledger import State, check_chain
from urval.manifest import Manifest, Previous, parse_manifest, sha256_hex
from urval.store import DirectoryStore, capture_prefix, ledger_prefix, package_prefix, read_events
from urval.verify import CaptureState, FolderReader, Level, StoreContext, verify_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from urval.store import Store
    from urval.verify import Report, Trust

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
    for prefix in package_prefixes(store, archive=archive):
        if account not in {None, prefix.split("/")[2]}:
            continue
        data = store.get(f"{prefix}/manifest.json")
        try:
            manifest = parse_manifest(data)
        except ValueError:
            manifest = None  # verifying says what is wrong with it
        yield Held(prefix, manifest, sha256_hex(data))


def package_prefixes(store: Store, *, archive: str | None = None) -> Iterator[str]:
    """Yield where the packages of a store lie, sorted, without reading any; those of one archive where it is named."""
    for key in store.keys("/".join(("packages", *((archive,) if archive else ())))):
        parts = key.split("/")
        if len(parts) == _PARTS and parts[-1] == "manifest.json":
            yield "/".join(parts[:-1])


def package_of(store: Store, place: tuple[str, str, str]) -> Held | None:
    """Return the package of this archive, account and period; not its supplements, nor its corrections.

    One whose manifest does not parse counts as the package: nothing is packaged in its place.
    """
    archive, account, _ = place
    held = [one for one in packages(store, archive=archive, account=account) if one.place == place]
    return next((one for one in held if one.manifest is None or is_first(one.manifest)), None)


def is_first(manifest: Manifest) -> bool:
    """Tell whether a package is a period's first: a link of the account's chain, neither supplement nor correction."""
    return manifest.supplements is None and manifest.corrects is None


def previous_package(
    store: Store, place: tuple[str, str, str], before: datetime
) -> tuple[Previous, Manifest | None] | None:
    """Return the account's newest package whose period ends by ``before``: the link to it, and its manifest.

    One that was disposed of is linked to by its tombstone, and has no manifest any more. Supplements and corrections
    are no links of the chain: each names the package it adds to, or corrects.

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
    known = [(one.manifest, one.manifest_sha256) for one in held if one.manifest is not None and is_first(one.manifest)]
    earlier = [entry for entry in known if entry[0].period.end <= before]
    gone = newest_link(store, place)
    if not earlier:
        return None if gone is None else (gone[1], None)
    manifest, digest = max(earlier, key=lambda entry: (entry[0].period.end, entry[0].package_id))
    if gone is not None and gone[0] > manifest.period.id.partition("--")[2]:
        return gone[1], None
    return Previous(package_id=manifest.package_id, manifest_sha256=digest), manifest


def lost_packages(store: Store, *, account: str | None = None) -> list[str]:
    """Return the key prefixes of packages that the ledger says were stored, and that the store does not hold.

    What was disposed of by decision, as tombstone and ledger say, is not lost: see :func:`disposed_packages`.

    Raises:
        VerificationError: A ledger cannot be read or is no whole chain, and no package stands beside it whose report
            would tell (STO-5).
    """
    held = {prefix for prefix in package_prefixes(store) if account in {None, prefix.split("/")[2]}}
    places = {tuple(prefix.split("/")[1:4]) for prefix in held}
    said = []
    for place in _ledger_places(store):
        if account not in {None, place[1]}:
            continue
        if place in places:
            with suppress(VerificationError):
                said += _packaged(store, place)
            continue
        said += _packaged(store, place)
    gone = {prefix for prefix, _ in disposed_packages(store, account=account)}
    return [prefix for prefix in said if prefix not in held | gone]


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


def verify_held(
    store: Store,
    held: Held,
    *,
    level: Level = Level.FULL,
    trust: Trust | None = None,
    listed: Sequence[tuple[str, str, str | None]] | None = None,
    progress: Progress = _silent,
) -> Report:
    """Verify a package of a store against itself, its capture, its ledger, its neighbours and the run manifests.

    A package in a bucket is copied to a temporary folder first.

    Args:
        store: The store.
        held: The package.
        level: How deep to go.
        trust: The keys and authorities that come from elsewhere; else the keys the archive published in the store.
        listed: What :func:`urval.verify.listed_packages` says of the archive's runs; read from the store where None.
        progress: Told how far the work is.
    """
    archive = held.place[0]
    trust = trust_of(store, archive, trust, datetime.now(UTC))
    if listed is None and level is Level.FULL:
        listed = listed_in(store, archive)
    with tempfile.TemporaryDirectory(prefix="urval-verify-") as name:
        folder = _local(store, held.prefix, Path(name) / held.prefix.rsplit("/", 1)[1])
        capture, state = (
            _capture_of(store, held, Path(name)) if level is Level.FULL else (None, CaptureState.NOT_LOOKED_AT)
        )
        return verify_package(
            FolderReader(folder),
            level=level,
            frame=capture.table("frame") if capture and state is CaptureState.WHOLE else None,
            store=_context(store, held, state, listed) if level is Level.FULL else None,
            trust=trust,
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
        stone = disposed(store, *held.place[:2]).get(prefix)
        fits = stone is not None and stone.sha256 == held.manifest.capture.sha256
        return None, CaptureState.DISPOSED if fits else CaptureState.MISSING
    try:
        capture = Capture(_local(store, prefix, scratch / "capture"))
        whole = capture.info.sha256 == held.manifest.capture.sha256 and not capture.changed_files()
    except (MalformedError, StoreError):
        return None, CaptureState.DAMAGED
    return capture, CaptureState.WHOLE if whole else CaptureState.DAMAGED


def _context(
    store: Store, held: Held, capture: CaptureState, listed: Sequence[tuple[str, str, str | None]] | None
) -> StoreContext:
    archive, account, _ = held.place
    others = [one.prefix for one in packages(store, archive=archive, account=account) if one.prefix != held.prefix]
    try:
        events = read_events(store, ledger_prefix(*held.place))
        problems = check_chain(events)
    except VerificationError as error:
        events, problems = [], [error.message]
    gone = disposed(store, archive, account)
    stone = gone.get(capture_prefix(*held.place, held.manifest.capture.id)) if held.manifest else None
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
        disposed=[(one.id, one.sha256, one.period) for one in gone.values() if one.kind == "package"],
        disposal=stone.references if stone else "",
        sealed=[
            (event.refs.get("package", ""), event.refs.get("signature_sha256", ""))
            for event in events
            if event.state is State.SEALED
        ],
        signature=signature_sha256(store, held.prefix),
        listed=listed,
    )
