"""A post and its comments as a page tells them. What is hidden from the visitor has its place, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Any

from pydantic import Field

from urval.reading_room.pages import View
from urval.reading_room.threads.differences import differences
from urval.reading_room.threads.media import Media, MediaView  # noqa: TC001 - pydantic reads the annotations
from urval.reading_room.threads.plain import plain_text

if TYPE_CHECKING:
    from urval.reading_room.threads.guarded import Guard
    from urval.reading_room.threads.rows import CommentRows
    from urval.reading_room.threads.tree import Node

_MOST_VERSIONS = 30  # of one item; the newest are shown
_DEEPEST = 4  # steps of indentation
_OF_POST = (
    "id", "platform", "kind", "created_at", "updated_at", "edited", "author_role", "direction", "visibility",
    "reaction_count", "share_count", "view_count", "platform_comment_count", "captured_at", "exchange",
)  # fmt: skip


class PieceView(View):
    """A stretch of text: ``same``, ``del`` (only in the earlier wording) or ``ins`` (only in the next)."""

    kind: str
    text: str


class VersionView(View):
    """An earlier wording (from 0, the oldest), as what leads from it to the next one, the last to the text shown."""

    number: int
    created_at: datetime | None
    captured_at: datetime
    pieces: list[PieceView]


class CountView(View):
    """So many of a kind, by the platform's or Urval's code."""

    code: str
    count: int


class PostView(View):
    """A post. Codes are those of docs/format.md; ``permalink`` is text, and a link only where it is a web address."""

    id: str
    platform: str
    kind: str
    title: str
    text: str
    language: str
    created_at: datetime
    updated_at: datetime | None
    edited: str
    author_name: str
    author_role: str
    direction: str
    in_reply_to: str
    pinned: bool
    visibility: str
    permalink: str
    permalink_opens: bool
    media: list[MediaView]
    reactions: list[CountView]
    reaction_count: int | None
    share_count: int | None
    view_count: int | None
    platform_comment_count: int | None
    captured_at: datetime
    exchange: str
    versions: list[VersionView]
    versions_left: int


class CommentView(View):
    """A comment. ``row`` is its row in the package's table, from 0; ``step`` how far it is indented (at most 4).

    ``answers`` is the row of the comment it answers, ``answers_name`` who wrote that. ``hidden_here``: hidden from
    this visitor, and everything else is empty.
    """

    row: int
    depth: int
    step: int
    restricted: bool
    hidden_here: bool
    answers: int | None = None
    answers_here: bool = False  # the answered comment is on the same page
    answers_name: str = ""
    answers_lost: bool = False
    id: str = ""
    text: str = ""
    language: str = ""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    edited: str = ""
    author_name: str = ""
    author_role: str = ""
    own: bool = False
    hidden: bool = False
    visibility: str = ""
    permalink: str = ""
    permalink_opens: bool = False
    media: list[MediaView] = Field(default_factory=list)
    reaction_count: int | None = None
    versions: list[VersionView] = Field(default_factory=list)
    versions_left: int = 0


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to the items of a thread: its media, and the earlier wordings by the item they are of."""

    media: Media
    versions: dict[str, list[dict[str, Any]]]

    def wordings(self, item: str, text: str, platform: str) -> tuple[list[VersionView], int]:
        """Return the earlier wordings of an item, and how many older ones are not shown."""
        rows = self.versions.get(item, [])
        shown = rows[-_MOST_VERSIONS:]
        texts = [plain_text(row["text"], platform) for row in shown] + [text]
        views = [
            VersionView(
                number=row["number"], created_at=row["created_at"], captured_at=row["captured_at"],
                pieces=[PieceView(kind=one.kind, text=one.text) for one in differences(texts[at], texts[at + 1])],
            )
            for at, row in enumerate(shown)
        ]  # fmt: skip
        return views, len(rows) - len(shown)


def opens(address: str) -> bool:
    """Tell whether an archived address may be a link: a web address, and nothing that could be a program."""
    return address.startswith(("https://", "http://")) and address.isprintable() and " " not in address


def post_view(row: dict[str, Any], beside: Beside) -> PostView:
    """Return a row of the posts table as it is told."""
    text = plain_text(row["text"], row["platform"])
    versions, left = beside.wordings(row["id"], text, row["platform"])
    plain = {name: row[name] or "" for name in ("title", "language", "author_name", "in_reply_to", "permalink")}
    return PostView(
        **plain,
        **{name: row[name] for name in _OF_POST},
        text=text,
        pinned=bool(row["pinned"]),
        permalink_opens=opens(plain["permalink"]),
        media=beside.media.of(row["media_ids"]),
        reactions=[CountView(code=one["type"], count=one["count"]) for one in row["reactions"]],
        versions=versions,
        versions_left=left,
    )


def comment_views(found: CommentRows, beside: Beside, guard: Guard, thread: str) -> list[CommentView]:
    """Return a page of comments in the order of the tree."""
    here = {node.row for node in found.nodes}
    return [_comment(node, found, beside, guard, thread, here=node.parent in here) for node in found.nodes]


def _comment(node: Node, found: CommentRows, beside: Beside, guard: Guard, thread: str, *, here: bool) -> CommentView:
    row = found.rows[node.row]
    parent = found.rows[node.parent] if node.parent is not None else None
    told: dict[str, Any] = {
        "row": found.first + node.row,
        "depth": node.depth,
        "step": min(node.depth, _DEEPEST),
        "restricted": guard.restricted.covers(row["id"], thread),
        "hidden_here": guard.hides(row["id"], thread),
        "answers": found.first + node.parent if node.parent is not None else None,
        "answers_here": here,
        "answers_lost": node.lost,
    }
    if told["hidden_here"]:
        return CommentView(**told)
    text = plain_text(row["text"], row["platform"])
    versions, left = beside.wordings(row["id"], text, row["platform"])
    plain = {name: row[name] or "" for name in ("language", "author_name", "permalink")}
    same = ("id", "created_at", "updated_at", "edited", "author_role", "visibility", "reaction_count")
    named = parent is not None and not guard.hides(parent["id"], thread)
    return CommentView(
        **told,
        **plain,
        **{name: row[name] for name in same},
        text=text,
        answers_name=(parent["author_name"] or "") if named and parent else "",
        own=row["is_own_answer"] or row["author_role"] == "own",
        hidden=bool(row["hidden"]),
        permalink_opens=opens(plain["permalink"]),
        media=beside.media.of(row["media_ids"]),
        versions=versions,
        versions_left=left,
    )
