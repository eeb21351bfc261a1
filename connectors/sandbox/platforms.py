"""The port a fake platform fits, and the list of those there are. One account of the city each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from connectors.sandbox.bluesky import Bluesky
from connectors.sandbox.feed import Feed
from connectors.sandbox.instagram import Instagram
from connectors.sandbox.linkedin import LinkedIn
from connectors.sandbox.mastodon import Mastodon
from connectors.sandbox.threads import Threads
from connectors.sandbox.tiktok import TikTok
from connectors.sandbox.x import X
from connectors.sandbox.youtube import YouTube

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from connectors.sandbox.answers import Answer, Request
    from connectors.sandbox.faults import Fault, FaultKind
    from connectors.sandbox.model import CityPost
    from connectors.sandbox.truth import TrueMedium, TruePost
    from connectors.sandbox.world import World

    Spoiler = Callable[[Fault, Request, Answer], Answer]


class Platform(Protocol):
    """A fake platform that serves one account of the city."""

    @property
    def account(self) -> str:
        """Key of the account in the city."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """Virtual hosts it answers for."""
        ...

    @property
    def credential(self) -> str | None:
        """What the account's owner would store: a token, or the JSON text of a renewable one; None: nothing."""
        ...

    @property
    def spoilers(self) -> Mapping[FaultKind, Spoiler]:
        """How it, and not just any server, misbehaves; the rest is the same for all."""
        ...

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        ...

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post, as the world is now."""
        ...

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the pictures of the account's page that a perfect capture holds."""
        ...


PLATFORMS: Final[dict[str, Callable[[World], Platform]]] = {  # by the key of the account
    "bluesky": Bluesky,
    "feed": Feed,
    "linkedin": LinkedIn,
    "mastodon": Mastodon,
    "instagram": Instagram,
    "threads": Threads,
    "x": X,
    "tiktok": TikTok,
    "youtube": YouTube,
}
