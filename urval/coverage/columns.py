"""Arrow columns of text without a detour: ``pa.array`` would load pandas, which takes longer than the whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def texts(values: Sequence[str]) -> pa.StringArray:
    """Return an array of the values."""
    encoded = [value.encode() for value in values]
    ends = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(value) for value in encoded], out=ends[1:])
    return pa.StringArray.from_buffers(len(encoded), pa.py_buffer(ends.tobytes()), pa.py_buffer(b"".join(encoded)))


def numbers_among(column: pa.ChunkedArray[Any], values: Sequence[str]) -> NDArray[np.int64]:
    """Return the place of each value of a column among ``values``, -1 where it is not there."""
    found = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
    numbers = np.asarray(pc.index_in(found, value_set=texts(values)).to_numpy(zero_copy_only=False))
    places: NDArray[np.int64] = np.nan_to_num(numbers, nan=-1).astype(np.int64)  # null has become not-a-number
    return places


def text(value: str) -> pa.StringScalar:
    """Return one value."""
    return texts([value])[0]


def distinct(column: pa.ChunkedArray[Any]) -> list[str]:
    """Return the different values of a column."""
    return [str(value) for value in pc.unique(column).to_pylist()]
