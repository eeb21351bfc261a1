"""Section 12 of docs/format.md: the seal. Signature, keys, stamps and listings, each judged by a module of its own.

What needs the extra ``urval[verify]`` (cryptography, rfc3161-client) is imported inside the functions that use it;
without it those codes are *not checked*.
"""

from urval.verify.seal.check import MANIFEST_SEAL, RUN_SEAL, Sealed, SealKind, check_seal
from urval.verify.seal.facts import SealFacts, StampFacts
from urval.verify.seal.signers import AllowedSigner, parse_allowed_signers
from urval.verify.seal.trust import Trust

__all__ = [
    "MANIFEST_SEAL",
    "RUN_SEAL",
    "AllowedSigner",
    "SealFacts",
    "SealKind",
    "Sealed",
    "StampFacts",
    "Trust",
    "check_seal",
    "parse_allowed_signers",
]
