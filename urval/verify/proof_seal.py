"""The seal in a proof file (PRF-4 to PRF-6, PRF-8): judged by the same program as the seal of a package.

A proof keeps the seal's files in itself; here they are shown as a package would hold them.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.verify.phrases import Phrase
from urval.verify.reader import MemoryReader
from urval.verify.seal import Sealed, SealKind, check_seal
from urval.verify.seal.listings import SEALED, SIGNERS, stamp_files
from urval.verify.sealing import moments_of

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.verify.findings import Findings
    from urval.verify.proof import ProofFile, ProofSeal
    from urval.verify.seal import SealFacts, Trust

_DOCUMENT = "manifest.json"
_SIGNATURE = f"{_DOCUMENT}.sig"
PROOF_SEAL = SealKind(
    document=_DOCUMENT, namespace="urval-manifest", signature="PRF-4", key="PRF-5", stamps="PRF-6", number="PRF-8",
    listings="PRF-4", times="PRF-6", soon=None, authority="PRF-6",
)  # fmt: skip


def check_proof_seal(proof: ProofFile, manifest: Manifest, trust: Trust, findings: Findings) -> SealFacts | None:
    """PRF-4 to PRF-6 and PRF-8; return what a good seal says. Without a seal they are *not checked*."""
    stated, seal = manifest.seal, proof.seal
    if stated is None or seal is None:
        if (stated is None) != (seal is None):
            findings.fail("PRF-4", "seal", found=Phrase.ABSENT if stated else Phrase.PRESENT)
        if trust.signed:
            findings.fail("PRF-5", "seal", expected=Phrase.SIGNED, found=Phrase.NOT_SIGNED)
        unsaid = (code for code in ("PRF-4", "PRF-5", "PRF-6", "PRF-8") if not findings.has_failed(code))
        findings.skip(Phrase.NOT_SIGNED, *unsaid)
        return None
    if not seal.stamps:
        findings.skip(Phrase.NOT_STAMPED, "PRF-6")
    files = _files_of(seal)
    sealed = Sealed(
        data=proof.manifest.encode(),
        seal=stated,
        moments=moments_of(manifest),
        last=max((one.at for one in manifest.review.approvals), default=manifest.capture.ended_at),
        fixed_clock=manifest.capture.clock == "fixed",
    )
    return check_seal(PROOF_SEAL, MemoryReader("", files), list(files), sealed, trust, findings)


def _files_of(seal: ProofSeal) -> dict[str, bytes]:
    """Return the seal's files by their names in a package, with the listings that a package would hold."""
    files = {_SIGNATURE: seal.signature.encode(), SIGNERS: seal.allowed_signers.encode()}
    listings = {SEALED: list(files)}
    for number, one in enumerate(seal.stamps, 1):
        names = stamp_files(number, _DOCUMENT)
        held = {names.answer: _unpacked(one.response), names.chain: one.certificates.encode()}
        if one.revocation is not None:
            held[names.lists] = one.revocation.encode()
        files |= held
        listings[names.listing] = list(held)
    for listing, names_in in listings.items():
        files[listing] = "".join(f"{sha256_hex(files[name])}  {name}\n" for name in names_in).encode()
    return files


def _unpacked(text: str) -> bytes:
    """Return the bytes that a text stands for; none, which no time stamp is, if it is no base64 in its one spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return data if base64.b64encode(data).decode() == text else b""
