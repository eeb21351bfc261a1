"""Objects of the Threads API, decoded. Unknown members are left to the raw record.

Source: reference of Threads users, media, replies and insights, Threads API v1.0, as of 22 November 2026.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._graph import Aware, Ref  # noqa: TC001 - msgspec reads the annotations
from connectors._graph_parts import CUT, Part, Parts
from urval.records import GapReason, Visibility

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from connectors._connector import Found, MappedPost, MediaRef

OURS: Final = "is_reply_owned_by_me"  # stands for the account where the platform tells that it wrote, but no number
REPOST: Final = "REPOST_FACADE"
_KINDS = {"IMAGE": "photo", "CAROUSEL_ALBUM": "photo", "VIDEO": "video", REPOST: "share"}
_NO_NUMBERS = ("insights", GapReason.NOT_LISTED, "the platform tells no numbers of this post")
_OPEN, _HIDDEN = (False, Visibility.VISIBLE), (True, Visibility.HIDDEN)
_STATES: Mapping[str, tuple[bool, Visibility]] = {
    "NOT_HUSHED": _OPEN, "UNHUSHED": _OPEN, "COVERED": _OPEN,  # covered: one click away
    "HIDDEN": _HIDDEN, "BLOCKED": _HIDDEN, "RESTRICTED": (False, Visibility.HELD),
}  # fmt: skip
_NOT_TOLD = (None, Visibility.VISIBLE)
_WITHOUT_FILE = {"TEXT_POST", REPOST}  # a repost's files are another's


class Account(msgspec.Struct):
    """A profile. ``id`` is the app's own number for it."""

    id: str
    username: str | None = None
    name: str | None = None
    threads_profile_picture_url: str | None = None
    threads_biography: str | None = None


class Shown(msgspec.Struct, gc=False):
    """What a post and a reply have alike: Threads calls both media."""

    id: str
    timestamp: Aware
    text: str | None = None
    permalink: str | None = None
    username: str | None = None
    media_type: str | None = None
    media_url: str | None = None
    gif_url: str | None = None
    thumbnail_url: str | None = None
    alt_text: str | None = None
    children: Parts | None = None
    replied_to: Ref | None = None
    has_replies: bool | None = None

    def media(self) -> tuple[MediaRef, ...]:
        """Return its pictures, films and sounds: each part of an album, else its one file, else its GIF."""
        if self.children is not None and self.children.data:
            return tuple(ref for part in self.children.data for ref in part.files())
        kind, url = self.media_type, self.media_url
        if kind in _WITHOUT_FILE or (kind is None and not url):
            if not self.gif_url or kind == REPOST:
                return ()
            kind, url = "IMAGE", self.gif_url
        alone = Part(
            id=self.id, media_type=kind, media_url=url, thumbnail_url=self.thumbnail_url, alt_text=self.alt_text
        )  # fmt: skip
        return tuple(alone.files())

    def troubles(self) -> tuple[tuple[str, GapReason, str], ...]:
        """Return what is wrong with an album that came without (all of) its parts."""
        return CUT if self.media_type == "CAROUSEL_ALBUM" and (self.children is None or self.children.is_cut()) else ()


class Entry(Shown, gc=False):
    """A post of the account, or a reply it wrote anywhere."""

    owner: Ref | None = None
    is_quote_post: bool | None = None
    quoted_post: Ref | None = None
    reposted_post: Ref | None = None
    root_post: Ref | None = None
    link_attachment_url: str | None = None

    def kind(self) -> str:
        """Return the kind of post; a text with a link, like a repost or a quotation, shares."""
        if self.is_quote_post or self.quoted_post is not None or (self.link_attachment_url and self.is_text()):
            return "share"
        return _KINDS.get(self.media_type or "", "post")

    def is_text(self) -> bool:
        """Tell whether it is only text."""
        return self.media_type in {None, "TEXT_POST"}

    def answers(self) -> str | None:
        """Return what it answers, quotes or repeats."""
        return next((ref.id for ref in (self.replied_to, self.quoted_post, self.reposted_post) if ref and ref.id), None)


class Remark(Shown, gc=False):
    """A reply below a post; see :class:`connectors._connector.CommentObject` for its methods."""

    is_reply_owned_by_me: bool | None = None
    hide_status: str | None = None

    def key(self) -> str:
        """Return the id."""
        return self.id

    def parent_key(self) -> str | None:
        """Return the id of what it answers: a reply, or the post itself."""
        return self.replied_to.id or None if self.replied_to is not None else None

    def thread_key(self) -> str | None:
        """Return None: a call is about one post."""
        return None

    def author_key(self) -> str | None:
        """Return that the account wrote it, else ``@`` and the name; the platform tells no numbers."""
        if self.is_reply_owned_by_me:
            return OURS
        return f"@{self.username}" if self.username else None

    def state(self) -> tuple[bool | None, Visibility]:
        """Return whether the account hid it (None: not told), and what a visitor sees."""
        return _STATES.get(self.hide_status or "", _NOT_TOLD)


class _Value(msgspec.Struct):
    value: int | None = None


class _Metric(msgspec.Struct):
    name: str
    values: list[_Value] = []
    total_value: _Value | None = None


_KIND_OF = msgspec.json.Decoder(Shown, strict=False)


def has_numbers(mapped: MappedPost) -> tuple[str, ...]:
    """Return what insights are asked for: the post, unless it is a repost, which has none."""
    repost = _KIND_OF.decode(mapped.post.raw).media_type == REPOST
    return () if repost else (mapped.post.id,)


def with_numbers(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    """Add what insights tell. A post that counts replies is asked for them even if it says that it has none."""
    told = dict(_number(record) for record in found[mapped.post.id])
    if not told:
        return replace(mapped, troubles=(*mapped.troubles, _NO_NUMBERS))
    likes, replies, reposts = told.get("likes"), told.get("replies"), told.get("reposts")
    post = replace(
        mapped.post, reactions=(("like", likes),) if likes else (), reaction_count=likes, view_count=told.get("views"),
        share_count=None if reposts is None else reposts + (told.get("quotes") or 0),
        platform_comment_count=None if mapped.reply else replies,
    )  # fmt: skip
    after = "" if mapped.after is None and replies and not mapped.reply else mapped.after
    return replace(mapped, post=post, after=after)


def _number(record: Found) -> tuple[str, int | None]:
    metric = msgspec.json.decode(record.raw, type=_Metric, strict=False)
    told = metric.values[0] if metric.values else metric.total_value
    return metric.name, told.value if told is not None else None
