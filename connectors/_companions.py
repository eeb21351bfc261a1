"""Calls for several objects at once: what completes posts and the profile, and earlier versions of texts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors._connector import Found
from connectors._listing import Listing
from connectors._losses import UNREADABLE, reason_of, words_of
from urval.errors import SourceError, ThrottledError
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import msgspec

    from connectors._connector import Companion, Endpoint, History, MappedPost, MappedProfile
    from connectors._errand import Errand
    from connectors._losses import GapLog
    from urval.records import Comment, Post, Version


_NOT_GIVEN = "an earlier version that the platform names is not given"


def completed(errand: Errand, mapped: MappedProfile) -> MappedProfile:
    """Return the profile with what further calls tell of it."""
    for companion in errand.connector.profile_companions:
        asks = companion.asks(mapped)
        try:
            found = _asked(errand, companion.endpoint, companion.key, asks, {}) if asks else {}
            mapped = companion.enrich(mapped, found) if asks else mapped
        except ThrottledError:
            raise  # no gap: see Errand.note
        except (SourceError, *UNREADABLE) as error:
            errand.heed(error)
            trouble = (companion.endpoint.name, _reason(error), words_of(error))
            mapped = replace(mapped, troubles=(*mapped.troubles, trouble))
    return mapped


def enriched(errand: Errand, posts: Sequence[MappedPost], companion: Companion) -> list[MappedPost]:
    """Return the posts with what a second call tells of them, ``size`` objects a call."""
    made: list[MappedPost] = []
    for batch in _batches(posts, companion.asks, companion.size):
        asks = tuple(dict.fromkeys(ask for post in batch for ask in companion.asks(post)))
        if not asks or errand.is_closed(companion.endpoint) or errand.dead:
            made += batch
            continue
        values = {"post_id": batch[0].comments_of or batch[0].post.id}
        try:
            found = _asked(errand, companion.endpoint, companion.key, asks, values)
        except ThrottledError:
            raise
        except (SourceError, *UNREADABLE) as error:
            made += _left_as_they_were(errand, companion, batch, error)
            continue
        made += [_enriched(companion, post, found) for post in batch]
    return made


def _enriched(companion: Companion, post: MappedPost, found: dict[str, list[Found]]) -> MappedPost:
    asks = companion.asks(post)
    if not asks:
        return post
    try:
        return companion.enrich(post, {ask: found.get(ask, []) for ask in asks})
    except UNREADABLE as error:
        trouble = (companion.endpoint.name, GapReason.MALFORMED, str(error))
        return replace(post, troubles=(*post.troubles, trouble))


def _left_as_they_were(
    errand: Errand, companion: Companion, batch: Sequence[MappedPost], error: Exception
) -> list[MappedPost]:
    if isinstance(error, SourceError):
        if errand.close(companion.endpoint, error):
            errand.note(companion.endpoint.name, error)
            return list(batch)
        if getattr(error, "account_wide", False):
            errand.note(companion.endpoint.name, error)
    trouble = (companion.endpoint.name, _reason(error), words_of(error))
    return [replace(post, troubles=(*post.troubles, trouble)) if companion.asks(post) else post for post in batch]


def versions_of(
    errand: Errand, history: History, asks: Sequence[tuple[str, Post | Comment]], thread_id: str, gaps: GapLog
) -> tuple[Version, ...]:
    """Return the earlier texts of a thread's post and comments; ``asks`` names what to ask for, and of which."""
    found_of: dict[str, list[Found]] = {subject.id: [] for _, subject in asks}
    for first in range(0, len(asks), history.size):
        part = asks[first : first + history.size]
        try:
            found = _asked(errand, history.endpoint, history.key, tuple(ask for ask, _ in part), {"post_id": thread_id})
        except ThrottledError:
            raise
        except (SourceError, *UNREADABLE) as error:
            errand.heed(error)
            for subject_id in dict.fromkeys(subject.id for _, subject in part):
                gaps.add(errand.now(), history.endpoint.name, subject_id, _reason(error), words_of(error))
            continue
        for ask, subject in part:
            if ask not in found:
                gaps.add(errand.now(), history.endpoint.name, subject.id, GapReason.GONE, _NOT_GIVEN)
            found_of[subject.id] += found.pop(ask, [])
    subjects = {subject.id: subject for _, subject in asks}
    mapped = (_mapped(errand, history, subjects[key], records, gaps) for key, records in found_of.items())
    return tuple(version for versions in mapped for version in versions)


def _mapped(
    errand: Errand, history: History, subject: Post | Comment, records: Sequence[Found], gaps: GapLog
) -> list[Version]:
    made: list[Version] = []
    for number, record in enumerate(records):
        try:
            version = history.to_version(record, number, subject)
        except UNREADABLE as error:
            gaps.add(errand.now(), history.endpoint.name, subject.id, GapReason.MALFORMED, str(error))
            continue
        if version is not None:
            made.append(version)
    return made


def _asked(
    errand: Errand,
    endpoint: Endpoint,
    key: Callable[[msgspec.Raw], str] | None,
    asks: tuple[str, ...],
    more: dict[str, Any],
) -> dict[str, list[Found]]:
    """Ask for some objects in one listing; return what came, by the object asked for."""
    found: dict[str, list[Found]] = {}
    listing = Listing(errand.line, endpoint, {**errand.values, **more, "ids": asks, "id": asks[0]})
    for page, records in listing:
        origin = errand.origin(page, endpoint, listing.envelope)
        for raw in records:
            found.setdefault(key(raw) if key else asks[0], []).append(Found(raw, origin))
    return found


def _batches(
    posts: Sequence[MappedPost], asks: Callable[[MappedPost], tuple[str, ...]], size: int
) -> list[list[MappedPost]]:
    """Cut posts so that each part asks for at most ``size`` objects, or is one post."""
    batches: list[list[MappedPost]] = [[]]
    room = size
    for post in posts:
        need = len(asks(post))
        if need > room and batches[-1]:
            batches.append([])
            room = size
        batches[-1].append(post)
        room -= need
    return [batch for batch in batches if batch]


def _reason(error: Exception) -> GapReason:
    return reason_of(error) if isinstance(error, SourceError) else GapReason.MALFORMED
