"""The Merkle tree of RFC 6962, section 2.1, with SHA-256: one row can be shown to be in a table without the rest."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class MerkleTree:
    """The tree head of RFC 6962 over leaves given one by one; memory grows with the logarithm of their number."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []  # of the perfect subtrees, largest first

    def add(self, leaf: bytes) -> None:
        """Append one leaf (the bytes of a row)."""
        node = hashlib.sha256(b"\x00" + leaf).digest()
        self.size += 1
        below = self.size
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


def merkle_root(leaves: Iterable[bytes]) -> str:
    """Return the hex RFC 6962 tree head over the leaves."""
    tree = MerkleTree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()
