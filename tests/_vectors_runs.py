"""Breaking the run manifests of a store: section 12 of docs/format.md."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from _authority import authority
from _run_store import package_folders, run_folder, seal_run
from _sealing import add_stamp, key, write_listing

from urval.runs import RunManifest, decode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def run_of(folder: Path, number: int) -> RunManifest:
    """Return a run of a store."""
    return decode((run_folder(folder, number) / "run.json").read_bytes())


def renewed(folder: Path, number: int, **changes: object) -> None:
    """Write a run anew with changes, signed and stamped as before."""
    seal_run(run_folder(folder, number), run_of(folder, number).model_copy(update=changes), key())


def swapped(folder: Path) -> None:
    one, two, aside = (run_folder(folder, number) for number in (1, 2, 9))
    one.rename(aside)
    two.rename(one)
    aside.rename(two)


def first_gone(folder: Path) -> None:
    shutil.rmtree(run_folder(folder, 1))


def other_previous(folder: Path) -> None:
    renewed(folder, 2, previous=run_of(folder, 2).previous.model_copy(update={"sha256": "0" * 64}))  # type: ignore[union-attr]


def listed_twice(folder: Path) -> None:
    renewed(folder, 2, packages=run_of(folder, 1).packages)


def other_archive(folder: Path) -> None:
    renewed(folder, 2, archive="annan")


def no_json(folder: Path) -> None:
    (run_folder(folder, 2) / "run.json").write_bytes(b'{"number": 2, "number": 2}')


def signed_by_another(folder: Path) -> None:
    key("other").sign(run_folder(folder, 2) / "run.json", "urval-run")
    write_listing(run_folder(folder, 2), "seal/sealed.sha256", ["run.json.sig", "seal/allowed_signers"])
    add_stamp(run_folder(folder, 2), authority(), document="run.json")


def sealed_by_another(folder: Path) -> None:
    by = key("other")
    seal = run_of(folder, 2).seal.model_copy(update={"key": by.fingerprint})  # type: ignore[union-attr]
    seal_run(run_folder(folder, 2), run_of(folder, 2).model_copy(update={"seal": seal}), by)


def stamp_of_another_run(folder: Path) -> None:
    for name in ("run.json.sig.tsr", "seal/tsa.pem", "seal/stamped.sha256"):
        shutil.copyfile(run_folder(folder, 1) / name, run_folder(folder, 2) / name)


def no_stamp(folder: Path) -> None:
    for name in ("run.json.sig.tsr", "seal/tsa.pem", "seal/stamped.sha256"):
        (run_folder(folder, 2) / name).unlink()


def one_file_more(folder: Path) -> None:
    (run_folder(folder, 2) / "seal" / "note.txt").write_text("x")


def ends_after_its_stamp(folder: Path) -> None:
    renewed(folder, 2, ended_at=datetime.now(UTC) + timedelta(hours=1))


def authority_nobody_named(folder: Path) -> None:
    add_stamp(run_folder(folder, 2), authority("Three"), document="run.json")


def package_gone(folder: Path) -> None:
    shutil.rmtree(package_folders(folder)[-1])


def package_signed_otherwise(folder: Path) -> None:
    with (package_folders(folder)[-1] / "manifest.json.sig").open("ab") as file:
        file.write(b"\n")


RUN_VECTORS: dict[str, list[Callable[[Path], None]]] = {
    "RUN-1": [swapped, first_gone, other_previous, listed_twice, other_archive, no_json],
    "RUN-2": [signed_by_another],
    "RUN-3": [sealed_by_another],
    "RUN-4": [stamp_of_another_run],
    "RUN-5": [no_stamp],
    "RUN-6": [one_file_more],
    "RUN-7": [ends_after_its_stamp],
    "RUN-8": [authority_nobody_named],
    "RUN-9": [package_gone, package_signed_otherwise],
}
