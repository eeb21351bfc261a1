"""A store on disk with two sealed packages of one account, its keys, ledgers and run manifests."""

from __future__ import annotations

import atexit
import hashlib
import json
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from _authority import authority
from _sample_package import ACCOUNT, copy_of, whole_package
from _sealing import Key, add_stamp, key, seal_copy, write_seal

from urval.key_history import encode as encode_key
from urval.key_history import next_event as next_key
from urval.ledger import Event, State, next_event
from urval.ledger import encode as encode_event
from urval.manifest import SealRef, sha256_hex
from urval.runs import RunManifest, RunPackage, encode, next_run

if TYPE_CHECKING:
    from _tampering import Tampering

ARCHIVE = "exempelstad"
EARLIER = ("2025-10-31T23:00:00Z", "2026-04-30T22:00:00Z", "2025-11-01--2026-05-01")


@cache
def run_store() -> Path:
    """Return the store, made once a process; alter copies only."""
    scratch = Path(tempfile.mkdtemp(prefix="urval-runs-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    store = scratch / "store"
    first = seal_copy(copy_of(whole_package(), scratch / "1"), key(), [authority()], change=_earlier)
    manifest = (first / "manifest.json").read_bytes()
    previous = {"package_id": first.name, "manifest_sha256": sha256_hex(manifest)}
    second = seal_copy(
        copy_of(whole_package(), scratch / "2"), key(), [authority()],
        change=lambda t: t.manifest.update(previous=previous),
    )  # fmt: skip
    _publish(store)
    run = None
    for package in (first, second):
        document = json.loads((package / "manifest.json").read_text())
        place = f"{ARCHIVE}/{ACCOUNT}/{document['period']['id']}"
        shutil.copytree(package, store / "packages" / place / package.name)
        record(store / "ledger" / place, package)
        run = add_run(store, run, [listed(package)])
    capture = json.loads((second / "manifest.json").read_text())["capture"]["id"]
    for period in (EARLIER[2], document["period"]["id"]):
        shutil.copytree(whole_package().capture, store / "captures" / ARCHIVE / ACCOUNT / period / capture)
    return store


def store_copy(scratch: Path) -> Path:
    """Return a copy of the store, to alter."""
    return Path(shutil.copytree(run_store(), scratch / "store"))


def package_folders(store: Path) -> list[Path]:
    """Return the folders of the packages, oldest first."""
    return sorted(path.parent for path in store.glob("packages/*/*/*/*/manifest.json"))


def listed(package: Path) -> RunPackage:
    """Return what a run says of a package."""
    document = json.loads((package / "manifest.json").read_text())
    return RunPackage(
        account=document["account"]["id"],
        period=document["period"]["id"],
        package_id=document["package_id"],
        manifest_sha256=_digest(package / "manifest.json"),
        signature_sha256=_digest(package / "manifest.json.sig"),
    )


def add_run(
    store: Path, previous: RunManifest | None, packages: list[RunPackage], *, by: Key | None = None
) -> RunManifest:
    """Put the next run, signed and stamped."""
    now = datetime.now(UTC)
    by = by or key()
    run = next_run(
        previous, archive=ARCHIVE, started_at=now - timedelta(minutes=5), ended_at=now, packages=packages,
        seal=SealRef(identity=by.identity, key=by.fingerprint, stamps=1),
    )  # fmt: skip
    seal_run(run_folder(store, run.number), run, by)
    return run


def seal_run(folder: Path, run: RunManifest, by: Key) -> None:
    """Write a run with its seal."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_bytes(encode(run))
    write_seal(folder, by, "run.json", "urval-run")
    add_stamp(folder, authority(), document="run.json")


def run_folder(store: Path, number: int) -> Path:
    """Return where a run lies."""
    return store / "runs" / ARCHIVE / f"{number:06}"


def _earlier(t: Tampering) -> None:
    """Let the package be of the half year before."""
    start, end, name = EARLIER
    t.manifest["period"] |= {"start": start, "end": end, "id": name}
    basis = (ARCHIVE, ACCOUNT, name, t.manifest["selection"]["frame_sha256"], "Exempelstad")
    t.manifest["selection"]["seed"] = sha256_hex("\n".join(basis).encode())


def _publish(store: Path) -> None:
    event = next_key(
        [], "new", archive=ARCHIVE, identity=key().identity, at=datetime.now(UTC) - timedelta(days=1),
        public_key=key().public, fingerprint=key().fingerprint,
    )  # fmt: skip
    folder = store / "keys" / ARCHIVE
    folder.mkdir(parents=True)
    (folder / "000001.json").write_bytes(encode_key(event))


def record(folder: Path, package: Path) -> None:
    """Write a ledger that ends with the sealed package."""
    refs = {"package": package.name, "manifest_sha256": _digest(package / "manifest.json")}
    sealed = {"package": package.name, "signature_sha256": _digest(package / "manifest.json.sig")}
    steps = [
        (State.CAPTURED, {}),
        (State.PROPOSED, {}),
        (State.APPROVED, {}),
        (State.PACKAGED, refs),
        (State.SEALED, sealed),
    ]
    events: list[Event] = []
    folder.mkdir(parents=True)
    for state, said in steps:
        event = next_event(events, state, at=datetime.now(UTC), actor="test", role="run", refs=said)
        events.append(event)
        (folder / f"{event.seq:06}.json").write_bytes(encode_event(event))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
