"""What LinkedIn tells only when asked again: counts of posts, followers of the page, addresses of media."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._connector import Companion, Endpoint, ProfileCompanion
from connectors._formats import OBJECT
from connectors._linkedin_format import BATCH, key_of, named, reason_in
from connectors._linkedin_objects import Medium, Metadata, Network, Statistics, kind_of
from connectors._paging import SinglePage
from urval.records import GapReason, MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors._connector import Found, MappedPost, MappedProfile, MediaRef

NO_ADDRESS: Final = "LinkedIn gives no address for it"
_AT_ONCE = 50  # objects a call: their names, percent-encoded, must fit into an address


def medium_id(owner: str, urn: str) -> str:
    """Return a medium's id: the same picture may stand in several posts."""
    return f"{owner}/{urn}"


def _urn(ref: MediaRef) -> str:
    return ref.id.rpartition("/")[2]


def _batch(name: str, path: str) -> Endpoint:
    return Endpoint(
        name=name, path=f"/rest/{path}?ids=List($ids)", parameters=(), records=(), paging=SinglePage(), limit="",
        format=BATCH, refusal_is_general=True,
    )  # fmt: skip


def _with_followers(mapped: MappedProfile, found: Mapping[str, Sequence[Found]]) -> MappedProfile:
    counts = [msgspec.json.decode(one.raw, type=Network) for told in found.values() for one in told]
    if not counts:
        return mapped
    return replace(mapped, profile=replace(mapped.profile, followers=counts[0].first_degree_size))


def _with_counts(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    """Add reactions and the number of comments; where LinkedIn counts none, none are asked for."""
    told = next(iter(found.get(mapped.post.id, ())), None)
    record = None if told is None else named(told.raw)
    if record is None or not record.value:
        words = reason_in(record.error) if record is not None and record.error else "LinkedIn gives no counts"
        return replace(mapped, troubles=(*mapped.troubles, ("counts", GapReason.REFUSED, words)))
    counts = msgspec.json.decode(record.value, type=Metadata)
    kinds = tuple((kind, one.count) for kind, one in (counts.reaction_summaries or {}).items() if one.count)
    comments = counts.comment_summary.total() if counts.comment_summary else None
    post = replace(
        mapped.post, reactions=kinds, platform_comment_count=comments,
        reaction_count=None if counts.reaction_summaries is None else sum(count for _, count in kinds),
    )  # fmt: skip
    return replace(mapped, post=post, after=None if comments == 0 else mapped.after)


def _shown_key(raw: msgspec.Raw) -> str:
    return msgspec.json.decode(raw, type=Statistics).key()


def _with_statistics(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    """Add shares and impressions; a post without them was not shown for twelve months."""
    for one in found.get(mapped.post.id, ()):
        told = msgspec.json.decode(one.raw, type=Statistics).total_share_statistics
        return replace(
            mapped, post=replace(mapped.post, share_count=told.share_count, view_count=told.impression_count)
        )
    return mapped


def _placed(ref: MediaRef, found: Mapping[str, Sequence[Found]]) -> MediaRef:
    """Return a medium with its address, or with the reason why it has none."""
    for one in found.get(_urn(ref), ()):
        record = named(one.raw)
        if record.error:
            return replace(ref, withheld=reason_in(record.error))
        if record.value:
            medium = msgspec.json.decode(record.value, type=Medium)
            words = f"{NO_ADDRESS}: its status is {medium.status}" if medium.status else NO_ADDRESS
            return replace(ref, url=medium.download_url, withheld="" if medium.download_url else words)
    return ref


def _addressed(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    return replace(mapped, media=tuple(_placed(ref, found) for ref in mapped.media))


def _profile_addressed(mapped: MappedProfile, found: Mapping[str, Sequence[Found]]) -> MappedProfile:
    return replace(mapped, media=tuple(_placed(ref, found) for ref in mapped.media))


def _media(name: str, kind: MediaKind) -> Companion:
    def asks(mapped: MappedPost) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_urn(ref) for ref in mapped.media if kind_of(_urn(ref)) is kind))

    return Companion(endpoint=_batch(name, name), size=_AT_ONCE, asks=asks, key=key_of, enrich=_addressed)


def profile_companions() -> tuple[ProfileCompanion, ...]:
    """Return the calls about the page: how many follow it, and where its pictures are."""
    followers = Endpoint(
        name="followers", path="/rest/networkSizes/$ids?edgeType=COMPANY_FOLLOWED_BY_MEMBER", parameters=(), records=(),
        paging=SinglePage(), limit="", format=OBJECT,
    )  # fmt: skip
    return (
        ProfileCompanion(
            endpoint=followers, asks=lambda mapped: (mapped.profile.id,), key=None, enrich=_with_followers
        ),
        ProfileCompanion(
            endpoint=_batch("page images", "images"), asks=lambda mapped: tuple(_urn(ref) for ref in mapped.media),
            key=key_of, enrich=_profile_addressed,
        ),
    )  # fmt: skip


def counts(resource: str) -> Companion:
    """Return the call for reactions and numbers of comments."""
    return Companion(
        endpoint=_batch("counts", resource), size=_AT_ONCE, asks=lambda mapped: (mapped.post.id,), key=key_of,
        enrich=_with_counts,
    )  # fmt: skip


def statistics() -> tuple[Companion, ...]:
    """Return the calls for how often posts of the last twelve months were shown and shared; others have no number."""

    def made(kind: str, parameter: str) -> Companion:
        path = f"organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity=$own_id&{parameter}"
        endpoint = Endpoint(
            name="statistics", path=f"/rest/{path}=List($ids)", parameters=(), records=("elements",),
            paging=SinglePage(), limit="", headers=(("X-RestLi-Method", "FINDER"),), refusal_is_general=True,
        )  # fmt: skip
        return Companion(
            endpoint=endpoint, size=_AT_ONCE, key=_shown_key, enrich=_with_statistics,
            asks=lambda mapped: (mapped.post.id,) if mapped.post.id.startswith(kind) else (),
        )  # fmt: skip

    return made("urn:li:share:", "shares"), made("urn:li:ugcPost:", "ugcPosts")


def media() -> tuple[Companion, ...]:
    """Return the calls for addresses of media."""
    kinds = (("images", MediaKind.IMAGE), ("videos", MediaKind.VIDEO), ("documents", MediaKind.FILE))
    return tuple(_media(name, kind) for name, kind in kinds)
