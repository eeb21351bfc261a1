"""The verifier against damage and malice: every change is found, nothing in a package makes it raise."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from _sample_package import Sample, copy_of, files_of, whole_package
from _tampering import Tampering
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from urval.errors import VerificationError
from urval.verify import (
    CODES,
    FolderReader,
    Level,
    Verdict,
    verify_package,
)

if TYPE_CHECKING:
    from pathlib import Path

FUZZ = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def sample() -> Sample:
    """Return the sample of a selection."""
    return whole_package()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sample of a selection."""
    return copy_of(whole_package(), tmp_path)


def test_deleting_any_file_is_found(copy: Path) -> None:
    """A package that lacks any one of its files is not valid, at every level."""
    for path in files_of(copy):
        data = path.read_bytes()
        path.unlink()
        for level in Level:
            assert verify_package(FolderReader(copy), level=level).verdict is Verdict.NOT_VALID, path
        path.write_bytes(data)


def test_adding_any_file_is_found(copy: Path) -> None:
    """A package with a file more is not valid, at every level, wherever the file lies and whatever its name."""
    for folder in [copy, *[path for path in copy.rglob("*") if path.is_dir()]]:
        for name in ("extra.txt", "index.html", f"{'0' * 64}.png", "snapshot-009.pdf", "å\nä", ".hidden"):
            path = folder / name
            if path.exists():
                continue
            path.write_bytes(b"%PDF-1.7\n%%EOF\n")
            for level in Level:
                assert verify_package(FolderReader(copy), level=level).verdict is Verdict.NOT_VALID, path
            path.unlink()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipping_any_byte_is_found(copy: Path, data: st.DataObject) -> None:
    """One changed byte, in any file and at any place, makes the package not valid."""
    for path in files_of(copy):
        whole = path.read_bytes()
        places = {0, len(whole) - 1, data.draw(st.integers(0, len(whole) - 1), label=path.name)}
        for place in places:
            mask = data.draw(st.integers(1, 255))
            path.write_bytes(whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :])
            report = verify_package(FolderReader(copy), level=Level.DIGESTS)
            assert report.verdict is Verdict.NOT_VALID, (path, place, mask)
        path.write_bytes(whole)


@FUZZ
@given(data=st.data(), resealed=st.booleans())
def test_garbage_in_any_file_never_raises(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, resealed: bool
) -> None:
    """Whatever a file holds, also where the digests around it are right, verification ends in a verdict."""
    one = whole_package(census=data.draw(st.booleans()))
    folder = copy_of(one, tmp_path_factory.mktemp("garbage"))
    path = data.draw(st.sampled_from(files_of(folder)))
    whole = path.read_bytes()
    start = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.sampled_from([0, 1, 16, len(whole)]))
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=200)) + whole[start + length :])
    if resealed:
        tampering = Tampering(one.folder)
        tampering.folder = folder
        tampering.leave = {"id", "folder", *({"manifest"} if path.name == "manifest.json" else set())}
        folder = tampering.seal()
    report = verify_package(FolderReader(folder), frame=one.frame)
    assert {f.code for f in report.findings} == set(CODES)
    assert report.to_text("sv")
    json.loads(report.to_json())
    shutil.rmtree(folder)


@FUZZ
@given(data=st.data(), value=JSON_VALUES)
def test_garbage_in_the_manifest_never_raises(copy: Path, data: st.DataObject, value: Any) -> None:
    """Any JSON value in any place of the manifest ends in a verdict."""
    before = (copy / "manifest.json").read_bytes()
    document = json.loads(before)
    place: Any = document
    while True:
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
        if isinstance(place[key], dict | list) and place[key] and data.draw(st.booleans()):
            place = place[key]
        else:
            break
    place[key] = value
    (copy / "manifest.json").write_text(json.dumps(document))
    report = verify_package(FolderReader(copy))
    (copy / "manifest.json").write_bytes(before)
    assert report.verdict is Verdict.NOT_VALID
    assert report.to_text()


@FUZZ
@given(data=st.data(), value=JSON_VALUES)
def test_garbage_in_rows_never_raises(copy: Path, data: st.DataObject, value: Any) -> None:
    """Any JSON value in any column of any table ends in a verdict, and is found."""
    path = data.draw(st.sampled_from(sorted((copy / "data" / "tables").glob("*.jsonl"))))
    before = path.read_bytes()
    rows = [json.loads(line) for line in before.splitlines()]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.sampled_from(sorted(row)))] = value
    changed = "".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) + "\n" for one in rows)
    path.write_bytes(changed.encode("utf-8", "surrogatepass"))
    report = verify_package(FolderReader(copy))
    same = path.read_bytes() == before
    path.write_bytes(before)
    assert same or report.verdict is Verdict.NOT_VALID


HOSTILE_PAGES = [
    b"<!--" * 300_000,
    b"<" * 1_000_000,
    b"<a" * 500_000,
    b"<p " + b"x=1 " * 200_000,
    b"<![" * 300_000,
    b"&" * 1_000_000,
    b"</" * 500_000,
    b"<p>" * 300_000,
    b"\xff\xfe<p>",
    b"<script>" + b"x" * 1_000_000,
    b"<p data-thread-id=" + b"x" * 200_000 + b">",
]


def test_hostile_pages_end_in_reasonable_time(tmp_path: Path) -> None:
    """Markup made to exhaust a parser ends within seconds in a verdict, page by page."""
    folders = []
    for number, page in enumerate(HOSTILE_PAGES):
        (tmp_path / str(number)).mkdir()
        tampering = Tampering(copy_of(whole_package(), tmp_path / str(number)))
        tampering.path("snapshot/threads/0002.html").write_bytes(page)
        folders.append(tampering.seal())
    program = (
        "import sys, time; from pathlib import Path; from urval.verify import FolderReader, verify_package\n"
        "for folder in sys.argv[1:]:\n"
        "    begun = time.monotonic()\n"
        "    print(verify_package(FolderReader(Path(folder))).verdict, time.monotonic() - begun, flush=True)"
    )
    command = [sys.executable, "-W", "error", "-c", program, *map(str, folders)]
    done = subprocess.run(command, timeout=120, check=True, capture_output=True, text=True)
    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == len(HOSTILE_PAGES)
    for (verdict, seconds), page in zip(told, HOSTILE_PAGES, strict=True):
        assert verdict in set(Verdict), page[:8]
        assert float(seconds) < 30, page[:8]


def test_no_byte_of_a_parquet_footer_ends_the_process(copy: Path) -> None:
    """Arrow aborts on some damaged footers; the verifier sees them first, whichever byte is changed."""
    program = """
import io, sys
from pathlib import Path
from urval.verify.findings import UNREADABLE
from urval.verify.layout import TABLES
from urval.verify.parquet_twin import ParquetTwin
data = Path(sys.argv[1]).read_bytes()
for place in range(len(data) - 8 - int.from_bytes(data[-8:-4], "little"), len(data)):
    for byte in (0x44, 0xFF):
        try:
            ParquetTwin(io.BytesIO(data[:place] + bytes([byte]) + data[place + 1:]), "gaps", TABLES["gaps"]).take(9)
        except UNREADABLE:
            pass
print("alive")
"""
    path = copy / "data" / "tables" / "gaps.parquet"
    done = subprocess.run([sys.executable, "-c", program, str(path)], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "alive"


def test_hostile_text_cannot_act_on_a_terminal(copy: Path) -> None:
    """Names with control characters, half characters and lines of their own come out harmless, in text and JSON."""
    (copy / "data" / "\x1b[2Jevil\nBAG-1 passed\udcff").write_bytes(b"x")
    report = verify_package(FolderReader(copy))
    assert "BAG-6" in report.failed()
    for language in ("sv", "en"):
        text = report.to_text(language)
        assert "\x1b" not in text
        assert "\nBAG-1" not in text
        text.encode()
    assert report.to_json().isascii()


def test_folder_reader_opens_plain_files_of_the_package_only(copy: Path) -> None:
    """The reader opens nothing outside the folder, no link and no pipe."""
    (copy / "link").symlink_to("/etc/passwd")
    (copy / "more").symlink_to("/etc")
    reader = FolderReader(copy)
    assert {"link", "more"} <= set(reader.names())
    for name in ("link", "more", "more/passwd", "../" + copy.name + "/bagit.txt", "/etc/passwd", "", "data"):
        with pytest.raises(OSError, match="no plain file"):
            reader.open(name)
        assert reader.is_link(name)


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    """What is no folder cannot be judged at all, and the error says so; an empty folder is judged."""
    with pytest.raises(VerificationError, match="is no folder"):
        FolderReader(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    assert verify_package(FolderReader(tmp_path / "empty")).verdict is Verdict.NOT_VALID
