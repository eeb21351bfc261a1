"""A verification's report as a page tells it: findings by outcome, in words, with their clauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING

from urval.reading_room.concealing import names_restricted
from urval.reading_room.pages import View
from urval.verify import CODES, Severity, Status
from urval.verify.phrases import in_language
from urval.verify.report import shown, verdict_words

if TYPE_CHECKING:
    from urval.reading_room.access.restrictions import Restricted
    from urval.verify import Code, Finding, Report

# The sections of docs/format.md, by how the codes begin.
_SECTIONS = {"BAG": 1, "MAN": 2, "TAB": 3, "REF": 4, "SEL": 5, "CMP": 6, "SNP": 7, "SPC": 8, "RAW": 9, "ENV": 9,
             "STO": 10, "REV": 11, "SEA": 12, "RUN": 13}  # fmt: skip
_WITH_TEXT = frozenset({"TAB-2"})  # clauses whose findings quote cells of the tables: words of posts and comments


class FindingLine(View):
    """One finding. ``section`` is that of docs/format.md; ``hidden``: it is about what is restricted by decision."""

    code: str
    section: int | None
    message: str
    severity: str
    subject: str
    expected: str
    found: str
    hidden: bool


class Unchecked(View):
    """Clauses that were not checked for one reason."""

    reason: str
    codes: list[FindingLine]


class StampLine(View):
    """One good time stamp: its authority, and the aware time it states."""

    authority: str
    at: datetime


class ReportView(View):
    """What was found of one package, or (``is_runs``) of the run manifests of an archive. Words in the page's language.

    ``verdict`` is ``valid``, ``valid_as_far_as_checked`` or ``not_valid``; counts are of clauses.
    """

    name: str
    is_runs: bool
    archive: str
    manifest_sha256: str
    indexed: bool
    verdict: str
    verdict_words: str
    level: str
    counts: dict[str, int]
    signed_by: str
    key: str
    stamps: list[StampLine]
    failed: list[FindingLine]
    warnings: list[FindingLine]
    unchecked: list[Unchecked]
    passed: list[FindingLine]


def without_restricted(report: Report, restricted: Restricted) -> Report:
    """Return a report in which nothing tells of items that are restricted: the findings stay, without their data."""
    if not (restricted.items or restricted.problem):
        return report
    return replace(report, findings=tuple(_told(one, restricted) for one in report.findings))


def touches_restricted(report: Report, restricted: Restricted) -> bool:
    """Tell whether a report tells of items that are restricted."""
    return without_restricted(report, restricted).findings != report.findings


HIDDEN = "restricted by decision"


def _told(finding: Finding, restricted: Restricted) -> Finding:
    said = (finding.subject, finding.expected, finding.found)
    if not any(said):
        return finding
    if _may_be_on_item(finding) if restricted.problem else names_restricted(restricted, *said):
        return replace(finding, subject=HIDDEN, expected="", found="")
    if finding.code in _WITH_TEXT and finding.status is Status.FAILED:
        return replace(finding, expected="", found=HIDDEN)
    return finding


_OF_ITEMS = ("TAB-", "REF-", "SEL-", "CMP-", "SNP-", "RAW-", "REV-")  # clauses that are about rows and pages
_ITEM_FILES = ("data/snapshot/threads/", "data/media/")


def _may_be_on_item(finding: Finding) -> bool:
    return finding.code.startswith(_OF_ITEMS) or finding.subject.startswith(_ITEM_FILES)


def report_view(report: Report, *, archive: str, manifest: str, indexed: bool, language: str) -> ReportView:
    """Return a report as a page tells it."""
    seal = report.seal
    by_status = {status: [one for one in report.findings if one.status is status] for status in Status}
    failed = by_status[Status.FAILED]
    lines = {severity: [_line(one, report.codes[one.code], language) for one in failed if one.severity is severity]
             for severity in Severity}  # fmt: skip
    reasons: dict[str, list[FindingLine]] = {}
    for one in by_status[Status.NOT_CHECKED]:
        reason = in_language(one.found, language)
        reasons.setdefault(reason, []).append(_line(one, report.codes[one.code], language))
    return ReportView(
        name=shown(report.package), is_runs=report.codes is not CODES, archive=archive, manifest_sha256=manifest,
        indexed=indexed, verdict=report.verdict, verdict_words=verdict_words(report.verdict, language),
        level=verdict_words(report.level, language), counts=report.counts,
        signed_by=shown(seal.identity) if seal else "", key=seal.key if seal else "",
        stamps=[StampLine(authority=shown(one.authority), at=one.at) for one in seal.stamps] if seal else [],
        failed=lines[Severity.ERROR], warnings=lines[Severity.WARNING],
        unchecked=[Unchecked(reason=reason, codes=codes) for reason, codes in reasons.items()],
        passed=[_line(one, report.codes[one.code], language) for one in by_status[Status.PASSED]],
    )  # fmt: skip


def _line(finding: Finding, code: Code, language: str) -> FindingLine:
    hidden = HIDDEN in {finding.subject, finding.found}
    return FindingLine(
        code=finding.code, section=_SECTIONS.get(finding.code.partition("-")[0]), message=code.message(language),
        severity=finding.severity, subject="" if hidden and finding.subject == HIDDEN else shown(finding.subject),
        expected="" if hidden else shown(in_language(finding.expected, language)),
        found="" if hidden else shown(in_language(finding.found, language)), hidden=hidden,
    )  # fmt: skip
