"""What is replaced is noted with its original, and what answered is in the log: clock, certificate, API version."""

from __future__ import annotations

import hashlib
import json
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _environment import environment_with
from _loopback import NOW, Call, Reply, bench, said, serving
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from test_capture import written
from test_http_gate import PNG, scripted
from test_replay import INFO, gate_on

from connectors import GateSettings
from connectors._cleaning import Received, cleaned
from connectors._limits import Auth
from connectors._redaction import MARK, Redactor
from connectors._replay import take_up
from connectors._warc import fields_of
from flows.environment import described, environment_of
from urval.capture import Capture
from urval.errors import MalformedError, TransientError
from urval.verify import FolderReader
from urval.verify.exchanges import ExchangeChecks
from urval.verify.findings import Findings
from urval.verify.warc import Exchange, contents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _loopback import Bench

HOST, OTHER = "api.exempelstad.example", "bild.exempelstad.example"
TOKEN = "EAAplanted/token+with=signs0123456789"
BEARER = Auth("Bearer", TOKEN)
ECHO = json.dumps({"next": f"http://{HOST}/x?access_token={TOKEN}&after=1"}).encode()


def notes_in(b: Bench) -> list[dict[str, str]]:
    """Return the notes of each metadata record, names that are repeated once."""
    return [fields_of(content) for kind, _, _, content in b.records() if kind == "metadata"]


def digest_of(*lines: str) -> str:
    """Return the SHA-256 of lines, each ended as HTTP ends them."""
    return hashlib.sha256("".join(f"{line}\r\n" for line in lines).encode()).hexdigest()


def test_each_part_is_noted_with_its_original(tmp_path: Path) -> None:
    """Target, headers both ways and body: how many places, and the digest of exactly what went over the wire."""
    headers = {"Content-Type": "application/json", "X-Echo": TOKEN, "Set-Cookie": "sid=0123456789abcdef0123456789"}
    with bench(tmp_path, scripted(Reply(ECHO, 200, headers))) as b:
        b.gate.get(f"http://{HOST}/{TOKEN.replace('/', '-')}?q=a", auth=Auth("Bearer", TOKEN.replace("/", "-")))
        b.gate.get(f"http://{HOST}/x", auth=BEARER)
        [first, second] = b.calls
    asked, answered = notes_in(b)
    assert asked["redacted-target"] == "1"
    url = f"http://{HOST}{first.path}"
    assert asked["original-target-sha256"] == hashlib.sha256(url.encode()).hexdigest()
    sent = [f"{name}: {value}" for name, value in second.headers.items()]
    got = [*(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(ECHO)}"]
    assert answered == {
        "redacted-request-headers": "1",
        "original-request-headers-sha256": digest_of(*sent),
        "redacted-request-header": "Authorization",
        "redacted-response-headers": "2",
        "original-response-headers-sha256": digest_of("200 OK", *got),
        "redacted-response-header": "Set-Cookie",
        "redacted-body": "1",
        "original-body-sha256": hashlib.sha256(ECHO).hexdigest(),
        "original-body-length": str(len(ECHO)),
        "redacted-with": MARK,
    }
    assert b.gate._warc.log.redactions == sum(
        int(one.get(f"redacted-{part}", 0))
        for one in (asked, answered)
        for part in ("target", "request-headers", "response-headers", "body")
    )


@pytest.mark.parametrize(
    ("auth", "reply", "part"),
    [
        (Auth("Basic", "webb:hemligt1"), said({}), "request-headers"),
        (BEARER, said({"access_token": "abc"}), "body"),
        (BEARER, said({}, Set_Cookie="pin=1234; Path=/"), "response-headers"),
    ],
)
def test_a_secret_that_could_be_guessed_leaves_no_digest(tmp_path: Path, auth: Auth, reply: Reply, part: str) -> None:
    """Where a password or a short value was removed, no digest of the part is kept: it could be tried out with it."""
    with bench(tmp_path, scripted(reply)) as b:
        b.gate.get(f"http://{HOST}/x", auth=auth)
    [noted] = notes_in(b)
    assert noted[f"original-{part}-sha256"] == "withheld"
    assert int(noted[f"redacted-{part}"]) == 1


@given(st.lists(st.sampled_from([TOKEN, MARK, "access_token=", "ab", '"', "client_secret: ", "Authorization: Basic "])))
def test_never_more_places_than_marks(parts: list[str]) -> None:
    """However secrets and names of fields stand together, as many marks are there as are noted, and no secret is."""
    text = "".join(parts)
    was = Received(url=text, request_headers=[("A", text)], status=200, reason=text, response_headers=[("B", text)],
                   body=text.encode())  # fmt: skip
    clean = cleaned(Redactor([TOKEN]), was)
    noted = dict(clean.notes)
    assert int(noted.get("redacted-target", 0)) <= clean.url.count(MARK)
    assert int(noted.get("redacted-body", 0)) <= clean.body.count(MARK.encode())
    assert (clean.body != was.body) == ("redacted-body" in noted)
    assert TOKEN not in clean.url + clean.reason + str(clean.request_headers + clean.response_headers + clean.notes)


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    """Return the key and the certificate of an authority of our own."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate(key, "Urval test authority", key, "Urval test authority", None)


def certificate(
    key: ec.EllipticCurvePrivateKey, name: str, issuer: ec.EllipticCurvePrivateKey, by: str, hosts: list[str] | None
) -> x509.Certificate:
    """Return a certificate of ``name``, issued by ``by``: of hosts, or of an authority."""
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, by)]),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]),
        key.public_key(), x509.random_serial_number(), today - timedelta(days=1), today + timedelta(days=1),
    )  # fmt: skip
    builder = builder.add_extension(x509.BasicConstraints(ca=hosts is None, path_length=None), critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
    )
    if hosts is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False)
    return builder.sign(issuer, hashes.SHA256())


def tls_files(folder: Path) -> tuple[Path, tuple[Path, Path], bytes]:
    """Return an authority's file, a server's certificate and key files, and the certificate's DER bytes."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer, root = authority()
    leaf = certificate(key, "server", issuer, "Urval test authority", [HOST, OTHER])
    pem = serialization.Encoding.PEM
    plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files = [root.public_bytes(pem), leaf.public_bytes(pem), key.private_bytes(pem, *plain)]
    paths = [folder / name for name in ("root.pem", "leaf.pem", "key.pem")]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    return paths[0], (paths[1], paths[2]), leaf.public_bytes(serialization.Encoding.DER)


def mixed(call: Call) -> Reply:
    """Answer with pages, a medium, an echo, a lost medium, an empty answer on a closed connection."""
    if "bild" in call.path:
        return Reply(PNG, 200, {"Content-Type": "image/png", "Age": "9", "Date": "Thu, 01 Jan 2026 00:00:00 GMT"})
    if "borta" in call.path:
        return Reply(b"", 404, {"Connection": "close", "Date": "yesterday"})
    stamp = format_datetime(NOW - timedelta(seconds=3 if "a" in call.path else 5), usegmt=True)
    named = {"Content-Type": "application/json", "Date": stamp, "facebook-api-version": "v25.0", "api-version": "å b"}
    return Reply(ECHO if "eko" in call.path else b"{}", 200, named)


def test_the_log_says_who_answered_and_by_which_clock(tmp_path: Path) -> None:
    """Over TLS the digest is that of the server's own certificate; offsets are those to Date, caches left out.

    The verifier, which shares no line with the gate, comes to the same log, and ``warcio check`` accepts the file.
    """
    ca, pair, der = tls_files(tmp_path)
    limits = GateSettings(retries=0, ca_bundle=ca, clock_compared=True)
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    ticks = iter(range(1000))
    with bench(folder, mixed, (HOST, OTHER), limits, pair, monotonic=lambda: next(ticks) * 0.25) as b:
        for path in ("a", "eko", "a"):
            b.gate.get(f"https://{HOST}/{path}", auth=BEARER)
        b.gate.download(f"https://{OTHER}/bild")
        b.gate.download(f"https://{OTHER}/borta")
        log = environment_of(b.gate._warc.log)
    first, second = (host.model_dump() for host in log.hosts)
    shown = hashlib.sha256(der).hexdigest()
    assert first == {
        "host": HOST, "exchanges": 3, "api_versions": ["facebook-api-version: v25.0"],
        "clock_offset": {"measured": 3, "min_ms": 3000, "max_ms": 5000, "longest_wait_ms": 250},
        "tls_versions": ["TLSv1.3"], "tls_certificates": [shown],
    }  # fmt: skip
    assert second == {
        "host": OTHER, "exchanges": 2, "api_versions": [], "clock_offset": None, "tls_versions": ["TLSv1.3"],
        "tls_certificates": [shown],
    }  # fmt: skip
    assert log.redactions == 4  # three times the header, once the body
    findings = Findings()
    checks = ExchangeChecks(findings)
    for one in contents(FolderReader(tmp_path)):
        assert isinstance(one, Exchange)
        checks.take(one)
    checks.compare(log)
    assert not findings.has_failed("RAW-3")
    assert not findings.has_failed("RAW-4")
    checks.compare(log.model_copy(update={"redactions": 3, "hosts": log.hosts[:1]}))
    assert findings.has_failed("RAW-3")
    assert findings.has_failed("RAW-4")
    done = subprocess.run(
        [Path(sys.executable).with_name("warcio"), "check", "-v", b.warc], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") == len(b.records())


def test_without_tls_and_under_a_fixed_clock_nothing_is_measured(tmp_path: Path) -> None:
    """Over plain HTTP there is no certificate, and a clock that stands still is compared with nothing."""
    with bench(tmp_path, mixed) as b:
        b.gate.get(f"http://{HOST}/a")
        [host] = environment_of(b.gate._warc.log).hosts
    assert (host.exchanges, host.clock_offset, host.tls_versions, host.tls_certificates) == (1, None, [], [])
    assert [kind for kind, *_ in b.records()] == ["warcinfo", "response", "request"]


def test_another_authority_is_not_believed(tmp_path: Path) -> None:
    """Without the authority of the test server no exchange takes place, and none is logged."""
    _, pair, _ = tls_files(tmp_path)
    with bench(tmp_path, mixed, settings=GateSettings(retries=0), certificate=pair) as b:
        with pytest.raises(TransientError, match="certificate"):
            b.gate.get(f"https://{HOST}/a")
        assert environment_of(b.gate._warc.log).hosts == []
    assert ssl.OPENSSL_VERSION in json.dumps(described())


def walk(folder: Path, cut: int | None, *, later: bool = False, compared: bool = False) -> list[Any]:
    """Ask for pages and a medium, gone on with where there is something; return what the log says, redactions first."""
    folder.mkdir(exist_ok=True)
    now = NOW + timedelta(hours=2 * later)
    leftover = take_up(folder / "exchanges.warc.gz", folder / "mark", info=INFO, now=now)
    with gate_on(folder, mixed, leftover, now, clock_compared=compared) as (gate, _, _):
        for path in ("a", "eko", "a")[:cut]:
            gate.get(f"http://{HOST}/{path}", auth=BEARER)
        if cut is None:
            gate.download(f"http://{HOST}/bild")
        return [gate._warc.log.redactions, *gate._warc.log.hosts()]


def test_a_capture_that_is_gone_on_with_keeps_its_log(tmp_path: Path) -> None:
    """What was taken up counts as it was measured then; with what is asked now it makes the log of all exchanges."""
    assert walk(tmp_path / "cut", 2) != walk(tmp_path / "whole", None)
    assert walk(tmp_path / "cut", None) == walk(tmp_path / "whole", None)
    assert (tmp_path / "cut/exchanges.warc.gz").read_bytes() == (tmp_path / "whole/exchanges.warc.gz").read_bytes()
    walk(tmp_path / "clock", 2, compared=True)
    redactions, host = walk(tmp_path / "clock", None, later=True, compared=True)
    clock = host.clock_offset
    assert (redactions, host.exchanges) == (4, 4)
    assert (clock.measured, clock.min_ms, clock.max_ms) == (3, 3000, 7_203_000)  # the last page came two hours later


@pytest.mark.parametrize("log", [None, {}, {**environment_with().model_dump(), "hosts": [{"host": "a"}]}])
def test_a_capture_without_a_log_is_told(tmp_path: Path, log: object) -> None:
    """A capture that lacks the environment log, or has one that cannot be read, is malformed and says what to do."""
    written(tmp_path, [])
    path = tmp_path / "capture.json"
    document = json.loads(path.read_bytes())
    path.write_text(json.dumps(document | {"environment": log}))
    with pytest.raises(MalformedError, match="no environment log") as told:
        Capture(tmp_path)
    assert "capture the account anew" in told.value.next_step


def pumped(source: socket.socket, sink: socket.socket) -> None:
    """Pass on what comes until the end."""
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def tunnel(where: str) -> Iterator[str]:
    """Run a proxy on loopback that leads every CONNECT, whatever the name, to one address; yield its own."""
    host, port = where.split(":")

    class Tunnel(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline() not in {b"\r\n", b""}:
                pass
            with socket.create_connection((host, int(port))) as far:
                self.connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                back = threading.Thread(target=pumped, args=(far, self.connection))
                back.start()
                pumped(self.connection, far)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Tunnel) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def test_through_a_proxy_the_certificate_is_the_platforms(tmp_path: Path) -> None:
    """Behind a proxy that passes TLS on as it is, the digest in the log is that of the platform's certificate."""
    ca, pair, der = tls_files(tmp_path)
    with serving(mixed, pair) as (where, _), tunnel(where) as proxy:
        limits = GateSettings(retries=0, ca_bundle=ca, proxy=proxy)
        with bench(tmp_path, mixed, (), limits) as b:
            b.gate.get(f"https://{HOST}/a")
            [host] = environment_of(b.gate._warc.log).hosts
    assert host.tls_certificates == [hashlib.sha256(der).hexdigest()]
