"""The fictional city Exempelstad: three accounts with posts and threads, made from a seed and a number of posts.

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
from connectors.sandbox.pictures import Picture
from connectors.sandbox.writing import AccountWriter, Style

if TYPE_CHECKING:
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
    ) -> City:
        """Make a city.

        Args:
            seed: Chooses every word and picture.
            posts: Posts of the main Page within the window; the other accounts follow in proportion.
            comments_mean: Mean number of comments a post of the main Page (many have none, one has a third of all).
            start: Aware; the window's first instant.
            end: Aware; the first instant after it.
        """
        people = residents(random.Random(f"{seed}/people"), max(40, min(4000, int(posts * comments_mean / 3))))
        plans = (
            (MAIN, Style.PAGE, posts, comments_mean),
            (LEADER, Style.LEADER, max(1, round(posts * 0.21)), comments_mean * 0.75),
            (BLOG, Style.BLOG, max(1, round(posts * 0.43)), comments_mean * 0.5),
        )
        accounts = []
        for key, style, amount, mean in plans:
            rng = random.Random(f"{seed}/{key}")
            times = _post_times(rng, amount, start, end)
            writer = AccountWriter(rng, style, PAGE_IDS.get(key, ""), people)
            accounts.append(replace(_account(key), posts=writer.posts(times, comments_mean=mean)))
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
    return CityAccount(
        key=key, platform="wordpress", id=key, handle=key, name="Exempelstads nyheter",
        about="Nyheter från Exempelstads kommun", category="", website="https://www.exempelstad.example/", followers=0,
        likes=0, avatar=Picture("arms", 0, png=True), cover=Picture("skyline", 1), posts=none,
        staff=((1, "Redaktionen", "redaktionen"), (2, "Kontaktcenter Exempelstad", "kontaktcenter")),
    )  # fmt: skip
