"""Section 11 of docs/format.md: the review, and what was attached in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.manifest import canonical, sha256_hex
from urval.records import same_person
from urval.spec import REVIEW
from urval.verify.columns import values
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from urval.manifest import Attachment, Manifest
    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

_FOLDER = "data/review/"
_KINDS = {"image/png": ("png", b"\x89PNG\r\n\x1a\n"), "application/pdf": ("pdf", b"%PDF-")}
_RUN = "run"


def check_proposal(digests: Mapping[str, str | None], manifest: Manifest, findings: Findings) -> None:
    """REV-1: the digest of what was approved."""
    path = "data/tables/selection.jsonl"
    basis = {
        "capture": manifest.capture.sha256,
        "spec": manifest.spec.sha256,
        "selection": digests.get(path) or manifest.selection.selection_sha256,
        "attachments": sorted(one.sha256 for one in manifest.review.attachments),
        "corrects": manifest.corrects.package_id if manifest.corrects else None,
        "supplements": manifest.supplements.package_id if manifest.supplements else None,
    }
    with findings.reading("review.proposal_sha256", "REV-1"):
        expected = sha256_hex(canonical(basis))
        findings.expect("REV-1", "review.proposal_sha256", expected=expected, found=manifest.review.proposal_sha256)


def check_approvals(manifest: Manifest, findings: Findings) -> None:
    """REV-2: who approved, and when."""
    review = manifest.review
    with findings.reading("review.approvals", "REV-2"):
        people = {same_person(one.by) for one in review.approvals} - {""}
        if len(people) < review.persons:
            findings.fail("REV-2", "review.approvals", expected=review.persons, found=len(people))
        latest = max((change.at for change in review.changes), default=review.proposed_at)
        for one in review.approvals:
            if one.at < max(review.proposed_at, latest):
                findings.fail("REV-2", one.by, expected=Phrase.AFTER_PROPOSAL, found=one.at.isoformat())
            if (one.role == _RUN) is review.looked_at:
                findings.fail("REV-2", one.by, expected=f"looked_at {one.role != _RUN}", found=review.looked_at)


def check_spec_persons(persons: int | None, manifest: Manifest, findings: Findings) -> None:
    """REV-2: as many people as the spec demands."""
    if persons is not None:
        findings.expect("REV-2", "review.persons", expected=persons, found=manifest.review.persons)


def check_changes(selection: pa.Table, manifest: Manifest, findings: Findings) -> None:
    """REV-3: the changes, and the rows of the selection."""
    with findings.reading("data/tables/selection", "REV-3"):
        columns = (values(selection, name) for name in ("thread_id", "decision", "rules"))
        rows = {thread: (decision, rules) for thread, decision, rules in zip(*columns, strict=True)}
        seen: set[str] = set()
        for change in manifest.review.changes:
            decision, rules = rows.get(change.thread, (Phrase.MISSING, []))
            whole = (decision == "kept" and REVIEW in rules) if change.action == "add" else rules == [REVIEW]
            wanted = "kept" if change.action == "add" else "dropped"
            if not whole or decision != wanted or change.thread in seen or not change.reason.strip():
                findings.fail("REV-3", change.thread, expected=f"{wanted} [{REVIEW}]", found=f"{decision} {rules}")
            seen.add(change.thread)
        for thread, (_, rules) in rows.items():
            if REVIEW in rules and thread not in seen:
                findings.fail("REV-3", thread, expected=Phrase.A_CHANGE, found=Phrase.MISSING)


def check_attachments(
    reader: PackageReader,
    manifest: Manifest,
    digests: Mapping[str, str | None],
    plain: Sequence[str],
    findings: Findings,
) -> None:
    """REV-4: the attached views. ``digests`` is what BAG-3 found, by path."""
    with findings.reading(_FOLDER, "REV-4"):
        named: set[str] = set()
        for one in manifest.review.attachments:
            _check_attachment(reader, one, digests, findings)
            if one.file in named:
                findings.fail("REV-4", one.file, expected=Phrase.ONE, found=Phrase.PRESENT)
            named.add(one.file)
        for name in plain:
            if name.startswith(_FOLDER) and name not in named:
                findings.fail("REV-4", name, expected=Phrase.ABSENT, found=Phrase.PRESENT)


def _check_attachment(
    reader: PackageReader, one: Attachment, digests: Mapping[str, str | None], findings: Findings
) -> None:
    ending, head = _KINDS[one.mime]
    expected = f"{_FOLDER}{one.sha256}.{ending}"
    if one.file != expected:
        findings.fail("REV-4", one.file, expected=expected, found=one.file)
    elif one.file not in digests:
        findings.fail("REV-4", one.file, expected=Phrase.PRESENT, found=Phrase.MISSING)
    else:
        findings.expect("REV-4", one.file, expected=one.sha256, found=digests[one.file])
        findings.expect("REV-4", one.file, expected=one.bytes, found=reader.size(one.file))
        with reader.open(one.file) as file:
            if file.read(len(head)) != head:
                findings.fail("REV-4", one.file, expected=one.mime, found=Phrase.NOT_OF_THE_FORMAT)
