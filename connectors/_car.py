"""CAR version 1: a file of blocks named by their content. Every block's bytes are checked against its CID.

What an AT Protocol repository makes of the blocks is ``connectors._repository``.

Source: CARv1 specification (ipld.io/specs/transport/car/carv1); as of November 2026.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, BinaryIO, Final

from connectors._cbor import Link, cid_text, decode
from urval.errors import IncompleteError, MalformedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PREFIXES: Final = (b"\x01\x71\x12\x20", b"\x01\x55\x12\x20")  # CIDv1, DAG-CBOR or raw, SHA-256 of 32 bytes
_CID = 36  # bytes
_LARGEST = 4 * 1024**2  # bytes of a section; records of the network have at most 1 MiB
_VARINT = 9  # bytes at most


class Car:
    """A CAR file on its way: its roots, then its blocks, once and in order."""

    def __init__(self, stream: BinaryIO) -> None:
        """Read the header.

        Raises:
            MalformedError: It is no CAR version 1.
            IncompleteError: It ends inside the header.
        """
        self._stream = stream
        self.roots = _roots(_section(stream))

    def blocks(self, damaged: Callable[[str], None] | None = None) -> Iterator[tuple[str, bytes]]:
        """Yield (CID as text, bytes) of each block whose bytes match its CID.

        Args:
            damaged: Is told the CID of a block whose bytes do not match; without it, such a block is an error.

        Raises:
            MalformedError: A block does not match its CID, or the file is none from here on.
            IncompleteError: The file ends inside a block.
        """
        while (section := _section(self._stream)) is not None:
            cid, data = section[:_CID], section[_CID:]
            if not cid.startswith(_PREFIXES) or len(cid) < _CID:
                raise MalformedError("the CAR file holds a block under a CID of another kind than SHA-256")
            if hashlib.sha256(data).digest() == cid[4:]:
                yield cid_text(cid), data
            elif damaged is None:
                raise MalformedError(f"the bytes of block {cid_text(cid)} do not match its CID")
            else:
                damaged(cid_text(cid))


def blocks(data: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Yield (CID as text, bytes) of each block of a CAR file, each checked.

    Raises:
        MalformedError: It is no CAR version 1, or a block's bytes do not match its CID.
        IncompleteError: The file is cut off.
    """
    yield from Car(data).blocks()


def _roots(header: bytes | None) -> tuple[str, ...]:
    if header is None:
        raise IncompleteError("the CAR file is empty")
    try:
        value = decode(header)
        if value["version"] != 1:
            raise MalformedError(f"it is a CAR file of version {value['version']!r}, not 1")
        roots = tuple(value["roots"])
    except (KeyError, TypeError) as error:
        raise MalformedError("it is no CAR file") from error
    if not all(isinstance(root, Link) for root in roots):
        raise MalformedError("it is no CAR file: its roots are no links")
    return tuple(str(root) for root in roots)


def _section(stream: BinaryIO) -> bytes | None:
    """Return the next section (a length and as many bytes), or None at the end."""
    length = _length(stream)
    if length is None:
        return None
    if length > _LARGEST:
        raise MalformedError(f"the CAR file claims a block of {length} bytes")
    data = stream.read(length)
    if len(data) < length:
        raise IncompleteError("the CAR file ends inside a block")
    return data


def _length(stream: BinaryIO) -> int | None:
    """Read an unsigned variable-length number (LEB128)."""
    number = 0
    for at in range(_VARINT):
        byte = stream.read(1)
        if not byte:
            if at == 0:
                return None
            raise IncompleteError("the CAR file ends inside a length")
        number |= (byte[0] & 0x7F) << (7 * at)
        if byte[0] < 0x80:  # noqa: PLR2004 - the last byte has its high bit clear
            return number
    raise MalformedError("the CAR file has a length without end")
