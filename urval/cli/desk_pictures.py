"""Pictures made small for the desk: each once, the newest few hundred kept in memory."""

from __future__ import annotations

import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.package.snapshot.pictures import cut, rendition
from urval.reading_room.faults import DamagedError, NotHereError

if TYPE_CHECKING:
    from urval.store import Store

LONG_EDGE = 360  # pixels
_TALLEST = 1.4  # of a picture of a whole page, as part of its width: its top is shown
_MOST_FILE = 256 << 20  # bytes of an original
_KEPT = 400
_TYPES = {"png": "image/png", "jpg": "image/jpeg"}


class SmallPictures:
    """Makes pictures small; safe for threads. Two are made at a time at most, so that memory stays bounded."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._two = threading.Semaphore(2)
        self._made: OrderedDict[str, tuple[str, bytes]] = OrderedDict()

    def of(self, store: Store, key: str, sha256: str, *, top: bool) -> tuple[str, bytes]:
        """Return media type and bytes of a stored picture made small; ``top``: of a whole page only the top.

        Raises:
            NotHereError: It cannot be shown: it is no picture that is known here, or is too large.
            DamagedError: The store lacks it, or holds other bytes than were captured.
            StoreError: The store cannot be reached.
        """
        with self._lock:
            if sha256 in self._made:
                self._made.move_to_end(sha256)
                return self._made[sha256]
        with self._two:
            made = _small(stored(store, key, sha256), top=top)
        with self._lock:
            self._made[sha256] = made
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        return made


def stored(store: Store, key: str, sha256: str) -> bytes:
    """Return the bytes of a file of the store, which are those of the digest.

    Raises:
        NotHereError: It is too large to be shown.
        DamagedError: It is missing or has changed.
    """
    if not store.exists(key):
        raise DamagedError(f"{key} is missing from the store", next_step="Restore it from another copy of the store.")
    if store.size(key) > _MOST_FILE:
        raise NotHereError(f"{key} is larger than {_MOST_FILE} bytes, which this page does not show")
    data = store.get(key)
    if sha256_hex(data) != sha256:
        raise DamagedError(
            f"{key} is not the file that was stored: its SHA-256 is {sha256_hex(data)}",
            next_step="Compare with another copy of the store.",
        )
    return data


def _small(data: bytes, *, top: bool) -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="urval-small-") as name:
        folder = Path(name)
        source = folder / "source"
        source.write_bytes(data)
        if top:
            pieces = cut(source, folder, "top", firsts=1, first=_TALLEST, rest=1e6)
            source = folder / pieces[0].name if pieces else source
        made = rendition(source, folder, "small", long_edge=round(LONG_EDGE * _TALLEST) if top else LONG_EDGE)
        if made is None:
            raise NotHereError("the picture cannot be read, or is too large to be shown")
        return _TYPES[made.name.rpartition(".")[2]], (folder / made.name).read_bytes()
