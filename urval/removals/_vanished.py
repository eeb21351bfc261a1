"""What is gone from a platform and stands in no entry of the register.

An entry covers what has its item id or its address. One without either covers one comment of the thread it belonged
to: whoever removed three comments made three entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from urval.records import Gap, GapReason, Post, Visibility
from urval.spec.rule_base import REMOVAL_KIND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from urval.capture import Capture
    from urval.removals._record import Removal

_COLUMNS = ("id", "post_id", "permalink", "visibility")


class Gone(StrEnum):
    """How it is known that something is gone."""

    DELETED_BY_US = "deleted_by_us"  # the platform says that the body removed it
    GONE_UNKNOWN = "gone_unknown"  # the platform shows it no longer, and does not say why
    NOT_GIVEN = "gone"  # the platform named it and then said that it is not there
    MISSING = "missing"  # it was captured, and a later look did not find it


_TOLD = {Visibility.DELETED_BY_US: Gone.DELETED_BY_US, Visibility.GONE_UNKNOWN: Gone.GONE_UNKNOWN}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A post or comment that is gone. Of a post the thread is its own; empty ids are not known."""

    what: Literal["post", "comment"]
    id: str
    thread_id: str
    link: str | None
    thread_link: str | None
    how: Gone


def unregistered(capture: Capture, removals: Sequence[Removal]) -> list[Finding]:
    """Return what the capture shows as gone and no entry covers, in the capture's order. Reads the capture only."""
    return without_entry(vanished_in(capture), removals)


def vanished_in(capture: Capture) -> list[Finding]:
    """Return what the platform marked as removed by the body or as gone when the capture was made."""
    posts = [post for post in capture.records(Post) if post.kind != REMOVAL_KIND]
    links = {post.id: post.permalink for post in posts}
    found = [_post(post.id, post.permalink, _TOLD[post.visibility]) for post in posts if post.visibility in _TOLD]
    found += _comments(capture, links)
    known = {(one.what, one.id) for one in found}
    told = _gaps(capture.records(Gap), links)
    return found + [one for one in told if (one.what, one.id) not in known or not one.id]


def without_entry(vanished: Sequence[Finding], removals: Sequence[Removal]) -> list[Finding]:
    """Return what no entry covers, in the given order."""
    covered = entries_of(vanished, removals)
    return [one for place, one in enumerate(vanished) if place not in covered]


def entries_of(vanished: Sequence[Finding], removals: Sequence[Removal]) -> dict[int, Removal]:
    """Return for each that is covered, by its place, the entry that covers it."""
    items = {(entry.kind, entry.item): entry for entry in reversed(removals) if entry.item}
    links = {(entry.kind, entry.link.rstrip("/")): entry for entry in reversed(removals)}
    covered: dict[int, Removal] = {}
    for place, one in enumerate(vanished):
        entry = items.get((one.what, one.id)) or links.get((one.what, (one.link or "").rstrip("/")))
        if entry is not None:
            covered[place] = entry
    spare = [entry for entry in removals if entry.id not in {used.id for used in covered.values()}]
    for place, one in enumerate(vanished):
        if place not in covered and one.what == "comment":
            entry = next((entry for entry in spare if _may_mean(entry, one)), None)
            if entry is not None:
                spare.remove(entry)
                covered[place] = entry
    return covered


def _may_mean(entry: Removal, one: Finding) -> bool:
    """Tell whether an entry that names no comment may mean this one: it names the thread."""
    named = {entry.on_post, _plain(entry.on_post), _plain(entry.link)} - {None, ""}
    return entry.kind == "comment" and not entry.item and not named.isdisjoint({one.thread_id, _plain(one.thread_link)})


def _plain(link: str | None) -> str:
    """Return an address of a thread without what points into it."""
    return (link or "").partition("#")[0].rstrip("/")


def _post(name: str, link: str | None, how: Gone) -> Finding:
    return Finding(what="post", id=name, thread_id=name, link=link, thread_link=link, how=how)


def _comments(capture: Capture, links: Mapping[str, str | None]) -> Iterator[Finding]:
    for batch in capture.comment_batches(set(links), _COLUMNS):
        for row in batch.to_pylist():
            thread, how = row["post_id"], _TOLD.get(Visibility(row["visibility"]))
            if how is not None:
                yield Finding(
                    what="comment", id=row["id"], thread_id=thread, link=row["permalink"],
                    thread_link=links[thread], how=how,
                )  # fmt: skip


def _gaps(gaps: Iterable[Gap], links: Mapping[str, str | None]) -> Iterator[Finding]:
    for gap in gaps:
        if gap.reason is not GapReason.GONE or gap.what not in {"post", "comment"}:
            continue
        name = gap.subject_id or ""
        link = name if "://" in name else None
        if gap.what == "post":
            yield _post(name, link or links.get(name), Gone.NOT_GIVEN)
        else:
            thread = gap.thread_id or ""
            yield Finding(
                what="comment", id=name, thread_id=thread, link=link, thread_link=links.get(thread), how=Gone.NOT_GIVEN
            )
