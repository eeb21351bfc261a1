"""The kept objects as received, and, of a census, the exchanges whole (docs/format.md section 9)."""

from __future__ import annotations

import gzip
import shutil
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pathlib import Path

    from urval.capture import Capture

_ENCODE = msgspec.json.Encoder().encode
_COLUMNS = ["id", "exchange", "raw"]
_OF_VERSION = ["subject_id", "exchange", "raw"]


def write_raw(capture: Capture, kept: list[str], folder: Path, *, whole: bool) -> None:
    """Write ``objects.jsonl.gz``, and copy the capture's WARC when ``whole``.

    Objects come in the order of the tables: profile, posts, comments, versions. ``raw`` is a string, so that the
    platform's bytes stay what they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # No name and no time in the gzip header: same objects, same bytes.
    with (
        (folder / "objects.jsonl.gz").open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=6, mtime=0) as out,
    ):
        _write(out, "profile", capture.table("profile"))
        posts = capture.table("posts")
        _write(out, "posts", posts.filter(pc.is_in(posts.column("id"), value_set=pa.array(kept, pa.string()))))
        for batch in capture.comment_batches(set(kept), _COLUMNS):
            _write(out, "comments", pa.Table.from_batches([batch]))
        versions = capture.table("versions")
        of_kept = pc.is_in(versions.column("thread_id"), value_set=pa.array(kept, pa.string()))
        _write(out, "versions", versions.filter(of_kept).select(_OF_VERSION).rename_columns(_COLUMNS))
    if whole:
        shutil.copyfile(capture.folder / "exchanges.warc.gz", folder / "exchanges.warc.gz")


def _write(out: gzip.GzipFile, table: str, rows: pa.Table) -> None:
    columns = [rows.column(name).to_pylist() for name in _COLUMNS]
    for subject, exchange, raw in zip(*columns, strict=True):
        out.write(_ENCODE({"table": table, "id": subject, "exchange": exchange, "raw": raw}) + b"\n")
