"""Which characters the bundled fonts can show, and what stands for the others in the PDF.

Typst refuses a text with a character that no font covers, and PDF/A and PDF/UA forbid some code points outright. So
every such code point becomes a visible ``[U+XXXX]`` in the PDF, and only there: tables, raw objects and HTML keep the
original, save what HTML itself cannot carry (:func:`html_safe`).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from fontTools.ttLib import TTFont

from urval.manifest import file_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_FONT_ENDINGS = (".ttf", ".otf", ".ttc")
# Order matters: Latin first, so that digits never come from the emoji font; emoji before the monochrome symbols.
_FIRST_FAMILIES = ("Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Color Emoji")
# Default-ignorable characters shape the text without a glyph of their own; Typst takes them without a font.
_IGNORABLE = frozenset({0x00AD, 0x034F, 0x061C, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065),
                        *range(0x2066, 0x206A), *range(0xFE00, 0xFE10), *range(0xE0020, 0xE0080)})  # fmt: skip
_ANY_SCRIPT = frozenset({*range(0x0300, 0x0370), *range(0x1AB0, 0x1B00), *range(0x1DC0, 0x1E00),
                         *range(0x20D0, 0x2100), *range(0xFE20, 0xFE30)})  # fmt: skip
_SPLIT_VOWELS = frozenset({0x0E33, 0x0EB3})  # Thai and Lao AM: letters that shaping splits into a mark and a letter
_WHITE = frozenset({0x09, 0x0A, 0x20, 0xA0, 0x2028, 0x2029, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000})
_HTML_CANNOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LAST = 0x10FFFF
_BYTE_ORDER_MARK = 0xFEFF
_NONCHARACTERS = frozenset({*range(0xFDD0, 0xFDF0), *(plane + end for plane in range(0, _LAST, 0x10000)
                                                    for end in (0xFFFE, 0xFFFF))})  # fmt: skip


@dataclass(frozen=True, slots=True)
class FontSet:
    """The fonts a PDF may use: folders, families in order of preference, digests, and the code points of each font."""

    folders: tuple[str, ...]
    families: tuple[str, ...]
    digests: tuple[tuple[str, str], ...]  # (file name, hex SHA-256), sorted
    coverage: tuple[frozenset[int], ...]


@lru_cache(maxsize=4)
def load_fonts(folders: tuple[Path, ...]) -> FontSet:
    """Read every font file of the folders once. A later folder adds to the earlier ones."""
    files = sorted((path for folder in folders for path in folder.iterdir() if path.suffix in _FONT_ENDINGS),
                   key=lambda path: path.name)  # fmt: skip
    families: dict[str, set[int]] = {}
    for path in files:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            names = font["name"]
            family = names.getDebugName(16) or names.getDebugName(1) or path.stem
            families.setdefault(family, set()).update(font.getBestCmap())
    order = [name for name in _FIRST_FAMILIES if name in families]
    order += sorted(set(families) - set(order))
    return FontSet(
        folders=tuple(str(folder) for folder in folders),
        families=tuple(order),
        digests=tuple((path.name, file_sha256(path)) for path in files),
        coverage=tuple(frozenset(families[name]) for name in order),
    )


def token(text: str) -> str:
    """Return ``[U+XXXX]`` for each code point of the text."""
    return "".join(f"[U+{ord(char):04X}]" for char in text)


def html_safe(text: str) -> str:
    """Return the text with what no HTML document may hold (controls, surrogates, noncharacters) made visible."""
    return _HTML_CANNOT.sub(lambda match: token(match[0]), text)


def _ranges(points: Iterable[int]) -> str:
    """Return a regular expression's character class body for the code points."""
    parts: list[str] = []
    start = last = -2
    for point in [*sorted(points), _LAST + 2]:
        if point != last + 1:
            if start >= 0:
                parts.append(f"\\U{start:08x}-\\U{last:08x}")
            start = point
        last = point
    return "".join(parts)


def _forbidden(point: int) -> bool:
    """Tell whether PDF/A or Unicode rules the code point out, whatever the fonts hold."""
    category = unicodedata.category(chr(point))
    if category in {"Cs", "Co"} or point in _NONCHARACTERS or point == _BYTE_ORDER_MARK:
        return True
    return category == "Cc" and point not in _WHITE


@lru_cache(maxsize=1)
def _tails() -> frozenset[int]:
    """Return the code points that belong to the character before them."""
    marks = {point for point in range(_LAST + 1) if unicodedata.category(chr(point))[0] == "M"}
    return frozenset(marks | _IGNORABLE | _SPLIT_VOWELS)


class Sanitizer:
    """Makes any text showable with a set of fonts, and counts what it replaced."""

    def __init__(self, fonts: FontSet) -> None:
        self._coverage = fonts.coverage
        union = frozenset().union(*fonts.coverage) | _WHITE | _IGNORABLE
        self._allowed = frozenset(point for point in union if not _forbidden(point))
        tail = _tails()
        simple = self._allowed - tail
        self._odd = re.compile(f"[^{_ranges(simple)}]")
        self._clusters = re.compile(f"[^{_ranges(tail)}]?[{_ranges(tail)}]+|[^{_ranges(simple)}]")
        self._seen: dict[str, tuple[str, int]] = {}
        self.replaced = 0

    def __call__(self, text: str) -> str:
        """Return the showable text and add the number of replaced code points to ``replaced``."""
        shown, replaced = self.sanitize(text)
        self.replaced += replaced
        return shown

    def sanitize(self, text: str) -> tuple[str, int]:
        """Return the showable text and the number of code points that became ``[U+XXXX]``."""
        if self._odd.search(text) is None:
            return text, 0
        replaced = 0

        def cluster(match: re.Match[str]) -> str:
            nonlocal replaced
            shown, count = self._cluster(match[0])
            replaced += count
            return shown

        return self._clusters.sub(cluster, text), replaced

    def _cluster(self, cluster: str) -> tuple[str, int]:
        """Judge one base character with the marks that follow it: one font must hold them all."""
        found = self._seen.get(cluster)
        if found is None:
            found = self._judge(cluster)
            if len(self._seen) < 10_000:  # noqa: PLR2004 - hostile texts must not fill the memory
                self._seen[cluster] = found
        return found

    def _judge(self, cluster: str) -> tuple[str, int]:
        base, marks = (cluster[0], cluster[1:])
        if ord(base) not in self._allowed or (ord(base) not in _IGNORABLE and ord(base) in _tails()):
            return token(cluster), len(cluster)  # an orphan mark has nothing to sit on
        needed = {ord(mark) for mark in marks} - _IGNORABLE
        holders = [font for font in self._coverage if ord(base) in font]
        # A vowel sign of one script on another script's base is refused though some font happens to hold both.
        candidates = holders if needed <= _ANY_SCRIPT else holders[:1]
        if not needed or any(needed <= font for font in candidates):
            return cluster, 0
        return base + token(marks), len(marks)
