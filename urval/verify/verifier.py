"""The verification of one package, as numbered steps.

0. List the names; nothing but plain files of the format counts further (BAG-6).
1. The bag's declaration, listing and tag files, by their bytes alone (BAG-1, BAG-2, BAG-4).
2. The manifest parses and is canonical (MAN-1, MAN-2).
3. What the manifest says of the bag and of itself (MAN-3 to MAN-7, BAG-5); its seal (SEA-1 to SEA-8).
                                                                                         Level *structure* ends here.
4. The digest of every payload file (BAG-3).                                            Level *digests* ends here.
5. The tables, both forms in step (TAB-1 to TAB-4), then their rows as wholes (TAB-5 to TAB-7).
6. References between rows, media, raw objects (REF-1 to REF-8).
7. The spec (SPC-1), then the selection, done again where the frame is at hand (SEL-1 to SEL-7).
8. Completeness and gaps (CMP-1 to CMP-4).
9. The snapshot (SNP-1 to SNP-4).
10. The raw exchanges (RAW-1 to RAW-4), and the environment log (ENV-1).
11. The review (REV-1 to REV-4).
12. The store around it, where the caller has looked (STO-1 to STO-6, COR-1).

Every step goes on after a failure of an earlier one, as far as what it rests on could be read; what could not be
checked for that reason comes out as *not checked*.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from urval.verify import (
    bag,
    completeness,
    environment,
    manifest,
    order,
    raw,
    references,
    review,
    selection,
    snapshot,
    spec,
    tables,
)
from urval.verify.beside import Beside
from urval.verify.codes import CODES, Level
from urval.verify.findings import Findings
from urval.verify.layout import TABLES
from urval.verify.phrases import Phrase
from urval.verify.seal import Trust
from urval.verify.sealing import check_package_seal
from urval.verify.store import verify_store_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.verify.reader import PackageReader
    from urval.verify.report import Report
    from urval.verify.seal import SealFacts
    from urval.verify.store import StoreContext


def _silent(_step: str, _done: int, _total: int) -> None:
    """Report no progress."""


def verify_package(
    reader: PackageReader,
    *,
    level: Level = Level.FULL,
    frame: pa.Table | None = None,
    store: StoreContext | None = None,
    trust: Trust | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Verify one package. What is wrong in it is a finding, whatever it is; nothing in it makes this raise.

    Args:
        reader: The package.
        level: How deep to go.
        frame: The frame of its capture (``FRAME_SCHEMA``), for selecting again (SEL-6).
        store: What the store holds around it (STO-1 to STO-6).
        trust: The keys and authorities that come from elsewhere than the package (SEA-2, SEA-8).
        progress: Told the step's name, and how much of how much of it is done.
    """
    run = _Run(reader, progress or _silent)
    seal = run.structure(trust or Trust())
    if level.includes(Level.DIGESTS):
        run.digests()
    if level.includes(Level.FULL):
        run.full(frame)
    if store is None and level is Level.FULL:
        run.findings.skip(Phrase.NO_STORE, *(code for code in CODES if code.startswith(("STO-", "COR-"))))
    report = replace(run.findings.finish(reader.name, level), seal=seal)
    return report if store is None else report.joined(verify_store_context(store))


class _Run:
    """One verification under way."""

    def __init__(self, reader: PackageReader, progress: Callable[[str, int, int], None]) -> None:
        self.findings = Findings()
        self._reader = reader
        self._progress = progress
        self._plain: list[str] = []
        self._listed: dict[str, str] = {}
        self._digests: Mapping[str, str | None] = {}
        self._manifest: Manifest | None = None

    def structure(self, trust: Trust) -> SealFacts | None:
        """Take steps 0 to 3."""
        findings = self.findings
        self._plain = bag.check_names(self._reader, findings)
        bag.check_declaration(self._reader, findings)
        listing, self._listed = bag.check_listing(self._reader, self._plain, findings)
        bag.check_tags(self._reader, findings)
        stated = self._manifest = manifest.read_manifest(self._reader, findings)
        seal = check_package_seal(self._reader, stated, self._plain, trust, findings)
        if stated is None:
            findings.skip(Phrase.NOT_READABLE_ABOVE, "BAG-5", "MAN-3", "MAN-4", "MAN-5", "MAN-6", "MAN-7")
            return seal
        manifest.check_payload(self._reader, stated, listing, self._plain, findings)
        manifest.check_identity(stated, self._reader.name, findings)
        manifest.check_period(stated, findings)
        manifest.check_statements(stated, findings)
        bag.check_bag_info(self._reader, stated, findings)
        return seal

    def digests(self) -> None:
        """Take step 4."""
        self._digests = bag.check_digests(self._reader, self._listed, self.findings, self._progress)

    def full(self, frame: pa.Table | None) -> None:
        """Take steps 5 to 11."""
        with Beside(self._reader, self._plain) as beside:
            self._full(frame, beside)

    def _full(self, frame: pa.Table | None, beside: Beside) -> None:
        read = tables.read_tables(self._reader, self._manifest, self.findings, self._progress)
        whole = read if len(read) == len(TABLES) else None
        if whole is None:
            self._skip("TAB-5", "TAB-6", "TAB-7", "REF-", "SEL-", "CMP-", "SNP-2", "REV-3")
        else:
            self._rows(whole, beside)
        if self._manifest is None:
            self._skip("TAB-6", "SEL-", "CMP-3", "CMP-4", "SNP-1", "SNP-2", "SPC-1", "RAW-", "REV-", "ENV-")
        else:
            self._against_manifest(self._manifest, whole, frame, beside)
        pages = beside.pages()
        snapshot.check_pages(self._reader, whole, self._plain, self.findings, self._progress, pages)

    def _rows(self, read: Mapping[str, pa.Table], beside: Beside) -> None:
        """Check what needs the tables alone."""
        order.check_unique(read, self.findings)
        order.check_order(read, self.findings)
        references.check_references(read, self.findings)
        references.check_media(self._reader, read["media"], self._digests, self._plain, self.findings)
        raw.check_objects(self._reader, read, self.findings, beside.objects())
        selection.check_kept(read, self.findings)
        completeness.check_completeness(read, self.findings)

    def _against_manifest(
        self, stated: Manifest, read: Mapping[str, pa.Table] | None, frame: pa.Table | None, beside: Beside
    ) -> None:
        """Check what the manifest says of tables, spec, snapshot and exchanges."""
        loaded = spec.read_spec(self._reader, stated, self.findings)
        if read is not None:
            order.check_account(read, stated, self.findings)
            selection.check_counts(read["selection"], stated, self.findings)
            selection.check_frame_digest(read["selection"], stated, self.findings)
            selection.check_seed(loaded, stated, self.findings)
            selection.check_table_digest(self._digests, stated, self.findings)
            selection.check_again(read["selection"], loaded, stated, frame, self.findings)
            completeness.check_totals(read, stated, self.findings)
            snapshot.check_threads(stated, read, self.findings)
            review.check_changes(read["selection"], stated, self.findings)
        snapshot.check_volumes(self._reader, stated, self._plain, self.findings)
        raw.check_warc(self._reader, read, stated, self._plain, self.findings, beside.warc())
        environment.check_environment(stated, self.findings)
        review.check_proposal(self._digests, stated, self.findings)
        review.check_approvals(stated, self.findings)
        review.check_spec_persons(loaded.spec.review.persons if loaded else None, stated, self.findings)
        review.check_attachments(self._reader, stated, self._digests, self._plain, self.findings)

    def _skip(self, *prefixes: str) -> None:
        for code in CODES:
            if code.startswith(prefixes):
                self.findings.skip(Phrase.NOT_READABLE_ABOVE, code)
