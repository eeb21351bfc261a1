"""Composes the rules: every thread of the frame is kept, dropped or excluded, with the rules that did it.

kept = (union of all rules that name threads to keep) - (union of all ``exclude`` rules). Exclusion wins over every
other rule, ``mandatory`` too: a thread that must not be in a package cannot get into it by a second rule. It is always
on record, with its rule and count, and the capture still holds it. What one rule names never depends on another, but
for ``reserve``, which stands by for one.

The result is a function of spec, account, period, kind of occasion, the reviewers' choices and the *set* of the frame's
rows: order of rows, chunks, process and machine do not matter. Nothing random is used but SHA-256 of the seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from urval.errors import ConfigError
from urval.selection.frame import Frame, digest_of, selection_seed
from urval.selection.listed import REMOVALS_RULE, listed, of_kinds
from urval.selection.named import Setting
from urval.selection.naming import any_of, name_all
from urval.selection.table import Column, selection_table
from urval.spec import NOT_ADDED, NOT_SELECTED, REMOVAL_KIND, REVIEW, Exclude, Mandatory

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow as pa

    from urval.periods import Period
    from urval.selection.frame import Mask
    from urval.selection.named import Named
    from urval.spec import Account, ArchiveSpec, OccasionKind, Rule


class Verdict(StrEnum):
    """What became of a thread."""

    KEPT = "kept"
    DROPPED = "dropped"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Selection:
    """The outcome. ``kept + dropped + excluded`` is the size of the frame.

    ``table`` has the columns of ``SELECTION_SCHEMA``, sorted by thread id. ``by_rule`` counts the rows of ``table``
    that name each rule, in the spec's order, and last those of the review, if there are any; a thread may be named by
    several. ``claims`` says what the threads of a rule may be used to show. ``missing`` holds (rule id, thread id) for
    each thread a rule names by id that the frame has not; ``substitutes`` (reserve rule, lost thread, substitute) for
    each thread that is kept in the place of one that could not be captured whole.
    """

    table: pa.Table
    seed: str
    frame_sha256: str
    by_rule: Mapping[str, int]
    kept: int
    dropped: int
    excluded: int
    missing: tuple[tuple[str, str], ...]
    claims: Mapping[str, str]
    substitutes: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A thread's verdict, the ids of the rules that did it, and how likely each was to name it."""

    thread_id: str
    verdict: Verdict
    rules: tuple[str, ...]
    probabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """A frame, what each rule in force names in it, and what became of its threads.

    ``reviewed`` are the threads a person's choice concerns: added and kept, or taken out and dropped.
    """

    frame: Frame
    frame_sha256: str
    seed: str
    named: tuple[Named, ...]
    kept: Mask
    excluded: Mask
    reviewed: Mask
    supplement: bool

    @property
    def dropped(self) -> Mask:
        """Which threads are dropped."""
        return ~self.kept & ~self.excluded

    def effective(self, named: Named) -> Mask:
        """Return what a rule did: an excluded thread counts for the rules that excluded it, and for no other.

        Nor does a rule count where a person took the thread out, or for a supplement, which people choose.
        """
        if isinstance(named.rule, Exclude):
            return named.mask
        return named.mask & self.kept & (not self.supplement)


def select(
    spec: ArchiveSpec,
    account: Account,
    period: Period,
    frame: pa.Table,
    *,
    kind: OccasionKind = "ordinary",
    added: Collection[str] = (),
    removed: Collection[str] = (),
    supplement: bool = False,
) -> Selection:
    """Select from the frame of one account and period, by the rules in force on the first day after the period.

    ``added`` and ``removed`` are the ids of threads that reviewers added or took out. An excluded thread cannot be
    added, and what a mandatory rule names cannot be taken out. A supplement keeps what is added, and nothing else.

    Raises:
        ConfigError: A rule that must not be empty names no thread, or the review names a thread the frame has not.
        MalformedError: The frame is none (see :class:`urval.selection.frame.Frame`).
    """
    made = decide(spec, account, period, frame, kind=kind, added=added, removed=removed, supplement=supplement)
    columns = _columns(made)
    decisions = list(zip(Verdict, (made.kept, made.dropped, made.excluded), strict=True))
    nothing = {NOT_SELECTED, NOT_ADDED} | ({REVIEW} if not made.reviewed.any() else set())
    return Selection(
        table=selection_table(made.frame, decisions, columns),
        seed=made.seed,
        frame_sha256=made.frame_sha256,
        by_rule={one.name: int(one.mask.sum()) for one in columns if one.name not in nothing},
        kept=int(made.kept.sum()),
        dropped=int(made.dropped.sum()),
        excluded=int(made.excluded.sum()),
        missing=tuple((one.rule.id, thread) for one in made.named for thread in one.missing),
        claims={one.rule.id: claim for one in made.named if (claim := claim_of(one.rule))},
        substitutes=_substitutes(made),
    )


def decide(
    spec: ArchiveSpec,
    account: Account,
    period: Period,
    frame: pa.Table,
    *,
    kind: OccasionKind = "ordinary",
    added: Collection[str] = (),
    removed: Collection[str] = (),
    supplement: bool = False,
) -> Decided:
    """Apply every rule in force, and what people chose. Parameters and errors are those of :func:`select`."""
    sorted_frame = Frame(frame)
    digest = digest_of(sorted_frame)
    setting = Setting(spec, account, period, selection_seed(spec, account, period, digest))
    named = name_all(_rules(setting, sorted_frame, kind), sorted_frame, setting)
    if not supplement:
        _refuse_empty(named, setting)
    size = len(sorted_frame)
    barred = any_of([one.mask for one in named if isinstance(one.rule, Exclude)], size)
    bound = any_of([one.mask for one in named if isinstance(one.rule, Mandatory)], size)
    wanted = any_of([one.mask for one in named if not isinstance(one.rule, Exclude) and not supplement], size)
    put_in, taken_out = (_reviewed(sorted_frame, ids) for ids in (added, removed))
    put_in, taken_out = put_in & ~barred, taken_out & ~barred & ~bound & (not supplement)
    kept = (wanted | put_in) & ~barred & ~taken_out
    reviewed = (put_in & kept) | taken_out
    return Decided(sorted_frame, digest, setting.seed, named, kept, barred, reviewed, supplement)


def claim_of(rule: Rule) -> str:
    """Return what the threads of a rule may be used to show; an exclude rule shows nothing."""
    return "" if isinstance(rule, Exclude) else rule.claim


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
    return Explanation(thread_id, Verdict(row["decision"]), tuple(row["rules"]), tuple(row["probabilities"]))


def unknown_thread(thread_id: str) -> ConfigError:
    """Return the error for a thread that is not in the frame."""
    return ConfigError(
        f"The capture has no thread {thread_id!r}.",
        next_step="List the threads with: urval select … --json",
    )


def _rules(setting: Setting, frame: Frame, kind: OccasionKind) -> tuple[Rule, ...]:
    """Return the rules in force; with what the body removed, kept in any case where the frame holds some."""
    rules = setting.spec.rules_for(setting.account, setting.period.end_day, kind)
    if any(isinstance(rule, Mandatory) for rule in rules) or not of_kinds(frame, [REMOVAL_KIND]).any():
        return rules
    return (REMOVALS_RULE, *rules)


def _refuse_empty(named: tuple[Named, ...], setting: Setting) -> None:
    for one in named:
        if one.rule.on_empty == "fail" and not one.mask.any():
            raise ConfigError(
                f"The rule {one.rule.id!r} names no thread of account {setting.account.id!r} in the period "
                f"{setting.period.id}, and its 'on_empty' is fail.",
                next_step="See whether the capture is whole; if it is, correct the rule, or write 'on_empty: ok'.",
            )


def _reviewed(frame: Frame, ids: Collection[str]) -> Mask:
    mask, missing = listed(frame, ids)
    if missing:
        raise unknown_thread(missing[0])
    return mask


def _columns(made: Decided) -> list[Column]:
    """Return what may stand in the lists of rules, in the order in which it does."""
    columns = []
    for one in made.named:
        chances = one.chances if claim_of(one.rule) == "statistical" else None
        columns.append(Column(one.rule.id, made.effective(one), chances))
    nothing = NOT_ADDED if made.supplement else NOT_SELECTED
    return [*columns, Column(REVIEW, made.reviewed), Column(nothing, made.dropped & ~made.reviewed)]


def _substitutes(made: Decided) -> tuple[tuple[str, str, str], ...]:
    ids = made.frame.ids
    return tuple(
        (one.rule.id, ids[lost].as_py(), ids[found].as_py())
        for one in made.named
        for lost, found in one.stand_ins
        if made.effective(one)[found]
    )
