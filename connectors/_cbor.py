"""DAG-CBOR, strictly: the one byte form in which AT Protocol repositories keep records. Pure.

Own code, because the common decoder (PyPI ``libipld``) returns links as plain bytes: a record's JSON could then not be
told from one with other content. Anything that has a second way to be written is refused, as the specification asks:
indefinite lengths, numbers longer than needed, keys out of order or twice, other tags, short floats.

Source: DAG-CBOR specification (ipld.io/specs/codecs/dag-cbor), RFC 8949; AT Protocol data model; as of November 2026.
"""

from __future__ import annotations

import base64
import math
import struct
from dataclasses import dataclass
from typing import Any, Final

from urval.errors import MalformedError

_DEEPEST = 100  # levels of arrays and maps; records of the network have fewer than ten
_CONSTANTS: Final = {20: False, 21: True, 22: None}
_WIDTHS: Final = {24: 1, 25: 2, 26: 4, 27: 8}  # additional information -> bytes of the number that follows
_LEAST: Final = {24: 24, 25: 1 << 8, 26: 1 << 16, 27: 1 << 32}  # smaller numbers have a shorter form
_SHORT = 24  # smaller numbers stand in the first byte itself
_FLOAT = 27
_SIMPLE = 7
_LINK_TAG = 42
_CUT_OFF = "the CBOR document is cut off"
_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP, _TAG = range(7)


@dataclass(frozen=True, slots=True)
class Link:
    """A reference to another block by its content: a binary CID."""

    cid: bytes

    def __str__(self) -> str:
        """Return the CID as text: base32, lower case, without padding."""
        return cid_text(self.cid)


def cid_text(cid: bytes) -> str:
    """Return a binary CID version 1 as text."""
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def decode(data: bytes) -> Any:
    """Return the value of one DAG-CBOR document: JSON's kinds, ``bytes`` and :class:`Link`.

    Raises:
        MalformedError: It is no DAG-CBOR, is cut off, nests deeper than 100 levels, or something follows it.
    """
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise MalformedError(f"{len(data) - reader.at} bytes follow the CBOR document")
    return value


def to_json(value: Any) -> Any:
    """Return a value in the AT Protocol's JSON form: links as ``$link``, bytes as ``$bytes`` (Base64, no padding)."""
    if isinstance(value, dict):
        return {key: to_json(member) for key, member in value.items()}
    if isinstance(value, list):
        return [to_json(member) for member in value]
    if isinstance(value, Link):
        return {"$link": str(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode().rstrip("=")}
    return value


class _Reader:
    """The document and how far it is read."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise MalformedError(f"the CBOR document nests deeper than {_DEEPEST} levels")
        at = self.at
        if at >= len(self._data):
            raise MalformedError(_CUT_OFF)
        self.at = at + 1
        major, extra = self._data[at] >> 5, self._data[at] & 31
        if major == _SIMPLE:
            return self._simple(extra)
        number = extra if extra < _SHORT else self._number(extra)
        if major == _TEXT:
            return self._text(number)
        if major <= _NEGATIVE:
            return number if major == _UINT else -1 - number
        if major == _BYTES:
            return self._take(number)
        if major == _TAG:
            return self._link(number)
        self._hold(number if major == _ARRAY else 2 * number)  # each member takes a byte at least
        return [self.value(depth + 1) for _ in range(number)] if major == _ARRAY else self._map(number, depth)

    def _take(self, count: int) -> bytes:
        self._hold(count)
        start, self.at = self.at, self.at + count
        return self._data[start : self.at]

    def _hold(self, count: int) -> None:
        if count > len(self._data) - self.at:
            raise MalformedError(_CUT_OFF)

    def _number(self, extra: int) -> int:
        if extra < _SHORT:
            return extra
        if extra not in _WIDTHS:
            raise MalformedError("the CBOR document has an indefinite length")
        number = int.from_bytes(self._take(_WIDTHS[extra]))
        if number < _LEAST[extra]:
            raise MalformedError("the CBOR document has a number in a longer form than needed")
        return number

    def _simple(self, extra: int) -> Any:
        if extra in _CONSTANTS:
            return _CONSTANTS[extra]
        if extra != _FLOAT:
            raise MalformedError(f"the CBOR document has a simple value or short float ({extra})")
        number = float(struct.unpack(">d", self._take(8))[0])
        if not math.isfinite(number):
            raise MalformedError("the CBOR document has a number that is none")
        return number

    def _text(self, length: int) -> str:
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            raise MalformedError("the CBOR document has a text that is not UTF-8") from error

    def _map(self, count: int, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        before = b""
        for _ in range(count):
            start = self.at
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise MalformedError("the CBOR document has a key that is no text")
            order = self._data[start : self.at]  # its length comes first: shorter keys first, then by bytes
            if order <= before:
                raise MalformedError("the CBOR document has keys twice or out of order")
            before = order
            found[key] = self.value(depth + 1)
        return found

    def _link(self, tag: int) -> Link:
        major, extra = divmod(self._take(1)[0], 32)
        if tag != _LINK_TAG or major != _BYTES:
            raise MalformedError(f"the CBOR document has a tag other than a link ({tag})")
        data = self._take(self._number(extra))
        if len(data) < 2 or data[0] != 0:  # noqa: PLR2004 - the prefix "identity" and a CID
            raise MalformedError("the CBOR document has a link without a CID")
        return Link(data[1:])
