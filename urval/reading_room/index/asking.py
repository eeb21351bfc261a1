"""What is asked of the words: a small language of its own, turned into FTS5's with everything quoted.

Words must all occur, in any inflection; "so many words" in this order; ``komm*`` what begins so; ``-word`` not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from urval.reading_room.index.words import stems_of, words_of

_TERM = re.compile(r'(-?)(?:"([^"]*)"?|(\S+))')
_SHORTEST = 3  # letters that must be there before *


@dataclass(frozen=True, slots=True)
class Term:
    """One word or phrase as stems; ``begins`` is the folded beginning where it ended with ``*``."""

    stems: tuple[str, ...]
    begins: str = ""
    wanted: bool = True

    def expression(self) -> str:
        """Return it in FTS5's language; it holds letters, digits, ``_`` and what is written here, nothing else."""
        phrase = f'words : "{" ".join(self.stems)}"'
        return f'({phrase} OR words : "{self.begins}" *)' if self.begins else phrase

    def covers(self, stem: str, word: str) -> bool:
        """Tell whether a word of a text, or one in a phrase, is what was asked for."""
        return stem in self.stems or (bool(self.begins) and word.startswith(self.begins))


def terms_of(asked: str) -> tuple[Term, ...]:
    """Return the terms of what was asked; what holds no word is left out."""
    found = []
    for minus, phrase, word in _TERM.findall(asked):
        stems = tuple(stems_of(phrase or word))
        if stems:
            found.append(Term(stems, _beginning(word), wanted=not minus))
    return tuple(found)


def _beginning(word: str) -> str:
    words = words_of(word)
    return words[0] if word.endswith("*") and len(words) == 1 and len(words[0]) >= _SHORTEST else ""


def expression(terms: tuple[Term, ...], marks: list[list[str]], *, everything: list[str]) -> str:
    """Return the whole in FTS5's language; empty where nothing narrows the search.

    Args:
        terms: The words.
        marks: Groups of marks; an item must have one of each group.
        everything: Marks of which each item has one: from what is taken away, where nothing else is asked for.
    """
    wanted = [term.expression() for term in terms if term.wanted]
    wanted += [f"({_any(group)})" for group in marks]
    unwanted = [term.expression() for term in terms if not term.wanted]
    if unwanted and not wanted:
        wanted = [f"({_any(everything)})"]
    if not wanted:
        return ""
    told = " AND ".join(wanted)
    return f"({told}) NOT ({' OR '.join(unwanted)})" if unwanted else told


def _any(group: list[str]) -> str:
    return " OR ".join(f'marks : "{mark}"' for mark in group)
