"""A package: accepted by tools its readers already have, the same every time, and without leaks."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import bagit
import duckdb
import pytest
from _built import SECRET_TEXT, SPEC, build_sample

from urval.errors import PackageError
from urval.package.secret_scan import files_with_secrets, forms
from urval.source import PRIVATE_CAME

if TYPE_CHECKING:
    from urval.package import Built


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Return a package of fifteen threads out of forty."""
    return build_sample(tmp_path_factory.mktemp("package")).built


def every_byte(folder: Path) -> dict[str, bytes]:
    """Return name -> bytes of every file, and of what is inside the compressed ones."""
    contents = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            contents[path.relative_to(folder).as_posix()] = path.read_bytes()
            if path.suffix == ".gz":
                contents[f"{path.name} unpacked"] = gzip.decompress(path.read_bytes())
    return contents


def test_bagit_accepts_it(built: Built) -> None:
    """The Library of Congress' own validator finds a valid bag."""
    run = subprocess.run([sys.executable, bagit.__file__, "--validate", built.folder], capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_coreutils_accept_it(built: Built, name: str) -> None:
    """The commands in README.txt check every file."""
    run = subprocess.run(["sha256sum", "--check", "--strict", name], cwd=built.folder, capture_output=True, check=False)
    assert run.returncode == 0, run.stderr.decode()
    assert name in (built.folder / "data" / "README.txt").read_text(encoding="utf-8")


def test_duckdb_reads_both_forms_alike(built: Built) -> None:
    """A reader we did not write counts the same rows in Parquet and JSON Lines, as the manifest says."""
    tables = built.folder / "data" / "tables"
    for name, ref in built.manifest.tables.items():
        parquet = duckdb.sql(f"select count(*) from read_parquet('{tables / name}.parquet')").fetchall()[0][0]
        lines = (tables / f"{name}.jsonl").read_bytes().count(b"\n")
        assert parquet == lines == ref.rows
    stated = duckdb.sql(f"select value from parquet_kv_metadata('{tables}/posts.parquet') where key = 'urval.format'")
    assert bytes(stated.fetchall()[0][0]) == b"urval-package/1"


def test_same_input_same_bytes(built: Built, tmp_path: Path) -> None:
    """Another process with another hash seed, folder and locale builds the same package, byte for byte."""
    program = "import sys; from pathlib import Path; from _built import build_sample; build_sample(Path(sys.argv[1]))"
    environment = {
        **os.environ,
        "PYTHONHASHSEED": "7",
        "TZ": "Asia/Tokyo",
        "LC_ALL": "C",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, check=True)
    again = tmp_path / built.manifest.package_id
    assert every_byte(again) == every_byte(built.folder)


def test_nothing_of_a_dropped_thread(built: Built) -> None:
    """Of a dropped thread there are id, rule, chance and digest; no text, comment, picture, time or count."""
    rows = [json.loads(line) for line in (built.folder / "data/tables/selection.jsonl").read_text().splitlines()]
    dropped = [row["thread_id"] for row in rows if row["decision"] != "kept"]
    assert dropped
    contents = every_byte(built.folder)
    for name, data in contents.items():
        for thread in dropped:
            assert f"{SECRET_TEXT}-{thread}-".encode() not in data, (name, thread)
            mentions = data.count(f'"{thread}"'.encode())
            assert mentions == 0 or name == "data/tables/selection.jsonl", (name, thread)
    assert set(rows[0]) == {"thread_id", "decision", "rules", "probabilities", "digest"}
    media = {path.name for path in (built.folder / "data" / "media").iterdir()}
    assert media == {
        Path(row["file"]).name
        for row in map(json.loads, (built.folder / "data/tables/media.jsonl").read_text().splitlines())
        if row["file"]
    }


def test_kept_objects_are_there_as_received(built: Built) -> None:
    """Each kept post and comment has its object, the platform's bytes unchanged."""
    objects = [
        json.loads(line)
        for line in gzip.decompress((built.folder / "data/raw/objects.jsonl.gz").read_bytes()).splitlines()
    ]
    posts = [entry for entry in objects if entry["table"] == "posts"]
    assert len(posts) == built.manifest.selection.kept
    assert all(json.loads(entry["raw"])["id"] == entry["id"] for entry in posts)
    assert all(entry["raw"].startswith('{"id" :') for entry in posts)  # the odd space is as received


def test_a_census_holds_the_exchanges_whole(tmp_path: Path) -> None:
    """Where everything captured was kept, the WARC is in the package; else it is not, and the manifest says which."""
    whole = build_sample(tmp_path / "census", census=True).built
    assert whole.manifest.capture.whole_in_package
    assert (whole.folder / "data" / "raw" / "exchanges.warc.gz").is_file()
    part = build_sample(tmp_path / "part").built
    assert not part.manifest.capture.whole_in_package
    assert not (part.folder / "data" / "raw" / "exchanges.warc.gz").exists()


def test_exchanges_that_show_another_period_stay_out(tmp_path: Path) -> None:
    """A census whose listing also showed a post outside the period holds no WARC: the next selection may drop it."""
    built = build_sample(tmp_path, census=True, outside=1).built
    assert built.manifest.selection.kept == built.manifest.selection.frame_size
    assert not built.manifest.capture.whole_in_package
    assert not (built.folder / "data" / "raw" / "exchanges.warc.gz").exists()


def test_exchanges_with_private_messages_stay_out(tmp_path: Path) -> None:
    """A census whose exchanges also carried private messages holds no WARC: they are not collected."""
    built = build_sample(tmp_path, census=True, about=PRIVATE_CAME).built
    assert built.manifest.selection.kept == built.manifest.selection.frame_size
    assert not built.manifest.capture.whole_in_package
    assert not (built.folder / "data" / "raw" / "exchanges.warc.gz").exists()


def test_a_secret_stops_the_build(tmp_path: Path) -> None:
    """A secret in use that stands in any file stops the build, and its value is not in the message."""
    with pytest.raises(PackageError, match="a secret in use stands in") as caught:
        build_sample(tmp_path, secrets=["Kommentar-hemlig"])
    assert "Kommentar-hemlig" not in caught.value.diagnostics()
    assert not [path for path in tmp_path.rglob("manifest.json") if path.parent.name != "package.part"]


def test_a_changed_medium_stops_the_build(tmp_path: Path) -> None:
    """A medium that is no longer what was captured is not packed."""
    with pytest.raises(PackageError, match="has changed since it was captured"):
        build_sample(tmp_path, spoil_media=True)


def rows_of(built: Built, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    return [json.loads(line) for line in (built.folder / f"data/tables/{table}.jsonl").read_text().splitlines()]


def test_the_manifest_says_when_and_how_late(tmp_path: Path) -> None:
    """Days late and the blackout go by the local day on which the capture ended; a real clock is called one."""
    began, ended = datetime(2026, 12, 14, 21, 10, tzinfo=UTC), datetime(2026, 12, 14, 23, 30, tzinfo=UTC)
    built = build_sample(tmp_path, clock="system", began=began, ended=ended).built
    manifest = built.manifest
    assert (manifest.capture.started_at, manifest.capture.ended_at, manifest.capture.clock) == (began, ended, "system")
    assert (manifest.occasion.days_late, manifest.occasion.in_blackout) == (15, True)  # in Stockholm it is the 15th
    assert not [line for line in manifest.cannot_show if "fast klocka" in line]
    assert "Insamlat: 2026-12-15T00:30:00+01:00" in (built.folder / "data/README.txt").read_text(encoding="utf-8")


def test_the_manifest_says_what_is_not_there(built: Built) -> None:
    """Figures and sentences of the manifest follow from the tables: gaps, completeness, what was dropped, the clock."""
    manifest, gaps = built.manifest, rows_of(built, "gaps")
    assert sum(manifest.gaps.values()) == len(gaps)
    assert {gap["thread_id"] is None for gap in gaps} == {True, False}  # of the account, and of kept threads
    differences = [row["difference"] for row in rows_of(built, "completeness")]
    assert manifest.completeness.threads == len(differences) == manifest.selection.kept
    assert manifest.completeness.threads_equal == differences.count(0)
    said = "\n".join(manifest.cannot_show)
    assert f"räknar {sum(differences)} kommentarer" in said
    assert f"{len(gaps)} luckor" in said
    assert f"Av {manifest.selection.frame_size - manifest.selection.kept} trådar" in said
    assert "fast klocka" in said
    assert (manifest.occasion.days_late, manifest.occasion.in_blackout, manifest.capture.clock) == (0, False, "fixed")
    readme = (built.folder / "data/README.txt").read_text(encoding="utf-8")
    assert "Period: 2026-05-01 till 2026-11-01 (slutet ingår inte)" in readme


def test_kept_threads_stand_oldest_first_in_the_snapshot(built: Built) -> None:
    """The volumes' threads are in the order of time."""
    created = {row["id"]: row["created_at"] for row in rows_of(built, "posts")}
    shown = [thread for volume in built.manifest.snapshot.volumes for thread in volume.threads]
    assert shown == sorted(created, key=lambda key: (created[key], key))


def test_gaps_of_the_account_stand_in_the_snapshot(built: Built) -> None:
    """A listing that was refused is told on the first page, not only in a table."""
    [gap] = [gap for gap in rows_of(built, "gaps") if gap["thread_id"] is None]
    assert gap["reason"] == "refused"
    assert "plattformen nekade" in (built.folder / "data/snapshot/index.html").read_text(encoding="utf-8")


def test_excluded_threads_and_misnamed_ones_are_told(tmp_path: Path) -> None:
    """An excluded thread counts among those of which only id, rule and digest are here; an unknown one is told."""
    text = SPEC.read_bytes().replace(
        b"kinds: [message]", b"threads:\n      - {id: p1, reason: Sekretess}\n      - {id: p404, reason: Sekretess}"
    )
    manifest = build_sample(tmp_path, spec=text).built.manifest
    assert manifest.selection.excluded == 1
    said = "\n".join(manifest.cannot_show)
    assert f"Av {manifest.selection.dropped + 1} trådar" in said
    assert "namnger 1 tråd som inte finns i insamlingen" in said


SECRET = "EAAB+/=ö secret"


@pytest.mark.parametrize("form", sorted(forms(SECRET)))
def test_secrets_are_found_in_every_form(tmp_path: Path, form: bytes) -> None:
    """A secret is found as it is, percent-encoded, JSON-escaped and in Base64; across blocks; inside gzip."""
    padding = b"x" * ((1 << 20) - len(form) // 2)
    (tmp_path / "plain").write_bytes(padding + form + b"y")
    (tmp_path / "packed.gz").write_bytes(gzip.compress(padding + form))
    (tmp_path / "clean").write_bytes(b"nothing here")
    assert files_with_secrets(tmp_path, [SECRET]) == ["packed.gz", "plain"]
