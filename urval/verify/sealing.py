"""Section 12 of docs/format.md: the seal of a package, with what its manifest and its spec say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.spec import parse_spec
from urval.verify.findings import UNREADABLE
from urval.verify.layout import MANIFEST, SPEC, SPEC_BYTES, TAG_BYTES
from urval.verify.phrases import Phrase
from urval.verify.reader import read_whole
from urval.verify.seal import MANIFEST_SEAL, Sealed, Trust, check_seal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader
    from urval.verify.seal import SealFacts


def check_package_seal(
    reader: PackageReader, manifest: Manifest | None, plain: Sequence[str], trust: Trust, findings: Findings
) -> SealFacts | None:
    """SEA-1 to SEA-8. Return what a good seal says."""
    if manifest is None:
        findings.skip(Phrase.NOT_READABLE_ABOVE, *MANIFEST_SEAL.codes)
        return None
    moments = moments_of(manifest)
    with findings.reading(MANIFEST, MANIFEST_SEAL.signature):
        data = read_whole(reader, MANIFEST, TAG_BYTES)
        stamped = manifest.seal is not None and trust.authorities is None and f"{MANIFEST}.sig.tsr" in plain
        sealed = Sealed(
            data=data,
            seal=manifest.seal,
            moments=moments,
            last=max((one.at for one in manifest.review.approvals), default=manifest.capture.ended_at),
            fixed_clock=manifest.capture.clock == "fixed",
            authorities=_authorities(reader, manifest) if stamped else (),
        )
        return check_seal(MANIFEST_SEAL, reader, plain, sealed, trust, findings)
    return None


def moments_of(manifest: Manifest) -> list[tuple[str, datetime]]:
    """Return the name and time of everything that a manifest says happened before it was sealed."""
    review = manifest.review
    return [
        ("capture.started_at", manifest.capture.started_at),
        ("capture.ended_at", manifest.capture.ended_at),
        ("review.proposed_at", review.proposed_at),
        *((f"review.approvals: {one.by}", one.at) for one in review.approvals),
        *((f"review.changes: {one.thread}", one.at) for one in review.changes),
        *((f"review.attachments: {one.file}", one.taken_at) for one in review.attachments),
    ]


def _authorities(reader: PackageReader, manifest: Manifest) -> list[tuple[bytes, str | None]]:
    """Return the authorities that the spec names, if it is the one the manifest, and so the signature, covers."""
    try:
        data = read_whole(reader, SPEC, SPEC_BYTES)
        if sha256_hex(data) != manifest.spec.sha256:
            return []
        seal = parse_spec(data, SPEC).spec.seal
    except UNREADABLE:  # SPC-1 says what is wrong with it
        return []
    return [(one.certificates.encode(), one.policy) for one in seal.time_stamps] if seal else []
