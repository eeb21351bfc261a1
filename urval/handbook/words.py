"""Sentences, lists, numbers and days in the language of a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urval.handbook.words_en import EN
from urval.handbook.words_en_rules import EN_RULES
from urval.handbook.words_sv import SV
from urval.handbook.words_sv_rules import SV_RULES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from urval.handbook.page import Language

TABLES: dict[Language, dict[str, str]] = {"sv": SV | SV_RULES, "en": EN | EN_RULES}
_PLATFORMS = {
    "x": "X",
    "feed": "RSS/Atom",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
    "tiktok": "TikTok",
    "wordpress": "WordPress",
}
_THOUSAND, _KIBI = 1000, 1024
_UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Words:
    """What a page says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._table = TABLES[language]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return a text with its values filled in. Where ``count`` is 1 and there is a text of its own, that."""
        if values.get("count") == 1 and f"{key}.one" in self._table:
            key = f"{key}.one"
        count = values.get("count")
        filled = values | ({"count": self.number(count)} if isinstance(count, int) else {})
        return self._table[key].format(**filled)

    def known(self, key: str, otherwise: str) -> str:
        """Return the text of a key that may be missing, as the name of a platform's own kind."""
        return self._table.get(key, otherwise)

    def number(self, value: int) -> str:
        """Return a whole number with its thousands apart."""
        return f"{value:,}".replace(",", self._table["grouping"])

    def decimal(self, value: float) -> str:
        """Return a number as short as it can be, at most six digits."""
        return f"{value:.6g}".replace(".", self._table["decimal"])

    def percent(self, part: float) -> str:
        """Return a part of one as a number of hundredths."""
        return self.decimal(part * 100)

    def size(self, amount: int) -> str:
        """Return a number of bytes in the unit that fits."""
        value, unit = float(amount), 0
        while value >= _KIBI and unit < len(_UNITS) - 1:
            value, unit = value / _KIBI, unit + 1
        return f"{self.decimal(round(value, 1))}\u00a0{_UNITS[unit]}"

    def day(self, day: date) -> str:
        """Return a date as 5 mars 2026."""
        return f"{self.month_day(day.strftime('%m-%d'))} {day.year}"

    def month_day(self, month_day: str) -> str:
        """Return a day of the year, ``MM-DD``, as 5 mars, which no line breaks."""
        return f"{int(month_day[3:])}\u00a0{self.month(int(month_day[:2]))}"

    def days(self, start: str, end: str) -> str:
        """Return the days from one ``MM-DD`` to another as 2–31 maj."""
        if start[:2] == end[:2] and start <= end:
            return f"{int(start[3:])}–{self.month_day(end)}"
        return self("range", start=self.month_day(start), end=self.month_day(end))

    def ordinal(self, number: int) -> str:
        """Return 21:a or 21st."""
        last = 0 if number % 100 in {11, 12, 13} else number % 10
        if self.language == "sv":
            return f"{number}:{'a' if last in {1, 2} else 'e'}"
        return f"{number}{('th', 'st', 'nd', 'rd')[last] if last <= 3 else 'th'}"  # noqa: PLR2004 - first to third

    def month(self, number: int) -> str:
        """Return the name of a month from 1."""
        return self._table["months"].split()[number - 1]

    def quoted(self, text: str) -> str:
        """Return a text in quotation marks."""
        return f"{self._table['opening']}{text}{self._table['closing']}"

    def ended(self, text: str) -> str:
        """Return a person's own words as the end of a sentence."""
        return text if text.endswith((".", "!", "?", "…")) else f"{text}."

    def listed(self, items: Iterable[str], word: str = "and") -> str:
        """Return items as a list in words."""
        *first, last = items
        return f"{', '.join(first)} {self._table[word]} {last}" if first else last

    def validity(self, start: date | None, end: date | None) -> str:
        """Return from when to when something holds."""
        if start is None and end is None:
            return self("validity.always")
        if start is None:
            return self("validity.to", end=self.day(end)) if end else ""
        if end is None:
            return self("validity.open", start=self.day(start))
        return self("validity.both", start=self.day(start), end=self.day(end))

    def since(self, start: date | None, end: date | None) -> str:
        """Return as :meth:`validity`, without the words until further notice."""
        if start is not None and end is None:
            return self("validity.from", start=self.day(start))
        return self.validity(start, end)

    def platform(self, name: str) -> str:
        """Return the name people know a platform by."""
        return _PLATFORMS.get(name, name.replace("_", " ").capitalize())
