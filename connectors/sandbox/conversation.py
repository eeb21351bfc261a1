"""Threads: what residents say below a post, and what the city answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.sandbox.chance import happens
from connectors.sandbox.model import CityComment, Person
from connectors.sandbox.pictures import SCENES, VARIANTS, Picture
from connectors.sandbox.texts import talk

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from connectors.sandbox.texts import Slots, Topic

_REMOVED, _HIDDEN, _PRIVATE, _FOREIGN, _HOSTILE, _PICTURE = 0.02, 0.035, 0.012, 0.03, 0.012, 0.015
_LARGE, _EVERY, _IN_LARGE = 100, 12, {2: "foreign", 6: "hostile"}  # in large threads each such text turns up
_ON_TOPIC, _SHORT = 0.5, 12  # remarks about the topic; a core this short stands alone
_DEEPEST = 2  # levels below the first; Facebook shows three


def residents(rng: Random, amount: int) -> tuple[Person, ...]:
    """Return made-up people; about one in six did not authorise the app, so that Facebook keeps their names back."""
    words = talk()
    return tuple(
        Person(
            id=str(24_000_000_000_000_000 + number * 7_919_731 + rng.randrange(7_000_000)),
            name=f"{rng.choice(words.first)} {rng.choice(words.last)}",
            named=happens(rng, 0.84),
        )
        for number in range(amount)
    )


class Conversation:
    """Writes one thread. Ids are ``<prefix><running number>``; the caller's numbers rise with time."""

    def __init__(
        self, rng: Random, *, topic: Topic, slots: Slots, people: tuple[Person, ...], begun: datetime, answers: float,
        deepest: int = _DEEPEST,
    ) -> None:  # fmt: skip
        self._rng, self._topic, self._slots, self._people, self._begun = rng, topic, slots, people, begun
        self._answers = answers  # the share of top comments the city answers
        self._deepest = deepest
        self._comments: list[CityComment] = []
        self._questions = list(topic.qa)
        self._says = list(topic.says)
        self._unused: dict[str, list[str]] = {}
        rng.shuffle(self._questions)
        rng.shuffle(self._says)

    def written(self, amount: int) -> tuple[CityComment, ...]:
        """Return ``amount`` comments, oldest first, with temporary ids that name the order of writing."""
        while len(self._comments) < amount:
            lively = [c for c in self._comments[-30:] if c.depth < self._deepest and c.listed]
            kind = _IN_LARGE.get(len(self._comments) % _EVERY) if amount >= _LARGE else None
            if kind:
                self._add(self._drawn(kind), self._someone(), self._begun + self._delay(), moderated=False)
            elif lively and happens(self._rng, 0.36):
                deep = self._deepest > _DEEPEST and happens(self._rng, 0.7)  # so that long chains come about
                self._reply(max(lively, key=lambda c: c.depth) if deep else self._rng.choice(lively))
            else:
                self._opening_comment(room=amount - len(self._comments))
        order = sorted(self._comments, key=lambda c: (c.created_at, int(c.id)))
        return tuple(order)

    def _opening_comment(self, *, room: int) -> None:
        author, when = self._someone(), self._begun + self._delay()
        if self._questions and happens(self._rng, 0.55):
            question, answer = self._questions.pop()
            asked = self._add(self._fill(question, author), author, when, moderated=False)
            if room > 1:
                told = self._slots.fill(answer, fnamn=author.name.split()[0], noun=self._topic.noun)
                self._add(told, None, when + self._work_delay(), parent=asked)
            return
        said = self._add(self._remark(author), author, when)
        if said.listed and room > 1 and self._rng.random() < self._answers:
            told = self._fill(self._drawn("city_replies"), author)
            self._add(told, None, when + self._work_delay(), parent=said)

    def _reply(self, parent: CityComment) -> None:
        author = self._someone()
        earlier = parent.author.name.split()[0] if parent.author else "Exempelstad"
        text = self._slots.fill(self._drawn("replies"), tillnamn=earlier, noun=self._topic.noun)
        if happens(self._rng, 0.3):
            text = self._remark(author)
        self._add(text, author, parent.created_at + self._delay() / 6, parent=parent)

    def _remark(self, author: Person) -> str:
        chance = self._rng.random()
        if chance < _HOSTILE:
            return self._drawn("hostile")  # braces in it are no slots
        if chance < _HOSTILE + _FOREIGN:
            return self._drawn("foreign")
        if self._says and chance < _ON_TOPIC:
            return self._fill(self._says.pop(), author)
        lists = talk().lists
        core = self._drawn("cores")
        opening = self._rng.choice(lists["openings"]) if core[0].islower() and len(core) > _SHORT else ""
        return self._fill(opening + core + self._rng.choice(lists["endings"]), author)

    def _fill(self, text: str, author: Person) -> str:
        first = author.name.split()[0]
        return self._slots.fill(
            text, fnamn=first, fnamn_egen=first, tillnamn=first, noun=self._topic.noun, link=self._topic.link
        )

    def _drawn(self, name: str) -> str:
        """Return a sentence of the list, each once before any comes again."""
        left = self._unused.get(name)
        if not left:
            left = self._unused[name] = list(talk().lists[name])
            self._rng.shuffle(left)
        return left.pop()

    def _add(
        self,
        text: str,
        author: Person | None,
        when: datetime,
        *,
        parent: CityComment | None = None,
        moderated: bool = True,
    ) -> CityComment:
        rng = self._rng
        comment = CityComment(
            id=str(len(self._comments)), parent_id=parent.id if parent else None,
            depth=parent.depth + 1 if parent else 0, author=author, text=text, created_at=when.replace(microsecond=0),
            likes=min(rng.randrange(1, 60), int(rng.expovariate(0.5))), hidden=False, listed=True,
            picture=Picture(rng.choice(sorted(SCENES)), rng.randrange(VARIANTS)) if happens(rng, _PICTURE) else None,
        )  # fmt: skip
        if author is not None and moderated:
            comment = self._moderated(comment)
        self._comments.append(comment)
        return comment

    def _moderated(self, comment: CityComment) -> CityComment:
        chance = self._rng.random()
        if chance < _REMOVED:
            return replace(comment, text=self._slots.fill(self._drawn("removed")), listed=False)
        if chance < _REMOVED + _HIDDEN:
            return replace(comment, text=self._drawn("hidden"), hidden=True)
        if chance < _REMOVED + _HIDDEN + _PRIVATE:
            return replace(comment, listed=False)  # private: its answers stay listed and lack their parent
        return comment

    def _someone(self) -> Person:
        return self._rng.choice(self._people)

    def _delay(self) -> timedelta:
        return timedelta(seconds=60 + self._rng.expovariate(1 / 30_000))

    def _work_delay(self) -> timedelta:
        return timedelta(seconds=240 + self._rng.expovariate(1 / 9_000))
