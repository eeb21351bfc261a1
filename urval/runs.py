"""Run manifests: each lists the packages that no run before it lists, and names the digest of the run before.

Everything here is pure; ``urval.store`` keeps the bytes, ``urval.package.seal`` signs them. What the chain shows: no
run before the last can be changed, dropped or moved unnoticed, and no package that a run lists can be gone unnoticed.
What it cannot show: that the newest runs were not cut off, together with their packages; for that, the digest of a run
must be known from outside (printed in minutes, say), and ``urval verify STORE --anchor`` looks for it in the chain.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from pydantic import AwareDatetime  # noqa: TC002 - pydantic reads the annotations at run time

from urval.errors import ConfigError, VerificationError
from urval.manifest import Part, SealRef, canonical, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

FORMAT = "urval-run/1"
NUMBER_DIGITS = 6  # runs/<archive>/<000001>/run.json


class RunPackage(Part):
    """One package a run lists. ``signature_sha256`` is the digest of ``manifest.json.sig``, None where unsigned."""

    account: str
    period: str
    package_id: str
    manifest_sha256: str
    signature_sha256: str | None


class PreviousRun(Part):
    """The run before: its number and the hex SHA-256 of its ``run.json``."""

    number: int
    sha256: str


class RunManifest(Part):
    """``run.json``. ``number`` counts from 1 within an archive; ``seal`` is None where the run is not signed."""

    format: Literal["urval-run/1"]
    archive: str
    number: int
    started_at: AwareDatetime
    ended_at: AwareDatetime
    packages: tuple[RunPackage, ...]
    previous: PreviousRun | None
    seal: SealRef | None


def encode(run: RunManifest) -> bytes:
    """Return ``run.json``: canonical JSON (RFC 8785), without a line feed."""
    return canonical(run)


def decode(data: bytes) -> RunManifest:
    """Parse the bytes of :func:`encode`; other spellings of the same run are refused.

    Raises:
        VerificationError: The bytes are no run manifest of this format, or not canonical.
    """
    try:
        run = RunManifest.model_validate(json.loads(data))
        whole = encode(run) == data
    except (ValueError, TypeError, RecursionError) as error:
        raise VerificationError("A run manifest is not readable.", next_step=_RESTORE) from error
    if not whole:
        raise VerificationError(f"The run manifest {run.number} is not canonical JSON.", next_step=_RESTORE)
    return run


def next_run(
    previous: RunManifest | None,
    *,
    archive: str,
    started_at: datetime,
    ended_at: datetime,
    packages: Sequence[RunPackage],
    seal: SealRef | None,
) -> RunManifest:
    """Return the run that follows on ``previous`` (None: the archive's first). Packages are put in order of their ids.

    Raises:
        ConfigError: There is no package, one is named twice, ``previous`` is of another archive, or the end lies before
            the start.
    """
    listed = sorted(packages, key=_place)
    if not listed:
        raise ConfigError("A run manifest lists one package at least.")
    if len({one.package_id for one in listed}) < len(listed):
        raise ConfigError("A run manifest names a package twice.")
    if previous is not None and previous.archive != archive:
        raise ConfigError(f"The run before is of the archive {previous.archive}, not of {archive}.")
    if ended_at < started_at:
        raise ConfigError(f"The run ends at {ended_at.isoformat()}, before it starts.")
    return RunManifest(
        format=FORMAT,
        archive=archive,
        number=previous.number + 1 if previous else 1,
        started_at=started_at,
        ended_at=ended_at,
        packages=tuple(listed),
        previous=PreviousRun(number=previous.number, sha256=run_sha256(previous)) if previous else None,
        seal=seal,
    )


def run_sha256(run: RunManifest) -> str:
    """Return the hex SHA-256 of ``run.json``: what the next run names, and what is printed in minutes."""
    return sha256_hex(encode(run))


def check_chain(runs: Sequence[RunManifest]) -> list[str]:
    """Return what is wrong with all runs of an archive, sorted by number, one sentence each; nothing if all is well."""
    problems = []
    seen: dict[str, int] = {}
    for place, run in enumerate(runs, start=1):
        before = runs[place - 2] if place > 1 else None
        if run.number != place:
            problems.append(f"Run {place} says it is number {run.number}.")
        expected = PreviousRun(number=place - 1, sha256=run_sha256(before)) if before else None
        if run.previous != expected:
            problems.append(f"Run {place} does not follow from the one before it: one of the two was changed.")
        if run.archive != runs[0].archive:
            problems.append(f"Run {place} is of another archive: {run.archive}.")
        if run.ended_at < run.started_at:
            problems.append(f"Run {place} ends before it starts.")
        if list(run.packages) != sorted(run.packages, key=_place) or not run.packages:
            problems.append(f"Run {place} does not list its packages in order.")
        for one in run.packages:
            if one.package_id in seen:
                problems.append(f"Run {place} lists {one.package_id} again, which run {seen[one.package_id]} lists.")
            seen[one.package_id] = place
    return problems


def _place(one: RunPackage) -> tuple[bytes, bytes, bytes]:
    return one.account.encode(), one.period.encode(), one.package_id.encode()


_RESTORE = "Restore the run manifest from another copy, and find out who changed it."
