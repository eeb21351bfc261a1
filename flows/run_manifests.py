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
from urval.package.seal import SEALED
from urval.runs import RunPackage, decode, encode, next_run
from urval.store import run_prefix

if TYPE_CHECKING:
    from datetime import datetime

    from flows.run import Run
    from urval.runs import RunManifest
    from urval.store import Store

log = logging.getLogger("flows.run_manifests")
_TRIES = 100  # each lost try means that another run's manifest went in


def close_run(run: Run, started_at: datetime) -> RunManifest | None:
    """Write the manifest of a run that packaged something, seal and stamp it; None where there is nothing new.

    The key of the seal is opened only where something is to be signed.

    Raises:
        UrvalError: The store refuses, or the key of the seal cannot be opened.
    """
    for _ in range(_TRIES):
        runs = read_runs(run.store, run.loaded.spec.archive.id)
        made = _next(run, runs, started_at)
        if made is None:
            break
        try:
            run.store.put(f"{run_prefix(made.archive, made.number)}/{RUN}", encode(made))
        except StoreConflictError:
            continue
        runs.append(made)
        log.info("run %s: %s packages", made.number, len(made.packages))
        break
    else:
        raise StoreError(
            f"The run manifests in {run.store.uri} are too busy.", next_step="Give the same command again."
        )
    _complete(run, runs[-2:])
    return made


def _next(run: Run, runs: list[RunManifest], started_at: datetime) -> RunManifest | None:
    """Return the manifest of the packages that no run lists yet; None where there are none."""
    spec = run.loaded.spec
    new = _unlisted(run.store, spec.archive.id, runs)
    if not new:
        return None
    signer = signer_of(spec)
    return next_run(
        runs[-1] if runs else None,
        archive=spec.archive.id,
        started_at=started_at,
        ended_at=max(run.clock(), started_at),
        packages=new,
        seal=signer.reference(spec.seal.stamps) if signer and spec.seal else None,
    )


def complete_runs(run: Run) -> None:
    """Seal and stamp every run of the archive that a killed command, or a silent authority, left without.

    Raises:
        UrvalError: As :func:`close_run`.
    """
    _complete(run, read_runs(run.store, run.loaded.spec.archive.id))


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


def _complete(run: Run, runs: list[RunManifest]) -> None:
    """Seal and stamp the runs where a killed one, or a silent authority, left that open."""
    rule = run.loaded.spec.seal
    for one in runs:
        prefix = run_prefix(one.archive, one.number)
        if one.seal is None or rule is None or not _is_signed(run, one, prefix):
            continue
        try:
            if lacking(run.store, prefix, one.seal.stamps, RUN):
                list(add_stamps(run, rule, one.seal.stamps, prefix, RUN))
        except SourceError as error:
            log.warning("run %s is signed, and not stamped yet: %s", one.number, error.message)


def _is_signed(run: Run, one: RunManifest, prefix: str) -> bool:
    """Sign a run that is not signed yet; False where the key it names is not the one there is now."""
    if run.store.exists(f"{prefix}/{SEALED}"):
        return True
    signer = signer_of(run.loaded.spec)
    if signer is None or one.seal is None or signer.fingerprint != one.seal.key:
        log.warning("run %s names a key that there is no more, and stays unsigned", one.number)
        return False
    put_seal(signer, run.store, prefix, RUN)
    return True
