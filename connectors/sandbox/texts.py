"""The city's words: text material read from ``texts/*.toml``, and the slots that make each text its own.

A :class:`Slots` belongs to one post: within it a place keeps its name, so that question and answer agree. Slots that
begin with ``egen_`` or end in ``2`` are drawn anew for each comment.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

_FOLDER = Path(__file__).parent / "texts"
_DAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni",
    "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip
_OTHERS = {"egen_gata": "gata", "omrade2": "omrade", "skola2": "skola", "gata2": "gata"}


@dataclass(frozen=True, slots=True)
class Topic:
    """What a post can be about, in which months, and what residents ask and say about it."""

    id: str
    noun: str
    months: tuple[int, ...]
    scenes: tuple[str, ...]
    tags: tuple[str, ...]
    link: str
    titles: tuple[str, ...]
    texts: tuple[str, ...]
    more: tuple[str, ...]
    qa: tuple[tuple[str, str], ...]
    says: tuple[str, ...]
    days: tuple[str, str] = ("01-01", "12-31")  # first and last day (MM-DD) it can be written about

    def in_season(self, when: datetime) -> bool:
        """Tell whether the city would write about it then."""
        return when.month in self.months and self.days[0] <= f"{when:%m-%d}" <= self.days[1]


@dataclass(frozen=True, slots=True)
class Talk:
    """Everything that fits any topic: lists of sentences by name, slots, names, and posts in other languages."""

    slots: dict[str, list[str]]
    first: tuple[str, ...]
    last: tuple[str, ...]
    lists: dict[str, list[str]]
    foreign_posts: tuple[dict[str, str], ...]
    leader_posts: tuple[dict[str, str], ...]


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """Return the topics, in the file's order."""
    entries: list[dict[str, Any]] = tomllib.loads((_FOLDER / "topics.toml").read_text(encoding="utf-8"))["topic"]
    return tuple(_topic(entry) for entry in entries)


@lru_cache(maxsize=1)
def talk() -> Talk:
    """Return the sentences that fit any topic."""
    data = tomllib.loads((_FOLDER / "talk.toml").read_text(encoding="utf-8"))
    return Talk(
        slots=data["slots"],
        first=tuple(data["people"]["first"]),
        last=tuple(data["people"]["last"]),
        lists=data["talk"],
        foreign_posts=tuple(data["foreign_post"]),
        leader_posts=tuple(data["leader"]),
    )


def _topic(entry: dict[str, Any]) -> Topic:
    fields: dict[str, Any] = {key: _frozen(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Topic(**fields)


def _frozen(value: list[Any]) -> tuple[Any, ...]:
    return tuple(_frozen(item) if isinstance(item, list) else item for item in value)


class Slots:
    """The names, numbers and days of one post; the same slot gives the same word throughout it."""

    def __init__(self, rng: Random, written_at: datetime) -> None:
        self._rng = rng
        coming = written_at + timedelta(days=rng.randint(3, 12))
        self._known: dict[str, str] = {
            "dag": _DAYS[(written_at + timedelta(days=rng.randint(1, 5))).weekday()],
            "datum": f"{_DAYS[coming.weekday()]} {coming.day} {_MONTHS[coming.month - 1]}",
            "manad_nasta": _MONTHS[written_at.month % 12],
        }

    def fill(self, text: str, **given: str) -> str:
        """Return the text with every slot filled; ``given`` words go before the remembered ones."""
        parts = []
        for literal, name, _, _ in Formatter().parse(text):
            parts.append(literal)
            if name is not None:
                parts.append(given.get(name) or self._word(name))
        filled = "".join(parts)
        return filled[:1].upper() + filled[1:]

    def _word(self, name: str) -> str:
        if name in _OTHERS:
            return self._rng.choice(talk().slots[_OTHERS[name]])
        if name not in self._known:
            self._known[name] = self._rng.choice(talk().slots[name])
        return self._known[name]
