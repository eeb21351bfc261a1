"""The seal: a signature over the manifest, time stamps over the signature (docs/format.md, section 12)."""

from urval.package.seal.files import SEALED, SIGNATURE, listing_of, seal_files
from urval.package.seal.keys import KEY_NAMESPACE, KeyFolder, Signer
from urval.package.seal.sshsig import fingerprint, public_line, signature
from urval.package.seal.stamp import Authority, Stamp, StampNames, checked_stamp, names_of, stamp_query

__all__ = [
    "KEY_NAMESPACE",
    "SEALED",
    "SIGNATURE",
    "Authority",
    "KeyFolder",
    "Signer",
    "Stamp",
    "StampNames",
    "checked_stamp",
    "fingerprint",
    "listing_of",
    "names_of",
    "public_line",
    "seal_files",
    "signature",
    "stamp_query",
]
