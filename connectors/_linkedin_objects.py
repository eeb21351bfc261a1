"""Objects of LinkedIn's REST API, decoded. Unknown members are left to the raw record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from connectors._little_text import plain
from urval.records import MediaKind

_ASSET, _IMAGE = "urn:li:digitalmediaAsset:", "urn:li:image:"
_KINDS = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "document": MediaKind.FILE}
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


def instant(milliseconds: int) -> datetime:
    """Return the time that lies so many milliseconds after 1970.

    Raises:
        msgspec.ValidationError: There is no such time.
    """
    try:
        return _EPOCH + milliseconds * _MILLISECOND
    except OverflowError as error:
        raise msgspec.ValidationError(f"{milliseconds} is no time") from error


def image_urn(urn: str) -> str:
    """Return the name under which the Images API knows a picture: pages and comments may name it as a media asset."""
    return _IMAGE + urn.removeprefix(_ASSET) if urn.startswith(_ASSET) else urn


def kind_of(urn: str) -> MediaKind | None:
    """Return what a medium is, by its name; None for what cannot be fetched."""
    parts = urn.split(":", 3)
    return _KINDS.get(parts[2]) if len(parts) == 4 else None  # noqa: PLR2004 - urn, li, type, id


class Medium(msgspec.Struct, rename="camel", gc=False):
    """Where a picture, film or document can be fetched for a while."""

    download_url: str | None = None
    status: str | None = None


class Asset(msgspec.Struct):
    """A picture of the page: the whole one and the cut-out, by name or, in the DMA interface, by address."""

    original: str | Medium = ""
    cropped: str | Medium = ""

    def urn(self) -> str:
        """Return the picture's name, if it is given."""
        found = self.original or self.cropped
        return image_urn(found) if isinstance(found, str) else ""

    def address(self) -> str | None:
        """Return the picture's address, if it is given."""
        found = self.original or self.cropped
        return found.download_url if isinstance(found, Medium) else None


class Organization(msgspec.Struct, rename="camel"):
    """An organisation's page."""

    id: int
    localized_name: str
    vanity_name: str | None = None
    localized_description: str | None = None
    localized_website: str | None = None
    logo_v2: Asset | None = None
    cover_photo_v2: Asset | None = None


class Network(msgspec.Struct, rename="camel"):
    """How many follow an organisation."""

    first_degree_size: int


class MediumEntry(msgspec.Struct, rename="camel", gc=False):
    """A picture, film or document in a post."""

    id: str = ""
    alt_text: str | None = None
    title: str | None = None


class MultiImage(msgspec.Struct):
    """Several pictures."""

    images: list[MediumEntry] = []


class Article(msgspec.Struct, gc=False):
    """A link with its preview."""

    title: str | None = None
    thumbnail: str | None = None
    thumbnail_alt: str | None = msgspec.field(name="thumbnailAltText", default=None)


class Content(msgspec.Struct, rename="camel"):
    """What a post shows below its text: one of these members, or one that is left to the raw record."""

    media: MediumEntry | None = None
    multi_image: MultiImage | None = None
    article: Article | None = None
    poll: msgspec.Raw = msgspec.Raw(b"")
    reference: msgspec.Raw = msgspec.Raw(b"")

    def entries(self) -> list[MediumEntry]:
        """Return the media that can be asked for by name."""
        if self.multi_image is not None:
            return self.multi_image.images
        if self.article is not None and self.article.thumbnail:
            return [MediumEntry(id=self.article.thumbnail, alt_text=self.article.thumbnail_alt)]
        return [self.media] if self.media is not None and self.media.id else []

    def title(self) -> str | None:
        """Return the title of a link, film or document."""
        if self.article is not None:
            return self.article.title
        return self.media.title if self.media is not None else None

    def kind(self) -> str:
        """Return the kind of post this makes."""
        if self.media is not None:
            named = kind_of(self.media.id)
            return {MediaKind.VIDEO: "video", MediaKind.FILE: "document"}.get(named or MediaKind.IMAGE, "photo")
        if self.multi_image is not None:
            return "photo"
        if self.article is not None:
            return "link"
        return "poll" if self.poll else "event" if self.reference else "post"


class Lifecycle(msgspec.Struct, rename="camel", gc=False):
    """What happened to a post."""

    is_edited_by_author: bool | None = None


class Reshare(msgspec.Struct, gc=False):
    """The post that is shared on."""

    parent: str | None = None
    root: str | None = None


class Message(msgspec.Struct, gc=False):
    """A comment's text; unlike a post's it has no signs of its own."""

    text: str = ""


class Stamp(msgspec.Struct, gc=False):
    """When something was done, in milliseconds since 1970."""

    time: int


class PostHead(msgspec.Struct, rename="camel"):
    """A post without what it shows. Times are milliseconds since 1970, in stamps where the DMA interface tells them."""

    id: str
    created_at: int | None = None
    created: Stamp | None = None
    author: str = ""
    commentary: str | Message | None = None
    published_at: int | None = None
    last_modified_at: int | None = None
    last_modified: Stamp | None = None
    lifecycle_state_info: Lifecycle | None = None
    reshare_context: Reshare | None = None

    def text(self) -> str:
        """Return the text as a visitor reads it; only plain text has LinkedIn's own signs."""
        given = self.commentary
        return given.text if isinstance(given, Message) else plain(given or "")

    def first(self) -> int:
        """Return when it was published, else made.

        Raises:
            msgspec.ValidationError: It tells neither.
        """
        made = self.created.time if self.created_at is None and self.created is not None else self.created_at
        told = made if self.published_at is None else self.published_at
        if told is None:
            raise msgspec.ValidationError("the post has no time")
        return told

    def last(self) -> int | None:
        """Return when it was last changed."""
        if self.last_modified_at is None and self.last_modified is not None:
            return self.last_modified.time
        return self.last_modified_at


class PostObject(PostHead, rename="camel"):
    """A post of the Community Management API."""

    content: Content | None = None


class Count(msgspec.Struct, gc=False):
    """A number of reactions of one type."""

    count: int = 0


class CommentSummary(msgspec.Struct, rename="camel", gc=False):
    """How many comments there are; the member's name differs between versions of the documentation."""

    count: int | None = None
    comment_count: int | None = None

    def total(self) -> int | None:
        """Return the number of comments on both levels."""
        return self.comment_count if self.count is None else self.count


class Metadata(msgspec.Struct, rename="camel"):
    """Counts of a post."""

    reaction_summaries: dict[str, Count] | None = None
    comment_summary: CommentSummary | None = None


class Totals(msgspec.Struct, rename="camel", gc=False):
    """How often a post was shown and shared."""

    share_count: int | None = None
    impression_count: int | None = None


class Statistics(msgspec.Struct, rename="camel", gc=False):
    """The numbers of one post."""

    total_share_statistics: Totals = msgspec.field(default_factory=Totals)
    share: str = ""
    ugc_post: str = ""

    def key(self) -> str:
        """Return the post's name."""
        return self.share or self.ugc_post
