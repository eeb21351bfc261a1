"""Names of people, compared: what shows alike is one person."""

from __future__ import annotations

import unicodedata

# What is drawn as nothing and is no format character (Unicode's Default_Ignorable_Code_Point, less category Cf).
_UNSEEN = frozenset(
    [0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2065, 0x3164, 0xFFA0, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10),
     *range(0xE0000, 0xE1000)]
)  # fmt: skip


def shown_part(text: str) -> str:
    """Return a text without the characters that show as nothing."""
    return "".join(char for char in text if unicodedata.category(char) != "Cf" and ord(char) not in _UNSEEN)


def same_person(name: str) -> str:
    """Return a name for comparing: spellings that differ in case, spaces or unseen characters only are one person."""
    return " ".join(shown_part(unicodedata.normalize("NFKC", shown_part(name))).casefold().split())
