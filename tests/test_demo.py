"""The demo, as the README promises it: the whole way, twice, and what others' tools say of the result."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import bagit
import duckdb
import pytest
from _program import ACCOUNTS, SPEC, TIME, Program, packages_of, program, tree, tree_but_stamps

from urval.verify import FolderReader, Level, verify_package

sys.path.insert(0, str(Path(__file__).with_name("verapdf")))
import verapdf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _prefect_server import PrefectServer

pytest_plugins = ("_prefect_server",)
pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return a program that has run the demo once."""
    made = program(tmp_path_factory.mktemp("demo"))
    run = made.run("demo", "--store", made.store, "--language", "sv")
    assert run.returncode == 0, run.stderr
    (made.folder / "first.txt").write_text(run.stdout, encoding="utf-8")
    return made


def test_it_says_what_was_made_and_where(demo: Program) -> None:
    """The output names each account, is at most a dozen lines, and every path in it exists."""
    lines = (demo.folder / "first.txt").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 12
    assert all(any(line.startswith(account) for line in lines) for account in ACCOUNTS)
    package = next(Path(line.strip()) for line in lines if line.strip().startswith(str(demo.store)))
    named = [word.strip(",;") for line in lines for word in line.split() if word.startswith(("data/", "manifest"))]
    assert len(named) == 4
    assert all((package / name).exists() for name in named)
    assert "0 fel" in lines[-1]


def test_the_second_run_does_nothing_and_says_so(demo: Program) -> None:
    """Nothing in the store changes, no file is written anew."""
    before = tree(demo.store)
    times = {path: path.stat().st_mtime_ns for path in demo.store.rglob("*") if path.is_file()}
    run = demo.run("demo", "--store", demo.store, "--language", "en")
    assert run.returncode == 0, run.stderr
    assert "Nothing to do" in run.stdout
    assert tree(demo.store) == before
    assert {path: path.stat().st_mtime_ns for path in demo.store.rglob("*") if path.is_file()} == times


def test_the_same_bytes_again(demo: Program, tmp_path: Path, prefect_server: PrefectServer) -> None:
    """With the store gone, all comes out the same, byte for byte, time stamps apart; here a Prefect server runs."""
    again = program(tmp_path)
    shutil.copytree(f"{demo.store}-keys", f"{again.store}-keys")  # the packages name the key that signs them
    run = again.run("demo", "--store", again.store, PREFECT_API_URL=prefect_server.api)
    assert run.returncode == 0, run.stderr
    assert tree_but_stamps(again.store) == tree_but_stamps(demo.store)


def test_verify_finds_every_package_valid(demo: Program) -> None:
    """``urval verify`` on the store passes every check, selection done again included."""
    run = demo.run("verify", demo.store, "--json")
    assert run.returncode == 0, run.stderr
    *reports, runs = json.loads(run.stdout)
    assert [report["verdict"] for report in reports] == ["valid"] * 3
    assert runs["package"] == "runs/exempelstad"
    open_ = {finding["code"] for finding in runs["findings"] if finding["status"] == "not_checked"}
    assert (runs["counts"]["failed"], open_) == (
        0,
        {"RUN-8", "RUN-10"},
    )  # what only one who comes from outside can give
    assert all(
        report["counts"] == {"passed": len({f["code"] for f in report["findings"]}), "failed": 0, "not_checked": 0}
        for report in reports
    )


def test_verify_tells_what_belongs_in_the_minutes(demo: Program) -> None:
    """The newest run's digest is printed; given back as the anchor it is found, and any other is not."""
    [run] = sorted(demo.store.glob("runs/exempelstad/*/run.json"))
    digest = hashlib.sha256(run.read_bytes()).hexdigest()
    said = demo.run("verify", demo.store, "--level", "structure", "--language", "sv")
    assert f"runs/exempelstad: senaste körningen, för protokollet: 000001, SHA-256 {digest}" in said.stdout
    assert demo.run("verify", demo.store, "--level", "structure", "--anchor", digest).returncode == 0
    assert demo.run("verify", demo.store, "--level", "structure", "--anchor", "0" * 64).returncode == 1


@pytest.mark.outside
def test_outside_tools_accept_the_packages(demo: Program) -> None:
    """bagit.py, sha256sum, DuckDB and ``warcio check`` accept what the demo wrote."""
    for package in packages_of(demo.store):
        print(last_line(sys.executable, bagit.__file__, "--validate", package))
        for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
            subprocess.run(["sha256sum", "--check", "--strict", "--quiet", name], cwd=package, check=True)
        manifest = json.loads((package / "manifest.json").read_bytes())
        for name, ref in manifest["tables"].items():
            query = f"select count(*) from read_parquet('{package}/data/tables/{name}.parquet')"
            assert duckdb.sql(query).fetchall() == [(ref["rows"],)]
    captures = sorted(demo.store.rglob("captures/**/exchanges.warc.gz"))
    assert len(captures) == 3
    for warc in captures:
        print("warcio check:", last_line(Path(sys.executable).with_name("warcio"), "check", "-v", warc))


def last_line(*command: object) -> str:
    """Run a program that must succeed, and return the last line of what it says."""
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    said = f"{run.stdout}{run.stderr}".strip()
    assert run.returncode == 0, said
    return said.splitlines()[-1]


@pytest.mark.outside
def test_verapdf_accepts_every_volume(demo: Program) -> None:
    """The PDFs of all three packages are PDF/A-2a and PDF/UA-1, by an outside validator."""
    if lacking := verapdf.missing():
        pytest.skip(f"veraPDF needs {lacking}")
    files = sorted(demo.store.rglob("packages/**/*.pdf"))
    verdicts = verapdf.judge(files)
    for one in verdicts:
        print(f"veraPDF {one.flavour}: {Path(one.file).name}: compliant={one.compliant}, {one.checks} checks")
    assert len(files) >= 3
    assert len(verdicts) == 2 * len(files)
    assert {verdict.file: verdict.failures for verdict in verdicts if not verdict.compliant} == {}


def whole(package: Path, copy: Path) -> Iterator[Path]:
    """Yield every file of the copy of a package."""
    shutil.copytree(package, copy)
    yield from sorted(path for path in copy.rglob("*") if path.is_file())


def test_one_flipped_byte_in_any_file_is_found(demo: Program, tmp_path: Path) -> None:
    """In every file of a package, a changed first, middle and last byte is found."""
    package = packages_of(demo.store)[0]
    for path in whole(package, tmp_path / package.name):
        data = path.read_bytes()
        for place in sorted({0, len(data) // 2, len(data) - 1} if data else set()):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            assert verify_package(FolderReader(tmp_path / package.name), level=Level.DIGESTS).failed(), (path, place)
        path.write_bytes(data)
    assert not verify_package(FolderReader(tmp_path / package.name), level=Level.DIGESTS).failed()


def test_nothing_of_a_dropped_thread_is_in_the_package(demo: Program) -> None:
    """Texts, comments and media of dropped threads, as the capture holds them, stand nowhere in the package."""
    looked_at = 0
    for package in packages_of(demo.store):
        rows = [json.loads(line) for line in (package / "data/tables/selection.jsonl").read_bytes().splitlines()]
        dropped = {row["thread_id"] for row in rows if row["decision"] != "kept"}
        place = package.relative_to(demo.store / "packages").parts[:3]
        records = next(demo.store.joinpath("captures", *place).iterdir()) / "records"
        query = (
            f"select id, text, '' from read_parquet('{records}/posts.parquet') union all "
            f"select post_id, text, id from read_parquet('{records}/comments.parquet') union all "
            f"select thread_id, sha256, id from read_parquet('{records}/media.parquet') where thread_id is not null"
        )
        found = duckdb.sql(query).fetchall()
        kept = {text for thread, text, _ in found if thread not in dropped}
        contents = plain_contents(package)
        for thread, text, name in found:
            if thread in dropped and text and text not in kept and len(text) > 25:  # a short "Tack!" may stand anywhere
                looked_at += 1
                assert text.encode() not in contents, (thread, name)
                assert json.dumps(text)[1:-1].encode() not in contents, (thread, name)
    assert looked_at > 100


def plain_contents(package: Path) -> bytes:
    """Return the bytes of every file that is not packed, and of the packed ones unpacked."""
    packed = {".parquet", ".pdf", ".jpg", ".png", ".mp4"}  # the rows of Parquet stand in the JSON Lines too
    files = [path for path in sorted(package.rglob("*")) if path.is_file() and path.suffix not in packed]
    return b"\n".join(gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes() for p in files)


def test_select_says_why(demo: Program) -> None:
    """``urval select`` counts by rule, lists every thread as JSON, and explains one in both languages."""
    common = ["select", "--spec", SPEC, "--store", demo.store, "--account", ACCOUNTS[0], "--fixed-time", TIME]
    told = demo.run(*common)
    assert told.returncode == 0, told.stderr
    rows = json.loads(demo.run(*common, "--json").stdout)
    kept = [row for row in rows if row["decision"] == "kept"]
    assert told.stdout.startswith(f"frame {len(rows)}: {len(kept)} kept, ")
    for language, word in (("sv", "av"), ("en", "of")):
        why = demo.run(*common, "--explain", kept[0]["thread_id"], "--language", language)
        assert why.returncode == 0, why.stderr
        assert any(rule in why.stdout for rule in kept[0]["rules"])
        assert word in why.stdout.split()
        explained = json.loads(
            demo.run(*common, "--explain", kept[0]["thread_id"], "--language", language, "--json").stdout
        )
        assert explained == {"thread_id": kept[0]["thread_id"], "lines": why.stdout.splitlines()}
    unknown = demo.run(*common, "--explain", "nobody")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "nobody" in unknown.stderr


def test_status_and_plan_say_where_each_account_stands(demo: Program) -> None:
    """The ledger's table has a line an account, verified; the plan says so too, and what credential is missing."""
    rows = json.loads(demo.run("status", demo.store, "--json").stdout)
    assert [(row["account"], row["state"]) for row in rows] == [(account, "verified") for account in ACCOUNTS]
    assert demo.run("status", demo.store).stdout.count("verified") == 3
    plan = json.loads(demo.run("plan", "--spec", SPEC, "--store", demo.store, "--fixed-time", TIME, "--json").stdout)
    assert {row["account_id"]: row["state"] for row in plan} == dict.fromkeys(ACCOUNTS, "verified")
    assert {row["account_id"]: row["credential"] for row in plan}[ACCOUNTS[1]] == "not needed"
    assert "URVAL_SANDBOX_TOKEN" in {row["account_id"]: row["credential"] for row in plan}[ACCOUNTS[0]]


def test_verify_one_account_at_a_level(demo: Program) -> None:
    """``--account`` verifies that account alone, in a store only; a lower level is named and is not "valid"."""
    run = demo.run("verify", demo.store, "--account", ACCOUNTS[1], "--level", "digests", "--json")
    assert run.returncode == 0, run.stderr
    report, runs = json.loads(run.stdout)
    assert report["package"].startswith(ACCOUNTS[1])
    assert (runs["package"], runs["level"]) == ("runs/exempelstad", "digests")
    assert (report["level"], report["verdict"]) == ("digests", "valid_as_far_as_checked")
    refused = demo.run("verify", packages_of(demo.store)[0], "--account", ACCOUNTS[1])
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--account" in refused.stderr


def test_spec_commands(demo: Program) -> None:
    """Check, show and schema do what they say on the specs that come with the project."""
    for name in ("exempelstad.yaml", "malmo-stad.yaml"):
        run = demo.run("spec", "check", SPEC.with_name(name))
        assert run.returncode == 0, run.stderr
        assert ("dry only" in run.stdout) == (name == "malmo-stad.yaml")
    shown = demo.run("spec", "show", SPEC).stdout
    assert all(account in shown for account in ACCOUNTS)
    assert json.loads(demo.run("spec", "show", SPEC, "--json").stdout)["id"] == "exempelstad"
    assert demo.run("spec", "schema").stdout == SPEC.with_name("schema.json").read_text(encoding="utf-8")
