"""JSON Lines of a table into Arrow columns, strictly: what would need bending to fit is refused."""

from __future__ import annotations

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TIME = np.frombuffer(b"0000-00-00T00:00:00.000000Z", np.uint8)
_ZERO = ord("0")
_ENCODER = msgspec.json.Encoder()
_COUNT_KEYS = ("type", "count")


def table_of(lines: Sequence[bytes], schema: pa.Schema, first: int) -> pa.Table:
    """Return the rows of lines as a table; ``first`` is the number of the first line, from 1.

    Raises:
        ValueError: A line is not of the prescribed form, or a value not of the schema's type.
    """
    rows = _rows(lines, _decoder(schema), first)
    columns = [_column(list(map(attrgetter(field.name), rows)), field, first) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


@cache
def _decoder(schema: pa.Schema) -> msgspec.json.Decoder[Any]:
    """Return what reads a line into a row of exactly these keys and types."""
    fields = [(field.name, _python_type(field.type) | None if field.nullable else _python_type(field.type))
              for field in schema]  # fmt: skip
    # A row refers to nothing that refers to it: the collector need not look at a million of them.
    return msgspec.json.Decoder(msgspec.defstruct("Row", fields, forbid_unknown_fields=True, gc=False))


def _rows(lines: Sequence[bytes], decoder: msgspec.json.Decoder[Any], first: int) -> list[Any]:
    """Read all lines at once; where that fails, or writing them again gives something else, one by one."""
    whole = b"\n".join(lines) + b"\n"
    try:
        rows = decoder.decode_lines(whole)
        if _ENCODER.encode_lines(rows) == whole:
            return rows
    except (ValueError, RecursionError):
        pass  # the line says what is wrong
    return [_row(line, decoder.decode, first + place) for place, line in enumerate(lines)]


def _row(line: bytes, decode: Callable[[bytes], Any], number: int) -> Any:
    try:
        row = decode(line)
        # Writing it again shows what reading forgives: another order of keys, one that stands twice, spaces, escapes.
        as_prescribed = _ENCODER.encode(row) == line
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number}: {error}") from error
    if not as_prescribed:
        raise ValueError(f"line {number} is not written as this format prescribes")
    return row


def _column(values: list[Any], field: pa.Field[Any], first: int) -> Any:
    try:
        if pa.types.is_list(field.type) and pa.types.is_struct(field.type.value_type):
            _check_counts(values)
        return _times(values, field.type) if pa.types.is_timestamp(field.type) else pa.array(values, field.type)
    except (ValueError, TypeError, OverflowError, pa.ArrowException) as error:
        raise ValueError(f"column {field.name}, lines from {first}: {error}") from error


def _times(values: list[Any], kind: pa.DataType) -> Any:
    texts = pa.array(values, pa.string())
    if not _are_times(texts.drop_null()):
        raise ValueError("a time is not written as prescribed")
    return texts.cast(kind)


def _are_times(texts: Any) -> bool:
    """Tell whether all texts look like the pattern: as long, digits where it has zeros, else the same characters."""
    if len(texts) == 0:
        return True
    _, _, data = texts.buffers()
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if not (np.diff(offsets) == len(_TIME)).all():
        return False
    found = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]].reshape(-1, len(_TIME))
    fixed = _TIME != _ZERO
    digits = found[:, ~fixed]
    return bool((found[:, fixed] == _TIME[fixed]).all() and ((digits >= _ZERO) & (digits <= _ZERO + 9)).all())


def _check_counts(values: list[Any]) -> None:
    if not all(_is_count(entry) for value in values if value for entry in value):
        raise ValueError("a count is not written as {type, count}")


def _python_type(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return list[dict[str, Any]] if pa.types.is_struct(kind.value_type) else list[str]
    if pa.types.is_boolean(kind):
        return bool
    return int if pa.types.is_integer(kind) else str


def _is_count(entry: Any) -> bool:
    return (
        type(entry) is dict
        and tuple(entry) == _COUNT_KEYS
        and type(entry["type"]) is str
        and type(entry["count"]) is int
    )
