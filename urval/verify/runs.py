"""The run manifests of a store (section 12 of docs/format.md): chained, sealed, and what they list is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.runs import RunManifest, check_chain, decode
from urval.verify.codes import RUN_CODES, Level
from urval.verify.findings import UNREADABLE, Findings
from urval.verify.layout import TAG_BYTES
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole
from urval.verify.seal import RUN_SEAL, Sealed, Trust, check_seal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from urval.runs import RunPackage
    from urval.verify.reader import PackageReader
    from urval.verify.report import Report

RUN = "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What the store holds of the packages that runs list.

    Attributes:
        held: (account, package id) -> the hex SHA-256 of ``manifest.json`` and of its signature, None where unsigned.
        disposed: (package id, hex SHA-256 of ``manifest.json``) of what was disposed of under a decision.
        account: Only packages of this account are looked for; None: all.
        anchors: Digests of runs that are known from outside.
    """

    held: Mapping[tuple[str, str], tuple[str, str | None]]
    disposed: Collection[tuple[str, str]] = frozenset()
    account: str | None = None
    anchors: Sequence[str] = ()


def verify_runs(
    archive: str, readers: Sequence[PackageReader], context: RunContext, *, trust: Trust, level: Level = Level.FULL
) -> Report:
    """Verify the run manifests of an archive; the report is of the codes RUN-1 to RUN-10.

    Args:
        archive: The archive creator's id.
        readers: One for each run, by number; its name is the number's six digits.
        context: What the store holds.
        trust: The archive's keys, and authorities.
        level: What the report says it is of.
    """
    findings = Findings(RUN_CODES)
    runs: list[tuple[RunManifest, bytes]] = []
    for reader in readers:
        with findings.reading(f"{reader.name}/{RUN}", "RUN-1"):
            data = read_whole(reader, RUN, TAG_BYTES)
            run = decode(data)
            findings.expect("RUN-1", reader.name, expected=f"{run.number:06}", found=reader.name)
            findings.expect("RUN-1", reader.name, expected=archive, found=run.archive)
            runs.append((run, data))
            _check_seal(reader, run, data, trust, findings)
    for problem in check_chain([run for run, _ in runs]):
        findings.fail("RUN-1", archive, expected=Phrase.NO_PROBLEM, found=problem)
    _check_packages([one for run, _ in runs for one in run.packages], context, findings)
    _check_anchors([sha256_hex(data) for _, data in runs], context.anchors, findings)
    findings.done("RUN-1", *RUN_SEAL.codes)
    return findings.finish(f"runs/{archive}", level)


def listed_packages(readers: Sequence[PackageReader]) -> list[tuple[str, str, str | None]]:
    """Return (package id, manifest's and signature's hex SHA-256) of every package that a readable run lists."""
    found: list[tuple[str, str, str | None]] = []
    for reader in readers:
        try:
            run = decode(read_whole(reader, RUN, TAG_BYTES))
        except UNREADABLE:  # RUN-1 says what is wrong with it
            continue
        found += [(one.package_id, one.manifest_sha256, one.signature_sha256) for one in run.packages]
    return found


def _check_seal(reader: PackageReader, run: RunManifest, data: bytes, trust: Trust, findings: Findings) -> None:
    moments = [("started_at", run.started_at), ("ended_at", run.ended_at)]
    sealed = Sealed(data=data, seal=run.seal, moments=moments, last=run.ended_at)
    for name in reader.names():
        if name not in {RUN, f"{RUN}.sig"} and not name.startswith((f"{RUN}.sig.", "seal/")):
            findings.fail("RUN-6", f"{reader.name}/{name}", expected=Phrase.ABSENT, found=Phrase.NOT_OF_THE_FORMAT)
    check_seal(RUN_SEAL, reader, reader.names(), sealed, trust, findings)


def _check_packages(listed: Sequence[RunPackage], context: RunContext, findings: Findings) -> None:
    for one in listed:
        if context.account not in {None, one.account} or (one.package_id, one.manifest_sha256) in context.disposed:
            continue
        expected = (one.manifest_sha256, one.signature_sha256)
        found = context.held.get((one.account, one.package_id))
        if found is None:
            findings.fail("RUN-9", one.package_id, expected=Phrase.HELD_OR_DISPOSED, found=Phrase.MISSING)
        elif found != expected:
            findings.fail("RUN-9", one.package_id, expected=_text(expected), found=_text(found))
    findings.done("RUN-9")


def _check_anchors(digests: Sequence[str], anchors: Sequence[str], findings: Findings) -> None:
    if not anchors:
        findings.skip(Phrase.NO_ANCHOR, "RUN-10")
    for anchor in anchors:
        if anchor.lower() not in digests:
            findings.fail("RUN-10", anchor, expected=Phrase.A_RUN, found=Phrase.MISSING)
    findings.done("RUN-10")


def _text(digests: tuple[str, str | None]) -> str:
    return f"{digests[0]} {digests[1] or '-'}"
