"""A Bluesky repository: the CAR file that "Export my data" gives (``repo.car``), alone or in a zip with its blobs.

The file is checked block by block against its digests; the signed commit it hangs on is named in the profile's ``raw``
and the file goes whole into the capture. It holds what the account itself wrote: posts, answers, reposts, profile. An
own answer in a thread of an own post is a comment there; an answer to others is a post of kind ``reply``.

Times are the author's claim (``createdAt``, with a zone; without one they are read as UTC). Source: AT Protocol
repository specification version 3, lexicons app.bsky.* of November 2026; measured against @atproto/pds 0.5.35.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import msgspec

from connectors._repository import Lost, Record, Repository
from connectors.exports._bluesky_blobs import BlobShelf, blobs_in
from connectors.exports._bluesky_objects import (
    POST,
    PROFILE,
    SHARE,
    Written,
    fields,
    lost_gap,
    owner_of,
    pinned_in,
    profile_view,
    repositories_in,
)  # fmt: skip
from connectors.exports._placing import parent_gaps, places, threads_of
from connectors.exports._reader import UNREADABLE, ExportReader, Reading, own_comment, own_post
from connectors.exports._times import instant_of
from urval.errors import MalformedError
from urval.records import GapReason
from urval.source import Thread

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from connectors.exports._archive import Archive
    from connectors.exports._reader import Import
    from urval.records import Gap, MediaItem
    from urval.source import Item


def _read(archive: Archive, job: Import) -> Iterator[Item]:
    names = repositories_in(archive)
    if len(names) != 1:
        raise MalformedError(
            f"the export holds {len(names)} repositories, not one", next_step="Import each .car file by itself."
        )
    with archive.open(names[0]) as stream, Repository(stream) as repository:
        yield from _Importer(archive, job, names[0], repository).items()


class _Importer:
    """One repository on its way into records. It is gone through three times, so that memory stays small."""

    def __init__(self, archive: Archive, job: Import, name: str, repository: Repository) -> None:
        self._job, self._name, self._repository = job, name, repository
        self._reading = Reading(archive, job, f"repository {repository.commit.rev}")
        self._shelf = BlobShelf(archive, job)
        self._exchange, self._did = archive.digest(name), repository.commit.did
        self._parents: dict[str, str | None] = {}
        self._told: dict[str, str] = {}
        self._pinned = ""
        self._moments: dict[str, datetime] = {}
        self._others: Counter[str] = Counter()

    def items(self) -> Iterator[Item]:
        """Yield profile, threads, gaps and the listing's end."""
        profile: Record | None = None
        self._reading.opened()
        for found in self._repository.records():
            if isinstance(found, Lost):
                yield lost_gap(self._job, self._repository, found)
            elif found.collection == PROFILE and found.key == "self":
                profile = found
            elif found.collection in {POST, SHARE}:
                self._survey(found)
            else:
                self._others[found.collection] += 1
        if profile is None:
            yield self._job.gap("profile", self._did, GapReason.GONE, "the repository holds no profile")
        view, gaps = profile_view(self._job, self._shelf, self._repository.commit, profile, self._exchange)
        self._pinned = pinned_in(profile)
        yield from gaps
        yield view
        yield from self._threads()
        yield from self._left_out()
        yield from self._reading.end()

    def _uri(self, record: Record) -> str:
        return f"at://{self._did}/{record.collection}/{record.key}"

    def _survey(self, record: Record) -> None:
        uri = self._uri(record)
        try:
            written = msgspec.convert(record.value, Written)
            moment = instant_of(written.created_at)
            if record.collection == POST and not isinstance(record.value.get("text"), str):
                raise MalformedError("a post has no text")
            if record.collection == SHARE and written.subject is None:
                raise MalformedError("a repost does not say of what")
        except UNREADABLE as error:
            self._reading.lose(uri, error)
            return
        self._moments[uri] = moment
        self._parents[uri] = written.reply.parent.uri if written.reply else None
        if written.reply:
            self._told[uri] = written.reply.root.uri

    def _threads(self) -> Iterator[Thread]:
        roots = threads_of(self._parents, self._told)
        wanted = {uri for uri, root in roots.items() if self._reading.within(self._moments[root])}
        answers: dict[str, list[Record]] = {}
        for record in self._written():
            uri = self._uri(record)
            if uri in wanted and roots[uri] != uri:
                answers.setdefault(roots[uri], []).append(record)
        for record in self._written():
            uri = self._uri(record)
            if uri in wanted and roots[uri] == uri:
                yield self._thread(uri, record, answers.pop(uri, []))

    def _written(self) -> Iterator[Record]:
        """Yield the records that are posts, answers and reposts; what is wrong with others is recorded before."""
        for found in self._repository.records():
            if isinstance(found, Record) and self._uri(found) in self._moments:
                yield found

    def _thread(self, root: str, record: Record, answers: Sequence[Record]) -> Thread:
        written = msgspec.convert(record.value, Written)
        media, gaps = self._media(record, root)
        shared, parent = written.subject.uri if written.subject else None, self._parents[root]
        post = own_post(
            self._job, "bluesky", **self._fields(record, written, media), in_reply_to=parent or shared,
            kind="share" if record.collection == SHARE else "reply" if parent else "post",
            pinned=root == self._pinned,
        )  # fmt: skip
        parents = {self._uri(answer): self._parents[self._uri(answer)] for answer in answers}
        spots, missing = places(root, parents, lambda uri: not uri.startswith(f"at://{self._did}/"))
        gaps.extend(parent_gaps(self._job, root, missing))
        comments = []
        for answer in answers:
            place, told = spots[self._uri(answer)], msgspec.convert(answer.value, Written)
            pictures, missed = self._media(answer, root)
            comments.append(own_comment(
                self._job, "bluesky", post_id=root, parent_id=place.parent_id, depth=place.depth,
                is_own_answer=place.answer, **self._fields(answer, told, pictures),
            ))  # fmt: skip
            media, gaps = media + pictures, gaps + missed
        return Thread(post=post, comments=tuple(comments), media=tuple(media), gaps=tuple(gaps))

    def _fields(self, record: Record, written: Written, media: Sequence[MediaItem]) -> dict[str, Any]:
        return fields(self._uri(record), record, written) | {
            "created_at": self._moments[self._uri(record)], "exchange": self._exchange, "author_id": self._did,
            "media_ids": tuple(item.id for item in media),
        }  # fmt: skip

    def _media(self, record: Record, thread: str) -> tuple[list[MediaItem], list[Gap]]:
        owner = self._uri(record)
        items: list[MediaItem] = []
        gaps: list[Gap] = []
        for number, blob in enumerate(blobs_in(record.value.get("embed")), 1):
            item, missed = self._shelf.keep(blob, number, owner, thread)
            items.append(item)
            gaps += missed
        return items, gaps

    def _left_out(self) -> Iterator[Gap]:
        if self._repository.fault is not None:
            self._reading.lose_file(self._name, self._repository.fault)
        for collection, count in sorted(self._others.items()):
            words = f"{count} records of this kind are kept in the repository's file only"
            yield self._job.gap("record", collection, GapReason.LEFT_OUT, words)
        strays = self._repository.strays()
        if strays:
            words = f"{strays} blocks of the repository's file are not reached from its commit"
            yield self._job.gap("record", None, GapReason.INCOMPLETE, words)


READER: Final = ExportReader(
    platform="bluesky",
    name="Bluesky repository",
    looks_for="a repository file such as repo.car",
    recognises=lambda archive: bool(repositories_in(archive)),
    owner=owner_of,
    read=_read,
    never=(
        ("comments", "A Bluesky repository holds only what the account itself wrote, never the answers of others."),
        ("counts", "A Bluesky repository holds no numbers of answers, reposts, likes or followers."),
        ("versions", "A Bluesky repository holds no earlier text of what was edited."),
        ("signature", "The signature of the commit is kept and not checked: its key is in the account's DID document."),
    ),
)
