"""What ``urval spec diff`` says: two specs compared, alone and by what they keep of the last captures in a store."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from urval.errors import MalformedError, UrvalError
from urval.handbook import Effect, Words, changes, effect, effect_lines, wrapped
from urval.periods import Occasion, make_period
from urval.records import FRAME_SCHEMA
from urval.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.handbook import Change, Language
    from urval.spec import ArchiveSpec
    from urval.store import Store

_PARTS = 6  # captures/<archive>/<account>/<period>/<capture>/capture.json


@dataclass(frozen=True, slots=True)
class Captured:
    """The frame of a capture, and the occasion it was made for."""

    occasion: Occasion
    frame: pa.Table


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two specs compared. ``effects`` has for each account the effect, or the sentence that says why there is none."""

    changes: tuple[Change, ...]
    effects: dict[str, Effect | str]
    with_store: bool

    def as_json(self) -> dict[str, Any]:
        """Return the comparison as plain data."""
        effects = [
            {"account": account, "refused": made} if isinstance(made, str) else _plain(made)
            for account, made in self.effects.items()
        ]
        return {"changes": [asdict(one) for one in self.changes], "effects": effects}


def compare(
    old: ArchiveSpec, new: ArchiveSpec, store: str | None, account: str | None, language: Language
) -> Comparison:
    """Compare two specs; with a store also by the newest capture of each account that both have.

    Raises:
        ConfigError: The account that was asked for is in neither spec, or the store's name is none.
        StoreError: There is no such store, or it cannot be read.
    """
    words = Words(language)
    ids = [{one.id for one in spec.accounts} for spec in (old, new)]
    if account is not None and account not in ids[0] | ids[1]:
        new.account(account)  # tells which there are
    effects: dict[str, Effect | str] = {}
    held = open_store(store, must_exist=True) if store else None
    for one in sorted(ids[0] | ids[1]) if held is not None else ():
        if account not in {None, one}:
            continue
        if one not in ids[0] & ids[1]:
            which = old if one in ids[0] else new
            effects[one] = words("effects.only", account=one, which=f"{which.id} {which.version}")
        elif held is not None:
            effects[one] = _effect(old, new, one, held, words)
    return Comparison(changes(old, new, language), effects, held is not None)


def lines(made: Comparison, old: ArchiveSpec, new: ArchiveSpec, language: Language) -> Iterator[str]:
    """Yield the comparison in words, at most 100 columns wide."""
    words = Words(language)
    yield from wrapped(words("diff.title", a=f"{old.id} {old.version}", b=f"{new.id} {new.version}"), "")
    yield ""
    if not made.changes:
        yield from wrapped(words("diff.same"))
    for one in made.changes:
        yield from wrapped(one.sentence, hanging="  ")
        for key, text in (("before", one.before), ("now", one.now)):
            if text:
                yield from wrapped(words(f"diff.{key}", text=text), "    ", "  ")
    yield ""
    if not made.with_store:
        yield from wrapped(words("effects.no_store"), "")
        return
    yield words("effects.heading")
    for told in made.effects.values():
        yield ""
        first, *more = [told] if isinstance(told, str) else list(effect_lines(told, language))
        yield from wrapped(first, hanging="  ")
        for line in more:
            yield from wrapped(line, "    ", "  ")


def _effect(old: ArchiveSpec, new: ArchiveSpec, account: str, store: Store, words: Words) -> Effect | str:
    try:
        captured = newest(store, old.archive.id, account, old.timezone)
        if captured is None:
            return words("effects.no_capture", account=account)
        return effect(old, new, account, captured.occasion, captured.frame)
    except UrvalError as error:
        return words("effects.refused", account=account, why=error.message)


def newest(store: Store, archive: str, account: str, timezone: str) -> Captured | None:
    """Return the frame of an account's newest capture in a store; of two of one period, the one made last.

    Raises:
        MalformedError: What the store holds there is no capture.
    """
    keys = [key for key in store.keys(f"captures/{archive}/{account}") if key.endswith("/capture.json")]
    keys = [key for key in keys if len(key.split("/")) == _PARTS]
    if not keys:
        return None
    last = max(key.split("/")[3].partition("--")[2] for key in keys)
    of_last = [key for key in keys if key.split("/")[3].endswith(f"--{last}")]
    found = [(_document(store, key), key.removesuffix("capture.json")) for key in of_last]
    document, prefix = max(found, key=lambda one: (str(one[0].get("started_at")), one[1]))
    return Captured(_occasion(document, timezone), _frame(store, prefix))


def _document(store: Store, key: str) -> dict[str, Any]:
    try:
        document = json.loads(store.get(key))
    except ValueError as error:
        raise MalformedError(f"{key} is not JSON.", next_step="Restore the capture from another copy.") from error
    if not isinstance(document, dict):
        raise MalformedError(f"{key} is no capture.", next_step="Restore the capture from another copy.")
    return document


def _occasion(document: dict[str, Any], timezone: str) -> Occasion:
    try:
        first, _, end = str(document["period_id"]).partition("--")
        period = make_period(date.fromisoformat(first), date.fromisoformat(end), timezone)
        return Occasion(str(document["occasion_id"]), period.end_day, period.end_day, period)
    except (KeyError, ValueError) as error:
        text = "The capture does not say which occasion and period it is of."
        raise MalformedError(text, next_step="Restore it from another copy.") from error


def _frame(store: Store, prefix: str) -> pa.Table:
    try:
        return pq.read_table(io.BytesIO(store.get(f"{prefix}records/frame.parquet")), schema=FRAME_SCHEMA)
    except (pa.ArrowException, ValueError, OSError) as error:
        text = f"The frame of the capture {prefix} cannot be read."
        raise MalformedError(text, next_step="Restore it from another copy, or capture again.") from error


def _plain(one: Effect) -> dict[str, Any]:
    return {**asdict(one), "day": one.day.isoformat()}
