"""Every connector on a city of 500 posts with 20,000 comments: its calls, and the speed of its mapping.

``python -m bench.platforms [PLATFORM ...]`` prints the lines of some platforms, or of all.

The run is the conformance suite's own (``tests/conformance.py``): the product's gate on a sandbox that speaks HTTP,
with the suite's settings and credential; what comes out is compared with the truth. The least possible number of calls
is the suite's formula for the platform, ``least_calls`` of the class in ``tests/test_<platform>.py``, which says why
nothing less would do. Calls for media are left out on both sides: each is fetched once.

Mapping is timed on what the run gave to the connector's ``to_post`` and ``to_comment``: decoding a record's JSON text
and making the record of it, beside ``json.loads`` of the same texts; of a text that lies inside another, the outer
counts. A feed's entries are HTML that is searched for media: there the floor reads it with ``html.parser``, too. The
walk is the whole run again with answers from memory: paging, decoding, mapping, threads; no network, no WARC.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from functools import partial
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bench.measuring import ROOT, Line
from connectors import CONNECTORS, Gate
from connectors.sandbox import City, Sandbox
from urval.errors import SourceError
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors._connector import Connector, MappedPost, Origin
    from connectors.sandbox import Truth
    from connectors.sandbox.model import CityPost
    from urval.records import Comment

_POSTS, _COMMENTS = 500, 20_000
# Posts and comments of the platform's account beside what is asked for; see ``_PLANS`` of the sandbox's city.
_SHARES = {"wordpress": (0.43, 0.45), "feed": (0.43, 1.0)}
_OWN_OF_X = 3  # X lists 3,200 entries, own answers among them: all but every third are written by residents here
_ROUNDS = 5
_OF_FEED = 3.0  # no JSON and no comments: 500 entries, each searched for its parts by name and for its media
_TESTS = ROOT / "tests"


def lines(platforms: Sequence[str] = ()) -> list[Line]:
    """Run these connectors, or all; count the calls and time the mapping of each."""
    return [line for platform in platforms or sorted(CONNECTORS) for line in _lines(platform)]


def suite(platform: str) -> Any:
    """Return the platform's conformance suite; the tests lie in no package."""
    if str(_TESTS) not in sys.path:
        sys.path.insert(0, str(_TESTS))
    for path in sorted(_TESTS.glob(f"test_{platform}*.py")):
        for kind in vars(import_module(path.stem)).values():
            if isinstance(kind, type) and getattr(kind, "platform", "") == platform:
                return kind()
    raise SystemExit(f"there is no conformance suite for {platform}")


def city_of(account: str, posts: int, mean: float, change: Callable[[CityPost], CityPost]) -> City:
    """Return a city with one account; ``change`` is done to each of its posts."""
    demo = City.demo()
    city = City.generate(
        seed=1, posts=posts, comments_mean=mean, start=demo.start, end=demo.end, only=(account,)
    )  # fmt: skip
    [made] = city.accounts
    return replace(city, accounts=(replace(made, posts=tuple(map(change, made.posts))),))


def _lines(platform: str) -> list[Line]:
    tried, heard, kept = suite(platform), _Heard(), dict[Any, Any]()
    posts, talk = _SHARES.get(platform, (1.0, 1.0))
    city = city_of(
        tried.account, round(_POSTS / posts), _COMMENTS / _POSTS / talk, _own_at_times if platform == "x" else plain
    )  # fmt: skip
    tried.the_city = lambda: city
    tried.gate_type = partial(_Remembering, kept=kept)
    now = import_module("conformance").NOW
    with Sandbox(city, clock=lambda: now) as sandbox, tempfile.TemporaryDirectory() as folder:
        truth = sandbox.truth(tried.account)
        got = tried.capture(sandbox, Path(folder) / "first", connector=_noting(CONNECTORS[platform], heard))
        calls, least = len(tried.interface_calls(sandbox)), tried.least_calls(truth)
        stray = _without_stray(got, truth)
        tried.assert_whole(got, truth)
        records = sum(1 + len(thread.comments) for thread in got.threads.values())
        told = f"{calls} calls, {least} at least; {len(truth.posts)} posts, {len(truth.comments)} comments"
        told += f", {stray} answers to older posts" if stray else ""
        del got, truth
        walk = min(_timed(lambda: tried.capture(sandbox, Path(folder) / "again")) for _ in range(_ROUNDS))
    return [
        Line(f"calls, {platform}", calls / least, 1.05, at_most=True, detail=told),
        _mapping(platform, heard, f"{records / walk:,.0f} in the whole walk"),
    ]


def _without_stray(got: Any, truth: Truth) -> int:
    """Take out own answers to posts that are older than the period, and tell how many there are.

    Where the listing of posts shows own answers, such a one rightly becomes a thread of its own.
    """
    there = {post.id for post in truth.posts}
    stray = [
        item for item in got.items
        if isinstance(item, Thread) and item.post.kind == "reply" and item.post.id not in there
    ]  # fmt: skip
    got.items = [item for item in got.items if item not in stray]
    return len(stray)


def plain(post: CityPost) -> CityPost:
    """Take the pictures out of the comments, and paint one picture for all posts: files are not what is measured."""
    comments = tuple(replace(comment, picture=None) for comment in post.comments)
    return replace(post, pictures=post.pictures[:1] * len(post.pictures), comments=comments)


def _own_at_times(post: CityPost) -> CityPost:
    writer = next((comment.author for comment in post.comments if comment.author), None)
    comments = tuple(
        replace(comment, author=comment.author or (writer if number % _OWN_OF_X else None))
        for number, comment in enumerate(post.comments)
    )
    return plain(replace(post, comments=comments))


class _Remembering(Gate):
    """The product's gate, which makes each call once and answers from memory afterwards."""

    def __init__(self, *settings: Any, kept: dict[Any, Any], **more: Any) -> None:
        super().__init__(*settings, **more)
        self._kept = kept

    def get(self, url: str, parameters: Any = (), **more: Any) -> Any:
        """Return the page of this address, or raise what the first call raised."""
        return self._once((url, *parameters), lambda: super(_Remembering, self).get(url, parameters, **more))

    def download(self, url: str, **more: Any) -> Any:
        """Return the medium of this address, or why there is none."""
        return self._once(url, lambda: super(_Remembering, self).download(url, **more))

    def _once(self, key: Any, ask: Callable[[], Any]) -> Any:
        if key not in self._kept:
            try:
                self._kept[key] = ask()
            except SourceError as error:
                self._kept[key] = error
        answer = self._kept[key]
        if isinstance(answer, SourceError):
            raise answer
        return answer


@dataclass
class _Heard:
    """What the mapping functions were given: each record's JSON text, and how its record is made of the text."""

    records: list[tuple[bytes, Callable[[bytes], Any]]] = field(default_factory=list)
    inside: set[bytes] = field(default_factory=set)  # texts that are parts of others


def _noting(connector: Connector, heard: _Heard) -> Connector:
    """Return the connector, which now notes what its mapping functions are given."""
    decode = msgspec.json.Decoder(connector.comment_type, strict=False).decode

    def to_post(raw: msgspec.Raw, origin: Origin, listing: str, own_id: str) -> MappedPost:
        mapped = connector.to_post(raw, origin, listing, own_id)
        heard.inside.update(map(bytes, mapped.inline))
        heard.records.append((bytes(raw), lambda text: connector.to_post(msgspec.Raw(text), origin, listing, own_id)))
        return mapped

    def to_comment(comment: Any, raw: str, *place: Any, **more: Any) -> Comment:
        if connector.replies is not None:
            heard.inside.update(map(bytes, connector.replies.inline(comment)))
        heard.records.append((
            raw.encode(), lambda text: connector.to_comment(decode(text), str(text, "utf-8"), *place, **more)
        ))  # fmt: skip
        return connector.to_comment(comment, raw, *place, **more)

    return replace(connector, to_post=to_post, to_comment=to_comment)


def _mapping(platform: str, heard: _Heard, walk: str) -> Line:
    texts = [text for text, _ in heard.records if text not in heard.inside]
    gc.collect()
    gc.freeze()  # what lies about of the run is no part of either side
    shown = [entry.post.text for entry in (make(text) for text, make in heard.records)] if platform == "feed" else []
    turns = [
        (_timed(lambda: _floor(texts, shown)), _timed(lambda: [make(text) for text, make in heard.records]))
        for _ in range(_ROUNDS)
    ]
    gc.unfreeze()
    floor, product = map(min, zip(*turns, strict=True))
    detail = f"{len(heard.records) / product:,.0f} records/s ({walk}); floor {floor * 1000:.0f} ms"
    bound = _OF_FEED if platform == "feed" else 2.0
    return Line(f"mapping, {platform}", product / floor, bound, at_most=True, detail=detail)


def _floor(texts: Sequence[bytes], shown: Sequence[str]) -> list[Any]:
    read: list[Any] = [json.loads(text) for text in texts]
    for html in shown:
        parser = HTMLParser()
        parser.feed(html)
        parser.close()
    return read


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    began = time.process_time()  # one thread computes; what else the machine does is left out
    work()
    return time.process_time() - began


if __name__ == "__main__":
    for line in lines(sys.argv[1:]):
        print(f"{line.name:24} {line.figure:6.2f} {'ok ' if line.holds else 'NOT'} {line.detail}", flush=True)
