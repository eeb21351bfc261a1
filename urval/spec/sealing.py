"""The seal: who signs the packages, and which authorities stamp the time. The key itself is never part of a spec."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from urval.spec.scalars import Credential, Id, Part, Text, WebAddress, problem

_PEM = "-----BEGIN {0}-----\n(?:[A-Za-z0-9+/=]+\n)+-----END {0}-----\n?"
_CERTIFICATES = re.compile(rf"(?:{_PEM.format('CERTIFICATE')})+")
_REVOCATION = re.compile(rf"(?:{_PEM.format('X509 CRL')})+")
_IDENTITY = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_POLICY = re.compile(r"[0-2](?:\.[0-9]+)+")
_MOST = 3  # stamps on one package


def _certificates(value: str) -> str:
    if not _CERTIFICATES.fullmatch(value):
        raise problem("must be certificates in PEM form, as openssl writes them, and nothing else")
    return value


def _revocation(value: str) -> str:
    if not _REVOCATION.fullmatch(value):
        raise problem("must be revocation lists in PEM form (X509 CRL), and nothing else")
    return value


def _identity(value: str) -> str:
    if not _IDENTITY.fullmatch(value):
        raise problem("must look like an address of e-mail, as arkiv@exempelstad.se; signatures are checked for it")
    return value


def _policy(value: str) -> str:
    if not _POLICY.fullmatch(value):
        raise problem("must be an object identifier of numbers and dots, as 1.2.3.4")
    return value


class TimeStampAuthority(Part):
    """A time-stamp authority (RFC 3161), and what its answers are checked by."""

    id: Id = Field(description="Its name in messages and in the ledger.")
    url: WebAddress = Field(description="Where it answers.")
    certificates: Annotated[Text, AfterValidator(_certificates)] = Field(
        description="PEM of the certificates its signature leads to, the root among them; kept beside each stamp."
    )
    revocation: Annotated[Text, AfterValidator(_revocation)] | None = Field(
        default=None, description="PEM of the revocation list, kept beside each stamp."
    )
    policy: Annotated[Text, AfterValidator(_policy)] | None = Field(
        default=None, description="The policy its stamps must state, as an object identifier."
    )


class SealRule(Part):
    """Who signs, and how many authorities stamp the time."""

    identity: Annotated[Text, AfterValidator(_identity)] = Field(
        description="Who signs, in the form of an address of e-mail; stands in the list of keys."
    )
    passphrase: Credential = Field(
        default="env:URVAL_KEY_PASSPHRASE", description="Reference to the passphrase that opens the key."
    )
    stamps: Annotated[int, Field(ge=0, le=_MOST)] = Field(
        default=1, description="How many stamps a package gets, each by another authority; 0 to 3."
    )
    time_stamps: tuple[TimeStampAuthority, ...] = Field(
        default=(), description="The authorities, in the order in which they are asked."
    )

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.stamps > len(self.time_stamps):
            raise problem("asks for more stamps than there are authorities in 'time_stamps'", at="stamps")
        names = [one.id for one in self.time_stamps]
        if len(set(names)) < len(names):
            raise problem("two authorities have the same id; give each its own", at="time_stamps")
        return self
