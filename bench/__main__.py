"""``python -m bench``: measure everything, print the table, end with status 1 if a bound is broken."""

from __future__ import annotations

import os
import platform
import sys

from bench import (
    digests,
    many_pages,
    pages,
    platforms,
    reading_room,
    sealing,
    selection,
    snapshot,
    startup,
    status,
    upload,
    verifying,
)
from bench.measuring import Line, Sample, in_turns

_MILLION, _TENTH = 1_000_000, 100_000
_GIGABYTE = 1e9


def main() -> int:
    """Measure, print, judge."""
    print(f"{os.cpu_count()} processors, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"{'measure':34} {'figure':>8} {'bound':>9}", flush=True)
    broken = 0
    for measure in (
        startup.lines, platforms.lines, many_pages.lines, _digests, verifying.lines, sealing.lines, _selection,
        status.lines, reading_room.lines, upload.lines, _snapshot, _comments,
    ):  # fmt: skip
        for line in measure():
            broken += not line.holds
            bound = f"{'<=' if line.at_most else '>='} {line.bound:.2f} {line.unit}"
            verdict = "ok " if line.holds else "NOT"
            print(f"{line.name:34} {line.figure:6.2f} {line.unit} {bound:>9}  {verdict}  {line.detail}", flush=True)
    return 1 if broken else 0


def _comments() -> list[Line]:
    for total in (_TENTH, _MILLION):
        pages.make(total)
    floor, product = in_turns(3, ("comments", "floor", _MILLION), ("comments", "product", _MILLION))
    bare, small = in_turns(1, ("comments", "bare", _MILLION), ("comments", "product", _TENTH))
    told = f"product {product.seconds:.1f} s, floor {floor.seconds:.1f} s (without its collector {bare.seconds:.1f} s)"
    return [
        Line("1,000,000 comments, time", product.seconds / floor.seconds, 3.0, at_most=True, detail=told),
        _memory("1,000,000 comments, memory", product, small, 1.5, "100,000"),
    ]


def _snapshot() -> list[Line]:
    pages.make(20_000)
    snapshot.make()
    floor, product = in_turns(
        3, ("snapshot", "floor", snapshot.THREADS), ("snapshot", "product", snapshot.THREADS)
    )  # fmt: skip
    (double,) = in_turns(1, ("snapshot", "product", 2 * snapshot.THREADS))
    told = f"product {product.seconds:.1f} s, bare Typst {floor.seconds:.1f} s"
    return [
        Line("snapshot of 1,000 threads, time", product.seconds / floor.seconds, 2.0, at_most=True, detail=told),
        _memory("snapshot of 2,000 threads, memory", double, product, 1.2, "1,000"),
    ]


def _selection() -> list[Line]:
    selection.make()
    floor, product = in_turns(5, ("selection", "floor"), ("selection", "product"))
    told = f"product {product.seconds:.2f} s, pandas {floor.seconds:.2f} s, 1,000,000 threads, ten rules"
    return [
        Line("selection, seconds", product.seconds, 3.0, at_most=True, detail="median of 5, one thread", unit="s"),
        Line("selection, time", product.seconds / floor.seconds, 3.0, at_most=True, detail=told),
    ]


def _digests() -> list[Line]:
    digests.make()
    floor, product = in_turns(9, ("digests", "floor"), ("digests", "product"))
    told = f"verify {product.seconds * 1000:.0f} ms, hashlib.file_digest {floor.seconds * 1000:.0f} ms, 512 MB"
    return [Line("digests of verify, speed", floor.seconds / product.seconds, 0.8, at_most=False, detail=told)]


def _memory(name: str, large: Sample, small: Sample, bound: float, of_small: str) -> Line:
    told = f"peak {large.peak / _GIGABYTE:.2f} GB, at {of_small} {small.peak / _GIGABYTE:.2f} GB"
    return Line(name, large.peak / small.peak, bound, at_most=True, detail=told)


if __name__ == "__main__":
    sys.exit(main())
