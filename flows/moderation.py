"""The register of removed items at its edges: taking an entry in, and handing entries on to a capture."""

from __future__ import annotations

import io
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from connectors._redaction import Redactor
from flows.credentials import secrets_of
from flows.run import clock_of, named_store
from urval.errors import ConfigError, MalformedError, StoreError
from urval.ledger import State, standing
from urval.manifest import file_sha256, sha256_hex
from urval.package.secret_scan import files_with_secrets
from urval.periods import account_occasions
from urval.removals import drafted, encode, thread_id_of, thread_of
from urval.removals.screenshot import saved_file
from urval.spec import read_spec
from urval.store import (
    Put,
    ledger_prefix,
    open_store,
    put_removal,
    read_events,
    read_extras,
    read_removals,
    removal_prefix,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from connectors._warc import WarcFile
    from flows.run import Run
    from urval.removals import Draft, Removal, SavedFile
    from urval.source import Thread
    from urval.spec import Account, ArchiveSpec
    from urval.store import Store

log = logging.getLogger("flows.moderation")
_PARTS = 6  # captures/<archive>/<account>/<period>/<capture id>/capture.json


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Where entries are made: a spec, its store, a clock, and who enters."""

    spec: ArchiveSpec
    store: Store
    clock: Callable[[], datetime]
    actor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """An entry of the register; whether it is new, and the ids of entries that seem to be of the same item."""

    entry: Removal
    new: bool
    alike: tuple[str, ...]


def had_its_last_capture(register: Register, account_id: str) -> bool:
    """Tell whether no capture of the account is to come that an entry could go into: it closed, and was captured."""
    spec = register.spec
    account = spec.account(account_id)
    extras = read_extras(register.store, spec.archive.id, account_id)
    last = next((one for one in account_occasions(spec, account, extras) if one.kind == "closing"), None)
    if last is None:
        return False
    events = read_events(register.store, ledger_prefix(spec.archive.id, account_id, last.period.id))
    return any(event.state is State.CAPTURED for event in events)


def open_register(spec: str, store: str | None, *, fixed_time: str | None = None, actor: str = "") -> Register:
    """Open the register from plain text. A spec that only runs dry will do: what is removed is to be saved anyhow.

    Raises:
        ConfigError: Spec, store or time are wrong.
    """
    clock, _ = clock_of(fixed_time)
    loaded = read_spec(Path(spec)).spec
    return Register(
        spec=loaded,
        store=open_store(store or named_store(), storage=loaded.storage),
        clock=clock,
        actor=actor or os.environ.get("USER", "unknown"),
    )


def enter(register: Register, account_id: str, draft: Draft, screenshots: Sequence[Path] = ()) -> Entered:
    """Take an entry in. All of it is checked before anything is written.

    Args:
        register: The register.
        account_id: The account it was removed from.
        draft: What a person says of it.
        screenshots: Pictures and PDFs that show it.

    Raises:
        ConfigError: Something of it is wrong, or a secret in use stands in it.
        StoreError: The store refuses.
    """
    account = register.spec.account(account_id)
    with tempfile.TemporaryDirectory(prefix="urval-removed-") as name:
        folder = Path(name)
        limit = register.spec.limits.media_bytes
        files = [_taken_in(path, folder, limit) for path in screenshots]
        entry = drafted(draft, files, register.spec, account, now=register.clock(), by=register.actor)
        _refuse_secrets(entry, account, folder)
        before = read_removals(register.store, entry.archive, entry.account)
        put = put_removal(register.store, entry, folder)
    alike = tuple(one.id for one in before if one.id != entry.id and _alike(one, entry))
    return Entered(entry=entry, new=put is Put.CREATED, alike=alike)


def _alike(one: Removal, other: Removal) -> bool:
    if one.kind != other.kind:
        return False
    return one.item == other.item if one.item and other.item else (one.link, one.text) == (other.link, other.text)


def _taken_in(path: Path, folder: Path, limit: int) -> SavedFile:
    """Copy a screenshot into the folder under its digest; a file is read once, so that it cannot change meanwhile."""
    try:
        if not path.is_file():
            raise ConfigError(f"There is no file {path}.", next_step="Check the name.")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.", next_step="Check who may read it.") from error
    if len(data) > limit:
        raise ConfigError(
            f"{path.name} is larger than the {limit:,} bytes that the spec takes.",
            next_step="Give a smaller one, or raise limits.media_bytes in the spec.",
        )
    saved = saved_file(data, path.name)
    try:
        (folder / saved.file).write_bytes(data)
    except OSError as error:
        raise StoreError(
            f"{path.name} cannot be copied to {folder}: {error.strerror}.", next_step="Free space there."
        ) from error
    return saved


def _refuse_secrets(entry: Removal, account: Account, folder: Path) -> None:
    """Refuse what would stop every later capture of the account: a secret in use, or a credential in an address."""
    redactor = Redactor()
    for option, address in (("link", entry.link), ("on-post", entry.on_post or "")):
        if redactor.text(address) != address:
            raise ConfigError(f"--{option} holds a credential.", next_step="Leave it out of the address.")
    secrets = secrets_of(account, needed=False)
    shown = folder / "entry"
    shown.write_bytes(encode(entry))
    leaks = files_with_secrets(folder, secrets)
    shown.unlink()
    if leaks:
        raise ConfigError(
            f"The credential of {account.id} stands in what is to be entered; nothing was written.",
            next_step="Revoke the credential; then enter it without.",
        )


def registered_removals(run: Run, account_id: str, folder: Path, warc: WarcFile) -> Iterator[Thread]:
    """Yield the entries that belong into a capture as threads; each is written into its WARC, its files to its media.

    These are the entries of what was removed before the period's end, less those that a capture of another period
    holds. So one that was entered late goes into the next capture, and one whose period was skipped is not lost.

    Args:
        run: The run.
        account_id: The account.
        folder: The capture's folder.
        warc: The capture's WARC. What is written here lies behind the last answer of the platform, so that a capture
            that is gone on with drops it and writes it anew.

    Raises:
        VerificationError: The register was changed.
        MalformedError: A file of it is not what was entered, or an earlier capture cannot be read.
    """
    archive, _, period = run.place(account_id)
    occasion = run.occasion_of(account_id)
    # After the last capture comes no other: what was removed until now goes into it.
    end = run.clock() if occasion.kind == "closing" else occasion.period.end
    entries = [one for one in read_removals(run.store, archive, account_id) if one.removed_at < end]
    taken = _taken_elsewhere(run.store, archive, account_id, period) if entries else set()
    due = [entry for entry in entries if thread_id_of(entry) not in taken]
    for entry in due:
        for saved in entry.files:
            _fetch(run.store, entry, saved, folder / "media")
        data = encode(entry)
        uri = f"urn:urval:removal:{archive}:{account_id}:{entry.id}"
        warc.write_resource(uri, run.clock(), io.BytesIO(data), len(data), sha256_hex(data))
        yield thread_of(entry)
    if due:
        log.info("%s: %d from the register of removed items", account_id, len(due))


def _fetch(store: Store, entry: Removal, saved: SavedFile, folder: Path) -> None:
    target = folder / saved.file
    if not target.exists():
        store.fetch(f"{removal_prefix(entry.archive, entry.account, entry.id)}/{saved.file}", target)
    if file_sha256(target) != saved.sha256:
        raise MalformedError(
            f"{saved.file} of the entry {entry.id} in the register of removed items was changed.",
            next_step="Restore it from another copy of the store, and find out who changed it.",
        )


def _taken_elsewhere(store: Store, archive: str, account_id: str, period: str) -> set[str]:
    """Return the ids of the threads of entries that captures of the account's other periods hold."""
    taken: set[str] = set()
    skipped: dict[str, bool] = {}
    for key in store.keys(f"captures/{archive}/{account_id}"):
        parts = key.split("/")
        if len(parts) != _PARTS or parts[-1] != "capture.json" or parts[3] == period:
            continue
        if parts[3] not in skipped:
            events = read_events(store, ledger_prefix(archive, account_id, parts[3]))
            skipped[parts[3]] = standing(events) is State.SKIPPED
        if not skipped[parts[3]]:
            taken |= _threads_of(store, f"{key.removesuffix('capture.json')}records/frame.parquet")
    return taken


def _threads_of(store: Store, key: str) -> set[str]:
    try:
        table = pq.read_table(pa.BufferReader(store.get(key)), columns=["thread_id"])
    except (pa.ArrowException, OSError) as error:
        raise MalformedError(
            f"{key} in {store.uri} cannot be read: {error}", next_step="Restore it from another copy of the store."
        ) from error
    return {str(thread_id) for thread_id in table.column("thread_id").to_pylist()}
