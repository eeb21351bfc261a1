"""The Merkle tree of RFC 6962, section 2.1, with SHA-256: one row can be shown to be in a table without the rest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SIZE = 32  # bytes of a hash
_BLOCK = 4096  # leaves hashed at a time


class MerkleTree:
    """The tree head of RFC 6962 over leaves given one by one; memory grows with the logarithm of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []  # of the perfect subtrees, largest first

    def add(self, leaf: bytes) -> None:
        """Append one leaf (the bytes of a row)."""
        self._append(leaf_hash(leaf), 1)

    def add_all(self, leaves: Sequence[bytes]) -> None:
        """Append leaves in their order: the same as one by one, in half the time."""
        start = 0
        while start < len(leaves):
            # As many as make one perfect subtree here, which is hashed level by level.
            most = min(self.size & -self.size or _BLOCK, _BLOCK)
            count = min(most, 1 << ((len(leaves) - start).bit_length() - 1))
            self._append(_perfect(leaves[start : start + count]), count)
            start += count

    def _append(self, node: bytes, leaves: int) -> None:
        """Append a perfect subtree of so many leaves, a power of two that divides the size so far."""
        self.size += leaves
        below = self.size // leaves
        while below % 2 == 0:
            node = hashlib.sha256(b"\x01" + self._roots.pop() + node).digest()
            below //= 2
        self._roots.append(node)

    def root(self) -> str:
        """Return the hex tree head; of no leaves, the SHA-256 of nothing."""
        if not self._roots:
            return hashlib.sha256(b"").hexdigest()
        node = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node.hex()


def _perfect(leaves: Sequence[bytes]) -> bytes:
    """Return the head of a perfect tree; there are 2, 4, 8 … leaves, or one."""
    sha256 = hashlib.sha256
    level = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    while len(level) > 1:
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Return the hex RFC 6962 tree head over the leaves."""
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the 32 bytes that stand for a leaf in the tree."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def audit_path(leaves: Iterable[bytes], index: int) -> list[bytes]:
    """Return the audit path of one leaf (RFC 6962, section 2.1.1): the hashes beside its way to the root, lowest first.

    Raises:
        IndexError: There is no such leaf.
    """
    return audit_paths(b"".join(map(leaf_hash, leaves)), [index])[index]


def audit_paths(hashes: bytes | bytearray, indexes: Iterable[int]) -> dict[int, list[bytes]]:
    """Return the audit path of each of these leaves.

    ``hashes`` is the hashes of all leaves, 32 bytes each, one after another. One pass over each level of the tree: no
    more than two levels are held.

    Raises:
        IndexError: There is no such leaf.
    """
    paths: dict[int, list[bytes]] = {index: [] for index in indexes}
    if any(not 0 <= index < len(hashes) // _SIZE for index in paths):
        raise IndexError("no such leaf")
    level, depth = memoryview(hashes), 0
    while (nodes := len(level) // _SIZE) > 1:
        for index, path in paths.items():
            beside = (index >> depth) ^ 1
            if beside < nodes:  # the last node of an odd level has none beside it, and rises as it is
                path.append(bytes(level[beside * _SIZE : (beside + 1) * _SIZE]))
        level, depth = memoryview(_level_above(level)), depth + 1
    return paths


def _level_above(level: memoryview) -> bytes:
    whole = len(level) // (2 * _SIZE) * 2 * _SIZE
    pairs = (level[start : start + 2 * _SIZE] for start in range(0, whole, 2 * _SIZE))
    return b"".join([*(hashlib.sha256(b"\x01" + bytes(pair)).digest() for pair in pairs), level[whole:]])


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> str:
    """Return the hex tree head that follows from a leaf, its place in a tree of ``size`` leaves, and its audit path.

    Raises:
        ValueError: No tree of that size has a path of that length at that place, or a hash is not 32 bytes.
    """
    if not 0 <= index < size or any(len(node) != _SIZE for node in path):
        raise ValueError("no place in a tree of that size, or a hash that is none")
    node, last, used = leaf_hash(leaf), size - 1, 0
    while last:
        if index % 2 or index < last:
            if used == len(path):
                raise ValueError("the path is too short")
            pair = path[used] + node if index % 2 else node + path[used]
            node, used = hashlib.sha256(b"\x01" + pair).digest(), used + 1
        index, last = index // 2, last // 2
    if used != len(path):
        raise ValueError("the path is too long")
    return node.hex()
