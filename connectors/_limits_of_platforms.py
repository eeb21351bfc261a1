"""What each platform allows and costs, and how its threads turn into calls. Facts only; forecasts are in ``_cost``.

Sources: the platforms' own pages as of 22 November 2026 (each connector's docstring names them). X: pricing of 16 April
2026. YouTube: 10,000 units a day and project, midnight Pacific. Mastodon: the server's rack_attack.rb. Bluesky: the
reference PDS. LinkedIn: the development tier's 500 calls a day are second-hand. Meta publishes a formula, no number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors._cost import Allowance, Conversation, Limits
from connectors.x import PRICES_USD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors._cost import ThreadSize

_META = (
    "Meta's limit grows with how many people see the account (4800 calls for each in 24 hours) and is not published in "
    "numbers"
)
_NONE = "no limit is published"


def _has_comments(thread: ThreadSize) -> bool:
    return bool(thread.comments or thread.counted)


def _named(kind: str) -> Callable[[ThreadSize], int]:
    return lambda thread: thread.media.count(kind)


LIMITS: Final[Mapping[str, Limits]] = {
    "facebook": Limits(conversation=Conversation(inline=25, asked=lambda one: one.comments > 25), words=_META),  # noqa: PLR2004 - what comes with the post
    "instagram": Limits(
        conversation=Conversation(flat=False, inline_answers=50, asked=lambda one: one.kind != "story"), words=_META
    ),
    "threads": Limits(conversation=Conversation(asked=_has_comments), words=_META),
    "x": Limits(
        conversation=Conversation(
            asked=lambda one: one.kind not in {"share", "reply"}, beside=1, history=lambda one: one.versions
        ),
        words="search: 300 calls in 15 minutes; every post and user returned costs money, once a day",
        allowances=(
            Allowance(calls=300, seconds=900, endpoints=("comments",)),
            Allowance(calls=900, seconds=900, endpoints=("posts",)),
        ),
        prices={"post": PRICES_USD["post"], "user": PRICES_USD["user"]},
    ),
    "youtube": Limits(
        conversation=Conversation(flat=False, inline_answers=5, once=lambda one: one.counted is None),
        words="10,000 units a day for all that the project reads, a unit a call, from midnight Pacific time",
        units_per_day=10_000,
        resets="America/Los_Angeles",
    ),
    "linkedin": Limits(
        conversation=Conversation(
            asked=_has_comments, flat=False, inline_answers=0,
            asks={"images": _named("image"), "videos": _named("video"), "documents": _named("file")},
        ),
        words="the daily quota of an approved app is not published; it starts anew at midnight UTC",
        small_app=500,
    ),
    "tiktok": Limits(
        conversation=Conversation(flat=False, inline_answers=3), words="the interface publishes no number of calls"
    ),
    "mastodon": Limits(
        conversation=Conversation(asked=lambda one: one.kind not in {"share", "reply"}),
        words="300 calls in 5 minutes with a token, and 300 pages of posts in 15 minutes",
        allowances=(Allowance(calls=300, seconds=300), Allowance(calls=300, seconds=900, endpoints=("posts",))),
    ),
    "bluesky": Limits(
        conversation=Conversation(asked=_has_comments, empty_page_ends=True),
        words="3000 calls in 5 minutes at the account's own server",
        allowances=(Allowance(calls=3_000, seconds=300),),
    ),
    "wordpress": Limits(conversation=Conversation(), words=_NONE),
    "feed": Limits(conversation=Conversation(), words=_NONE),
}  # fmt: skip
