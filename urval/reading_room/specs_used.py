"""Archive specs as packages used them, and as they were given to the room: by the SHA-256 of their bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from urval.errors import ConfigError
from urval.manifest import Decision, sha256_hex
from urval.reading_room.faults import DamagedError, NotHereError
from urval.spec import parse_spec

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from urval.reading_room.index import IndexedPackage
    from urval.reading_room.room import Room
    from urval.spec import Decision as SpecDecision
    from urval.spec import LoadedSpec

SPEC = "data/spec/archive-spec.yaml"
_LARGEST = 8_000_000  # bytes: what the reader of specs takes


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedSpec:
    """One version of a spec: who used it. ``first`` is when the first capture by it began (aware); None: no package.

    ``given``: the room was told of it (``--spec``); ``problem`` says why a file that was given cannot be read.
    """

    sha256: str
    archive: str
    id: str
    version: str
    decision: Decision | None
    first: datetime | None
    packages: tuple[IndexedPackage, ...]
    given: bool = False
    problem: str = ""


def used_specs(room: Room) -> list[UsedSpec]:
    """Return every version that a package of the store was made by, or that was given; newest first."""
    found: dict[str, list[IndexedPackage]] = {}
    for one in room.index.packages():
        if one.manifest is not None:
            found.setdefault(one.manifest.spec.sha256, []).append(one)
    given = dict(_given(room))
    used = [_used(sha256, packages, given=sha256 in given) for sha256, packages in found.items()]
    used += [one for sha256, one in given.items() if sha256 not in found]
    dated = sorted((one for one in used if one.first), key=lambda one: (str(one.first), one.sha256), reverse=True)
    return [*(one for one in used if not one.first), *dated]


def load_used(room: Room, one: UsedSpec) -> LoadedSpec:
    """Return a version as the model has it, and its bytes, which are those of its digest.

    Raises:
        NotHereError: No package that used it is in the store any more.
        DamagedError: No package holds those bytes any more.
        ConfigError: It is no spec that this version of Urval reads.
    """
    return _parsed(spec_bytes(room, one), f"{one.id} {one.version}")


def spec_bytes(room: Room, one: UsedSpec) -> bytes:
    """Return a version's bytes, checked against its digest; see :func:`load_used` for what is raised."""
    for path in room.settings.specs if one.given else ():
        try:
            data = path.read_bytes()
        except OSError:
            continue
        if sha256_hex(data) == one.sha256:
            return data
    trouble: DamagedError | NotHereError | None = None
    for package in one.packages:
        try:
            data = room.package(package.archive, package.package_id).read(SPEC, most=_LARGEST)
        except (DamagedError, NotHereError) as error:
            trouble = error
            continue
        if sha256_hex(data) == one.sha256:
            return data
        trouble = DamagedError(f"the spec in {package.package_id} is not the one its manifest names")
    raise trouble or NotHereError("no package that used this archive spec is here any more")


@lru_cache(maxsize=16)
def _parsed(data: bytes, name: str) -> LoadedSpec:
    return parse_spec(data, name)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST + 1)  # the reader of specs says what is too large
    except OSError as error:
        raise ConfigError(f"the archive spec {path} cannot be read: {error.strerror}") from error


def _given(room: Room) -> list[tuple[str, UsedSpec]]:
    found = []
    for path in room.settings.specs:
        try:
            loaded = _parsed(_read(path), str(path))
        except ConfigError as error:
            name = sha256_hex(str(path).encode())
            told = UsedSpec(sha256=name, archive="", id=path.name, version="", decision=None, first=None, packages=(),
                            given=True, problem=error.message)  # fmt: skip
            found.append((name, told))
            continue
        spec = loaded.spec
        decision = None if spec.decision is None else _decision(spec.decision)
        found.append((loaded.sha256, UsedSpec(
            sha256=loaded.sha256, archive=spec.archive.id, id=spec.id, version=spec.version, decision=decision,
            first=None, packages=(), given=True,
        )))  # fmt: skip
    return found


def _decision(of: SpecDecision) -> Decision:
    return Decision(authority=of.authority, reference=of.reference, date=str(of.date))


def _used(sha256: str, packages: list[IndexedPackage], *, given: bool) -> UsedSpec:
    manifests = [one.manifest for one in packages if one.manifest is not None]
    spec = manifests[0].spec
    return UsedSpec(
        sha256=sha256, archive=packages[0].archive, id=spec.id, version=spec.version, decision=spec.decision,
        first=min(one.capture.started_at for one in manifests), packages=tuple(packages), given=given,
    )  # fmt: skip
