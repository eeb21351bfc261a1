"""By which archive spec each archive is judged: the one that was given, else the one its newest package carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from urval.errors import ConfigError, UrvalError
from urval.manifest import sha256_hex
from urval.reading_room.objects import open_package
from urval.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from urval.reading_room.index import IndexedPackage
    from urval.spec import ArchiveSpec
    from urval.store import Store

SPEC = "data/spec/archive-spec.yaml"
_TRIED = 3  # packages whose spec is tried, the newest first

Known: TypeAlias = "dict[str, ArchiveSpec | str]"  # SHA-256 of a spec's bytes -> the spec, or why it is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """By what an archive is judged.

    Attributes:
        archive: The archive creator's id.
        source: Where the spec comes from: ``given`` to the reading room, of a ``package``, or ``none`` could be read.
        name: The given file's name, or the package's id.
        spec: The spec.
        sha256: The digest of its bytes.
        problems: Why a newer one could not be read, one sentence each.
    """

    archive: str
    source: Literal["given", "package", "none"]
    name: str = ""
    spec: ArchiveSpec | None = None
    sha256: str = ""
    problems: tuple[str, ...] = ()


def given_bases(files: Sequence[Path], known: Known) -> tuple[dict[str, Basis], list[str]]:
    """Read the specs that were given.

    Returns:
        The basis of each archive, the last where two are of one archive, and what is wrong with files that are none.
    """
    found: dict[str, Basis] = {}
    problems = []
    for file in files:
        try:
            data = file.read_bytes()
        except OSError as error:
            problems.append(f"{file.name}: {(error.strerror or 'it cannot be read').lower()}")
            continue
        spec = _parsed(data, file.name, known)
        if isinstance(spec, str):
            problems.append(spec)
        else:
            one = spec.archive.id
            found[one] = Basis(archive=one, source="given", name=file.name, spec=spec, sha256=sha256_hex(data))
    return found, problems


def basis_of_packages(store: Store, archive: str, packages: Sequence[IndexedPackage], known: Known) -> Basis:
    """Read the spec of an archive's newest package; where it cannot be read, that of the one before."""
    told = [(one.manifest.capture.ended_at, one.package_id, one) for one in packages if one.manifest]
    problems = []
    for _, name, one in sorted(told, key=lambda entry: entry[:2], reverse=True)[:_TRIED]:
        try:
            data = open_package(store, one.prefix).read(SPEC)
        except UrvalError as error:
            problems.append(f"{name}: {error.message}")
            continue
        spec = _parsed(data, name, known)
        if not isinstance(spec, str) and spec.archive.id == archive:
            return Basis(
                archive=archive, source="package", name=name, spec=spec, sha256=sha256_hex(data),
                problems=tuple(problems),
            )  # fmt: skip
        problems.append(spec if isinstance(spec, str) else f"{name}: its spec is of the archive {spec.archive.id}")
    return Basis(archive=archive, source="none", problems=tuple(problems))


def _parsed(data: bytes, name: str, known: Known) -> ArchiveSpec | str:
    digest = sha256_hex(data)
    if digest not in known:
        try:
            known[digest] = parse_spec(data, name).spec
        except ConfigError as error:
            known[digest] = _first_line(error.message)
    return known[digest]


def _first_line(message: str) -> str:
    first, *more = message.splitlines()
    return f"{first} (+{len(more)})" if more else first
