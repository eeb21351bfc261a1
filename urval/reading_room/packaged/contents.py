"""The files of a package: each with its size and digest, and which are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.reading_room.faults import DamagedError, NotHereError
from urval.reading_room.pages import View

if TYPE_CHECKING:
    from urval.reading_room.objects import PackageObjects

FILES_A_PAGE = 60
_LAST = "data/media/"  # media come after everything that is fewer


class FileLine(View):
    """One file. ``bytes`` is None where the store lacks it; ``sha256`` is what the listing names."""

    path: str
    bytes: int | None
    sha256: str


class FilesOf(View):
    """A page of the payload's files, and all files that the store lacks, or has without the listing naming them."""

    files: list[FileLine]
    count: int
    page: int
    pages: int
    missing: list[str]
    unlisted: list[str]
    beside: list[str]  # manifest, listings and seal


def files_of(package: PackageObjects, page: int) -> FilesOf:
    """Return a page of the files of a package.

    Raises:
        NotHereError: There is no such page.
        StoreError: The store cannot be reached.
    """
    there = {key.removeprefix(f"{package.prefix}/") for key in package.store.keys(package.prefix)}
    paths = sorted(package.listed, key=lambda path: (path.startswith(_LAST), path))
    pages = max(1, -(-len(paths) // FILES_A_PAGE))
    if page > pages:
        raise NotHereError(f"the files of this package have {pages} pages", next_step="Open the last of them.")
    shown = paths[(page - 1) * FILES_A_PAGE : page * FILES_A_PAGE]
    return FilesOf(
        files=[FileLine(path=path, bytes=_size(package, path), sha256=package.listed[path]) for path in shown],
        count=len(paths), page=page, pages=pages,
        missing=sorted(package.listed.keys() - there),
        unlisted=sorted(path for path in there - package.listed.keys() if path.startswith("data/")),
        beside=sorted(path for path in there if not path.startswith("data/")),
    )  # fmt: skip


def _size(package: PackageObjects, path: str) -> int | None:
    try:
        return package.size(path)
    except DamagedError:
        return None
