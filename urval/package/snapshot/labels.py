"""Every word the snapshot itself says, in Swedish and English; numbers and times written as each language does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from urval.package.snapshot.words_en import EN
from urval.package.snapshot.words_sv import SV

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from urval.package.snapshot.view import Language

WORDS: dict[str, dict[str, str]] = {"sv": SV, "en": EN}


class Labels:
    """The words of one language, and the ways it writes numbers, days and times in one time zone."""

    def __init__(self, language: Language, timezone: str) -> None:
        self.language = language
        self.words: Mapping[str, str] = WORDS[language]
        self._zone = ZoneInfo(timezone)
        self._months = self.words["months"].split()

    def __getitem__(self, key: str) -> str:
        """Return the words of a key; a missing key is a programming error."""
        return self.words[key]

    def coded(self, prefix: str, code: str) -> str:
        """Return the words of a code (``kind.photo``), or the code itself where a platform has its own."""
        return self.words.get(f"{prefix}.{code.lower()}", code)

    def say(self, key: str, **values: object) -> str:
        """Return a sentence with its values in place. Values are put in as they are, never read as a pattern."""
        return self.words[key].format(**values)

    def number(self, value: int) -> str:
        """Return a whole number with the language's grouping."""
        return f"{value:,}".replace(",", self.words["grouping"])

    def counted(self, word: str, count: int) -> str:
        """Return a number with its word, as in ``1 reaktion`` or ``12 reaktioner``."""
        return f"{self.number(count)} {self.words[f'{word}_one' if count == 1 else word]}"

    def day(self, moment: datetime) -> str:
        """Return the local day, as in ``14 mars 2026``."""
        local = moment.astimezone(self._zone)
        return f"{local.day} {self._months[local.month - 1]} {local.year}"

    def time(self, moment: datetime) -> str:
        """Return local day and minute with the offset from UTC."""
        local = moment.astimezone(self._zone)
        return f"{self.day(moment)} {self.words['at']} {local:%H:%M} ({_offset(local)})"

    def machine_time(self, moment: datetime) -> str:
        """Return ISO 8601 with the local offset, for machines and for those who compare."""
        return moment.astimezone(self._zone).isoformat(timespec="seconds")

    def span(self, start: datetime, end: datetime) -> str:
        """Return a half-open period as first and last day, with times where they are not midnight."""
        last = end.astimezone(self._zone)
        if (last.hour, last.minute, last.second, last.microsecond) == (0, 0, 0, 0):
            return f"{self.day(start)} – {self.day(end - timedelta(microseconds=1))}"
        return f"{self.time(start)} – {self.time(end)}"


def _offset(local: datetime) -> str:
    text = f"{local:%z}"
    return f"UTC{text[:3]}:{text[3:5]}"
