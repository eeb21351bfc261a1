"""``urval verify --sheet``: the seal sheet of one package."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from urval.errors import ConfigError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.manifest import Manifest
    from urval.store import Store
    from urval.verify import Report, Trust

_LARGEST = 64 << 20  # bytes of a manifest


def write_sheet(to: Path, target: str, reports: Sequence[Report], trust: Trust, language: str) -> None:
    """Write the sheet of the one package that was verified, valid or not.

    Raises:
        ConfigError: There is not exactly one package, the file exists or cannot be written, or Typst is not installed.
        VerificationError: The manifest cannot be read, so that there is nothing to print.
    """
    from urval.verify import CODES
    from urval.verify.sheet import SheetSource, seal_sheet

    if to.exists():
        raise ConfigError(f"{to} exists already", next_step="Name another file, or remove it.")
    packages = [report for report in reports if report.codes is CODES]
    if len(packages) != 1:
        raise ConfigError(
            f"a seal sheet is of one package, and {target} holds {len(packages)}",
            next_step="Name the folder of the package, or choose one with --account.",
        )
    data, keys_from, run = _outside(target, packages[0].package, trust)
    source = SheetSource(
        report=packages[0],
        manifest=_manifest(data),
        manifest_sha256=_digest(data),
        now=trust.now or datetime.now(UTC),
        software=f"urval {_version()}",
        keys_from=keys_from,
        run=run,
    )
    pdf = seal_sheet(source, language)
    try:
        to.write_bytes(pdf)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written: {error.strerror}", next_step="Name another file.") from error


def _outside(target: str, package: str, trust: Trust) -> tuple[bytes, str, tuple[int, str] | None]:
    """Return the manifest's bytes, where the keys came from, and the run that lists the package."""
    folder = Path(target)
    if (folder / "manifest.json").is_file():
        with (folder / "manifest.json").open("rb") as file:
            return file.read(_LARGEST), trust.keys_from, None
    from urval.held_runs import trust_of
    from urval.holdings import package_prefixes
    from urval.store import open_store

    store = open_store(target, must_exist=True)
    prefix = next((one for one in package_prefixes(store) if one.endswith(f"/{package}")), "")
    if not prefix:
        raise VerificationError(f"{target} holds no manifest of {package}")
    archive = prefix.split("/")[1]
    judged_by = trust_of(store, archive, trust, datetime.now(UTC))
    known = "" if judged_by.allowed_signers is None else judged_by.keys_from
    return store.get(f"{prefix}/manifest.json"), known, _run_of(store, archive, package)


def _run_of(store: Store, archive: str, package: str) -> tuple[int, str] | None:
    from urval.held_runs import run_readers
    from urval.verify import listed_packages

    for reader in run_readers(store, archive):
        if any(name == package for name, _, _ in listed_packages([reader])):
            return int(reader.name), _digest(reader.open("run.json").read())
    return None


def _manifest(data: bytes) -> Manifest:
    from urval.manifest import parse_manifest

    try:
        return parse_manifest(data)
    except ValueError as error:
        raise VerificationError("the manifest cannot be read, so there is nothing to print") from error


def _digest(data: bytes) -> str:
    from urval.manifest import sha256_hex

    return sha256_hex(data)


def _version() -> str:
    try:
        return version("urval")
    except PackageNotFoundError:  # run from a folder
        return ""
