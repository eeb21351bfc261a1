"""When folders last changed: how a directory store tells what is new without reading it. Made for 200,000 folders."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from urval.store._keys import STAGING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETTLED_NS = 2_000_000_000  # FAT counts in steps of two seconds; no file system in use is coarser


def folder_stamps(root: str, prefix: str, depth: int, listed: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Yield prefix and stamp of each folder ``depth`` below the prefix's, sorted; links and files are passed over.

    ``listed`` refuses what is no key; it is asked once for each name. The stamp is the folder's time of change in
    nanoseconds, or empty while that is younger than two seconds or lies ahead of this machine's clock.
    """
    until = time.time_ns() - _SETTLED_NS
    seen: set[str] = set()
    for above in _places(root, prefix, depth - 1):
        start = f"{above}/" if above else ""
        for name, changed in _changes(f"{root}/{above}"):
            if name not in seen:
                if not above and name == STAGING:
                    continue
                listed(start + name)
                seen.add(name)
            yield start + name, str(changed) if changed < until else ""


def _places(root: str, prefix: str, depth: int) -> Iterator[str]:
    """Yield the prefixes of the folders ``depth`` below the prefix's, sorted."""
    if depth <= 0:
        yield prefix
        return
    for name in (one for one, _ in _changes(f"{root}/{prefix}")):
        if prefix or name != STAGING:
            yield from _places(root, f"{prefix}/{name}" if prefix else name, depth - 1)


def _changes(folder: str) -> list[tuple[str, int]]:
    """Return name and time of change of the folders in a folder, sorted by name; none where there is no folder."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return []
    try:
        # By the handle: the system then walks no long path for each of them.
        with os.scandir(handle) as entries:
            return sorted(
                (entry.name, entry.stat(follow_symlinks=False).st_mtime_ns)
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
            )
    finally:
        os.close(handle)
