"""A whole package as a ZIP, made while it is sent. Each file is checked before its first byte goes into it."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from urval.reading_room.objects import PackageObjects

_CHUNK = 1 << 18  # bytes
_DATED = (1980, 1, 1, 0, 0, 0)


def zip_of(package: PackageObjects) -> Iterator[bytes]:
    """Yield a ZIP of the package's files, nothing packed, under a folder of its name.

    Payload files are checked against the listing; what lies beside (manifest, seal) as it is in the store, for
    whoever verifies what was received.

    Raises:
        DamagedError: A file is not as the listing names it; the ZIP then ends without its directory, so that no
            program takes it for whole.
    """
    into = _Held()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as packed:
        for path in [*sorted(_beside(package)), *sorted(package.listed)]:
            entry = zipfile.ZipInfo(f"{package.place[3]}/{path}", _DATED)
            with _opened(package, path) as source, packed.open(entry, "w", force_zip64=True) as part:
                while data := source.read(_CHUNK):
                    part.write(data)
                    yield into.taken()
            yield into.taken()
    yield into.taken()


def _beside(package: PackageObjects) -> list[str]:
    keys = (key.removeprefix(f"{package.prefix}/") for key in package.store.keys(package.prefix))
    return [path for path in keys if not path.startswith("data/")]


def _opened(package: PackageObjects, path: str) -> BinaryIO:
    return package.open(path) if path in package.listed else package.beside(path)


class _Held:
    """What was written and not yet sent. It cannot be rewound, so the ZIP is written as a stream."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: what is held is taken."""

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def taken(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data
