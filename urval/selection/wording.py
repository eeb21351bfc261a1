"""Why a thread was kept, dropped or excluded, in Swedish or English, for the snapshot and for a person who asks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo

from urval.selection.engine import apply_rules, unknown_thread
from urval.spec import Exclude, Fat, Judgement, Mandatory, SimpleRandom, Systematic, Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from urval.periods import Period
    from urval.selection.engine import Naming
    from urval.selection.naming import Named
    from urval.spec import Account, ArchiveSpec

Language: TypeAlias = Literal["sv", "en"]

TEXTS: dict[Language, dict[str, str]] = {
    "sv": {
        "dropped": "Ingen regel valde tråden.",
        "overruled": "Undantaget går före regel {names}.",
        "not_named": "{rule} valde den inte",
        "census": "{rule}: alla trådar bevaras",
        "window": "{rule}: publicerad {day}, inom {spans}",
        "window_miss": "{rule}: publicerad {day}, utanför {spans}",
        "window_none": "{rule}: inga dagar i perioden är lediga för regeln",
        "fat_top": "{rule}: plats {place} av {of} efter {metric} ({size}), de {limit} första bevaras",
        "fat_threshold": "{rule}: {size} {metric}, gränsen är {limit}",
        "judgement": "{rule}: {reason} (beslutat av {by} {at})",
        "removed": "{rule}: något i tråden är dolt eller borttaget",
        "pinned": "{rule}: fäst",
        "case": "{rule}: hör till ärende {case}",
        "simple_random": "{rule}: plats {place} av {of} i lottad ordning, de {limit} första bevaras",
        "systematic_step": "{rule}: nummer {place} av {of} i tid, i steg om {limit} från nummer {first}",
        "systematic_n": "{rule}: nummer {place} av {of} i tid, {limit} i jämna steg från nummer {first}",
        "exclude": "{rule}: {reason}",
        "kind": "{rule}: {reason} (slag: {kind})",
        "comments": "kommentarer", "reactions": "reaktioner", "shares": "delningar", "views": "visningar",
        "bytes": "byte", "to": "till",
    },
    "en": {
        "dropped": "No rule named the thread.",
        "overruled": "The exclusion goes before rule {names}.",
        "not_named": "{rule} did not name it",
        "census": "{rule}: every thread is kept",
        "window": "{rule}: published {day}, within {spans}",
        "window_miss": "{rule}: published {day}, outside {spans}",
        "window_none": "{rule}: no days of the period are free for the rule",
        "fat_top": "{rule}: place {place} of {of} by {metric} ({size}), the first {limit} are kept",
        "fat_threshold": "{rule}: {size} {metric}, the limit is {limit}",
        "judgement": "{rule}: {reason} (decided by {by}, {at})",
        "removed": "{rule}: something in the thread is hidden or removed",
        "pinned": "{rule}: pinned",
        "case": "{rule}: belongs to case {case}",
        "simple_random": "{rule}: place {place} of {of} in the drawn order, the first {limit} are kept",
        "systematic_step": "{rule}: number {place} of {of} in time, in steps of {limit} from number {first}",
        "systematic_n": "{rule}: number {place} of {of} in time, {limit} at even steps from number {first}",
        "exclude": "{rule}: {reason}",
        "kind": "{rule}: {reason} (kind: {kind})",
        "comments": "comments", "reactions": "reactions", "shares": "shares", "views": "views",
        "bytes": "bytes", "to": "to",
    },
}  # fmt: skip


def explain(
    spec: ArchiveSpec, account: Account, period: Period, frame: pa.Table, thread_id: str, language: Language
) -> list[str]:
    """Return why one thread was kept, dropped or excluded, a line for each rule that matters.

    Raises:
        ConfigError: The frame has no such thread.
        MalformedError: The frame is none.
    """
    return explain_many(spec, account, period, frame, [thread_id], language)[thread_id]


def explain_many(
    spec: ArchiveSpec,
    account: Account,
    period: Period,
    frame: pa.Table,
    thread_ids: Iterable[str],
    language: Language,
) -> dict[str, list[str]]:
    """Return the lines of :func:`explain` for many threads; the rules are applied once.

    Of a kept thread: what each rule that named it says. Of an excluded one: the exclusions, then the rules they
    overruled. Of a dropped one: that no rule named it, then how far it was from being named.
    """
    words = _Words(apply_rules(spec, account, period, frame), spec.timezone, language)
    return {thread_id: words.of(thread_id) for thread_id in thread_ids}


class _Words:
    def __init__(self, naming: Naming, timezone: str, language: Language) -> None:
        self._naming = naming
        self._zone = ZoneInfo(timezone)
        self._texts = TEXTS[language]
        self._index = {thread_id: index for index, thread_id in enumerate(naming.table["thread_id"].to_pylist())}
        self._kept, self._excluded = naming.kept(), naming.excluded()

    def of(self, thread_id: str) -> list[str]:
        if thread_id not in self._index:
            raise unknown_thread(thread_id)
        row = self._index[thread_id]
        named = [one for one in self._naming.named if one.mask[row]]
        if self._excluded[row]:
            overruled = [one.rule.id for one in named if not isinstance(one.rule, Exclude)]
            lines = [line for one in named if isinstance(one.rule, Exclude) for line in self._lines(one, row)]
            return [*lines, *([self._say("overruled", names=", ".join(overruled))] if overruled else [])]
        if self._kept[row]:
            return [line for one in named for line in self._lines(one, row)]
        misses = [self._miss(one, row) for one in self._naming.named if not isinstance(one.rule, Exclude)]
        return [self._texts["dropped"], *misses]

    def _say(self, text: str, named: Named | None = None, **values: object) -> str:
        rule = f"{named.rule.rule} '{named.rule.id}'" if named else ""
        return self._texts[text].format(rule=rule, **values)

    def _cell(self, column: str, row: int) -> object:
        return self._naming.table[column][row].as_py()

    def _lines(self, named: Named, row: int) -> list[str]:
        thread_id = str(self._cell("thread_id", row))
        match named.rule:
            case Judgement() as rule:
                chosen = [one for one in rule.threads if one.id == thread_id]
                return [
                    self._say("judgement", named, reason=c.reason, by=c.decided_by, at=c.decided_at) for c in chosen
                ]
            case Mandatory() as rule:
                states = [("removed", rule.removed), ("pinned", rule.pinned)]
                lines = [self._say(name, named) for name, wanted in states if wanted and self._cell(name, row)]
                cases = [link.case for link in rule.case_linked if link.thread == thread_id]
                return lines + [self._say("case", named, case=case) for case in cases]
            case Exclude() as rule:
                listed = [one for one in rule.threads if one.id == thread_id]
                if not listed:
                    return [self._say("kind", named, reason=rule.reason, kind=self._cell("kind", row))]
                return [self._say("exclude", named, reason=one.reason or rule.reason) for one in listed]
            case _:
                return [self._measured(named, row) or self._say("census", named)]

    def _miss(self, named: Named, row: int) -> str:
        return self._measured(named, row) or self._say("not_named", named)

    def _measured(self, named: Named, row: int) -> str:
        """Return the line of a rule that places every thread somewhere, named or not; else nothing."""
        place = 0 if named.places is None else int(named.places[row])
        of = len(self._naming.frame)
        match named.rule:
            case Window():
                return self._window(named, row)
            case Fat() as rule:
                size = self._cell(rule.metric, row) or 0
                text = "fat_threshold" if rule.top_k is None else "fat_top"
                limit = rule.threshold if rule.top_k is None else rule.top_k
                return self._say(
                    text, named, place=place, of=of, metric=self._texts[rule.metric], size=size, limit=limit
                )
            case SimpleRandom():
                return self._say("simple_random", named, place=place, of=of, limit=named.wanted)
            case Systematic() as rule:
                text = "systematic_n" if rule.every_k is None else "systematic_step"
                limit = named.wanted if rule.every_k is None else rule.every_k
                return self._say(text, named, place=place, of=of, limit=limit, first=named.first)
            case _:
                return ""

    def _window(self, named: Named, row: int) -> str:
        if not named.spans:
            return self._say("window_none", named)
        day = self._naming.table["created_at"][row].as_py().astimezone(self._zone).date()
        last = timedelta(days=1)
        spans = ", ".join(f"{s.first_day} {self._texts['to']} {s.end_day - last}" for s in named.spans)
        return self._say("window" if named.mask[row] else "window_miss", named, day=day, spans=spans)
