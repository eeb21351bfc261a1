"""What must hold for every kind of store: a directory, and a bucket on a real S3 server."""

from __future__ import annotations

import hashlib
import itertools
import os
import signal
import subprocess
from typing import TYPE_CHECKING

import _children
import pytest

from urval.errors import ConfigError, StoreConflictError, StoreError
from urval.store import (
    DirectoryStore,
    Put,
    capture_prefix,
    check_key,
    ledger_prefix,
    open_store,
    package_prefix,
)

if TYPE_CHECKING:
    from pathlib import Path

    from urval.store import Store

pytest_plugins = ("_s3_server", "_stores")


def tree(folder: Path, **changes: bytes) -> Path:
    """Make a small folder to be stored; ``changes`` replace or add files by their stem."""
    files = {"manifest.json": b"{}", "data/a.txt": b"A", "data/deep/å.bin": b"\x00" * 3000, "a-b": b""}
    for stem, data in changes.items():
        files[next((name for name in files if name.split("/")[-1].startswith(stem)), stem)] = data
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


TREE_KEYS = ["p/q/a-b", "p/q/data/a.txt", "p/q/data/deep/å.bin", "p/q/manifest.json"]


@pytest.mark.parametrize(
    "key",
    [
        *("", "/a", "a/", "a//b", ".", "..", "a/../b", "a/./b", "a\\b", "a\nb", "a\x00", "a\x7f", "a\x85b", "a\u2028b"),
        *("e\u0301", "\ud800", "x" * 256, "x/" * 512 + "x", "å" * 128, ".urval-staging/a"),
    ],
)
def test_a_key_that_climbs_or_confuses_is_refused(key: str, tmp_path: Path) -> None:
    """A key that could leave the store, or be read in two ways, is refused before anything is touched."""
    with pytest.raises(ConfigError):
        check_key(key)
    with pytest.raises(ConfigError):
        DirectoryStore(tmp_path / "store").put(key, b"x")
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    "key", ["a", "a/b.json", "å ä ö/日本/👩\u200d👧", "..a/b..", "x" * 255, "/".join(["x" * 203] * 5)]
)
def test_an_ordinary_key_is_taken(key: str) -> None:
    """Keys of letters of any script, with dots inside, up to the limits, are taken as they are."""
    assert check_key(key) == key


def test_prefixes_follow_the_layout() -> None:
    """Packages, captures and ledgers lie where the design puts them, and an id cannot add a level."""
    assert package_prefix("ex", "fb", "2026-1", "id") == "packages/ex/fb/2026-1/id"
    assert capture_prefix("ex", "fb", "2026-1", "id") == "captures/ex/fb/2026-1/id"
    assert ledger_prefix("ex", "fb", "2026-1") == "ledger/ex/fb/2026-1"
    for hostile in ("a/b", "..", "", "a\n"):
        with pytest.raises(ConfigError):
            package_prefix("ex", hostile, "2026-1", "id")


def test_put_creates_once(store: Store, tmp_path: Path) -> None:
    """The first put creates, the same bytes again change nothing, other bytes are a conflict and overwrite nothing."""
    (tmp_path / "file").write_bytes(b"one")
    assert store.put("a/å", b"one") is Put.CREATED
    assert store.put("a/å", tmp_path / "file") is Put.SAME
    with pytest.raises(StoreConflictError) as caught:
        store.put("a/å", b"two")
    assert "a/å" in caught.value.message
    assert "overwritten" in caught.value.next_step
    assert store.get("a/å") == b"one"
    assert store.size("a/å") == 3
    assert store.exists("a/å")
    assert not store.exists("a")
    assert not store.exists("a/å/b")
    assert not store.exists("b")


def test_put_refuses_what_was_not_announced(store: Store, tmp_path: Path) -> None:
    """Bytes that do not have the announced digest are not stored, nor taken for what is stored already."""
    announced = hashlib.sha256(b"one").hexdigest()
    with pytest.raises(StoreError, match="expected"):
        store.put("a", b"two", sha256=announced)
    assert not store.exists("a")
    assert store.put("a", b"one", sha256=announced.upper()) is Put.CREATED
    with pytest.raises(StoreError, match="expected"):
        store.put("a", b"two", sha256=announced)
    (tmp_path / "elsewhere").write_bytes(b"x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "pipe")
    for odd in ("link", "pipe", "absent", "."):
        with pytest.raises(StoreError, match=r"link|regular|cannot be read"):
            store.put("b", tmp_path / odd)
    assert list(store.keys()) == ["a"]


def test_what_is_absent_is_named(store: Store, tmp_path: Path) -> None:
    """Asking for what is not there names the key and the store, and leaves no file."""
    store.put("x", b"")
    for ask in (
        store.get,
        store.size,
        lambda key: store.fetch(key, tmp_path / "to"),
        lambda key: store.get(f"x/{key}"),
    ):
        with pytest.raises(StoreError, match=r"nothing under '.*absent'"):
            ask("absent")
    with pytest.raises(StoreError, match="nothing under 'absent'"):
        store.fetch_tree("absent", tmp_path / "to")
    assert not (tmp_path / "to").exists()
    assert store.get("x") == b""


def test_keys_are_sorted_below_whole_parts(store: Store) -> None:
    """Listing yields the keys below a prefix in the order of their bytes, whatever the server's."""
    expected = sorted(
        ["a/b", "a/c/d", "a-b", "a.b", "ab/x", "Z", "å/x", *(f"many/{number:04}" for number in range(30))]
    )
    for key in reversed(expected):
        store.put(key, key.encode())
    assert list(store.keys()) == expected
    assert list(store.keys("a")) == ["a/b", "a/c/d"]
    assert list(store.keys("a/c")) == ["a/c/d"]
    assert list(store.keys("a/b")) == []
    assert list(store.keys("absent")) == []


def test_fetch_brings_the_bytes(store: Store, tmp_path: Path) -> None:
    """Fetching streams an object of several blocks to a file, over an older file, with no partial file beside it."""
    data = os.urandom(3_000_001)
    store.put("big", data)
    target = tmp_path / "to" / "big"
    for _ in range(2):
        store.fetch("big", target)
        assert target.read_bytes() == data
    assert os.listdir(target.parent) == ["big"]  # noqa: PTH208


def test_a_tree_is_put_and_fetched_whole(store: Store, tmp_path: Path) -> None:
    """A folder goes in with its manifest, comes back identical, and putting it again does nothing."""
    folder = tree(tmp_path / "in")
    assert not store.tree_exists("p/q", "manifest.json")
    for _ in range(2):
        store.put_tree("p/q", folder, last="manifest.json")
        assert store.tree_exists("p/q", "manifest.json")
        assert list(store.keys("p")) == TREE_KEYS
    store.fetch_tree("p/q", tmp_path / "out")
    compared = subprocess.run(["diff", "-r", folder, tmp_path / "out"], capture_output=True, check=False)
    assert (compared.returncode, compared.stdout) == (0, b"")


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"a.txt": b"B"}, "a.txt"), ({"new": b""}, "has lost 'p/q/new'"), ({"manifest": b"[]"}, "manifest.json")],
)
def test_another_tree_under_the_same_prefix_is_refused(
    store: Store, tmp_path: Path, changes: dict[str, bytes], named: str
) -> None:
    """A stored tree is never changed: a differing or added file is a conflict that names it."""
    store.put_tree("p/q", tree(tmp_path / "in"), last="manifest.json")
    with pytest.raises(StoreConflictError) as caught:
        store.put_tree("p/q", tree(tmp_path / "other", **changes), last="manifest.json")
    assert named in caught.value.message
    assert list(store.keys()) == TREE_KEYS


def test_a_file_the_folder_lacks_is_a_conflict(store: Store, tmp_path: Path) -> None:
    """A tree in the store with a file more than the folder is not taken for the same."""
    store.put("p/q/stray", b"")
    with pytest.raises(StoreConflictError, match="stray"):
        store.put_tree("p/q", tree(tmp_path / "in"), last="manifest.json")
    assert list(store.keys()) == ["p/q/stray"]


def test_an_interrupted_tree_is_completed(store: Store, tmp_path: Path) -> None:
    """Files of a tree that are there without its manifest are no tree, and the next put completes it."""
    store.put("p/q/data/a.txt", b"A")
    assert not store.tree_exists("p/q", "manifest.json")
    store.put_tree("p/q", tree(tmp_path / "in"), last="manifest.json")
    assert list(store.keys("p/q")) == TREE_KEYS


def test_a_folder_with_a_link_or_without_its_last_file_is_refused(store: Store, tmp_path: Path) -> None:
    """Links could carry in what is not in the folder; a folder without its last file is not finished."""
    folder = tree(tmp_path / "in")
    with pytest.raises(StoreError, match="not finished"):
        store.put_tree("p/q", folder, last="capture.json")
    with pytest.raises(StoreError, match="cannot be read"):
        store.put_tree("p/q", tmp_path / "absent", last="capture.json")
    for link, target in (("data/passwd", "/etc/passwd"), ("data/etc", "/etc"), ("dangling", "nowhere")):
        (folder / link).symlink_to(target)
        with pytest.raises(StoreError, match=link):
            store.put_tree("p/q", folder, last="manifest.json")
        (folder / link).unlink()
    (folder / "bad\nname").touch()
    with pytest.raises(ConfigError, match=r"bad\\nname"):
        store.put_tree("p/q", folder, last="manifest.json")
    assert list(store.keys()) == []


_DISK_STEPS = frozenset({"open", "os.mkdir", "os.link", "os.rename", "os.remove", "os.rmdir"})
_NETWORK_STEPS = frozenset({"http.client.send"})


def test_kill_at_any_moment_leaves_no_half_tree(uri: str, tmp_path: Path) -> None:
    """Killed before any one of its steps, a put leaves no tree or a whole one, and the next run completes it."""
    folder = tree(tmp_path / "in")
    kills = 0
    for moment in itertools.count(1):
        prefix = f"run{moment}/q"

        def put(moment: int = moment, prefix: str = prefix) -> str:
            store = open_store(uri)
            _children.die_at(moment, _DISK_STEPS if isinstance(store, DirectoryStore) else _NETWORK_STEPS)
            store.put_tree(prefix, folder, last="manifest.json")
            return "done"

        ended = _children.run(put)
        store = open_store(uri)
        stored = list(store.keys(prefix))
        assert store.tree_exists(prefix, "manifest.json") == (len(stored) == len(TREE_KEYS))
        if isinstance(store, DirectoryStore):
            assert len(stored) in {0, len(TREE_KEYS)}
        store.put_tree(prefix, folder, last="manifest.json")
        assert [key.removeprefix(f"{prefix}/") for key in store.keys(prefix)] == [key[4:] for key in TREE_KEYS]
        if isinstance(store, DirectoryStore):
            store.put(f"after{moment}", b"")
            assert not any((store.root / ".urval-staging").iterdir())
        if ended == "done":
            break
        assert ended is None
        kills += 1
    assert kills > 8


def test_the_kill_in_these_tests_kills() -> None:
    """The harness of the kill test ends a process by SIGKILL at the moment told, not earlier."""
    child, reader = _children.start(lambda: (_children.die_at(1, frozenset({"os.mkdir"})), os.mkdir("/tmp"))[0])  # noqa: PTH102
    with os.fdopen(reader, "rb") as pipe:
        assert pipe.read() == b""
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    assert _children.run(lambda: _children.die_at(1, frozenset({"os.mkdir"})) or "alive") == "alive"
