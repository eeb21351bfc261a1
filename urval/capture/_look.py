"""How the account's page looked: what a visitor sees before any post. Pure.

Two looks are compared to find a visual change (requirement R05). Pictures are compared by their bytes; one that could
not be had is not taken for a change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from urval.records import AccountProfile, MediaItem

FIELDS = ("avatar", "cover", "name", "about", "links")
_PICTURES = frozenset({"avatar", "cover"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLook:
    """The page's head. Pictures are hex SHA-256, None where there is none or it could not be had."""

    avatar: str | None
    cover: str | None
    name: str
    about: str | None
    links: tuple[str, ...]

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Return the look that ``capture.json`` holds.

        Raises:
            KeyError: A field is missing.
        """
        return cls(**{**{name: value[name] for name in FIELDS}, "links": tuple(value["links"])})


def look_of(profile: AccountProfile, media: Iterable[MediaItem]) -> PageLook:
    """Return how the page of a profile looks."""
    digests = {item.id: item.sha256 for item in media}
    return PageLook(
        avatar=digests.get(profile.avatar_media_id or ""),
        cover=digests.get(profile.cover_media_id or ""),
        name=profile.name,
        about=profile.about,
        links=profile.links,
    )


def changed_fields(before: PageLook, now: PageLook) -> tuple[str, ...]:
    """Return what looks otherwise, in the order of :data:`FIELDS`."""
    return tuple(name for name in FIELDS if _differ(name, getattr(before, name), getattr(now, name)))


def _differ(name: str, before: object, now: object) -> bool:
    if name in _PICTURES and (before is None or now is None):
        return False  # a picture that could not be had says nothing
    return before != now
