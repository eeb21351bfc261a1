"""The run manifests of an archive as they lie in the store: when, how many packages, with which seal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import VerificationError
from urval.held_runs import RUN, archives_with_runs
from urval.runs import check_chain, decode
from urval.store import run_prefix

if TYPE_CHECKING:
    from datetime import datetime

    from urval.runs import RunManifest
    from urval.store import Store

_NUMBER = re.compile(r"[0-9]{6,9}")
_MOST = 64 << 20  # bytes of run.json


@dataclass(frozen=True, slots=True, kw_only=True)
class RunTold:
    """One run. ``signed`` and ``stamped`` say that the files are there, not that they are right.

    ``identity`` is whose signature the run says it has; "" where it is to have none.
    """

    archive: str
    number: int
    started_at: datetime | None
    ended_at: datetime | None
    packages: int
    identity: str
    signed: bool
    stamped: bool
    stamps_wanted: int
    problem: str = ""  # why it cannot be read


def runs_told(store: Store) -> tuple[list[RunTold], list[tuple[str, str]]]:
    """Read every run manifest of a store.

    Returns:
        The runs, by archive and number, and (archive, what is wrong with the chain of its runs).

    Raises:
        StoreError: The store cannot be reached.
    """
    runs: list[RunTold] = []
    problems: list[tuple[str, str]] = []
    for archive in archives_with_runs(store):
        told, chain = _of_archive(store, archive)
        runs += told
        problems += [(archive, sentence) for sentence in chain]
    return runs, problems


def _of_archive(store: Store, archive: str) -> tuple[list[RunTold], list[str]]:
    prefix = run_prefix(archive)
    files: dict[str, set[str]] = {}
    for key in store.keys(prefix):
        number, _, name = key.removeprefix(f"{prefix}/").partition("/")
        if name and _NUMBER.fullmatch(number):
            files.setdefault(number, set()).add(name)
    told, whole = [], []
    for number, names in sorted(files.items()):
        run, problem = _read(store, f"{prefix}/{number}/{RUN}") if RUN in names else (None, f"it lacks {RUN}")
        if run is not None:
            whole.append(run)
        told.append(RunTold(
            archive=archive, number=int(number), started_at=run.started_at if run else None,
            ended_at=run.ended_at if run else None, packages=len(run.packages) if run else 0,
            identity=run.seal.identity if run and run.seal else "", signed=f"{RUN}.sig" in names,
            stamped=f"{RUN}.sig.tsr" in names,
            stamps_wanted=run.seal.stamps if run and run.seal else 0, problem=problem,
        ))  # fmt: skip
    return told, check_chain(whole) if len(whole) == len(files) else []


def _read(store: Store, key: str) -> tuple[RunManifest | None, str]:
    if store.size(key) > _MOST:
        return None, f"{RUN} is larger than {_MOST} bytes"
    try:
        return decode(store.get(key)), ""
    except VerificationError as error:
        return None, error.message
