"""The Parquet form of a table, opened with suspicion and read in step with its JSON Lines twin."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import pyarrow as pa
import pyarrow.parquet as pq

from urval.manifest import FORMAT
from urval.verify.findings import UNREADABLE, reason_of
from urval.verify.layout import CHUNK_ROWS
from urval.verify.parquet_footer import column_chunks
from urval.verify.parquet_pages import check_pages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.verify.findings import Findings
    from urval.verify.reader import PackageReader

_VERSION = "2.6"


class ParquetTwin:
    """One Parquet file, taken from the front in pieces of any number of rows.

    Raises:
        ValueError: On construction, when the file is not of the prescribed form.
        pyarrow.ArrowException: On construction or reading, when it is damaged.
    """

    def __init__(self, file: BinaryIO, name: str, schema: pa.Schema) -> None:
        self._schema = schema
        self.at_once = check_pages(file, column_chunks(file))  # before Arrow sees the file
        self._parquet = pq.ParquetFile(file, page_checksum_verification=True, memory_map=False)
        _check_form(self._parquet, name, schema)
        self.rows: int = self._parquet.metadata.num_rows
        self._batches: Iterator[Any] = self._parquet.iter_batches(batch_size=self.at_once, use_threads=False)
        self._rest: pa.Table = schema.empty_table()

    def take(self, rows: int) -> pa.Table:
        """Return the next rows: as many as asked for, or all that are left."""
        parts = [self._rest] if self._rest.num_rows else []
        have = self._rest.num_rows
        while have < rows and (batch := next(self._batches, None)) is not None:
            parts.append(pa.Table.from_batches([batch]).cast(self._schema))
            have += batch.num_rows
        table = pa.concat_tables(parts) if parts else self._schema.empty_table()
        self._rest = table.slice(rows)
        return table.slice(0, rows)


def _check_form(parquet: pq.ParquetFile, name: str, schema: pa.Schema) -> None:
    metadata = parquet.metadata
    pairs = metadata.metadata or {}
    stated = {key: pairs.get(f"urval.{key}".encode(), b"").decode("utf-8", "replace") for key in ("format", "table")}
    if stated != {"format": FORMAT, "table": name}:
        raise ValueError(f"key-value metadata says {stated}")
    if not parquet.schema_arrow.remove_metadata().equals(schema):
        raise ValueError("the schema is not the one of this format")
    if metadata.format_version != _VERSION:
        raise ValueError(f"format version {metadata.format_version}, not {_VERSION}")


class Twin:
    """A :class:`ParquetTwin` whose faults become findings (TAB-1); once lost, it gives nothing more."""

    def __init__(self, reader: PackageReader, name: str, schema: pa.Schema, findings: Findings) -> None:
        self.path = f"data/tables/{name}.parquet"
        self._findings = findings
        self._file: BinaryIO | None = None
        self._twin: ParquetTwin | None = None
        with self._watched():
            self._file = reader.open(self.path)
            self._twin = ParquetTwin(self._file, name, schema)

    def __enter__(self) -> Self:
        """Return the twin itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    @property
    def readable(self) -> bool:
        """Whether nothing unreadable was met so far."""
        return self._twin is not None

    @property
    def rows(self) -> int:
        """The number of rows the file says it holds."""
        return 0 if self._twin is None else self._twin.rows

    @property
    def at_once(self) -> int:
        """How many rows may be taken at a time."""
        return CHUNK_ROWS if self._twin is None else self._twin.at_once

    def take(self, rows: int) -> pa.Table | None:
        """Return the next rows, or None when the file is lost."""
        with self._watched():
            return None if self._twin is None else self._twin.take(rows)
        return None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as error:
            self._twin = None
            self._findings.fail("TAB-1", self.path, found=reason_of(error))
