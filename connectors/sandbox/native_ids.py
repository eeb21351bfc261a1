"""Ids as each platform writes them, made from a running number and a time; the same input gives the same id."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from connectors.sandbox.answers import mark

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from connectors.sandbox.model import Person

MASTODON_HOST: Final = "social.exempelstad.example"
FEED_HOST: Final = "press.exempelstad.example"
_X_EPOCH, _TWITTER_SHIFT = 1_288_834_974_657, 22  # milliseconds; an X id holds its time
_TID_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
_ACTIVITY: Final = 1_000 << 22  # an activity is younger than its post; LinkedIn's numbers hold their time
_POST, _REPLY = 6_151_727, 7_727  # distances of running numbers, so that ids do not follow one by one


def did(name: str) -> str:
    """Return the decentralised identifier of a made-up account on Bluesky."""
    return "did:plc:" + base64.b32encode(bytes.fromhex(mark("did", name, length=30))).decode().lower()[:24]


def _tid(when: datetime, number: int) -> str:
    """Return a Bluesky record key: microseconds and a clock number in base 32, sorting by time."""
    value = (int(when.timestamp()) * 1_000_000 + number % 1_000_000) << 10 | number % 1024
    signs = []
    for _ in range(13):
        signs.append(_TID_SIGNS[value & 31])
        value >>= 5
    return "".join(reversed(signs))


def _base64_name(length: int, *parts: object) -> str:
    return base64.urlsafe_b64encode(bytes.fromhex(mark(*parts, length=64))).decode()[:length]


def _decimal(first: int, step: int) -> Callable[[int, datetime], str]:
    return lambda number, _when: str(first + number * step)


def _snowflake(number: int, when: datetime) -> str:
    return str(((int(when.timestamp() * 1000) - _X_EPOCH) << _TWITTER_SHIFT) + number * 13 % (1 << _TWITTER_SHIFT))


POST_IDS: Final[dict[str, Callable[[int, datetime], str]]] = {
    "instagram": _decimal(17_912_000_000_000_000, _POST),
    "threads": _decimal(18_040_000_000_000_000, _POST),
    "x": _snowflake,
    "youtube": lambda number, _when: _base64_name(11, "video", number),
    "linkedin": lambda number, when: f"urn:li:{'share' if number % 3 else 'ugcPost'}:{_linkedin_number(number, when)}",
    "tiktok": lambda number, when: str((int(when.timestamp()) << 32) + number * 4_099),
    "mastodon": lambda number, when: str((int(when.timestamp() * 1000) << 16) + number % 65_536),
    "bluesky": lambda number, when: f"at://{did('exempelstad')}/app.bsky.feed.post/{_tid(when, number)}",
    "feed": lambda number, when: f"http://{FEED_HOST}/{when:%Y/%m}/{number}",
}


def _linkedin_number(number: int, when: datetime) -> str:
    return str((int(when.timestamp() * 1000) << 22) + number * 13 % (1 << 22))


def linkedin_activity(post_id: str) -> str:
    """Return the name of the activity that a LinkedIn post made: comments name it, not the post."""
    return f"urn:li:activity:{int(post_id.rpartition(':')[2]) + _ACTIVITY}"


def comment_id(
    platform: str, number: int, when: datetime, post_id: str, parent_id: str | None, who: Person | None
) -> str:
    """Return a comment's id; ``parent_id`` is the native id of the comment it answers, ``who`` None for the account."""
    if platform == "youtube":
        own = _base64_name(22, "reply", number) if parent_id else _base64_name(23, "c", number)
        return f"{parent_id}.{own}" if parent_id else f"Ugx{own}"
    if platform == "linkedin":
        return f"urn:li:comment:({linkedin_activity(post_id)},{_linkedin_number(number * _REPLY, when)})"
    if platform == "bluesky":
        author = did("exempelstad" if who is None else who.id)
        return f"at://{author}/app.bsky.feed.post/{_tid(when, 500_000 + number)}"
    if platform in {"x", "mastodon", "tiktok"}:
        return POST_IDS[platform](1_000 + number * 3, when)
    return str({"instagram": 17_850_000_000_000_000}.get(platform, 18_090_000_000_000_000) + number * _REPLY)
