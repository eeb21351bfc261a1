"""A store that holds one account and period whole: capture, package, ledger. Made once a process, copied for a test."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

from _sample_package import NOW, whole_package
from _sealing import sealed_package

from urval.ledger import State, next_event
from urval.manifest import file_sha256
from urval.store import (
    DirectoryStore,
    append_event,
    capture_prefix,
    ledger_prefix,
    package_prefix,
    read_events,
)


def held_store(folder: Path, *, sealed: bool = False) -> DirectoryStore:
    """Return a copy of the store, to alter; ``sealed``: its package is signed and stamped."""
    return DirectoryStore(Path(shutil.copytree(_made(sealed=sealed), folder / "held")))


def place() -> tuple[str, str, str]:
    """Return archive, account and period of what the store holds."""
    manifest = json.loads((whole_package().folder / "manifest.json").read_bytes())
    return manifest["archive"]["id"], manifest["account"]["id"], manifest["period"]["id"]


def package(*, sealed: bool = False) -> str:
    """Return the key prefix of the package."""
    manifest = json.loads((_folder(sealed=sealed) / "manifest.json").read_bytes())
    return package_prefix(*place(), manifest["package_id"])


def _folder(*, sealed: bool) -> Path:
    return sealed_package() if sealed else whole_package().folder


@cache
def _made(*, sealed: bool) -> Path:
    folder = Path(tempfile.mkdtemp(prefix="urval-held-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store, made, capture = DirectoryStore(folder / "made"), _folder(sealed=sealed), whole_package().capture
    name = json.loads((capture / "capture.json").read_bytes())["capture_id"]
    store.put_tree(capture_prefix(*place(), name), capture, last="capture.json")
    store.put_tree(package(sealed=sealed), made, last="manifest.json")
    of = {"package": package(sealed=sealed).rpartition("/")[2]}
    events = {
        State.DUE: {},
        State.CAPTURED: {"capture": name, "capture_sha256": file_sha256(capture / "capture.json")},
        State.PROPOSED: {},
        State.APPROVED: {},
        State.PACKAGED: of | {"manifest_sha256": file_sha256(made / "manifest.json")},
    }
    if sealed:
        events[State.SEALED] = of | {"signature_sha256": file_sha256(made / "manifest.json.sig"), "key": "SHA256:x"}
        stamp = file_sha256(made / "manifest.json.sig.tsr")
        events[State.STAMPED] = of | {"stamp": "1", "stamp_sha256": stamp, "authority": "x"}
    for state, refs in events.items():
        before = read_events(store, ledger_prefix(*place()))
        event = next_event(before, state, at=NOW, actor="Alva", role="archivist", refs=refs)
        append_event(store, ledger_prefix(*place()), event)
    return folder / "made"
