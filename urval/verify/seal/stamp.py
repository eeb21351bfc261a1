"""One time stamp over a signature (RFC 3161): is it whole, over these bytes, by an authority that could give it?

Needs cryptography and rfc3161-client; imported only where the extra "verify" is installed.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from urval.verify.seal.chain import certificates, may_stamp, path_to, revocation_lists, revoked, roots_of
from urval.verify.seal.der import strict_response
from urval.verify.seal.facts import StampFacts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rfc3161_client import TimeStampResponse


@dataclass(frozen=True, slots=True)
class GoodStamp:
    """A stamp that holds by what is kept beside it: what it says, its signer, and the certificates at hand."""

    facts: StampFacts
    leaf: x509.Certificate
    pool: tuple[x509.Certificate, ...]

    def leads_to(self, trusted: Sequence[x509.Certificate]) -> bool:
        """Tell whether the authority's chain reaches a certificate that is trusted from elsewhere."""
        return path_to(self.leaf, self.pool, trusted, self.facts.at) is not None


def judge_stamp(
    number: int, answer: bytes, signature: bytes, kept: bytes, lists: bytes | None, *, trusted: bytes | None
) -> GoodStamp:
    """Return what a good stamp says.

    Args:
        number: Which stamp it is, from 1.
        answer: The authority's response, as kept.
        signature: The bytes of the signature it must be over.
        kept: The certificates kept beside it (PEM).
        lists: The revocation lists kept beside it (PEM).
        trusted: Certificates trusted from elsewhere (PEM), which may complete the chain.

    Raises:
        ValueError: It is not good; the text says why.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # of certificates as authorities have them
        try:
            return _judged(number, answer, signature, kept, lists, trusted)
        except (x509.InvalidVersion, UnsupportedAlgorithm) as error:  # these alone are no ValueErrors
            raise ValueError(str(error)) from error


def _judged(
    number: int, answer: bytes, signature: bytes, kept: bytes, lists: bytes | None, trusted: bytes | None
) -> GoodStamp:
    response = decode_timestamp_response(strict_response(answer))
    info = response.tst_info
    at = info.gen_time.astimezone(UTC)
    carried = [x509.load_der_x509_certificate(one) for one in response.signed_data.certificates]
    pool = [*certificates(kept), *carried, *(certificates(trusted) if trusted else ())]
    leaf = _signer(response, pool)
    path = path_to(leaf, pool, roots_of(certificates(kept)), at)
    if path is None and trusted:
        path = path_to(leaf, pool, certificates(trusted), at)
    if path is None:
        raise ValueError(f"the authority's certificates do not lead to one that is kept, valid at {at.isoformat()}")
    if not may_stamp(leaf):
        raise ValueError("the authority's certificate is not one for time stamps alone")
    if lists is not None and revoked(path, revocation_lists(lists, path), at):
        raise ValueError("the authority's certificate was revoked")
    _check_signature(response, leaf, pool, signature)
    name = leaf.subject.rfc4514_string()
    policy = info.policy.dotted_string
    facts = StampFacts(number=number, authority=name, at=at, serial=str(info.serial_number), policy=policy)
    return GoodStamp(facts, leaf, tuple(pool))


def _signer(response: TimeStampResponse, pool: Sequence[x509.Certificate]) -> x509.Certificate:
    (signer,) = response.signed_data.signer_infos
    for one in pool:
        if one.issuer == signer.issuer and one.serial_number == signer.serial_number:
            return one
    raise ValueError("the certificate of the stamp's signer is neither in it nor kept")


def _check_signature(
    response: TimeStampResponse, leaf: x509.Certificate, pool: Sequence[x509.Certificate], signature: bytes
) -> None:
    builder = VerifierBuilder(tsa_certificate=leaf, roots=list(dict.fromkeys(pool)))
    try:
        builder.build().verify_message(response, signature)
    except VerificationError as error:
        raise ValueError(f"the time stamp does not verify: {error}") from error
