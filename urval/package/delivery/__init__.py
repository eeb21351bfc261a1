"""Delivery to an e-archive: a sealed package as E-ARK SIP or AIP (FGS Paketstruktur 2.0 = CSIP and SIP 2.1.0).

::

    sealed = read_sealed(folder, verdict="valid", now=now, software=("Urval", "1.0"))
    delivery = compose(sealed, DeliverySettings(kind=Kind.SIP))
    write_delivery(delivery, folder, to)

The package is only read. What is delivered, and why: docs/delivery.md.
"""

from urval.package.delivery.compose import Delivery, compose
from urval.package.delivery.entries import Entry, Sealed
from urval.package.delivery.layout import origin_of, place_of
from urval.package.delivery.reading import read_sealed
from urval.package.delivery.settings import PROFILES, DeliverySettings, Kind
from urval.package.delivery.writing import Written, write_delivery

__all__ = [
    "PROFILES",
    "Delivery",
    "DeliverySettings",
    "Entry",
    "Kind",
    "Sealed",
    "Written",
    "compose",
    "origin_of",
    "place_of",
    "read_sealed",
    "write_delivery",
]
