"""JSON Lines of a table into Arrow columns, strictly: what would need bending to fit is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$"
_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(dict[str, Any]).decode
_COUNT_KEYS = ("type", "count")


def table_of(lines: Sequence[bytes], schema: pa.Schema, first: int) -> pa.Table:
    """Return the rows of lines as a table; ``first`` is the number of the first line, from 1.

    Raises:
        ValueError: A line is not of the prescribed form, or a value not of the schema's type.
    """
    names = tuple(schema.names)
    rows = [_row(line, names, first + place) for place, line in enumerate(lines)]
    # Every row has exactly these keys in this order, so its values are the columns' turned about.
    values = zip(*(row.values() for row in rows), strict=True) if rows else [()] * len(names)
    columns = [_column(list(column), field, first) for column, field in zip(values, schema, strict=True)]
    return pa.Table.from_arrays(columns, schema=schema)


def _row(line: bytes, names: tuple[str, ...], number: int) -> dict[str, Any]:
    try:
        row = _DECODE(line)
        # Writing it again shows what reading forgives: a key that stands twice, spaces, other escapes.
        as_prescribed = tuple(row) == names and _ENCODE(row) == line
    except (ValueError, RecursionError) as error:
        raise ValueError(f"line {number}: {error}") from error
    if not as_prescribed:
        raise ValueError(f"line {number} is not written as this format prescribes")
    return row


def _column(values: list[Any], field: pa.Field[Any], first: int) -> Any:
    try:
        _check_types(values, field)
        return _times(values, field.type) if pa.types.is_timestamp(field.type) else pa.array(values, field.type)
    except (ValueError, TypeError, OverflowError, pa.ArrowException) as error:
        raise ValueError(f"column {field.name}, lines from {first}: {error}") from error


def _times(values: list[Any], kind: pa.DataType) -> Any:
    texts = pa.array(values, pa.string())
    if pc.all(pc.match_substring_regex(texts, _TIME)).as_py() is False:
        raise ValueError("a time is not written as prescribed")
    return texts.cast(kind)


def _check_types(values: list[Any], field: pa.Field[Any]) -> None:
    kinds = set(map(type, values))
    if field.nullable:
        kinds.discard(type(None))
    expected = _python_type(field.type)
    if not kinds <= {expected}:
        raise ValueError(f"values of type {sorted(kind.__name__ for kind in kinds)}, not {expected.__name__}")
    if expected is list:
        entries = [entry for value in values if value for entry in value]
        counts = pa.types.is_struct(field.type.value_type)
        if counts and not all(_is_count(entry) for entry in entries):
            raise ValueError("a count is not written as {type, count}")
        if not counts and not all(type(entry) is str for entry in entries):
            raise ValueError("a list holds what is no text")


def _python_type(kind: pa.DataType) -> type:
    if pa.types.is_list(kind):
        return list
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
