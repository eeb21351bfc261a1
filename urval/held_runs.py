"""What a store holds of run manifests and published keys, as the verifier wants to see it. Reads only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from urval.errors import VerificationError
from urval.manifest import sha256_hex
from urval.store import read_allowed_signers, run_prefix
from urval.verify import MemoryReader, RunContext, Trust, listed_packages, verify_runs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from datetime import datetime

    from urval.store import Store
    from urval.verify import Level, Report

RUN = "run.json"
_LARGEST = 64 << 20  # bytes of a file of a run; what is larger is as good as missing
_DEPTH = 3  # runs/<archive>/<number>


def archives_with_runs(store: Store) -> list[str]:
    """Return the ids of the archives of which there are run manifests, sorted."""
    return sorted({parts[1] for key in store.keys("runs") if len(parts := key.split("/")) > _DEPTH})


def run_readers(store: Store, archive: str) -> list[MemoryReader]:
    """Return the files of each run of an archive, by number."""
    files: dict[str, dict[str, bytes]] = {}
    for key in store.keys(run_prefix(archive)):
        parts = key.split("/", _DEPTH)
        if len(parts) > _DEPTH:
            held = files.setdefault(parts[2], {})
            if store.size(key) <= _LARGEST:
                held[parts[3]] = store.get(key)
    return [MemoryReader(number, held) for number, held in sorted(files.items())]


def newest_run(store: Store, archive: str) -> tuple[str, str] | None:
    """Return the number of the newest run of an archive and the hex SHA-256 of its ``run.json``; None without any."""
    keys = [key for key in store.keys(run_prefix(archive)) if key.endswith(f"/{RUN}") and store.size(key) <= _LARGEST]
    return (keys[-1].split("/")[2], sha256_hex(store.get(keys[-1]))) if keys else None


def listed_in(store: Store, archive: str) -> list[tuple[str, str, str | None]]:
    """Return what :func:`urval.verify.listed_packages` says of the runs of an archive; their seals are not read."""
    keys = [key for key in store.keys(run_prefix(archive)) if key.endswith(f"/{RUN}") and store.size(key) <= _LARGEST]
    return listed_packages([MemoryReader(key.split("/")[2], {RUN: store.get(key)}) for key in keys])


def trust_of(store: Store, archive: str, given: Trust | None, now: datetime) -> Trust:
    """Return what packages of a store are judged by: what was given, else the keys that the archive has published.

    Where the published history was changed, no key of it is trusted, and each report says why.
    """
    given = replace(given or Trust(), now=given.now if given and given.now else now)
    if given.allowed_signers is not None:
        return given
    place = f"{store.uri}/keys/{archive}"
    try:
        return replace(given, allowed_signers=read_allowed_signers(store, archive), keys_from=place)
    except VerificationError as error:
        return replace(given, problem=error.message, keys_from=place)


def signature_sha256(store: Store, prefix: str) -> str | None:
    """Return the digest of a package's ``manifest.json.sig``; None where there is none."""
    key = f"{prefix}/manifest.json.sig"
    return sha256_hex(store.get(key)) if store.exists(key) else None


def verify_held_runs(
    store: Store,
    archive: str,
    held: Iterable[tuple[str, str]],
    *,
    trust: Trust,
    level: Level,
    disposed: Collection[tuple[str, str]] = frozenset(),
    account: str | None = None,
    anchors: Sequence[str] = (),
) -> Report:
    """Verify the run manifests of an archive against the packages the store holds.

    Args:
        store: The store.
        archive: The archive creator's id.
        held: (key prefix, hex SHA-256 of ``manifest.json``) of every package of the archive, or of the account.
        trust: The archive's keys, and authorities.
        level: The level of the whole verification.
        disposed: (package id, hex SHA-256 of ``manifest.json``) of what was disposed of under a decision.
        account: Only packages of this account are looked for.
        anchors: Digests of runs that are known from outside.
    """
    known = {}
    for prefix, digest in held:
        _, _, whose, _, package = prefix.split("/")
        known[whose, package] = (digest, signature_sha256(store, prefix))
    context = RunContext(held=known, disposed=disposed, account=account, anchors=anchors)
    return verify_runs(archive, run_readers(store, archive), context, trust=trust, level=level)
