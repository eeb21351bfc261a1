"""The digest part of ``urval verify`` beside ``hashlib.file_digest`` over the same files with as many threads.

``python -m bench.digests floor|product``: 512 MB in 240 files, a few large and many small, as a package has them. Both
read from the page cache.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bench.measuring import FOLDER, told
from urval.verify.bag import check_digests
from urval.verify.findings import Findings
from urval.verify.reader import _THREADS, FolderReader

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER = FOLDER / "digests"
_LISTING = _FOLDER / "listing.json"
_DATA = _FOLDER / "package"
_SIZES = [96 << 20, 64 << 20, 48 << 20, 32 << 20, *[8 << 20] * 26, *[320 << 10] * 210]


def make() -> None:
    """Write the files and their listing unless they are there."""
    if _LISTING.exists():
        return
    (_DATA / "data").mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    listed = {}
    for number, size in enumerate(_SIZES):
        data = rng.randbytes(size)
        (_DATA / "data" / f"{number:03d}").write_bytes(data)
        listed[f"data/{number:03d}"] = hashlib.sha256(data).hexdigest()
    _LISTING.write_text(json.dumps(listed), encoding="utf-8")


def floor() -> None:
    """Digest each file."""
    with ThreadPoolExecutor(_THREADS) as pool:
        found = list(pool.map(_digest, sorted((_DATA / "data").iterdir())))
    if len(set(found)) != len(_SIZES):
        raise SystemExit("the files are not what they should be")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def product() -> None:
    """Take step 4 of the verifier."""
    findings = Findings()
    found = check_digests(FolderReader(_DATA), json.loads(_LISTING.read_bytes()), findings, lambda *_: None)
    if len(found) != len(_SIZES) or findings.has_failed("BAG-3"):
        raise SystemExit("the verifier finds what is not wrong")


if __name__ == "__main__":
    told({"floor": floor, "product": product}[sys.argv[1]])
