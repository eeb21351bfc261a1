"""The static twin: the room's pages as files, from disk, with nothing restricted and nothing missing."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from _browser import browser
from _reading_room import room_over
from _room_store import RESTRICTED, room_store, spec_of
from _run_store import package_folders, run_store
from typer.testing import CliRunner

from urval.cli import app as program
from urval.errors import ConfigError
from urval.reading_room.static_twin import Made, export

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _s3_server import S3Server

pytest_plugins = ("_s3_server",)
LINK = re.compile(r'(?:href|src)="([^"]*)"')


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the twin of the rich store."""
    folder = tmp_path_factory.mktemp("twin")
    store = room_store()
    made = export(room_over(store, folder, specs=(spec_of(store),)), folder / "out")
    assert made.faults == []
    return folder / "out"


@pytest.fixture(scope="module")
def open_twin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Made]:
    """Return the twin of a store in which nothing is restricted, and what was made."""
    folder = tmp_path_factory.mktemp("open")
    made = export(room_over(run_store(), folder), folder / "out")
    return folder / "out", made


def pages(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield the twin's own pages with their text."""
    for file in sorted(folder.rglob("*.html")):
        if file.relative_to(folder).parts[0] != "files":
            yield file, file.read_text(encoding="utf-8")


def snapshot_of(folder: Path) -> dict[Path, bytes]:
    """Return every file below a folder, with its bytes."""
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def dangling(folder: Path) -> set[str]:
    """Return links that lead to no file of the twin."""
    wrong = set()
    for file, text in pages(folder):
        for raw in LINK.findall(text):
            link = urlsplit(unescape(raw))
            if link.scheme in {"http", "https", "mailto"}:
                continue
            there = (file.parent / unquote(link.path)).resolve() if link.path else file
            if link.scheme or link.netloc or link.query or not there.is_file():
                wrong.add(f"{file.relative_to(folder)}: {raw}")
    return wrong


@pytest.mark.parametrize("name", ["twin", "open_twin"])
def test_every_link_leads_to_a_file(name: str, request: pytest.FixtureRequest) -> None:
    """Whatever a page links to or shows is a file of the twin, named relatively."""
    given = request.getfixturevalue(name)
    assert dangling(given if isinstance(given, Path) else given[0]) == set()


def test_every_thread_is_there_in_both_languages(open_twin: tuple[Path, Made]) -> None:
    """Each kept thread of each package has its page and JSON in both languages, and stands in the list by month."""
    folder, made = open_twin
    assert (made.faults, made.left_out) == ([], 0)
    for package in package_folders(run_store()):
        kept = json.loads((package / "manifest.json").read_bytes())["selection"]["kept"]
        for language in ("sv", "en"):
            threads = folder / language / "packages" / "exempelstad" / package.name / "threads"
            numbers = [f"{number:04}" for number in range(1, kept + 1)]
            assert [file.stem for file in sorted(threads.glob("????.html"))] == numbers
            assert [file.stem for file in sorted(threads.glob("????.json"))] == numbers
    listed = "".join(text for file, text in pages(folder) if file.parent == folder / "sv" / "threads")
    for package in package_folders(run_store()):
        assert f"{package.name}/threads/0001.html" in listed
    assert '<html lang="en"' in (folder / "en" / "index.html").read_text()


def test_files_are_the_sealed_ones(open_twin: tuple[Path, Made]) -> None:
    """The snapshot, the media and the tables that were copied are, byte for byte, those of the package."""
    folder, made = open_twin
    assert made.files > 0
    for package in package_folders(run_store()):
        copied = folder / "files" / "exempelstad" / package.name
        for file in [path for path in (copied / "data").rglob("*") if path.is_file()]:
            assert file.read_bytes() == (package / file.relative_to(copied)).read_bytes()
        there = {path.relative_to(copied) for path in (copied / "data" / "snapshot").rglob("*.html")}
        assert there == {path.relative_to(package) for path in (package / "data" / "snapshot").rglob("*.html")}


def test_nothing_restricted_is_in_it(twin: Path) -> None:
    """The restricted comment is in no file, nor is any file of a package that holds it; the pages say why."""
    restricted = [package.name for package in package_folders(room_store())]
    for file, data in snapshot_of(twin).items():
        assert RESTRICTED.encode() not in data, file
        assert not (file.suffix in {".parquet", ".pdf", ".gz", ".jsonl"} and file.parts[2:3] == (restricted[1],)), file
    assert "restricted by decision" in "".join(text for file, text in pages(twin / "en"))


def test_the_store_stays_as_it_was(tmp_path: Path) -> None:
    """An export, and a dry run of one, write nothing into the store; the dry run writes nothing at all."""
    before = snapshot_of(run_store())
    counted = export(room_over(run_store(), tmp_path), tmp_path / "out", languages=("sv",), dry_run=True)
    assert not (tmp_path / "out").exists()
    made = export(room_over(run_store(), tmp_path), tmp_path / "out", languages=("sv",))
    assert (counted.pages, counted.files) == (made.pages, made.files)
    assert not (tmp_path / "out" / "en").exists()
    assert snapshot_of(run_store()) == before


def test_a_folder_with_something_else_is_refused(tmp_path: Path, open_twin: tuple[Path, Made]) -> None:
    """A folder that holds anything else is left alone, as is the store; an earlier twin is renewed."""
    room = room_over(run_store(), tmp_path)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "brev.txt").write_text("hej")
    for folder in (mine, run_store() / "twin", run_store().parent, run_store()):
        with pytest.raises(ConfigError):
            export(room, folder)
    assert [path.name for path in mine.iterdir()] == ["brev.txt"]
    earlier = tmp_path / "earlier"
    shutil.copytree(open_twin[0], earlier)
    (earlier / "sv" / "gammal.html").write_text("gammal")
    export(room, earlier, languages=("sv",))
    assert not (earlier / "sv" / "gammal.html").exists()
    assert not (earlier / "en").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_damaged_package_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    """Where a package's bytes are not those that were sealed, the export goes on, names it, and ends with 1."""
    store = Path(shutil.copytree(run_store(), tmp_path / "store"))
    broken, whole = package_folders(store)
    table = broken / "data" / "tables" / "comments.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"X")
    done = CliRunner().invoke(
        program, ["browse", str(store), "--export", str(tmp_path / "out"), "--language", "sv"],
        env={"XDG_CACHE_HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.exit_code == 1, done.output
    assert broken.name in done.output
    assert whole.name not in done.output
    threads = tmp_path / "out" / "sv" / "packages" / "exempelstad"
    assert (threads / whole.name / "threads" / "0001.html").is_file()
    assert 'class="notice bad"' in (threads / broken.name / "threads" / "0001.html").read_text()
    assert broken.name in (tmp_path / "out" / "index.html").read_text()


def test_a_package_deleted_meanwhile_is_told(tmp_path: Path) -> None:
    """A package that is gone from the store when its turn comes is named; its pages say so, and no link dangles."""
    store = Path(shutil.copytree(run_store(), tmp_path / "store"))
    room = room_over(store, tmp_path)
    gone, whole = package_folders(store)
    shutil.rmtree(gone)
    made = export(room, tmp_path / "out", languages=("sv",))
    assert {gone.name in fault.address for fault in made.faults} == {True}
    pages_of = tmp_path / "out" / "sv" / "packages" / "exempelstad"
    assert 'class="problem"' in (pages_of / gone.name / "index.html").read_text()
    assert 'class="problem"' not in (pages_of / whole.name / "index.html").read_text()
    assert dangling(tmp_path / "out") == set()


@pytest.mark.server
def test_it_works_from_disk(open_twin: tuple[Path, Made]) -> None:
    """Chromium shows the files without a server: styled, linked, silent, and asking nobody for anything."""
    said: list[str] = []
    with browser() as chromium:
        page = chromium.new_page()
        page.on("console", lambda one: said.append(one.text))
        page.on("request", lambda one: None if one.url.startswith("file://") else said.append(one.url))
        page.on("requestfailed", lambda one: None if one.failure == "net::ERR_ABORTED" else said.append(one.url))
        page.goto((open_twin[0] / "index.html").as_uri())
        page.get_by_role("link", name="Svenska").click()
        page.get_by_role("link", name="Paket", exact=True).click()
        page.locator("main a[href*='index.html']").first.click()
        assert "display: grid" in page.evaluate("'display: ' + getComputedStyle(document.body).display")
        assert page.evaluate("[...document.fonts].some((one) => one.status === 'loaded')")
        page.get_by_role("link", name="Alla trådar").click()
        page.locator("main table a").first.click()
        page.locator(".static-threads a").first.click()
        assert re.search(r"/sv/packages/.*/threads/\d{4}\.html$", page.url)
        page.locator("nav.tongues a").click()
        assert "/en/" in page.url
        package = package_folders(run_store())[0].name
        page.goto((open_twin[0] / "sv" / "packages" / "exempelstad" / package / "snapshot.html").as_uri())
        assert page.frame_locator("iframe").locator("body").inner_text().strip()
        page.locator("main a, .bar a").first.wait_for()
    assert said == []


@pytest.mark.server
def test_a_store_in_s3_gives_the_same_files(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_twin: tuple[Path, Made]
) -> None:
    """From a bucket come the same pages, threads and files of packages as from a folder."""
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    bucket, client = s3.bucket("static-twin"), s3.client()
    for path, data in snapshot_of(run_store()).items():
        if path.parts[0] != "captures":
            client.put_object(Bucket=bucket, Key=path.as_posix(), Body=data)
    made = export(room_over(s3.uri(bucket), tmp_path), tmp_path / "out", languages=("sv",))
    assert made.faults == []
    there, here = snapshot_of(open_twin[0] / "files"), snapshot_of(tmp_path / "out" / "files")
    assert here == there
    assert snapshot_of(open_twin[0] / "sv").keys() == snapshot_of(tmp_path / "out" / "sv").keys()
