"""What a handbook page is made of: sections of blocks of sentences, each with its sources, and the list of sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Language: TypeAlias = Literal["sv", "en"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence and the keys of its sources, at least one: see :class:`Reference`."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Sentences that belong together, under a heading where they have one. ``name`` is an id of the spec, or empty."""

    sentences: tuple[Sentence, ...]
    heading: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the page; ``id`` is the same in every language."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """Where sentences come from: a ground of the spec, or (numberless) one of the marks every page has.

    ``label`` is what stands in brackets after a sentence.
    """

    key: str
    label: str
    number: int | None
    text: str
    url: str | None
    used: bool

    def split(self) -> tuple[str, str, str]:
        """Return the text before the label in it, the label as it stands there, and the rest; else label and text."""
        place = self.text.casefold().find(self.label.casefold())
        if place < 0 or self.number is None:
            return "", self.label, f": {self.text}"
        end = place + len(self.label)
        return self.text[:place], self.text[place:end], self.text[end:]


@dataclass(frozen=True, slots=True)
class Page:
    """A handbook page. ``unused`` is what the list of sources says of a ground that no sentence rests on."""

    title: str
    lead: str
    language: Language
    contents: str
    sources_title: str
    unused: str
    sections: tuple[Section, ...]
    references: tuple[Reference, ...]

    def label(self, key: str) -> str:
        """Return what stands in brackets for a source."""
        return next(one.label for one in self.references if one.key == key)

    def as_json(self) -> dict[str, Any]:
        """Return the page as plain data."""
        return asdict(self)
