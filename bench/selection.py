"""The selection of a million threads by ten rules, beside a plain pandas filter and sort of the same table.

``python -m bench.selection floor|product``: both hold the table in memory before the clock starts, and use one thread.
"""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench.measuring import FOLDER, told
from urval.periods import make_period
from urval.records import FRAME_SCHEMA
from urval.selection import key_of, select
from urval.spec import parse_spec

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 1_000_000
_FRAME = FOLDER / "selection" / "frame.parquet"
_PART = 50_000
_WORDS = [
    "kommunen", "öppnar", "torget", "badhuset", "stänger", "tillfälligt", "under", "sommaren", "skolan", "bygger",
    "lekplats", "parken", "vatten", "trafik", "biblioteket", "åldersgräns", "Östra", "hamnen", "kultur", "välkomna",
]  # fmt: skip
_START = datetime(2026, 4, 30, 22, tzinfo=UTC)
_SPEC = """\
format: 1
id: bench
version: "1"
valid_from: 2026-01-01
language: sv
archive: {id: bench, name: Provstad}
terms: [{id: host, start: 08-16, end: 12-14}]
occasions: [{id: host, opens: 11-02, closes: 11-30, period_end: 11-01}]
single_occasion_reason: ett prov
first_period_start: 2026-05-01
accounts: [{id: sida, platform: facebook, name: P, class: main, purpose: p, owner: {name: A, role: b}}]
seed: Provstad 2026
rules:
  - {id: mandatory, rule: mandatory}
  - {id: window, rule: window, days: 7, anchor: term_mid}
  - {id: fat, rule: fat, metric: comments, top_k: 1000}
  - {id: predicate, rule: predicate, keywords: [badhuset, öster], has_media: true}
  - {id: random, rule: simple_random, n: 20000}
  - {id: steps, rule: systematic, every_k: 50}
  - {id: strata, rule: stratified, by: [month, kind], n: 20000}
  - {id: bucket, rule: hash_bucket, salt: Provstad, modulus: 100, keep: [7, 49]}
  - {id: weight, rule: pps, size_metric: comments, n: 10000}
  - {id: out, rule: exclude, reason: sekretess, kinds: [message]}
"""


def make() -> None:
    """Write the frame unless it is there: threads in the order of time, newest first, as a platform lists them."""
    if _FRAME.exists():
        return
    _FRAME.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    unfinished = _FRAME.with_suffix(".part")
    with pq.ParquetWriter(unfinished, FRAME_SCHEMA) as writer:
        for first in range(0, THREADS, _PART):
            rows = [_row(number, rng) for number in range(first, first + _PART)]
            writer.write_table(pa.Table.from_pylist(rows, schema=FRAME_SCHEMA))
    unfinished.rename(_FRAME)


def _row(number: int, rng: random.Random) -> dict[str, Any]:
    thread_id = f"100064{rng.randrange(10**9, 10**10)}_{number}"
    comments = int(rng.paretovariate(1.1)) - 1
    return {
        "thread_id": thread_id,
        "created_at": _START + timedelta(days=184) * (1 - (number + 1) / THREADS),
        "kind": rng.choices(["post", "video", "photo", "share", "message"], [60, 15, 15, 9, 1])[0],
        "text": " ".join(rng.choices(_WORDS, k=rng.randrange(5, 40))),
        "language": "sv", "author_role": "own", "questions": comments // 5, "comments": comments,
        "platform_comment_count": comments, "reactions": comments * 7, "shares": comments // 3, "views": None,
        "bytes": 1000 + 400 * comments, "media": rng.randrange(3), "followers": 90_000, "page_changes": "avatar",
        "pinned": number == 0, "removed": rng.random() < 0.001, "whole": rng.random() < 0.99,
        "thread_key": key_of(thread_id), "author_key": 1, "content_digest": rng.randbytes(32).hex(),
        "digest": rng.randbytes(32).hex(),
    }  # fmt: skip


def floor() -> Callable[[], object]:
    """Return the work of a person at a prompt: all columns of the threads that are no messages, ordered by id."""
    frame = pq.read_table(_FRAME).to_pandas()
    frame[:1000].sort_values("thread_id")  # pandas loads some of itself when it is first used
    return lambda: frame[frame["kind"] != "message"].sort_values("thread_id")


def product() -> Callable[[], object]:
    """Return the selection: checks, digest, seed, ten rules, the table with rules and probabilities."""
    frame = pq.read_table(_FRAME)
    spec = parse_spec(_SPEC.encode(), "bench.yaml").spec
    period = make_period(date(2026, 5, 1), date(2026, 11, 1), spec.timezone)
    return lambda: select(spec, spec.accounts[0], period, frame)


if __name__ == "__main__":
    pa.set_cpu_count(1)
    told({"floor": floor, "product": product}[sys.argv[1]]())
