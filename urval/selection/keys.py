"""Keys: what draws and hash buckets look at instead of ids, and the whole numbers mixed from them.

A key is 48 bits of an id's SHA-256, as good as drawn at random; the frame holds it as a whole number.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Keys: TypeAlias = "npt.NDArray[np.int64]"
    Mixed: TypeAlias = "npt.NDArray[np.uint64]"

_KEY_BYTES = 6  # fits a signed 64-bit column, and a JSON number exactly


def key_of(text: str) -> int:
    """Return the key of an id: the first 6 bytes, big-endian, of the SHA-256 of its UTF-8."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:_KEY_BYTES])


def drawn_number(*lines: str) -> int:
    """Return the whole number of 256 bits that is the SHA-256 of some lines, joined by line feeds, in UTF-8."""
    return int.from_bytes(hashlib.sha256("\n".join(lines).encode()).digest())


def mixed(keys: Keys, *lines: str) -> Mixed:
    """Mix each key with some lines into a whole number of 64 bits: ``f(f(key ^ a) ^ b)``.

    ``a`` and ``b`` are the first and second 8 bytes, big-endian, of the SHA-256 of the lines joined by line feeds;
    ``f`` is the finaliser of splitmix64, which is one-to-one: different keys stay different.
    """
    first, second = np.frombuffer(hashlib.sha256("\n".join(lines).encode()).digest()[:16], dtype=">u8").astype(
        np.uint64
    )
    return _finalised(_finalised(keys.astype(np.uint64) ^ first) ^ second)


def _finalised(values: Mixed) -> Mixed:
    """Return ``f`` of each value. Source: S. Vigna's splitmix64.c, modulo 2^64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
