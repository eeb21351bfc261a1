"""Objects of the Mastodon API as far as they are read. Ids are opaque texts: other servers number otherwise.

Source: mastodon/documentation 2903485, as of 22 November 2026.
"""

from __future__ import annotations

import html
from datetime import datetime  # noqa: TC003 - msgspec resolves it at run time
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._connector import MediaRef
from urval.records import Edited, MediaKind

if TYPE_CHECKING:
    from collections.abc import Mapping

_KINDS: Final[Mapping[str, MediaKind]] = {
    "image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "gifv": MediaKind.VIDEO, "audio": MediaKind.AUDIO,
}  # fmt: skip
_YES, _NO, _UNKNOWN = Edited.YES, Edited.NO, Edited.UNKNOWN
_NO_FILE = "the server gives no address: it is still working on the file, or could not fetch it"


class Field(msgspec.Struct, gc=False):
    """A line of the account's table; ``value`` is HTML."""

    name: str = ""
    value: str = ""


class Elsewhere(msgspec.Struct, gc=False):
    """The account that this one moved to."""

    url: str | None = None
    acct: str | None = None


class Account(msgspec.Struct, gc=False):
    """An account; ``acct`` holds the server's name too, if that is another."""

    id: str
    username: str | None = None
    acct: str | None = None
    display_name: str | None = None
    note: str | None = None
    url: str | None = None
    avatar: str | None = None
    header: str | None = None
    followers_count: int | None = None
    statuses_count: int | None = None
    suspended: bool | None = None
    moved: Elsewhere | None = None
    fields: tuple[Field, ...] = ()

    def shown_name(self) -> str | None:
        """Return the name that readers see."""
        return self.display_name or self.username or self.acct


class Size(msgspec.Struct, gc=False):
    """Pixels."""

    width: int | None = None
    height: int | None = None


class Meta(msgspec.Struct, gc=False):
    """What the server measured."""

    original: Size | None = None


class Attachment(msgspec.Struct, gc=False):
    """A picture, film, sound or file. ``remote_url`` is where another server keeps it."""

    id: str
    type: str = "unknown"
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None
    meta: Meta | None = None

    def named(self, owner: str) -> MediaRef:
        """Return the medium of a status."""
        size, url = self.meta.original if self.meta else None, self.url or self.remote_url
        return MediaRef(
            id=f"{owner}:{self.id}", url=url, kind=_KINDS.get(self.type, MediaKind.FILE), alt_text=self.description,
            width=size.width if size else None, height=size.height if size else None, withheld="" if url else _NO_FILE,
        )  # fmt: skip


class Option(msgspec.Struct, gc=False):
    """One answer of a poll."""

    title: str = ""
    votes_count: int | None = None


class Poll(msgspec.Struct, gc=False):
    """A poll."""

    options: tuple[Option, ...] = ()


class Wording(msgspec.Struct):
    """What a status says, now or in an earlier version."""

    created_at: datetime
    content: str = ""
    spoiler_text: str = ""
    poll: Poll | None = None

    def words(self) -> str:
        """Return the text as HTML; below it the options of a poll, which are text of their own."""
        if self.poll is None or not self.poll.options:
            return self.content
        lines = [
            html.escape(one.title, quote=False) + ("" if one.votes_count is None else f" ({one.votes_count})")
            for one in self.poll.options
        ]
        return f"{self.content}<ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul>"

    def warned_words(self) -> str:
        """Return the text with its content warning before it, for records that have no title."""
        warning = f"<p>{html.escape(self.spoiler_text, quote=False)}</p>" if self.spoiler_text else ""
        return warning + self.words()


class Status(Wording, kw_only=True):
    """A post, an answer (a status that names another), or a boost (a status that holds another)."""

    id: str
    account: Account | None = None
    visibility: str = "public"
    language: str | None = None
    url: str | None = None
    uri: str | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    replies_count: int | None = None
    reblogs_count: int | None = None
    quotes_count: int | None = None
    favourites_count: int | None = None
    pinned: bool | None = None
    edited_at: datetime | msgspec.UnsetType | None = msgspec.UNSET
    media_attachments: tuple[Attachment, ...] = ()
    quote: msgspec.Raw = msgspec.Raw(b"null")
    reblog: Status | None = None

    def key(self) -> str:
        """Return the server's own id."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the id of the status it answers."""
        return self.in_reply_to_id

    def thread_key(self) -> str | None:
        """Return None: a context is about one status."""
        return None

    def author_key(self) -> str | None:
        """Return the author's id at this server."""
        return self.account.id if self.account is not None else None

    def changed_at(self) -> datetime | None:
        """Return when its text was changed last; None if never, or if the server is too old to tell."""
        return self.edited_at or None

    def edited(self) -> Edited:
        """Tell whether its text was changed."""
        return _YES if self.edited_at else _NO if self.edited_at is None else _UNKNOWN

    def is_open(self) -> bool:
        """Tell whether every visitor sees it."""
        return self.visibility in {"public", "unlisted"}

    def is_message(self) -> bool:
        """Tell whether it is a private message: to those it names, and nobody else."""
        return self.visibility == "direct"

    def kind(self) -> str:
        """Return what kind of post it is."""
        if self.reblog is not None:
            return "share"
        if self.in_reply_to_id or self.in_reply_to_account_id:
            return "reply"
        if bytes(self.quote) != b"null":
            return "quote"
        first = _KINDS.get(self.media_attachments[0].type) if self.media_attachments else None
        return "poll" if self.poll else {"image": "photo", "video": "video", "audio": "audio"}.get(first or "", "post")
