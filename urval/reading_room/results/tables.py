"""Lists of results as CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from urval.reading_room.results.listing import COLUMNS, MOST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.reading_room.results.listing import Listing

_SCHEMA: Final = pa.schema([
    pa.field(name, {"created_at": pa.timestamp("us", tz="UTC"), "restricted": pa.bool_()}.get(name, pa.string()))
    for name in COLUMNS
])  # fmt: skip
_ACTIVE: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_csv(listing: Listing) -> Iterator[bytes]:
    """Yield a list as CSV: UTF-8 with its mark, so that spreadsheets read å, ä and ö; commas, lines of CRLF (RFC 4180).

    The first lines tell what the list is, each beginning with ``#``; then the names of the columns. A cell that a
    spreadsheet would take for a formula gets an apostrophe before it.
    """
    out = io.StringIO()
    writer = csv.writer(out)
    yield "\ufeff".encode()
    for name, value in told(listing):
        writer.writerow([safe_cell(f"# {name}: {value}")])
    writer.writerow(COLUMNS)
    for row in listing.rows:
        writer.writerow([safe_cell(_written(value)) for value in astuple(row)])
        if out.tell() > 1 << 16:
            yield _taken(out)
    yield _taken(out)


def as_parquet(listing: Listing) -> bytes:
    """Return a list as Parquet; what it is stands in the file's own metadata, as JSON under ``urval``."""
    about = {"urval": json.dumps(dict(told(listing)), ensure_ascii=False)}
    table = pa.Table.from_pylist(
        [dict(zip(COLUMNS, astuple(row), strict=True)) for row in listing.rows], schema=_SCHEMA.with_metadata(about)
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", write_page_checksum=True)
    return out.getvalue()


def told(listing: Listing) -> list[tuple[str, str]]:
    """Return (name, value) of what a list is: what was asked, of which store, when, and whether it is whole."""
    compared = listing.compared_at.isoformat(timespec="seconds") if listing.compared_at else "never"
    return [
        ("store", listing.store),
        *((f"asked {name}", value) for name, value in listing.asked),
        ("made at", listing.made_at.isoformat(timespec="seconds")),
        ("index compared with the store at", compared),
        ("rows", f"{len(listing.rows)}"),
        ("whole", f"no: cut after {MOST} rows; narrow the search" if listing.cut else "yes"),
    ]


def safe_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula, which is the text itself but for an apostrophe before it.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(_ACTIVE) else text


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _taken(out: io.StringIO) -> bytes:
    data = out.getvalue().encode("utf-8", "surrogatepass")
    out.seek(0)
    out.truncate()
    return data
