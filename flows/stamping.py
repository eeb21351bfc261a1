"""The seal of stored packages in the ledger, and the stamps they still lack."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flows.notes import note_at
from flows.run_manifests import close_run, complete_runs
from flows.sealing import add_stamps, lacking
from urval.errors import SourceError
from urval.holdings import packages
from urval.ledger import State
from urval.manifest import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flows.run import Run
    from urval.holdings import Held

log = logging.getLogger("flows.stamping")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a signed package stands: how many stamps it has of how many it shall have, and why it lacks some."""

    package: str
    stamps: int
    wanted: int
    problem: str = ""


def note_seal(run: Run, held: Held) -> str:
    """Say in the ledger that a package is signed, and add the stamps it lacks; return what to say where one lacks."""
    if held.manifest is None or held.manifest.seal is None:
        return ""
    seal = held.manifest.seal
    signature = sha256_hex(run.store.get(f"{held.prefix}/manifest.json.sig"))
    note_at(run, held.place, State.SEALED, {"package": held.package_id, "signature_sha256": signature, "key": seal.key})
    if run.loaded.spec.seal is None:
        return ""
    try:
        for one in add_stamps(run, run.loaded.spec.seal, seal.stamps, held.prefix):
            refs = {"package": held.package_id, "stamp": str(one.number), "authority": one.authority}
            note_at(run, held.place, State.STAMPED, {**refs, "stamp_sha256": sha256_hex(one.answer)})
    except SourceError as error:
        log.warning("%s: signed, and not stamped yet: %s", held.package_id, error.message)
        return f"signed, and not stamped yet: {error.message}"
    return ""


def stamp_all(run: Run, *, dry: bool) -> Iterator[Standing]:
    """Yield each signed package of the archive that lacks stamps, after asking for them; then see to the runs.

    Args:
        run: The run; its spec names the authorities.
        dry: Ask nobody, and write nothing.
    """
    started_at = run.clock()
    for held in packages(run.store, archive=run.loaded.spec.archive.id):
        seal = held.manifest.seal if held.manifest else None
        if seal is None or not lacking(run.store, held.prefix, seal.stamps):
            continue
        problem = "" if dry else note_seal(run, held)
        left = lacking(run.store, held.prefix, seal.stamps)
        yield Standing(held.package_id, seal.stamps - left, seal.stamps, problem)
    if not dry:
        close_run(run, started_at)
        complete_runs(run)
