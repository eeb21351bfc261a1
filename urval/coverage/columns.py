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
    found = pc.fill_null(pc.index_in(column, value_set=texts(values)), pa.scalar(-1, pa.int32()))
    numbers: NDArray[np.int64] = np.asarray(found).astype(np.int64)
    return numbers


def distinct(column: pa.ChunkedArray[Any]) -> list[str]:
    """Return the different values of a column."""
    return [str(value) for value in pc.unique(column).to_pylist()]
