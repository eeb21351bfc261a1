"""What can be read cheaply of a seal. Only a verification judges it: keys and authorities are not looked at here."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rfc3161_client import decode_timestamp_response

from urval.errors import UrvalError
from urval.reading_room.pages import View
from urval.verify.seal.listings import stamps_in
from urval.verify.seal.signature import is_good, parse_signature

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects

_MOST = 1 << 20  # bytes of a signature or time stamp


class SealLine(View):
    """A seal as it lies there. ``signature_fits``: the signature is over this manifest, by the key that it names.

    ``key`` is the fingerprint of the key that signed, ``stamps`` the times that the time stamps say (aware, UTC; None
    where one cannot be read), ``wanted`` how many the manifest asks for.
    """

    identity: str
    key_named: str
    key: str
    signature_fits: bool
    stamps: list[datetime | None]
    wanted: int


def seal_of(package: PackageObjects, names: list[str]) -> SealLine | None:
    """Return the seal of a package as far as it can be read; None where its manifest names no signer.

    Args:
        package: The package.
        names: The files that lie beside its payload.
    """
    said = package.manifest.seal
    if said is None:
        return None
    key, fits = "", False
    try:
        with package.beside("manifest.json.sig") as file, package.beside("manifest.json") as manifest:
            signature = parse_signature(file.read(_MOST))
            key = signature.fingerprint
            fits = key == said.key and is_good(signature, manifest.read())
    except (UrvalError, ValueError):
        fits = False
    stamps = [_time(package, one.answer) for one in stamps_in(set(names), "manifest.json")]
    return SealLine(
        identity=said.identity, key_named=said.key, key=key, signature_fits=fits, stamps=stamps, wanted=said.stamps
    )


def _time(package: PackageObjects, name: str) -> datetime | None:
    try:
        with package.beside(name) as file:
            return decode_timestamp_response(file.read(_MOST)).tst_info.gen_time.astimezone(UTC)
    except (UrvalError, ValueError):
        return None
