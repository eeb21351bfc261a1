"""Bad input to ``urval verify``: a verdict with codes, or one clear sentence; never a traceback, bounded in all."""

from __future__ import annotations

import gzip
import json
import resource
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from _sample_package import copy_of, whole_package
from _sealing import key, sealed_copy, sealed_package, trust
from _tampering import Tampering
from typer.testing import CliRunner

from urval.cli import app
from urval.errors import UrvalError
from urval.verify import FolderReader, Level, Verdict, verify_package
from urval.verify.findings import CAP

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GIB = 1 << 30


def told(*arguments: object) -> tuple[int, str]:
    """Return the status of a command and all it says; an error that is none of ours is a traceback."""
    run = CliRunner().invoke(app, list(map(str, arguments)))
    if isinstance(run.exception, UrvalError):
        return run.exception.exit_status, run.output + run.exception.diagnostics()
    assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
    return run.exit_code, run.output


def urval(*arguments: object, memory: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run ``urval``, with so many bytes of address space at most."""

    def bounded() -> None:
        if memory is not None:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    command = [sys.executable, "-m", "urval.cli", *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, preexec_fn=bounded)
    assert "Traceback" not in run.stderr + run.stdout
    return run


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return a copy of the sealed package."""
    return sealed_copy(tmp_path)


def failed(folder: Path) -> list[str]:
    """Return the codes that fail, with the keys and the authority at hand."""
    report = verify_package(FolderReader(folder), trust=trust())
    assert report.verdict is Verdict.NOT_VALID
    assert report.to_text("sv")
    json.loads(report.to_json())
    return report.failed()


def test_a_manifest_of_two_gigabytes(copy: Path) -> None:
    """It is refused by its size, before it is read: in a bounded time and memory."""
    with (copy / "manifest.json").open("r+b") as file:
        file.truncate(2 * GIB)
    with (copy / "manifest.json.sig").open("r+b") as file:
        file.truncate(2 * GIB)
    run = urval("verify", copy, "--level", "structure", "--language", "en", memory=3 * GIB // 2)
    assert run.returncode == 1
    assert "MAN-1  failed" in run.stdout
    assert "larger than" in run.stdout


@pytest.mark.parametrize("name", ["manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt", "seal/tsa.pem"])
def test_other_files_of_two_gigabytes(copy: Path, name: str) -> None:
    """So is every other file that is read whole."""
    with (copy / name).open("r+b") as file:
        file.truncate(2 * GIB)
    started = time.monotonic()
    assert verify_package(FolderReader(copy), level=Level.STRUCTURE).verdict is Verdict.NOT_VALID
    assert time.monotonic() - started < 10


def test_ten_thousand_files_more(copy: Path) -> None:
    """They are all counted, a hundred named, and the report stays short."""
    for number in range(10_000):
        (copy / "data" / f"extra-{number:05}.txt").touch()
    report = verify_package(FolderReader(copy), level=Level.DIGESTS)
    assert {"BAG-2", "BAG-6", "MAN-3"} <= set(report.failed())
    for code in ("BAG-2", "BAG-6"):
        listed = [one for one in report.findings if one.code == code]
        assert len(listed) == CAP + 1
        assert listed[-1].expected == str(10_000 - CAP)
    assert len(report.to_text()) < 200_000


@pytest.mark.parametrize(
    "path", ["../outside", "/etc/passwd", "data/../../outside", "data/./x", "data//x", "data\\..\\x"]
)
def test_a_path_that_climbs_out(copy: Path, path: str) -> None:
    """It is named and never opened, though its digest would be right."""
    listing = copy / "manifest-sha256.txt"
    listing.write_text(listing.read_text() + f"{'0' * 64}  {path}\n")
    assert "BAG-6" in failed(copy)


def test_an_unknown_version_of_the_format(copy: Path) -> None:
    """A format of the future is told in one finding; nothing is guessed."""
    path = copy / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"urval-package/1", b"urval-package/2"))
    assert "MAN-1" in failed(copy)


@pytest.mark.parametrize(
    "name", ["manifest.json", "manifest-sha256.txt", "bag-info.txt", "seal/allowed_signers", "seal/sealed.sha256",
             "manifest.json.sig", "seal/tsa.pem", "manifest.json.sig.tsr"]
)  # fmt: skip
@pytest.mark.parametrize("data", [b"\xff\xfe\xc3(", b"", b"\0" * 1000, b"{" * 100_000, "\u2028".encode()])
def test_bytes_that_are_no_text(copy: Path, name: str, data: bytes) -> None:
    """Invalid UTF-8, nothing, noughts or a deep nest in any file that is read as text end in a verdict."""
    (copy / name).write_bytes(data)
    report = verify_package(FolderReader(copy), level=Level.STRUCTURE, trust=trust())
    assert report.verdict is Verdict.NOT_VALID
    assert report.to_text("sv").isprintable() is False  # only for its line feeds
    assert report.to_text("sv").replace("\n", "").isprintable()


def _twice(data: bytes) -> bytes:
    return data.replace(b'{"', b'{"id":"x","', 1)


def test_a_key_that_stands_twice_in_the_manifest(copy: Path) -> None:
    """Readers differ on which of two counts; the manifest must be canonical, so neither does."""
    path = copy / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b'"account":{', b'"account":{"id":"annan",', 1))
    assert {"MAN-2", "SEA-1"} <= set(failed(copy))


@pytest.mark.parametrize("name", ["tables/posts.jsonl", "raw/objects.jsonl.gz"])
def test_a_key_that_stands_twice_in_a_row(tmp_path: Path, name: str) -> None:
    """In a row of a table, or of the raw objects, it is found though all digests around it are right."""
    t = Tampering(copy_of(whole_package(), tmp_path))
    path = t.path(name)
    unpack: Callable[[bytes], bytes] = gzip.decompress if name.endswith("gz") else bytes
    lines = unpack(path.read_bytes()).splitlines()
    if name.endswith("gz"):
        t.pack(name, [lines[0].replace(b'{"table":', b'{"id":"x","table":', 1), *lines[1:]])
    else:
        t.write_lines("posts", [_twice(lines[0]), *lines[1:]])
    code = "REF-6" if name.endswith("gz") else "TAB-1"
    assert code in verify_package(FolderReader(t.seal())).failed()


def test_a_zip_in_the_place_of_a_folder(tmp_path: Path) -> None:
    """What is packed must be unpacked first, and the sentence says so."""
    packed = shutil.make_archive(str(tmp_path / "package"), "zip", sealed_package())
    status, said = told("verify", packed, "--language", "en")
    assert status == 2
    assert "Unpack it first" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "holds no key"), (b"\xff", "no list of keys"), (b"a ssh-rsa AAAA\n", "line 1"), (None, "cannot be read")],
)
def test_a_list_of_keys_that_is_none(tmp_path: Path, content: bytes | None, said: str) -> None:
    """A file of keys or certificates that cannot be used is a wrong argument, told in one sentence."""
    path = tmp_path / "keys"
    if content is not None:
        path.write_bytes(content)
    status, words = told("verify", sealed_package(), "--keys", path)
    assert status == 2
    assert said in words


def test_other_arguments_that_are_none(tmp_path: Path) -> None:
    """So is a file without certificates, a digest that is none, and an anchor for a single package."""
    (tmp_path / "ca").write_text("no certificate")
    for arguments, said in (
        (["--tsa-ca", tmp_path / "ca"], "no certificate"),
        (["--anchor", "abc"], "no SHA-256"),
        (["--anchor", "0" * 64], "is for a store"),
    ):
        status, words = told("verify", sealed_package(), *arguments)
        assert status == 2
        assert said in words


def test_a_wrong_key_is_a_verdict(tmp_path: Path) -> None:
    """With another archive's keys the verdict is not valid, the code SEA-2, the status 1."""
    (tmp_path / "keys").write_bytes(key("other").line())
    options = ("--level", "structure", "--keys", tmp_path / "keys", "--language", "en")
    status, words = told("verify", sealed_package(), *options)
    assert status == 1
    assert "SEA-2  failed" in words
