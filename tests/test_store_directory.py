"""What must hold for a store in a directory only: the disk's faults, what a kill leaves, and links."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import _children
import pytest

from urval.errors import StoreConflictError, StoreError
from urval.store import DirectoryStore, Put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def store(tmp_path: Path) -> DirectoryStore:
    """Return an empty store."""
    return DirectoryStore(tmp_path / "store")


def files_below(folder: Path) -> list[str]:
    """Return every file below a folder, also the hidden ones."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())


def folder_of(root: Path, size: int) -> Path:
    """Return a folder with a manifest and one other file of a size."""
    folder = root / "in"
    folder.mkdir()
    (folder / "manifest.json").write_bytes(b"{}")
    (folder / "media").write_bytes(b"\x00" * size)
    return folder


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a disk of 1 MB at a folder; yield False where this machine does not let us."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    """When the disk is full (or files may not grow), a put and a tree fail in one sentence with nothing left behind."""
    folder = folder_of(tmp_path, 3 << 20)
    with small_disk(tmp_path / "disk") as is_small:
        store = DirectoryStore(tmp_path / "disk" / "store")
        assert store.put("before", b"x" * 1000) is Put.CREATED

        def limited(deed: Callable[[], Any]) -> Any:
            if not is_small:
                resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
            return deed()

        for deed in (
            lambda: store.put("packages/a/b", folder / "media"),
            lambda: store.put_tree("packages/c", folder, last="manifest.json"),
        ):
            kind, message, step = _children.run(lambda deed=deed: limited(deed))
            assert (kind, "was not stored" in message, bool(step)) == ("StoreError", True, True)
            assert ("is full" if is_small else "file of this size") in message
            assert files_below(store.root) == ["before"]
        assert store.put("after", b"y" * 1000) is Put.CREATED


def test_a_file_limit_is_told(store: DirectoryStore) -> None:
    """A limit on the size of files, the system's other way to refuse, is told as such."""

    def put() -> Put:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        return store.put("a", b"x" * 2000)

    kind, message, _ = _children.run(put)
    assert (kind, "cannot hold a file of this size; 'a' was not stored" in message) == ("StoreError", True)
    assert files_below(store.root) == []


def test_a_store_that_may_not_be_written_is_told() -> None:
    """A user without the right to write gets one sentence and the next step, and still reads."""
    # Not tmp_path: its parents are closed to other users, which would be another error.
    root = Path(tempfile.mkdtemp())
    try:
        root.chmod(0o755)
        DirectoryStore(root / "store").put("a/b", b"x")
        for folder in (root / "store", root / "store" / "a", root / "store" / ".urval-staging"):
            folder.chmod(0o555)

        def as_nobody(deed: Callable[[DirectoryStore], Any]) -> Any:
            if os.geteuid() == 0:
                os.seteuid(65_534)
            return deed(DirectoryStore(root / "store"))

        kind, message, step = _children.run(lambda: as_nobody(lambda store: store.put("a/c", b"x")))
        assert (kind, "may not be used by this user; 'a/c' was not stored" in message, "right" in step) == (
            "StoreError",
            True,
            True,
        )
        assert _children.run(lambda: as_nobody(lambda store: (store.get("a/b"), list(store.keys())))) == (b"x", ["a/b"])
    finally:
        for folder in (root / "store", root / "store" / "a", root / "store" / ".urval-staging"):
            folder.chmod(0o755)
        shutil.rmtree(root)


def test_what_cannot_be_read_is_not_passed_over() -> None:
    """A subfolder that may not be read stops the put: a part of a folder is never stored for the whole."""
    root = Path(tempfile.mkdtemp())
    try:
        root.chmod(0o777)
        folder = folder_of(root, 10)
        (folder / "secret").mkdir(mode=0)

        def as_nobody() -> None:
            if os.geteuid() == 0:
                os.seteuid(65_534)
            DirectoryStore(root / "store").put_tree("p", folder, last="manifest.json")

        kind, message, _ = _children.run(as_nobody)
        assert (kind, "cannot be read" in message) == ("StoreError", True)
        assert not (root / "store").exists()
    finally:
        (folder / "secret").chmod(0o755)
        shutil.rmtree(root)


def test_stored_files_are_read_only(store: DirectoryStore) -> None:
    """A stored file has no write permission, so that no editor changes it by mistake."""
    store.put("a/b", b"x")
    assert (store.root / "a/b").stat().st_mode & 0o222 == 0


def test_a_later_change_of_the_source_does_not_reach_the_store(store: DirectoryStore, tmp_path: Path) -> None:
    """The store holds copies: writing to the source folder afterwards leaves the stored bytes alone."""
    folder = folder_of(tmp_path, 10)
    store.put_tree("p", folder, last="manifest.json")
    (folder / "manifest.json").write_bytes(b"changed")
    assert store.get("p/manifest.json") == b"{}"


def test_links_in_the_store_are_not_followed(store: DirectoryStore, tmp_path: Path) -> None:
    """A link inside the store leads nowhere: neither reading, writing nor listing goes through it."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "x").write_bytes(b"x")
    store.put("a", b"")
    (store.root / "link").symlink_to(tmp_path / "outside")
    (store.root / "dangling").symlink_to(tmp_path / "new")
    for deed in (
        lambda: store.get("link/x"),
        lambda: store.put("link/y", b"y"),
        lambda: store.put("dangling", b"y"),
        lambda: store.exists("link/x"),
        lambda: list(store.keys("link")),
    ):
        with pytest.raises(StoreError, match="symbolic link"):
            deed()
    with pytest.raises(StoreError, match="neither a file nor a folder"):
        list(store.keys())
    assert files_below(tmp_path / "outside") == ["x"]
    assert not (tmp_path / "new").exists()


def test_a_file_no_run_can_have_put_is_told(store: DirectoryStore) -> None:
    """A name in the store that is no key is an error of the listing, not passed over."""
    store.put("a", b"")
    (store.root / "b\nc").touch()
    with pytest.raises(StoreError, match=r"'b\\nc', which no run"):
        list(store.keys())


def test_work_of_a_living_process_is_not_cleared(store: DirectoryStore, tmp_path: Path) -> None:
    """Clearing up spares what another process is writing now, and removes it once that process was killed."""
    pipe = tmp_path / "slow"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_bytes(b"x")
    (tmp_path / "in" / "manifest.json").write_bytes(b"{}")
    os.mkfifo(pipe)

    def write_slowly() -> None:
        from urval.store._staging import staging

        with staging(store.root) as desk:
            (desk / "half").write_bytes(b"x")
            pipe.open("rb").read()  # waits for ever: nobody writes

    child, reader = _children.start(write_slowly)
    desks = store.root / ".urval-staging"
    deadline = time.monotonic() + 10
    try:
        while not list(desks.glob("*/half")):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        store.put_tree("p", tmp_path / "in", last="manifest.json")
        assert len(list(desks.glob("*/half"))) == 1
    finally:
        os.kill(child, signal.SIGKILL)
        ended = _children.finish(child, reader)
    assert ended is None
    store.put("q", b"")
    assert list(desks.iterdir()) == []


def test_two_processes_that_put_the_same_tree_agree(store: DirectoryStore, tmp_path: Path) -> None:
    """Runs that store the same tree at the same time both end well, and the tree is there once."""
    folder = folder_of(tmp_path, 100_000)
    for number in range(20):
        put = lambda number=number: store.put_tree(f"p{number}/q", folder, last="manifest.json")  # noqa: E731
        ended = [_children.finish(*child) for child in [_children.start(put), _children.start(put)]]
        assert ended == [None, None]
        assert list(store.keys(f"p{number}")) == [f"p{number}/q/manifest.json", f"p{number}/q/media"]


def test_an_object_is_no_folder(store: DirectoryStore, tmp_path: Path) -> None:
    """A key below an object, or an object where there is a folder, is a conflict that says so."""
    store.put("a/b", b"")
    folder = folder_of(tmp_path, 1)
    for deed in (
        lambda: store.put("a/b/c", b""),
        lambda: store.put("a/b/c/d", b""),
        lambda: store.put("a", b""),
        lambda: store.put_tree("a/b", folder, last="manifest.json"),
        lambda: store.put_tree("a/b/c", folder, last="manifest.json"),
    ):
        with pytest.raises(StoreConflictError, match="folder"):
            deed()
    assert files_below(store.root) == ["a/b"]
