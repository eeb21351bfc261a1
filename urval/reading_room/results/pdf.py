"""A list of results as PDF/A-2a and PDF/UA-1, for the minutes. Set by Typst, with the fonts of the packages."""

from __future__ import annotations

import unicodedata
from datetime import UTC
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any, Final

from urval.reading_room.faults import UnavailableError
from urval.verify.typesetting import SettingError, typesetter

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.reading_room.results.listing import Listing

MOST_SET: Final = 1_000  # rows: more makes hundreds of pages that nobody prints
_LONGEST: Final = 6_000  # characters of one text
_TEMPLATE: Final = files("urval") / "reading_room" / "results" / "sheet.typ"
_FONTS: Final = (
    "Noto Sans", "Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil",
    "Noto Sans Thai", "Noto Sans Ethiopic", "Noto Sans Georgian", "Noto Sans Armenian", "Noto Sans Symbols",
    "Noto Sans Symbols 2", "Noto Sans Math", "Noto Color Emoji",
)  # fmt: skip
_AS_PICTURE: Final = "\ufe0f"  # says only that the character before it is a picture
_LATIN: Final = range(0x20, 0x250)


def as_pdf(listing: Listing, words: dict[str, str], facts: Callable[[Any], str], language: str) -> bytes:
    """Return a list as PDF; what the fonts lack is shown as ``[U+XXXX]``.

    Args:
        listing: The list; at most 1,000 rows of it are set, and the page says so.
        words: title, footer, notice (empty: none), and the terms of what was asked, in the language.
        facts: Gives the line of facts of a row.
        language: ``sv`` or ``en``.

    Raises:
        ConfigError: Typst is not installed.
        UnavailableError: Typst refuses to set the list.
    """
    set_it = typesetter("A list as PDF")
    refusal: Exception | None = None
    for shown in (_held_by_fonts(), frozenset(_LATIN)):
        try:
            return set_it(_TEMPLATE, _data(listing, words, facts, language, shown))
        except SettingError as error:
            refusal = error
    raise UnavailableError(
        "the list cannot be set as PDF", next_step="Take it as CSV, and report this fault."
    ) from refusal


def _data(
    listing: Listing, words: dict[str, str], facts: Callable[[Any], str], language: str, shown: frozenset[int]
) -> dict[str, Any]:
    at = listing.made_at.astimezone(UTC)
    return {
        "lang": language, "fonts": list(_FONTS), "words": {key: _safe(value, shown) for key, value in words.items()},
        "date": [at.year, at.month, at.day, at.hour, at.minute, at.second],
        "about": [[_safe(name, shown), _safe(value, shown)] for name, value in listing.asked],
        "notice": _safe(words["notice"], shown),
        "rows": [
            {
                "head": _safe(row.author or "–", shown),
                "facts": _safe(facts(row), shown),
                "text": _lines(row.text, shown),
                "source": _safe(f"{row.package_id} · {row.thread_id} · {row.item_id}", shown),
            }
            for row in listing.rows[:MOST_SET]
        ],
    }  # fmt: skip


def _lines(text: str, shown: frozenset[int]) -> list[dict[str, Any]]:
    cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} […]"
    return [{"words": _safe(line, shown), "rtl": _right_to_left(line)} for line in cut.splitlines() if line.strip()]


def _right_to_left(line: str) -> bool:
    strong = (unicodedata.bidirectional(char) for char in line)
    return next((kind for kind in strong if kind in {"L", "R", "AL"}), "L") != "L"


def _safe(text: str, shown: frozenset[int]) -> str:
    seen = text.replace(_AS_PICTURE, "")
    return "".join(char if ord(char) in shown else f"[U+{ord(char):04X}]" for char in seen)


@cache
def _held_by_fonts() -> frozenset[int]:
    """Return the code points that the fonts show; controls, marks of direction among them, are shown as code."""
    try:
        from fontTools.ttLib import TTFont  # noqa: PLC0415 - only the extra "verify" has it
    except ModuleNotFoundError:
        return frozenset(_LATIN)
    held: set[int] = set()
    for font in (files("urval") / "package" / "fonts").iterdir():
        if font.name.endswith(".ttf"):
            with as_file(font) as path, TTFont(path, lazy=True) as read:
                held |= set(read.getBestCmap())
    return frozenset(point for point in held if unicodedata.category(chr(point)) not in {"Cc", "Cf", "Cn", "Co", "Cs"})
