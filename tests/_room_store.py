"""A store that has something of everything the reading room shows; made once a process, only to be read."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from _disposal import EXPIRED, RAW
from _removed import entry, picture
from _run_store import ARCHIVE, package_folders, store_copy
from _sample_package import ACCOUNT, chosen_spec

from flows.disposable import candidates
from flows.disposing import approve, open_desk, plan_of, save_plan
from flows.restricting import acting_on, held_package, restrict
from urval.ledger import State, next_event
from urval.manifest import sha256_hex
from urval.removals import Missing, Observation, SavedFile, Sign
from urval.store import DirectoryStore, append_event, ledger_prefix, put_observation, put_removal, read_events

SECRET = "Kommentar 1 ü"  # the words of every thread's first comment; those of t3 are restricted
RESTRICTED = "t3c1"


@cache
def room_store() -> Path:
    """Return the store: two sealed packages, runs, ledgers, a key, a removal, a restriction, a planned disposal.

    The comment ``t3c1`` is restricted. Beside it lies ``spec.yaml``.
    """
    scratch = Path(tempfile.mkdtemp(prefix="urval-room-"))
    atexit.register(shutil.rmtree, scratch, ignore_errors=True)
    store = store_copy(scratch)
    opened = DirectoryStore(store)
    _remove(opened, scratch)
    _look_again(opened, store)
    held = held_package(opened, package_folders(store)[1].name)
    restrict(acting_on(opened, held, by="Alva"), held, RESTRICTED, decision="KS 2026/0099", reason="Personuppgift")
    _plan(store, scratch / "spec.yaml")
    return store


def spec_of(store: Path) -> Path:
    """Return the archive spec beside the store."""
    return store.parent / "spec.yaml"


def _remove(store: DirectoryStore, scratch: Path) -> None:
    folder = scratch / "entry"
    folder.mkdir()
    data = picture()
    digest = sha256_hex(data)
    (folder / f"{digest}.png").write_bytes(data)
    saved = SavedFile(file=f"{digest}.png", sha256=digest, bytes=len(data), mime="image/png", width=320, height=200)
    put_removal(store, entry([saved]), folder)


def _look_again(store: DirectoryStore, folder: Path) -> None:
    """Tell of a look at the captured period in which a comment had vanished."""
    capture = json.loads((package_folders(folder)[1] / "manifest.json").read_bytes())["capture"]
    at = datetime(2026, 11, 20, 8, tzinfo=UTC)
    period = package_folders(folder)[1].parent.name
    missing = Missing(what="comment", id="t2c1", thread="t2", sign=Sign.MISSING)
    put_observation(store, Observation(
        format="urval-observation/1", archive=ARCHIVE, account=ACCOUNT, period=period, day="2026-11-20",
        observed_at=at, observed_by="schedule", capture=capture["id"], capture_sha256=capture["sha256"], posts=7,
        comments=20, missing=[missing], uncertain=[],
    ))  # fmt: skip


def _plan(store: Path, spec: Path) -> None:
    """Plan, by one person, and approve, by another, to destroy what was not selected."""
    spec.write_bytes(chosen_spec() + b"retention:\n" + RAW.encode())
    _verified(DirectoryStore(store), package_folders(store)[1])
    desk = open_desk(spec, str(store), fixed_time=EXPIRED, actor="Alva")
    name = save_plan(desk, plan_of(desk, list(candidates(desk.store, desk.loaded.spec, desk.today()))))
    approve(open_desk(spec, str(store), fixed_time=EXPIRED, actor="Bo"), name)


def _verified(store: DirectoryStore, package: Path) -> None:
    """Note that the package was verified, without which nothing of its capture may be destroyed."""
    place = ledger_prefix(ARCHIVE, ACCOUNT, package.parent.name)
    events = read_events(store, place)
    said = {"package": package.name, "verdict": "valid"}
    append_event(store, place, next_event(
        events, State.VERIFIED, at=datetime.now(UTC), actor="test", role="run", refs=said
    ))  # fmt: skip
