"""Writing a delivery: as a folder or as a zip, whole or not at all, and never over something else."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.errors import ConfigError, PackageError, StoreError
from urval.manifest import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from urval.package.delivery.compose import Delivery

_BLOCK = 1 << 20
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can state: the same bytes whenever it is made
_ZIP_MODE = 0o100644 << 16
_UNIX = 3
_ZIP_FILES = 65_535  # beyond these a zip becomes zip64, which not every reader of an e-archive opens
_ZIP_BYTES = 2**32 - 2**24


@dataclass(frozen=True, slots=True)
class Written:
    """What lies at ``path`` now. ``new`` is false where it was there already, byte for byte."""

    path: Path
    new: bool
    zip_sha256: str | None


def write_delivery(delivery: Delivery, package: Path, to: Path, *, as_zip: bool = False) -> Written:
    """Write the delivery into a folder, under the package's id.

    Everything is written under a hidden name first, and renamed when it is whole.

    Args:
        delivery: As composed from ``package``.
        package: The sealed package; it is only read.
        to: The folder for deliveries; made where it does not exist.
        as_zip: Write one zip file instead of a folder.

    Raises:
        ConfigError: Something else lies there under that name, or ``to`` lies in the package.
        PackageError: A file of the package is no longer what it was when it was verified, or a zip cannot hold it all.
        StoreError: The folder cannot be written.
    """
    if to.resolve().is_relative_to(package.resolve()):
        raise ConfigError(f"The folder {to} lies in the package itself.", next_step="Name another one with --to.")
    if as_zip and (delivery.files > _ZIP_FILES or delivery.size > _ZIP_BYTES):
        size = f"{delivery.files} files, {delivery.size} bytes"
        raise PackageError(
            f"The delivery {delivery.name} is too large for a plain zip: {size}.",
            next_step="Leave out --zip, and hand over the folder.",
        )
    target = to / (f"{delivery.name}.zip" if as_zip else delivery.name)
    try:
        with _desk(to) as desk:
            made = desk / target.name
            (_zip if as_zip else _folder)(delivery, package, made)
            digest = file_sha256(made) if as_zip else None
            return Written(target, _move(made, target), digest)
    except OSError as error:
        raise StoreError(
            f"The delivery {delivery.name} cannot be written to {to}: {error.strerror or error}.",
            next_step="Nothing was left there. Check the folder's rights and room.",
        ) from error


@contextmanager
def _desk(to: Path) -> Iterator[Path]:
    to.mkdir(parents=True, exist_ok=True)
    desk = to / f".urval-deliver-{os.getpid()}"
    shutil.rmtree(desk, ignore_errors=True)
    desk.mkdir()
    try:
        yield desk
    finally:
        shutil.rmtree(desk, ignore_errors=True)


def _folder(delivery: Delivery, package: Path, made: Path) -> None:
    for path, data in delivery.documents.items():
        target = made / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    for entry, place in delivery.copies:
        target = made / place
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            for block in _checked(package, entry.path, entry.sha256):
                file.write(block)


def _zip(delivery: Delivery, package: Path, made: Path) -> None:
    """Write a zip without compression: most of it is compressed already, and no library's version changes the bytes."""
    origins = {place: entry for entry, place in delivery.copies}
    with zipfile.ZipFile(made, "x", zipfile.ZIP_STORED, allowZip64=False) as archive:
        for path in sorted({*delivery.documents, *origins}, key=str.encode):
            member = zipfile.ZipInfo(f"{delivery.name}/{path}", _ZIP_TIME)
            member.external_attr, member.create_system = _ZIP_MODE, _UNIX
            if path in delivery.documents:
                archive.writestr(member, delivery.documents[path])
                continue
            entry = origins[path]
            member.file_size = entry.size
            with archive.open(member, "w") as file:
                for block in _checked(package, entry.path, entry.sha256):
                    file.write(block)


def _checked(package: Path, path: str, sha256: str) -> Iterator[bytes]:
    """Yield a file's bytes, and raise at the end if they are not those that were verified."""
    digest = hashlib.sha256()
    with (package / path).open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            yield block
    if digest.hexdigest() != sha256:
        raise PackageError(
            f"The file {path} of the package {package.name} is not what its manifest says; nothing was delivered.",
            next_step="Verify the package, and compare with another copy.",
        )


def _move(made: Path, target: Path) -> bool:
    """Give what was made its name; False where the identical thing is there already."""
    if os.path.lexists(target):
        if _same(made, target):
            return False
        raise ConfigError(
            f"{target} is there already, and is another delivery; nothing was overwritten.",
            next_step="Name another folder with --to.",
        )
    made.rename(target)
    return True


def _same(made: Path, target: Path) -> bool:
    if made.is_dir() != target.is_dir() or target.is_symlink():
        return False
    if not made.is_dir():
        return file_sha256(made) == file_sha256(target)
    mine, theirs = _files(made), _files(target)
    return mine == theirs and all(file_sha256(made / name) == file_sha256(target / name) for name in mine)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
