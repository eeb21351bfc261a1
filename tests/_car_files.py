"""AT Protocol repositories written by the tests: an own DAG-CBOR encoder, tree, signed commit and CAR file."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from connectors._cbor import Link, cid_text

if TYPE_CHECKING:
    from collections.abc import Callable

DID = "did:plc:exempelstad2345example22"


def head(major: int, number: int) -> bytes:
    """Return a CBOR head in its shortest form."""
    for extra, form, end in ((24, "B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32), (27, ">Q", 1 << 64)):
        if number < 24:
            return bytes([major << 5 | number])
        if number < end:
            return bytes([major << 5 | extra]) + struct.pack(form, number)
    raise AssertionError(number)


def cbor(value: Any) -> bytes:
    """Return a value as DAG-CBOR."""
    if value is None or isinstance(value, bool):
        return {None: b"\xf6", True: b"\xf5", False: b"\xf4"}[value]
    return _FORMS[type(value)](value)


def _map(value: dict[str, Any]) -> bytes:
    keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
    return head(5, len(value)) + b"".join(cbor(key) + cbor(value[key]) for key in keys)


_FORMS: dict[type, Callable[[Any], bytes]] = {
    int: lambda value: head(0, value) if value >= 0 else head(1, -1 - value),
    float: lambda value: b"\xfb" + struct.pack(">d", value),
    bytes: lambda value: head(2, len(value)) + value,
    str: lambda value: head(3, len(value.encode())) + value.encode(),
    list: lambda value: head(4, len(value)) + b"".join(map(cbor, value)),
    Link: lambda value: head(6, 42) + cbor(b"\0" + value.cid),
    dict: _map,
}


def cid_of(data: bytes, codec: int = 0x71) -> bytes:
    """Return the binary CID of a block: DAG-CBOR, or raw (0x55) for a blob."""
    return bytes([1, codec, 0x12, 0x20]) + hashlib.sha256(data).digest()


def blob(data: bytes, mime: str) -> dict[str, Any]:
    """Return how a record names a blob."""
    return {"$type": "blob", "ref": Link(cid_of(data, 0x55)), "mimeType": mime, "size": len(data)}


def blob_name(data: bytes) -> str:
    """Return a blob's CID as text."""
    return cid_text(cid_of(data, 0x55))


def varint(number: int) -> bytes:
    """Return an unsigned LEB128 number."""
    found = b""
    while number >= 0x80:
        found, number = found + bytes([number & 0x7F | 0x80]), number >> 7
    return found + bytes([number])


@dataclass
class Repo:
    """A repository in the making: put records, then write it."""

    did: str = DID
    blocks: dict[bytes, bytes] = field(default_factory=dict)
    records: dict[str, bytes] = field(default_factory=dict)

    def block(self, value: Any) -> bytes:
        """Add a block and return its CID."""
        data = cbor(value)
        self.blocks[cid_of(data)] = data
        return cid_of(data)

    def put(self, path: str, value: Any) -> str:
        """Add a record and return its address."""
        self.records[path] = self.block(value)
        return f"at://{self.did}/{path}"

    def post(self, key: str, created: str, text: str, **more: Any) -> str:
        """Add a post and return its address."""
        told = {"$type": "app.bsky.feed.post", "text": text, "createdAt": created, "langs": ["sv"]}
        return self.put(f"app.bsky.feed.post/{key}", told | more)

    def node(self, paths: list[str]) -> Link | None:
        """Add a tree node: every third path stands in it, those between in nodes below."""
        if not paths:
            return None
        entries: list[dict[str, Any]] = []
        before = b""
        own = list(range(2, len(paths), 3)) or [len(paths) - 1]
        left = self.node(paths[: own[0]])
        for place, at in enumerate(own):
            key = paths[at].encode()
            shared = next(
                (i for i, (a, b) in enumerate(zip(before, key, strict=False)) if a != b), min(len(before), len(key))
            )
            below = paths[at + 1 : own[place + 1] if place + 1 < len(own) else len(paths)]
            entries.append({"p": shared, "k": key[shared:], "v": Link(self.records[paths[at]]), "t": self.node(below)})
            before = key
        return Link(self.block({"l": left, "e": entries}))

    def commit(self, tree: Link | None = None, **more: Any) -> bytes:
        """Add the commit and return its CID."""
        root = tree or self.node(sorted(self.records)) or Link(self.block({"l": None, "e": []}))
        return self.block({
            "did": self.did, "version": 3, "rev": "3n2wqblphvk2i", "prev": None, "data": root, "sig": bytes(range(64)),
        } | more)  # fmt: skip

    def car(self, root: bytes | None = None) -> bytes:
        """Return the CAR file: the commit first."""
        top = root or self.commit()
        order = [top, *(cid for cid in self.blocks if cid != top)]
        header = cbor({"version": 1, "roots": [Link(top)]})
        sections = (cid + self.blocks[cid] for cid in order)
        return varint(len(header)) + header + b"".join(varint(len(section)) + section for section in sections)
