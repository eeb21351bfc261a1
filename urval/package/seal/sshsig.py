"""SSHSIG: the signature that ``ssh-keygen -Y sign`` makes, byte for byte, with an Ed25519 key.

Source: OpenSSH, PROTOCOL.sshsig.
"""

from __future__ import annotations

import base64
import hashlib
import textwrap
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_HASH = b"sha512"
_COLUMNS = 70  # of the armour, as OpenSSH writes it


def signature(key: Ed25519PrivateKey, data: bytes, namespace: str) -> bytes:
    """Return the armoured signature over data, valid for one purpose (the namespace) only."""
    head = _string(namespace.encode()) + _string(b"") + _string(_HASH)
    signed = key.sign(_MAGIC + head + _string(hashlib.sha512(data).digest()))
    blob = _MAGIC + (1).to_bytes(4, "big") + _string(public_blob(key.public_key())) + head
    blob += _string(_string(_KIND) + _string(signed))
    lines = textwrap.wrap(base64.b64encode(blob).decode(), _COLUMNS)
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""]).encode()


def public_blob(key: Ed25519PublicKey) -> bytes:
    """Return a public key in the wire format of SSH."""
    return _string(_KIND) + _string(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_line(key: Ed25519PublicKey) -> str:
    """Return a public key as ``ssh-ed25519 AAAA…``."""
    return f"{_KIND.decode()} {base64.b64encode(public_blob(key)).decode()}"


def fingerprint(key: Ed25519PublicKey) -> str:
    """Return the fingerprint as ``ssh-keygen -l`` prints it: ``SHA256:…``."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(public_blob(key)).digest()).decode().rstrip("=")


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data
