"""The store around a package, and what reports, codes and phrases say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from _sample_package import Sample, copy_of, whole_package
from _store_context import store_context
from _vectors import STORE_VECTORS

from urval.verify import (
    CODES,
    PROOF_CODES,
    RUN_CODES,
    CaptureState,
    Finding,
    FolderReader,
    Level,
    Report,
    Severity,
    Status,
    StoreContext,
    Verdict,
    verify_package,
    verify_store_context,
)
from urval.verify.findings import Findings
from urval.verify.phrases import Phrase, in_language

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
STORE = [code for code in CODES if code.startswith(("STO-", "COR-"))]


@pytest.fixture
def sample() -> Sample:
    """Return the sample of a selection."""
    return whole_package()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sample of a selection."""
    return copy_of(whole_package(), tmp_path)


@pytest.mark.parametrize(
    ("code", "change"), [(code, change) for code, changes in STORE_VECTORS.items() for change in changes]
)
def test_store_vector_fails_its_code_alone(
    sample: Sample, code: str, change: Callable[[StoreContext], StoreContext]
) -> None:
    """A store broken in one way fails exactly the code of that clause."""
    findings = verify_store_context(change(store_context(sample)))
    assert list(dict.fromkeys(f.code for f in findings if f.status is Status.FAILED)) == [code]
    assert {f.code for f in findings} == set(STORE)


def test_store_not_looked_at_is_not_checked(sample: Sample) -> None:
    """What the caller did not look at is not checked, and a manifest that cannot be read leaves nothing checked."""
    key, manifest = store_context(sample).key, (sample.folder / "manifest.json").read_bytes()
    bare = verify_store_context(
        StoreContext(key="/".join((*key.split("/")[:4], sample.folder.name)), manifest=manifest)
    )
    assert [f.status for f in bare] == [Status.PASSED, *[Status.NOT_CHECKED] * 6]
    unread = verify_store_context(StoreContext(key=key, manifest=b"{"))
    assert {f.status for f in unread} == {Status.NOT_CHECKED}


def test_disposed_capture_passes(sample: Sample) -> None:
    """A capture that was disposed of under a decision is as good as a whole one."""
    context = StoreContext(
        key="x", manifest=(sample.folder / "manifest.json").read_bytes(), capture=CaptureState.DISPOSED
    )
    assert [f.status for f in verify_store_context(context) if f.code == "STO-4"] == [Status.PASSED]


def test_empty_report_is_never_valid() -> None:
    """A report without findings, and one of checks nobody ran, are not valid."""
    assert Report("x", Level.FULL, ()).verdict is Verdict.VALID_AS_FAR_AS_CHECKED
    report = Findings().finish("x", Level.FULL)
    assert {f.status for f in report.findings} == {Status.NOT_CHECKED}
    assert report.verdict is Verdict.VALID_AS_FAR_AS_CHECKED
    assert report.counts["passed"] == 0


def test_warning_does_not_condemn() -> None:
    """A failed SHOULD leaves a package valid; a failed MUST does not."""
    findings = Findings()
    findings.done(*CODES)
    findings.fail("MAN-7")
    assert findings.finish("x", Level.FULL).verdict is Verdict.VALID
    findings.fail("MAN-6")
    assert findings.finish("x", Level.FULL).verdict is Verdict.NOT_VALID


def test_failed_guard_leaves_the_rest_unchecked() -> None:
    """When a check cannot read its matter, its first code fails and the others are not checked."""
    findings = Findings()
    with findings.reading("x", "TAB-5", "TAB-6"):
        raise ValueError("broken\nlines")
    statuses = {f.code: f for f in findings.finish("x", Level.FULL).findings}
    assert statuses["TAB-5"].found == "ValueError: broken"
    assert statuses["TAB-6"].status is Status.NOT_CHECKED


def test_document_and_codes_agree() -> None:
    """The tables of docs/format.md name the codes of the program, in its order, with the same severity."""
    text = (ROOT / "docs" / "format.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([A-Z]{3}-\d+) \| (MUST|SHOULD) \| (.+) \|$", text, re.MULTILINE)
    severities = {"MUST": Severity.ERROR, "SHOULD": Severity.WARNING}
    codes = [*CODES.values(), *RUN_CODES.values(), *PROOF_CODES.values()]
    assert [(code, severities[word]) for code, word, _ in rows] == [(one.code, one.severity) for one in codes]
    assert all(clause.strip() for *_, clause in rows)


def test_codes_and_phrases_speak_both_languages(sample: Sample) -> None:
    """Every code and phrase has its own Swedish and English text, and reports use them."""
    for code in (*CODES.values(), *RUN_CODES.values(), *PROOF_CODES.values()):
        assert code.sv
        assert code.en
        assert code.sv != code.en
        assert code.message("sv") == code.sv
    for phrase in Phrase:
        assert in_language(phrase, "en") == phrase.value
        assert in_language(phrase, "sv") != phrase.value or phrase is Phrase.A_PDF
    report = verify_package(FolderReader(sample.folder))
    assert "inte kontrollerad" in report.to_text("sv")
    assert "not checked" in report.to_text("en")


def test_findings_are_plain_data(sample: Sample) -> None:
    """The JSON form of a report holds every finding with its seven fields."""
    report = verify_package(FolderReader(sample.folder))
    document = json.loads(report.to_json())
    assert len(document["findings"]) == len(report.findings)
    assert set(document["findings"][0]) == set(Finding.__dataclass_fields__)


def test_verifier_stands_alone() -> None:
    """Verification imports neither builder nor store, nor what only a capture needs."""
    program = (
        "import sys, urval.verify;"
        "unwanted = ('urval.package','urval.store','urval.capture','prefect','requests','boto3','warcio','typst');"
        "print([m for m in unwanted if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
