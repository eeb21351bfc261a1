"""Tables in their two forms: Parquet for machines of today, JSON Lines for any machine (docs/format.md section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import pyarrow as pa
import pyarrow.compute as pc

from urval.capture import RowGroupWriter
from urval.manifest import FORMAT, TableRef
from urval.merkle import MerkleTree
from urval.records import SELECTION_SCHEMA, row_lines, without_raw

if TYPE_CHECKING:
    from pathlib import Path

    from urval.capture import Capture

ROWS_PER_GROUP = 65_536
_ROWS_AT_ONCE = 2_048  # so that a batch's lines stay in the processor's cache from making to hashing


class TableFile:
    """One table written in both forms at once, batch by batch; ``ref`` is its entry in the manifest."""

    def __init__(self, folder: Path, name: str, schema: pa.Schema) -> None:
        self._schema = schema.with_metadata({"urval.format": FORMAT, "urval.table": name})
        self._lines = (folder / f"{name}.jsonl").open("wb")
        self._parquet = RowGroupWriter(
            folder / f"{name}.parquet", self._schema, compression_level=6, rows_per_group=ROWS_PER_GROUP
        )
        self._tree = MerkleTree()
        self._pending = self._schema.empty_table()

    def __enter__(self) -> Self:
        """Return the table itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is pending and close both files."""
        try:
            self._write_rows(self._pending.num_rows)
        finally:
            self._parquet.close()
            self._lines.close()

    def add(self, rows: pa.Table) -> None:
        """Append rows; columns are taken by name, in the schema's order."""
        rows = rows.select(self._schema.names).cast(self._schema)
        for batch in rows.to_batches(max_chunksize=_ROWS_AT_ONCE):
            lines = row_lines(batch)
            self._lines.write(lines)
            self._tree.add_all(lines.split(b"\n")[:-1])  # JSON text holds no line feed but those between the rows
        self._pending = pa.concat_tables([self._pending, rows])
        # Row groups are cut by the number of rows alone, so that the bytes do not depend on how the batches came.
        self._write_rows(self._pending.num_rows // ROWS_PER_GROUP * ROWS_PER_GROUP)

    def _write_rows(self, count: int) -> None:
        if count:
            self._parquet.write(self._pending.slice(0, count))
            self._pending = self._pending.slice(count)

    @property
    def ref(self) -> TableRef:
        """Return rows and tree head so far."""
        return TableRef(rows=self._tree.size, merkle_root=self._tree.root())


def write_tables(capture: Capture, kept: list[str], selection: pa.Table, folder: Path) -> dict[str, TableRef]:
    """Write all tables of the kept threads into ``folder`` and return their manifest entries.

    Args:
        capture: The capture the threads come from.
        kept: The ids of the kept threads.
        selection: One row a thread of the frame, as ``SELECTION_SCHEMA``, sorted by thread_id.
        folder: An empty folder.
    """
    wanted = pa.array(kept, pa.string())
    refs: dict[str, TableRef] = {}
    for name, column in _OF_THREAD.items():
        rows = capture.table(name)
        if column is not None:
            of_kept = pc.is_in(rows.column(column), value_set=wanted)
            rows = rows.filter(pc.or_(of_kept, pc.is_null(rows.column(column))))
        with TableFile(folder, name, without_raw(rows.schema)) as table:
            table.add(rows)
        refs[name] = table.ref
    schema = without_raw(capture.schema("comments"))
    with TableFile(folder, "comments", schema) as table:
        for batch in capture.comment_batches(set(kept), schema.names):
            table.add(pa.Table.from_batches([batch]))
    refs["comments"] = table.ref
    with TableFile(folder, "selection", SELECTION_SCHEMA) as table:
        table.add(selection)
    refs["selection"] = table.ref
    return refs


# The column by which a row belongs to a thread; null in it means that the row belongs to the account.
_OF_THREAD: dict[str, str | None] = {
    "profile": None,
    "posts": "id",
    "versions": "thread_id",
    "media": "thread_id",
    "gaps": "thread_id",
    "completeness": "thread_id",
}
