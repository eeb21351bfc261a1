"""Composes the rules: every thread of the frame is kept, dropped or excluded, with the rules that did it.

kept = (union of all rules that name threads to keep) - (union of all ``exclude`` rules). Exclusion wins over every
other rule, ``mandatory`` too: a thread that must not be in a package cannot get into it by a second rule. It is always
on record, with its rule and count, and the capture still holds it. What one rule names never depends on another.

The result is a function of spec, account, period and the *set* of the frame's rows: order of rows, chunks, process and
machine do not matter. Nothing random is used but SHA-256 of the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from urval.errors import ConfigError
from urval.records import SELECTION_SCHEMA
from urval.selection.frame import as_pandas, digest_of_sorted, selection_seed, sorted_frame
from urval.selection.naming import Setting, name_threads
from urval.spec import NOT_SELECTED, Exclude

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from urval.periods import Period
    from urval.selection.naming import Mask, Named
    from urval.spec import Account, ArchiveSpec


class Verdict(StrEnum):
    """What became of a thread."""

    KEPT = "kept"
    DROPPED = "dropped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Selection:
    """The outcome. ``kept + dropped + excluded`` is the size of the frame.

    ``table`` has the columns of ``SELECTION_SCHEMA``, sorted by thread id. ``by_rule`` counts the threads each rule of
    the account names, in the spec's order; a thread may be named by several. ``missing`` holds (rule id, thread id) for
    each thread a rule names by id that the frame has not.
    """

    table: pa.Table
    seed: str
    frame_sha256: str
    by_rule: Mapping[str, int]
    kept: int
    dropped: int
    excluded: int
    missing: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A thread's verdict and the ids of the rules that did it."""

    thread_id: str
    verdict: Verdict
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Naming:
    """A sorted frame and what each rule of the account names in it."""

    table: pa.Table
    frame: pd.DataFrame
    frame_sha256: str
    seed: str
    named: tuple[Named, ...]

    def kept(self) -> Mask:
        """Return which threads are kept."""
        return self._any(exclude=False) & ~self.excluded()

    def excluded(self) -> Mask:
        """Return which threads are excluded."""
        return self._any(exclude=True)

    def _any(self, *, exclude: bool) -> Mask:
        masks = [one.mask for one in self.named if isinstance(one.rule, Exclude) is exclude]
        return np.logical_or.reduce(masks) if masks else np.zeros(len(self.frame), dtype=np.bool_)


def apply_rules(spec: ArchiveSpec, account: Account, period: Period, frame: pa.Table) -> Naming:
    """Apply every rule of the account to a frame.

    Raises:
        MalformedError: The frame is none (see :func:`urval.selection.frame.sorted_frame`).
    """
    table = sorted_frame(frame)
    digest = digest_of_sorted(table)
    setting = Setting(spec, period, selection_seed(spec, account, period, digest))
    rows = as_pandas(table)
    named = tuple(name_threads(rule, rows, setting) for rule in spec.rules_for(account))
    return Naming(table, rows, digest, setting.seed, named)


def select(spec: ArchiveSpec, account: Account, period: Period, frame: pa.Table) -> Selection:
    """Select from the frame of one account and period. An empty frame gives an empty selection.

    Raises:
        MalformedError: The frame is none (see :func:`urval.selection.frame.sorted_frame`).
    """
    naming = apply_rules(spec, account, period, frame)
    kept, excluded = naming.kept(), naming.excluded()
    return Selection(
        table=_table(naming, kept, excluded),
        seed=naming.seed,
        frame_sha256=naming.frame_sha256,
        by_rule={one.rule.id: int(mask.sum()) for one, mask in zip(naming.named, _effective(naming), strict=True)},
        kept=int(kept.sum()),
        dropped=int((~kept & ~excluded).sum()),
        excluded=int(excluded.sum()),
        missing=tuple((one.rule.id, thread) for one in naming.named for thread in one.missing),
    )


def explanation(selection: Selection, thread_id: str) -> Explanation:
    """Return what became of a thread, and by which rules.

    Raises:
        ConfigError: The selection has no such thread.
    """
    ids = selection.table["thread_id"]
    index = ids.index(thread_id).as_py()
    if index < 0:
        raise unknown_thread(thread_id)
    row = selection.table.slice(index, 1).to_pylist()[0]
    return Explanation(thread_id, Verdict(row["decision"]), tuple(row["rules"]))


def unknown_thread(thread_id: str) -> ConfigError:
    """Return the error for a thread that is not in the frame."""
    return ConfigError(
        f"The capture has no thread {thread_id!r}.",
        next_step="List the threads with: urval select … --json",
    )


def _effective(naming: Naming) -> list[Mask]:
    """Return what each rule did: an excluded thread counts for the rules that excluded it, and for no other."""
    excluded = naming.excluded()
    return [one.mask if isinstance(one.rule, Exclude) else one.mask & ~excluded for one in naming.named]


def _table(naming: Naming, kept: Mask, excluded: Mask) -> pa.Table:
    verdicts = np.where(excluded, Verdict.EXCLUDED.value, np.where(kept, Verdict.KEPT.value, Verdict.DROPPED.value))
    names = [one.rule.id for one in naming.named]
    rules = _lists([*names, NOT_SELECTED], [*_effective(naming), ~kept & ~excluded])
    decisions = pa.array(verdicts.tolist(), pa.string())
    return pa.Table.from_arrays(
        [naming.table["thread_id"], decisions, rules, naming.table["digest"]], schema=SELECTION_SCHEMA
    )


def _lists(names: Sequence[str], columns: Sequence[Mask]) -> pa.Array[Any]:
    """Return one list of names a row: those whose column is true there, in the order of the columns."""
    matrix = np.column_stack(columns)
    offsets = np.concatenate([[0], np.cumsum(matrix.sum(axis=1))])
    values = np.array(names, dtype=object)[np.nonzero(matrix)[1]]
    return pa.ListArray.from_arrays(
        offsets.tolist(), pa.array(values.tolist(), pa.string()), type=pa.list_(pa.string())
    )
