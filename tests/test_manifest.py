"""Digests that writer and verifier share: the Merkle tree of RFC 6962."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from urval.merkle import merkle_root

# RFC 6962 as implemented by certificate-transparency-go: the tree heads of its eight reference leaves.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


@pytest.mark.parametrize("size", range(1, 9))
def test_known_tree_heads(size: int) -> None:
    """The tree heads of the reference leaves are the published ones."""
    assert merkle_root(bytes.fromhex(leaf) for leaf in LEAVES[:size]) == HEADS[size - 1]


def by_definition(leaves: list[bytes]) -> bytes:
    """Return the tree head as RFC 6962 section 2.1 words it."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    cut = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + by_definition(leaves[:cut]) + by_definition(leaves[cut:])).digest()


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_one_by_one_equals_the_definition(leaves: list[bytes]) -> None:
    """Adding leaves one by one gives the tree head of the recursive definition."""
    assert merkle_root(leaves) == by_definition(leaves).hex()
