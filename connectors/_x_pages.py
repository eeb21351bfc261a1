"""How a page of the X API is cut into records, and what lies beside them: users, media, polls, partial errors. Pure.

Source: openapi 2.167 of X, as of 22 November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from connectors._formats import Format, is_json
from connectors._text import mended_json
from connectors._x_objects import Medium, Poll, Problem, Tweet, User
from urval.errors import MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_Wanted = TypeVar("_Wanted")


@dataclass(frozen=True, slots=True)
class Beside:
    """What surrounds a page's records, by id."""

    users: Mapping[str, User] = field(default_factory=dict)
    media: Mapping[str, Medium] = field(default_factory=dict)
    posts: Mapping[str, Tweet] = field(default_factory=dict)
    polls: Mapping[str, Poll] = field(default_factory=dict)
    problems: Mapping[str, Problem] = field(default_factory=dict)


class _Includes(msgspec.Struct):
    users: tuple[msgspec.Raw, ...] = ()
    media: tuple[msgspec.Raw, ...] = ()
    tweets: tuple[msgspec.Raw, ...] = ()
    posts: tuple[msgspec.Raw, ...] = ()
    polls: tuple[msgspec.Raw, ...] = ()


_USERS, _MEDIA = msgspec.json.Decoder(User, strict=False), msgspec.json.Decoder(Medium, strict=False)
_POSTS, _POLLS = msgspec.json.Decoder(Tweet, strict=False), msgspec.json.Decoder(Poll, strict=False)
_PROBLEMS = msgspec.json.Decoder(Problem, strict=False)


def beside(envelope: Mapping[str, Any]) -> Beside:
    """Sort what surrounds the records; an object that cannot be read counts as not given."""
    told, errors = envelope.get("includes"), envelope.get("errors")
    includes = msgspec.json.decode(told, type=_Includes) if told else _Includes()
    problems = msgspec.json.decode(errors, type=tuple[msgspec.Raw, ...]) if errors else ()
    return Beside(
        users={user.id: user for user in _each(includes.users, _USERS)},
        media={medium.media_key: medium for medium in _each(includes.media, _MEDIA)},
        posts={post.id: post for post in _each((*includes.tweets, *includes.posts), _POSTS)},
        polls={poll.id: poll for poll in _each(includes.polls, _POLLS)},
        problems={p.resource_id or p.value or "": p for p in _each(problems, _PROBLEMS)},
    )


def _each(values: tuple[msgspec.Raw, ...], decoder: msgspec.json.Decoder[_Wanted]) -> Iterable[_Wanted]:
    for value in values:
        try:
            yield decoder.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue  # whoever needs the object finds it missing and says so


class _Opening(msgspec.Struct, gc=False):
    id: str
    in_reply_to_user_id: str | None = None


_OPENING = msgspec.json.Decoder(_Opening)


def _answers_something(record: msgspec.Raw) -> bool:
    if b'"replied_to"' in bytes(record):  # a text cannot hold it: its quotation marks are escaped
        return True
    try:
        found = _OPENING.decode(record)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return True  # the mapping will say what is wrong with it
    return found.in_reply_to_user_id is not None


def _cut(body: bytes, place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split a page; an empty one has no ``data``. Of what surrounds the records only ``meta`` is decoded."""
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        records = msgspec.json.decode(members.pop(place[0], b"[]"), type=list[msgspec.Raw])
        envelope: dict[str, Any] = {**members, "meta": msgspec.json.decode(members.get("meta", b"{}"))}
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(f"The page cannot be read: {error}.") from error
    if not records and not members:
        raise MalformedError(f"The page has neither {place[0]!r} nor anything that says why.")
    return envelope, records


def _cut_replies(body: bytes, place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split a page of a conversation, without the post that began it: that one is known."""
    envelope, records = _cut(body, place)
    return envelope, [record for record in records if _answers_something(record)]


PAGE = Format(accept="application/json", well_formed=is_json, cut=_cut, mended=mended_json)
REPLIES = Format(accept="application/json", well_formed=is_json, cut=_cut_replies, mended=mended_json)
