"""The times of exports, as aware UTC: each platform writes its own, some exports write several."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from urval.errors import MalformedError

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_X: Final = re.compile(
    r"[A-Z][a-z]{2} (?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}) "
    r"(?P<clock>\d{2}:\d{2}:\d{2}) (?P<zone>[+-]\d{4}) (?P<year>\d{4})",
    re.ASCII,
)
_NUMBER: Final = re.compile(r"-?\d{1,16}(?:\.\d+)?", re.ASCII)
_SECONDS_MOST = 100_000_000_000  # above it lie milliseconds, and below it in seconds the year 5138


def instant_of(value: Any) -> datetime:
    """Return an aware UTC time for Unix seconds or milliseconds (number or text), ISO 8601, or the X form.

    ISO times without a zone are UTC, as the exports that leave it out mean it; a final ``UTC`` may follow.

    Raises:
        MalformedError: It is none of them.
    """
    try:
        if isinstance(value, str):
            return _of_text(value.strip())
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _of_number(value)
    except (ValueError, OverflowError, OSError) as error:
        raise MalformedError(f"{str(value)[:40]!r} is no time") from error
    raise MalformedError(f"{str(value)[:40]!r} is no time")


def _of_number(value: float) -> datetime:
    return datetime.fromtimestamp(value / 1000 if abs(value) > _SECONDS_MOST else value, UTC)


def _of_text(text: str) -> datetime:
    if _NUMBER.fullmatch(text):
        return _of_number(float(text) if "." in text else int(text))
    if found := _X.fullmatch(text):
        month = _MONTHS.index(found["month"]) + 1
        text = f"{found['year']}-{month:02}-{found['day']}T{found['clock']}{found['zone']}"
    moment = datetime.fromisoformat(text.removesuffix("UTC").rstrip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
