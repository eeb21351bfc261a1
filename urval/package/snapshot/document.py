"""The document data of a snapshot: what a reader sees, in words of the snapshot's language, without any layout.

Pure: records in, frozen values out. The HTML templates and the Typst template are both fed from here, so the two
renderings cannot tell different stories.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from urval.package.snapshot.earlier import EarlierDoc, Wordings
from urval.package.snapshot.figures import Picture, picture_of
from urval.package.snapshot.marks import marks_of
from urval.package.snapshot.removed import RemovalDoc, removal_doc
from urval.package.snapshot.richtext import Block, Placeholders, html_blocks, one_line, plain_blocks
from urval.records import AuthorRole, MediaKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from urval.package.snapshot.labels import Labels
    from urval.package.snapshot.view import SnapshotView
    from urval.records import Comment, Completeness, Gap, MediaItem, Post
    from urval.source import Thread

_HTML_PLATFORMS = frozenset({"wordpress", "mastodon", "feed"})  # platforms whose texts are HTML as given
_TITLE_LENGTH = 72
_ERROR_LENGTH = 300
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?=$|[-_])")
_SITS_ON_PAGE = frozenset({MediaKind.AVATAR, MediaKind.COVER})


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentDoc:
    """One comment as shown. ``depth`` is 0 on the top level; ``reply_to`` names the one answered, if any."""

    id: str
    author: str
    initial: str
    own: bool
    badge: str  # "Exempelstad svarar", or ""
    depth: int
    reply_to: str
    orphan: bool
    time: str
    machine_time: str
    direction: str
    marks: tuple[str, ...]
    language: str
    blocks: tuple[Block, ...]
    earlier: tuple[EarlierDoc, ...]
    pictures: tuple[Picture, ...]
    figures: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadDoc:
    """One kept thread as shown: the post, why it was kept, how complete it is, and its comments in reading order."""

    number: int
    id: str
    title: str
    label: str
    day: str
    author: str
    initial: str
    own: bool
    kind: str
    time: str
    machine_time: str
    direction: str
    marks: tuple[str, ...]
    removal: RemovalDoc | None  # what the register of removed items says, if the thread comes from it
    language: str
    headline: str
    blocks: tuple[Block, ...]
    earlier: tuple[EarlierDoc, ...]
    pictures: tuple[Picture, ...]
    reactions: tuple[tuple[str, str], ...]
    figures: tuple[str, ...]
    address: str
    why: tuple[str, ...]
    completeness: str
    differs: bool  # the platform's number and the captured one, or one of them is not known at all
    gaps: tuple[str, ...]
    comments_heading: str
    comments: tuple[CommentDoc, ...]

    @property
    def weight(self) -> int:
        """Return a measure of the memory the thread costs a PDF: one a comment, more for pictures and long texts."""
        pictures = len(self.pictures) + sum(len(comment.pictures) for comment in self.comments)
        earlier = len(self.earlier) + sum(len(comment.earlier) for comment in self.comments)
        return 1 + len(self.comments) + earlier + 10 * pictures + len(self.blocks) // 10


class DocumentMaker:
    """Builds the document data of threads, one at a time, numbered in the order they come."""

    def __init__(self, view: SnapshotView, labels: Labels, *, has_file: Callable[[MediaItem], bool]) -> None:
        self._view = view
        self._labels = labels
        self._has_file = has_file
        self._words = Placeholders(labels["inline_picture"], labels["inline_embedded"])
        self._own_name = view.profile.name if view.profile else view.account.name

    def blocks(self, text: str, platform: str) -> tuple[Block, ...]:
        """Return a text's blocks, by the form the platform gives its texts in."""
        return html_blocks(text, self._words) if platform in _HTML_PLATFORMS else plain_blocks(text)

    def thread(self, thread: Thread, number: int) -> ThreadDoc:
        """Return the document data of one thread. Its comments and media may come in any order."""
        post, labels = thread.post, self._labels
        removal = removal_doc(post, labels)
        alt = labels["removal.alt"] if removal else ""
        media = _MediaOf(thread.media, labels, self._has_file, alt)
        wordings = Wordings(thread.versions, labels, self.blocks)
        headline = one_line(self.blocks(post.title or "", post.platform), 400)
        # What a person entered is plain text, whatever the platform's own texts are.
        blocks = plain_blocks(post.text) if removal else self.blocks(post.text, post.platform)
        author = self._author(post)
        count = self._view.completeness.get(post.id)
        return ThreadDoc(
            number=number,
            id=post.id,
            title=headline[:_TITLE_LENGTH] or one_line(blocks, _TITLE_LENGTH) or labels["no_text"],
            label=labels.say("thread", number=labels.number(number)),
            day=labels.day(post.created_at),
            author=author,
            initial=_initial(author),
            own=post.author_role is AuthorRole.OWN,
            kind=labels.coded("kind", post.kind),
            time=labels.time(post.created_at),
            machine_time=labels.machine_time(post.created_at),
            direction=labels.coded("direction", post.direction),
            marks=marks_of(post, labels, pinned=bool(post.pinned), earlier=wordings.count(post.id)),
            removal=removal,
            language=_language(post.language),
            headline=headline,
            blocks=blocks,
            earlier=wordings.of(post.id),
            pictures=media.of(post.id, post.media_ids),
            reactions=self._reactions(post),
            figures=self._figures(post),
            address=post.permalink or "",
            why=tuple(self._view.why.get(post.id, ())),
            completeness=labels["removal.completeness"] if removal else _completeness(count, labels),
            differs=count is None or bool(count.difference),
            gaps=tuple(gap_line(gap, labels) for gap in thread.gaps),
            comments_heading=_comments_heading(len(thread.comments), labels),
            comments=tuple(self._comment(*place, media, wordings) for place in reading_order(thread.comments)),
        )

    def _comment(
        self, comment: Comment, depth: int, parent: Comment | None, media: _MediaOf, wordings: Wordings
    ) -> CommentDoc:
        labels = self._labels
        author = self._author(comment)
        own = comment.is_own_answer or comment.author_role is AuthorRole.OWN
        figures = ""
        if comment.reaction_count:
            figures = labels.counted("reactions", comment.reaction_count)
        return CommentDoc(
            id=comment.id,
            author=author,
            initial=_initial(author),
            own=own,
            badge=labels.say("own_answers", name=author) if comment.is_own_answer else labels["own"] if own else "",
            depth=depth,
            reply_to=self._author(parent) if parent is not None else "",
            orphan=comment.parent_id is not None and parent is None,
            time=labels.time(comment.created_at),
            machine_time=labels.machine_time(comment.created_at),
            direction=labels.coded("direction", comment.direction),
            marks=marks_of(comment, labels, hidden=bool(comment.hidden), earlier=wordings.count(comment.id)),
            language=_language(comment.language),
            blocks=self.blocks(comment.text, comment.platform),
            earlier=wordings.of(comment.id),
            pictures=media.of(comment.id, comment.media_ids),
            figures=figures,
        )

    def _author(self, item: Post | Comment) -> str:
        if item.author_name and item.author_name.strip():
            return " ".join(item.author_name.split())
        return self._own_name if item.author_role is AuthorRole.OWN else self._labels["no_name"]

    def _reactions(self, post: Post) -> tuple[tuple[str, str], ...]:
        labels = self._labels
        return tuple((labels.coded("reaction", kind), labels.number(count)) for kind, count in post.reactions if count)

    def _figures(self, post: Post) -> tuple[str, ...]:
        told = (("reactions", post.reaction_count), ("shares", post.share_count), ("views", post.view_count))
        return tuple(self._labels.counted(word, count) for word, count in told if count is not None)


class _MediaOf:
    """The pictures of a thread by the post or comment they belong to."""

    def __init__(
        self, media: Sequence[MediaItem], labels: Labels, has_file: Callable[[MediaItem], bool], alt: str = ""
    ) -> None:
        self._labels = labels
        self._alt = alt  # of pictures whose source tells none
        self._has_file = has_file
        self._by_id = {item.id: item for item in media}
        self._by_owner: dict[str, list[MediaItem]] = {}
        for item in media:
            if item.kind not in _SITS_ON_PAGE:
                self._by_owner.setdefault(item.owner_id, []).append(item)

    def of(self, owner_id: str, media_ids: Sequence[str]) -> tuple[Picture, ...]:
        """Return the named media in their order, then others of the same owner; one that is not there is a frame."""
        named = dict.fromkeys(media_ids)
        items: list[MediaItem | None] = [self._by_id.get(name) for name in named]
        items += [item for item in self._by_owner.get(owner_id, ()) if item.id not in named]
        return tuple(
            picture_of(item, self._labels, has_file=item is not None and self._has_file(item), alt=self._alt)
            for item in items
        )


def reading_order(comments: Iterable[Comment]) -> list[tuple[Comment, int, Comment | None]]:
    """Return the comments as a flattened tree: each with its depth and the comment it answers, oldest first.

    A comment whose parent is not among them, or whose parents form a ring, stands on the top level: none is lost.
    """
    ordered = sorted(comments, key=lambda comment: (comment.created_at, comment.id))
    known = {comment.id: comment for comment in ordered}
    children: dict[str | None, list[Comment]] = {}
    for comment in ordered:
        parent = comment.parent_id if comment.parent_id in known and comment.parent_id != comment.id else None
        children.setdefault(parent, []).append(comment)
    placed: list[tuple[Comment, int, Comment | None]] = []
    seen: set[str] = set()
    roots = [*children.get(None, ()), *ordered]  # what a ring hides from the roots is met in the second half
    for root in roots:
        stack: list[tuple[Comment, int, Comment | None]] = [(root, 0, None)]
        while stack:
            comment, depth, parent_comment = stack.pop()
            if comment.id in seen:
                continue
            seen.add(comment.id)
            placed.append((comment, depth, parent_comment))
            stack += [(child, depth + 1, comment) for child in reversed(children.get(comment.id, ()))]
    return placed


def gap_line(gap: Gap, labels: Labels) -> str:
    """Return a gap in one line: what, why, and the platform's own words."""
    what = labels.coded("what", gap.what)
    named = f"{what} {gap.subject_id}" if gap.subject_id else what
    error = " ".join(gap.error.split())[:_ERROR_LENGTH]
    return f"{named} – {labels.coded('gap', gap.reason.value)}" + (f": {error}" if error else "")


def _completeness(count: Completeness | None, labels: Labels) -> str:
    if count is None:
        return labels["complete.missing"]
    captured = labels.number(count.captured_count)
    if count.platform_count is None:
        return labels.say("complete.unknown", captured=captured)
    platform = labels.number(count.platform_count)
    if not count.difference:
        return labels.say("complete.equal", platform=platform, captured=captured)
    told = ", ".join(labels.say(f"count.{code}", count=labels.number(abs(number))) for code, number in count.reasons)
    reasons = told or labels["complete.unexplained"]
    return labels.say("complete.differs", platform=platform, captured=captured, reasons=reasons)


def _comments_heading(count: int, labels: Labels) -> str:
    if count == 0:
        return labels["comments_none"]
    return labels["comments_one"] if count == 1 else labels.say("comments", count=labels.number(count))


def _initial(name: str) -> str:
    return next((char.upper() for char in name if char.isalpha()), "·")


def _language(code: str | None) -> str:
    found = _LANGUAGE.match(code or "")
    return found[0].lower() if found else ""
