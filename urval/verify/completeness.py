"""Section 6 of docs/format.md: completeness and gaps."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from urval.records import SURPLUS, CountReason
from urval.verify.columns import counted, values
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.verify.findings import Findings

_TABLE = "data/tables/completeness"
_REASONS = frozenset(reason.value for reason in CountReason)


def check_completeness(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """CMP-1 and CMP-2: one row a kept thread, and what it says."""
    table = tables["completeness"]
    with findings.reading(_TABLE, "CMP-1"):
        captured = dict(counted(tables["comments"], "post_id"))
        rows = dict(zip(values(table, "thread_id"), values(table, "captured_count"), strict=True))
        posts = values(tables["posts"], "id")
        for thread in posts:
            findings.expect("CMP-1", thread, expected=captured.get(thread, 0), found=rows.get(thread, Phrase.MISSING))
        for thread in sorted(rows.keys() - set(posts)):
            findings.fail("CMP-1", thread, expected=Phrase.A_POST, found=Phrase.PRESENT)
    with findings.reading(_TABLE, "CMP-2"):
        posts = values(tables["posts"], "id")
        stated = dict(zip(posts, values(tables["posts"], "platform_comment_count"), strict=True))
        for row in _rows(table):
            _check_row(row, stated, findings)


def _check_row(row: dict[str, Any], stated: Mapping[str, int | None], findings: Findings) -> None:
    thread, platform = row["thread_id"], row["platform_count"]
    if thread in stated:
        findings.expect("CMP-2", thread, expected=stated[thread], found=platform)
    difference = None if platform is None else platform - row["captured_count"]
    findings.expect("CMP-2", thread, expected=difference, found=row["difference"])
    explained = 0
    for reason in row["reasons"]:
        if reason["type"] not in _REASONS:
            findings.fail("CMP-2", thread, expected="/".join(sorted(_REASONS)), found=reason["type"])
        explained += -reason["count"] if reason["type"] in SURPLUS else reason["count"]
    findings.expect("CMP-2", thread, expected=difference or 0, found=explained)


def check_totals(tables: Mapping[str, pa.Table], manifest: Manifest, findings: Findings) -> None:
    """CMP-3 and CMP-4: what the manifest says of both tables."""
    with findings.reading("completeness", "CMP-3"):
        for name, expected in _totals(tables["completeness"]).items():
            found = getattr(manifest.completeness, name)
            findings.expect("CMP-3", f"completeness.{name}", expected=expected, found=found)
    with findings.reading("gaps", "CMP-4"):
        reasons = Counter(values(tables["gaps"], "reason"))
        for reason in sorted(reasons.keys() | manifest.gaps.keys()):
            findings.expect("CMP-4", f"gaps.{reason}", expected=reasons[reason], found=manifest.gaps.get(reason, 0))


def _totals(table: pa.Table) -> dict[str, Any]:
    stated: list[int] = []
    reasons: Counter[str] = Counter()
    equal = captured = 0
    for row in _rows(table):
        equal += row["difference"] == 0
        captured += row["captured_count"]
        if row["platform_count"] is not None:
            stated.append(row["platform_count"])
        for reason in row["reasons"]:
            reasons[reason["type"]] += reason["count"]
    return {
        "threads": table.num_rows,
        "threads_equal": equal,
        "platform_total": sum(stated) if stated else None,
        "captured_total": captured,
        "by_reason": dict(sorted(reasons.items())),
    }


def _rows(table: pa.Table) -> Iterator[dict[str, Any]]:
    for batch in table.to_batches(max_chunksize=8192):
        yield from batch.to_pylist()
