"""The table of a selection: a row a thread, with its decision, the rules that did it, and how likely that was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from urval.records import SELECTION_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.selection.frame import Frame, Mask, Numbers, Rows
    from urval.selection.named import Chances


@dataclass(frozen=True, slots=True)
class Column:
    """One name that may stand in the lists of rules: at which threads, and how likely each was to be named."""

    name: str
    mask: Mask
    chances: Chances | None = None


def selection_table(frame: Frame, decisions: Sequence[tuple[str, Mask]], columns: Sequence[Column]) -> pa.Table:
    """Return the rows of ``SELECTION_SCHEMA``. Each thread has one decision, and one column at least."""
    held = np.column_stack([column.mask for column in columns])
    offsets = pa.array(np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int32))
    rows, places = np.nonzero(held)
    codes = np.select([mask for _, mask in decisions], range(len(decisions)), default=len(decisions))
    texts = [
        frame.ids,
        _taken([decision for decision, _ in decisions], codes),
        _lists(offsets, _taken([column.name for column in columns], places)),
        _lists(offsets, _probabilities(columns, rows, places)),
        frame.texts("digest"),
    ]
    return pa.Table.from_arrays(texts, schema=SELECTION_SCHEMA)


def _probabilities(columns: Sequence[Column], rows: Rows, places: Rows) -> pa.Array[Any]:
    """Return the text of every chance, row by row: a fraction in lowest terms where there is one, else nothing."""
    texts = [""]
    codes: Numbers = np.zeros(len(rows), dtype=np.int64)
    for place, column in enumerate(columns):
        if column.chances is not None:
            at = np.flatnonzero(places == place)
            which, chances = column.chances(rows[at])
            codes[at] = which + len(texts)
            texts += map(str, chances)
    return _taken(texts, codes)


def _taken(texts: Sequence[str], codes: Rows) -> pa.Array[Any]:
    return pa.array(texts, pa.string()).take(codes)


def _lists(offsets: Any, values: pa.Array[Any]) -> pa.Array[Any]:
    kind: Any = SELECTION_SCHEMA.field("rules").type
    lists: pa.Array[Any] = pa.ListArray.from_arrays(offsets, values, type=kind)
    return lists
