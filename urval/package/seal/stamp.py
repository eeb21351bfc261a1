"""Time stamps of authorities (RFC 3161) over a signature: what is asked, and whether the answer may be kept.

Pure: the bytes travel elsewhere. An answer that does not verify is never kept; the package stays signed and unstamped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import ObjectIdentifier
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from urval.errors import MalformedError, RefusedError

if TYPE_CHECKING:
    from datetime import datetime

    from rfc3161_client import TimeStampRequest, TimeStampResponse

_GRANTED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A time-stamp authority. ``certificates`` is the PEM of the certificates its chain leads to, root among them."""

    id: str
    url: str
    certificates: bytes
    revocation: bytes | None = None
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class StampNames:
    """Where the k-th stamp lies beside a document: the answer, the chain, the revocation list, the listing of these."""

    answer: str
    chain: str
    revocation: str
    listing: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """An answer that verified: its bytes, and the time it states (aware, UTC)."""

    answer: bytes
    at: datetime


def names_of(number: int, name: str = "manifest.json") -> StampNames:
    """Return the paths of the stamp of that number, from 1."""
    part = "" if number == 1 else f".{number}"
    return StampNames(
        answer=f"{name}.sig{part}.tsr",
        chain=f"seal/tsa{part}.pem",
        revocation=f"seal/tsa{part}.crl.pem",
        listing=f"seal/stamped{part}.sha256",
    )


def stamp_query(signature: bytes) -> TimeStampRequest:
    """Return the request for a stamp over a signature, with a nonce and a wish for the certificate."""
    builder = TimestampRequestBuilder().data(signature).hash_algorithm(HashAlgorithm.SHA256)
    return builder.nonce(nonce=True).cert_request(cert_request=True).build()


def checked_stamp(answer: bytes, signature: bytes, authority: Authority, *, nonce: int | None) -> Stamp:
    """Return the stamp that an authority answered with, if it is one over this signature, by this authority.

    Args:
        answer: The DER bytes of the time-stamp response.
        signature: What it must be over.
        authority: Whose it must be.
        nonce: The request's; None for an answer that was kept earlier.

    Raises:
        RefusedError: The authority says no, or its certificate does not lead to the ones that are kept.
        MalformedError: The answer is no time-stamp response.
    """
    response = _decoded(answer, authority)
    if response.status != _GRANTED:
        words = " ".join(response.status_string) or f"status {response.status}"
        raise RefusedError(f"the time-stamp authority {authority.id} refused: {words[:200]}")
    builder = VerifierBuilder(nonce=nonce, policy_id=ObjectIdentifier(authority.policy) if authority.policy else None)
    for certificate in x509.load_pem_x509_certificates(authority.certificates):
        own = certificate.subject == certificate.issuer
        builder = (
            builder.add_root_certificate(certificate) if own else builder.add_intermediate_certificate(certificate)
        )
    try:
        builder.build().verify_message(response, signature)
    except VerificationError as error:
        raise RefusedError(
            f"the time stamp of {authority.id} does not verify: {error}",
            next_step="Compare 'certificates' of the spec's 'seal' with what the authority publishes.",
        ) from error
    return Stamp(answer, response.tst_info.gen_time.astimezone(UTC))


def _decoded(answer: bytes, authority: Authority) -> TimeStampResponse:
    try:
        response = decode_timestamp_response(answer)
    except ValueError as error:
        raise MalformedError(f"the time-stamp authority {authority.id} answered with no time stamp") from error
    if response.as_bytes() != answer:
        raise MalformedError(f"the time-stamp authority {authority.id} answered with more than a time stamp")
    return response
