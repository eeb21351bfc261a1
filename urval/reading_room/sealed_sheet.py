"""The seal sheet of a package that was verified here, as ``urval verify --sheet`` prints it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval import __version__
from urval.held_runs import trust_of
from urval.manifest import parse_manifest, sha256_hex
from urval.reading_room.faults import ConflictError, DamagedError, NotHereError
from urval.store import run_prefix
from urval.verify import MemoryReader, listed_packages
from urval.verify.sheet import SheetSource, seal_sheet

if TYPE_CHECKING:
    from datetime import datetime

    from urval.store import Store
    from urval.verify import Report, Trust

_RUN = "run.json"
_LARGEST = 64 << 20  # bytes of a manifest or run that is read


def sheet_of(
    store: Store, prefix: str, report: Report, *, manifest_sha256: str, at: datetime, trust: Trust | None, language: str
) -> bytes:
    """Return the sheet as PDF.

    Args:
        store: The store.
        prefix: The package's key prefix.
        report: What was found.
        manifest_sha256: Of ``manifest.json`` as it was verified.
        at: When it was verified; aware.
        trust: What the room was given for judging seals.
        language: ``sv`` or ``en``.

    Raises:
        NotHereError: The package is gone.
        ConflictError: It was changed since it was verified.
        DamagedError: Its manifest cannot be read, so there is nothing to print.
        ConfigError: Typst is not installed.
        VerificationError: Typst refuses to set the page.
    """
    key = f"{prefix}/manifest.json"
    if not store.exists(key):
        raise NotHereError("the package is not in the store any more, so there is no sheet of it")
    data = store.get(key)
    if sha256_hex(data) != manifest_sha256:
        raise ConflictError("the package was changed since it was verified", next_step="Verify it again.")
    try:
        manifest = parse_manifest(data)
    except (ValueError, RecursionError) as error:
        raise DamagedError("the manifest cannot be read, so there is nothing to print") from error
    _, archive, _, _, package = prefix.split("/")
    judged_by = trust_of(store, archive, trust, at)
    return seal_sheet(
        SheetSource(
            report=report, manifest=manifest, manifest_sha256=manifest_sha256, now=at, software=f"urval {__version__}",
            keys_from="" if judged_by.allowed_signers is None else judged_by.keys_from,
            run=_run_of(store, archive, package),
        ),
        language,
    )  # fmt: skip


def _run_of(store: Store, archive: str, package: str) -> tuple[int, str] | None:
    """Return number and hex SHA-256 of the run that lists a package; None where none does."""
    keys = [key for key in store.keys(run_prefix(archive)) if key.endswith(f"/{_RUN}") and store.size(key) <= _LARGEST]
    for key in reversed(keys):
        data = store.get(key)
        if any(name == package for name, _, _ in listed_packages([MemoryReader(key.split("/")[2], {_RUN: data})])):
            return int(key.split("/")[2]), sha256_hex(data)
    return None
