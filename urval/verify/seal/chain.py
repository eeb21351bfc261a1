"""The certificates of a time-stamp authority: does its own lead to one that is trusted, at the time of the stamp?

Needs cryptography; imported only by what the extra "verify" brought.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import CRLEntryExtensionOID, ExtendedKeyUsageOID

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

_DEEPEST = 8  # certificates in a chain
# After such a revocation, what was signed before it still counts (RFC 3161, appendix B and section 4).
_HARMLESS = frozenset({
    x509.ReasonFlags.unspecified, x509.ReasonFlags.affiliation_changed, x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
})  # fmt: skip


def certificates(pem: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM file.

    Raises:
        ValueError: It holds none, or one that cannot be read.
    """
    try:
        return x509.load_pem_x509_certificates(pem)
    except x509.InvalidVersion as error:  # which is no ValueError
        raise ValueError(str(error)) from error


def path_to(
    leaf: x509.Certificate, pool: Iterable[x509.Certificate], trusted: Sequence[x509.Certificate], at: datetime
) -> list[x509.Certificate] | None:
    """Return the certificates from a leaf to a trusted one, all valid at an aware time; None where there is no way."""
    known = list(dict.fromkeys([*trusted, *pool]))
    path = [leaf]
    while _valid_at(path[-1], at) and len(path) <= _DEEPEST:
        if path[-1] in trusted:
            return path
        above = next((one for one in known if one not in path and _issued(one, path[-1])), None)
        if above is None:
            return None
        path.append(above)
    return None


def roots_of(pool: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """Return the certificates that issued themselves."""
    return [one for one in pool if one.issuer == one.subject]


def may_stamp(leaf: x509.Certificate) -> bool:
    """Tell whether a certificate is for time stamps and nothing else, and says so critically (RFC 3161, 2.3)."""
    try:
        usage = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return usage.critical and list(usage.value) == [ExtendedKeyUsageOID.TIME_STAMPING]


def revoked(path: Sequence[x509.Certificate], lists: Sequence[x509.CertificateRevocationList], at: datetime) -> bool:
    """Tell whether a list by an issuer on the path revokes a certificate on it, so that a stamp at ``at`` is void."""
    return any(
        _is_void(lists_entry, at)
        for one, issuer in zip(path, [*path[1:], path[-1]], strict=True)
        for held in lists
        if held.issuer == issuer.subject
        and (lists_entry := held.get_revoked_certificate_by_serial_number(one.serial_number)) is not None
    )


def revocation_lists(pem: bytes, path: Sequence[x509.Certificate]) -> list[x509.CertificateRevocationList]:
    """Return the revocation lists of a PEM file, each signed by a certificate on the path.

    Raises:
        ValueError: One cannot be read, or is by somebody else.
    """
    end = b"-----END X509 CRL-----\n"
    held = [x509.load_pem_x509_crl(part + end) for part in pem.split(end) if part]
    for one in held:
        if not any(one.issuer == issuer.subject and _signed(one, issuer) for issuer in path):
            raise ValueError("a revocation list by somebody else than the authority's issuer")
    return held


def _signed(one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        return one.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]  # another kind of key raises
    except (TypeError, ValueError, UnsupportedAlgorithm):
        return False


def _is_void(entry: x509.RevokedCertificate, at: datetime) -> bool:
    try:
        value = entry.extensions.get_extension_for_oid(CRLEntryExtensionOID.CRL_REASON).value
        reason = value.reason if isinstance(value, x509.CRLReason) else None
    except x509.ExtensionNotFound:
        reason = x509.ReasonFlags.unspecified
    return reason not in _HARMLESS or entry.revocation_date_utc <= at


def _valid_at(one: x509.Certificate, at: datetime) -> bool:
    return one.not_valid_before_utc <= at <= one.not_valid_after_utc


def _issued(issuer: x509.Certificate, one: x509.Certificate) -> bool:
    try:
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
        one.verify_directly_issued_by(issuer)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return basic.ca
