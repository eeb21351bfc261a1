"""What a change of the rules means for threads that were captured: which would come, and which would go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from urval.handbook.rules import draws_lots
from urval.handbook.words import Words
from urval.selection import select

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    import pyarrow as pa

    from urval.handbook.page import Language
    from urval.periods import Occasion
    from urval.spec import ArchiveSpec

_IDS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Effect:
    """The effect on one account's frame. The ids of threads by the rules that did it; a thread may stand at several.

    ``day`` is the local day on which both specs' rules are compared: the end of the period, or the day from which the
    last of the changes holds. ``go`` stands by the old rules that named the thread, ``excluded`` by the new rules that
    take it out. ``redrawn`` are the rules that draw lots from another seed than before.
    """

    account: str
    period: str
    day: date
    frame: int
    kept_before: int
    kept_after: int
    come: Mapping[str, tuple[str, ...]]
    go: Mapping[str, tuple[str, ...]]
    excluded: Mapping[str, tuple[str, ...]]
    come_count: int
    go_count: int
    redrawn: tuple[str, ...]


def effect(old: ArchiveSpec, new: ArchiveSpec, account: str, occasion: Occasion, frame: pa.Table) -> Effect:
    """Return what ``new`` would keep of a frame otherwise than ``old``.

    Raises:
        ConfigError: A spec has no such account, or a rule that must not be empty names no thread.
        MalformedError: The frame is none.
    """
    day = _day(old, new, occasion.period.end_day)
    rows = [
        {
            row["thread_id"]: row
            for row in select(
                _as_of(spec, day), spec.account(account), occasion.period, frame, kind=occasion.kind
            ).table.to_pylist()
        }
        for spec in (old, new)
    ]
    before, after = rows
    kept = [{one for one, row in made.items() if row["decision"] == "kept"} for made in rows]
    gone = kept[0] - kept[1]
    out = {one for one in gone if after[one]["decision"] == "excluded"}
    return Effect(
        account=account,
        period=occasion.period.id,
        day=day,
        frame=frame.num_rows,
        kept_before=len(kept[0]),
        kept_after=len(kept[1]),
        come=_by_rule(after, kept[1] - kept[0]),
        go=_by_rule(before, gone - out),
        excluded=_by_rule(after, out),
        come_count=len(kept[1] - kept[0]),
        go_count=len(gone),
        redrawn=_redrawn(old, new, account),
    )


def _day(old: ArchiveSpec, new: ArchiveSpec, end: date) -> date:
    """Return the first day on which every change has taken effect, but not before the period's end."""
    days = [end]
    for spec, other in ((old, new), (new, old)):
        for rule in spec.rules:
            if rule not in other.rules:
                days += [day for day in (rule.valid_from,) if day]
                days += [day + timedelta(days=1) for day in (rule.valid_to,) if day]
    return max(days)


def _as_of(spec: ArchiveSpec, day: date) -> ArchiveSpec:
    """Return the spec with the rules as they stand on a day, for any period."""
    endless: dict[str, Any] = {"valid_from": None, "valid_to": None}
    rules = tuple(rule.model_copy(update=endless) for rule in spec.rules if rule.in_force(day))
    return spec.model_copy(update={"rules": rules})


def _by_rule(rows: Mapping[str, Mapping[str, Any]], threads: Iterable[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for thread in sorted(threads):
        for rule in rows[thread]["rules"]:
            found.setdefault(rule, []).append(thread)
    return {rule: tuple(ids) for rule, ids in sorted(found.items())}


def _redrawn(old: ArchiveSpec, new: ArchiveSpec, account: str) -> tuple[str, ...]:
    if (old.seed, old.archive.id) == (new.seed, new.archive.id):
        return ()
    entry = new.account(account)
    return tuple(dict.fromkeys(one.id for one in new.rules if draws_lots(one) and one.covers(entry)))


def effect_lines(one: Effect, language: Language) -> Iterator[str]:
    """Yield an effect in words: what it is of, then a line for each rule."""
    words = Words(language)
    counts = {
        "frame": words.number(one.frame),
        "old": words.number(one.kept_before),
        "new": words.number(one.kept_after),
    }
    yield words("effects.account", account=one.account, period=one.period, day=words.day(one.day), **counts)
    if not (one.come or one.go or one.excluded):
        yield words("effects.same")
    for key, found in (("come", one.come), ("go", one.go), ("excluded", one.excluded)):
        for rule, ids in found.items():
            yield words(f"effects.{key}", count=len(ids), rule=rule, ids=_ids(ids, words))
    if one.redrawn:
        yield words("effects.redrawn", rules=words.listed(one.redrawn))


def _ids(ids: tuple[str, ...], words: Words) -> str:
    shown = ", ".join(ids[:_IDS_SHOWN])
    more = len(ids) - _IDS_SHOWN
    return words("effects.more", ids=shown, count=more) if more > 0 else shown
