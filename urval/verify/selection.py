"""Section 5 of docs/format.md: the selection, and doing it again."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

from urval.manifest import sha256_hex
from urval.periods import Period
from urval.records import SELECTION_SCHEMA
from urval.selection import frame_digest, select
from urval.spec import NOT_ADDED, NOT_SELECTED
from urval.verify.columns import values
from urval.verify.phrases import Phrase

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from urval.manifest import Manifest
    from urval.selection import Selection
    from urval.spec import LoadedSpec
    from urval.verify.findings import Findings

_TABLE = "data/tables/selection"
_DECISIONS = ("kept", "dropped", "excluded")


def check_counts(selection: pa.Table, manifest: Manifest, findings: Findings) -> None:
    """SEL-1: the decisions add up to the frame."""
    stated = manifest.selection
    with findings.reading(_TABLE, "SEL-1"):
        counted = Counter(values(selection, "decision"))
        for decision in _DECISIONS:
            found = getattr(stated, decision)
            findings.expect("SEL-1", f"selection.{decision}", expected=counted.pop(decision, 0), found=found)
        for decision, rows in counted.items():
            findings.fail("SEL-1", _TABLE, expected="/".join(_DECISIONS), found=f"{decision}: {rows}")
        findings.expect("SEL-1", "selection.frame_size", expected=selection.num_rows, found=stated.frame_size)


def check_frame_digest(selection: pa.Table, manifest: Manifest, findings: Findings) -> None:
    """SEL-2: the frame's digest, from the digests of its rows."""
    with findings.reading(_TABLE, "SEL-2"):
        table = selection.select(["thread_id", "digest"]).sort_by("thread_id")
        digest = hashlib.sha256()
        for batch in table.to_batches(max_chunksize=8192):
            columns = (batch.column("thread_id").to_pylist(), batch.column("digest").to_pylist())
            digest.update("".join(f"{thread} {row}\n" for thread, row in zip(*columns, strict=True)).encode())
        found = manifest.selection.frame_sha256
        findings.expect("SEL-2", "selection.frame_sha256", expected=digest.hexdigest(), found=found)


def check_seed(loaded: LoadedSpec | None, manifest: Manifest, findings: Findings) -> None:
    """SEL-3: the seed."""
    if loaded is None:
        findings.skip(Phrase.NOT_READABLE_ABOVE, "SEL-3")
        return
    with findings.reading("selection.seed", "SEL-3"):
        stated = manifest.selection
        parts = [manifest.archive.id, manifest.account["id"], manifest.period.id, stated.frame_sha256, loaded.spec.seed]
        expected = sha256_hex("\n".join(parts).encode())
        findings.expect("SEL-3", "selection.seed", expected=expected, found=stated.seed)


def check_table_digest(digests: Mapping[str, str | None], manifest: Manifest, findings: Findings) -> None:
    """SEL-4: the digest of ``selection.jsonl``."""
    path = f"{_TABLE}.jsonl"
    expected = digests.get(path) or Phrase.UNREADABLE
    findings.expect("SEL-4", path, expected=expected, found=manifest.selection.selection_sha256)
    findings.done("SEL-4")


def check_kept(tables: Mapping[str, pa.Table], findings: Findings) -> None:
    """SEL-5: the kept threads are the posts."""
    with findings.reading(_TABLE, "SEL-5"):
        selection = tables["selection"]
        rows = zip(values(selection, "thread_id"), values(selection, "decision"), strict=True)
        kept = {thread for thread, decision in rows if decision == "kept"}
        posts = set(values(tables["posts"], "id"))
        for thread in sorted(kept - posts):
            findings.fail("SEL-5", thread, expected=Phrase.A_POST, found=Phrase.MISSING)
        for thread in sorted(posts - kept):
            findings.fail("SEL-5", thread, expected=Phrase.KEPT, found=Phrase.NOT_KEPT)


def check_again(
    selection: pa.Table,
    loaded: LoadedSpec | None,
    manifest: Manifest,
    frame: pa.Table | None,
    findings: Findings,
) -> None:
    """SEL-6 and SEL-7: select again where the frame is at hand, and compare rows and counts."""
    if frame is None or loaded is None:
        findings.skip(Phrase.NO_FRAME if frame is None else Phrase.NOT_READABLE_ABOVE, "SEL-6")
    else:
        with findings.reading(_TABLE, "SEL-6"):
            again = select_again(loaded, manifest, frame)
            found = manifest.selection.frame_sha256
            findings.expect("SEL-6", "selection.frame_sha256", expected=frame_digest(frame), found=found)
            findings.expect("SEL-6", "selection.seed", expected=again.seed, found=manifest.selection.seed)
            findings.expect(
                "SEL-6", "selection.claims", expected=dict(again.claims), found=dict(manifest.selection.claims)
            )
            taken = [(one.rule, one.lost, one.substitute) for one in manifest.selection.substitutes]
            findings.expect("SEL-6", "selection.substitutes", expected=list(again.substitutes), found=taken)
            _compare(again.table, selection, findings)
    with findings.reading("selection.by_rule", "SEL-7"):
        _check_by_rule(selection, manifest, findings)


def select_again(loaded: LoadedSpec, manifest: Manifest, frame: pa.Table) -> Selection:
    """Return the selection of a package made anew: its spec, its occasion, its review's changes, the capture's frame.

    Raises:
        UrvalError: The frame is none, or the spec has not the account.
    """
    stated = manifest.period
    period = Period(stated.id, stated.start, stated.end)
    changes = manifest.review.changes
    return select(
        loaded.spec,
        loaded.spec.account(manifest.account["id"]),
        period,
        frame,
        kind=manifest.occasion.kind,
        added=[change.thread for change in changes if change.action == "add"],
        removed=[change.thread for change in changes if change.action == "remove"],
        supplement=manifest.supplements is not None,
    )


def _compare(expected: pa.Table, found: pa.Table, findings: Findings) -> None:
    found = found.cast(SELECTION_SCHEMA)
    if expected.equals(found):
        return
    should = {row["thread_id"]: row for row in expected.to_pylist()}
    has = {row["thread_id"]: row for row in found.to_pylist()}
    wrong = [thread for thread in sorted(should.keys() | has.keys()) if should.get(thread) != has.get(thread)]
    for thread in wrong:
        findings.fail("SEL-6", thread, expected=_told(should.get(thread)), found=_told(has.get(thread)))
    if not wrong:
        findings.fail("SEL-6", _TABLE, expected=Phrase.SAME_ROWS, found=Phrase.OTHER_ROWS)


def _told(row: dict[str, object] | None) -> str:
    return Phrase.MISSING if row is None else f"{row['decision']} {row['rules']}"


def _check_by_rule(selection: pa.Table, manifest: Manifest, findings: Findings) -> None:
    """Compare the counts with the table's."""
    stated = manifest.selection.by_rule
    named = Counter(rule for rules in values(selection, "rules") for rule in rules)
    for nothing in (NOT_SELECTED, NOT_ADDED):
        named.pop(nothing, None)
    for rule in sorted(stated.keys() | named.keys()):
        findings.expect("SEL-7", rule, expected=named[rule], found=stated.get(rule, 0))
