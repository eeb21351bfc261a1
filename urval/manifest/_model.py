"""The manifest's model: what a package is, how it came about, what it cannot show. Fields: docs/format.md."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AwareDatetime, SerializerFunctionWrapHandler, model_serializer

from urval.manifest._environment import Environment, Part, Software

FORMAT = "urval-package/1"


class Decision(Part):
    """The decision a spec rests on; without one a spec runs dry only (requirement R18)."""

    authority: str
    reference: str
    date: str  # ISO 8601 date


class Archive(Part):
    """The archive creator (arkivbildare)."""

    id: str
    name: str
    organisation_number: str | None = None


class Occasion(Part):
    """The capture time this package belongs to. Dates are local dates of the spec's time zone."""

    id: str
    kind: Literal["ordinary", "change", "closing", "extra"]
    opens: str
    closes: str
    days_late: int  # 0 when captured inside the window
    in_blackout: bool


class Period(Part):
    """The half-open span ``[start, end)`` the package covers, as UTC instants."""

    id: str
    start: AwareDatetime
    end: AwareDatetime
    timezone: str


class ExportFile(Part):
    """The export the data were read from: its kind, name, size in bytes, hex SHA-256 of the whole file."""

    kind: str
    name: str
    bytes: int
    sha256: str


class SourceMethod(Part):
    """How the data were got: only through the platform's interface or its own export (requirement R16)."""

    platform: str
    interface: str
    api_version: str | None
    base_url: str | None
    scopes: list[str]
    export: ExportFile | None = None  # the key is there only where a file was read

    @model_serializer(mode="wrap")
    def _plain(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = serialise(self)
        if self.export is None:
            del value["export"]
        return value


class CaptureRef(Part):
    """The capture the package was made from. ``sha256`` is the digest of its ``capture.json``."""

    id: str
    sha256: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    clock: Literal["system", "fixed"]
    exchanges: int
    whole_in_package: bool


class SpecRef(Part):
    """The archive spec as used; the file itself lies in ``data/spec/``."""

    id: str
    version: str
    sha256: str
    decision: Decision | None


class Substitute(Part):
    """A thread that was kept because another, drawn by ``rule``'s partner, could not be captured whole."""

    rule: str
    lost: str
    substitute: str


class SelectionRef(Part):
    """What was chosen from what, so that it can be done again. kept + dropped + excluded = frame_size."""

    unit: Literal["thread"]
    frame_size: int
    frame_sha256: str
    seed: str
    selection_sha256: str
    kept: int
    dropped: int
    excluded: int
    by_rule: dict[str, int]  # rule id -> threads it named (a thread may be named by several)
    claims: dict[str, str]  # rule id -> what its threads may be used to show (requirement R21)
    substitutes: list[Substitute]


class TableRef(Part):
    """One table, as Parquet and as JSON Lines. ``merkle_root`` is over the lines, without their line feeds."""

    rows: int
    merkle_root: str


class VolumeRef(Part):
    """One PDF of the snapshot and the threads in it, in order."""

    file: str
    threads: list[str]


class SnapshotRef(Part):
    """The rendering. ``unrenderable`` counts characters no font covers, shown as ``[U+XXXX]`` in the PDF only."""

    threads: int
    pdf_standards: list[str]
    volumes: list[VolumeRef]
    fonts: dict[str, str]  # file name -> hex SHA-256
    unrenderable: int


class CompletenessTotals(Part):
    """Comments over the kept threads: the platform's own numbers beside the captured ones."""

    threads: int
    threads_equal: int
    platform_total: int | None
    captured_total: int
    by_reason: dict[str, int]


class Previous(Part):
    """The package before this one of the same account."""

    package_id: str
    manifest_sha256: str


class Correction(Part):
    """The package of the same account and period that this one corrects, and why. Both stay."""

    package_id: str
    manifest_sha256: str
    reason: str


class SealRef(Part):
    """Who signs the package: ``manifest.json.sig`` must be by this key.

    ``key`` is the fingerprint as ``ssh-keygen -l`` prints it (``SHA256:…``); ``stamps`` is how many time stamps of
    authorities are wanted over the signature.
    """

    identity: str
    key: str
    stamps: int


class ReviewChange(Part):
    """What a person changed in the proposal, and why."""

    action: Literal["add", "remove"]
    thread: str
    reason: str
    by: str
    at: AwareDatetime


class Approval(Part):
    """Who approved the proposal, as what, and when."""

    by: str
    role: str
    at: AwareDatetime


class Attachment(Part):
    """A view of the layout that a person took and attached: a picture or a PDF in ``data/review/``."""

    file: str
    sha256: str
    bytes: int
    mime: Literal["image/png", "application/pdf"]
    caption: str
    taken_by: str
    taken_at: AwareDatetime
    attached_by: str


class Review(Part):
    """The review of the proposal. ``looked_at`` is false where it was approved together with the capture, unseen.

    ``proposal_sha256`` is the digest of what was approved (docs/format.md, REV-1); ``persons`` is how many different
    people the spec demands.
    """

    proposal_sha256: str
    proposed_at: AwareDatetime
    looked_at: bool
    persons: Literal[1, 2]
    approvals: list[Approval]
    changes: list[ReviewChange]
    attachments: list[Attachment]


class Payload(Part):
    """The bag's payload. ``manifest_sha256`` is the digest of ``manifest-sha256.txt``, which lists every file."""

    files: int
    bytes: int
    manifest_sha256: str


class Manifest(Part):
    """``manifest.json``: what the package is, how it came about, and what it cannot show."""

    format: Literal["urval-package/1"]
    package_id: str
    archive: Archive
    account: dict[str, Any]  # the register entry, as in the spec
    occasion: Occasion
    period: Period
    source: SourceMethod
    capture: CaptureRef
    software: Software
    environment: Environment  # of the capture
    spec: SpecRef
    selection: SelectionRef
    tables: dict[str, TableRef]
    snapshot: SnapshotRef
    completeness: CompletenessTotals
    gaps: dict[str, int]  # reason -> count, of the account and of the kept threads
    review: Review
    previous: Previous | None
    supplements: Previous | None  # the package of the same account and period that this one adds to
    corrects: Correction | None
    seal: SealRef | None  # None: the package is not signed, and cannot_show says so
    cannot_show: list[str]
    payload: Payload
