"""How text is cut into words and words into stems; the same for what is indexed, asked for, and marked.

A word is a run of letters, digits and ``_``, whatever the script, without regard to case. å, ä and ö are letters of
their own, whether they came composed or not. Stems are Snowball's for Swedish: kommun, kommunen, kommunens are one.
"""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any
from unicodedata import normalize

import pyarrow as pa
import pyarrow.compute as pc
import Stemmer  # type: ignore[import-not-found]  # it comes without types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\w+")
_SHOWN = re.compile(r"(?:\w[\u0300-\u036f]*)+")  # in text as it is shown: letters with marks of their own as well
_LONGEST = 64  # characters of a word that count
_KNOWN = 100_000  # stems that are remembered


class _Stems(threading.local):
    """Remembers stems; a stemmer is no friend of threads, so each has its own."""

    def __init__(self) -> None:
        self.known = _Known()
        self.pieces = _Pieces(self.known)


class _Known(dict[str, str]):
    def __init__(self) -> None:
        super().__init__()
        self._stemmer = Stemmer.Stemmer("swedish", 0)  # 0: remembers nothing itself

    def __missing__(self, word: str) -> str:
        stem: str = self._stemmer.stemWord(word[:_LONGEST])
        if len(self) < _KNOWN and len(word) <= _LONGEST:
            self[word] = stem
        return stem


class _Pieces(dict[str, str]):
    """The stems of what stands between spaces, with its quotation marks, commas and so on."""

    def __init__(self, known: _Known) -> None:
        super().__init__()
        self._known = known

    def __missing__(self, piece: str) -> str:
        stems = " ".join([self._known[word] for word in _WORD.findall(_folded(piece))])
        if len(self) < _KNOWN and len(piece) <= _LONGEST:
            self[piece] = stems
        return stems


_STEMS = _Stems()


def words_of(text: str) -> list[str]:
    """Return the words of a text, folded."""
    return _WORD.findall(_folded(text))


def stems_of(text: str) -> list[str]:
    """Return the stems of a text's words, in order."""
    known = _STEMS.known
    return [known[word] for word in _WORD.findall(_folded(text))]


def stemmed(texts: Iterable[str]) -> list[str]:
    """Return the stems of many texts, those of each with spaces between them; as :func:`stems_of`, but quicker.

    Arrow cuts the texts at their spaces; what stands between is looked at once, however often it occurs.
    """
    compute: Any = pc  # its type stubs take what it gives for something else
    pieces = compute.utf8_split_whitespace(pa.array(texts, pa.string()))
    encoded = pieces.flatten().dictionary_encode()
    known = _STEMS.pieces
    stems = pa.array([known[piece] for piece in encoded.dictionary.to_pylist()], pa.string())
    listed = pa.ListArray.from_arrays(pieces.offsets, stems.take(encoded.indices))
    joined: list[str] = compute.binary_join(listed, " ").to_pylist()
    return joined


def spans_of(text: str) -> Iterator[tuple[int, int, list[str]]]:
    """Yield (start, end, stems) of the words of a text as it is shown; one run may hold several words."""
    for found in _SHOWN.finditer(text):
        yield found.start(), found.end(), stems_of(found[0])


def _folded(text: str) -> str:
    if text.isascii():
        return text.lower()
    return normalize("NFC", text).casefold()
