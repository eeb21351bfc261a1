"""Deliveries of the sealed sample package, made without a store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from urval.package.delivery import (
    Delivery,
    DeliverySettings,
    Kind,
    Sealed,
    Written,
    compose,
    read_sealed,
    write_delivery,
)

if TYPE_CHECKING:
    from pathlib import Path

AT = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
SOFTWARE = ("Urval", "0.1.0")
HOSTILE = "Å <b>&amp; ]]> \"'\x00\x1b[2J\u0085\ufffe\u202e-->"


def read(package: Path, **more: Any) -> Sealed:
    """Return the package, as read for a delivery."""
    return read_sealed(package, verdict="valid", now=AT, software=SOFTWARE, **more)


def settings(kind: Kind = Kind.SIP, **more: Any) -> DeliverySettings:
    """Return settings with an agreement."""
    return DeliverySettings(kind=kind, **({"agreement": "RA 13-2011/5329; 2012-04-12"} | more))


def deliver(package: Path, to: Path, kind: Kind = Kind.SIP, *, as_zip: bool = False, **more: Any) -> Written:
    """Write a delivery of a package."""
    return write_delivery(compose(read(package), settings(kind, **more)), package, to, as_zip=as_zip)


def hostile(sealed: Sealed) -> Sealed:
    """Return the package with texts in its manifest that would break XML, a terminal or a line."""
    manifest = sealed.manifest
    account = manifest.account | {"name": HOSTILE, "purpose": HOSTILE, "reference_code": HOSTILE, "url": HOSTILE}
    archive = manifest.archive.model_copy(update={"name": HOSTILE, "organisation_number": HOSTILE})
    changed = manifest.model_copy(update={"account": account, "archive": archive, "cannot_show": [HOSTILE]})
    return Sealed(**{name: getattr(sealed, name) for name in sealed.__slots__} | {"manifest": changed})


def composed(sealed: Sealed, kind: Kind = Kind.SIP) -> Delivery:
    """Return a delivery that is not written."""
    return compose(sealed, settings(kind))
