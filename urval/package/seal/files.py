"""The files of a seal, beside the bag's own and listed by none of them (docs/format.md, section 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.manifest import sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urval.package.seal.keys import Signer

SIGNATURE = "manifest.json.sig"
_SIGNERS = "seal/allowed_signers"
SEALED = "seal/sealed.sha256"  # written last


def seal_files(signer: Signer, document: bytes, *, name: str = "manifest.json", namespace: str) -> dict[str, bytes]:
    """Return path -> bytes of the files that seal a document: the same for the same key and document.

    Args:
        signer: Who signs.
        document: The bytes that are signed: of ``manifest.json``, or of a run's ``run.json``.
        name: The document's file name; the signature's is that with ``.sig``.
        namespace: What the signature is for: ``urval-manifest`` or ``urval-run``.
    """
    files = {f"{name}.sig": signer.sign(document, namespace), _SIGNERS: signer.line()}
    return {**files, SEALED: listing_of(files)}


def listing_of(files: Mapping[str, bytes]) -> bytes:
    """Return a listing as ``sha256sum`` writes it, in the order given."""
    return "".join(f"{sha256_hex(data)}  {path}\n" for path, data in files.items()).encode()
