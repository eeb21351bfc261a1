"""The thread in a proof as records, for showing it: from the proof's own rows, and files whose digests they state."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from datetime import datetime
from typing import TYPE_CHECKING, Any

from urval.capture import record
from urval.errors import PackageError
from urval.records import Comment, Completeness, Gap, MediaItem, Post, Version
from urval.source import Thread
from urval.spec import REMOVAL_KIND

if TYPE_CHECKING:
    from pathlib import Path

    from urval.package.proof.making import Proof
    from urval.package.proof.reading import PackageFiles

_TIMES = ("created_at", "updated_at", "captured_at", "first_tried_at", "last_tried_at")
_MOST_BYTES = 256 << 20  # of one medium
_OBJECTS = "data/raw/objects.jsonl.gz"
_MOST_OBJECT_BYTES = 32 << 20


def thread_of(files: PackageFiles, proof: Proof) -> Thread:
    """Return the thread whose rows the proof holds.

    Raises:
        PackageError: A row holds what this version does not know.
    """
    (post,) = _records(Post, proof, "posts")
    raw = _raw(files, post.id) if post.kind == REMOVAL_KIND else ""
    return Thread(
        post=_records(Post, proof, "posts", raw=raw)[0],
        comments=tuple(_records(Comment, proof, "comments")),
        media=tuple(_records(MediaItem, proof, "media")),
        gaps=tuple(_records(Gap, proof, "gaps")),
        versions=tuple(_records(Version, proof, "versions")),
    )


def completeness_of_proof(proof: Proof) -> Completeness | None:
    """Return the thread's row of completeness, where it has one."""
    return next(iter(_records(Completeness, proof, "completeness")), None)


def _records(kind: Any, proof: Proof, table: str, *, raw: str = "") -> list[Any]:
    fields = kind.__dataclass_fields__
    found = []
    try:
        for row in proof.of(table):
            values = row.values | ({"raw": raw} if "raw" in fields else {})
            for name in _TIMES:
                if isinstance(values.get(name), str):
                    values[name] = datetime.fromisoformat(values[name])
            found.append(record(kind, values))
    except (ValueError, TypeError, KeyError) as error:
        raise PackageError(
            f"a row of {table} cannot be shown: {error}", next_step="See what is wrong with the package: urval verify."
        ) from error
    return found


def put_media(files: PackageFiles, thread: Thread, folder: Path) -> dict[str, Path]:
    """Copy the thread's media into a folder and return where each lies by its ``file``; one with another digest fails.

    Raises:
        PackageError: A medium is not there, or not the bytes that its row states.
    """
    placed: dict[str, Path] = {}
    for item in thread.media:
        if item.file is None or item.file in placed:
            continue
        target = folder / f"medium-{len(placed)}"
        digest = hashlib.sha256()
        try:
            with files.open(f"data/{item.file}") as source, target.open("xb") as copy:
                while (block := source.read(1 << 20)) and copy.tell() <= _MOST_BYTES:
                    digest.update(block)
                    copy.write(block)
        except OSError as error:
            raise _lost(item.file) from error
        if digest.hexdigest() != item.sha256:
            raise _lost(item.file)
        placed[item.file] = target
    return placed


def _lost(file: str) -> PackageError:
    return PackageError(
        f"data/{file} is missing or not the bytes that its row states; no page was made",
        next_step="See what is wrong with the package: urval verify.",
    )


def _raw(files: PackageFiles, post: str) -> str:
    """Return a post's object as it was received; an entry of the register of removed items shows itself by it."""
    try:
        with files.open(_OBJECTS) as packed, gzip.GzipFile(fileobj=packed, mode="rb") as lines:
            while line := lines.readline(_MOST_OBJECT_BYTES):
                if b'"posts"' in line and (row := json.loads(line))["table"] == "posts" and row["id"] == post:
                    return str(row["raw"])
    except (OSError, EOFError, ValueError, LookupError, TypeError, zlib.error) as error:
        raise PackageError(
            f"{_OBJECTS} cannot be read", next_step="See what is wrong with the package: urval verify."
        ) from error
    raise PackageError(f"{_OBJECTS} lacks the post {post}", next_step="See what is wrong: urval verify.")
