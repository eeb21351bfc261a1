"""Writing a capture."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa
import pyarrow.parquet as pq

from urval.capture._frame import completeness_of, frame_row
from urval.capture._layout import FORMAT, ROWS_PER_GROUP, SCHEMAS, CaptureIdentity, CaptureInfo, digests, instant
from urval.errors import MalformedError
from urval.manifest import canonical, sha256_hex
from urval.records import Gap
from urval.source import ListingEnd, Method, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from urval.source import Item


class CaptureWriter:
    """Writes the items of a source into a folder, each table in row groups, ``capture.json`` at the end.

    Use as a context manager; leaving it by an error leaves no ``capture.json``, hence no capture.
    """

    def __init__(self, folder: Path, identity: CaptureIdentity, method: Method) -> None:
        self._folder = folder
        self._identity = identity
        self._method = method
        self._listings: list[ListingEnd] = []
        (folder / "records").mkdir(parents=True, exist_ok=True)
        self._tables = {name: _TableWriter(folder / "records" / f"{name}.parquet", SCHEMAS[name]) for name in SCHEMAS}

    def __enter__(self) -> Self:
        """Return the writer itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the tables, whatever happened."""
        for table in self._tables.values():
            table.close()

    def add(self, item: Item) -> None:
        """Take one item of the source.

        Raises:
            MalformedError: A comment names another post than its thread's.
        """
        if isinstance(item, Thread):
            self._add_thread(item)
        elif isinstance(item, ProfileView):
            self._tables["profile"].add([item.profile])
            self._tables["media"].add(item.media)
        elif isinstance(item, Gap):
            self._tables["gaps"].add([item])
        else:
            self._listings.append(item)

    def _add_thread(self, thread: Thread) -> None:
        stray = [c.id for c in thread.comments if c.post_id != thread.post.id]
        if stray:
            raise MalformedError(f"comment {stray[0]} does not belong to post {thread.post.id}")
        comments = sorted(thread.comments, key=lambda c: (c.created_at, c.id))
        self._tables["posts"].add([thread.post])
        self._tables["comments"].add(comments)
        self._tables["media"].add(thread.media)
        self._tables["gaps"].add(thread.gaps)
        self._tables["completeness"].add([completeness_of(thread)])
        self._tables["frame"].add_rows([frame_row(thread, comments)])

    def finish(self, *, started_at: datetime, ended_at: datetime, exchanges: int) -> CaptureInfo:
        """Close the tables, digest every file, and write ``capture.json``, which makes the folder a capture."""
        for table in self._tables.values():
            table.close()
        document = {
            "format": FORMAT,
            "capture_id": self._identity.capture_id,
            **{name: _plain(value) for name, value in asdict(self._identity).items()},
            "method": asdict(self._method),
            "started_at": instant(started_at),
            "ended_at": instant(ended_at),
            "exchanges": exchanges,
            "listings": sorted((asdict(end) for end in self._listings), key=lambda end: str(end["listing"])),
            "rows": {name: table.rows for name, table in self._tables.items()},
            "files": digests(self._folder),
        }
        data = canonical(document)
        write_whole(self._folder / "capture.json", data)
        return CaptureInfo(document=json.loads(data), sha256=sha256_hex(data))


class _TableWriter:
    """One Parquet file, written in row groups of bounded size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.rows = 0
        self._schema = schema
        self._names = schema.names
        self._pending: list[tuple[Any, ...]] = []
        self._writer: pq.ParquetWriter | None = pq.ParquetWriter(
            path, schema, version="2.6", compression="zstd", compression_level=3, write_page_checksum=True
        )

    def add(self, records: Iterable[Any]) -> None:
        """Take records (dataclasses whose fields are the schema's)."""
        names = self._names
        self.add_rows([tuple([getattr(record, name) for name in names]) for record in records])

    def add_rows(self, rows: list[tuple[Any, ...]]) -> None:
        """Take rows in the schema's order."""
        self._pending += rows
        if len(self._pending) >= ROWS_PER_GROUP:
            self._write()

    def _write(self) -> None:
        if not self._pending or self._writer is None:
            return
        columns = [
            pa.array(values, kind.type)
            for values, kind in zip(zip(*self._pending, strict=True), self._schema, strict=True)
        ]
        self._writer.write_table(pa.table(columns, schema=self._schema), row_group_size=ROWS_PER_GROUP)
        self.rows += len(self._pending)
        self._pending = []

    def close(self) -> None:
        """Write what is pending and end the file; a second call does nothing."""
        if self._writer is not None:
            self._write()
            self._writer.close()
            self._writer = None


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _plain(value: Any) -> Any:
    return instant(value) if isinstance(value, datetime) else value
