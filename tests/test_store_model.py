"""A directory store against its model, in every order of operations that hypothesis thinks of."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from urval.errors import StoreConflictError
from urval.store import Put, open_store

_KEYS = st.sampled_from(["a", "a/b", "a/b/c", "a-b", "å", "t/x", "t/u/x", "t/manifest.json", "t/u/manifest.json"])
_DATA = st.sampled_from([b"", b"one", b"two"])


class StoreModel(RuleBasedStateMachine):
    """A directory store behaves as a dictionary whose entries are never changed."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = open_store(f"{self.folder.name}/store")
        self.model: dict[str, bytes] = {}

    def teardown(self) -> None:
        """Remove the store."""
        self.folder.cleanup()

    def blocked(self, key: str) -> bool:
        """Return whether an object lies on the way to the key, or objects below it."""
        return any(key.startswith(f"{other}/") or other.startswith(f"{key}/") for other in self.model)

    @rule(key=_KEYS, data=_DATA)
    def put(self, key: str, data: bytes) -> None:
        """Put an object."""
        if self.blocked(key) or self.model.get(key, data) != data:
            with pytest.raises(StoreConflictError):
                self.store.put(key, data)
        else:
            assert self.store.put(key, data) is (Put.SAME if key in self.model else Put.CREATED)
            self.model[key] = data

    @rule(prefix=st.sampled_from(["t", "t/u", "a"]), files=st.dictionaries(st.sampled_from(["x", "u/x", "b"]), _DATA))
    def put_tree(self, prefix: str, files: dict[str, bytes]) -> None:
        """Put a tree, with a manifest that is always the same."""
        tree = {f"{prefix}/{name}": data for name, data in {**files, "manifest.json": b"one"}.items()}
        there = {key: data for key, data in self.model.items() if key.startswith(f"{prefix}/")}
        crowned = f"{prefix}/manifest.json" in there
        on_the_way = any(f"{prefix}/".startswith(f"{key}/") for key in self.model)
        same = there.items() <= tree.items() and (not crowned or there == tree)
        with tempfile.TemporaryDirectory() as name:
            for key, data in tree.items():
                path = Path(name, key.removeprefix(f"{prefix}/"))
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
            with contextlib.nullcontext() if same and not on_the_way else pytest.raises(StoreConflictError):
                self.store.put_tree(prefix, Path(name), last="manifest.json")
                self.model.update(tree)

    @rule(prefix=st.sampled_from(["", "a", "a/b", "t", "t/u", "none"]))
    def keys(self, prefix: str) -> None:
        """List a prefix."""
        start = f"{prefix}/" if prefix else ""
        assert list(self.store.keys(prefix)) == sorted(key for key in self.model if key.startswith(start))

    @rule(key=_KEYS)
    def look(self, key: str) -> None:
        """Look one key up."""
        assert self.store.exists(key) == (key in self.model)
        if key in self.model:
            assert self.store.size(key) == len(self.model[key])

    @invariant()
    def holds_what_was_put(self) -> None:
        """Every object has the bytes it was created with."""
        assert {key: self.store.get(key) for key in list(self.store.keys())} == self.model


TestStoreModel = StoreModel.TestCase
TestStoreModel.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
