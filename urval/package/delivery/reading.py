"""Reading a sealed package for delivery: its manifest, and every file with its digest."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from urval.errors import PackageError, UrvalError
from urval.manifest import file_sha256, parse_manifest, sha256_hex
from urval.package.delivery.entries import Entry, Sealed
from urval.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from urval.ledger import Event

_SHOWN = re.compile(rb'"(?:\.\./)+(media/[0-9a-f]{64}\.[a-z0-9]{1,8})"')
_NAME = re.compile(r"[A-Za-z0-9._/-]+")  # what the format's names are made of; a delivery's addresses need no escape


def read_sealed(
    folder: Path, *, verdict: str, now: datetime, software: tuple[str, str], events: Sequence[Event] = ()
) -> Sealed:
    """Read a package that was verified. Payload digests are those of the bag's manifest; copying compares them again.

    Args:
        folder: The package.
        verdict: What the verification said, in words.
        now: Aware time of the delivery.
        software: Name and version of the program that delivers.
        events: The ledger of the account and period, where there is one.

    Raises:
        PackageError: The package cannot be read, or a file has a name that no package of this format has.
    """
    try:
        data = (folder / "manifest.json").read_bytes()
        manifest = parse_manifest(data)
        files = sorted(_entries(folder), key=lambda entry: entry.path.encode())
        spec = parse_spec((folder / "data/spec/archive-spec.yaml").read_bytes(), "data/spec/archive-spec.yaml").spec
        pictured = frozenset(_pictured(folder))
    except PackageError:
        raise
    except (OSError, ValueError, UrvalError) as error:
        raise PackageError(f"The package {folder.name} cannot be read for delivery.", next_step=_VERIFY) from error
    return Sealed(
        manifest=manifest,
        manifest_sha256=sha256_hex(data),
        language=spec.language,
        files=files,
        pictured=pictured & {entry.path for entry in files},
        verdict=verdict,
        events=events,
        now=now,
        software=software,
    )


_VERIFY = "Give: urval verify PACKAGE"


def _entries(folder: Path) -> Iterator[Entry]:
    listed = _listed(folder)
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            continue
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or not path.is_file() or not _NAME.fullmatch(name):
            raise PackageError(
                f"The package {folder.name} holds {name!r}, which no delivery can hold.", next_step=_VERIFY
            )
        yield Entry(name, path.stat().st_size, listed.get(name) or file_sha256(path))


def _listed(folder: Path) -> dict[str, str]:
    """Return path -> hex SHA-256 of the payload, as the bag lists it."""
    lines = (folder / "manifest-sha256.txt").read_text(encoding="utf-8").splitlines()
    return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}


def _pictured(folder: Path) -> Iterator[str]:
    """Yield the paths of the media that a page of the snapshot shows."""
    for page in sorted((folder / "data/snapshot").rglob("*.html")):
        for found in _SHOWN.findall(page.read_bytes()):
            yield f"data/{found.decode('ascii')}"
