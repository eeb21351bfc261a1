"""Section 3 of docs/format.md, on the rows as a whole: unique ids, one account, the prescribed order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from urval.verify.columns import array, counted
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.verify.findings import Findings

_UNIQUE = {"posts": "id", "comments": "id", "media": "id", "selection": "thread_id", "completeness": "thread_id"}


def check_unique(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """TAB-5: ids that occur more than once."""
    with findings.reading("data/tables", "TAB-5"):
        for name, column in _UNIQUE.items():
            ids = tables[name].column(column)
            if pc.count_distinct(ids).as_py() == len(ids):
                continue
            for subject, times in counted(tables[name], column):
                if times > 1:
                    findings.fail("TAB-5", f"{name}: {subject}", expected=1, found=times)


def check_account(tables: Mapping[str, pa.Table], manifest: Manifest, findings: Findings) -> None:
    """TAB-6: rows of another account."""
    account = str(manifest.account["id"])
    with findings.reading("data/tables", "TAB-6"):
        for name, table in tables.items():
            if "account_id" in table.column_names:
                for other in table.column("account_id").unique().to_pylist():
                    findings.expect("TAB-6", f"data/tables/{name}", expected=account, found=other)


def check_order(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """TAB-7: selection by thread, comments grouped by thread and ordered within, one profile at most."""
    with findings.reading("data/tables", "TAB-7"):
        if tables["profile"].num_rows > 1:
            findings.fail("TAB-7", "data/tables/profile", expected=1, found=tables["profile"].num_rows)
        threads = array(tables["selection"], "thread_id")
        _report(pc.greater(threads[:-1], threads[1:]), threads[1:], "selection", findings)
        comments = tables["comments"].select(["post_id", "created_at", "id"]).combine_chunks()
        _check_comments(comments, findings)


def _check_comments(comments: pa.Table, findings: Findings) -> None:
    if comments.num_rows <= 1:
        return
    before, after = comments.slice(0, comments.num_rows - 1), comments.slice(1)
    same = pc.equal(before.column("post_id"), after.column("post_id"))
    groups = 1 + len(same.filter(pc.invert(same)))
    distinct = pc.count_distinct(comments.column("post_id")).as_py()
    if groups != distinct:
        findings.fail("TAB-7", "data/tables/comments", expected=distinct, found=groups)
    later = pc.greater(before.column("created_at"), after.column("created_at"))
    tied = pc.equal(before.column("created_at"), after.column("created_at"))
    misplaced = pc.or_(later, pc.and_(tied, pc.greater(before.column("id"), after.column("id"))))
    _report(pc.and_(same, misplaced), after.column("id"), "comments", findings)


def _report(wrong: Any, ids: Any, name: str, findings: Findings) -> None:
    for subject in ids.filter(wrong).to_pylist():
        findings.fail("TAB-7", f"{name}: {subject}", expected=Phrase.ORDER)
