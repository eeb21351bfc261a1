"""Audit paths of RFC 6962: one row is shown to be in a tree without the others."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from urval.merkle import audit_path, audit_paths, leaf_hash, merkle_root, root_from_path

# RFC 6962 as implemented by certificate-transparency-go: its eight reference leaves, and paths it publishes.
LEAVES = [
    bytes.fromhex(leaf)
    for leaf in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
PUBLISHED = {
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


@pytest.mark.parametrize(("index", "size"), PUBLISHED)
def test_published_paths(index: int, size: int) -> None:
    """The paths of the reference leaves are the published ones."""
    assert [node.hex() for node in audit_path(LEAVES[:size], index)] == PUBLISHED[index, size]


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=200), st.data())
def test_path_leads_to_the_root(leaves: list[bytes], data: st.DataObject) -> None:
    """Every leaf's path leads to the tree head, and no other leaf's or place's does."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    path, root = audit_path(leaves, index), merkle_root(leaves)
    assert root_from_path(leaves[index], index, len(leaves), path) == root
    assert len(path) <= (len(leaves) - 1).bit_length()
    assert root_from_path(leaves[index] + b"x", index, len(leaves), path) != root
    for other in range(len(leaves)):
        if leaves[other] != leaves[index]:
            assert _leads(leaves[other], index, len(leaves), path) != root
            assert _leads(leaves[index], other, len(leaves), path) != root


def _leads(leaf: bytes, index: int, size: int, path: list[bytes]) -> str:
    try:
        return root_from_path(leaf, index, size, path)
    except ValueError:
        return ""


@given(st.integers(1, 130), st.data())
def test_changed_path_leads_elsewhere(size: int, data: st.DataObject) -> None:
    """A path that was shortened, lengthened or changed in one bit leads to another root, or to none."""
    leaves = [number.to_bytes(2) for number in range(size)]
    index = data.draw(st.integers(0, size - 1))
    path, root = audit_path(leaves, index), merkle_root(leaves)
    assert _leads(leaves[index], index, size, [*path, bytes(32)]) == ""
    if path:
        place, bit = data.draw(st.integers(0, len(path) - 1)), data.draw(st.integers(0, 255))
        changed = (int.from_bytes(path[place]) ^ 1 << bit).to_bytes(32)
        assert _leads(leaves[index], index, size, [*path[:place], changed, *path[place + 1 :]]) != root
        assert _leads(leaves[index], index, size, path[1:]) == ""
        assert _leads(leaves[index], index, size, [*path[:-1], path[-1][:-1]]) == ""


@settings(max_examples=25)
@given(st.integers(1, 70))
def test_paths_are_those_of_another_implementation(size: int) -> None:
    """Pymerkle proves the same leaves by the same hashes."""
    leaves = [f"rad {number}".encode() for number in range(size)]
    tree = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        tree.append_entry(leaf)
    assert tree.get_root().hex() == merkle_root(leaves)
    for index in range(size):
        theirs = tree.prove_inclusion(index + 1, size).serialize()["path"]
        assert [leaf_hash(leaves[index]).hex(), *(node.hex() for node in audit_path(leaves, index))] == theirs


def test_all_paths_at_once() -> None:
    """The paths of many leaves in one pass are those found one by one; a leaf that is not there is refused."""
    leaves = [bytes([number]) for number in range(101)]
    hashes = bytearray(b"".join(map(leaf_hash, leaves)))
    assert audit_paths(hashes, range(101)) == {index: audit_path(leaves, index) for index in range(101)}
    for index in (-1, 101):
        with pytest.raises(IndexError):
            audit_paths(hashes, [index])
    with pytest.raises(IndexError):
        audit_path([], 0)
    for index, size in ((0, 0), (-1, 3), (3, 3)):
        with pytest.raises(ValueError, match="no place"):
            root_from_path(b"", index, size, [])
