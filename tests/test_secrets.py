"""Tokens that a platform echoes are nowhere: not in store, log, WARC, database or output."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from _program import Program, city_program

from connectors.sandbox import LEADER, MAIN, Fault, FaultKind, Sandbox
from urval.package.secret_scan import forms

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def echoed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Program, Sandbox, subprocess.CompletedProcess[str]]:
    """Return a run against a platform that repeats the token in errors, in bodies, and (as always) in paging links."""
    with city_program(tmp_path_factory.mktemp("echo")) as (made, sandbox):
        sandbox.misbehave(Fault(kind=FaultKind.TOKEN_ECHO, path=r"published_posts", nth=1, times=3))
        sandbox.misbehave(Fault(kind=FaultKind.TOKEN_ECHO, path=r"comments", nth=1, times=5))
        sandbox.misbehave(Fault(kind=FaultKind.TOKEN_ECHO_ERROR, path=r"comments", nth=7, times=1))
        levels = {"PREFECT_LOGGING_LEVEL": "DEBUG", "PREFECT_SERVER_LOGGING_LEVEL": "INFO"}
        return made, sandbox, made.by_itself().capture(**levels)


def unpacked(path: Path) -> bytes:
    """Return a file's bytes, and what is packed inside."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data += gzip.decompress(data)
    if path.suffix == ".parquet":
        data += repr(pq.read_table(path).to_pylist()).encode()
    return data


def test_no_secret_in_any_byte(echoed: tuple[Program, Sandbox, subprocess.CompletedProcess[str]]) -> None:
    """No form of either token stands in any file the run wrote, nor in what it printed."""
    made, sandbox, run = echoed
    assert run.returncode == 0, run.stderr
    needles = [form for key in (MAIN, LEADER) for form in forms(sandbox.tokens[key])]
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert {".parquet", ".gz", ".json", ".pdf", ".html", ".db"} <= {path.suffix for path in files}
    for path in files:
        data = unpacked(path)
        assert not [form for form in needles if form in data], path
    for text in (run.stdout, run.stderr):
        assert not [form for form in needles if form in text.encode()]


def test_the_platform_did_echo(echoed: tuple[Program, Sandbox, subprocess.CompletedProcess[str]]) -> None:
    """The test above would be empty without echoes: the WARC notes that the token was replaced, in bodies and links."""
    made, _, _ = echoed
    warcs = [
        gzip.decompress(path.read_bytes()) for path in made.store.rglob("captures/*/*facebook*/**/exchanges.warc.gz")
    ]
    assert len(warcs) == 2
    assert all(b"REDACTED" in warc for warc in warcs)
    assert any(b"WARC-Type: metadata" in warc for warc in warcs)
