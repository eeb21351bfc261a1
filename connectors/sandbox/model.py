"""What a fictional city consists of: accounts, posts, the threads below them. Plain data, platform ids included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from connectors.sandbox.pictures import Picture


@dataclass(frozen=True, slots=True)
class Person:
    """A resident. Facebook tells ``id`` and ``name`` only of those who authorised the app (``named``)."""

    id: str
    name: str
    named: bool = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """A text that another one replaced, and when it was written."""

    text: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CityComment:
    """A comment or answer. ``author`` is None where the account itself (on a blog: its staff) wrote it.

    ``listed`` is false for a comment that the platform counts but shows to nobody: removed by the city, or private.
    """

    id: str
    parent_id: str | None
    depth: int
    author: Person | None
    text: str
    created_at: datetime
    likes: int
    hidden: bool = False
    listed: bool = True
    picture: Picture | None = None
    edited_at: datetime | None = None
    earlier: tuple[Earlier, ...] = ()  # oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """A video or reel: its own object on Facebook, beside the post that carries it."""

    id: str
    seconds: float
    source_given: bool
    views: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CityPost:
    """A post. ``kind``: status, photo, album, link, share, event, video, reel; on a blog: article."""

    id: str
    kind: str
    topic: str
    language: str
    title: str
    text: str
    created_at: datetime
    updated_at: datetime
    pictures: tuple[Picture, ...]
    picture_ids: tuple[str, ...]
    link: str | None
    film: Film | None
    reactions: tuple[tuple[str, int], ...]
    shares: int
    comments: tuple[CityComment, ...]
    hidden: bool = False
    pinned: bool = False
    also_among_reels: bool = False
    staff: int = 1  # a blog's author
    earlier: tuple[Earlier, ...] = ()  # texts that ``updated_at`` replaced the last of, oldest first


@dataclass(frozen=True, slots=True, kw_only=True)
class CityAccount:
    """One account of the city, posts oldest first."""

    key: str
    platform: str
    id: str
    handle: str
    name: str
    about: str
    category: str
    website: str
    followers: int
    likes: int
    avatar: Picture
    cover: Picture
    posts: tuple[CityPost, ...]
    staff: tuple[tuple[int, str, str], ...] = ()  # a blog's authors: id, name, slug
