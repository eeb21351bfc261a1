"""Verification: a second program that judges what ``urval.package`` wrote, by docs/format.md alone.

::

    report = verify_package(FolderReader(path), frame=capture.table("frame"))
    report.verdict, report.failed(), report.to_text("sv"), report.to_json()

It shares with the writer the manifest's model and digests, the schemas and, to select again, the selection engine.
"""

from urval.verify.codes import CODES, Code, Level, Severity
from urval.verify.reader import FolderReader, PackageReader
from urval.verify.report import Finding, Report, Status, Verdict
from urval.verify.store import CaptureState, StoreContext, verify_store_context
from urval.verify.verifier import verify_package

__all__ = [
    "CODES",
    "CaptureState",
    "Code",
    "Finding",
    "FolderReader",
    "Level",
    "PackageReader",
    "Report",
    "Severity",
    "Status",
    "StoreContext",
    "Verdict",
    "verify_package",
    "verify_store_context",
]
