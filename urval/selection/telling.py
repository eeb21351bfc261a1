"""What one rule says of one thread: the numbers that decided, whether it named the thread or not."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from urval.selection.described import properties
from urval.selection.phrases import KINDS, TEXTS, WORDS
from urval.spec import (
    REMOVAL_KIND,
    Change,
    Combine,
    Discovery,
    Event,
    Exclude,
    Fat,
    FirstLast,
    HashBucket,
    Judgement,
    Mandatory,
    Pps,
    Precision,
    Predicate,
    Reserve,
    SimpleRandom,
    Snapshot,
    Stratified,
    Systematic,
    Window,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from urval.selection.frame import Frame
    from urval.selection.named import Named
    from urval.selection.phrases import Language

_LAST = timedelta(days=1)


class Teller:
    """Tells of the threads of a frame in one language; days are those of ``timezone``."""

    def __init__(self, frame: Frame, timezone: str, language: Language) -> None:
        """Take what there is to tell of."""
        self._frame = frame
        self._zone = ZoneInfo(timezone)
        self._kinds, self._texts, self._words = KINDS[language], TEXTS[language], WORDS[language]

    def say(self, text: str, **values: object) -> str:
        """Return a sentence that is about no rule."""
        return self._texts[text].format(**values)

    def lines(self, named: Named, row: int) -> list[str]:
        """Return what a rule says of the thread in a row: a line, or several where it was named for several reasons."""
        rule = f"{self._kinds[named.rule.rule]} '{named.rule.id}'"
        tell = _tellers().get(type(named.rule))
        told = list(tell(self, named, row)) if tell else []
        told = told or [("census", {}) if named.mask[row] else ("not_named", {})]
        lines = [self._texts[text].format(rule=rule, **values) for text, values in told]
        return [self._with_chance(line, named, row) for line in lines]

    def _with_chance(self, line: str, named: Named, row: int) -> str:
        if named.chances is None or isinstance(named.rule, Exclude) or named.rule.claim != "statistical":
            return line
        which, chances = named.chances(np.array([row]))
        return self.say("chance", line=line, chance=chances[int(which[0])])

    def _day(self, row: int, zone: str | None = None) -> object:
        local = ZoneInfo(zone) if zone else self._zone
        return self._frame.cell("created_at", row).astimezone(local).date()

    def _spans(self, named: Named) -> str:
        return ", ".join(f"{one.first_day} {self._words['to']} {one.end_day - _LAST}" for one in named.spans)

    def _place(self, named: Named, row: int) -> dict[str, Any]:
        place = 0 if named.order is None else int(named.order.places[row])
        return {"place": place, "of": len(self._frame), "limit": named.wanted, "first": named.first}

    def _size(self, metric: str, row: int) -> dict[str, Any]:
        return {"metric": self._words[metric], "size": self._frame.cell(metric, row) or 0}

    def window(self, named: Named, row: int) -> _Told:
        """Window, and a snapshot of the last days."""
        if not named.spans:
            return [("window_none", {})]
        text = "window" if named.mask[row] else "window_miss"
        zone = named.rule.timezone if isinstance(named.rule, Window) else None
        return [(text, {"day": self._day(row, zone), "spans": self._spans(named)})]

    def event(self, named: Named, row: int) -> _Told:
        """Event."""
        rule: Any = named.rule
        values = {"day": self._day(row), "spans": self._spans(named), "name": rule.name, "reason": rule.reason}
        return [("event" if named.mask[row] else "event_miss", values)]

    def newest(self, named: Named, row: int) -> _Told:
        """Snapshot and change."""
        if named.spans:
            return self.window(named, row)
        if not named.wanted:
            return [("page_only" if isinstance(named.rule, Snapshot) else "change_none", {})]
        return [("newest", self._place(named, row))]

    def ends(self, named: Named, row: int) -> _Told:
        """First and last."""
        rule: Any = named.rule
        values = {"first": rule.first, "last": rule.last, "per": self._words[rule.per]}
        return [("first_last" if named.mask[row] else "first_last_miss", values)]

    def predicate(self, named: Named, row: int) -> _Told:
        """Predicate: what was asked for."""
        rule: Any = named.rule
        told = "; ".join(f"{self._words[name]}: {self._value(name, getattr(rule, name))}" for name in properties(rule))
        return [("predicate" if named.mask[row] else "predicate_miss", {"properties": told})]

    def _value(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return self._words["yes" if value else "no"]
        if not isinstance(value, tuple):
            return str(value)
        return ", ".join(self._words[one] if name == "author_roles" else one for one in value)

    def fat(self, named: Named, row: int) -> _Told:
        """Fat."""
        rule: Any = named.rule
        size = self._size(rule.metric, row)
        if rule.threshold is not None:
            return [("fat_threshold", {**size, "limit": rule.threshold})]
        return [("fat_top", {**self._place(named, row), **size})]

    def pps(self, named: Named, row: int) -> _Told:
        """In proportion to size."""
        rule: Any = named.rule
        size, step = self._size(rule.size_metric, row), named.step or 0
        if not step:
            return [("pps_all", size)]
        values = {**size, "step": f"{float(step):.6g}", "limit": named.wanted}
        return [("pps_certain" if size["size"] >= step else "pps", values)]

    def judgement(self, named: Named, row: int) -> _Told:
        """Judgement: who decided, when and why."""
        rule: Any = named.rule
        listed = [one for one in rule.threads if one.id == self._frame.cell("thread_id", row)]
        return [("judgement", {"reason": c.reason, "by": c.decided_by, "at": c.decided_at}) for c in listed]

    def mandatory(self, named: Named, row: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Mandatory: every reason there is."""
        rule: Any = named.rule
        thread = self._frame.cell("thread_id", row)
        if self._frame.cell("kind", row) == REMOVAL_KIND:
            yield "removal", {}
        for mark, wanted in (("removed", rule.removed), ("pinned", rule.pinned)):
            if wanted and self._frame.cell(mark, row):
                yield mark, {}
        for text, links in (("case", rule.case_linked), ("police", rule.police_reported)):
            yield from ((text, {"case": link.case}) for link in links if link.thread == thread)

    def exclude(self, named: Named, row: int) -> _Told:
        """Exclude: the reason."""
        rule: Any = named.rule
        listed = [one for one in rule.threads if one.id == self._frame.cell("thread_id", row)]
        if not listed:
            return [("kind", {"reason": rule.reason, "kind": self._frame.cell("kind", row)})]
        return [("exclude", {"reason": one.reason or rule.reason}) for one in listed]

    def drawn(self, named: Named, row: int) -> _Told:
        """Simple random, discovery and precision."""
        return [("drawn", self._place(named, row))]

    def steps(self, named: Named, row: int) -> _Told:
        """Systematic."""
        rule: Any = named.rule
        place = self._place(named, row)
        if rule.every_k is None:
            return [("systematic_n", place)]
        return [("systematic_step", {**place, "limit": rule.every_k})]

    def stratum(self, named: Named, row: int) -> _Told:
        """Stratified."""
        rule: Any = named.rule
        if named.strata is None:
            return []
        code = int(named.strata.codes[row])
        values = {
            "place": int(named.strata.places[row]),
            "of": named.strata.sizes[code],
            "stratum": named.strata.names[code],
            "limit": named.strata.wanted[code],
        }
        return [("stratum" if rule.draw == "simple_random" else "stratum_steps", values)]

    def bucket(self, named: Named, row: int) -> _Told:
        """Hash bucket."""
        rule: Any = named.rule
        place = 0 if named.order is None else int(named.order.values[row])
        kept = ", ".join(map(str, sorted(rule.keep)))
        return [("bucket", {"place": place, "of": rule.modulus, "kept": kept})]

    def combine(self, named: Named, row: int) -> _Told:
        """Combine: which parts named it."""
        rule: Any = named.rule
        names = ", ".join(part.rule.id for part in named.parts if part.mask[row]) or self._words["none"]
        values = {"how": self._words[rule.how], "names": names, "limit": rule.cap}
        if named.mask[row]:
            return [("combine", values)]
        capped = named.capped is not None and named.capped[row]
        return [("combine_capped" if capped else "combine_miss", values)]

    def reserve(self, named: Named, row: int) -> _Told:
        """Reserve: for which thread it stands in."""
        lost = [self._frame.cell("thread_id", lost) for lost, found in named.stand_ins if found == row]
        return [("reserve", {"lost": one}) for one in lost] or [("reserve_miss", {})]


if TYPE_CHECKING:
    _Told = list[tuple[str, dict[str, Any]]]
    _Tell = Callable[[Teller, Named, int], list[tuple[str, dict[str, Any]]] | Iterator[tuple[str, dict[str, Any]]]]


@cache
def _tellers() -> dict[type, _Tell]:
    return {
        Window: Teller.window,
        Event: Teller.event,
        Snapshot: Teller.newest,
        Change: Teller.newest,
        FirstLast: Teller.ends,
        Predicate: Teller.predicate,
        Fat: Teller.fat,
        Pps: Teller.pps,
        Judgement: Teller.judgement,
        Mandatory: Teller.mandatory,
        Exclude: Teller.exclude,
        SimpleRandom: Teller.drawn,
        Discovery: Teller.drawn,
        Precision: Teller.drawn,
        Systematic: Teller.steps,
        Stratified: Teller.stratum,
        HashBucket: Teller.bucket,
        Combine: Teller.combine,
        Reserve: Teller.reserve,
    }
