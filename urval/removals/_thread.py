"""An entry as a thread of a capture, so that selection, tables, snapshot and verifier treat it as any other.

The thread's post holds the text; ``raw`` is the entry as the register has it, and ``exchange`` its digest, which is
that of a resource record in the capture's WARC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from urval.manifest import sha256_hex
from urval.records import AuthorRole, Direction, Edited, MediaItem, MediaKind, Post, Visibility
from urval.removals._record import Removal, encode, parse_removal
from urval.source import Thread
from urval.spec.rule_base import REMOVAL_KIND

if TYPE_CHECKING:
    from urval.removals._record import SavedFile

_PREFIX: Final = "removal:"


def thread_id_of(entry: Removal) -> str:
    """Return the id of the entry's thread; no platform's ids look like it."""
    return f"{_PREFIX}{entry.id}"


def thread_of(entry: Removal) -> Thread:
    """Return the entry as a thread: a post without comments, its pictures as media."""
    thread_id, data = thread_id_of(entry), encode(entry)
    media = tuple(_medium(entry, one, f"{thread_id}/{place}") for place, one in enumerate(entry.files, 1))
    post = Post(
        platform=entry.platform,
        account_id=entry.account,
        id=thread_id,
        permalink=entry.link,
        kind=REMOVAL_KIND,
        title=None,
        text=entry.text,
        language=None,
        created_at=entry.published_at or entry.removed_at,
        updated_at=None,
        edited=Edited.UNKNOWN,
        author_id=None,
        author_name=entry.author,
        author_role=AuthorRole.OWN if entry.own else AuthorRole.UNKNOWN,
        direction=Direction.MADE if entry.own else Direction.RECEIVED,
        in_reply_to=entry.on_post,
        pinned=None,
        media_ids=tuple(item.id for item in media),
        reactions=(),
        reaction_count=None,
        share_count=None,
        view_count=None,
        platform_comment_count=None,
        visibility=Visibility.DELETED_BY_US,
        captured_at=entry.registered_at,
        exchange=sha256_hex(data),
        raw=data.decode(),
    )
    return Thread(post=post, media=media)


def removal_of(post: Post) -> Removal | None:
    """Return the entry a thread's post was made from; None for any other post.

    Raises:
        VerificationError: It is not as it was entered.
    """
    if post.kind != REMOVAL_KIND or not post.id.startswith(_PREFIX):
        return None
    return parse_removal(post.raw.encode())


def _medium(entry: Removal, saved: SavedFile, name: str) -> MediaItem:
    return MediaItem(
        platform=entry.platform,
        account_id=entry.account,
        id=name,
        owner_id=thread_id_of(entry),
        thread_id=thread_id_of(entry),
        kind=MediaKind.FILE if saved.mime == "application/pdf" else MediaKind.IMAGE,
        source_url=None,
        alt_text=None,
        mime=saved.mime,
        bytes=saved.bytes,
        sha256=saved.sha256,
        file=f"media/{saved.file}",
        width=saved.width,
        height=saved.height,
        captured_at=entry.registered_at,
        gap=None,
    )
