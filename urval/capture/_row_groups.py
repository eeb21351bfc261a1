"""A Parquet file whose row groups are compressed and written by a thread of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from concurrent.futures import Future
    from pathlib import Path

    import pyarrow as pa


class RowGroupWriter:
    """Writes one Parquet file behind the caller's back: Arrow lets go of the interpreter lock while it compresses.

    At most one table waits, so memory stays bounded. Rows come out in the order they were given. An error of the disk
    is raised by the next call, at the latest by :meth:`close`.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, compression_level: int, rows_per_group: int) -> None:
        self._rows_per_group = rows_per_group
        self._writer = pq.ParquetWriter(
            path,
            schema,
            version="2.6",
            compression="zstd",
            compression_level=compression_level,
            write_page_checksum=True,
            data_page_version="1.0",
        )
        self._thread = ThreadPoolExecutor(1)
        self._under_way: Future[None] | None = None

    def write(self, rows: pa.Table) -> None:
        """Append rows, in groups of ``rows_per_group``; the last of them may be smaller."""
        self._wait()
        self._under_way = self._thread.submit(self._writer.write_table, rows, self._rows_per_group)

    def close(self) -> None:
        """End the file, and the thread, also after an error."""
        try:
            self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def _wait(self) -> None:
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()
