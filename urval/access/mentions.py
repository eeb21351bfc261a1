"""Finding people's names in a text, and putting their pseudonyms there. Pure.

Names and texts are compared token by token, so that the time taken does not grow with the number of names. A token is a
run of letters and digits, or one other sign; spaces and characters that show as nothing count for nothing.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.records import same_person, shown_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TOKEN = re.compile(r"\w+|[^\w\s]")
_SHORTEST_PART = 3  # letters: a shorter part of a name is too common a word
_GENITIVE = "s"


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]  # its tokens, folded unless ``exact``
    exact: bool
    to: str


class Mentions:
    """The names of one thread's people, each with what stands for it.

    A whole name or handle is found in any case, if it has three letters or more, else as it is written; each part of a
    name of three letters or more as it is written. A Swedish genitive is found too. Names in scripts that put no spaces
    between words are found anywhere. Names of the account itself, and their parts, stay.
    """

    def __init__(self, names: Mapping[str, str], own: Iterable[str]) -> None:
        kept = {same_person(part) for name in own for part in (name, name.lstrip("@"), *name.split())}
        self._by_first: dict[str, list[_Name]] = {}
        self._anywhere: list[tuple[str, str]] = []
        for name, to in names.items():
            plain = _composed(name).strip().lstrip("@")
            if same_person(plain) in kept:
                continue
            self._enter(plain, to, exact=len(plain) < _SHORTEST_PART)
            for part in plain.split():
                if len(part) >= _SHORTEST_PART and part != plain and same_person(part) not in kept:
                    self._enter(part, to, exact=True)
            if any(unicodedata.category(char) == "Lo" for char in plain):
                self._anywhere.append((plain, to))
        for found in self._by_first.values():
            found.sort(key=lambda one: -len(one.words))
        self._anywhere.sort(key=lambda one: -len(one[0]))

    def replaced(self, text: str | None) -> str | None:
        """Return the text with ``[pseudonym]`` for each name; a text without any as it is."""
        if not text or not self._by_first:
            return text
        composed = _composed(text)
        done = self._by_token(composed)
        for name, to in self._anywhere:
            done = done.replace(name, f"[{to}]")
        return text if done == composed else done

    def _enter(self, name: str, to: str, *, exact: bool) -> None:
        words = tuple(word if exact else word.casefold() for _, _, word in _tokens(name))
        if words:
            self._by_first.setdefault(words[0].casefold(), []).append(_Name(words, exact, to))

    def _by_token(self, text: str) -> str:
        tokens, parts, place, end = _tokens(text), [], 0, 0
        while place < len(tokens):
            found = self._at(tokens, place)
            if found is None:
                place += 1
                continue
            start = tokens[place][0] - (tokens[place][0] > end and text[tokens[place][0] - 1] == "@")
            parts += [text[end:start], f"[{found.to}]"]
            place += len(found.words)
            end = tokens[place - 1][1]
        return "".join([*parts, text[end:]])

    def _at(self, tokens: Sequence[tuple[int, int, str]], place: int) -> _Name | None:
        first = tokens[place][2].casefold()
        found: list[_Name] = [*self._by_first.get(first, ()), *self._by_first.get(first.removesuffix(_GENITIVE), ())]
        for name in found:
            there = [word for _, _, word in tokens[place : place + len(name.words)]]
            if not name.exact:
                there = [word.casefold() for word in there]
            *before, last = name.words
            if there[:-1] == before and there[-1:] and there[-1] in {last, last + _GENITIVE}:
                return name
        return None


def _tokens(text: str) -> list[tuple[int, int, str]]:
    """Return start, end and token of all tokens that show."""
    return [(match.start(), match.end(), match[0]) for match in _TOKEN.finditer(text) if shown_part(match[0])]


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)
