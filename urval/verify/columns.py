"""Columns of tables as Python values or as one array. Untyped on purpose: their types were checked when read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa


def values(table: pa.Table, name: str) -> list[Any]:
    """Return a column's values."""
    return table.column(name).to_pylist()


def array(table: pa.Table, name: str) -> Any:
    """Return a column as one Arrow array."""
    return table.column(name).combine_chunks()


def counted(table: pa.Table, name: str) -> Iterator[tuple[Any, int]]:
    """Return (value, number of times it occurs) of a column, in the order of first appearance."""
    counts: Any = pc.value_counts(array(table, name))
    return zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
