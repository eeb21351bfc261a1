"""Packages are signed as they are stored, and stamped by an authority at once or later; runs list and chain them."""

from __future__ import annotations

import json
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import copytree
from typing import TYPE_CHECKING

import pytest
from _keys import IDENTITY
from _program import SPEC, TIME, Program, packages_of, program, tree

from connectors._time_stamp import ask
from connectors.sandbox import City, Sandbox
from connectors.sandbox.answers import STAMP_HOST, Request
from connectors.sandbox.time_stamps import CERTIFICATES, TimeStamps
from flows.run import Run, open_run
from flows.run_manifests import close_run, read_runs
from flows.sealing import NAMESPACE, add_stamps, write_seal
from flows.stages import archive_account
from flows.stamping import stamp_all
from urval.errors import ConfigError, MalformedError, RefusedError, SourceError, TransientError
from urval.ledger import State
from urval.package.seal import Authority, checked_stamp, names_of, stamp_query
from urval.runs import check_chain, run_sha256
from urval.store import ledger_prefix, read_events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACCOUNT = "exempelstad-nyheter"
QUERY = {"content-type": "application/timestamp-query"}
AUTHORITY = Authority(id="one", url="", certificates=CERTIFICATES.read_bytes())


@pytest.fixture(scope="module")
def unstamped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a store with one package, signed while the authority was out of order."""
    folder = tmp_path_factory.mktemp("unstamped")
    moment = datetime.fromisoformat(TIME)
    with Sandbox(City.demo(), clock=lambda: moment) as sandbox:
        ways = {name: where for name, where in sandbox.connect_to.items() if name != STAMP_HOST}
        run = replace(run_on(folder / "store"), connect_to={**ways, STAMP_HOST: "127.0.0.1:1"})
        outcome = archive_account(run, ACCOUNT, approve_unseen=True)
        assert outcome.state == "done", outcome
        assert "signed, and not stamped yet" in outcome.detail
        close_run(run, run.clock())
    return folder / "store"


def run_on(store: Path) -> Run:
    """Return a run of the city's spec on a store."""
    return open_run(str(SPEC), str(store), "2026-host", fixed_time=TIME, actor="test")


@pytest.fixture
def run(unstamped: Path, tmp_path: Path) -> Iterator[Run]:
    """Return a run on a copy of the unstamped store, with the authority answering."""
    copytree(unstamped, tmp_path / "store")
    with Sandbox(City.demo(), clock=lambda: datetime.fromisoformat(TIME)) as sandbox:
        yield replace(run_on(tmp_path / "store"), connect_to=sandbox.connect_to)


def files_of(run: Run) -> list[str]:
    """Return the files of the package's seal."""
    package = packages_of(Path(run.store.uri))[0]
    names = [path.relative_to(package).as_posix() for path in package.rglob("*") if path.is_file()]
    return sorted(name for name in names if name.startswith(("seal/", "manifest.json.sig")))


def test_without_an_authority_a_package_is_signed_and_waits_for_its_stamp(run: Run) -> None:
    """The package is whole and signed, the ledger says sealed and not stamped, and a dry run says what it lacks."""
    assert files_of(run) == ["manifest.json.sig", "seal/allowed_signers", "seal/sealed.sha256"]
    states = [event.state for event in read_events(run.store, ledger_prefix(*run.place(ACCOUNT)))]
    assert State.SEALED in states
    assert State.STAMPED not in states
    before = tree(Path(run.store.uri))
    assert [(row.stamps, row.wanted) for row in stamp_all(run, dry=True)] == [(0, 1)]
    assert tree(Path(run.store.uri)) == before


def test_a_stamp_is_added_later_as_files_of_its_own(run: Run) -> None:
    """The late stamp verifies with openssl, changes no file that was there, and is an event; again, nothing is left."""
    before = tree(Path(run.store.uri))
    assert [(row.stamps, row.problem) for row in stamp_all(run, dry=False)] == [(1, "")]
    after = tree(Path(run.store.uri))
    assert {name: after[name] for name in before} == before
    package = packages_of(Path(run.store.uri))[0]
    assert openssl_takes(package)
    listings = sorted(path.relative_to(package).as_posix() for path in (package / "seal").glob("*.sha256"))
    check = subprocess.run(["sha256sum", "--check", "--strict", *listings], cwd=package, check=False)
    assert check.returncode == 0
    events = read_events(run.store, ledger_prefix(*run.place(ACCOUNT)))
    assert events[-1].state is State.STAMPED
    assert events[-1].refs["authority"] == "exempelstads-tidsstampel"
    assert list(stamp_all(run, dry=False)) == []
    assert tree(Path(run.store.uri)) == after


def openssl_takes(folder: Path, name: str = "manifest.json") -> bool:
    """Tell whether openssl verifies the first stamp over the signature of a document."""
    answer = names_of(1, name).answer
    command = ["openssl", "ts", "-verify", "-data", f"{name}.sig", "-in", answer, "-CAfile", "seal/tsa.pem"]
    return subprocess.run([*command, "-no_check_time"], cwd=folder, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("written", [1, 2, 3, 4])
def test_a_stamp_that_was_cut_off_is_completed(run: Run, written: int) -> None:
    """Killed after any of a stamp's files, the next run writes the others to the same answer and asks no authority."""
    list(stamp_all(run, dry=False))
    package = packages_of(Path(run.store.uri))[0]
    whole = tree(package)
    names = names_of(1)
    for path in (names.answer, names.chain, names.revocation, names.listing)[written:]:
        (package / path).chmod(0o600)
        (package / path).unlink()
    silent = replace(run, connect_to={STAMP_HOST: "127.0.0.1:1"})
    list(stamp_all(silent, dry=False))
    assert tree(package) == whole


def test_runs_list_every_package_once_and_chain(run: Run) -> None:
    """A run lists what no run before it lists, with the digests as they lie there; a second one adds nothing."""
    runs = read_runs(run.store, "exempelstad")
    assert [one.number for one in runs] == [1]
    [package] = packages_of(Path(run.store.uri))
    [listed] = runs[0].packages
    assert (listed.package_id, listed.account) == (package.name, ACCOUNT)
    assert listed.manifest_sha256 == tree(package)["manifest.json"]
    assert listed.signature_sha256 == tree(package)["manifest.json.sig"]
    assert close_run(run, run.clock()) is None
    copytree(package, package.with_name(package.name[:-1] + "x"))  # stands for the package of a later run
    second = close_run(run, run.clock())
    assert second is not None
    assert second.previous is not None
    assert second.previous.sha256 == run_sha256(runs[0])
    assert [one.package_id for one in second.packages] == [package.name[:-1] + "x"]
    assert check_chain(read_runs(run.store, "exempelstad")) == []
    folder = Path(run.store.uri) / "runs" / "exempelstad" / "000002"
    assert openssl_takes(folder, "run.json")
    signed = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-f", "seal/allowed_signers", "-I", IDENTITY, "-n", NAMESPACE["run.json"], "-s",
         "run.json.sig"], cwd=folder, input=(folder / "run.json").read_bytes(), capture_output=True, check=False,
    )  # fmt: skip
    assert signed.returncode == 0, signed.stderr


def test_a_run_that_was_cut_off_gets_its_seal_from_the_next(run: Run) -> None:
    """A run manifest that a killed command left without its seal is signed and stamped by the next one."""
    folder = Path(run.store.uri) / "runs" / "exempelstad" / "000001"
    for path in [path for path in folder.rglob("*") if path.is_file() and path.name != "run.json"]:
        path.unlink()
    close_run(run, run.clock())
    assert openssl_takes(folder, "run.json")


def test_what_is_done_asks_for_no_key(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is to be signed the key need not be there: a second run, and a stamp that was missing, go well."""
    monkeypatch.setenv("URVAL_KEYS", "/nonexistent")
    assert close_run(run, run.clock()) is None
    assert [(row.stamps, row.problem) for row in stamp_all(run, dry=False)] == [(1, "")]
    assert openssl_takes(Path(run.store.uri) / "runs" / "exempelstad" / "000001", "run.json")


def test_the_same_seal_of_two_authorities(run: Run) -> None:
    """Where the spec wants two stamps, two authorities give one each; the second lies beside the first."""
    rule = run.loaded.spec.seal
    assert rule is not None
    second = rule.time_stamps[0].model_copy(update={"id": "another"})
    both = rule.model_copy(update={"time_stamps": (*rule.time_stamps, second), "stamps": 2})
    [prefix] = [path.relative_to(run.store.uri).as_posix() for path in packages_of(Path(run.store.uri))]
    found = [(one.number, one.authority) for one in add_stamps(run, both, 2, prefix)]
    assert found == [(1, "exempelstads-tidsstampel"), (2, "another")]
    assert "manifest.json.sig.2.tsr" in files_of(run)
    assert "seal/stamped.2.sha256" in files_of(run)
    with pytest.raises(SourceError, match="no authority is left"):
        list(add_stamps(run, both, 3, prefix))


@contextmanager
def answering(answer: Callable[[bytes], tuple[int, str, bytes]]) -> Iterator[str]:
    """Run an authority whose answers a test writes; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, kind, body = answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "kind", "body", "error"),
    [
        (500, "text/plain", b"", TransientError),
        (403, "text/plain", b"", RefusedError),
        (302, "text/plain", b"", RefusedError),
        (200, "text/html", b"<html>", MalformedError),
        (200, "application/timestamp-reply", b"x" * 300_000, MalformedError),
    ],
)
def test_what_an_authority_answers_instead_is_an_error_by_what_can_be_done(
    status: int, kind: str, body: bytes, error: type[SourceError]
) -> None:
    """Out of order is passing, a refusal final, anything else no time stamp; nobody is followed elsewhere."""
    with answering(lambda _: (status, kind, body)) as url, pytest.raises(error):
        ask(url, b"query")
    with pytest.raises(TransientError, match="was not reached"):
        ask("http://127.0.0.1:1/", b"query")


def stamp(query: bytes) -> bytes:
    """Return the sandbox authority's answer."""
    answer = TimeStamps().answer(Request.parsed("POST", STAMP_HOST, "/", "", QUERY, query))
    assert answer.body is not None
    return answer.body


def test_only_a_stamp_over_this_signature_by_this_authority_is_kept() -> None:
    """Another signature's stamp, another request's, one with more behind it, a refusal: none of them is taken."""
    query = stamp_query(b"signature")
    good = stamp(query.as_bytes())
    assert checked_stamp(good, b"signature", AUTHORITY, nonce=query.nonce).answer == good
    with pytest.raises(RefusedError, match="does not verify"):
        checked_stamp(good, b"another", AUTHORITY, nonce=query.nonce)
    with pytest.raises(RefusedError, match="does not verify"):
        checked_stamp(good, b"signature", AUTHORITY, nonce=1 if query.nonce != 1 else 2)
    for wrong in (good + b"\0", good + good, b"", b"\x30\x00"):
        with pytest.raises(MalformedError):
            checked_stamp(wrong, b"signature", AUTHORITY, nonce=query.nonce)
    with pytest.raises(RefusedError, match="refused"):
        checked_stamp(stamp(b"no query"), b"signature", AUTHORITY, nonce=None)
    with pytest.raises(RefusedError, match="does not verify"):
        checked_stamp(good, b"signature", replace(AUTHORITY, policy="1.2.3"), nonce=query.nonce)


def test_without_its_key_nothing_is_packaged_and_the_capture_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing key, a wrong passphrase: the account fails, the capture is kept; with the key it goes on from there."""
    with Sandbox(City.demo(), clock=lambda: datetime.fromisoformat(TIME)) as sandbox:
        run = replace(run_on(tmp_path / "store"), connect_to=sandbox.connect_to)
        for name, value, said in (
            ("URVAL_KEYS", str(tmp_path / "none"), "urval keys new"),
            ("URVAL_KEY_PASSPHRASE", "a wrong passphrase", "the passphrase is wrong"),
        ):
            with monkeypatch.context() as changed:
                changed.setenv(name, value)
                outcome = archive_account(run, ACCOUNT, approve_unseen=True)
            assert outcome.state == "failed"
            assert said in outcome.detail
            assert not packages_of(tmp_path / "store")
        calls = len(sandbox.calls)
        assert archive_account(run, ACCOUNT, approve_unseen=True).state == "done"
        assert [call.host for call in sandbox.calls[calls:]] == [STAMP_HOST]
    [package] = packages_of(tmp_path / "store")
    assert json.loads((package / "manifest.json").read_bytes())["seal"]["identity"] == IDENTITY
    assert openssl_takes(package)


def test_what_lacks_a_stamp_is_told_by_the_command(unstamped: Path, tmp_path: Path) -> None:
    """``urval seal`` names the package, says that it is whole and signed, and ends with status 1."""
    copytree(unstamped, tmp_path / "store")
    urval: Program = program(tmp_path)
    given = ("seal", "--spec", SPEC, "--store", tmp_path / "store", "--fixed-time", TIME)
    said = urval.run(*given, URVAL_CONNECT_TO=f"{STAMP_HOST}=127.0.0.1:1")
    assert said.returncode == 1
    assert f"{ACCOUNT}_" in said.stdout
    assert "0 of 1 time stamps" in said.stdout
    assert "They are whole and signed" in said.stderr


def test_a_signer_of_another_identity_is_refused(unstamped: Path, tmp_path: Path) -> None:
    """The key of one identity does not sign for a spec that names another."""
    from flows.sealing import signer_of

    run = run_on(unstamped)
    rule = run.loaded.spec.seal
    assert rule is not None
    other = run.loaded.spec.model_copy(
        update={"seal": rule.model_copy(update={"identity": "annan@exempelstad.example"})}
    )
    with pytest.raises(ConfigError, match="and the spec names annan@"):
        signer_of(other)
    signer = signer_of(run.loaded.spec)
    assert signer is not None
    (tmp_path / "manifest.json").write_bytes(b"{}")
    write_seal(signer, tmp_path)
    assert (tmp_path / "seal" / "sealed.sha256").is_file()
