"""A million comments: recorded pages in, tables of the package out; beside it the floor.

``python -m bench.comments floor|bare|product TOTAL``

Product: the connector's own loop over the pages (decoding, mapping, trees), the capture's tables and frame, the
selection by a census rule, so that everything is kept, and the package's tables as Parquet and JSON Lines with their
Merkle trees. Floor: ``json.loads`` of the same bytes, ``pa.Table.from_pylist`` of the comments as they are,
``pq.write_table`` with Arrow's defaults, and SHA-256 of the file: ten plain lines, Python's garbage collector as it is,
for the product too. ``bare`` is the same floor with the collector switched off, for comparison.
"""

from __future__ import annotations

import gc
import hashlib
import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from bench import pages
from bench.measuring import FOLDER, ROOT, told
from connectors._environment import EnvironmentLog
from connectors._registry import open_source
from flows.environment import environment_of
from urval.capture import Capture, CaptureIdentity, CaptureWriter
from urval.manifest import Approval, Review, Software
from urval.package import PackageRequest
from urval.package.tables import write_tables
from urval.periods import occasion_at
from urval.selection import select
from urval.spec import read_spec

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from urval.manifest import Environment
    from urval.source import Item

_OUT = FOLDER / "out"
_ACCOUNT = "kommundirektoren-facebook"  # its rule is a census


def bare(total: int) -> None:
    """Do what the floor does, without garbage collection."""
    gc.disable()
    floor(total)


def floor(total: int) -> None:
    """Decode, write once, digest."""
    comments: list[dict[str, Any]] = []
    for body in pages.bodies(total):
        page = json.loads(body)
        for entry in page.get("data", ()):
            comments += entry["comments"]["data"] if "comments" in entry else [entry]
    if len(comments) != total:
        raise SystemExit(f"{len(comments)} comments in the pages, not {total}")
    path = _OUT / "floor" / "comments.parquet"
    pq.write_table(pa.Table.from_pylist(comments), path)
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256").hexdigest()


def product(total: int) -> None:
    """Map, capture, select, write the package's tables."""
    folder = _OUT / "product"
    request = captured(total, folder / "capture", lambda item: item)
    (folder / "tables").mkdir()
    refs = write_tables(request.capture, request.kept(), request.selection.table, folder / "tables")
    if refs["comments"].rows != total:
        raise SystemExit(f"{refs['comments'].rows} comments came out, not {total}")


def captured(
    total: int,
    folder: Path,
    change: Callable[[Item], Item],
    *,
    gate: type[pages.RecordedGate] = pages.RecordedGate,
    environment: Environment | None = None,
) -> PackageRequest:
    """Capture the recorded pages into ``folder`` and select; ``change`` is done to each item on its way."""
    loaded = read_spec(ROOT / "archive_specs" / "exempelstad.yaml")
    account, occasion = loaded.spec.account(_ACCOUNT), occasion_at(loaded.spec, "2026-host")
    source = open_source(
        "facebook", account_id=_ACCOUNT, settings=account.settings, credential="recorded-credential",
        start=occasion.period.start, end=occasion.period.end, gate=gate(total),  # type: ignore[arg-type]
    )  # fmt: skip
    identity = CaptureIdentity(
        archive_id=loaded.spec.archive.id, account_id=_ACCOUNT, occasion_id=occasion.id, period_id=occasion.period.id,
        period_start=occasion.period.start, period_end=occasion.period.end, spec_sha256=loaded.sha256, clock="fixed",
    )  # fmt: skip
    with CaptureWriter(folder, identity, source.method) as writer:
        for item in source.read():
            writer.add(change(item))
        log = environment or environment_of(EnvironmentLog())
        exchanges = sum(host.exchanges for host in log.hosts)
        writer.finish(started_at=pages.NOW, ended_at=pages.NOW, exchanges=exchanges, environment=log)
    return requested(folder)


def requested(folder: Path) -> PackageRequest:
    """Return the request for a package of the capture in ``folder``."""
    loaded, capture = read_spec(ROOT / "archive_specs" / "exempelstad.yaml"), Capture(folder)
    account, occasion = loaded.spec.account(_ACCOUNT), occasion_at(loaded.spec, "2026-host")
    selection = select(loaded.spec, account, occasion.period, capture.table("frame"))
    approval = Approval(by="bench", role="run", at=pages.NOW)
    return PackageRequest(
        capture=capture, loaded=loaded, account=account, occasion=occasion, previous=None, selection=selection,
        review=Review(
            proposal_sha256="0" * 64, proposed_at=pages.NOW, looked_at=False, persons=1, approvals=[approval],
            changes=[], attachments=[],
        ),
        software=Software(name="urval", version="bench", lock_sha256=None, libraries={}),
    )  # fmt: skip


if __name__ == "__main__":
    shutil.rmtree(_OUT, ignore_errors=True)
    (_OUT / "floor").mkdir(parents=True)
    work = {"floor": floor, "bare": bare, "product": product}[sys.argv[1]]
    told(lambda: work(int(sys.argv[2])))
