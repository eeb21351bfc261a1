"""Rows as JSON Lines (docs/format.md section 3): what a package keeps of a table, and what a digest of rows is over."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

_ENCODER = msgspec.json.Encoder()


def row_lines(batch: pa.RecordBatch) -> bytes:
    """Return each row as a line of JSON, line feed included, keys in the batch's order."""
    # A Struct of the columns is made and encoded without a step of Python per value, unlike a dict.
    rows = map(_row_type(tuple(batch.schema.names)), *[_plain(column) for column in batch.columns])
    return _ENCODER.encode_lines(list(rows))


@cache
def _row_type(names: tuple[str, ...]) -> type[msgspec.Struct]:
    return msgspec.defstruct("Row", names, gc=False)


def _plain(column: pa.Array[Any]) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        # Arrow casts a time without zone to "2026-10-29 07:20:56.000000", in a tenth of the time strftime takes.
        text = column.cast(pa.timestamp("us")).cast(pa.string())
        return pc.utf8_replace_slice(pc.utf8_replace_slice(text, 10, 11, "T"), 26, 26, "Z").to_pylist()
    return column.to_pylist()
