"""The builder: one capture and its selection in, one package folder out.

The steps, in order: tables, raw objects, media, snapshot, spec, README; then digests, manifest, bag; then the look for
secrets, and reading back what was written. Any failure leaves the caller a folder that is no package.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.errors import PackageError
from urval.manifest import FORMAT, Manifest, canonical, file_sha256, parse_manifest, sha256_hex
from urval.package.bag import write_payload_manifest, write_tag_files
from urval.package.describe import PackageParts, compose_manifest, describe_readme
from urval.package.raw import write_raw
from urval.package.rendering import write_snapshot
from urval.package.secret_scan import files_with_secrets
from urval.package.tables import write_tables
from urval.periods import days_late, in_blackout
from urval.records import Gap
from urval.selection import Verdict
from urval.source import PRIVATE_CAME

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from urval.capture import Capture
    from urval.manifest import Correction, Previous, Review, SealRef, Software
    from urval.periods import Occasion
    from urval.selection import Selection
    from urval.spec import Account, LoadedSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageRequest:
    """All that a package is made of.

    Attributes:
        capture: The finished capture, in a local folder.
        loaded: The archive spec as used, with its bytes.
        account: The account's register entry in that spec.
        occasion: The occasion and its period.
        selection: What was kept of the capture's frame.
        software: What makes the package.
        previous: The account's package before this one.
        review: Who approved the proposal, and what a person changed in it.
        supplements: The package of the same period that this one adds to, if it is a supplement.
        corrects: The package of the same period that this one corrects, if it is a correction.
        seal: Who will sign it; None where nobody does, which the package then says.
        attachments: Folder with the files that the review names, if there are any.
        secrets: Every secret in use; none may stand in the package.
    """

    capture: Capture
    loaded: LoadedSpec
    account: Account
    occasion: Occasion
    selection: Selection
    software: Software
    previous: Previous | None
    review: Review
    supplements: Previous | None = None
    corrects: Correction | None = None
    seal: SealRef | None = None
    attachments: Path | None = None
    secrets: Sequence[str] = ()

    def kept(self) -> list[str]:
        """Return the ids of the kept threads, oldest first."""
        rows = self.selection.table.select(["thread_id", "decision"]).to_pylist()
        kept = {row["thread_id"] for row in rows if row["decision"] == Verdict.KEPT}
        posts = self.capture.table("posts").select(["created_at", "id"])
        posts = posts.sort_by([("created_at", "ascending"), ("id", "ascending")])
        return [row["id"] for row in posts.to_pylist() if row["id"] in kept]

    def keeps_all(self) -> bool:
        """Return whether everything captured is kept, so that the exchanges may be in the package whole.

        What a listing showed from outside the period is in the exchanges as well, and belongs to another package, whose
        selection may drop it. Private messages that came with other things stay out of every package.
        """
        private = any(gap.what == PRIVATE_CAME for gap in self.capture.records(Gap))
        frame = self.selection.table.num_rows
        outside = sum(end["outside_period"] for end in self.capture.info.document["listings"])
        return self.selection.kept == frame and outside == 0 and not private

    def pdf_standards(self) -> tuple[str, ...]:
        """Return what the PDF conforms to: the format policy of the local day on which the capture ended."""
        ended = datetime.fromisoformat(self.capture.info.document["ended_at"])
        return self.loaded.spec.formats_on(self._local_date(ended)).pdf

    def days_late(self, captured: datetime) -> int:
        """Return by how many days the capture came after its occasion closed."""
        return days_late(self.occasion, self._local_date(captured))

    def in_blackout(self, captured: datetime) -> bool:
        """Return whether the capture was made in a blackout range of the spec."""
        return in_blackout(self.loaded.spec, self._local_date(captured))

    def _local_date(self, moment: datetime) -> date:
        return moment.astimezone(ZoneInfo(self.loaded.spec.timezone)).date()


@dataclass(frozen=True, slots=True)
class Built:
    """A package that was built: its folder, its manifest and the hex SHA-256 of ``manifest.json``."""

    folder: Path
    manifest: Manifest
    manifest_sha256: str


def build_package(request: PackageRequest, scratch: Path, *, progress: Callable[[str], None] = lambda _: None) -> Built:
    """Build the package in ``scratch/<package id>``.

    Raises:
        PackageError: A secret stands in the package, a medium of the capture is missing or changed, or what was
            written does not read back.
    """
    work = scratch / "package.part"
    shutil.rmtree(work, ignore_errors=True)
    data = work / "data"
    (data / "tables").mkdir(parents=True)
    kept = request.kept()
    progress("writing tables")
    tables = write_tables(request.capture, kept, request.selection.table, data / "tables")
    selection_sha256 = file_sha256(data / "tables" / "selection.jsonl")
    whole = request.keeps_all()
    write_raw(request.capture, kept, data / "raw", whole=whole)
    _copy_media(request.capture, kept, data / "media")
    _copy_attachments(request, data / "review")
    progress("rendering the snapshot")
    name = package_id(request, selection_sha256)
    snapshot = write_snapshot(request, kept, data, name)
    _write_spec(request.loaded, data / "spec")
    progress("digests and manifest")
    parts = PackageParts(
        kept=kept,
        package_id=name,
        selection_sha256=selection_sha256,
        tables=tables,
        snapshot=snapshot,
        whole=whole,
    )
    (data / "README.txt").write_text(describe_readme(request, parts), encoding="utf-8")
    shutil.copyfile(Path(__file__).with_name("verify_alone.py"), data / "verify.py")
    manifest = compose_manifest(request, parts, write_payload_manifest(work))
    written = write_tag_files(work, manifest)
    _check(work, written, manifest, request.secrets)
    folder = scratch / manifest.package_id
    shutil.rmtree(folder, ignore_errors=True)
    return Built(folder=work.rename(folder), manifest=manifest, manifest_sha256=sha256_hex(written))


def package_id(request: PackageRequest, selection_sha256: str) -> str:
    """Return the package's id (docs/format.md, MAN-4)."""
    text = f"{FORMAT}\n{request.capture.info.sha256}\n{request.loaded.sha256}\n{selection_sha256}"
    return f"{request.account.id}_{request.occasion.period.id}_{sha256_hex(text.encode())[:12]}"


def _copy_media(capture: Capture, kept: list[str], folder: Path) -> None:
    folder.mkdir()
    wanted = set(kept) | {None}
    for row in capture.table("media").select(["thread_id", "file", "sha256"]).to_pylist():
        if row["file"] is None or row["thread_id"] not in wanted:
            continue
        target = folder.parent / row["file"]
        if target.exists():
            continue
        shutil.copyfile(capture.folder / row["file"], target)
        if file_sha256(target) != row["sha256"]:
            raise PackageError(
                f"medium {row['file']} has changed since it was captured",
                next_step="Check the store's disk, then fetch the capture again or capture anew.",
            )


def _copy_attachments(request: PackageRequest, folder: Path) -> None:
    for one in request.review.attachments:
        folder.mkdir(exist_ok=True)
        target = folder / one.file.rsplit("/", 1)[1]
        source = request.attachments / target.name if request.attachments is not None else None
        if source is not None and source.is_file():
            shutil.copyfile(source, target)
        if not target.is_file() or file_sha256(target) != one.sha256:
            raise PackageError(
                f"the attached view {target.name} is missing or has changed since it was attached",
                next_step="Check the store's disk, and restore the file below reviews/ from another copy.",
            )


def _write_spec(loaded: LoadedSpec, folder: Path) -> None:
    from urval.spec import json_schema  # noqa: PLC0415 - generating the schema costs time only a build needs

    folder.mkdir()
    (folder / "archive-spec.yaml").write_bytes(loaded.data)
    (folder / "schema.json").write_bytes(canonical(json_schema()))


def _check(work: Path, written: bytes, manifest: Manifest, secrets: Sequence[str]) -> None:
    """Distrust what was written: parse it again, and look for secrets in every file."""
    if parse_manifest(written) != manifest or canonical(parse_manifest(written)) != written:
        raise PackageError("the manifest does not read back as it was written")
    leaks = files_with_secrets(work, secrets)
    if leaks:
        raise PackageError(
            f"a secret in use stands in {len(leaks)} file(s) of the package, first {leaks[0]}; nothing was stored",
            next_step="Revoke the credential, and report the platform's answer that repeats it.",
        )
