"""Why a thread was kept, dropped or excluded, in Swedish or English, for the snapshot and for a person who asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.selection.engine import decide, unknown_thread
from urval.selection.telling import Teller
from urval.spec import Exclude

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyarrow as pa

    from urval.periods import Period
    from urval.selection.engine import Decided
    from urval.selection.named import Named
    from urval.selection.phrases import Language
    from urval.spec import Account, ArchiveSpec, OccasionKind


def explain(
    spec: ArchiveSpec,
    account: Account,
    period: Period,
    frame: pa.Table,
    thread_id: str,
    language: Language,
    *,
    kind: OccasionKind = "ordinary",
    added: Collection[str] = (),
    removed: Collection[str] = (),
    supplement: bool = False,
) -> list[str]:
    """Return why one thread was kept, dropped or excluded, a line for each rule that matters.

    Raises:
        ConfigError: The frame has no such thread; and as :func:`urval.selection.select`.
        MalformedError: The frame is none.
    """
    made = decide(spec, account, period, frame, kind=kind, added=added, removed=removed, supplement=supplement)
    return _Words(made, spec.timezone, language).of(thread_id)


def explain_many(
    spec: ArchiveSpec,
    account: Account,
    period: Period,
    frame: pa.Table,
    thread_ids: Iterable[str],
    language: Language,
    *,
    kind: OccasionKind = "ordinary",
    added: Collection[str] = (),
    removed: Collection[str] = (),
    supplement: bool = False,
) -> dict[str, list[str]]:
    """Return the lines of :func:`explain` for many threads; the rules are applied once.

    Of a kept thread: what each rule that named it says, and the review, if a person added it. Of an excluded one: the
    exclusions, then the rules they overruled. Of one that a person took out: that, then the rules it overruled. Of a
    dropped one: that no rule named it, then how far it was from being named.
    """
    made = decide(spec, account, period, frame, kind=kind, added=added, removed=removed, supplement=supplement)
    words = _Words(made, spec.timezone, language)
    return {thread_id: words.of(thread_id) for thread_id in thread_ids}


class _Words:
    def __init__(self, made: Decided, timezone: str, language: Language) -> None:
        self._made = made
        self._teller = Teller(made.frame, timezone, language)
        self._index = {thread_id: index for index, thread_id in enumerate(made.frame.ids.to_pylist())}

    def of(self, thread_id: str) -> list[str]:
        if thread_id not in self._index:
            raise unknown_thread(thread_id)
        row = self._index[thread_id]
        if self._made.excluded[row]:
            return self._excluded(row)
        if self._made.kept[row]:
            return self._kept(row)
        if self._made.reviewed[row]:
            return [self._teller.say("taken_out"), *self._overruled("taken_out_before", row)]
        if self._made.supplement:
            return [self._teller.say("not_added")]
        keeping = [one for one in self._made.named if not isinstance(one.rule, Exclude)]
        return [self._teller.say("dropped"), *self._lines(keeping, row)]

    def _kept(self, row: int) -> list[str]:
        did = [one for one in self._made.named if self._made.effective(one)[row]]
        by_person = [self._teller.say("added")] if self._made.reviewed[row] else []
        return [*self._lines(did, row), *by_person]

    def _excluded(self, row: int) -> list[str]:
        did = [one for one in self._made.named if isinstance(one.rule, Exclude) and one.mask[row]]
        return [*self._lines(did, row), *self._overruled("overruled", row)]

    def _overruled(self, text: str, row: int) -> list[str]:
        named = [one.rule.id for one in self._made.named if one.mask[row] and not isinstance(one.rule, Exclude)]
        return [self._teller.say(text, names=", ".join(named))] if named else []

    def _lines(self, named: Iterable[Named], row: int) -> list[str]:
        return [line for one in named for line in self._teller.lines(one, row)]
