"""Recorded pages of a Facebook Page, made once: 2,000 posts with as many comments each as asked for.

The sandbox's own residents write the threads (Swedish, å ä ö, answers to answers), in the Graph API's own bytes: what
the connector asks for and nothing else, 25 comments inside each post, the rest on pages of 100. There are no pictures,
because media are no part of what is measured.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from bench.measuring import FOLDER
from connectors._limits import GateSettings, Page
from connectors.facebook import FACEBOOK
from connectors.sandbox.answers import mark, php_json
from connectors.sandbox.city import PAGE_IDS, STOCKHOLM
from connectors.sandbox.conversation import Conversation, residents
from connectors.sandbox.graph_nodes import graph_time
from connectors.sandbox.texts import Slots, topics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from connectors._limits import Auth
    from connectors.sandbox.model import CityComment, Person

POSTS = 2_000
PAGE_ID = PAGE_IDS["kommundirektor"]
BASE = "http://graph.facebook.exempelstad.example"
NOW = datetime.fromisoformat("2026-11-02T03:00:00+01:00")
_FIRST, _SPAN = datetime(2026, 5, 2, 9, tzinfo=STOCKHOLM), timedelta(days=180)
_INLINE = 25  # as facebook.py asks for
_PAGE = 100
_REACTIONS = ("like", "love", "care", "haha", "wow", "sad", "angry")
_WWW = "https://www.facebook.example"


def place_of(total: int) -> Path:
    """Return where the pages with so many comments lie."""
    return FOLDER / f"pages-{total}"


def make(total: int) -> None:
    """Write ``bytes`` (all bodies, one after the other) and ``index.json`` unless they are there."""
    folder = place_of(total)
    if (folder / "index.json").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    index: list[tuple[str, int, int]] = []
    with (folder / "bytes").open("wb") as out:
        for key, document in _pages(total // POSTS):
            body = php_json(document)
            index.append((key, out.tell(), len(body)))
            out.write(body)
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


def bodies(total: int) -> Iterator[bytes]:
    """Yield the bytes of every page."""
    with (place_of(total) / "bytes").open("rb") as file:
        for _, _, length in json.loads((place_of(total) / "index.json").read_bytes()):
            yield file.read(length)


@dataclass(frozen=True, slots=True)
class _Post:
    id: str
    created_at: datetime
    document: dict[str, Any]
    comments: list[dict[str, Any]]


def _pages(per_post: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each page under the key that :func:`key_of` gives its address."""
    yield f"/v25.0/{PAGE_ID}", {"name": "Kommundirektören i Exempelstad", "username": "kommundirektoren", "id": PAGE_ID}
    yield f"/v25.0/{PAGE_ID}/video_reels", {"data": []}
    people = residents(random.Random(1), 4_000)
    for first in range(0, POSTS, _PAGE):
        posts = [_post(number, per_post, people) for number in range(first, min(first + _PAGE, POSTS))]
        path = f"/v25.0/{PAGE_ID}/published_posts"
        document: dict[str, Any] = {"data": [post.document for post in posts]}
        if first + _PAGE < POSTS:
            document["paging"] = {"next": _link(path, FACEBOOK.listings[0].parameters, f"p{first + _PAGE}")}
        yield f"{path} p{first}" if first else path, document
        for post in posts:
            yield from _comment_pages(post)


def _comment_pages(post: _Post) -> Iterator[tuple[str, dict[str, Any]]]:
    path = f"/v25.0/{post.id}/comments"
    for first in range(_INLINE, len(post.comments), _PAGE):
        chunk = post.comments[first : first + _PAGE]
        yield f"{path} c{first}", _edge(path, chunk, first, len(post.comments))


def _edge(path: str, chunk: Sequence[dict[str, Any]], first: int, total: int) -> dict[str, Any]:
    end = first + len(chunk)
    paging: dict[str, Any] = {"cursors": {"before": f"c{first}", "after": f"c{end}"}}
    if end < total:
        paging["next"] = _link(path, FACEBOOK.comments[0].parameters[:-1], f"c{end}")
    summary = {"order": "chronological", "total_count": total, "can_comment": True}
    return {"data": list(chunk), "paging": paging, "summary": summary}


def _link(path: str, parameters: Iterable[tuple[str, str]], after: str) -> str:
    return f"{BASE}{path}?{urlencode([('access_token', mark('token', length=60)), *parameters, ('after', after)])}"


def _post(number: int, per_post: int, people: tuple[Person, ...]) -> _Post:
    """Return a post, the newest first."""
    rng = random.Random(f"bench/{number}")
    when = _FIRST + _SPAN * (POSTS - 1 - number) / POSTS
    topic, slots = rng.choice(topics()), Slots(rng, when)
    post_id = f"{PAGE_ID}_{122_100_000_000_000 + number}"
    talk = Conversation(rng, topic=topic, slots=slots, people=people, begun=when, answers=0.3).written(per_post)
    comments = _comments(post_id, 1_240_000_000_000_000 + number * 10_000, talk)
    document: dict[str, Any] = {
        "id": post_id, "created_time": graph_time(when), "updated_time": graph_time(when),
        "message": slots.fill(rng.choice(topic.texts)), "permalink_url": f"{_WWW}/{PAGE_ID}/posts/{post_id[16:]}/",
        "from": {"name": "Kommundirektören i Exempelstad", "id": PAGE_ID}, "is_hidden": False,
        "timeline_visibility": "normal", "shares": {"count": rng.randrange(40)},
        **{f"r_{kind}": {"data": [], "summary": {"total_count": rng.randrange(90)}} for kind in _REACTIONS},
        "comments": _edge(f"/v25.0/{post_id}/comments", comments[:_INLINE], 0, len(comments)),
    }  # fmt: skip
    return _Post(post_id, when, document, comments)


def _comments(post_id: str, first: int, talk: Sequence[CityComment]) -> list[dict[str, Any]]:
    post_number = post_id.split("_")[1]
    numbers = {comment.id: first + place for place, comment in enumerate(talk)}
    answers: dict[str | None, int] = {}
    for comment in talk:
        answers[comment.parent_id] = answers.get(comment.parent_id, 0) + 1
    told = []
    for comment in talk:
        own, above = numbers[comment.id], numbers.get(comment.parent_id or "")
        query = f"comment_id={own}" if above is None else f"comment_id={above}&reply_comment_id={own}"
        writer = comment.author
        named = {"name": "Kommundirektören i Exempelstad", "id": PAGE_ID} if writer is None else (
            {"name": writer.name, "id": writer.id} if writer.named else None
        )  # fmt: skip
        told.append({
            "id": f"{post_number}_{own}",
            **({} if above is None else {"parent": {"id": f"{post_number}_{above}"}}),
            "created_time": graph_time(comment.created_at), "message": comment.text,
            **({} if named is None else {"from": named}),
            "comment_count": answers.get(comment.id, 0), "like_count": comment.likes, "is_hidden": comment.hidden,
            "permalink_url": f"{_WWW}/{PAGE_ID}/posts/{post_number}/?{query}",
        })  # fmt: skip
    return told


def key_of(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return what tells one page from another: its path and its cursor."""
    parts = urlsplit(url)
    asked = {name: values[-1] for name, values in parse_qs(parts.query).items()} | dict(parameters)
    return f"{parts.path} {asked['after']}" if asked.get("after") else parts.path


class RecordedGate:
    """Answers from the recorded pages instead of the network; everything behind it is the product."""

    settings = GateSettings()
    started_at = NOW

    def __init__(self, total: int) -> None:
        self._file = (place_of(total) / "bytes").open("rb")
        index = json.loads((place_of(total) / "index.json").read_bytes())
        self._index = {key: (offset, length, mark("exchange", key, length=64)) for key, offset, length in index}

    def clock(self) -> datetime:
        """Return the time of the recording."""
        return NOW

    def guard(self, auth: Auth) -> None:
        """Learn a credential: there is none in the recording."""

    def get(self, url: str, parameters: Iterable[tuple[str, str]] = (), **_more: object) -> Page:
        """Return the recorded page of this address."""
        offset, length, exchange = self._index[key_of(url, parameters)]
        self._file.seek(offset)
        return Page(url=url, status=200, headers={}, body=self._file.read(length), sha256=exchange, at=NOW)
