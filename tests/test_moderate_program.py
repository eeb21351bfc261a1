"""From the register to the package, as a person runs it; and what vanished from the platform without an entry."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from _cut_off import Bench, cut_off_bench
from _program import SPEC, TIME, Program, packages_of, program, tree
from _removed import ACCOUNT, LINK, picture
from test_import import Import, archive_of, write_zip
from test_moderate import PDF
from warcio.archiveiterator import ArchiveIterator

from connectors.sandbox import MAIN, City, Sandbox
from flows.run import Run, open_run
from flows.stages import archive_account
from urval.capture import Capture
from urval.ledger import State, next_event
from urval.manifest import file_sha256
from urval.records import MediaItem, Post
from urval.store import append_event, ledger_prefix, open_store, read_removals

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\n\u202eevil\u202c \x1b[2J\x07 مرحبا & \"'"
BY = ("--reason", "agitation", "--removed-by", "Alva Exempelsson", "--removed-at", "2026-09-03T14:05+02:00")
LATER = "2027-05-03T03:00:00+02:00"


def small_city() -> City:
    """Return a city of one small Page."""
    demo = City.demo()
    return City.generate(seed=3, posts=5, comments_mean=4, start=demo.start, end=demo.end, only=(MAIN,))


def add(made: Program, *more: object, account: str = ACCOUNT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Enter what was removed."""
    return made.run(
        "moderate", "add", "--spec", SPEC, "--store", made.store, "--account", account, "--fixed-time", TIME,
        "--registered-by", "Bo", *more, **environment,
    )  # fmt: skip


def given(made: Program, *more: object) -> str:
    """Enter a comment and return its id."""
    done = add(made, "--link", LINK, *BY, "--json", *more)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["id"])


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give a sandbox with a small city, and an empty store."""
    with cut_off_bench(tmp_path, monkeypatch, small_city()) as made:
        yield made


def beside(bench: Bench) -> Program:
    """Return the program on the bench's store."""
    told = ",".join(f"{name}={to}" for name, to in bench.sandbox.connect_to.items())
    return program(bench.folder, URVAL_CONNECT_TO=told, URVAL_SANDBOX_TOKEN=bench.sandbox.tokens[MAIN])


def rows(package: Path, table: str) -> list[dict[str, Any]]:
    """Return the rows of a table of a package."""
    lines = (package / "data" / "tables" / f"{table}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def removals_in(capture: Capture) -> list[str]:
    """Return the ids of the entries a capture holds."""
    return [post.id.removeprefix("removal:") for post in capture.records(Post) if post.kind == "removal"]


def test_an_entry_becomes_a_thread_of_the_package(bench: Bench, tmp_path: Path) -> None:
    """Entered once, told when entered again, kept by the mandatory rule, shown inert; the package is valid."""
    (tmp_path / "text.txt").write_text(HOSTILE, encoding="utf-8", newline="")
    (tmp_path / "shot.jpg").write_bytes(picture("JPEG"))
    (tmp_path / "page.bin").write_bytes(PDF)  # its bytes decide
    asked = ("--link", LINK, *BY, "--text-file", tmp_path / "text.txt", "--screenshot", tmp_path / "shot.jpg",
             "--screenshot", tmp_path / "page.bin", "--author", "Arg <b>Person</b>", "--case", "KS 2026/0123",
             "--police", "5000-K1-26", "--before", "--note", "Anmäld samma dag.")  # fmt: skip
    made, token = beside(bench), bench.sandbox.tokens[MAIN]
    first, again = add(made, *asked), add(made, *asked)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert "goes into the account's next capture" in first.stdout
    assert "registered before, nothing to do" in again.stdout
    (entry,) = read_removals(open_store(str(made.store)), "exempelstad", ACCOUNT)
    assert (entry.text, entry.registered_by, entry.saved) == (HOSTILE, "Bo", "before")
    listed, shown = made.run("moderate", "list", "--store", made.store), made.run(
        "moderate", "show", entry.id, "--store", made.store)  # fmt: skip
    assert entry.id in listed.stdout
    for told in (listed.stdout, shown.stdout):
        assert not {"\x1b", "\x07", "\u202e"} & set(told)
    assert "<script>alert(1)</script>" in shown.stdout
    done = made.capture("--account", ACCOUNT)
    assert done.returncode == 0, done.stdout + done.stderr
    verified = made.run("verify", made.store, "--account", ACCOUNT)
    assert (verified.returncode, "VALID (level: full)" in verified.stdout) == (0, True), verified.stdout
    (package,) = packages_of(made.store)
    check_package(package, f"removal:{entry.id}")
    assert all(token.encode() not in path.read_bytes() for path in made.store.rglob("*") if path.is_file())


def check_package(package: Path, thread_id: str) -> None:
    """See that the thread is kept with text and media, and that no page holds anything alive."""
    (post,) = [row for row in rows(package, "posts") if row["kind"] == "removal"]
    assert (post["id"], post["text"], post["visibility"]) == (thread_id, HOSTILE, "deleted_by_us")
    (chosen,) = [row for row in rows(package, "selection") if row["thread_id"] == thread_id]
    assert chosen["decision"] == "kept"
    assert "maste-bevaras" in chosen["rules"]
    media = [row for row in rows(package, "media") if row["thread_id"] == thread_id]
    assert sorted(row["mime"] for row in media) == ["application/pdf", "image/jpeg"]
    assert all(file_sha256(package / "data" / row["file"]) == row["sha256"] for row in media)
    told = json.loads((package / "manifest.json").read_bytes())["cannot_show"]
    assert not any("inget antal kommentarer" in sentence for sentence in told)  # an entry can have none
    pages = "".join(path.read_text(encoding="utf-8") for path in (package / "data/snapshot").rglob("*.html"))
    assert "<script" not in pages
    assert "<img src=x" not in pages
    assert "<b>Person" not in pages
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in pages
    shown = next(row["file"] for row in media if row["mime"] == "image/jpeg")
    heading = "Borttaget av arkivbildaren 3 september 2026"
    for words in (heading, "hets mot folkgrupp", "före borttagandet", "5000-K1-26", "KS 2026/0123", shown):
        assert words in pages
    from pypdf import PdfReader

    text = "".join(page.extract_text() for page in PdfReader(package / "data/snapshot/snapshot-001.pdf").pages)
    assert heading in text
    assert "alert(1)" in text


def capture(bench: Bench, occasion: str, time: str) -> Capture:
    """Archive an occasion and return its capture."""
    run = run_of(bench, occasion, time)
    done = archive_account(run, ACCOUNT, approve_unseen=True)
    assert done.state == "done", done.detail
    (folder,) = (bench.store / "/".join(("captures", *run.place(ACCOUNT)))).iterdir()
    return Capture(folder)


def run_of(bench: Bench, occasion: str, time: str) -> Run:
    """Open a run on the bench's store."""
    return open_run(str(SPEC), str(bench.store), occasion, fixed_time=time, actor="test")


def test_each_entry_is_in_one_capture(bench: Bench) -> None:
    """One entered late goes into the next period's capture; what an earlier capture holds is not taken again."""
    made = beside(bench)
    first = given(made, "--text", "ett")
    assert removals_in(capture(bench, "2026-host", TIME)) == [first]
    late = given(made, "--text", "två")
    future = given(made, "--text", "tre", "--removed-at", "2026-11-02T03:00+01:00")
    assert sorted(removals_in(capture(bench, "2027-var", LATER))) == sorted([late, future])
    assert removals_in(capture(bench, "2027-host", "2027-11-03T03:00:00+01:00")) == []


def test_what_a_skipped_period_held_is_not_lost(bench: Bench) -> None:
    """A capture whose period was skipped has no package: its entries go into the next one."""
    name = given(beside(bench), "--text", "ett")
    run = run_of(bench, "2026-host", TIME)
    assert archive_account(run, ACCOUNT).state == "proposed"
    prefix = ledger_prefix(*run.place(ACCOUNT))
    from flows.notes import ledger_of

    event = next_event(
        ledger_of(run, ACCOUNT), State.SKIPPED, at=run.clock(), actor="Bo", role="archivist", reason="prov", refs={}
    )
    append_event(run.store, prefix, event)
    assert removals_in(capture(bench, "2027-var", LATER)) == [name]


def test_a_capture_that_is_gone_on_with_holds_each_entry_once(bench: Bench, tmp_path: Path) -> None:
    """Cut off before the entries, or after them, a capture ends with the same bytes as one that nobody disturbed."""
    shot = tmp_path / "shot.png"
    shot.write_bytes(picture())
    name = given(beside(bench), "--text", "ett", "--screenshot", shot)
    run = bench.run()
    warc = bench.folder / "scratch"

    def clock() -> datetime:
        """Break when the entry is in the WARC and the capture about to be finished."""
        files = list(warc.glob(f"urval-*/*/unfinished/capture/media/{file_sha256(shot)}.png"))
        calls.extend(files)
        if len(calls) == 2:
            raise RuntimeError("the clock fell off the wall")
        return run.clock()

    calls: list[Path] = []
    assert archive_account(replace(run, clock=clock), ACCOUNT).state == "failed"
    left = resources((bench.unfinished / "capture" / "exchanges.warc.gz").read_bytes())
    assert [uri.rpartition(":")[2] for uri in left] == [name]
    asked = len(bench.targets())
    bench.sandbox.forget_calls()
    made = capture(bench, "2026-host", TIME)
    assert len(bench.targets()) < asked / 2  # it went on
    assert removals_in(made) == [name]
    assert list(resources((made.folder / "exchanges.warc.gz").read_bytes())) == list(left)
    undisturbed = Bench(tmp_path / "other", bench.sandbox)
    assert_same(made, bench, undisturbed)


def assert_same(made: Capture, bench: Bench, other: Bench) -> None:
    """See that a fresh capture, with the same register in another store, has the same bytes."""
    for path in (bench.store / "removals").rglob("*.*"):
        target = other.store / path.relative_to(bench.store)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert tree(capture(other, "2026-host", TIME).folder) == tree(made.folder)


def resources(data: bytes) -> dict[str, bytes]:
    """Return address and block of each resource record of a WARC."""
    records = ArchiveIterator(io.BytesIO(data), check_digests="raise")
    return {
        one.rec_headers.get_header("WARC-Target-URI"): one.content_stream().read()
        for one in records
        if one.rec_type == "resource"
    }


def test_a_dry_run_counts_an_entry_and_stores_nothing(bench: Bench) -> None:
    """What is entered is in the proposal a dry run speaks of; the store is as before."""
    run = run_of(bench, "2026-host", TIME)
    without = archive_account(run, ACCOUNT, dry=True)
    given(beside(bench), "--text", "ett")
    before = tree(bench.store)
    done = archive_account(run, ACCOUNT, dry=True)
    assert (done.state, tree(bench.store)) == ("dry", before)
    assert int(done.detail.split()[0]) == int(without.detail.split()[0]) + 1


def test_an_import_takes_the_register_too(tmp_path: Path) -> None:
    """An export's package holds the entry, and its WARC the record it was made from."""
    command = Import(tmp_path)
    asked = ("moderate", "add", "--spec", command.spec, "--store", command.store, "--account", "stad-x", "--fixed-time",
             TIME, "--link", "https://x.com/a/status/1", "--text", "bort", "--json", *BY)  # fmt: skip
    entered = command.program.run(*asked)
    assert entered.returncode == 0, entered.stderr
    done = command.run(write_zip(tmp_path / "x.zip", archive_of()), "--approve-unseen")
    assert done.returncode == 0, done.stdout + done.stderr
    verified = command.program.run("verify", command.store)
    assert (verified.returncode, "VALID (level: full)" in verified.stdout) == (0, True), verified.stdout
    package = command.package()
    (post,) = [row for row in rows(package, "posts") if row["kind"] == "removal"]
    assert post["id"] == f"removal:{json.loads(entered.stdout)['id']}"
    (chosen,) = [row for row in rows(package, "selection") if row["thread_id"] == post["id"]]
    assert "removal-register" in chosen["rules"]  # this spec has no mandatory rule
    held = resources((package / "data/raw/exchanges.warc.gz").read_bytes())
    (stored,) = (command.store / "removals").rglob("removal.json")
    assert stored.read_bytes() in held.values()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--account", "exempelstad-facebok"), "Did you mean 'exempelstad-facebook'"),
        (("--reason", "hets"), "Did you mean agitation"),
        (("--removed-at", "2026-09-03T14:05"), "no time zone"),
        (("--screenshot", "no-such.png"), "no file no-such.png"),
        (("--screenshot", str(SPEC)), "neither a PNG, a JPEG nor a PDF"),
        (("--text-file", "no-such.txt"), "both given"),
        (("--link", "https://graph.example/1?access_token=abcdefghijkl"), "--link holds a credential"),
        (("--text", "se EAASecretSecretSecret"), "stands in what is to be entered"),
    ],
)
def test_bad_input_writes_nothing(tmp_path: Path, change: tuple[str, ...], words: str) -> None:
    """One sentence and what to do, exit status 2, and no store comes into being; a secret is not repeated."""
    made = program(tmp_path, URVAL_SANDBOX_TOKEN="EAASecretSecretSecret")
    done = add(made, "--link", LINK, *BY, "--text", "bort", *change)
    assert done.returncode == 2, done.stderr
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert not {"EAASecret", "abcdefghijkl"} & {part for part in ("EAASecret", "abcdefghijkl") if part in done.stderr}
    assert not made.store.exists()


def test_a_screenshot_over_the_limit_is_refused(tmp_path: Path) -> None:
    """The spec's limit on media holds for screenshots too."""
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.read_text(encoding="utf-8") + "\nlimits: {media_bytes: 500}\n", encoding="utf-8")
    shot = tmp_path / "shot.png"
    shot.write_bytes(picture() + bytes(500))
    made = program(tmp_path)
    done = add(made, "--link", LINK, *BY, "--spec", spec, "--screenshot", shot)
    assert done.returncode == 2
    assert "larger than the 500 bytes" in done.stderr
    assert not made.store.exists()


def test_a_changed_register_stops_the_capture(bench: Bench, tmp_path: Path) -> None:
    """An entry or a file of it that was changed in the store is found, in a sentence, before it is packaged."""
    shot = tmp_path / "shot.png"
    shot.write_bytes(picture())
    given(beside(bench), "--text", "ett", "--screenshot", shot)
    for name in ("*.png", "removal.json"):
        (path,) = (bench.store / "removals").rglob(name)
        path.chmod(0o600)
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"ett", b"tva") + b"\0" * (name == "*.png"))
        done = archive_account(run_of(bench, "2026-host", TIME), ACCOUNT, approve_unseen=True)
        assert (done.state, "changed" in done.detail) == ("failed", True), done.detail
        path.write_bytes(whole)


def check(made: Program, day: str, *more: object) -> subprocess.CompletedProcess[str]:
    """Look again on a day of November 2026."""
    return made.run(
        "moderate", "check", "--spec", SPEC, "--store", made.store, "--account", ACCOUNT, "--fixed-time",
        f"2026-11-{day}T09:00:00+01:00", *more,
    )  # fmt: skip


def victims(sandbox: Sandbox) -> tuple[str, str]:
    """Return the ids of a post and of a comment under another, both without answers."""
    posts = sandbox.truth(MAIN).posts
    talked = next(post for post in posts if any(one.parent_id is None for one in post.comments))
    answered = {one.parent_id for one in talked.comments}
    lone = next(one.id for one in talked.comments if one.id not in answered)
    return next(post.id for post in posts if post.id != talked.id), lone


def test_what_vanished_without_an_entry_is_a_finding(bench: Bench) -> None:
    """Missing once is told; on a second day it is a finding with status 1, until what was removed is entered."""
    made, before = beside(bench), capture(bench, "2026-host", TIME)
    whole = check(made, "03")
    assert (whole.returncode, "gone" in whole.stdout) == (0, False), whole.stdout + whole.stderr
    post, comment = victims(bench.sandbox)
    bench.sandbox.delete_post(MAIN, post)
    bench.sandbox.delete_comment(MAIN, comment)
    once = check(made, "04", "--occasion", "2026-host")
    assert once.returncode == 0, once.stderr
    assert "to be looked for again on another day" in once.stdout
    assert post in once.stdout
    assert comment in once.stdout
    twice = check(made, "05", "--json")
    assert twice.returncode == 1
    assert "2 items are gone" in twice.stderr
    told = {row["id"]: row for row in json.loads(twice.stdout)["gone"]}
    assert {(row["what"], row["since"], row["days"], row["standing"]) for row in told.values()} == {
        ("post", "2026-11-04", 2, "finding"), ("comment", "2026-11-04", 2, "finding")}  # fmt: skip
    given(made, "--text", "x", "--item", comment, "--removed-at", "2026-11-02T04:00+01:00")
    assert "1 item is gone" in check(made, "06").stderr
    given(made, "--text", "y", "--kind", "post", "--link", told[post]["link"])
    done = check(made, "07")
    assert (done.returncode, "gone, in the register:" in done.stdout) == (0, True), done.stdout + done.stderr
    days = sorted(path.name for path in (made.store / "observations").rglob("*.json"))
    assert days == [f"2026-11-0{day}.json" for day in range(3, 8)]
    assert tree(before.folder) == tree(capture_folder(bench))


def capture_folder(bench: Bench) -> Path:
    """Return the folder of the one capture: a look adds none."""
    (found,) = (path.parent for path in (bench.store / "captures").rglob("capture.json"))
    return found


def test_a_look_takes_no_media_and_keeps_ids_only(bench: Bench) -> None:
    """The observation holds no text, name or address, and is not written again on the same day."""
    capture(bench, "2026-host", TIME)
    made = beside(bench)
    bench.sandbox.delete_post(MAIN, victims(bench.sandbox)[0])
    assert check(made, "04").returncode == 0
    second = check(made, "04")
    assert "was kept before" in second.stdout
    assert "on 1 day" in second.stdout
    (path,) = (made.store / "observations").rglob("*.json")
    value = json.loads(path.read_bytes())
    assert {key for row in value["missing"] for key in row} == {"what", "id", "thread", "sign"}
    assert not list((bench.folder / "scratch").glob("urval-*/*/again"))


def test_a_look_needs_a_capture(bench: Bench) -> None:
    """Without a capture, or for another account, it is told what to do, and the platform is not asked."""
    done = check(beside(bench), "04")
    assert (done.returncode, "no store" in done.stderr) == (1, True)
    given(beside(bench), "--text", "ett")
    done = check(beside(bench), "04")
    assert (done.returncode, "Capture first" in done.stderr) == (2, True)
    assert bench.targets() == []


def test_the_media_of_a_capture_are_those_of_its_entries(bench: Bench, tmp_path: Path) -> None:
    """Two entries with the same screenshot share one file; each has a medium of its own."""
    shot = tmp_path / "shot.png"
    shot.write_bytes(picture())
    for text in ("ett", "två"):
        given(beside(bench), "--text", text, "--screenshot", shot)
    made = capture(bench, "2026-host", TIME)
    media = [item for item in made.records(MediaItem) if (item.thread_id or "").startswith("removal:")]
    assert len({item.id for item in media}) == 2
    assert {item.file for item in media} == {f"media/{file_sha256(shot)}.png"}
    assert gzip.decompress((made.folder / "exchanges.warc.gz").read_bytes()).count(b"urn:urval:removal:") == 2
