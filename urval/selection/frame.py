"""The frame: one row a thread of a capture, all that rules look at. Its digest, and the seed that follows from it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from urval.errors import MalformedError
from urval.records import FRAME_SCHEMA

if TYPE_CHECKING:
    from urval.periods import Period
    from urval.spec import Account, ArchiveSpec

_NEXT_STEP = "Make the capture again; its frame cannot have been written by this program."


def sorted_frame(frame: pa.Table) -> pa.Table:
    """Return a frame in the one order everything is computed in: by thread id, in the order of its UTF-8 bytes.

    Raises:
        MalformedError: A column is missing or of another type, an id comes twice or holds a control character.
    """
    try:
        table = frame.select(FRAME_SCHEMA.names).cast(FRAME_SCHEMA).sort_by("thread_id").combine_chunks()
    except (KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise MalformedError(
            "The frame of the capture has not the columns of a frame.", next_step=_NEXT_STEP
        ) from error
    ids = table["thread_id"]
    if len(pc.unique(ids)) != table.num_rows:
        raise MalformedError("The frame of the capture names a thread twice.", next_step=_NEXT_STEP)
    if pc.any(pc.match_substring_regex(ids, r"[\x00-\x1f\x7f]")).as_py():
        raise MalformedError("The frame of the capture has a thread id with a control character.", next_step=_NEXT_STEP)
    return table


def frame_digest(frame: pa.Table) -> str:
    """Return the hex SHA-256 over the lines ``<thread id> <digest>``, each with a line feed, sorted by thread id.

    Raises:
        MalformedError: As :func:`sorted_frame`.
    """
    return digest_of_sorted(sorted_frame(frame))


def digest_of_sorted(table: pa.Table) -> str:
    """Return the digest of a frame that is sorted already."""
    rows = zip(table["thread_id"].to_pylist(), table["digest"].to_pylist(), strict=True)
    return hashlib.sha256("".join(f"{thread_id} {digest}\n" for thread_id, digest in rows).encode()).hexdigest()


def selection_seed(spec: ArchiveSpec, account: Account, period: Period, frame_sha256: str) -> str:
    """Return the seed of every random choice: the hex SHA-256 over five lines joined by line feeds.

    The lines are archive id, account id, period id, frame digest and the spec's seed. Whoever knows the spec before the
    capture cannot know the frame's digest, so nobody can choose a seed for the sake of its outcome.
    """
    lines = (spec.archive.id, account.id, period.id, frame_sha256, spec.seed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def as_pandas(table: pa.Table) -> pd.DataFrame:
    """Return a frame for the rules; Arrow types are kept, so that large counts stay whole numbers."""
    return table.to_pandas(types_mapper=pd.ArrowDtype)
