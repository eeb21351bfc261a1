"""The review of a package that a test builds without a store: unseen as a demonstration's is, or with changes."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image

from urval import review
from urval.manifest import Approval, Attachment, Review, ReviewChange, sha256_hex
from urval.package import PackageRequest, build_package
from urval.package.software import describe_software
from urval.periods import occasion_at
from urval.selection import select

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from urval.capture import Capture
    from urval.selection import Selection
    from urval.spec import LoadedSpec


def unseen(capture: Capture, loaded: LoadedSpec, selection: Selection, at: datetime) -> Review:
    """Return the review of a proposal that nobody looked at, approved by the run at an aware time."""
    digest = review.proposal_sha256(
        capture=capture.info.sha256,
        spec=loaded.sha256,
        selection=review.selection_sha256(selection.table),
        attachments=(),
        supplements=None,
    )
    return Review(
        proposal_sha256=digest,
        proposed_at=at,
        looked_at=False,
        persons=1,
        approvals=[Approval(by="test", role=review.RUN, at=at)],
        changes=[],
        attachments=[],
    )


def package_unseen(
    capture: Capture, loaded: LoadedSpec, *, account: str, occasion: str, at: datetime, scratch: Path
) -> Path:
    """Select from a capture, package it as :func:`unseen`, and return the package's folder."""
    of, when = loaded.spec.account(account), occasion_at(loaded.spec, occasion)
    selection = select(loaded.spec, of, when.period, capture.table("frame"))
    request = PackageRequest(
        capture=capture, loaded=loaded, account=of, occasion=when, selection=selection, software=describe_software(),
        previous=None, review=unseen(capture, loaded, selection, at),
    )  # fmt: skip
    return build_package(request, scratch).folder


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def png(width: int = 60, height: int = 90, colour: str = "teal") -> bytes:
    """Return a picture of one colour."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def looked_at(
    capture: Capture, loaded: LoadedSpec, selection: Selection, at: datetime, *, changes: dict[str, str], folder: Path
) -> Review:
    """Return the review of a proposal in which a person made changes (thread -> action) and attached two views.

    Their files are written into the folder.
    """
    attachments = []
    for data, caption in ((png(), "Sidan på min skärm"), (PDF, "Sidan som utskrift")):
        one = review.attachment_of(data, limit=1 << 20, caption=caption, taken_by="Alva", taken_at=at, attached_by="Bo")
        folder.mkdir(exist_ok=True)
        (folder / one.file.rsplit("/", 1)[1]).write_bytes(data)
        attachments.append(one)
    attachments.sort(key=lambda one: one.sha256)
    digest = review.proposal_sha256(
        capture=capture.info.sha256,
        spec=loaded.sha256,
        selection=review.selection_sha256(selection.table),
        attachments=[one.sha256 for one in attachments],
        supplements=None,
    )
    return Review(
        proposal_sha256=digest,
        proposed_at=at,
        looked_at=True,
        persons=1,
        approvals=[Approval(by="Bo", role="archivist", at=at)],
        changes=[
            ReviewChange(
                action="add" if action == review.ADD else "remove", thread=thread, reason="Typiskt", by="Bo", at=at
            )
            for thread, action in sorted(changes.items())
        ],
        attachments=attachments,
    )


def attachment(data: bytes, at: datetime) -> Attachment:
    """Return the entry of any bytes as a PDF, as nothing of ours would make it."""
    digest = sha256_hex(data)
    return Attachment(
        file=f"data/review/{digest}.pdf", sha256=digest, bytes=len(data), mime="application/pdf", caption="x",
        taken_by="x", taken_at=at, attached_by="x",
    )  # fmt: skip
