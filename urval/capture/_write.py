"""Writing a capture."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from urval.capture._frame import PageFacts, completeness_of, frame_row
from urval.capture._layout import FORMAT, ROWS_PER_GROUP, SCHEMAS, CaptureIdentity, CaptureInfo, digests, instant
from urval.capture._look import PageLook, changed_fields, look_of
from urval.capture._row_groups import RowGroupWriter
from urval.errors import MalformedError
from urval.manifest import canonical, sha256_hex
from urval.records import Gap
from urval.source import ListingEnd, Method, PageView, ProfileView, Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from urval.manifest import Environment
    from urval.source import Item


_ROWS_AT_ONCE = 256  # records become columns while they are still in the processor's cache
_BYTES_PER_GROUP = 8 << 20  # where rows are large (posts with their first comments), fewer make a group
_PLACE = attrgetter("created_at", "id")


class CaptureWriter:
    """Writes the items of a source into a folder, each table in row groups, ``capture.json`` at the end.

    Use as a context manager; leaving it by an error leaves no ``capture.json``, hence no capture. ``before`` is how the
    account's page looked at the capture before, to say what changed.
    """

    def __init__(
        self, folder: Path, identity: CaptureIdentity, method: Method, *, before: PageLook | None = None
    ) -> None:
        self._folder = folder
        self._identity = identity
        self._method = method
        self._before = before
        self._look: PageLook | None = None
        self._page = PageFacts()
        self._listings: list[ListingEnd] = []
        (folder / "records").mkdir(parents=True, exist_ok=True)
        self._tables = {
            name: _TableWriter(folder / "records" / f"{name}.parquet", schema, _values_of(name))
            for name, schema in SCHEMAS.items()
        }

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
            self._add_profile(item)
        elif isinstance(item, PageView):
            self._tables["media"].add(item.media)
        elif isinstance(item, Gap):
            self._tables["gaps"].add([item])
        else:
            self._listings.append(item)

    def _add_profile(self, item: ProfileView) -> None:
        self._tables["profile"].add([item.profile])
        self._tables["media"].add(item.media)
        self._look = look_of(item.profile, item.media)
        changes = None if self._before is None else changed_fields(self._before, self._look)
        self._page = PageFacts(item.profile.followers, changes)

    def _add_thread(self, thread: Thread) -> None:
        post_id = thread.post.id
        stray = [comment.id for comment in thread.comments if comment.post_id != post_id]
        if stray:
            raise MalformedError(f"comment {stray[0]} does not belong to post {post_id}")
        comments = sorted(thread.comments, key=_PLACE)
        self._tables["posts"].add([thread.post])
        self._tables["comments"].add(comments)
        self._tables["media"].add(thread.media)
        self._tables["versions"].add(thread.versions)
        self._tables["gaps"].add(thread.gaps)
        self._tables["completeness"].add([completeness_of(thread)])
        self._tables["frame"].add([frame_row(thread, comments, self._page)])

    def finish(
        self, *, started_at: datetime, ended_at: datetime, exchanges: int, environment: Environment
    ) -> CaptureInfo:
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
            "environment": environment.model_dump(mode="json"),
            "look": None if self._look is None else asdict(self._look),
            "look_changes": self._page.changes,
            "listings": sorted((asdict(end) for end in self._listings), key=lambda end: str(end["listing"])),
            "rows": {name: table.rows for name, table in self._tables.items()},
            "files": digests(self._folder),
        }
        data = canonical(document)
        write_whole(self._folder / "capture.json", data)
        return CaptureInfo(document=json.loads(data), sha256=sha256_hex(data))


class _TableWriter:
    """One Parquet file, written in row groups of bounded size."""

    def __init__(self, path: Path, schema: pa.Schema, values: Sequence[Callable[[Any], Any]]) -> None:
        self.rows = 0
        self._schema = schema
        self._values = values  # of a record, column by column
        self._records: list[Any] = []
        self._batches: list[pa.RecordBatch] = []  # of records taken earlier
        self._pending = 0  # rows in both
        self._bytes = 0  # in the batches
        self._file: RowGroupWriter | None = RowGroupWriter(
            path, schema, compression_level=3, rows_per_group=ROWS_PER_GROUP
        )

    def add(self, records: Collection[Any]) -> None:
        """Take records."""
        self._records += records
        self._pending += len(records)
        if len(self._records) >= _ROWS_AT_ONCE:
            self._batch()
        if self._pending >= ROWS_PER_GROUP or self._bytes >= _BYTES_PER_GROUP:
            self._write()

    def _batch(self) -> None:
        columns = [
            pa.array(list(map(value, self._records)), kind.type)
            for value, kind in zip(self._values, self._schema, strict=True)
        ]
        self._batches.append(pa.RecordBatch.from_arrays(columns, schema=self._schema))
        self._bytes += self._batches[-1].nbytes
        self._records = []

    def _write(self) -> None:
        if not self._pending or self._file is None:
            return
        self._batch()
        # In one piece, so that the file's pages do not depend on how the batches came.
        self._file.write(pa.Table.from_batches(self._batches).combine_chunks())
        self.rows += self._pending
        self._batches, self._pending, self._bytes = [], 0, 0

    def close(self) -> None:
        """Write what is pending and end the file; a second call does nothing."""
        file = self._file
        if file is not None:
            try:
                self._write()
            finally:
                self._file = None
                file.close()


def _values_of(table: str) -> list[Callable[[Any], Any]]:
    """Return how each column's value is got from what the table is given: the frame's tuples, else records."""
    names = SCHEMAS[table].names
    return [itemgetter(place) for place in range(len(names))] if table == "frame" else [*map(attrgetter, names)]


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
