"""The fictional city Exempelstad: its accounts with posts and threads, made from a seed and a number of posts.

Everything is invented: people, streets, events, addresses (``.example`` only). ``City.generate`` is pure: the same
arguments give an equal city in every process and on every machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.sandbox.conversation import residents
from connectors.sandbox.model import CityAccount
from connectors.sandbox.native_ids import did
from connectors.sandbox.pictures import Picture
from connectors.sandbox.writing import AccountWriter, Manner, Style

if TYPE_CHECKING:
    from collections.abc import Collection

    from connectors.sandbox.model import CityPost

STOCKHOLM = ZoneInfo("Europe/Stockholm")
MAIN, LEADER, BLOG = "exempelstad", "kommundirektor", "nyheter"
PAGE_IDS = {MAIN: "100064000000001", LEADER: "100064000000002"}
_SPILL = timedelta(days=30)  # posts before and after the window, so that its edges can be tested


@dataclass(frozen=True, slots=True)
class City:
    """A generated city. ``start`` and ``end`` bound the window (half-open) that most posts lie in."""

    seed: int
    start: datetime
    end: datetime
    accounts: tuple[CityAccount, ...]

    @classmethod
    def generate(
        cls,
        *,
        seed: int,
        posts: int,
        comments_mean: float = 6.0,
        start: datetime,
        end: datetime,
        only: Collection[str] = (),
    ) -> City:
        """Make a city.

        Args:
            seed: Chooses every word and picture.
            posts: Posts of the main Page within the window; the other accounts have as many, or fewer in proportion.
            comments_mean: Mean number of comments a post of the main Page (many have none, one has a third of all).
            start: Aware; the window's first instant.
            end: Aware; the first instant after it.
            only: Keys of the accounts to make; all, if empty. An account is the same with or without the others.
        """
        people = residents(random.Random(f"{seed}/people"), max(40, min(4000, int(posts * comments_mean / 3))))
        accounts = []
        for key, manner, share, talk in (plan for plan in _PLANS if not only or plan[0] in only):
            rng = random.Random(f"{seed}/{key}")
            times = _post_times(rng, max(1, round(posts * share)), start, end)
            mean = comments_mean * talk if manner.deepest >= 0 else 0
            account_posts = AccountWriter(rng, manner, people).posts(times, comments_mean=mean)
            accounts.append(replace(_account(key), posts=account_posts))
        return cls(seed, start.astimezone(UTC), end.astimezone(UTC), tuple(accounts))

    @classmethod
    def demo(cls) -> City:
        """Return the demonstration's city: May to October 2026, about 70 posts on the main Page."""
        start, end = datetime(2026, 5, 1, tzinfo=STOCKHOLM), datetime(2026, 11, 1, tzinfo=STOCKHOLM)
        return cls.generate(seed=1, posts=70, start=start, end=end)

    def account(self, key: str) -> CityAccount:
        """Return the account with the given key (KeyError if there is none)."""
        return {account.key: account for account in self.accounts}[key]


def _post_times(rng: random.Random, amount: int, start: datetime, end: datetime) -> list[datetime]:
    extra = max(2, round(amount * 0.06))
    spans = ((start - _SPILL, start, extra), (start, end, amount), (end, end + _SPILL / 2, extra))
    times = []
    for first, last, count in spans:
        step = (last - first) / count
        for number in range(count):
            when = first + step * (number + rng.random())
            local = when.astimezone(STOCKHOLM).replace(
                hour=rng.choice(_HOURS), minute=rng.randrange(60), second=rng.randrange(60)
            )
            times.append(min(max(local, first), last - timedelta(seconds=1)).astimezone(UTC).replace(microsecond=0))
    return sorted(times)


_TOOTS = ("status", "photo", "album", "video", "link")
_VIDEO, _PICTURES = ("video",), ("photo",) * 5 + ("album", "video", "reel")
# Key, manner, posts and comments a post as a share of the main Page's.
_PLANS = (
    (MAIN, Manner(platform="facebook", page_id=PAGE_IDS[MAIN]), 1.0, 1.0),
    (LEADER, Manner(platform="facebook", style=Style.LEADER, page_id=PAGE_IDS[LEADER]), 0.21, 0.75),
    (BLOG, Manner(platform="wordpress", style=Style.BLOG), 0.43, 0.5),
    ("instagram", Manner(platform="instagram", kinds=_PICTURES, deepest=1), 1.0, 1.0),
    ("threads", Manner(platform="threads", kinds=("status", "photo", "album", "video", "link"), deepest=6), 1.0, 1.0),
    ("x", Manner(platform="x", kinds=("status", "photo", "album", "video", "link", "share"), deepest=6), 1.0, 1.0),
    ("youtube", Manner(platform="youtube", kinds=_VIDEO, deepest=1), 1.0, 1.0),
    ("linkedin", Manner(platform="linkedin", kinds=("status", "photo", "album", "link", "share"), deepest=1), 1.0, 1.0),
    ("tiktok", Manner(platform="tiktok", kinds=_VIDEO, deepest=1), 1.0, 1.0),
    ("mastodon", Manner(platform="mastodon", kinds=_TOOTS, deepest=24), 1.0, 1.0),
    ("bluesky", Manner(platform="bluesky", kinds=("status", "photo", "album", "link"), deepest=24), 1.0, 1.0),
    ("feed", Manner(platform="feed", style=Style.BLOG, deepest=-1), 0.43, 0.0),
)
_IDS = {
    "instagram": "17841400000000001", "threads": "17841400000000002", "x": "1400000000000000001",
    "youtube": "UCexempelstad0000000000x", "linkedin": "urn:li:organization:4711001",
    "tiktok": "exempelstad-open-id-01",
    "mastodon": "109000000000000001", "bluesky": did("exempelstad"), "feed": "http://press.exempelstad.example/",
}  # fmt: skip
_HOURS = (6, 7, 8, 8, 9, 9, 10, 10, 11, 12, 13, 14, 14, 15, 15, 16, 17, 18, 19, 20)


def _account(key: str) -> CityAccount:
    none: tuple[CityPost, ...] = ()
    if key == MAIN:
        return CityAccount(
            key=key, platform="facebook", id=PAGE_IDS[key], handle="exempelstad", name="Exempelstads kommun",
            about="Det här är Exempelstads kommuns officiella sida. Vi svarar vardagar 8–17. Allt som skrivs här är "
            "allmän handling. ⚓ Staden med fyren.",
            category="Offentlig förvaltning", website="https://www.exempelstad.example/", followers=18_412,
            likes=17_260, avatar=Picture("arms", 0, png=True), cover=Picture("skyline", 0), posts=none,
        )  # fmt: skip
    if key == LEADER:
        return CityAccount(
            key=key, platform="facebook", id=PAGE_IDS[key], handle="kommundirektoren.exempelstad",
            name="Kommundirektören i Exempelstad", about="Här berättar jag om arbetet som högsta tjänsteperson i "
            "Exempelstad. Frågor i enskilda ärenden: kontakta kontaktcenter.", category="Tjänsteperson",
            website="https://www.exempelstad.example/kommundirektoren", followers=2_318, likes=2_104,
            avatar=Picture("portrait", 0), cover=Picture("harbour", 3), posts=none,
        )  # fmt: skip
    if key != BLOG:
        return CityAccount(
            key=key, platform=key, id=_IDS[key], handle="exempelstad", name="Exempelstads kommun",
            about="Exempelstads kommun. Vi svarar vardagar 8–17. Det som skrivs här är allmän handling.", category="",
            website="https://www.exempelstad.example/", followers=4_211, likes=0,
            avatar=Picture("arms", 0, png=True), cover=Picture("skyline", 0), posts=none,
        )  # fmt: skip
    return CityAccount(
        key=key, platform="wordpress", id=key, handle=key, name="Exempelstads nyheter",
        about="Nyheter från Exempelstads kommun", category="", website="https://www.exempelstad.example/", followers=0,
        likes=0, avatar=Picture("arms", 0, png=True), cover=Picture("skyline", 1), posts=none,
        staff=((1, "Redaktionen", "redaktionen"), (2, "Kontaktcenter Exempelstad", "kontaktcenter")),
    )  # fmt: skip
