"""What reading an account takes: calls, quota units, money, time. Pure.

A volume says how much there was (an earlier capture tells it thread by thread); a platform's limits say how its
conversations turn into calls, and what it allows. The forecast follows the connector's own declarations: page sizes,
posts a call, objects a call. Retries, and what people write in the meantime, are not in it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from connectors._connector import Connector, Endpoint

SECONDS_EACH: Final = 0.5  # assumed for a call or a medium where no earlier capture tells
_DAY: Final = 86_400  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadSize:
    """How large a thread was, as far as it decides the number of calls."""

    kind: str = "post"  # as ``Post.kind``
    counted: int | None = None  # comments by the platform's own number
    comments: int = 0  # captured, all levels
    first_level: int = 0
    answered: tuple[int, ...] = ()  # direct answers of each comment that has any
    unshown: int = 0  # comments that have more answers than were shown
    versions: int = 0  # earlier texts of the post and its comments
    edited: int = 0  # posts and comments that have earlier texts
    media: tuple[str, ...] = ()  # the post's own, by kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How much there is to read. ``scale`` is the length of the period, in lengths of the period it was counted in."""

    threads: tuple[ThreadSize, ...]
    listed: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # listing -> records shown, pages
    media: int = 0  # files to fetch
    writers: int = 0  # different people among those who commented
    own_comments: int = 0  # the account's own, which its listing of posts may show too
    scale: float = 1.0
    later: bool = True  # counted in an earlier period: listings that hold everything have grown since
    comments_known: bool = True  # false: only the number of posts is known, and the forecast is a least
    seconds_each: float = SECONDS_EACH  # of a call or a medium, waits included


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """How a platform's threads turn into calls, beyond what the connector declares."""

    asked: Callable[[ThreadSize], bool] = lambda _thread: True  # whether the comments of a thread are asked for at all
    flat: bool = True  # a page of comments holds answers too, not only the first level
    inline: int = 0  # comments that come with the post
    beside: int = 0  # records of a page, for each post asked about, that are no comments
    inline_answers: int | None = None  # answers that come inside a comment; None: the platform is not asked for more
    once: Callable[[ThreadSize], bool] = lambda _thread: False  # the first answer spares the other calls
    asks: Mapping[str, Callable[[ThreadSize], int]] = field(default_factory=dict)  # companion -> objects of a post
    empty_page_ends: bool = False  # a listing goes on until a page holds nothing
    history: Callable[[ThreadSize], int] = lambda thread: thread.edited  # objects whose earlier texts are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So many calls in so many seconds. Without ``endpoints`` all calls count together."""

    calls: int
    seconds: int
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a platform allows, as far as it says so. ``words`` say the rest to a person, in one sentence."""

    conversation: Conversation
    words: str
    allowances: tuple[Allowance, ...] = ()
    units_per_day: int | None = None  # quota of the app, a unit a call, for all its accounts together
    resets: str = "UTC"  # zone whose midnight begins the quota's day
    prices: Mapping[str, Decimal] = field(default_factory=dict)  # US dollars per object returned: post, user
    small_app: int | None = None  # calls a day of an app on the lowest tier


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What a capture will take. ``least``: comments are not known, so it takes at least this."""

    calls: Mapping[str, int]  # by endpoint
    media: int
    units: int | None
    money_usd: Decimal | None
    seconds: int
    days: int  # of the platform's daily quota, 1 where there is none
    least: bool

    @property
    def total(self) -> int:
        """Return all calls to the interface."""
        return sum(self.calls.values())


def forecast(connector: Connector, limits: Limits, volume: Volume) -> Forecast:
    """Return what reading ``volume`` takes with this connector at this platform's limits."""
    counted: defaultdict[str, float] = defaultdict(float, {connector.profile.name: 1.0})
    for single in (*(companion.endpoint for companion in connector.profile_companions), *connector.documents):
        counted[single.name] += 1
    if connector.authors is not None:
        counted[connector.authors.name] += 1
    for listing in connector.listings:
        _add_listing(counted, listing, limits.conversation, volume)
    _add_companions(counted, connector, limits.conversation, volume)
    _add_comments(counted, connector, limits.conversation, volume)
    calls = {name: max(1, round(number)) for name, number in counted.items() if number}
    total = sum(calls.values())
    units = total if limits.units_per_day else None
    media = ceil(volume.media * volume.scale)
    return Forecast(
        calls=calls,
        media=media,
        units=units,
        money_usd=_money(limits.prices, volume, connector) if limits.prices else None,
        seconds=_seconds(connector, limits, calls, media, volume.seconds_each),
        days=days_of(units or 0, limits),
        least=not volume.comments_known,
    )


def days_of(units: int, limits: Limits) -> int:
    """Return how many days of the platform's daily quota some units need."""
    return max(1, ceil(units / limits.units_per_day)) if limits.units_per_day else 1


def _add_listing(counted: dict[str, float], listing: Endpoint, conversation: Conversation, volume: Volume) -> None:
    records, pages = volume.listed.get(listing.name, (0, 0))
    size = page_size(listing) or (ceil(records / pages) if pages and records else 1)
    grown = len(volume.threads) * volume.scale if volume.later else 0
    expected = records * volume.scale if listing.newest_first else records + grown
    counted[listing.name] += max(1, ceil(expected / size)) + (conversation.empty_page_ends and expected > 0)
    if listing.objects is not None:
        counted[listing.objects.name] += ceil(expected / listing.objects_size)


def _add_companions(
    counted: dict[str, float], connector: Connector, conversation: Conversation, volume: Volume
) -> None:
    for companion in connector.companions:
        asks = conversation.asks.get(companion.endpoint.name)
        objects = sum(asks(thread) if asks else 1 for thread in volume.threads) * volume.scale
        counted[companion.endpoint.name] += ceil(objects / companion.size)


def _add_comments(counted: dict[str, float], connector: Connector, conversation: Conversation, volume: Volume) -> None:
    asked = [thread for thread in volume.threads if conversation.asked(thread)]
    for place, endpoint in enumerate(connector.comments):
        counted[endpoint.name] += volume.scale * (
            _pages(endpoint, _together(connector, volume), conversation, asked)
            if place == 0
            else sum(not conversation.once(thread) for thread in asked)  # held comments: few, one page
        )
    if connector.replies is not None:
        size, inline = page_size(connector.replies.endpoint) or 1_000_000, conversation.inline_answers
        answered = () if inline is None else (n for thread in asked for n in thread.answered if n > inline)
        more = sum(ceil(n / size) for n in answered) + sum(thread.unshown for thread in asked)
        counted[connector.replies.endpoint.name] += volume.scale * more
    if connector.history is not None:
        size = connector.history.size
        counted[connector.history.endpoint.name] += volume.scale * sum(
            ceil(conversation.history(thread) / size) for thread in volume.threads
        )


def _together(connector: Connector, volume: Volume) -> int:
    """Return for how many posts one call asks: at most what the platform takes, and what one page of posts brings."""
    records, pages = volume.listed.get(connector.listings[0].name, (0, 0))
    return min(connector.posts_per_call, ceil(len(volume.threads) / pages) if pages and records else 1_000_000)


def _pages(endpoint: Endpoint, at_once: int, conversation: Conversation, asked: list[ThreadSize]) -> int:
    """Return the pages of comments of some threads, ``at_once`` posts a call."""
    size, pages = page_size(endpoint) or 1_000_000, 0
    for first in range(0, len(asked), at_once):
        part = asked[first : first + at_once]
        records = sum(thread.comments if conversation.flat else thread.first_level for thread in part)
        beyond = max(0, records - conversation.inline * len(part)) + conversation.beside * len(part)
        pages += ceil(beyond / size) if conversation.inline else max(1, ceil(beyond / size))
    return pages


def page_size(endpoint: Endpoint) -> int | None:
    """Return how many records a page holds at most, from the endpoint's own parameter; None where it names none."""
    value = dict(endpoint.parameters).get(endpoint.limit, "")
    return int(value) if value.isdecimal() else None


def _money(prices: Mapping[str, Decimal], volume: Volume, connector: Connector) -> Decimal:
    """Return US dollars: each post and user returned costs once a day. The dearer price is used where two may apply."""
    shown = sum(volume.listed.get(listing.name, (0, 0))[0] for listing in connector.listings)
    others = sum(thread.kind in {"share", "quote"} for thread in volume.threads)  # their originals come along
    comments = sum(thread.comments for thread in volume.threads) - volume.own_comments
    posts = max(shown, len(volume.threads)) + others + comments + sum(thread.versions for thread in volume.threads)
    users = volume.writers + others
    scale = Decimal(str(volume.scale))
    return ((posts * prices["post"] + users * prices["user"]) * scale + prices["user"]).quantize(Decimal("0.01"))


def _seconds(connector: Connector, limits: Limits, calls: Mapping[str, int], media: int, each: float) -> int:
    """Return how long it takes at the pace of answers, the connector's own pace, and the platform's windows."""
    paces = {endpoint.name: endpoint.pace_seconds for endpoint in connector.endpoints()}
    working = sum(number * max(each, paces.get(name, 0.0)) for name, number in calls.items()) + media * each
    windows = (_waited(one, calls) for one in limits.allowances)
    return ceil(max(working, *windows, 0.0))


def _waited(allowance: Allowance, calls: Mapping[str, int]) -> float:
    names: Iterable[str] = allowance.endpoints or calls
    number = sum(calls.get(name, 0) for name in names)
    return float((max(1, number) - 1) // allowance.calls * allowance.seconds)
