"""A piece of a text around the words that were found, with those words told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict

from urval.reading_room.index.words import spans_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from urval.reading_room.index import Term

LENGTH: Final = 320  # characters
_BEFORE: Final = 80  # of them before the first word found
_SEARCHED: Final = 200_000  # characters of a text that are looked through
_WORD: Final = 24  # characters by which a cut may move to the edge of a word


class Piece(BaseModel):
    """A stretch of text; ``found``: it is a word that was asked for."""

    model_config = ConfigDict(frozen=True)

    text: str
    found: bool = False


def snippet(text: str, terms: Sequence[Term], *, length: int = LENGTH) -> list[Piece]:
    """Return a piece of a text around the first word found, or its beginning; "…" stands where it was cut."""
    found = found_in(text[:_SEARCHED], terms)
    start = _edge(text, max(0, found[0][0] - _BEFORE)) if found and found[0][1] > length else 0
    end = _edge(text, start + length) if start + length < len(text) else len(text)
    pieces, at = [Piece(text="…")] if start else [], start
    for first, last in found:
        if first < at or last > end:
            continue
        pieces += [Piece(text=text[at:first])] if first > at else []
        pieces.append(Piece(text=text[first:last], found=True))
        at = last
    pieces += [Piece(text=text[at:end])] if end > at else []
    return [*pieces, Piece(text="…")] if end < len(text) else pieces


def found_in(text: str, terms: Iterable[Term]) -> list[tuple[int, int]]:
    """Return (start, end) of the words of a text that were asked for; of a phrase, each of its words."""
    wanted = [term for term in terms if term.wanted]
    if not wanted:
        return []
    stems = {stem for term in wanted for stem in term.stems}
    begins = tuple(term.begins for term in wanted if term.begins)
    return [
        (start, end)
        for start, end, own in spans_of(text)
        if not stems.isdisjoint(own) or (begins and any(word.startswith(begins) for word in words_of(text[start:end])))
    ]


def _edge(text: str, at: int) -> int:
    """Return a place at the edge of a word, near and not before ``at`` less a word."""
    if at <= 0 or at >= len(text):
        return max(0, min(at, len(text)))
    before = max(text.rfind(gap, max(0, at - _WORD), at) for gap in (" ", "\n"))
    return before + 1 if before >= 0 else at
