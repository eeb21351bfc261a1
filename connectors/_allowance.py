"""What an answer's headers say about the platform's allowance: how much is used, and when more is given. Pure.

Meta counts in percent (``X-Business-Use-Case-Usage``, ``X-App-Usage``); X, Mastodon and Bluesky in calls left and the
time at which the count starts anew: Unix seconds, or ISO 8601 on Mastodon (platforms.md and open-platforms.md, "Rate").
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

_RESETS = ("x-rate-limit-reset", "x-ratelimit-reset", "ratelimit-reset")
_LEFT = ("x-rate-limit-remaining", "x-ratelimit-remaining", "ratelimit-remaining")


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of the allowance is used: percent of the scarcest, minutes to regain access (0: not told)."""

    percent: int = 0
    regain_minutes: int = 0


class _UsageEntry(msgspec.Struct):
    call_count: float = 0
    total_cputime: float = 0
    total_time: float = 0
    estimated_time_to_regain_access: float = 0


def usage_of(headers: Mapping[str, str]) -> Usage:
    """Read Meta's usage headers (lower-case names); a header that cannot be read counts as not there."""
    entries: list[_UsageEntry] = []
    try:
        if text := headers.get("x-business-use-case-usage"):
            for listed in msgspec.json.decode(text, type=dict[str, list[_UsageEntry]]).values():
                entries += listed
        if text := headers.get("x-app-usage"):
            entries.append(msgspec.json.decode(text, type=_UsageEntry))
    except msgspec.DecodeError:
        return Usage()
    percent = max((max(e.call_count, e.total_cputime, e.total_time) for e in entries), default=0)
    return Usage(int(percent), int(max((e.estimated_time_to_regain_access for e in entries), default=0)))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (a number or an HTTP date), or None."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def reset_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds until the count of calls starts anew, as the headers tell it, or None."""
    text = next((headers[name].strip() for name in _RESETS if name in headers), "")
    try:
        when = datetime.fromtimestamp(int(text), UTC) if text.isdecimal() else datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())


def used_up(headers: Mapping[str, str]) -> bool:
    """Tell whether the headers say that no call is left."""
    return next((headers[name].strip() for name in _LEFT if name in headers), "") == "0"


def until_midnight(zone: str, now: datetime) -> float:
    """Return the seconds from now to the next midnight in a time zone."""
    local = now.astimezone(ZoneInfo(zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight.astimezone(UTC) - now).total_seconds()
