"""LinkedIn company pages through the Pages Data Portability API, which the EU's Digital Markets Act made LinkedIn open.

Finders name posts and comments; their contents are asked for many at a time. Addresses of media come with the posts.
Members who did not consent are left nameless. Unknown as of 22 November 2026, never tried on the live service: the
member in which a finder names a comment (three are read), whether a comment's answers are named under the post or under
the comment (both are asked for), limits of calls.

Source: endpoint reference, product version 202604; field lists of third-party programs.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._connector import Endpoint, MappedPost, MappedProfile, MediaRef, Origin
from connectors._formats import Format, is_json
from connectors._linkedin_companions import NO_ADDRESS, medium_id
from connectors._linkedin_format import BATCH, VALUES, named, reason_in
from connectors._linkedin_mapping import mapped, to_profile
from connectors._linkedin_objects import Medium, PostHead, image_urn
from connectors._paging import Cursor, SinglePage, cut
from connectors._text import mended_json
from urval.errors import MalformedError
from urval.records import GapReason, MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_FOLLOWERS = "the data-portability interface does not tell how many follow the page"
_NAMES: Final = ("id", "commentUrn", "urn")  # where a finder's record may have the name


class Source(msgspec.Struct):
    """A medium by kind, with its address."""

    image: Medium | None = None
    video: Medium | None = None
    document: Medium | None = None

    def shown(self) -> tuple[MediaKind, Medium]:
        """Return the kind and where it is."""
        kinds = ((MediaKind.VIDEO, self.video), (MediaKind.FILE, self.document))
        return next(((kind, one) for kind, one in kinds if one), (MediaKind.IMAGE, self.image or Medium()))


class Shown(msgspec.Struct, rename="camel"):
    """One medium of a post; ``media`` may also be its name."""

    media: Source | str | None = None
    title: str | None = None
    alt_text: str | None = None


class Several(msgspec.Struct):
    """Several pictures."""

    images: list[Shown] = []


class Article(msgspec.Struct):
    """A link with its preview."""

    title: str | None = None
    thumbnail: Medium | str | None = None


class Content(msgspec.Struct, rename="camel"):
    """What a post shows."""

    media: Shown | None = None
    multi_image: Several | None = None
    article: Article | None = None
    poll: msgspec.Raw = msgspec.Raw(b"")
    reference: msgspec.Raw = msgspec.Raw(b"")

    def shown(self) -> list[Shown]:
        """Return the media."""
        if self.multi_image is not None:
            return self.multi_image.images
        if self.article is not None and self.article.thumbnail is not None:
            told = self.article.thumbnail
            return [Shown(media=Source(image=told) if isinstance(told, Medium) else told)]
        return [self.media] if self.media is not None else []

    def kind(self, media: tuple[MediaRef, ...]) -> str:
        """Return the kind of post this makes."""
        if self.article is not None:
            return "link"
        if media:
            return {MediaKind.VIDEO: "video", MediaKind.FILE: "document"}.get(media[0].kind, "photo")
        return "poll" if self.poll else "event" if self.reference else "post"

    def title(self) -> str | None:
        """Return the title of a link, film or document."""
        if self.article is not None:
            return self.article.title
        return self.media.title if self.media is not None else None


class DmaPost(PostHead, rename="camel"):
    """A post of the data-portability interface."""

    content: Content | None = None


class _Cursor(msgspec.Struct):
    next: str | None = msgspec.field(name="nextPaginationCursor", default=None)


class _Metadata(_Cursor):
    misspelt: _Cursor | None = msgspec.field(name="paginationCursorMetdata", default=None)
    spelt: _Cursor | None = msgspec.field(name="paginationCursorMetadata", default=None)


class _Link(msgspec.Struct):
    rel: str = ""


class _Paging(msgspec.Struct):
    links: list[_Link] | None = None


class _Around(msgspec.Struct):
    metadata: _Metadata | None = None
    paging: _Paging | None = None


_POST = msgspec.json.Decoder(DmaPost, strict=False)


def dma_profile(body: bytes, origin: Origin, settings: Mapping[str, str]) -> MappedProfile:
    """Map an organisation, and say what the interface does not tell of it."""
    return replace(
        to_profile(body, origin, settings), troubles=(("followers", GapReason.INTERFACE_LIMIT, _NO_FOLLOWERS),)
    )


def dma_post(raw: msgspec.Raw, origin: Origin, _listing: str, own_id: str) -> MappedPost:
    """Map a post that a finder named.

    Raises:
        MalformedError: The interface gives a reason instead of the post.
    """
    record = named(raw)
    if not record.value:
        raise MalformedError(reason_in(record.error))
    entry = _POST.decode(record.value)
    content = entry.content or Content()
    media = tuple(_medium(entry.id, number, one) for number, one in enumerate(content.shown(), 1))
    return mapped(entry, media, record.value, origin, kind=content.kind(media), title=content.title(), own_id=own_id)


def _medium(owner: str, number: int, shown: Shown) -> MediaRef:
    alt = shown.alt_text or None
    if not isinstance(shown.media, Source):
        urn = image_urn(shown.media or str(number))
        return MediaRef(id=medium_id(owner, urn), url=None, kind=MediaKind.FILE, alt_text=alt, withheld=NO_ADDRESS)
    kind, medium = shown.media.shown()
    words = f"{NO_ADDRESS}: its status is {medium.status}" if medium.status else NO_ADDRESS
    return MediaRef(
        id=medium_id(owner, str(number)), url=medium.download_url, kind=kind, alt_text=alt,
        withheld="" if medium.download_url else words,
    )  # fmt: skip


def _cut_names(body: bytes, place: tuple[str, ...]) -> tuple[dict[str, Any], list[msgspec.Raw]]:
    """Split a finder's page; the cursor is looked for under LinkedIn's spelling, the right one, and bare."""
    envelope, records = cut(body, place)
    try:
        around = msgspec.convert(envelope, type=_Around)
    except msgspec.ValidationError as error:
        raise MalformedError(f"The page cannot be read: {error}.") from error
    metadata = around.metadata or _Metadata()
    token = (metadata.misspelt or metadata.spelt or metadata).next
    if not token and any(link.rel == "next" for link in (around.paging or _Paging()).links or ()):
        raise MalformedError("The page has a next one, but no cursor that leads there.")
    return {"next": token}, records


def _name_in(raw: msgspec.Raw) -> str:
    found = msgspec.json.decode(raw)
    told = [found[key] for key in _NAMES if isinstance(found.get(key), str)] if isinstance(found, dict) else [found]
    if not told or not isinstance(told[0], str):
        raise MalformedError("A finder's record does not say what it names.")
    return told[0]


def finder(name: str, query: str, resource: str, *, whole: bool = True) -> Endpoint:
    """Return the call that names objects; ``resource`` is where they are asked for, wrapped with their names or not."""
    objects = Endpoint(
        name=name, path=f"/rest/{resource}?ids=List($ids)", parameters=(), records=(), paging=SinglePage(), limit="",
        format=VALUES if whole else BATCH,
    )  # fmt: skip
    return Endpoint(
        name=name, path=f"/rest/dmaFeedContentsExternal?{query}", parameters=(("maxPaginationCount", "100"),),
        records=("elements",), paging=Cursor(place=("next",), parameter="paginationCursor"), limit="maxPaginationCount",
        headers=(("X-RestLi-Method", "FINDER"),), refusal_is_general=True, objects=objects, object_key=_name_in,
        format=Format(accept="application/json", well_formed=is_json, cut=_cut_names, mended=mended_json),
    )  # fmt: skip
