"""What the AppView counts of posts, asked for many at a time (``app.bsky.feed.getPosts``)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from connectors._bluesky_objects import Kept, View
from connectors._connector import Companion, Endpoint, Found, MappedPost
from connectors._paging import SinglePage
from urval.records import Edited, GapReason

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOT_SHOWN = "the AppView does not show the post: its numbers and answers are not to be had"
_VIEW = msgspec.json.Decoder(View)


def _enriched(mapped: MappedPost, found: Mapping[str, Sequence[Found]]) -> MappedPost:
    """Add what the AppView counts; a post it does not show has neither numbers nor answers."""
    answers = found[mapped.post.id]
    if not answers:
        trouble = ("comments", GapReason.NOT_LISTED, _NOT_SHOWN)
        return replace(mapped, after=None, troubles=(*mapped.troubles, trouble))
    view = _VIEW.decode(answers[0].raw)
    edited = view.cid != msgspec.json.decode(mapped.post.raw, type=Kept).cid
    post = replace(
        mapped.post, reactions=(("like", view.like_count),) if view.like_count else (),
        reaction_count=view.like_count, share_count=view.repost_count, platform_comment_count=view.reply_count,
        author_name=view.author.display_name if view.author else None, edited=Edited.YES if edited else Edited.UNKNOWN,
    )  # fmt: skip
    return replace(mapped, post=post, after=None if view.reply_count == 0 else "")


COUNTS: Final = Companion(
    endpoint=Endpoint(
        name="counts", path="/xrpc/app.bsky.feed.getPosts", parameters=(("uris", "$ids"),), join=("$id", ""),
        records=("posts",), paging=SinglePage(), limit="",
    ),
    size=25,
    asks=lambda mapped: (mapped.post.id,) if mapped.after is not None else (),
    key=lambda raw: _VIEW.decode(raw).uri,
    enrich=_enriched,
)  # fmt: skip
