"""The press room of the sandbox's city: the same articles as RSS 2.0, Atom 1.0 and RSS 1.0.

``/feed/``, ``/feed/atom/`` and ``/feed/rdf/`` show the ten newest (``?antal=`` as many) and announce the page of older
ones (RFC 5005), which begins below an article and so does not shift; ``/nyast/`` shows the ten newest and no way on.
Choices where feeds differ: ids are addresses; RSS tells no time of change; the first picture of an article also stands
beside it as Media RSS; the rest only in its text.
"""

from __future__ import annotations

import hashlib
import re
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING, Final

from connectors.sandbox.answers import Answer, Request, mark
from connectors.sandbox.faults import Fault, FaultKind
from connectors.sandbox.native_ids import FEED_HOST
from connectors.sandbox.public_pages import public_page
from connectors.sandbox.truth import TrueMedium, TruePost

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from connectors.sandbox.model import CityPost
    from connectors.sandbox.world import World

_SITE: Final = f"http://{FEED_HOST}"
_KINDS: Final = {"/feed/": "rss", "/feed/atom/": "atom", "/feed/rdf/": "rdf", "/nyast/": "rss"}
_TYPES: Final = {"rss": "application/rss+xml", "atom": "application/atom+xml", "rdf": "application/rdf+xml"}
_RSS: Final = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
)
_RDF: Final = (
    '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:atom="http://www.w3.org/2005/Atom">'
)
_MOST, _DEFAULT = 100, 10
_TIME: Final = re.compile(rb"<(pubDate|dc:date|published|updated)>[^<]*</\1>")
_CLOSED: Final = re.compile(rb"</(item|entry)>")


class Feed:
    """Answers requests to the press room."""

    account = "feed"
    hosts: tuple[str, ...] = (FEED_HOST,)
    credential: str | None = None  # feeds are public

    def __init__(self, world: World) -> None:
        self._world, self._owner = world, world.account(self.account)
        self.spoilers: Mapping[FaultKind, Callable[[Fault, Request, Answer], Answer]] = {
            FaultKind.EMPTY_PAGE: self._empty_page, FaultKind.REPEATED_CURSOR: self._repeated,
            FaultKind.TOKEN_ECHO: _echo, FaultKind.TOKEN_ECHO_ERROR: _echo_error,
            FaultKind.NEW_MEMBERS: _new_members, FaultKind.NO_TIME: _no_time,
        }  # fmt: skip

    def answer(self, request: Request) -> Answer:
        """Answer one request; a refusal is an answer too."""
        if f"{request.path}/" in _KINDS:
            return Answer(301, [("Location", f"{_SITE}{request.path}/"), ("Content-Type", "text/html")], body=b"")
        if request.path == "/":
            addresses = (self._avatar()[1], lambda post: [url for _, url in self._pictures(post)])
            return public_page(self._owner, self._world.posts(self.account), *addresses)
        kind = _KINDS.get(request.path)
        if kind is None:
            return Answer(
                404, [("Content-Type", "text/html; charset=UTF-8")], body=b"<!DOCTYPE html><title>404</title>"
            )
        body, changed = self._page(request, kind)
        tag = f'"{mark("feed", body.hex(), length=32)}"'
        headers = [
            ("Content-Type", f"{_TYPES[kind]}; charset=UTF-8"), ("ETag", tag),
            ("Last-Modified", format_datetime(changed, usegmt=True)), ("Link", f'<{_SITE}/>; rel="alternate"'),
        ]  # fmt: skip
        if request.headers.get("if-none-match") == tag:
            return Answer(304, headers, body=b"")
        return Answer(200, headers, body=body)

    def _page(self, request: Request, kind: str) -> tuple[bytes, datetime]:
        posts = sorted(self._world.posts(self.account), key=lambda p: (p.created_at, p.id), reverse=True)
        changed = max((post.updated_at for post in posts), default=self._world.city.start)
        places = [place for place, post in enumerate(posts) if post.id == request.parameter("fore")]
        asked = request.parameter("antal", str(_DEFAULT))
        size = min(_MOST, max(1, int(asked))) if asked.isdecimal() else _DEFAULT
        first = places[0] + 1 if places else 0
        page, more = posts[first : first + size], len(posts) > first + size
        older = ""
        if more and request.path != "/nyast/":
            older = f"{_SITE}{request.path}?{request.with_parameters({'fore': page[-1].id})}"
        return self._written(kind, page, request.path, older), changed

    def _written(self, kind: str, posts: Sequence[CityPost], path: str, older: str) -> bytes:
        links = f'<atom:link href="{_SITE}{path}" rel="self" type="{_TYPES[kind]}"/>'
        links += f'<atom:link href="{escape(older)}" rel="next"/>' if older else ""
        name, about = escape(self._owner.name), escape(self._owner.about)
        picture = escape(self._avatar()[1])
        head = f"<title>{name}</title><link>{_SITE}/</link><description>{about}</description>"
        if kind == "atom":
            head = f"<title>{name}</title><subtitle>{about}</subtitle><id>{_SITE}/</id><logo>{picture}</logo>"
            head += f'<link href="{_SITE}/" rel="alternate"/>' + links.replace("<atom:", "<")
            text = "".join(self._atom(post) for post in posts)
            text = f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="sv">{head}{text}</feed>'
        elif kind == "rdf":
            text = "".join(self._item(post, f'<item rdf:about="{post.id}">', dates="dc") for post in posts)
            text = f'{_RDF}<channel rdf:about="{_SITE}/">{head}{links}</channel>{text}</rdf:RDF>'
        else:
            image = f"<image><url>{picture}</url><title>{name}</title><link>{_SITE}/</link></image>"
            text = "".join(self._item(post, "<item>", dates="rss") for post in posts)
            text = f"{_RSS}<channel>{head}<language>sv-SE</language>{links}{image}{text}</channel></rss>"
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()

    def _item(self, post: CityPost, opening: str, *, dates: str) -> str:
        when = f"<pubDate>{format_datetime(post.created_at)}</pubDate><guid>{post.id}</guid>"
        if dates == "dc":
            when = f"<dc:date>{post.created_at:%Y-%m-%dT%H:%M:%SZ}</dc:date>"
        beside = ""
        if post.pictures and dates == "rss":
            url, alt = self._pictures(post)[0][1], escape(post.pictures[0].alt_text)
            beside = f'<media:content url="{escape(url)}" medium="image"><media:description>{alt}</media:description>'
            beside += "</media:content>"
        return (
            f"{opening}<title>{escape(post.title)}</title><link>{post.id}</link>{when}"
            f"<dc:creator><![CDATA[{self._owner.name}]]></dc:creator><category>{post.topic}</category>"
            f"<description>{escape(post.text[:80])} [&amp;#8230;]</description>"
            f"<content:encoded><![CDATA[{self._html(post)}]]></content:encoded>{beside}</item>"
        )

    def _atom(self, post: CityPost) -> str:
        return (
            f"<entry><title>{escape(post.title)}</title><id>{post.id}</id>"
            f'<link href="{post.id}" rel="alternate" type="text/html"/>'
            f"<published>{post.created_at.isoformat()}</published><updated>{post.updated_at:%Y-%m-%dT%H:%M:%SZ}</updated>"
            f'<author><name>{escape(self._owner.name)}</name></author><category term="{post.topic}"/>'
            f"<summary>{escape(post.text[:80])}</summary>"
            f'<content type="html">{escape(self._html(post))}</content></entry>'
        )

    def _html(self, post: CityPost) -> str:
        figures = [
            f'<figure><img src="{escape(url)}" alt="{escape(picture.alt_text)}"></figure>'
            for (_, url), picture in zip(self._pictures(post), post.pictures, strict=True)
        ]
        paragraphs = [f"<p>{escape(part, quote=False)}</p>" for part in post.text.split("\n\n")]
        return "\n".join([*paragraphs[:1], *figures, *paragraphs[1:]])

    def _pictures(self, post: CityPost) -> list[tuple[str, str]]:
        shelf = self._world.shelf
        pairs = zip(post.picture_ids, post.pictures, strict=True)
        return [(number, shelf.graph_picture(picture, number)) for number, picture in pairs]

    def _avatar(self) -> tuple[str, str]:
        number = self._world.shelf.profile_picture_id(self._owner, "avatar")
        return number, self._world.shelf.graph_picture(self._owner.avatar, number)

    def truth(self, post: CityPost) -> TruePost:
        """Return what a perfect capture holds of a post, as the world is now."""
        return TruePost(
            id=post.id, kind="article", title=post.title, text=self._html(post), created_at=post.created_at,
            updated_at=post.updated_at, hidden=False, pinned=False, is_reel=False, comments=(), claimed=None,
            unlisted=(), media=tuple(self._medium(number, "image", url) for number, url in self._pictures(post)),
        )  # fmt: skip

    def profile_media(self) -> tuple[TrueMedium, ...]:
        """Return the feed's picture."""
        number, url = self._avatar()
        return (self._medium(number, "avatar", url),)

    def _medium(self, number: str, kind: str, url: str) -> TrueMedium:
        content = self._world.shelf.content(url)
        return TrueMedium(number, kind, url, hashlib.sha256(content).hexdigest(), len(content))

    def _empty_page(self, _f: Fault, request: Request, answer: Answer) -> Answer:
        """Leave a page without entries that leads to the same page under another address."""
        kind = _KINDS.get(request.path, "rss")
        here = f"{_SITE}{request.path}?{request.with_parameters({'igen': '1'})}"
        answer.body = self._written(kind, [], request.path, here)
        return answer

    def _repeated(self, _f: Fault, request: Request, answer: Answer) -> Answer:
        """Leave a page that leads to itself."""
        kind = _KINDS.get(request.path, "rss")
        answer.body = self._written(kind, [], request.path, f"{_SITE}{request.shown}")
        return answer


def _echo(_f: Fault, request: Request, answer: Answer) -> Answer:
    token = request.token or request.headers.get("authorization", "").partition(" ")[2]
    body = answer.encoded()
    at = body.rindex(b"</")
    said = f"<!-- Authorization: Bearer {token} --><debug>{escape(token)}</debug>".encode()
    answer.body = body[:at] + said + body[at:]
    answer.replace_header("X-Debug", token)
    return answer


def _echo_error(_f: Fault, request: Request, answer: Answer) -> Answer:
    answer.status, answer.body = 400, f"Bad Request: {request.headers.get('authorization', '')}".encode()
    return answer


def _new_members(_f: Fault, _r: Request, answer: Answer) -> Answer:
    if answer.status == 200:  # noqa: PLR2004 - a feed
        answer.body = _CLOSED.sub(rb'<ny:ny_medlem xmlns:ny="urn:ny" a="1"><b/></ny:ny_medlem></\1>', answer.encoded())
    return answer


def _no_time(_f: Fault, _r: Request, answer: Answer) -> Answer:
    """Take the times out of the first entry."""
    first, end, rest = answer.encoded().partition(b"</item>" if b"</item>" in answer.encoded() else b"</entry>")
    answer.body = _TIME.sub(b"", first) + end + rest
    return answer
