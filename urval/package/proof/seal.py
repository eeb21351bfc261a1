"""The seal of a package as a proof carries it: texts as they are, time stamps in base64."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from urval.errors import PackageError
from urval.package.proof.reading import read_small, read_text

if TYPE_CHECKING:
    from urval.manifest import Manifest
    from urval.package.proof.reading import PackageFiles

SIGNATURE = "manifest.json.sig"
SIGNERS = "seal/allowed_signers"
_RESPONSE = re.compile(r"manifest\.json\.sig(?:\.([2-9]|[1-9][0-9]{1,3}))?\.tsr")


def seal_of(files: PackageFiles, manifest: Manifest) -> dict[str, Any] | None:
    """Return signature, keys and time stamps; None where the manifest names no seal.

    Raises:
        PackageError: The manifest names a seal, and its files are not there or not whole.
    """
    if manifest.seal is None:
        return None
    names = set(files.names())
    if SIGNATURE not in names:
        raise PackageError(
            f"the package {manifest.package_id} is to be sealed, and is not signed yet",
            next_step="Seal it first: urval seal.",
        )
    numbers = sorted(int(found[1] or 1) for name in names if (found := _RESPONSE.fullmatch(name)))
    return {
        "signature": read_text(files, SIGNATURE),
        "allowed_signers": read_text(files, SIGNERS),
        "stamps": [_stamp(files, number, names) for number in numbers],
    }


def _stamp(files: PackageFiles, number: int, names: set[str]) -> dict[str, Any]:
    place = "" if number == 1 else f".{number}"
    revocation = f"seal/tsa{place}.crl.pem"
    return {
        "response": base64.b64encode(read_small(files, f"{SIGNATURE}{place}.tsr")).decode(),
        "certificates": read_text(files, f"seal/tsa{place}.pem"),
        "revocation": read_text(files, revocation) if revocation in names else None,
    }
