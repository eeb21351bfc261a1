"""Where each sentence comes from: the grounds of the spec, and the marks that every page has."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from urval.handbook.page import Reference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from urval.handbook.words import Words
    from urval.spec import ArchiveSpec, Ground

# Keys that no ground has, as an id begins with a letter or a digit.
OWN, SPEC, DECISION, REGISTER, PROGRAM = "@own", "@spec", "@decision", "@register", "@program"
_OWN_CHOICE = ("eget-val", "own-choice")  # a ground whose id begins so explains a choice of whoever wrote the spec


def resolved(source: Iterable[str]) -> tuple[str, ...]:
    """Return the keys of a part's sources: its own, or that it is a choice of whoever wrote the spec."""
    return tuple(dict.fromkeys(source)) or (OWN,)


def outside(source: Iterable[str]) -> tuple[str, ...]:
    """Return the sources less the explanations of own choices, where others remain."""
    known = tuple(dict.fromkeys(source))
    return tuple(key for key in known if not key.startswith(_OWN_CHOICE)) or known or (OWN,)


def references(spec: ArchiveSpec, words: Words, used: Collection[str], sha256: str) -> tuple[Reference, ...]:
    """Return the numbered grounds of the spec in its order, then the marks that the page uses."""
    numbered = [
        Reference(ground.id or f"@{number}", _label(ground), number, ground.text, ground.url, ground.id in used)
        for number, ground in enumerate(spec.grounds, 1)
    ]
    marks = [key for key in (OWN, SPEC, DECISION, REGISTER, PROGRAM) if key in used]
    return (*numbered, *(_mark(spec, words, key, sha256) for key in marks))


def _mark(spec: ArchiveSpec, words: Words, key: str, sha256: str) -> Reference:
    name, decision = key.removeprefix("@"), spec.decision
    digest = words("digest", sha256=sha256) if sha256 else ""
    values: dict[str, object] = {"id": spec.id, "version": spec.version, "digest": digest}
    if decision is not None:
        values |= {"authority": decision.authority, "reference": decision.reference, "date": words.day(decision.date)}
    text = words(f"mark_text.{name}", **values)
    return Reference(key, words(f"mark.{name}"), None, text, None, used=True)


def _label(ground: Ground) -> str:
    """Return what stands in brackets: the words of the ground's text that its id is made of, else the id as words.

    Of the id ``om-att-arkivera`` and a text that holds "Om att arkivera sociala medier" these are "Om att arkivera".
    """
    if ground.id is None:
        return ground.text
    plain = "".join(_folded(char) for char in ground.text)
    slots = [place for place, char in enumerate(ground.text) for _ in _folded(char)]  # where each folded letter stood
    words = plain.replace("-", " ").split()
    wanted = ground.id.split("-")
    for first in range(len(words) - len(wanted) + 1):
        if words[first : first + len(wanted)] == wanted:
            begin, end = _reach(plain, first, len(wanted))
            return _capital(ground.text[slots[begin] : slots[end - 1] + 1])
    return _capital(ground.id.replace("-", " "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _folded(char: str) -> str:
    """Return a letter as ids have it; anything that is no letter or digit is a hyphen, an accent of its own nothing."""
    if unicodedata.combining(char):
        return ""
    letters = unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode().lower()
    return "".join(one if one.isalnum() else "-" for one in letters) or "-"


def _reach(plain: str, first: int, count: int) -> tuple[int, int]:
    """Return where the words from number ``first`` on begin and end in a folded text."""
    spans, begin = [], None
    for place, char in enumerate(f"{plain}-"):
        if char == "-" and begin is not None:
            spans.append((begin, place))
            begin = None
        elif char != "-" and begin is None:
            begin = place
    return spans[first][0], spans[first + count - 1][1]
