"""The manifest of a run: which packages came since the run before. Written when a command or a flow has packaged some.

``run.json`` is put first, because its number is what two runs may both want: one gets it, the other takes the next. A
run that is killed before its seal is written gets it from the next one.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flows.sealing import RUN, add_stamps, lacking, put_seal, signer_of
from urval.errors import SourceError, StoreConflictError, StoreError
from urval.holdings import package_prefixes
from urval.manifest import sha256_hex
from urval.runs import RunPackage, decode, encode, next_run
from urval.store import run_prefix

if TYPE_CHECKING:
    from datetime import datetime

    from flows.run import Run
    from urval.package.seal import Signer
    from urval.runs import RunManifest
    from urval.store import Store

log = logging.getLogger("flows.run_manifests")
_TRIES = 100  # each lost try means that another run's manifest went in


def close_run(run: Run, started_at: datetime) -> RunManifest | None:
    """Write the manifest of a run that packaged something, seal and stamp it; None where there is nothing new.

    Raises:
        UrvalError: The store refuses, or the key of the seal cannot be opened.
    """
    spec, store = run.loaded.spec, run.store
    signer = signer_of(spec)
    for _ in range(_TRIES):
        runs = read_runs(store, spec.archive.id)
        new = _unlisted(store, spec.archive.id, runs)
        if not new:
            made = None
            break
        made = next_run(
            runs[-1] if runs else None,
            archive=spec.archive.id,
            started_at=started_at,
            ended_at=max(run.clock(), started_at),
            packages=new,
            seal=signer.reference(spec.seal.stamps) if signer and spec.seal else None,
        )
        try:
            store.put(f"{run_prefix(spec.archive.id, made.number)}/{RUN}", encode(made))
        except StoreConflictError:
            continue
        runs = [*runs, made]
        log.info("run %s: %s packages", made.number, len(made.packages))
        break
    else:
        raise StoreError(f"The run manifests in {store.uri} are too busy.", next_step="Give the same command again.")
    _complete(run, runs[-2:], signer)
    return made


def complete_runs(run: Run) -> None:
    """Seal and stamp every run of the archive that a killed command, or a silent authority, left without.

    Raises:
        UrvalError: As :func:`close_run`.
    """
    archive, signer = run.loaded.spec.archive.id, signer_of(run.loaded.spec)
    runs = read_runs(run.store, archive)
    open_ = [
        one for one in runs if one.seal and lacking(run.store, run_prefix(archive, one.number), one.seal.stamps, RUN)
    ]
    _complete(run, open_, signer)


def read_runs(store: Store, archive: str) -> list[RunManifest]:
    """Return the run manifests of an archive in order.

    Raises:
        VerificationError: One cannot be read or was changed.
    """
    return [decode(store.get(key)) for key in store.keys(run_prefix(archive)) if key.endswith(f"/{RUN}")]


def _unlisted(store: Store, archive: str, runs: list[RunManifest]) -> list[RunPackage]:
    """Return the packages of the store that no run lists."""
    listed = {one.package_id for run in runs for one in run.packages}
    found = []
    for prefix in package_prefixes(store, archive=archive):
        _, _, account, period, package_id = prefix.split("/")
        if package_id in listed:
            continue
        signature = f"{prefix}/manifest.json.sig"
        found.append(
            RunPackage(
                account=account,
                period=period,
                package_id=package_id,
                manifest_sha256=sha256_hex(store.get(f"{prefix}/manifest.json")),
                signature_sha256=sha256_hex(store.get(signature)) if store.exists(signature) else None,
            )
        )
    return found


def _complete(run: Run, runs: list[RunManifest], signer: Signer | None) -> None:
    """Seal and stamp the newest runs where a killed one, or a silent authority, left that open."""
    rule = run.loaded.spec.seal
    for one in runs:
        if one.seal is None or rule is None or signer is None or one.seal.key != signer.fingerprint:
            continue
        prefix = run_prefix(one.archive, one.number)
        put_seal(signer, run.store, prefix, RUN)
        try:
            for _ in add_stamps(run, rule, one.seal.stamps, prefix, RUN):
                pass
        except SourceError as error:
            log.warning("run %s is signed, and not stamped yet: %s", one.number, error.message)
