"""SSHSIG, the signature of ``ssh-keygen -Y sign``, read strictly: one spelling of each signature, Ed25519 only.

Source: OpenSSH, PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

_HEAD, _TAIL = b"-----BEGIN SSH SIGNATURE-----\n", b"-----END SSH SIGNATURE-----\n"
_COLUMNS = 70
_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as it stands: the raw public key, the purpose it was made for, and the 64 bytes themselves."""

    key: bytes
    namespace: str
    raw: bytes

    @property
    def fingerprint(self) -> str:
        """Return the key's fingerprint as ``ssh-keygen -l`` prints it."""
        return fingerprint(public_blob(self.key))


def public_blob(key: bytes) -> bytes:
    """Return a raw Ed25519 public key in the wire format of SSH."""
    return _string(_KIND) + _string(key)


def fingerprint(blob: bytes) -> str:
    """Return the fingerprint of a public key in the wire format."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def parse_signature(armour: bytes) -> Signature:
    """Return the signature of a ``.sig`` file.

    Raises:
        ValueError: It is no SSHSIG of version 1 by an Ed25519 key with SHA-512, or not spelt as ``ssh-keygen`` does.
    """
    if not armour.startswith(_HEAD) or not armour.endswith(_TAIL):
        raise ValueError("no SSH signature")
    body = armour[len(_HEAD) : -len(_TAIL)].replace(b"\n", b"")
    try:
        blob = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64 in the SSH signature") from error
    text = base64.b64encode(blob)
    lines = [text[at : at + _COLUMNS] + b"\n" for at in range(0, len(text), _COLUMNS)]
    if armour != b"".join([_HEAD, *lines, _TAIL]):
        raise ValueError("an SSH signature in another spelling than ssh-keygen's")
    return _parse_blob(blob)


def _parse_blob(blob: bytes) -> Signature:
    if blob[:10] != _MAGIC + struct.pack(">I", 1):
        raise ValueError("no SSH signature of version 1")
    key, namespace, reserved, digest, signed = _strings(blob[10:], 5)
    if reserved or digest != b"sha512":
        raise ValueError("an SSH signature with another digest than sha512")
    kind, raw = _strings(signed, 2)
    if kind != _KIND or len(raw) != _SIGNATURE_BYTES:
        raise ValueError("no Ed25519 signature")
    return Signature(key=raw_key(key), namespace=namespace.decode("utf-8"), raw=raw)


def raw_key(blob: bytes) -> bytes:
    """Return the 32 bytes of an Ed25519 public key in the wire format.

    Raises:
        ValueError: It is no such key.
    """
    kind, key = _strings(blob, 2)
    if kind != _KIND or len(key) != _KEY_BYTES:
        raise ValueError("no Ed25519 key")
    return key


def is_good(signature: Signature, message: bytes) -> bool:
    """Tell whether the signature is its key's over the message, for its namespace.

    Raises:
        ImportError: cryptography is not installed.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - only the extra "verify" has it
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415 - as above

    head = _string(signature.namespace.encode()) + _string(b"") + _string(b"sha512")
    signed = _MAGIC + head + _string(hashlib.sha512(message).digest())
    try:
        Ed25519PublicKey.from_public_bytes(signature.key).verify(signature.raw, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


def _strings(data: bytes, count: int) -> list[bytes]:
    """Return the ``count`` strings that ``data`` consists of."""
    found = []
    for _ in range(count):
        if len(data) < 4:  # noqa: PLR2004 - bytes of a length
            raise ValueError("an SSH signature is cut off")
        (length,) = struct.unpack(">I", data[:4])
        if length > len(data) - 4:
            raise ValueError("an SSH signature is cut off")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    if data:
        raise ValueError("an SSH signature with something after it")
    return found


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data
