"""Local times as forms give them: without a zone, which the page says."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from urval.errors import ConfigError


class HourTwiceError(ConfigError):
    """The local time comes twice, when summer time ends: a person must say which of the two is meant."""


def local_moment(text: str, timezone: str, fold: str = "") -> datetime:
    """Return a local time as an aware time in that zone.

    Args:
        text: As a form's ``datetime-local`` gives it: ``2026-09-03T14:05``; one with a zone of its own will do too.
        timezone: An IANA name.
        fold: Of an hour that comes twice, ``first`` (summer time) or ``second``.

    Raises:
        ConfigError: It is no time, or one that was left out when summer time began.
        HourTwiceError: It comes twice, and ``fold`` does not say which.
    """
    try:
        given = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise ConfigError(f"{text[:60]!r} is no time", next_step="Write it as 2026-09-03T14:05.") from error
    if given.tzinfo is not None:
        return given
    zone = ZoneInfo(timezone)
    first, second = given.replace(tzinfo=zone, fold=0), given.replace(tzinfo=zone, fold=1)
    try:
        if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != given:
            raise ConfigError(
                f"there was no {given:%H:%M} on {given:%Y-%m-%d}: summer time began", next_step="Correct the time."
            )
    except OverflowError as error:
        raise ConfigError(f"{text[:60]!r} is no time", next_step="Correct the year.") from error
    if first.utcoffset() == second.utcoffset():
        return first
    if fold not in {"first", "second"}:
        raise HourTwiceError(
            f"{given:%H:%M} came twice on {given:%Y-%m-%d}: summer time ended", next_step="Say which of the two."
        )
    return second if fold == "second" else first
