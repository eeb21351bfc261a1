"""What the index keeps of a package: its threads, and every post, comment and earlier text, a batch at a time.

An item's id is the millisecond it was made at, shifted by 20 bits, and the number of its package: newest first is
highest id first, and no two packages share one. Of two items of a package with the same millisecond the second is put
into the next.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from urval.reading_room.index._marks import REGISTERED, marks_of_item, marks_of_thread
from urval.reading_room.index._schema import COMMENT, EARLIER, MEDIA, POST, QUESTION, REMOVED
from urval.reading_room.index.words import stemmed
from urval.reading_room.threads.plain import HTML_PLATFORMS, plain_text
from urval.records import Visibility

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeAlias

    from urval.reading_room.objects import PackageObjects

    Row: TypeAlias = tuple[Any, ...]

SHIFT: Final = 20
_PACKAGES: Final = 1 << SHIFT  # packages told apart in ids
_EARLIEST, _LATEST = (round(datetime(year, 1, 1, tzinfo=UTC).timestamp() * 1000) for year in (1900, 2200))
_VISIBLE: Final = str(Visibility.VISIBLE)
_WORDS = 160  # characters of how a thread begins
_BATCH = 20_000  # items
_POSTS = ("id", "created_at", "kind", "title", "text", "author_name", "author_role", "media_ids", "visibility")
_COMMENTS = (
    "post_id", "id", "created_at", "text", "author_name", "author_role", "media_ids", "hidden", "visibility",
)  # fmt: skip
_OWNED = ("author_name", "author_role", "visibility")
_NOBODY = (None, None, "unknown", _VISIBLE, False)  # row, what is owned, hidden
_VERSIONS = ("thread_id", "subject_id", "number", "text", "created_at", "captured_at")


@dataclass(frozen=True, slots=True)
class Batch:
    """Items in ascending order of their ids, as rows of the table ``item``, and the words and marks of each."""

    items: Sequence[Row]
    words: Sequence[Row]


class PackageRows:
    """One package, read for the index. Tables are read whole as bytes, to be checked; rows a batch at a time."""

    def __init__(self, package: PackageObjects, *, no: int, account: int) -> None:
        self._no = no
        manifest = package.manifest
        self._zone = ZoneInfo(manifest.period.timezone)
        self._posts = package.table("posts", columns=_POSTS).to_pylist()
        self._rules = {
            row["thread_id"]: tuple(row["rules"])
            for row in package.table("selection", columns=["thread_id", "rules"]).to_pylist()
        }
        self._comments = pq.ParquetFile(package.open("data/tables/comments.parquet"))
        self._versions = package.table("versions", columns=_VERSIONS) if _has_versions(package) else None
        self._numbers = {post["id"]: number for number, post in enumerate(self._posts, 1)}
        self._platform = platform = str(manifest.account["platform"])
        for post in self._posts:
            post["text"] = plain_text(post["text"], platform)
        self._marks = {
            post["id"]: marks_of_thread(account, no, platform, self._rules.get(post["id"], ())) for post in self._posts
        }
        self._times = self._comments.read(columns=["created_at", "post_id"])
        self._ids = self._all_ids()

    def rules(self) -> list[str]:
        """Return the ids of the rules that kept anything, sorted."""
        return sorted({rule for post in self._posts for rule in self._rules.get(post["id"], ())})

    def threads(self) -> Iterator[Row]:
        """Yield rows of the table ``thread``."""
        spans = self._spans()
        for number, post in enumerate(self._posts, 1):
            first, count = spans.get(post["id"], (0, 0))
            words = " ".join(_text(post).split())[:_WORDS]
            made = post["created_at"].isoformat()
            yield (self._no, number, post["id"], made, post["kind"], post["visibility"], words, count, first,
                   "\n".join(self._rules.get(post["id"], ())))  # fmt: skip

    def _spans(self) -> dict[str, tuple[int, int]]:
        """Return of each thread the row of its first comment, and how many it has; they stand together (TAB-7)."""
        threads = self._times.column("post_id").combine_chunks().dictionary_encode()
        codes = threads.indices.to_numpy()
        _, first, count = np.unique(codes, return_index=True, return_counts=True)
        spans = zip(first.tolist(), count.tolist(), strict=True)
        return dict(zip(map(str, threads.dictionary.to_pylist()), spans, strict=True))

    def weeks(self) -> Iterator[Row]:
        """Yield rows of the table ``week``, sorted."""
        counts: dict[str, list[int]] = {}
        compute: Any = pc  # its type stubs do not know time zones
        comments = compute.local_timestamp(self._times.column("created_at").cast(pa.timestamp("us", str(self._zone))))
        days = compute.value_counts(compute.floor_temporal(comments, 1, "week").cast(pa.date32()))
        for entry in days.to_pylist():
            counts.setdefault(entry["values"].isoformat(), [0, 0])[1] = entry["counts"]
        for post in self._posts:
            day = post["created_at"].astimezone(self._zone).date()
            counts.setdefault((day - timedelta(days=day.weekday())).isoformat(), [0, 0])[0] += 1
        for monday in sorted(counts):
            yield self._no, monday, *counts[monday]

    def batches(self) -> Iterator[Batch]:
        """Yield every item: posts, comments, earlier texts."""
        posts = len(self._posts)
        if posts:
            yield self._batch(self._of_posts(), POST, 0)
        first = 0
        owners = {post["id"]: (None, *(post[name] for name in _OWNED), False) for post in self._posts}
        wanted = set(self._versions.column("subject_id").to_pylist()) if self._versions is not None else set()
        for read in self._comments.iter_batches(_BATCH, columns=list(_COMMENTS)):
            columns = self._of_comments(read, first)
            if wanted:
                known = zip(columns["row"], *(columns[name] for name in _OWNED), columns["hidden"], strict=True)
                owners |= {own: told for own, told in zip(columns["id"], known, strict=True) if own in wanted}
            yield self._batch(columns, COMMENT, posts + first)
            first += read.num_rows
        if self._versions is not None and self._versions.num_rows:
            yield self._batch(self._of_versions(owners), EARLIER, posts + first)

    def _of_posts(self) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {name: [post[name] for post in self._posts] for name in _POSTS}
        return columns | {
            "thread": columns["id"], "row": [None] * len(self._posts), "version": [None] * len(self._posts),
            "text": [_text(post) for post in self._posts], "created_at": [_micros(at) for at in columns["created_at"]],
            "media": [bool(names) for names in columns["media_ids"]],
            "hidden": [False] * len(self._posts),
        }  # fmt: skip

    def _of_comments(self, read: pa.RecordBatch, first: int) -> dict[str, list[Any]]:
        columns: dict[str, list[Any]] = {
            name: read.column(name).to_pylist() for name in _COMMENTS if name not in {"created_at", "media_ids"}
        }
        return columns | {
            "thread": columns["post_id"], "row": list(range(first, first + read.num_rows)),
            "version": [None] * read.num_rows, "created_at": read.column("created_at").cast(pa.int64()).to_pylist(),
            "text": self._plain(columns["text"]),
            "media": [bool(count) for count in pc.list_value_length(read.column("media_ids")).to_pylist()],
        }  # fmt: skip

    def _of_versions(self, owners: dict[str, Row]) -> dict[str, list[Any]]:
        """Return earlier texts; who wrote, and what was visible, is told of the post or comment only."""
        assert self._versions is not None  # noqa: S101 - the caller looked
        columns: dict[str, list[Any]] = {name: self._versions.column(name).to_pylist() for name in _VERSIONS}
        times = zip(columns["created_at"], columns["captured_at"], strict=True)
        told = [owners.get(own, _NOBODY) for own in columns["subject_id"]]
        of_owner = zip(("row", *_OWNED, "hidden"), map(list, zip(*told, strict=True)), strict=True)
        return dict(of_owner) | {
            "id": columns["subject_id"], "thread": columns["thread_id"], "version": columns["number"],
            "created_at": [_micros(made or captured) for made, captured in times],
            "text": self._plain(columns["text"]), "media": [False] * len(told),
        }  # fmt: skip

    def _batch(self, columns: dict[str, list[Any]], kind: int, at: int) -> Batch:
        """Return items as rows, in ascending order of their ids: only so does FTS5 take them at once."""
        threads, texts = columns["thread"], columns["text"]
        ids = self._ids[at : at + len(texts)]
        flags = [
            (MEDIA if media else 0)
            | (QUESTION if "?" in text else 0)
            | (REMOVED if hidden or visibility != _VISIBLE or thread.startswith(REGISTERED) else 0)
            for media, text, hidden, visibility, thread in zip(
                columns["media"], texts, columns["hidden"], columns["visibility"], threads, strict=True
            )
        ]
        roles, marks = columns["author_role"], self._marks
        items = zip(
            ids, repeat(self._no), [self._numbers.get(thread, 0) for thread in threads], columns["row"], repeat(kind),
            columns["version"], columns["id"], columns["created_at"], columns["author_name"], roles,
            columns["visibility"], flags, texts,
        )  # fmt: skip
        own = [_own_marks(kind, role, flag) for role, flag in zip(roles, flags, strict=True)]
        words = zip(
            ids, stemmed(texts), [f"{marks.get(thread, '')} {more}" for thread, more in zip(threads, own, strict=True)],
            strict=True,
        )  # fmt: skip
        return Batch(sorted(items), sorted(words))

    def _plain(self, texts: list[str]) -> list[str]:
        return [plain_text(text, self._platform) for text in texts] if self._platform in HTML_PLATFORMS else texts

    def _all_ids(self) -> list[int]:
        made = [np.array([_micros(post["created_at"]) for post in self._posts], dtype=np.int64),
                self._times.column("created_at").cast(pa.int64()).to_numpy()]  # fmt: skip
        if self._versions is not None:
            times = pc.coalesce(self._versions.column("created_at"), self._versions.column("captured_at"))
            made.append(times.cast(pa.int64()).to_numpy())
        ids: list[int] = ids_of(np.concatenate(made), self._no).tolist()
        return ids


def ids_of(micros: np.ndarray[Any, np.dtype[np.int64]], package: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return ids for items of a package made at these microseconds: all different, in the same order."""
    order = np.argsort(micros, kind="stable")
    wished = np.clip(micros[order] // 1000, _EARLIEST, _LATEST)
    step = np.arange(len(wished), dtype=np.int64)
    taken = np.maximum.accumulate(wished - step) + step
    ids = np.empty(len(wished), dtype=np.int64)
    ids[order] = (taken << SHIFT) | (package % _PACKAGES)
    return ids


def lowest_id(at: datetime) -> int:
    """Return the lowest id of an item made at a time or later."""
    return min(max(_micros(at) // 1000, _EARLIEST), _LATEST) << SHIFT


_own_marks = lru_cache(256)(marks_of_item)


def _has_versions(package: PackageObjects) -> bool:
    return "data/tables/versions.parquet" in package.listed


def _text(post: dict[str, Any]) -> str:
    return f"{post['title']}\n{post['text']}" if post["title"] else str(post["text"])


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
