"""Verification: a second program that judges what ``urval.package`` wrote, by docs/format.md alone.

::

    report = verify_package(FolderReader(path), frame=capture.table("frame"))
    report.verdict, report.failed(), report.to_text("sv"), report.to_json()

It shares with the writer the manifest's model and digests, the schemas and, to select again, the selection engine.
"""

from urval.verify.codes import CODES, PROOF_CODES, RUN_CODES, Code, Level, Severity
from urval.verify.proof import is_proof, verify_proof
from urval.verify.reader import FolderReader, MemoryReader, PackageReader
from urval.verify.report import Finding, Report, Status, Verdict
from urval.verify.runs import RunContext, listed_packages, verify_runs
from urval.verify.seal import SealFacts, StampFacts, Trust, parse_allowed_signers
from urval.verify.store import CaptureState, StoreContext, verify_store_context
from urval.verify.verifier import verify_package

__all__ = [
    "CODES",
    "PROOF_CODES",
    "RUN_CODES",
    "CaptureState",
    "Code",
    "Finding",
    "FolderReader",
    "Level",
    "MemoryReader",
    "PackageReader",
    "Report",
    "RunContext",
    "SealFacts",
    "Severity",
    "StampFacts",
    "Status",
    "StoreContext",
    "Trust",
    "Verdict",
    "is_proof",
    "listed_packages",
    "parse_allowed_signers",
    "verify_package",
    "verify_proof",
    "verify_runs",
    "verify_store_context",
]
