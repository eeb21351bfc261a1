"""The frame: one row a thread of a capture, all that rules look at. Its digest, and the seed that follows from it."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from urval.errors import MalformedError
from urval.periods import local_midnight
from urval.records import FRAME_SCHEMA

if TYPE_CHECKING:
    import numpy.typing as npt

    from urval.periods import Period
    from urval.spec import Account, ArchiveSpec

    Mask: TypeAlias = "npt.NDArray[np.bool_]"
    Numbers: TypeAlias = "npt.NDArray[np.int64]"
    Rows: TypeAlias = "npt.NDArray[np.intp]"

_NEXT_STEP = "Make the capture again; its frame cannot have been written by this program."
_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY = date(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_SPACE, _DELETE = 0x20, 0x7F
_DAY = timedelta(days=1)
_CALENDAR = ((date.min - _FIRST_DAY).days + 2, (date.max - _FIRST_DAY).days - 2)  # days that have a midnight anywhere


class Frame:
    """A frame in the one order everything is computed in: by thread id, in the order of its UTF-8 bytes.

    Columns are brought into that order when a rule asks for them; row numbers count from 0.
    """

    def __init__(self, table: pa.Table) -> None:
        """Take a frame in any order.

        Raises:
            MalformedError: A column is missing or of another type, an id comes twice or holds a control character.
        """
        self.table = _checked(table)
        ids = _whole(self.table["thread_id"])
        self._order: Rows = pc.sort_indices(ids).to_numpy().astype(np.intp)
        self.ids = ids.take(self._order)
        self._numbers: dict[str, Numbers] = {}
        _check_ids(self.ids)

    def __len__(self) -> int:
        """Return how many threads there are."""
        return self.table.num_rows

    def cell(self, column: str, row: int) -> Any:
        """Return one value."""
        return self.table[column][int(self._order[row])].as_py()

    def texts(self, column: str) -> pa.Array[Any]:
        """Return a column of short text."""
        found: pa.Array[Any] = _whole(self.table[column]).take(self._order)
        return found

    def numbers(self, column: str) -> Numbers:
        """Return a column of whole numbers, 0 where the platform gives none; times as microseconds since 1970."""
        if column not in self._numbers:
            values: Any = self.table[column].cast(pa.int64())
            self._numbers[column] = _numpy(pc.fill_null(values, 0))[self._order]
        return self._numbers[column]

    def present(self, column: str) -> Mask:
        """Return where a column has a value."""
        return self.in_order(self.table[column].is_valid())

    def flags(self, column: str) -> Mask:
        """Return a column of yes and no."""
        return self.in_order(self.table[column])

    def in_order(self, flags: Any) -> Mask:
        """Bring yes and no, computed from a column of ``table``, into the frame's order; unknown counts as no."""
        found: Mask = _numpy(pc.fill_null(flags, False))[self._order]
        return found

    def codes(self, column: str) -> tuple[Numbers, list[str]]:
        """Return a column of few different texts as numbers, and the texts they stand for; none is ``""``."""
        values: Any = self.table[column]
        encoded: Any = _whole(pc.fill_null(values, "")).dictionary_encode()
        return _numpy(encoded.indices.cast(pa.int64()))[self._order], encoded.dictionary.to_pylist()

    @cached_property
    def by_time(self) -> Rows:
        """The rows in the order of time, those of the same instant by thread id."""
        return np.argsort(self.numbers("created_at"), kind="stable")

    def days(self, timezone: str) -> Numbers:
        """Return each thread's local day, as days since 1970, in an IANA time zone."""
        times = self.numbers("created_at")
        if not len(times):
            return times
        utc_days = times // (_DAY // _MICROSECOND)
        seen = np.flatnonzero(np.bincount(utc_days - utc_days.min())) + utc_days.min()
        near = np.concatenate([seen - 1, seen, seen + 1])  # a local day differs from that of UTC by one at most
        days = np.unique(near.clip(*_CALENDAR))
        midnights = [microseconds(local_midnight(_FIRST_DAY + int(day) * _DAY, timezone)) for day in days]
        found: Numbers = days[np.searchsorted(np.array(midnights), times, side="right") - 1]
        return found


def microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970."""
    return (instant - _FIRST_INSTANT) // _MICROSECOND


def frame_digest(frame: pa.Table) -> str:
    """Return the hex SHA-256 over the lines ``<thread id> <digest>``, each with a line feed, sorted by thread id.

    Raises:
        MalformedError: As :class:`Frame`.
    """
    return digest_of(Frame(frame))


def digest_of(frame: Frame) -> str:
    """Return the digest of a frame."""
    digest = hashlib.sha256()
    rows = pa.table({"id": frame.ids, "digest": frame.texts("digest")})
    for batch in rows.to_batches(max_chunksize=1 << 16):
        joined: Any = pc.binary_join_element_wise(batch["id"], batch["digest"], " ")  # type: ignore[call-overload]  # the stubs know no scalars
        lines: Any = pc.binary_join_element_wise(joined, "", "\n")
        offsets = np.frombuffer(lines.buffers()[1], dtype=np.int32)
        digest.update(memoryview(lines.buffers()[2])[offsets[lines.offset] : offsets[lines.offset + len(lines)]])
    return digest.hexdigest()


def selection_seed(spec: ArchiveSpec, account: Account, period: Period, frame_sha256: str) -> str:
    """Return the seed of every random choice: the hex SHA-256 over five lines joined by line feeds.

    The lines are archive id, account id, period id, frame digest and the spec's seed. Whoever knows the spec before the
    capture cannot know the frame's digest, so nobody can choose a seed for the sake of its outcome.
    """
    lines = (spec.archive.id, account.id, period.id, frame_sha256, spec.seed)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _checked(table: pa.Table) -> pa.Table:
    try:
        return table.select(FRAME_SCHEMA.names).cast(FRAME_SCHEMA)
    except (KeyError, ValueError, TypeError, NotImplementedError) as error:
        raise MalformedError(
            "The frame of the capture has not the columns of a frame.", next_step=_NEXT_STEP
        ) from error


def _check_ids(ids: pa.Array[Any]) -> None:
    if pc.any(pc.equal(ids.slice(1), ids.slice(0, max(len(ids) - 1, 0)))).as_py():
        raise MalformedError("The frame of the capture names a thread twice.", next_step=_NEXT_STEP)
    letters = np.frombuffer(memoryview(ids.buffers()[2] or b""), dtype=np.uint8)  # no part of another letter in UTF-8
    if ((letters < _SPACE) | (letters == _DELETE)).any():
        raise MalformedError("The frame of the capture has a thread id with a control character.", next_step=_NEXT_STEP)


def _whole(column: Any) -> Any:
    """Return a column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _numpy(values: Any) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = values.to_numpy() if isinstance(values, pa.ChunkedArray) else values.to_numpy(False)
    return found
