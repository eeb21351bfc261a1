"""``urval resample``: make a package's selection again from its capture, and compare it byte for byte."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import Json  # noqa: TC001 - Typer reads it
from urval.cli.output import show, show_json
from urval.errors import ConfigError, MalformedError, VerificationError

if TYPE_CHECKING:
    from urval.capture import Capture
    from urval.manifest import Manifest

_IN_STORE = 5  # packages/<archive>/<account>/<period>/<package id> below the store's folder


def resample(
    package: Annotated[Path, typer.Argument(help="The package's folder.", show_default=False)],
    store: Annotated[
        str | None,
        typer.Option("--store", help="Where its capture lies; left out: the store the folder lies in."),
    ] = None,
    capture: Annotated[
        Path | None, typer.Option("--capture", help="The capture's folder, if it lies elsewhere.", show_default=False)
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", help="Write the selection here, as JSON Lines.", show_default=False)
    ] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Compare with the package; exit 1 if it differs.")] = False,
    as_json: Json = False,
) -> None:
    """Select again from the frame in the capture, by the spec in the package, with the seed and the review's changes.

    Everything that decides is public: the same rows come out on any machine, today and in thirty years.
    """
    from urval.manifest import sha256_hex

    manifest = _manifest(package)
    made = _selected_again(package, manifest, _capture(package, store, capture, manifest))
    packed = _bytes(package / "data/tables/selection.jsonl")
    if output is not None:
        output.write_bytes(made)
    same = made == packed
    told = {"package": manifest.package_id, "rows": made.count(b"\n"), "sha256": sha256_hex(made), "same": same}
    if as_json:
        show_json(told)
    else:
        verdict = "the same, byte for byte" if same else "NOT the same"
        show(f"{manifest.package_id}: {told['rows']} threads selected again, {verdict}. SHA-256 {told['sha256']}")
    if check and not same:
        raise VerificationError(
            f"the selection of {manifest.package_id} does not come out again; {_first_difference(made, packed)}",
            next_step=f"See what else is wrong with it: urval verify {package}",
        )


def _manifest(package: Path) -> Manifest:
    from urval.manifest import parse_manifest

    try:
        return parse_manifest(_bytes(package / "manifest.json"))
    except ValueError as error:
        raise VerificationError(
            f"the manifest of {package} cannot be read", next_step=f"Give: urval verify {package}"
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {(error.strerror or str(error)).lower()}", next_step="Name a package's folder."
        ) from error


def _capture(package: Path, store: str | None, folder: Path | None, manifest: Manifest) -> Capture:
    """Return the capture, after looking at every byte of it.

    Raises:
        ConfigError: It cannot be found.
        MalformedError: It is not what was captured, or not the package's.
    """
    from urval.capture import Capture
    from urval.store import DirectoryStore, capture_prefix, open_store

    place = (manifest.archive.id, manifest.account["id"], manifest.period.id)
    prefix = capture_prefix(*place, manifest.capture.id)
    if folder is None and store is not None:
        opened = open_store(store, must_exist=True)
        if not isinstance(opened, DirectoryStore):
            raise ConfigError(
                "the capture lies in a bucket", next_step="Copy it to a folder and name that with --capture."
            )
        folder = opened.root / prefix
    found = folder or package.resolve().parents[_IN_STORE - 1] / prefix
    if not (found / "capture.json").is_file():
        raise ConfigError(
            f"there is no capture {manifest.capture.id} in {found.parent}",
            next_step="Name the store with --store, or the capture's folder with --capture.",
        )
    capture = Capture(found)
    capture.require_unchanged()
    if capture.info.sha256 != manifest.capture.sha256:
        raise MalformedError(f"{found} is another capture than {manifest.package_id} was made from")
    return capture


def _selected_again(package: Path, manifest: Manifest, capture: Capture) -> bytes:
    from urval.records import row_lines
    from urval.spec import parse_spec
    from urval.verify.selection import select_again

    loaded = parse_spec(_bytes(package / "data/spec/archive-spec.yaml"), "archive-spec.yaml")
    table = select_again(loaded, manifest, capture.table("frame")).table
    return b"".join(row_lines(batch) for batch in table.combine_chunks().to_batches(max_chunksize=2_048))


def _first_difference(made: bytes, packed: bytes) -> str:
    pairs: list[tuple[Any, Any]] = list(zip(made.splitlines(), packed.splitlines(), strict=False))
    row = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), len(pairs) + 1)
    return f"the first difference is in row {row} of data/tables/selection.jsonl"
