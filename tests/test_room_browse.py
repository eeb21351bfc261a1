"""`urval browse`: what it refuses to start with, how it ends, and the check of the access log."""

from __future__ import annotations

import signal
import socket
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest
import typer
from _program import program
from _reading_room import visitor
from _run_store import run_store

from urval.cli.admitting import Admitting, secret_of
from urval.cli.browse import browse
from urval.errors import ConfigError, UrvalError
from urval.reading_room.access.chain import read_chain
from urval.reading_room.access.log import AccessLog
from urval.reading_room.access.oidc import OidcGate

if TYPE_CHECKING:
    from pathlib import Path

OIDC = {"issuer": "https://id.example", "client_id": "room"}
PROXY = {"user_header": "X-Remote-User", "trusted": ["10.0.0.5"], "proxy_secret": "env:URVAL_TEST_PROXY"}
AWAY = {"host": "0.0.0.0", "public_url": "https://arkiv.example.se"}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("URVAL_TEST_PROXY", "sixteen-characters-or-more")
    monkeypatch.setenv("URVAL_TEST_SHORT", "short")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"host": "0.0.0.0"}, "demands a login"),
        ({"host": "::"}, "demands a login"),
        ({"host": "192.168.1.2", "role": "archivist"}, "demands a login"),
        ({"host": "localhost.example"}, "demands a login"),
        (OIDC | {"host": "0.0.0.0"}, "need an address"),
        (OIDC | AWAY | {"public_url": "http://arkiv.example.se"}, "in the clear"),
        (OIDC | AWAY | {"public_url": "https://arkiv.example.se/path"}, "no public address"),
        (OIDC | AWAY | {"public_url": "https://u:p@arkiv.example.se"}, "no public address"),
        (OIDC | AWAY | {"issuer": "http://id.example"}, "must be an https address"),
        (OIDC | AWAY | {"client_id": ""}, "--oidc-client-id is missing"),
        (OIDC | AWAY | {"oidc_secret": "hunter2-hunter2"}, "never the secret itself"),
        (OIDC | AWAY | {"oidc_secret": "env:URVAL_TEST_NONE"}, "URVAL_TEST_NONE of --oidc-secret is not set"),
        (OIDC | AWAY | {"role_claim": "groups"}, "given together"),
        (OIDC | AWAY | {"role_map": ["a=auditor"]}, "given together"),
        (OIDC | AWAY | {"role_claim": "groups", "role_map": ["a=king"]}, "is not GROUP=ROLE"),
        (OIDC | AWAY | {"role": "administrator"}, "where there is no login"),
        (OIDC | AWAY | PROXY, "two logins"),
        (PROXY | AWAY | {"trusted": []}, "one of them is missing"),
        (PROXY | AWAY | {"proxy_secret": ""}, "one of them is missing"),
        (PROXY | AWAY | {"proxy_secret": "env:URVAL_TEST_SHORT"}, "shorter than 16"),
        (PROXY | AWAY | {"trusted": ["0.0.0.0/0"]}, "trusts every address"),
        (PROXY | AWAY | {"trusted": ["proxy"]}, "no address or network"),
        (PROXY | AWAY | {"user_header": "X Remote"}, "no header's name"),
        ({"role": "king"}, "king is no role"),
    ],
)
def test_it_does_not_start_half_open(given: dict[str, object], sentence: str) -> None:
    """A room that anybody could enter from elsewhere, or whose options contradict, is refused in one sentence."""
    with pytest.raises(ConfigError) as raised:
        Admitting(**{"host": "127.0.0.1", **given}).gate(8750)  # type: ignore[arg-type]
    assert sentence in raised.value.message
    assert raised.value.next_step
    assert "hunter2" not in raised.value.diagnostics()


def test_what_is_set_up_in_full_starts() -> None:
    """With a login and an https address it may listen anywhere; on this machine it needs neither."""
    gate = Admitting(**OIDC, **AWAY, role_claim="groups", role_map=["a=b=auditor"]).gate(8750)
    assert isinstance(gate, OidcGate)
    assert gate.provider.settings.roles == {"a=b": "auditor"}
    assert Admitting(**PROXY, **AWAY).gate(8750).secure
    assert isinstance(Admitting(host="::1", **OIDC).gate(8751), OidcGate)
    assert not Admitting(host="localhost").gate(8750).secure
    assert secret_of("env:URVAL_TEST_SHORT", "--x") == "short"


def test_it_starts_serves_and_ends(tmp_path: Path) -> None:
    """It prints its address, answers there, and ends with Ctrl-C in good order; a taken port is one sentence."""
    run = program(tmp_path).start("browse", run_store(), "--port", 0, "--by", "Alva", "--role", "auditor")
    try:
        assert run.stderr is not None
        told = run.stderr.readline()
        address = next(word for word in told.split() if word.startswith("http://")).rstrip(";")
        with urllib.request.urlopen(f"{address}packages.json?q=private-search", timeout=20) as answer:
            assert answer.status == 200
        with pytest.raises(ConfigError, match="is in use"):
            browse(str(run_store()), port=int(address.rstrip("/").rpartition(":")[2]))
        run.send_signal(signal.SIGINT)
        rest = run.stderr.read()
        assert run.wait(timeout=20) == 0
    finally:
        run.kill()
        if run.stderr is not None:
            run.stderr.close()
    assert "whoever works on this machine is let in as auditor" in rest
    assert "closed" in rest
    assert "Traceback" not in rest
    assert "private-search" not in told + rest


def test_the_access_log_is_checked_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 0 and the head where the chain is whole; 1 where it is broken or a noted head is gone."""
    file = tmp_path / "access.jsonl"
    for number in range(3):
        AccessLog(file).append(visitor(), "view", f"thread {number}")
    head = read_chain(file).head or ""

    def checked(noted: str = "") -> tuple[int, str]:
        with pytest.raises(typer.Exit) as ended:
            browse(str(run_store()), access_log=file, check_access_log=True, noted=noted)
        return ended.value.exit_code, capsys.readouterr().out

    status, said = checked(head)
    assert status == 0
    assert f"head        {head}" in said
    assert "entry 3: everything up to it" in said
    file.write_bytes(file.read_bytes().replace(b"thread 1", b"thread 9"))
    status, said = checked()
    assert status == 1
    assert "line 3, entry 3, does not follow" in said
    assert checked("0" * 64)[0] == 1
    with pytest.raises(ConfigError):
        browse(str(run_store()), access_log=file, check_access_log=True, noted="x")


def test_a_store_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """Nothing is made where the store should be."""
    with pytest.raises(UrvalError):
        browse(str(tmp_path / "nowhere"), port=0)
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_installation_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what the reading room needs, the command says what to install."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ConfigError) as raised:
        browse("store")
    assert "uvicorn" in raised.value.message
    assert raised.value.next_step == "Give: pip install 'urval[browse]'"


def test_an_address_that_is_not_ours() -> None:
    """An address of another machine, or no port, is a sentence."""
    from urval.cli.serving import listen

    for host, port in (("192.0.2.1", 0), ("nowhere.invalid", 0)):
        with pytest.raises(ConfigError):
            listen(host, port)
    with listen("127.0.0.1", 0) as one, pytest.raises(ConfigError, match="is in use"):
        listen("127.0.0.1", one.getsockname()[1])
    assert isinstance(one, socket.socket)
