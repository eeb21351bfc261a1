"""What a verification says: findings, a verdict, and their text and JSON forms."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from urval.verify.codes import CODES, Level, Severity
from urval.verify.phrases import in_language

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from urval.verify.codes import Code
    from urval.verify.seal.facts import SealFacts

_LONGEST = 200  # characters of hostile text shown


class Status(StrEnum):
    """The outcome of one check. *Not checked* is never *passed*."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_CHECKED = "not_checked"


class Verdict(StrEnum):
    """What the findings together mean (docs/format.md, Verdict)."""

    VALID = "valid"
    VALID_AS_FAR_AS_CHECKED = "valid_as_far_as_checked"
    NOT_VALID = "not_valid"


_WORDS = {
    "sv": {
        "passed": "godkänd",
        "failed": "underkänd",
        "not_checked": "inte kontrollerad",
        "valid": "GILTIGT",
        "valid_as_far_as_checked": "GILTIGT SÅ LÅNGT DET KONTROLLERATS",
        "not_valid": "INTE GILTIGT",
        "level": "nivå",
        "expected": "väntat",
        "found": "funnet",
        "warning": "varning",
        "structure": "struktur",
        "digests": "kontrollsummor",
        "full": "allt",
        "pdf": "PDF/A och PDF/UA: inte kontrollerat här, använd veraPDF",
        "signed": "undertecknat av",
        "stamped": "tidsstämplat",
    },
    "en": {
        "passed": "passed",
        "failed": "failed",
        "not_checked": "not checked",
        "valid": "VALID",
        "valid_as_far_as_checked": "VALID AS FAR AS CHECKED",
        "not_valid": "NOT VALID",
        "level": "level",
        "expected": "expected",
        "found": "found",
        "warning": "warning",
        "structure": "structure",
        "digests": "digests",
        "full": "full",
        "pdf": "PDF/A and PDF/UA: not checked here, use veraPDF",
        "signed": "signed by",
        "stamped": "time-stamped",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a report. ``subject`` is a path or an id; ``message`` is the clause, in English."""

    code: str
    status: Status
    severity: Severity
    subject: str
    expected: str
    found: str
    message: str


@dataclass(frozen=True, slots=True)
class Report:
    """The findings over one package, in the order of docs/format.md. Every code is in it at least once.

    ``codes`` are those of the kind of thing judged: of a package, unless told otherwise. ``seal`` is what a good seal
    says; None where there is none.
    """

    package: str
    level: Level
    findings: tuple[Finding, ...]
    codes: Mapping[str, Code] = field(default_factory=lambda: CODES)
    seal: SealFacts | None = None

    @property
    def verdict(self) -> Verdict:
        """Return the verdict; a code without a finding counts as not checked."""
        if any(f.status is Status.FAILED and f.severity is Severity.ERROR for f in self.findings):
            return Verdict.NOT_VALID
        passed = {f.code for f in self.findings if f.status is Status.PASSED}
        passed -= {f.code for f in self.findings if f.status is Status.NOT_CHECKED}
        musts = {code.code for code in self.codes.values() if code.severity is Severity.ERROR}
        return Verdict.VALID if musts <= passed else Verdict.VALID_AS_FAR_AS_CHECKED

    @property
    def counts(self) -> dict[str, int]:
        """Return status -> number of codes with that outcome; a code that failed anywhere has failed."""
        outcome: dict[str, Status] = {}
        rank = {Status.PASSED: 0, Status.NOT_CHECKED: 1, Status.FAILED: 2}
        for finding in self.findings:
            before = outcome.get(finding.code, Status.PASSED)
            outcome[finding.code] = max(before, finding.status, key=rank.__getitem__)
        counted = Counter(outcome.values())
        return {status.value: counted[status] for status in Status}

    def failed(self) -> list[str]:
        """Return the codes that failed, each once, in order."""
        return list(dict.fromkeys(f.code for f in self.findings if f.status is Status.FAILED))

    def joined(self, findings: Iterable[Finding]) -> Report:
        """Return a report in which these findings stand in for those of the same codes."""
        new = tuple(findings)
        replaced = {finding.code for finding in new}
        merged = [finding for finding in self.findings if finding.code not in replaced] + list(new)
        order = {code: place for place, code in enumerate(self.codes)}
        ordered = tuple(sorted(merged, key=lambda finding: order[finding.code]))
        return replace(self, findings=ordered)

    def to_json(self) -> str:
        """Return the report as ASCII JSON."""
        return json.dumps(
            {
                "package": self.package,
                "level": self.level,
                "verdict": self.verdict,
                "counts": self.counts,
                "seal": _facts(self.seal),
                "findings": [asdict(finding) for finding in self.findings],
            },
            indent=2,
        )

    def to_text(self, language: str = "en") -> str:
        """Return the report for a person, in ``sv`` or ``en``; text from the package is made safe for a terminal."""
        words = _WORDS["sv" if language == "sv" else "en"]
        counts = ", ".join(f"{number} {words[status]}" for status, number in self.counts.items())
        head = f"{shown(self.package)}: {words[self.verdict]} ({words['level']}: {words[self.level]})"
        lines = [head, f"  {counts}", *_seal_lines(self.seal, words)]
        lines += [f"  {words['pdf']}"] if self.codes is CODES else []
        lines += [
            _line(f, self.codes[f.code], words, language)
            for f in self.findings
            if f.status is not Status.PASSED or f.found
        ]
        return "\n".join(lines) + "\n"


def verdict_words(value: Verdict | Level, language: str) -> str:
    """Return a verdict or a level in ``sv`` or ``en``."""
    return _WORDS["sv" if language == "sv" else "en"][value]


def _seal_lines(seal: SealFacts | None, words: dict[str, str]) -> list[str]:
    if seal is None:
        return []
    stamps = [f"  {words['stamped']} {_moment(one.at)}, {shown(one.authority)}" for one in seal.stamps]
    return [f"  {words['signed']} {shown(seal.identity)}, {seal.key}", *stamps]


def _facts(seal: SealFacts | None) -> dict[str, Any] | None:
    if seal is None:
        return None
    stamps = [asdict(one) | {"at": _moment(one.at)} for one in seal.stamps]
    return {"identity": seal.identity, "key": seal.key, "stamps": stamps}


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _line(finding: Finding, code: Code, words: dict[str, str], language: str) -> str:
    status = words[finding.status]
    if finding.status is Status.FAILED and finding.severity is Severity.WARNING:
        status = words["warning"]
    line = f"  {finding.code:6} {status}: {code.message(language)}"
    if finding.subject:
        line += f" · {shown(finding.subject)}"
    if finding.expected:
        line += f" · {words['expected']}: {shown(in_language(finding.expected, language))}"
    if finding.found:
        line += f" · {words['found']}: {shown(in_language(finding.found, language))}"
    return line


def shown(text: str) -> str:
    """Return text of unknown origin, cut to a bearable length, with nothing in it that could act on a terminal."""
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in cut)
