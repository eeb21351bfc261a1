"""Section 10 of docs/format.md: the package among its neighbours. Pure: the caller hands in what it read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from urval.manifest import parse_manifest, sha256_hex
from urval.verify.findings import UNREADABLE, Findings
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from urval.manifest import Manifest
    from urval.verify.report import Finding

_CODES = ("STO-1", "STO-2", "STO-3", "STO-4", "STO-5", "STO-6", "COR-1")


class CaptureState(StrEnum):
    """What became of the capture a package was made from."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    MISSING = "missing"
    DISPOSED = "disposed"  # under a decision
    NOT_LOOKED_AT = "not looked at"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreContext:
    """What the store holds around one package.

    Attributes:
        key: The key prefix the package lies under, with or without a slash at the end.
        manifest: The bytes of its ``manifest.json``.
        neighbours: The bytes of ``manifest.json`` of every other package of the same archive and account, of this
            and all other periods; None when they were not looked at.
        capture: What became of the capture whose digest the manifest names.
        ledger_problems: What is wrong with the chain of events of account and period, as sentences; None when the
            ledger was not looked at.
        packaged: (package id, hex SHA-256 of ``manifest.json``) of every ``packaged`` event of account and period.
        sealed: (package id, hex SHA-256 of ``manifest.json.sig``) of every ``sealed`` event, likewise.
        signature: The hex SHA-256 of ``manifest.json.sig``, None where there is none.
        listed: (package id, manifest's and signature's hex SHA-256 or None) of all packages that run manifests of the
            archive list; None when these were not looked at.
        disposed: (package id, hex SHA-256 of ``manifest.json``, period id) of every package of the account that was
            disposed of, by tombstone and ledger.
        disposal: The reference of the decision under which the capture was disposed of; "" otherwise.
    """

    key: str
    manifest: bytes
    neighbours: Sequence[bytes] | None = None
    capture: CaptureState = CaptureState.NOT_LOOKED_AT
    ledger_problems: Sequence[str] | None = None
    packaged: Sequence[tuple[str, str]] = ()
    sealed: Sequence[tuple[str, str]] = ()
    signature: str | None = None
    listed: Sequence[tuple[str, str, str | None]] | None = None
    disposed: Sequence[tuple[str, str, str]] = ()
    disposal: str = ""


def verify_store_context(context: StoreContext) -> tuple[Finding, ...]:
    """Return the findings of STO-1 to STO-6 and COR-1, each code at least once."""
    findings = Findings()
    try:
        manifest = parse_manifest(context.manifest)
    except UNREADABLE:  # MAN-1 says what is wrong with it
        findings.skip(Phrase.NOT_READABLE_ABOVE, *_CODES)
    else:
        _check_key(context.key, manifest, findings)
        _check_neighbours(context, manifest, findings)
        _check_capture(context, manifest, findings)
        _check_ledger(context, manifest, findings)
        _check_listed(context, manifest, findings)
    return tuple(finding for code in _CODES for finding in findings.of(code))


def _check_key(key: str, manifest: Manifest, findings: Findings) -> None:
    parts = ("packages", manifest.archive.id, manifest.account.get("id"), manifest.period.id, manifest.package_id)
    findings.expect("STO-1", key, expected="/".join(map(str, parts)), found=key.rstrip("/"))
    findings.done("STO-1")


def _check_neighbours(context: StoreContext, manifest: Manifest, findings: Findings) -> None:
    if context.neighbours is None:
        findings.skip(Phrase.NO_STORE, "STO-2", "STO-3", "COR-1")
        return
    known: dict[str, Manifest] = {}
    for data in context.neighbours:
        try:
            known[sha256_hex(data)] = parse_manifest(data)
        except UNREADABLE:
            findings.skip(Phrase.NOT_READABLE_ABOVE, "STO-3")  # a neighbour that cannot be read may be the missing link
    _check_overlap(manifest, known, findings)
    _check_corrected(context, manifest, known, findings)
    if manifest.previous is None:
        _check_first(manifest, known, findings)
    else:
        _check_previous(context, manifest, known.get(manifest.previous.manifest_sha256), findings)
    findings.done("STO-2", "STO-3")


def _check_overlap(manifest: Manifest, known: Mapping[str, Manifest], findings: Findings) -> None:
    """Find packages of the account that cover some of the same days; supplements and corrections do, and name the one.

    The one that is named as the previous is judged by STO-2.
    """
    named = manifest.previous and manifest.previous.manifest_sha256
    for other in (other for digest, other in known.items() if digest != named):
        overlap = other.period.start < manifest.period.end and manifest.period.start < other.period.end
        if overlap and _same_account(manifest, other) and not any(map(_beside, (manifest, other))):
            findings.fail("STO-3", other.package_id, expected=Phrase.ABSENT, found=other.period.id)


def _beside(manifest: Manifest) -> bool:
    """Tell whether a package stands beside another of the same days on purpose, and says of which."""
    return manifest.supplements is not None or manifest.corrects is not None


def _check_first(manifest: Manifest, known: Mapping[str, Manifest], findings: Findings) -> None:
    for other in known.values():
        if _same_account(manifest, other) and other.period.end <= manifest.period.start:
            findings.fail("STO-3", other.package_id, expected=Phrase.ABSENT, found=Phrase.UNCHAINED)


def _check_previous(context: StoreContext, manifest: Manifest, other: Manifest | None, findings: Findings) -> None:
    previous = manifest.previous
    if previous is not None and other is None:
        gone = {(package, digest): period for package, digest, period in context.disposed}
        period = gone.get((previous.package_id, previous.manifest_sha256))
        if period is not None:
            _check_disposed_before(previous.package_id, period, manifest, findings)
            return
    if previous is None or other is None or other.package_id != previous.package_id:
        named = "" if previous is None else f"{previous.package_id} {previous.manifest_sha256}"
        findings.fail("STO-2", "previous", expected=named, found=Phrase.MISSING)
        return
    if not _same_account(manifest, other):
        findings.fail("STO-2", other.package_id, expected=manifest.account.get("id"), found=other.account.get("id"))
    elif other.period.end > manifest.period.start:
        findings.fail("STO-2", other.package_id, expected=manifest.period.start.isoformat(), found=Phrase.NOT_EARLIER)
    elif other.period.end < manifest.period.start:
        expected, found = manifest.period.start.isoformat(), other.period.end.isoformat()
        findings.fail("STO-3", other.package_id, expected=expected, found=found)


def _check_disposed_before(package: str, period: str, manifest: Manifest, findings: Findings) -> None:
    """Judge the period of a previous package of which only the tombstone is left, by its local days."""
    ends, starts = period.partition("--")[2], manifest.period.id.partition("--")[0]
    if ends > starts:
        findings.fail("STO-2", package, expected=starts, found=Phrase.NOT_EARLIER)
    elif ends < starts:
        findings.fail("STO-3", package, expected=starts, found=ends)


def _check_corrected(
    context: StoreContext, manifest: Manifest, known: Mapping[str, Manifest], findings: Findings
) -> None:
    """COR-1: what a correction corrects is a package of the same account and period, and it says why."""
    stated = manifest.corrects
    if stated is not None:
        other = known.get(stated.manifest_sha256)
        gone = (stated.package_id, stated.manifest_sha256, manifest.period.id) in set(context.disposed)
        there = other is not None and other.package_id == stated.package_id
        same = other is not None and _same_account(manifest, other) and other.period.id == manifest.period.id
        if not ((there and same) or gone) or stated.package_id == manifest.package_id or not stated.reason.strip():
            named = f"{stated.package_id} {stated.manifest_sha256}"
            findings.fail("COR-1", "corrects", expected=Phrase.CORRECTED, found=named)
    findings.done("COR-1")


def _same_account(one: Manifest, other: Manifest) -> bool:
    return (one.archive.id, one.account.get("id")) == (other.archive.id, other.account.get("id"))


def _check_capture(context: StoreContext, manifest: Manifest, findings: Findings) -> None:
    state = context.capture
    if state is CaptureState.NOT_LOOKED_AT:
        findings.skip(Phrase.NO_STORE, "STO-4")
        return
    if state in {CaptureState.DAMAGED, CaptureState.MISSING}:
        found = Phrase.DAMAGED if state is CaptureState.DAMAGED else Phrase.MISSING
        findings.fail("STO-4", manifest.capture.id, expected=Phrase.WHOLE_OR_DISPOSED, found=found)
    if state is CaptureState.DISPOSED:
        findings.note("STO-4", manifest.capture.id, found=f"{Phrase.DISPOSED_UNDER} {context.disposal}")
    findings.done("STO-4")


def _check_ledger(context: StoreContext, manifest: Manifest, findings: Findings) -> None:
    if context.ledger_problems is None:
        findings.skip(Phrase.NO_STORE, "STO-5")
        return
    for problem in context.ledger_problems:
        findings.fail("STO-5", manifest.period.id, expected=Phrase.NO_PROBLEM, found=problem)
    if (manifest.package_id, sha256_hex(context.manifest)) not in set(context.packaged):
        findings.fail("STO-5", manifest.package_id, expected=Phrase.PACKAGED, found=Phrase.MISSING)
    said = {signature for package, signature in context.sealed if package == manifest.package_id}
    if said != ({context.signature} if context.signature else set()):
        found = " ".join(sorted(said)) or Phrase.MISSING
        findings.fail("STO-5", manifest.package_id, expected=context.signature or Phrase.ABSENT, found=found)
    findings.done("STO-5")


def _check_listed(context: StoreContext, manifest: Manifest, findings: Findings) -> None:
    if context.listed is None:
        findings.skip(Phrase.NO_STORE, "STO-6")
        return
    digests = (sha256_hex(context.manifest), context.signature)
    said = [(one, signature) for package, one, signature in context.listed if package == manifest.package_id]
    if not said:
        findings.skip(Phrase.NO_RUN, "STO-6")
    for one in said:
        findings.expect("STO-6", manifest.package_id, expected=_digests(*digests), found=_digests(*one))
    findings.done("STO-6")


def _digests(manifest: str, signature: str | None) -> str:
    return f"{manifest} {signature or '-'}"
