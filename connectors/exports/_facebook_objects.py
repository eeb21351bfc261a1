"""The entries of a Facebook export, their texts repaired: old shape (``data``) and new (``label_values``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.exports._meta import decoded, is_address, kind_of, label_texts, longest_text, time_of
from urval.records import MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment as the export gives it. ``raw`` is its JSON, ``exchange`` the digest of its member."""

    text: str
    author: str | None
    created_at: datetime
    raw: str = ""
    exchange: str = ""


def _attached(entry: Mapping[str, Any], what: str) -> Iterator[Any]:
    for attachment in entry.get("attachments") or ():
        for data in attachment.get("data") or ():
            if what in data:
                yield data[what]


def media_of(entry: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the media of a post, each address once."""
    named = [*_attached(entry, "media"), *(entry.get("media") or ())]
    return list({one["uri"]: one for one in named if one.get("uri")}.values())


def text_of(entry: Mapping[str, Any]) -> str:
    """Return a post's text."""
    told = [data["post"] for data in entry.get("data") or () if data.get("post")]
    return "\n".join(told) if told else longest_text(label_texts(entry.get("label_values")))


def link_of(entry: Mapping[str, Any]) -> str | None:
    """Return the address of what an entry shares or answers."""
    for context in _attached(entry, "external_context"):
        if context.get("url"):
            return str(context["url"])
    return next((value for _, value in label_texts(entry.get("label_values")) if is_address(value)), None)


def updated_at(entry: Mapping[str, Any]) -> datetime | None:
    """Return when a post was changed, if it says so."""
    told = [data["update_timestamp"] for data in entry.get("data") or () if data.get("update_timestamp")]
    return time_of(told[-1]) if told else None


def kind_of_post(entry: Mapping[str, Any], media: list[dict[str, Any]]) -> str:
    """Return what a post is; titles are in the account's language, so its parts tell."""
    kinds = {kind_of(str(one["uri"])) for one in media}
    if MediaKind.VIDEO in kinds:
        return "video"
    return "photo" if kinds else "share" if link_of(entry) else "post"


def remark_of(entry: Mapping[str, Any]) -> Remark:
    """Return an own comment from the list of them.

    Raises:
        MalformedError: It has no time.
    """
    told: dict[str, Any] = next((data["comment"] for data in entry.get("data") or () if data.get("comment")), {})
    text = told.get("comment") or longest_text(label_texts(entry.get("label_values")))
    return Remark(text, told.get("author"), time_of(entry.get("timestamp"), told.get("timestamp")))


class Remarks:
    """The comments under photos. Those of an album's photo belong to the post that shows it, which lacks them."""

    def __init__(self) -> None:
        self._by_address: dict[str, list[Remark]] = {}

    def collect(self, raw: msgspec.Raw, exchange: Callable[[], str]) -> None:
        """Hold the comments under a photo of an album; raises what mapping an entry may."""
        photo = decoded(raw)
        if photo.get("comments"):
            self._by_address[photo["uri"]] = list(_under(photo, msgspec.json.decode(raw), exchange()))

    def under(
        self, media: Sequence[Mapping[str, Any]], received: Sequence[Mapping[str, Any]], exchange: str
    ) -> list[Remark]:
        """Return the comments under some media: the album's, else their own (``received`` is not repaired)."""
        found: list[Remark] = []
        for one, plain in zip(media, received, strict=True):
            held = self._by_address.pop(one["uri"], [])
            found += held or _under(one, plain, exchange)
        return found


def _under(photo: Mapping[str, Any], received: Mapping[str, Any], exchange: str) -> Iterator[Remark]:
    for told, plain in zip(photo.get("comments") or (), received.get("comments") or (), strict=True):
        raw = msgspec.json.encode(plain).decode()
        yield Remark(told.get("comment") or "", told.get("author"), time_of(told.get("timestamp")), raw, exchange)
