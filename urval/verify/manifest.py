"""Section 2 of docs/format.md: ``manifest.json``."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.manifest import canonical, parse_manifest, sha256_hex
from urval.verify.layout import MANIFEST, PAYLOAD_MANIFEST, TAG_BYTES
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader


def read_manifest(reader: PackageReader, findings: Findings) -> Manifest | None:
    """MAN-1 and MAN-2. Return the manifest, or None when it cannot be read."""
    manifest: Manifest | None = None
    with findings.reading(MANIFEST, "MAN-1", "MAN-2"):
        data = read_whole(reader, MANIFEST, TAG_BYTES)
        parsed = parse_manifest(data)
        _ = parsed.account["id"].encode()  # the one key of the register entry that everything rests on
        if canonical(parsed) != data:
            findings.fail("MAN-2", MANIFEST, found=Phrase.NOT_CANONICAL)
        manifest = parsed
    return manifest  # noqa: RET504 - the guard above may end without it


def check_payload(
    reader: PackageReader, manifest: Manifest, listing: bytes, plain: list[str], findings: Findings
) -> None:
    """MAN-3: number, bytes and listing of the payload."""
    with findings.reading(MANIFEST, "MAN-3"):
        files = [name for name in plain if name.startswith("data/")]
        stated = manifest.payload
        findings.expect("MAN-3", "payload.files", expected=stated.files, found=len(files))
        findings.expect("MAN-3", "payload.bytes", expected=stated.bytes, found=sum(map(reader.size, files)))
        digest = sha256_hex(listing)
        findings.expect("MAN-3", PAYLOAD_MANIFEST, expected=stated.manifest_sha256, found=digest)


def check_identity(manifest: Manifest, folder: str, findings: Findings) -> None:
    """MAN-4: the package's id, and the folder's name."""
    basis = (manifest.format, manifest.capture.sha256, manifest.spec.sha256, manifest.selection.selection_sha256)
    with findings.reading(MANIFEST, "MAN-4"):
        short = sha256_hex("\n".join(basis).encode())[:12]
        expected = f"{manifest.account['id']}_{manifest.period.id}_{short}"
        findings.expect("MAN-4", "package_id", expected=expected, found=manifest.package_id)
        findings.expect("MAN-4", "", expected=manifest.package_id, found=folder)


def check_period(manifest: Manifest, findings: Findings) -> None:
    """MAN-5: the period."""
    period = manifest.period
    with findings.reading("period", "MAN-5"):
        zone = ZoneInfo(period.timezone)
        start, end = period.start.astimezone(zone), period.end.astimezone(zone)
        if not period.start.astimezone(UTC) < period.end.astimezone(UTC):
            findings.fail("MAN-5", "period", expected=period.start.isoformat(), found=period.end.isoformat())
        for moment in (start, end):
            # Where a clock change skips midnight, this is the day's first instant.
            first = datetime.combine(moment.date(), time(), zone).astimezone(UTC)
            findings.expect("MAN-5", "period", expected=first.isoformat(), found=moment.astimezone(UTC).isoformat())
        findings.expect("MAN-5", "period.id", expected=f"{start.date()}--{end.date()}", found=period.id)


def check_statements(manifest: Manifest, findings: Findings) -> None:
    """MAN-6 and MAN-7: what it cannot show, and the decision."""
    if not any(sentence.strip() for sentence in manifest.cannot_show):
        findings.fail("MAN-6", "cannot_show", expected=Phrase.ONE_SENTENCE, found=Phrase.ABSENT)
    if manifest.spec.decision is None:
        findings.fail("MAN-7", "spec.decision", expected=Phrase.DECISION, found=Phrase.ABSENT)
    findings.done("MAN-6", "MAN-7")
