"""Breaking selection, completeness and gaps: sections 5 and 6 of docs/format.md."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from _vector import breaks

if TYPE_CHECKING:
    from _tampering import Tampering


@breaks("SEL-1")
def one_more_kept(t: Tampering) -> None:
    t.manifest["selection"]["kept"] += 1
    t.manifest["selection"]["dropped"] -= 1


@breaks("SEL-1")
def larger_frame(t: Tampering) -> None:
    t.manifest["selection"]["frame_size"] += 1


@breaks("SEL-2", frame=False)
def other_frame(t: Tampering) -> None:
    selection = t.manifest["selection"]
    selection["frame_sha256"] = "0" * 64
    parts = ("exempelstad", t.manifest["account"]["id"], t.manifest["period"]["id"], "0" * 64, "Exempelstad")
    selection["seed"] = hashlib.sha256("\n".join(parts).encode()).hexdigest()


@breaks("SEL-3", frame=False)
def chosen_seed(t: Tampering) -> None:
    t.manifest["selection"]["seed"] = "7" * 64


@breaks("SEL-4")
def other_selection_digest(t: Tampering) -> None:
    t.manifest["selection"]["selection_sha256"] = "0" * 64


@breaks("SEL-5", frame=False)
def kept_and_dropped_exchanged(t: Tampering) -> None:
    rows = t.rows("selection")
    for column in ("decision", "rules"):
        rows[1][column], rows[3][column] = rows[3][column], rows[1][column]
    t.write("selection", rows)


@breaks("SEL-6")
def a_rule_moved(t: Tampering) -> None:
    rows = t.rows("selection")
    assert rows[2]["rules"] == ["bedomda", "mest"]
    rows[1]["rules"], rows[2]["rules"] = rows[2]["rules"], rows[1]["rules"]
    t.write("selection", rows)


@breaks("SEL-7")
def a_rule_less(t: Tampering) -> None:
    t.manifest["selection"]["by_rule"]["bedomda"] -= 1


@breaks("SEL-7")
def an_unknown_rule(t: Tampering) -> None:
    t.manifest["selection"]["by_rule"]["annan"] = 1


@breaks("CMP-1")
def one_comment_more_captured(t: Tampering) -> None:
    row = t.rows("completeness")[2]
    reasons = [{"type": "listed_more", "count": 1}]
    t.change("completeness", 2, captured_count=row["captured_count"] + 1, difference=-1, reasons=reasons)
    t.totals()


@breaks("CMP-1")
def a_thread_without_completeness(t: Tampering) -> None:
    t.write("completeness", t.rows("completeness")[:-1])
    t.totals()


@breaks("CMP-2")
def unknown_reason(t: Tampering) -> None:
    t.change("completeness", 0, reasons=[{"type": "moonlight", "count": 2}])
    t.totals()


@breaks("CMP-2")
def unexplained_difference(t: Tampering) -> None:
    t.change("completeness", 0, reasons=[{"type": "gone", "count": 1}])
    t.totals()


@breaks("CMP-2")
def other_platform_count(t: Tampering) -> None:
    t.change("completeness", 1, platform_count=4, difference=0)
    t.totals()


@breaks("CMP-3")
def other_total(t: Tampering) -> None:
    t.manifest["completeness"]["captured_total"] += 1


@breaks("CMP-4")
def a_gap_less(t: Tampering) -> None:
    t.manifest["gaps"]["gone"] -= 1
