"""What changed from one wording to the next, word by word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_MOST = 3000  # words of one side that are compared one by one; more are shown as one change


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text: in both wordings, only in the earlier (``del``), or only in the later (``ins``)."""

    kind: Literal["same", "del", "ins"]
    text: str


def differences(earlier: str, later: str) -> list[Piece]:
    """Return the pieces that lead from the earlier wording to the later; joined, they give back both.

    What both begin and end with is set aside first. Where more than 3,000 words are left on a side, the whole middle
    is one change, so that no text takes long.
    """
    old, new = _WORDS.findall(earlier), _WORDS.findall(later)
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    middle = _middle(old[start : len(old) - end], new[start : len(new) - end])
    pieces = [Piece("same", "".join(old[:start])), *middle, Piece("same", "".join(old[len(old) - end :]))]
    return [one for one in pieces if one.text]


def _middle(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > _MOST:
        yield from (Piece("del", "".join(old)), Piece("ins", "".join(new)))
        return
    for kind, a, b, c, d in SequenceMatcher(None, old, new).get_opcodes():
        if kind == "equal":
            yield Piece("same", "".join(old[a:b]))
        else:
            yield from (Piece("del", "".join(old[a:b])), Piece("ins", "".join(new[c:d])))


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count
