"""Calls to the sandbox beside the least possible: 500 posts with 20,000 comments, on Facebook and on WordPress.

The least possible is computed from what the sandbox holds within the period, at the page sizes of each platform:

- Facebook: the profile; the two listings (posts, reels) at 100 a page, at least one call each; and for each post the
  comments beyond the 25 that came inside it (25 is the Graph API's own page size for a list inside a list), at 100 a
  call.
- WordPress: the profile; the authors; posts at 100 a page; comments at 100 a page, all posts together.

Calls for media are left out on both sides: each file is fetched once, whatever the page size. The pictures are taken
out of the city, and no address is found for the films.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Line
from bench.pages import NOW
from connectors._gate import Gate
from connectors._limits import GateSettings
from connectors._registry import open_source
from connectors._warc import WarcFile
from connectors.sandbox import BLOG, BLOG_HOST, GRAPH_HOST, MAIN, PAGE_IDS, City, Sandbox
from urval.source import Thread

if TYPE_CHECKING:
    from connectors.sandbox.truth import TruePost

_POSTS, _COMMENTS, _INLINE, _PAGE = 500, 20_000, 25, 100
_BLOG_SHARE, _BLOG_TALK = 0.43, 0.45  # posts and listed comments of a generated blog, in proportion to the Page's
_CONNECT = {GRAPH_HOST: "/v25.0/", BLOG_HOST: "/wp-json/"}


def lines() -> list[Line]:
    """Run both connectors against a sandbox, and count."""
    return [_facebook(), _wordpress()]


def _facebook() -> Line:
    settings = {"page_id": PAGE_IDS[MAIN], "base_url": f"http://{GRAPH_HOST}"}
    return _counted("facebook", _city(MAIN, _POSTS, _COMMENTS / _POSTS), MAIN, GRAPH_HOST, settings)


def _wordpress() -> Line:
    city = _city(BLOG, round(_POSTS / _BLOG_SHARE), _COMMENTS / _POSTS / _BLOG_TALK)
    return _counted("wordpress", city, BLOG, BLOG_HOST, {"base_url": f"http://{BLOG_HOST}"})


def _city(key: str, posts: int, mean: float) -> City:
    """Return a city whose account ``key`` has no pictures."""
    demo = City.demo()
    city = City.generate(seed=1, posts=posts, comments_mean=mean, start=demo.start, end=demo.end)
    account = city.account(key)
    plain = tuple(
        replace(post, pictures=(), picture_ids=(), comments=tuple(replace(c, picture=None) for c in post.comments))
        for post in account.posts
    )
    others = tuple(other for other in city.accounts if other.key != key)
    return replace(city, accounts=(*others, replace(account, posts=plain)))


def _counted(platform: str, city: City, key: str, host: str, settings: dict[str, str]) -> Line:
    with Sandbox(city, clock=lambda: NOW) as sandbox, tempfile.TemporaryDirectory() as folder:
        truth = sandbox.truth(key).posts
        threads, comments = _captured(platform, sandbox, key, settings, Path(folder))
        calls = sum(call.host == host and call.target.startswith(_CONNECT[host]) for call in sandbox.calls)
    expected = len(truth), sum(len(post.comments) for post in truth)
    if (threads, comments) != expected:
        raise SystemExit(f"{platform}: captured {threads} threads and {comments} comments, there are {expected}")
    least = (_least_facebook if platform == "facebook" else _least_wordpress)(truth)
    detail = f"{calls} calls, {least} at least; {threads} posts, {comments} comments"
    return Line(f"calls, {platform}", calls / least, 1.05, at_most=True, detail=detail)


def _captured(platform: str, sandbox: Sandbox, key: str, settings: dict[str, str], folder: Path) -> tuple[int, int]:
    """Return how many threads and comments the connector yields."""
    (folder / "media").mkdir()
    with (
        WarcFile(folder / "exchanges.warc.gz", capture_id="bench", clock=lambda: NOW, software={}) as warc,
        Gate(
            GateSettings(), clock=lambda: NOW.astimezone(UTC), sleep=_never, warc=warc, media=folder / "media",
            connect_to={name: place for name, place in sandbox.connect_to.items() if name in _CONNECT},
            resolve=_nowhere,
        ) as gate,
    ):  # fmt: skip
        source = open_source(
            platform, account_id="bench", settings=settings, credential=sandbox.tokens.get(key),
            start=sandbox.city.start, end=sandbox.city.end, gate=gate,
        )  # fmt: skip
        sizes = [len(item.comments) for item in source.read() if isinstance(item, Thread)]
    return len(sizes), sum(sizes)


def _never(seconds: float) -> None:
    raise SystemExit(f"the sandbox made the gate wait {seconds} s, without a fault ordered")


def _nowhere(host: str, _port: int) -> list[str]:
    raise OSError(f"{host} has no address here")


def _least_facebook(posts: tuple[TruePost, ...]) -> int:
    reels = sum(post.is_reel for post in posts)
    listings = max(1, ceil((len(posts) - reels) / _PAGE)) + max(1, ceil(reels / _PAGE))
    return 1 + listings + sum(ceil(max(0, len(post.comments) - _INLINE) / _PAGE) for post in posts)


def _least_wordpress(posts: tuple[TruePost, ...]) -> int:
    comments = sum(len(post.comments) for post in posts)
    return 2 + ceil(len(posts) / _PAGE) + ceil(comments / _PAGE)
