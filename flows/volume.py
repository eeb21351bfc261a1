"""How much there is to read of an account: from its last capture in the store, else from the account's own figures."""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from connectors._cost import SECONDS_EACH, ThreadSize, Volume
from urval.capture import Capture
from urval.errors import MalformedError
from urval.store import DirectoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from flows.run import Run
    from urval.periods import Period
    from urval.store import Store

_TABLES = ("profile", "posts", "comments", "media", "versions")
_PARTS = 6  # captures/<archive>/<account>/<period>/<capture id>/capture.json


@dataclass(frozen=True, slots=True)
class Known:
    """A volume, and where it is from, for a person."""

    volume: Volume
    source: str


def last_volume(run: Run, account_id: str) -> Known | None:
    """Return the volume of the account's newest capture in the store, up to the run's period; None if there is none.

    Raises:
        MalformedError: That capture cannot be read.
        StoreError: The store does not answer.
    """
    archive, _, period_id = run.place(account_id)
    found = [key.split("/") for key in run.store.keys(f"captures/{archive}/{account_id}")]
    prefixes = sorted(
        "/".join(parts[:-1])
        for parts in found
        if len(parts) == _PARTS and parts[-1] == "capture.json" and parts[3] <= period_id
    )
    if not prefixes:
        return None
    with _opened(run.store, prefixes[-1]) as capture:
        document = capture.info.document
        volume = volume_of(capture, run.occasion_of(account_id).period)
    return Known(volume, f"capture of {document['period_id']}")


def volume_of(capture: Capture, period: Period) -> Volume:
    """Return what a capture held, scaled to the length of another period."""
    document = capture.info.document
    start, end = (datetime.fromisoformat(document[name]) for name in ("period_start", "period_end"))
    own_ids = set(capture.table("posts").column("author_id").to_pylist())
    comments = capture.table("comments").select(["post_id", "id", "parent_id", "author_id", "platform_reply_count"])
    media = capture.table("media")
    writers = set(comments.column("author_id").to_pylist()) | own_ids
    return Volume(
        threads=tuple(_threads(capture, comments, media)),
        listed={one["listing"]: (one["records"], one["pages"]) for one in document["listings"]},
        media=len(set(media.filter(pc.is_valid(media.column("source_url"))).column("source_url").to_pylist())),
        writers=len(writers - {None}),
        own_comments=sum(author in own_ids for author in comments.column("author_id").to_pylist() if author),
        scale=(period.end - period.start) / (end - start),
        later=document["period_id"] != period.id,
        seconds_each=_seconds_each(document),
    )


def profile_volume(posts: int, opened: datetime | None, now: datetime, period: Period) -> Volume:
    """Return a volume from the number of posts on the account's page: as many in each month since it was opened.

    Without the day it was opened all posts may lie in the period. Comments are unknown: a forecast is a least.
    """
    share = (
        1.0 if opened is None else min(1.0, (period.end - period.start) / max(now - opened, period.end - period.start))
    )
    number = round(posts * share)
    return Volume(
        threads=(ThreadSize(counted=1),) * number, listed=defaultdict(lambda: (number, 0)), comments_known=False
    )


def _threads(capture: Capture, comments: pa.Table, media: pa.Table) -> Iterator[ThreadSize]:
    parents: dict[str, Counter[str | None]] = defaultdict(Counter)
    promised: dict[str, int] = defaultdict(int)
    rows = zip(*(comments.column(name).to_pylist() for name in comments.schema.names), strict=True)
    listed: list[tuple[str, str, int]] = []
    for post_id, key, parent, _, replies in rows:
        parents[post_id][parent] += 1
        listed.append((post_id, key, replies or 0))
    for post_id, key, replies in listed:
        promised[post_id] += replies > parents[post_id][key]
    own = defaultdict(list)
    for owner, thread, kind in zip(
        *(media.column(n).to_pylist() for n in ("owner_id", "thread_id", "kind")), strict=True
    ):
        if owner == thread:
            own[owner].append(kind)
    versions = Counter(capture.table("versions").column("thread_id").to_pylist())
    edited = _edited(capture)
    posts = capture.table("posts").select(["id", "kind", "platform_comment_count"])
    for post_id, kind, counted in zip(*(posts.column(name).to_pylist() for name in posts.schema.names), strict=True):
        below = parents[post_id]
        yield ThreadSize(
            kind=kind, counted=counted, comments=below.total(), first_level=below[None],
            answered=tuple(number for parent, number in below.items() if parent is not None),
            unshown=promised[post_id], versions=versions[post_id], edited=edited[post_id], media=tuple(own[post_id]),
        )  # fmt: skip


def _edited(capture: Capture) -> Counter[str]:
    """Return, for each thread, how many of its post and comments have earlier texts."""
    table = capture.table("versions")
    pairs = set(zip(*(table.column(name).to_pylist() for name in ("thread_id", "subject_id")), strict=True))
    return Counter(thread for thread, _ in pairs)


def _seconds_each(document: dict[str, Any]) -> float:
    """Return how long an exchange took, waits included; what is assumed where the clock stood still."""
    if document["clock"] != "system" or not document["exchanges"]:
        return SECONDS_EACH
    took = datetime.fromisoformat(document["ended_at"]) - datetime.fromisoformat(document["started_at"])
    return float(took.total_seconds() / document["exchanges"])


@contextmanager
def _opened(store: Store, prefix: str) -> Iterator[Capture]:
    """Give a capture for reading; of one in a bucket only the tables are copied, not its exchanges and media."""
    if isinstance(store, DirectoryStore):
        yield Capture(store.root / prefix)
        return
    with tempfile.TemporaryDirectory(prefix="urval-plan-") as name:
        for key in ("capture.json", *(f"records/{table}.parquet" for table in _TABLES)):
            path = Path(name, *key.split("/"))
            path.parent.mkdir(exist_ok=True)
            store.fetch(f"{prefix}/{key}", path)
        yield Capture(Path(name))


__all__ = ["Known", "MalformedError", "last_volume", "profile_volume", "volume_of"]
