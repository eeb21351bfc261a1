"""How times, numbers, sizes and digests are written, in Swedish and English."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Callable

    from urval.reading_room.room import Language

_UNITS = ("byte", "kB", "MB", "GB", "TB")
_THOUSAND = 1000
_SHORT = 12


def filters(language: Language, timezone: str) -> dict[str, Callable[..., Any]]:
    """Return the filters of the templates: ``moment``, ``day``, ``number``, ``size``, ``digest``."""
    locale = "sv_SE" if language == "sv" else "en_GB"
    zone = ZoneInfo(timezone)

    def moment(at: datetime | None) -> Markup:
        if at is None:
            return Markup("–")
        told = format_datetime(at.astimezone(zone), "d MMM yyyy HH:mm", locale=locale)
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), told)

    def day(at: date | datetime | str | None) -> Markup:
        if at is None:
            return Markup("–")
        if isinstance(at, str):
            at = date.fromisoformat(at)
        local = at.astimezone(zone).date() if isinstance(at, datetime) else at
        told = format_date(local, "d MMM yyyy", locale=locale)
        return Markup('<time datetime="{}">{}</time>').format(local.isoformat(), told)

    def number(value: float | None) -> str:
        return "–" if value is None else format_decimal(value, locale=locale)

    def size(value: int | None) -> str:
        if value is None:
            return "–"
        amount, unit = float(value), 0
        while amount >= _THOUSAND and unit < len(_UNITS) - 1:
            amount, unit = amount / _THOUSAND, unit + 1
        return f"{format_decimal(round(amount, 1 if unit > 1 else 0), locale=locale)} {_UNITS[unit]}"

    return {"moment": moment, "day": day, "number": number, "size": size, "digest": digest}


def digest(value: str | None) -> Markup:
    """Return the beginning of a digest, all of it on being pointed at or copied from the title."""
    if not value:
        return Markup("–")
    return Markup('<code class="digest" title="{}">{}…</code>').format(value, escape(value[:_SHORT]))
