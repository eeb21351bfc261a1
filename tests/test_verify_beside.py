"""A large package is read by two processes; what comes out is what one finds, also when the other one dies."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from _sample_package import copy_of, whole_package
from _tampering import Tampering

from urval.manifest import parse_manifest
from urval.verify import FolderReader, Status, verify_package
from urval.verify.beside import Beside
from urval.verify.page_reading import read_pages
from urval.verify.raw import see_objects, see_warc

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sample of a selection."""
    return copy_of(whole_package(), tmp_path)


def test_the_other_process_sees_what_this_one_sees(copy: Path) -> None:
    """Pages, faults in pages, and raw objects come back as they are read here."""
    page = next((copy / "data" / "snapshot" / "threads").iterdir())
    page.write_text(page.read_text(encoding="utf-8") + "<script>1</script>", encoding="utf-8")
    (copy / "data" / "snapshot" / "page.html").write_bytes(b"\xff")
    reader = FolderReader(copy)
    with Beside(reader, reader.names(), worth=0) as beside:
        assert beside.objects() == see_objects(reader)
        assert beside.warc() is None  # a selection holds none
        seen = beside.pages()
        assert seen is not None
        found = list(seen)
    assert found == list(read_pages(reader, reader.names()))
    assert [one.path for one in found if one.unread] == ["data/snapshot/page.html"]
    assert [fault for one in found for fault in one.faults]


def test_the_exchanges_of_a_census_are_seen_too() -> None:
    """Where the package holds the exchanges, their bodies come back as they are read here."""
    folder = whole_package(census=True).folder
    reader = FolderReader(folder)
    manifest = parse_manifest((folder / "manifest.json").read_bytes())
    with Beside(reader, reader.names(), worth=0) as beside:
        seen = beside.warc()
        assert seen == see_warc(reader, manifest.environment)
        assert seen is not None
        assert seen.sound
        assert len(seen.bodies) > 1


def test_where_the_other_process_dies_this_one_looks_itself(copy: Path) -> None:
    """A killed process gives no answer, and no half of one."""
    reader = FolderReader(copy)
    with Beside(reader, reader.names(), worth=0) as beside:
        assert beside._process is not None
        os.kill(beside._process.pid, signal.SIGKILL)
        beside._process.wait()
        assert beside.pages() is None
    small = Beside(reader, reader.names())
    assert (small.objects(), small.pages()) == (None, None)


@pytest.mark.parametrize("spoilt", ["", "object", "page"])
def test_a_large_package_is_judged_the_same(copy: Path, spoilt: str) -> None:
    """Pages padded until two processes share the work change no finding of pages and objects, good or bad."""
    before = judged(copy)
    pages = sorted((copy / "data" / "snapshot").rglob("*.html"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        page.write_text(text.replace("</body>", f"{' ' * 8_400_000}</body>", 1), encoding="utf-8")
    if spoilt == "object":
        tampering = Tampering(copy)
        tampering.pack("raw/objects.jsonl.gz", tampering.lines_of("raw/objects.jsonl.gz")[1:])
    if spoilt == "page":
        text = pages[-1].read_text(encoding="utf-8")
        pages[-1].write_text(text.replace("data-comment-id", "data-other", 1), encoding="utf-8")
    after = judged(copy)
    assert sum(path.stat().st_size for path in copy.rglob("*.html")) > 16 * 2**20
    changed = {code for code, status in after.items() if status is not before[code]}
    assert changed == {"": set(), "object": {"REF-6"}, "page": {"SNP-3"}}[spoilt]


def judged(package: Path) -> dict[str, Status]:
    """Return how the codes of pages and objects come out."""
    report = verify_package(FolderReader(package))
    assert report.verdict
    return {one.code: one.status for one in report.findings if one.code in {"REF-6", "SNP-3", "SNP-4"}}
