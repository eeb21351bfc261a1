"""How a thread's document is read: the nested tree becomes a flat list of posts, each as received. Pure.

An answer names what it answers itself, so nothing of the tree is lost. A node that stands for an answer not shown comes
out as a record too. Source: lexicon app.bsky.feed.getPostThread; as of November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._formats import Format, is_json
from urval.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Node(msgspec.Struct, rename="camel"):
    post: msgspec.Raw = msgspec.Raw()
    uri: str = ""
    not_found: bool = False
    blocked: bool = False
    parent: _Node | None = None
    replies: list[_Node] | None = None


class _Answered(msgspec.Struct):
    reply: msgspec.Raw = msgspec.Raw()


class _Post(msgspec.Struct):
    record: _Answered


class _Document(msgspec.Struct):
    thread: _Node
    threadgate: dict[str, Any] | None = None


_DOCUMENT = msgspec.json.Decoder(_Document)


def _below(body: bytes | msgspec.Raw, _place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Return the gate, and what is below the post that was asked for."""
    document = _read(body)
    return _envelope(document), [record for node in document.thread.replies or () for record in _flat(node)]


def _around(body: bytes | msgspec.Raw, _place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Return the gate, and the answer asked for with what is above and below it, without the post itself."""
    document = _read(body)
    above, node = list[msgspec.Raw](), document.thread.parent
    while node is not None and node.post:
        if msgspec.json.decode(node.post, type=_Post).record.reply:
            above.append(node.post)
        node = node.parent
    return _envelope(document), [*reversed(above), *_flat(document.thread)]


def _read(body: bytes | msgspec.Raw) -> _Document:
    try:
        return _DOCUMENT.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedError(f"The thread cannot be read: {error}.") from error


def _envelope(document: _Document) -> dict[str, Any]:
    return {"threadgate": document.threadgate} if document.threadgate else {}


def _flat(top: _Node) -> Iterator[msgspec.Raw]:
    """Yield a node's post and those below it, each before its answers."""
    left = [top]
    while left:
        node = left.pop()
        if node.post:
            yield node.post
        elif node.uri:
            stands = {"uri": node.uri, "notFound": node.not_found, "blocked": node.blocked}
            yield msgspec.Raw(msgspec.json.encode(stands))
        left.extend(reversed(node.replies or ()))


BELOW: Final = Format(accept="application/json", well_formed=is_json, cut=_below)
AROUND: Final = Format(accept="application/json", well_formed=is_json, cut=_around)
