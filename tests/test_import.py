"""``urval import`` as a person runs it: a file in, a verified package out, or one sentence and nothing written."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _exports import SPEC_HEAD, fb_page, meta_json, png, tweet, write_folder, write_tar, write_zip, x_id, ytd
from _program import TIME, packages_of, program, tree
from warcio.archiveiterator import ArchiveIterator

from urval.errors import ConfigError
from urval.manifest import file_sha256, sha256_hex
from urval.verify import FolderReader, verify_package

if TYPE_CHECKING:
    import subprocess

    from _program import Program

BEGIN = datetime(2026, 6, 1, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHARED = Path(__file__).parents[2] / "shared" / "recordings" / "x-export" / "dogsheep--twitter-to-sqlite"
SPEC = (
    SPEC_HEAD
    + """\
accounts:
  - id: stad-x
    platform: x
    name: Exempelstads kommun
    handle: exempelstad
    class: main
    purpose: Berätta om kommunens service.
    owner: {name: Alva Exempelsson, role: kommunikatör}
    credential: env:URVAL_TEST_X_TOKEN
  - id: stad-facebook
    platform: facebook
    name: Exempelstad
    class: unit
    purpose: Berätta om kommunens service.
    owner: {name: Alva Exempelsson, role: kommunikatör}
  - id: stad-instagram
    platform: instagram
    name: Exempelstads kommun
    handle: exempelstad
    class: unit
    purpose: Berätta om kommunens service.
    owner: {name: Alva Exempelsson, role: kommunikatör}
  - id: enebut
    platform: x
    name: Otamo Eboforup
    handle: enebut
    class: unit
    purpose: Inspelad.
    owner: {name: Alva Exempelsson, role: kommunikatör}
rules:
  - {id: allt, rule: census, purpose: Allt bevaras.}
seed: Exempelstad 2026
"""
)
ACCOUNT = {"account": {"username": "exempelstad", "accountId": "2244994945",
                       "accountDisplayName": "Exempelstads kommun",
                       "email": "stab@exempelstad.example"}}  # fmt: skip


def archive_of(*entries: dict[str, Any]) -> dict[str, bytes | str]:
    """Return the members of an X archive."""
    photo = {"media": [{"media_url_https": "https://pbs.twimg.com/media/AAA.png", "type": "photo"}]}
    first = tweet(BEGIN, "Välkommen till parken 🌳", extended_entities=photo)
    answer = tweet(BEGIN + HOUR, "Öppet till nio.", in_reply_to_status_id_str=x_id(BEGIN))
    return {
        "data/tweets.js": ytd("tweets", [answer, first, *entries]), "data/account.js": ytd("account", [ACCOUNT]),
        f"data/tweets_media/{x_id(BEGIN)}-AAA.png": png(1),
        "data/direct-messages.js": ytd("direct_messages", [{"dmConversation": {"messages": ["hemligt"]}}]),
    }  # fmt: skip


class Import:
    """The command with a spec of its own, and everything it writes below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program: Program = program(folder)
        self.store = folder / "store"
        self.spec = folder / "spec.yaml"
        self.spec.write_text(SPEC, encoding="utf-8")

    def run(self, file: Path, *more: object, account: str = "stad-x") -> subprocess.CompletedProcess[str]:
        """Run it to the end."""
        return self.program.run(
            "import", file, "--account", account, "--spec", self.spec, "--store", self.store,
            "--occasion", "2026-host", "--fixed-time", TIME, "--approve-unseen", *more,
        )  # fmt: skip

    def package(self) -> Path:
        """Return the one package in the store."""
        (found,) = packages_of(self.store)
        return found

    def table(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table of the package."""
        lines = (self.package() / "data" / "tables" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def command(tmp_path: Path) -> Import:
    """Give the command in a folder of its own."""
    return Import(tmp_path)


def states(command: Import) -> list[str]:
    """Return the ledger's states, in order."""
    return [json.loads(path.read_bytes())["state"] for path in sorted(command.store.rglob("ledger/**/*.json"))]


def test_a_zip_becomes_a_verified_package(command: Import) -> None:
    """The same stages, ledger and outcome as of a capture; the manifest names the file it came from."""
    file = write_zip(command.folder / "twitter-2026.zip", archive_of())
    done = command.run(file, "--json")
    assert done.returncode == 0, done.stderr
    (outcome,) = json.loads(done.stdout)
    assert (outcome["account_id"], outcome["state"]) == ("stad-x", "done")
    assert states(command) == ["due", "captured", "proposed", "approved", "packaged", "verified"]
    package = command.package()
    verified = command.program.run("verify", command.store, "--account", "stad-x")
    assert (verified.returncode, "VALID (level: full)" in verified.stdout) == (0, True), verified.stdout
    manifest = json.loads((package / "manifest.json").read_bytes())
    assert manifest["source"] == {
        "platform": "x", "interface": "account export", "api_version": None, "base_url": None, "scopes": [],
        "export": {"kind": "X archive", "name": file.name, "bytes": file.stat().st_size, "sha256": file_sha256(file)},
    }  # fmt: skip
    (post,), (comment,), (medium,) = command.table("posts"), command.table("comments"), command.table("media")
    assert (post["text"], comment["text"]) == ("Välkommen till parken 🌳", "Öppet till nio.")
    assert (package / "data" / medium["file"]).read_bytes() == png(1)
    assert any("exportfil" in sentence for sentence in manifest["cannot_show"])
    reasons = {(gap["what"], gap["reason"]) for gap in command.table("gaps")}
    assert reasons == {("comments", "interface_limit"), ("views", "interface_limit"), ("file", "left_out")}
    assert not any(secret in data for data in contents(command.store) for secret in (b"hemligt", b"stab@exempelstad"))
    again = command.run(file)
    assert again.returncode == 0
    assert "nothing to do: the package is there already" in again.stdout


def contents(folder: Path) -> list[bytes]:
    """Return what every file below a folder holds, unpacked where it is packed."""
    data = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return [gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in data]


def test_the_warc_of_an_import(command: Import) -> None:
    """It names the file, and holds each member records were made of whole; a row's exchange is a resource's digest."""
    members = archive_of()
    assert command.run(write_zip(command.folder / "x.zip", members)).returncode == 0
    with (command.package() / "data/raw/exchanges.warc.gz").open("rb") as file:
        found = [
            (one.rec_type, one.rec_headers.get_header("WARC-Target-URI"), one.content_stream().read())
            for one in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, *_ in found] == ["warcinfo", "metadata", "resource", "resource"]
    assert f"export-sha256: {file_sha256(command.folder / 'x.zip')}".encode() in found[1][2]
    held = {address: data for kind, address, data in found if kind == "resource"}
    assert set(held) == {"file:///x.zip#profile", "file:///x.zip/data/tweets.js"}
    assert held["file:///x.zip/data/tweets.js"] == str(members["data/tweets.js"]).encode()
    digests = {sha256_hex(data) for data in held.values()}
    rows = [row for name in ("profile", "posts", "comments") for row in command.table(name)]
    assert {row["exchange"] for row in rows} == digests


def test_a_warc_without_what_rows_name(command: Import) -> None:
    """A package whose WARC lacks the resource that rows were made of is not valid, and RAW-2 says so."""
    assert command.run(write_zip(command.folder / "x.zip", archive_of())).returncode == 0
    warc = command.package() / "data/raw/exchanges.warc.gz"
    data, ends = warc.read_bytes(), []
    while len(data) > sum(ends):
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        member.decompress(data[sum(ends) :])
        ends.append(len(data) - sum(ends) - len(member.unused_data))
    warc.write_bytes(data[: sum(ends[:-1])])
    assert "RAW-2" in verify_package(FolderReader(command.package())).failed()


def test_every_container_gives_the_same_rows(command: Import) -> None:
    """A zip, a packed tar and the unpacked folder give the same posts, comments and media files."""
    members, kept = archive_of(), []
    files = (write_zip(command.folder / "a.zip", members), write_tar(command.folder / "a.tar.gz", members),
             write_folder(command.folder / "a", members))  # fmt: skip
    for number, file in enumerate(files):
        one = Import(command.folder / str(number))
        done = one.run(file)
        assert done.returncode == 0, done.stderr
        kept.append([one.table(name) for name in ("posts", "comments", "media", "profile")])
        assert list((one.folder / "scratch").rglob("*.js")) == []
    assert kept[0] == kept[1] == kept[2]


def test_what_lies_outside_the_period_stays_out(command: Import) -> None:
    """Where the file holds posts of other periods, the package leaves the WARC out, and is valid."""
    older = tweet(datetime(2024, 1, 1, tzinfo=UTC), "en annan period")
    assert command.run(write_zip(command.folder / "x.zip", archive_of(older))).returncode == 0
    package = command.package()
    assert not (package / "data/raw/exchanges.warc.gz").exists()
    assert not any(b"en annan period" in data for data in contents(package))
    assert not verify_package(FolderReader(package)).failed()


def test_a_dry_run_stores_nothing(command: Import) -> None:
    """It says what would be kept."""
    done = command.run(write_zip(command.folder / "x.zip", archive_of()), "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "dry run, nothing stored" in done.stdout
    assert "1 threads: 1 kept" in done.stdout
    assert not command.store.exists()


def bomb(path: Path) -> Path:
    """Write a zip bomb with the name of an X archive's file in it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data/tweets.js", b"window.YTD.tweets.part0 = [" + bytes(40 * 1024**2))
    return path


def garbage(path: Path) -> Path:
    """Write a file that is nothing."""
    path.write_bytes(bytes(range(256)) * 9)
    return path


def another(path: Path) -> Path:
    """Write another account's archive."""
    told = {"account": ACCOUNT["account"] | {"username": "grannstad", "accountId": "7"}}
    return write_zip(path, archive_of() | {"data/account.js": ytd("account", [told])})


def half(path: Path) -> Path:
    """Write the first half of an archive."""
    data = write_zip(path, archive_of()).read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


FAULTS = {
    "missing": (lambda path: path, "stad-x", "cannot be read"),
    "garbage": (garbage, "stad-x", "is no account export that Urval knows"),
    "a zip of something else": (lambda p: write_zip(p, {"a.txt": "hej"}), "stad-x", "is no account export"),
    "a zip bomb": (bomb, "stad-x", "is refused: member 'data/tweets.js' unpacks to"),
    "traversal": (lambda p: write_zip(p, {"../data/tweets.js": "[]"}), "stad-x", "leads out of the archive"),
    "cut off": (half, "stad-x", "cut off"),
    "another platform": (lambda p: write_zip(p, fb_page(BEGIN)), "stad-x", "is of facebook (Facebook export)"),
    "another account": (another, "stad-x", "is not of account stad-x"),
    "unknown account": (lambda p: write_zip(p, archive_of()), "stad-y", "no account 'stad-y'"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_wrong_file_is_told_in_one_sentence(command: Import, name: str) -> None:
    """One sentence that names the thing, the next step, status 2, and nothing written anywhere."""
    make, account, said = FAULTS[name]
    done = command.run(make(command.folder / "export.zip"), account=account)
    assert done.returncode == 2, done.stderr
    first, _, rest = done.stderr.partition("\n")
    assert first.startswith("urval: ")
    assert said in first
    assert rest.strip(), "the next step is missing"
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not command.store.exists()


def test_a_capture_made_another_way_is_not_passed_off(command: Import) -> None:
    """A period whose capture lies in the store already is not imported over from another file; the first goes on."""
    first = write_zip(command.folder / "first.zip", archive_of())
    assert command.run(first).returncode == 0
    for path in sorted(command.store.rglob("packages/**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    before = tree(command.store)
    second = write_zip(command.folder / "second.zip", archive_of(tweet(BEGIN + 9 * HOUR, "ny")))
    refused = command.run(second)
    assert refused.returncode == ConfigError.exit_status
    assert "holds a capture of stad-x for" in refused.stderr
    assert tree(command.store) == before
    assert command.run(first).returncode == 0
    assert len(command.table("posts")) == 1


def test_a_facebook_page_is_imported(command: Import) -> None:
    """Another platform's export goes the same way; of two entries with one id the second is a gap."""
    entry = {"timestamp": int(BEGIN.timestamp()), "fbid": "12", "data": [{"post": "en"}]}
    entries = meta_json([entry, entry | {"data": [{"post": "två"}]}])
    page = fb_page(BEGIN) | {"your_facebook_activity/posts/profile_posts_1.json": entries}
    done = command.run(write_zip(command.folder / "facebook.zip", page), account="stad-facebook")
    assert done.returncode == 0, done.stderr
    assert sorted(row["text"] for row in command.table("posts")) == ["Hej på er å ä ö 🌷", "en"]
    doubled = [gap["subject_id"] for gap in command.table("gaps") if "two entries" in gap["error"]]
    assert doubled == ["12"]
    assert not verify_package(FolderReader(command.package())).failed()


def test_an_instagram_account_is_imported(command: Import) -> None:
    """An Instagram export with a picture, a reel and a comment elsewhere becomes a verified package."""
    person = {"string_map_data": {"Username": {"value": "exempelstad"}, "Name": {"value": "Exempelstads kommun"}}}
    said = {"string_map_data": {"Kommentar": {"value": "Tack för frågan å ä ö!"}, "Medieägare": {"value": "granne"},
                                "Tid": {"timestamp": int(BEGIN.timestamp())}}}  # fmt: skip
    photo = {"uri": "media/posts/1.png", "creation_timestamp": int(BEGIN.timestamp()), "title": "Sommar ☀️"}
    clip = {"uri": "media/reels/2.png", "creation_timestamp": int(BEGIN.timestamp()) + 60, "title": "Film"}
    file = write_zip(command.folder / "instagram.zip", {
        "personal_information/personal_information/personal_information.json": meta_json({"profile_user": [person]}),
        "your_instagram_activity/media/posts_1.json": meta_json([{"media": [photo]}]),
        "your_instagram_activity/media/reels.json": meta_json({"ig_reels_media": [{"media": [clip]}]}),
        "your_instagram_activity/comments/post_comments_1.json": meta_json([said]),
        photo["uri"]: png(1), clip["uri"]: png(2),
    })  # fmt: skip
    done = command.run(file, account="stad-instagram")
    assert done.returncode == 0, done.stderr
    assert {row["text"]: row["kind"] for row in command.table("posts")} == {
        "Sommar ☀️": "post", "Film": "reel", "Tack för frågan å ä ö!": "comment",
    }  # fmt: skip
    assert not verify_package(FolderReader(command.package())).failed()


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of third-party recordings is not there")
def test_the_recorded_archive_is_imported(command: Import) -> None:
    """Real posts and account in the platform's layout: each post of the file is a record, and the package is valid."""
    entries = json.loads((SHARED / "tweets.json").read_bytes())
    account = (SHARED / "zip_contents" / "account.js").read_bytes()
    file = write_zip(
        command.folder / "twitter.zip",
        {"data/tweets.js": ytd("tweets", [{"tweet": entry} for entry in entries]), "data/account.js": account},
    )
    old = command.spec.read_text(encoding="utf-8").replace("valid_from: 2026-01-01", "valid_from: 2019-01-01")
    old = old.replace("first_period_start: 2025-11-01", "first_period_start: 2018-11-01").replace(
        "2025-12-03", "2018-12-03"
    )
    command.spec.write_text(old, encoding="utf-8")
    done = command.program.run(
        "import", file, "--account", "enebut", "--spec", command.spec, "--store", command.store,
        "--occasion", "2019-host", "--fixed-time", "2019-11-02T03:00:00+01:00", "--approve-unseen",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {row["id"]: row["text"] for row in command.table("posts")} == {
        entry["id_str"]: entry["full_text"] for entry in entries
    }
    assert not verify_package(FolderReader(command.package())).failed()
