"""An AT Protocol repository as bytes: DAG-CBOR, content identifiers, the Merkle search tree, a commit, a CAR file.

All of it is real, so that any reader of such files reads it, but one thing: the commit's signature is 64 bytes made
from the commit's own digest. Nobody holds a key to a made-up account.

Source: AT Protocol repository specification version 3, DAG-CBOR and CARv1 specifications; as of November 2026.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RECORD, _BLOB = b"\x01\x71\x12\x20", b"\x01\x55\x12\x20"  # CIDv1 and SHA-256, of DAG-CBOR and of raw bytes
_SHORT, _LINK_TAG = 24, b"\xd8\x2a"
_UINT, _NEGATIVE, _BYTES, _TEXT, _ARRAY, _MAP = range(6)


def record_cid(value: Any) -> str:
    """Return the content identifier of a record."""
    return _named(_RECORD + hashlib.sha256(encoded(value)).digest())


def blob_cid(data: bytes) -> str:
    """Return the content identifier of a blob."""
    return _named(_BLOB + hashlib.sha256(data).digest())


def canonical(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with its keys in the order of DAG-CBOR (shorter first), as a data server writes it."""
    return {key: _ordered(record[key]) for key in sorted(record, key=_key_order)}


def _ordered(value: Any) -> Any:
    if isinstance(value, list):
        return [_ordered(member) for member in value]
    return canonical(value) if isinstance(value, dict) else value


def encoded(value: Any) -> bytes:  # noqa: PLR0911 - one for each kind
    """Return a value of JSON's kinds (no fractions) as DAG-CBOR; ``$link`` becomes a link, bytes stay bytes."""
    if isinstance(value, bool) or value is None:
        return {False: b"\xf4", True: b"\xf5", None: b"\xf6"}[value]
    if isinstance(value, int):
        return _head(_UINT, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return _head(_BYTES, len(value)) + value
    if isinstance(value, str):
        return _head(_TEXT, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return _head(_ARRAY, len(value)) + b"".join(encoded(member) for member in value)
    if set(value) == {"$link"}:
        return _LINK_TAG + encoded(b"\0" + _binary(value["$link"]))
    pairs = (encoded(key) + encoded(value[key]) for key in sorted(value, key=_key_order))
    return _head(_MAP, len(value)) + b"".join(pairs)


def commit_of(did: str, rev: str, records: Mapping[str, Any], blocks: dict[str, bytes] | None = None) -> str:
    """Return the content identifier of the signed commit over some records, by path (collection and key).

    ``blocks`` is filled with everything the commit leads to, itself first.
    """
    held: dict[str, bytes] = {}
    leaves = [(path.encode(), _kept(records[path], held)) for path in sorted(records)]
    unsigned = {"did": did, "version": 3, "data": {"$link": _tree(leaves, held)}, "rev": rev, "prev": None}
    signature = hashlib.sha512(encoded(unsigned)).digest()
    commit = unsigned | {"sig": signature}
    if blocks is not None:
        blocks |= {record_cid(commit): encoded(commit), **held}
    return record_cid(commit)


def car_file(root: str, blocks: Mapping[str, bytes]) -> bytes:
    """Return blocks as a CAR file of version 1."""
    header = encoded({"version": 1, "roots": [{"$link": root}]})
    parts = [_length(len(header)) + header]
    for cid, data in blocks.items():
        section = _binary(cid) + data
        parts.append(_length(len(section)) + section)
    return b"".join(parts)


def _tree(leaves: Sequence[tuple[bytes, str]], blocks: dict[str, bytes]) -> str:
    """Return the root node's identifier of the tree over (key, identifier of the record), keys rising."""
    top = max((_layer(key) for key, _ in leaves), default=0)
    return _node(leaves, top, blocks)


def _node(leaves: Sequence[tuple[bytes, str]], layer: int, blocks: dict[str, bytes]) -> str:
    entries: list[dict[str, Any]] = []
    first, below, before = None, list[tuple[bytes, str]](), b""
    for key, cid in (*leaves, (b"", "")):
        if key and _layer(key) < layer:
            below.append((key, cid))
            continue
        child = {"$link": _node(below, layer - 1, blocks)} if below else None
        below = []
        if entries:
            entries[-1]["t"] = child
        else:
            first = child
        if key:
            shared = next((n for n, (a, b) in enumerate(zip(key, before, strict=False)) if a != b), len(before))
            shared = min(shared, len(key))
            entries.append({"p": shared, "k": key[shared:], "v": {"$link": cid}, "t": None})
            before = key
    return _kept({"l": first, "e": entries}, blocks)


def _kept(value: Any, blocks: dict[str, bytes]) -> str:
    data = encoded(value)
    cid = _named(_RECORD + hashlib.sha256(data).digest())
    blocks[cid] = data
    return cid


def _layer(key: bytes) -> int:
    """Return how many pairs of leading zero bits the key's digest has."""
    bits = int.from_bytes(hashlib.sha256(key).digest())
    return (256 - bits.bit_length()) // 2


def _head(kind: int, number: int) -> bytes:
    if number < _SHORT:
        return bytes([kind << 5 | number])
    width = next(n for n in range(4) if number < 1 << (8 << n))
    return bytes([kind << 5 | _SHORT + width]) + number.to_bytes(1 << width)


def _key_order(key: str) -> tuple[int, bytes]:
    return len(key.encode()), key.encode()


def _named(cid: bytes) -> str:
    return "b" + base64.b32encode(cid).decode().rstrip("=").lower()


def _binary(cid: str) -> bytes:
    text = cid[1:].upper()
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _length(number: int) -> bytes:
    """Write an unsigned variable-length number (LEB128)."""
    parts = []
    while number >= 0x80:  # noqa: PLR2004 - seven bits a byte, the eighth says that more follow
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*parts, number])
