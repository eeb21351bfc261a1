"""Reading a capture."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from urval.capture._layout import FORMAT, ROWS_PER_GROUP, SCHEMAS, CaptureInfo, digests
from urval.capture._threads import Record, record
from urval.errors import MalformedError
from urval.manifest import Environment, sha256_hex
from urval.records import AccountProfile, Comment, Completeness, Gap, MediaItem, Post, Version
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


_TABLE_OF: dict[type, str] = {
    AccountProfile: "profile",
    Post: "posts",
    MediaItem: "media",
    Version: "versions",
    Gap: "gaps",
    Completeness: "completeness",
}

_OfThread = TypeVar("_OfThread", MediaItem, Version, Gap)


def _by_thread(records: list[_OfThread]) -> dict[str, list[_OfThread]]:
    grouped: dict[str, list[_OfThread]] = {}
    for item in records:
        if item.thread_id is not None:
            grouped.setdefault(item.thread_id, []).append(item)
    return grouped


class Capture:
    """A finished capture in a local folder, for reading.

    Raises:
        MalformedError: On construction, when the folder holds no finished capture of this format.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            data = (folder / "capture.json").read_bytes()
            document = json.loads(data)
        except (OSError, ValueError) as error:
            raise MalformedError(f"{folder} holds no finished capture: {error}") from error
        if not isinstance(document, dict) or document.get("format") != FORMAT:
            raise MalformedError(f"{folder} is not a capture of format {FORMAT}")
        try:
            self.environment = Environment.model_validate(document.get("environment"))
        except ValueError as error:
            raise MalformedError(
                f"the capture in {folder} has no environment log, or one that cannot be read",
                next_step="It was made by a version before the first release, or changed: capture the account anew.",
            ) from error
        self.info = CaptureInfo(document=document, sha256=sha256_hex(data))

    def table(self, name: str) -> pa.Table:
        """Return a whole table. Only ``comments`` can be large: see :meth:`comment_batches`."""
        return pq.read_table(self._path(name), schema=SCHEMAS[name], page_checksum_verification=True)

    def comment_batches(self, threads: set[str], columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """Yield the comments of these threads, in the capture's order, batch by batch; some ``columns``, or all."""
        names = list(columns or SCHEMAS["comments"].names)
        wanted = pa.array(sorted(threads), pa.string())
        with pq.ParquetFile(self._path("comments"), page_checksum_verification=True) as file:
            for batch in file.iter_batches(batch_size=ROWS_PER_GROUP, columns=list({*names, "post_id"})):
                kept = pc.is_in(batch.column("post_id"), value_set=wanted)
                rows = batch.select(names)
                if kept.true_count == len(kept):
                    yield rows  # as in a census: nothing is copied
                elif kept.true_count:
                    yield rows.filter(kept)

    def schema(self, name: str) -> pa.Schema:
        """Return the schema of a table."""
        return SCHEMAS[name]

    def records(self, kind: type[Record]) -> list[Record]:
        """Return all records of a kind; not for comments, which can be many."""
        return [record(kind, row) for row in self.table(_TABLE_OF[kind]).to_pylist()]

    def threads(self, ids: Sequence[str], *, at_once: int = 500) -> Iterator[Thread]:
        """Yield the threads with these ids in this order; comments of ``at_once`` threads are in memory at a time."""
        posts = {post.id: post for post in self.records(Post)}
        media = _by_thread(self.records(MediaItem))
        gaps = _by_thread(self.records(Gap))
        versions = _by_thread(self.records(Version))
        for start in range(0, len(ids), at_once):
            part = ids[start : start + at_once]
            comments: dict[str, list[Comment]] = {}
            for batch in self.comment_batches(set(part)):
                for row in batch.to_pylist():
                    comments.setdefault(row["post_id"], []).append(record(Comment, row))
            for thread_id in part:
                yield Thread(
                    post=posts[thread_id],
                    comments=tuple(comments.pop(thread_id, ())),
                    media=tuple(media.get(thread_id, ())),
                    gaps=tuple(gaps.get(thread_id, ())),
                    versions=tuple(versions.get(thread_id, ())),
                )

    def changed_files(self) -> list[str]:
        """Return the names of files that are missing or whose digest is not the one in ``capture.json``."""
        files: dict[str, dict[str, Any]] = self.info.document["files"]
        present = digests(self.folder)
        return sorted(name for name in files.keys() | present.keys() if files.get(name) != present.get(name))

    def require_unchanged(self) -> None:
        """Look at every byte.

        Raises:
            MalformedError: A file is missing, was added or is not what was captured.
        """
        if changed := self.changed_files():
            raise MalformedError(
                f"{len(changed)} file(s) of the capture {self.info.document['capture_id']} have changed, "
                f"first {changed[0]}",
                next_step="Check the store's disk, and restore the capture from another copy.",
            )

    def _path(self, name: str) -> Path:
        return self.folder / "records" / f"{name}.parquet"
