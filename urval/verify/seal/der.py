"""The outer shape of a time-stamp response (RFC 3161), in DER, read strictly: nothing after it, one token, one signer.

::

    TimeStampResp ::= SEQUENCE { SEQUENCE { INTEGER status, … }, ContentInfo }
    ContentInfo   ::= SEQUENCE { OID signedData, [0] SEQUENCE {
                        INTEGER version, SET digests, SEQUENCE content, [0] certificates?, [1] lists?, SET signers } }
"""

from __future__ import annotations

from dataclasses import dataclass

_INTEGER, _OID, _SEQUENCE, _SET, _EXPLICIT, _LISTS = 0x02, 0x06, 0x30, 0x31, 0xA0, 0xA1
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_GRANTED = b"\x02\x01\x00"
_RSA, _ECDSA, _ANY = "2a864886f70d0101", "2a8648ce3d0403", ("2a864886f70d010101", "2a864886f70d01010a", "2b6570")
_ALGORITHMS = {  # by digest: SHA-256, SHA-384, SHA-512; plain RSA, RSA-PSS and Ed25519 go with each
    "608648016503040201": (*_ANY, f"{_RSA}0b", f"{_ECDSA}02"),
    "608648016503040202": (*_ANY, f"{_RSA}0c", f"{_ECDSA}03"),
    "608648016503040203": (*_ANY, f"{_RSA}0d", f"{_ECDSA}04"),
}


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, its bytes with tag and length, and its content."""

    tag: int
    whole: bytes
    content: bytes


def elements(data: bytes) -> list[Element]:
    """Return the elements that the bytes consist of.

    Raises:
        ValueError: They are no DER: a length is not the shortest, indefinite, or leads past the end.
    """
    found, at = [], 0
    while at < len(data):
        start, at = at, at + 1
        if data[start] & 0x1F == 0x1F or at >= len(data):  # noqa: PLR2004 - a tag of several bytes
            raise ValueError("no DER: a tag of several bytes")
        length, at = _length(data, at)
        if length > len(data) - at:
            raise ValueError("no DER: cut off")
        found.append(Element(data[start], data[start : at + length], data[at : at + length]))
        at += length
    return found


def _length(data: bytes, at: int) -> tuple[int, int]:
    first = data[at]
    if first < 0x80:  # noqa: PLR2004 - the short form
        return first, at + 1
    count = first & 0x7F
    digits = data[at + 1 : at + 1 + count]
    value = int.from_bytes(digits, "big")
    if not 1 <= count <= 4 or len(digits) < count or digits[0] == 0 or value < 0x80:  # noqa: PLR2004 - DER's shortest
        raise ValueError("no DER: a length in another form than the shortest")
    return value, at + 1 + count


def strict_response(data: bytes) -> bytes:
    """Return a response whose outer shape is right, with its certificates in DER's order of a set.

    Authorities often send the certificates in the order of the chain. Nothing signs their order, so putting it right
    changes nothing but that strict readers read it.

    Raises:
        ValueError: The status is not exactly *granted*, there is no token or more than one, or something follows.
    """
    outer = _only(elements(data), _SEQUENCE, "one response")
    parts = elements(outer.content)
    if len(parts) != 2 or parts[0].tag != _SEQUENCE:  # noqa: PLR2004 - status and token
        raise ValueError("a time-stamp response with no token, or with more than one")
    if not parts[0].content.startswith(_GRANTED):
        raise ValueError("the authority did not grant the stamp")
    info = elements(parts[1].content)
    if parts[1].tag != _SEQUENCE or len(info) != 2 or info[0].whole != _SIGNED_DATA:  # noqa: PLR2004 - type, content
        raise ValueError("a time-stamp token that is no signed data")
    signed = _only(elements(_only(info[1:], _EXPLICIT, "one content").content), _SEQUENCE, "one signed data")
    inner = elements(signed.content)
    if [one.tag for one in inner if one.tag not in {_EXPLICIT, _LISTS}] != [_INTEGER, _SET, _SEQUENCE, _SET]:
        raise ValueError("a time-stamp token in another shape than the standard's")
    if inner[0].whole != b"\x02\x01\x03":
        raise ValueError("a time-stamp token of another version than 3")
    _check_signer(elements(_only(elements(inner[-1].content), _SEQUENCE, "one signer").content))
    return _in_order(data, inner)


def _check_signer(parts: list[Element]) -> None:
    """Look at what of a signer is not under its own signature: version and the name of the algorithm."""
    sequences = [elements(one.content) for one in parts if one.tag == _SEQUENCE]
    if parts[0].whole != b"\x02\x01\x01" or len(sequences) != 3:  # noqa: PLR2004 - issuer, digest, signature
        raise ValueError("a signer of a time stamp in another shape than the standard's")
    digest, algorithm = (one[0].content.hex() if one else "" for one in sequences[1:])
    if algorithm not in _ALGORITHMS.get(digest, ()):
        raise ValueError("a time stamp signed with an algorithm that is not known here")


def _in_order(data: bytes, inner: list[Element]) -> bytes:
    held = [one for one in inner if one.tag == _EXPLICIT]
    if len(held) > 1:
        raise ValueError("a time-stamp token with two sets of certificates")
    for one in held:
        ordered = b"".join(sorted(part.whole for part in elements(one.content)))
        data = data.replace(one.content, ordered, 1)
    return data


def _only(found: list[Element], tag: int, what: str) -> Element:
    if len(found) != 1 or found[0].tag != tag:
        raise ValueError(f"a time-stamp response holds not exactly {what}")
    return found[0]
