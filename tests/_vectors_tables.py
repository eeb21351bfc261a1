"""Breaking tables: section 3 of docs/format.md."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pyarrow as pa
from _vector import breaks, line_of

from urval.verify.layout import TABLES

if TYPE_CHECKING:
    from _tampering import Tampering


@breaks("TAB-1")
def no_page_checksums(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments"), write_page_checksum=False)


@breaks("TAB-1")
def other_metadata(t: Tampering) -> None:
    t.write_parquet("posts", t.rows("posts"), metadata={"urval.format": "urval-package/2", "urval.table": "posts"})


@breaks("TAB-1")
def other_compression(t: Tampering) -> None:
    t.write_parquet("posts", t.rows("posts"), compression="snappy")


@breaks("TAB-1")
def a_column_more(t: Tampering) -> None:
    rows = [row | {"secret": "x"} for row in t.rows("gaps")]
    t.write_parquet("gaps", rows, schema=TABLES["gaps"].append(pa.field("secret", pa.string())))


@breaks("TAB-1")
def no_parquet(t: Tampering) -> None:
    t.path("tables/gaps.parquet").unlink()


@breaks("TAB-1")
def spaced_lines(t: Tampering) -> None:
    t.write_lines("gaps", [json.dumps(row, ensure_ascii=False).encode() for row in t.rows("gaps")])


@breaks("TAB-1")
def last_line_open(t: Tampering) -> None:
    t.write_lines("gaps", [line_of(row) for row in t.rows("gaps")], end=b"")


@breaks("TAB-1")
def a_number_as_text(t: Tampering) -> None:
    rows = t.rows("completeness")
    rows[0]["captured_count"] = str(rows[0]["captured_count"])
    t.write_lines("completeness", [line_of(row) for row in rows])


@breaks("TAB-1")
def key_twice_in_aline_of(t: Tampering) -> None:
    lines = [line_of(row) for row in t.rows("posts")]
    t.write_lines("posts", [line.replace(b"{", b'{"platform":"x",', 1) for line in lines])


@breaks("TAB-1")
def local_time(t: Tampering) -> None:
    lines = [line_of(row).replace(b".000000Z", b".000000+00:00") for row in t.rows("gaps")]
    t.write_lines("gaps", lines)


@breaks("TAB-2")
def other_text_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[3]["text"] += "!"
    t.write_parquet("comments", rows)


@breaks("TAB-2")
def other_time_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[3]["captured_at"] = "2026-11-02T08:00:00.000001Z"
    t.write_parquet("comments", rows)


@breaks("TAB-2")
def a_row_less_in_parquet(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments")[:-1])


@breaks("TAB-2")
def a_row_more_in_parquet(t: Tampering) -> None:
    rows = t.rows("comments")
    t.write_parquet("comments", [*rows, rows[-1]])


@breaks("TAB-2")
def other_order_in_parquet(t: Tampering) -> None:
    t.write_parquet("comments", t.rows("comments")[::-1])


@breaks("TAB-3")
def a_row_more_stated(t: Tampering) -> None:
    t.manifest["tables"]["media"]["rows"] += 1


@breaks("TAB-3")
def a_table_more(t: Tampering) -> None:
    t.manifest["tables"]["secrets"] = {"rows": 0, "merkle_root": "0" * 64}


@breaks("TAB-3")
def a_table_less(t: Tampering) -> None:
    del t.manifest["tables"]["gaps"]


@breaks("TAB-4")
def other_root(t: Tampering) -> None:
    t.manifest["tables"]["posts"]["merkle_root"] = hashlib.sha256(b"").hexdigest()


@breaks("TAB-5")
def a_medium_twice(t: Tampering) -> None:
    rows = t.rows("media")
    t.write("media", [*rows, rows[0]])


@breaks("TAB-6")
def row_of_another_account(t: Tampering) -> None:
    t.change("gaps", 0, account_id="annanstad")


@breaks("TAB-7")
def swapped_comments(t: Tampering) -> None:
    rows = t.rows("comments")
    rows[0], rows[1] = rows[1], rows[0]
    t.write("comments", rows)


@breaks("TAB-7")
def scattered_comments(t: Tampering) -> None:
    rows = t.rows("comments")
    t.write("comments", [*rows[1:], rows[0]])


@breaks("TAB-7", frame=False)
def selection_out_of_order(t: Tampering) -> None:
    t.write("selection", t.rows("selection")[::-1])
