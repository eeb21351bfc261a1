"""Making a delivery: verify, compose, write, and say so in the ledger."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from urval import __version__
from urval.errors import ConfigError, StoreError, VerificationError
from urval.holdings import Held, packages, verify_held
from urval.ledger import State, check_chain, digest, next_event
from urval.manifest import canonical, sha256_hex
from urval.package.delivery import Delivery, DeliverySettings, Kind, Written, compose, read_sealed, write_delivery
from urval.store import DirectoryStore, append_event, ledger_prefix, read_events
from urval.verify import FolderReader, Level, Verdict, verify_package

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from urval.ledger import Event
    from urval.package.delivery import Sealed
    from urval.store import Store
    from urval.verify import Report

_SOFTWARE = ("Urval", __version__)
_VERDICTS = {Verdict.VALID: "valid", Verdict.VALID_AS_FAR_AS_CHECKED: "valid as far as checked"}
# What an earlier delivery could not know of: with one of these more, a delivery is another one.
_TELLING = frozenset({
    State.SEALED, State.STAMPED, State.HELD, State.RELEASED, State.RESTRICTED, State.UNRESTRICTED, State.DISPOSED,
    State.REPAIRED,
})  # fmt: skip


def _silent(_what: str, _done: int, _of: int) -> None:
    """Tell nobody how far the work is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: how to deliver, where to, in what form, and who asks when.

    ``to`` is the folder for deliveries; ``dry`` writes nothing; ``now`` is aware.
    """

    settings: DeliverySettings
    to: Path
    now: datetime
    actor: str
    role: str
    as_zip: bool = False
    dry: bool = False
    progress: Callable[[str, int, int], None] = _silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A delivery that was made; ``written`` is None on a dry run, ``recorded`` whether the ledger has a new event."""

    delivery: Delivery
    settings: DeliverySettings
    verdict: str
    written: Written | None
    recorded: bool

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        written = self.written
        return {
            "package": self.delivery.name,
            "kind": self.settings.kind.value,
            "profile": self.settings.profile_address,
            "agreement": self.settings.agreement,
            "verdict": self.verdict,
            "files": self.delivery.files,
            "bytes": self.delivery.size,
            "representations": dict(self.delivery.representations),
            "mets_sha256": self.delivery.mets_sha256,
            "path": None if written is None else str(written.path),
            "new": None if written is None else written.new,
            "zip_sha256": None if written is None else written.zip_sha256,
            "recorded": self.recorded,
        }


def deliver_folder(folder: Path, order: Order) -> Made:
    """Deliver a package that lies in a folder. No ledger knows of it.

    Raises:
        VerificationError: The package is not valid, or cannot be judged.
        ConfigError, PackageError, StoreError: See :func:`urval.package.delivery.write_delivery`.
    """
    report = verify_package(FolderReader(folder), level=Level.FULL, progress=order.progress)
    sealed = read_sealed(folder, verdict=_accepted(report), now=order.now, software=_SOFTWARE)
    return _make(sealed, folder, order, verdict=sealed.verdict)[0]


def deliver_held(store: Store, package_id: str, order: Order) -> Made:
    """Deliver a package of a store; a SIP is told to the ledger. Doing it again makes the same, and tells nothing new.

    Raises:
        VerificationError: There is no such package, it is not valid, or its ledger is broken.
        ConfigError, PackageError, StoreError: See :func:`urval.package.delivery.write_delivery`.
    """
    if isinstance(store, DirectoryStore) and order.to.resolve().is_relative_to(store.root):
        raise ConfigError(f"The folder {order.to} lies in the store itself.", next_step="Name another one with --to.")
    held = find_held(store, package_id)
    verdict = _accepted(verify_held(store, held, progress=order.progress))
    events = whole_ledger(store, held.place)
    with _folder_of(store, held) as folder:
        sealed = read_sealed(folder, verdict=verdict, now=order.now, software=_SOFTWARE, events=events)
        basis = _basis(sealed, order.settings)
        sealed = _as_first_delivered(sealed, basis)
        made, refs = _make(sealed, folder, order, verdict=verdict)
    if order.dry or order.settings.kind is not Kind.SIP:
        return made
    refs |= {"basis_sha256": basis}
    if any(event.state is State.DELIVERED and dict(event.refs) == refs for event in events):
        return made
    event = next_event(events, State.DELIVERED, at=order.now, actor=order.actor, role=order.role, refs=refs)
    append_event(store, ledger_prefix(*held.place), event)
    return Made(delivery=made.delivery, settings=made.settings, verdict=verdict, written=made.written, recorded=True)


def find_held(store: Store, package_id: str) -> Held:
    """Return the package of a store by its id.

    Raises:
        VerificationError: There is none.
    """
    account = package_id.partition("_")[0]
    for held in packages(store, account=account):
        if held.package_id == package_id:
            return held
    raise VerificationError(
        f"{store.uri} holds no package {package_id!r}.", next_step=f"See what it holds with: urval verify {store.uri}"
    )


def whole_ledger(store: Store, place: tuple[str, str, str]) -> list[Event]:
    """Return the events of a ledger.

    Raises:
        VerificationError: It is no whole chain.
    """
    prefix = ledger_prefix(*place)
    events = read_events(store, prefix)
    problems = check_chain(events)
    if problems:
        raise VerificationError(
            f"The ledger {prefix} in {store.uri} is broken: {problems[0]}",
            next_step="Nothing was done. Restore it from a backup and find out who changed it.",
        )
    return events


def _make(sealed: Sealed, folder: Path, order: Order, *, verdict: str) -> tuple[Made, dict[str, str]]:
    """Compose and write; return what was made, and the references for the ledger."""
    order.progress("writing the delivery", 0, 1)
    delivery = compose(sealed, order.settings)
    written = None if order.dry else write_delivery(delivery, folder, order.to, as_zip=order.as_zip)
    order.progress("writing the delivery", 1, 1)
    refs = {
        "package": delivery.name,
        "manifest_sha256": sealed.manifest_sha256,
        "mets_sha256": delivery.mets_sha256,
        "profile": order.settings.profile_address,
    }
    if order.settings.agreement is not None:
        refs["agreement"] = order.settings.agreement
    if written is not None and written.zip_sha256 is not None:
        refs["zip_sha256"] = written.zip_sha256
    made = Made(delivery=delivery, settings=order.settings, verdict=verdict, written=written, recorded=False)
    return made, refs


def _accepted(report: Report) -> str:
    """Return the verdict in words.

    Raises:
        VerificationError: The package is not valid.
    """
    if report.verdict is Verdict.NOT_VALID:
        raise VerificationError(
            f"The package {report.package} is not valid ({', '.join(report.failed()[:5])}); it was not delivered.",
            next_step="See what is wrong with: urval verify. Deliver another copy.",
        )
    return f"{_VERDICTS[report.verdict]} (level {report.level.value})"


def _basis(sealed: Sealed, settings: DeliverySettings) -> str:
    """Return the hex SHA-256 of all that a delivery is made from, but the time: what has the same one is the same."""
    files = [[entry.path, entry.sha256] for entry in sealed.files]
    told = [digest(event) for event in sealed.events if event.state in _TELLING]
    return sha256_hex(canonical({
        "settings": settings.sha256(), "files": files, "events": told, "software": list(sealed.software)
    }))  # fmt: skip


def _as_first_delivered(sealed: Sealed, basis: str) -> Sealed:
    """Return the package as it stood when the same delivery was made first, so that the bytes are the same again."""
    for place, event in enumerate(sealed.events):
        if event.state is State.DELIVERED and event.refs.get("basis_sha256") == basis:
            return replace(sealed, now=event.at, events=tuple(sealed.events[:place]))
    return sealed


@contextmanager
def _folder_of(store: Store, held: Held) -> Iterator[Path]:
    """Give the package as a folder: where it lies, or fetched from a bucket for the time being."""
    if isinstance(store, DirectoryStore):
        yield store.root / held.prefix
        return
    with tempfile.TemporaryDirectory(prefix="urval-deliver-") as scratch:
        folder = Path(scratch) / held.package_id
        try:
            store.fetch_tree(held.prefix, folder)
        except OSError as error:
            raise StoreError(f"The package {held.package_id} cannot be fetched: {error.strerror}.") from error
        yield folder
