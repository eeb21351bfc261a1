from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from _loopback import NOW, Call, Reply, bench, said
from hypothesis import given
from hypothesis import strategies as st

from connectors import GateSettings
from connectors._address import is_public, target_of, with_half, with_parameters, without_credentials
from connectors._allowance import retry_after, usage_of
from connectors._graph_errors import GRAPH
from connectors._limits import Auth
from connectors._media import NotStored, StoredMedia
from connectors._redaction import Redactor, forms
from connectors._responses import Action, judge
from connectors._text import mended_json
from connectors._wordpress_errors import WORDPRESS
from urval.errors import (
    ConfigError,
    GoneError,
    IncompleteError,
    MalformedError,
    RefusedError,
    StoreError,
    ThrottledError,
    TransientError,
)
from urval.records import GapReason

if TYPE_CHECKING:
    from collections.abc import Callable

API = "http://api.exempelstad.example"
TOKEN = "EAAplanted/token+with=signs0123456789"
BEARER = Auth("Bearer", TOKEN)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


def graph_error(code: int, message: str = "words", subcode: int | None = None, **more: object) -> dict:
    """Return an error object of the Graph API."""
    return {"error": {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, **more}}


def scripted(*replies: Reply) -> Callable[[Call], Reply]:
    """Answer with each reply in turn, the last one for ever."""
    rest = list(replies)
    return lambda _call: rest.pop(0) if len(rest) > 1 else rest[0]


def test_the_virtual_name_stays_in_address_and_host_header(tmp_path: Path) -> None:
    """connect_to changes only where the bytes go: Host header, page and WARC carry the virtual name, never the port."""
    with bench(tmp_path, scripted(said({"a": 1}))) as b:
        page = b.gate.get(f"{API}/x", (("fields", "id,from{id,name}"), ("leer", "")))
        assert b.calls[0].host == "api.exempelstad.example"
        assert b.calls[0].path == "/x?fields=id,from%7Bid,name%7D&leer="
        assert page.body == b'{"a": 1}'
        assert page.at == NOW
    kinds = [record[0] for record in b.records()]
    assert kinds == ["warcinfo", "response", "request"]
    assert b.address.encode() not in b"".join(str(record).encode() for record in b.records())
    assert b.calls[0].headers["Accept-Encoding"] == "identity"


def test_page_digest_is_the_payload_digest_in_the_warc(tmp_path: Path) -> None:
    """The digest a record names as its exchange finds the body in the WARC."""
    with bench(tmp_path, scripted(said({"ö": "å"}))) as b:
        page = b.gate.get(f"{API}/x")
    assert hashlib.sha256(b.records()[1][3]).hexdigest() == page.sha256


@pytest.mark.parametrize(
    "spelling",
    [
        TOKEN,
        quote(TOKEN, safe=""),
        json.dumps(TOKEN)[1:-1].replace("/", "\\/"),
        base64.b64encode(TOKEN.encode()).decode(),
        base64.b64encode(b"a" + TOKEN.encode() + b"tail").decode(),
        base64.b64encode(b"ab" + TOKEN.encode() + b"z").decode(),
    ],
)
def test_no_spelling_of_the_token_survives(tmp_path: Path, spelling: str) -> None:
    """A server that echoes the token in body, header, link and error leaves no trace of it in page, WARC or error."""
    body = (
        '{"note":"' + spelling + '","paging":{"next":"https://x.example/?access_token=' + spelling + '&a"}}'
    ).encode()
    echo = Reply(body, 200, {"Content-Type": "application/json", "X-Echo": spelling, "Set-Cookie": "s=secretcookie"})
    with bench(tmp_path, scripted(echo, Reply(body, 403))) as b:
        page = b.gate.get(f"{API}/x?access_token={quote(TOKEN, safe='')}&b=", auth=BEARER, table=GRAPH)
        assert b.calls[0].path == "/x?b="
        assert b.calls[0].headers["Authorization"] == f"Bearer {TOKEN}"
        with pytest.raises(RefusedError) as refused:
            b.gate.get(f"{API}/{quote(TOKEN, safe='')}", auth=BEARER)
    held = b"".join(str(record).encode() for record in b.records()) + page.body + str(page.headers).encode()
    held += (refused.value.diagnostics() + refused.value.platform_error).encode()
    for form in forms(TOKEN) | {b"secretcookie"}:
        assert form not in held
    assert held.count(b"REDACTED") >= 6
    metadata = next(record[3].decode() for record in b.records() if record[0] == "metadata")
    assert hashlib.sha256(body).hexdigest() in metadata
    assert "redacted-response-header: X-Echo" in metadata


@given(st.binary(max_size=60), st.binary(max_size=60), st.integers(0, 2))
def test_redaction_removes_base64_at_any_offset(before: bytes, after: bytes, offset: int) -> None:
    """However the secret lies in Base64 text, what only the secret decides is gone, and other bytes stay."""
    redactor = Redactor([TOKEN])
    encoded = base64.b64encode(bytes(offset) + before + TOKEN.encode() + after)
    assert redactor.body(encoded).count >= 1
    assert redactor.body(before.replace(b"access", b"")).data == before.replace(b"access", b"")


def test_parameter_values_go_even_if_the_secret_is_unknown() -> None:
    """A token nobody told the gate about is removed where its parameter or field name gives it away."""
    redactor = Redactor()
    text = (
        '{"access_token":"abc123","next":"https:\\/\\/g.example\\/?a=1&access_token=EA\\/xyz&until&limit=5",'
        '"nested":"{\\"access_token\\":\\"deep1\\"}","enc":"access_token%3Dqqq%26fields%3Did","client_secret": "s3"}'
    )
    clean = redactor.text(text)
    for secret in ("abc123", "xyz", "deep1", "qqq", "s3"):
        assert secret not in clean
    assert "&until&limit=5" in clean
    assert "%26fields%3Did" in clean
    assert json.loads(clean)
    assert redactor.text(clean) == clean


def test_a_short_credential_is_refused() -> None:
    """A credential that would match ordinary text is a mistake in the spec."""
    with pytest.raises(ConfigError, match="4 characters"):
        Redactor(["abcd"])


@pytest.mark.parametrize(
    ("status", "body", "action"),
    [
        (200, {}, Action.ACCEPT),
        (400, graph_error(190, "expired", 463), Action.RENEW),
        (400, graph_error(32), Action.WAIT),
        (403, graph_error(80001), Action.WAIT),
        (400, graph_error(100, "Unsupported get request. Object with ID '1' does not exist", 33), Action.GONE),
        (400, graph_error(100, "(#100) requires the pages_read_engagement permission"), Action.REFUSE),
        (400, graph_error(100, "(#100) Tried accessing nonexistent field (x)"), Action.FAIL),
        (400, graph_error(10), Action.REFUSE),
        (500, graph_error(1, "Please reduce the amount of data you're asking for"), Action.SMALLER),
        (500, graph_error(1, "x", 99), Action.SMALLER),
        (400, graph_error(2), Action.RETRY),
        (400, graph_error(2, is_transient=False), Action.GIVE_UP),
        (400, graph_error(368), Action.STOP),
        (200, graph_error(190), Action.RENEW),
        (200, graph_error(99999), Action.RETRY),
        (302, {}, Action.REFUSE),
        (418, {}, Action.FAIL),
        (429, {}, Action.WAIT),
        (503, {}, Action.RETRY),
    ],
)
def test_graph_answers_are_judged_by_the_table(status: int, body: dict, action: Action) -> None:
    """Each row of Meta's error table leads to its action."""
    assert judge(GRAPH, status, json.dumps(body).encode()).action is action


@pytest.mark.parametrize(
    ("status", "code", "action"),
    [
        (400, "rest_post_invalid_page_number", Action.GONE),
        (400, "rest_invalid_param", Action.FAIL),
        (401, "rest_forbidden", Action.REFUSE),
        (401, "incorrect_password", Action.STOP),
        (404, "rest_post_invalid_id", Action.GONE),
        (404, "rest_no_route", Action.GONE),
        (503, "anything", Action.RETRY),
    ],
)
def test_wordpress_answers_are_judged_by_the_table(status: int, code: str, action: Action) -> None:
    """Each WordPress error code leads to its action."""
    assert judge(WORDPRESS, status, json.dumps({"code": code, "message": "m"}).encode()).action is action


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Reply(b"gone", 404), GoneError),
        (Reply(b"no", 403), RefusedError),
        (Reply(b"busy", 503), TransientError),
        (Reply(b'{"data":[1,', 200), MalformedError),
        (Reply(b"<html>login</html>", 200, {"Content-Type": "text/html"}), MalformedError),
        (Reply(b'{"a":', 200, length=400), TransientError),
        (Reply(b'{"a":', 200, length=400, reset=True), TransientError),
        (Reply(b"", 302, {"Location": "http://evil.example/"}), RefusedError),
        (Reply(b"", 429, {"Retry-After": "9"}), ThrottledError),
    ],
)
def test_final_failures_are_typed_and_every_answer_is_in_the_warc(
    tmp_path: Path, bad: Reply, error: type[Exception]
) -> None:
    """After the last retry comes a typed error; each answer on the way, cut off or not, is one pair in the WARC."""
    with bench(tmp_path, scripted(bad), settings=GateSettings(retries=2)) as b:
        with pytest.raises(error):
            b.gate.get(f"{API}/x", auth=BEARER)
        assert b.gate.requests_answered == len(b.calls)
        assert len(b.calls) == (3 if error in {TransientError, MalformedError, ThrottledError} else 1)
    kinds = [record[0] for record in b.records()]
    assert kinds.count("response") == kinds.count("request") == len(b.calls)


@pytest.mark.parametrize(
    "passing",
    [
        Reply(b"busy", 500),
        Reply(b'{"data":[', 200),
        Reply(b'{"data":[', 200, length=99),
        Reply(b'{"data":[', 200, length=99, reset=True),
        Reply(b"<html>", 200, {"Content-Type": "text/html"}),
    ],
)
def test_a_passing_fault_is_tried_again(tmp_path: Path, passing: Reply) -> None:
    """One bad answer costs one pause and nothing else."""
    with bench(tmp_path, scripted(passing, said({"ok": True}))) as b:
        assert b.gate.get(f"{API}/x").body == b'{"ok": true}'
        assert len(b.slept) == 1
        assert 1.0 <= b.slept[0] <= 2.0


def test_no_server_at_all_is_a_transient_error(tmp_path: Path) -> None:
    """A refused connection is tried again and then named with the host; nothing is claimed to be in the WARC."""
    settings = GateSettings(retries=1)
    with bench(tmp_path, scripted(said({})), settings=settings) as b:
        b.gate._transport.connect("api.exempelstad.example", ("127.0.0.1", 9))
        with pytest.raises(TransientError, match=r"api\.exempelstad\.example/x cannot be had"):
            b.gate.get(f"{API}/x")
        assert (b.gate.requests_sent, b.gate.requests_answered) == (2, 0)


def test_pauses_are_as_the_platform_asks(tmp_path: Path) -> None:
    """Retry-After and the usage header's minutes are waited for, and a nearly used-up allowance slows the next call."""
    usage = json.dumps({"1": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 7}]})
    throttled = said(graph_error(32), 400, X_Business_Use_Case_Usage=usage)
    near = said({}, 200, X_App_Usage='{"call_count":90,"total_time":25,"total_cputime":25}')
    script = scripted(said({}, 429, Retry_After="30"), throttled, near, said({}))
    with bench(tmp_path, script, settings=GateSettings(backoff_seconds=0)) as b:
        b.gate.get(f"{API}/x", table=GRAPH)
        assert b.slept == [30.0, 420.0, 30.0]
        b.gate.get(f"{API}/x", table=GRAPH)
        assert b.slept[3:] == [18.0]


def test_a_pause_longer_than_allowed_is_not_waited_for(tmp_path: Path) -> None:
    """Asked to come back tomorrow, the gate says so instead of sleeping."""
    with bench(tmp_path, scripted(said({}, 429, Retry_After="86400"))) as b:
        with pytest.raises(ThrottledError) as throttled:
            b.gate.get(f"{API}/x")
        assert throttled.value.wait_seconds == 86400
        assert b.slept == []


def test_too_much_data_halves_the_page_size(tmp_path: Path) -> None:
    """The platform asks for less data, and gets asked for half, then a quarter."""
    too_much = said(graph_error(1, "Please reduce the amount of data"), 500)
    with bench(tmp_path, scripted(too_much, too_much, said({}))) as b:
        b.gate.get(f"{API}/x", (("limit", "100"), ("a", "")), table=GRAPH, limit_parameter="limit")
        assert [call.path for call in b.calls] == ["/x?limit=100&a=", "/x?limit=50&a=", "/x?limit=25&a="]
        assert b.slept == []


def test_a_credential_never_travels_in_the_open(tmp_path: Path) -> None:
    """Plain HTTP to another machine is refused before anything is sent, and the error does not name the token."""
    with bench(tmp_path, scripted(said({}))) as b:
        with pytest.raises(ConfigError, match=r"not sent to graph\.exempelstad\.example over plain HTTP") as refused:
            b.gate.get("http://graph.exempelstad.example/x", auth=BEARER)
        assert TOKEN not in refused.value.diagnostics()
        assert b.gate.requests_sent == 0


def test_an_answer_larger_than_the_cap_is_cut(tmp_path: Path) -> None:
    """A JSON answer above the cap is not read to its end and not tried again."""
    big = Reply(b'{"a":"' + b"x" * 200_000 + b'"}')
    with bench(tmp_path, scripted(big), settings=GateSettings(max_json_bytes=100_000)) as b:
        with pytest.raises(MalformedError, match="larger than the limit"):
            b.gate.get(f"{API}/x")
        assert len(b.calls) == 1


def test_a_slow_body_ends_at_the_total_time_out(tmp_path: Path) -> None:
    """A server that drips is left when the exchange's total time is up, even if every read is in time."""
    ticks = iter(range(0, 100_000, 400))
    long = scripted(Reply(b'{"a":"' + b"x" * 300_000 + b'"}'))
    with (
        bench(tmp_path, long, settings=GateSettings(retries=0), monotonic=lambda: float(next(ticks))) as b,
        pytest.raises(TransientError, match="not finished within 300 seconds"),
    ):
        b.gate.get(f"{API}/x")
    assert b.records()[1][0] == "response"


def test_half_a_surrogate_pair_does_not_lose_the_page(tmp_path: Path) -> None:
    """A text that a platform cut in the middle of an emoji becomes U+FFFD in the page; the WARC keeps the bytes."""
    body = rb'{"a":"\ud83d","b":"\ud83d\ude00","c":"\\ud83d"}'
    with bench(tmp_path, scripted(Reply(body))) as b:
        page = b.gate.get(f"{API}/x")
    assert json.loads(page.body) == {"a": "\ufffd", "b": "😀", "c": "\\ud83d"}
    assert b.records()[1][3] == body
    assert page.sha256 == hashlib.sha256(body).hexdigest()


@given(st.dictionaries(st.text(), st.text()))
def test_mending_leaves_good_json_alone(value: dict[str, str]) -> None:
    """Mending changes no document that has no broken characters."""
    body = json.dumps(value).encode()
    assert mended_json(body) == body


def picture(**more: object) -> Reply:
    """Answer with a picture."""
    return Reply(PNG, 200, {"Content-Type": "image/png"}, **more)


def test_a_medium_is_stored_under_its_digest_once(tmp_path: Path) -> None:
    """The same address is fetched once; the WARC has headers and a note, not the picture again."""
    with bench(tmp_path, scripted(picture())) as b:
        stored = b.gate.download(f"{API}/bild?x=1#top")
        assert b.gate.download(f"{API}/bild?x=1#top") is stored
        assert len(b.calls) == 1
        assert "Authorization" not in b.calls[0].headers
    digest = hashlib.sha256(PNG).hexdigest()
    assert stored == StoredMedia(sha256=digest, bytes=len(PNG), mime="image/png", file=f"media/{digest}.png")
    assert [path.name for path in (tmp_path / "media").iterdir()] == [f"{digest}.png"]
    assert (tmp_path / "media" / f"{digest}.png").read_bytes() == PNG
    kinds = [record[0] for record in b.records()]
    assert kinds == ["warcinfo", "response", "request", "metadata"]
    assert b.records()[1][3] == b""
    assert f"body-sha256: {digest}" in b.records()[3][3].decode()


@pytest.mark.parametrize(
    ("reply", "reason", "tries"),
    [
        (picture(length=3_000_000_000), GapReason.TOO_LARGE, 1),
        (picture(length=len(PNG) + 10), GapReason.CHANGED, 3),
        (picture(length=len(PNG) + 10, reset=True), GapReason.UNREACHABLE, 3),
        (Reply(b"", 404), GapReason.GONE, 1),
        (Reply(b"", 410), GapReason.GONE, 1),
        (Reply(b"", 403), GapReason.REFUSED, 1),
        (Reply(b"", 502), GapReason.UNREACHABLE, 3),
        (Reply(b"<html>log in</html>", 200, {"Content-Type": "text/html"}), GapReason.MALFORMED, 1),
        (Reply(b"", 200, {"Content-Type": "image/png"}), GapReason.MALFORMED, 1),
        (Reply(b"", 302, {"Location": "http://10.0.0.1/meta"}), GapReason.REFUSED, 1),
        (Reply(b"", 302, {"Location": "file:///etc/passwd"}), GapReason.REFUSED, 1),
        (Reply(b"", 302, {"Location": f"{API}/again"}), GapReason.REFUSED, 6),
    ],
)
def test_a_medium_that_cannot_be_had_has_a_reason(tmp_path: Path, reply: Reply, reason: GapReason, tries: int) -> None:
    """Each way of failing has its reason code, leaves no file behind, and every answer is in the WARC."""
    with bench(tmp_path, scripted(reply), settings=GateSettings(retries=2)) as b:
        missing = b.gate.download(f"{API}/bild")
        assert isinstance(missing, NotStored)
        assert missing.reason is reason
        assert len(b.calls) == tries
    folder = tmp_path / "media"
    assert not folder.exists() or not list(folder.iterdir())


def test_a_medium_larger_than_told_is_cut_at_the_cap(tmp_path: Path) -> None:
    """A body without a length is measured as it comes."""
    endless = Reply(PNG * 300, 200, {"Content-Type": "image/png"})
    with bench(tmp_path, scripted(endless), settings=GateSettings(max_media_bytes=100_000)) as b:
        missing = b.gate.download(f"{API}/bild")
    assert isinstance(missing, NotStored)
    assert missing.reason is GapReason.TOO_LARGE


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://127.0.0.1/x", ["127.0.0.1"]),
        ("http://[::1]/x", ["::1"]),
        ("http://metadata.example/x", ["169.254.169.254"]),
        ("http://inner.example/x", ["8.8.8.8", "10.1.2.3"]),
        ("http://[::ffff:10.0.0.1]/x", ["::ffff:10.0.0.1"]),
        ("http://user:pass@api.exempelstad.example/x", ["8.8.8.8"]),
        ("ftp://files.example/x", ["8.8.8.8"]),
        ("http:///x", ["8.8.8.8"]),
        ("http://host.example:99999/x", ["8.8.8.8"]),
        ("//", ["8.8.8.8"]),
    ],
)
def test_platform_data_cannot_lead_into_the_inner_network(tmp_path: Path, url: str, found: list[str]) -> None:
    """An address found in platform data is refused before a byte is sent, if it leads inside or is no plain address."""
    with bench(tmp_path, scripted(picture()), resolve=lambda _host, _port: found) as b:
        missing = b.gate.download(url)
        assert isinstance(missing, NotStored)
        assert missing.reason is GapReason.REFUSED
        assert b.gate.requests_sent == 0


def test_the_accounts_own_authority_may_lie_inside(tmp_path: Path) -> None:
    """A site in the city's own network is fetched from, but only at the address and port the spec names."""
    with bench(tmp_path, scripted(picture())) as b:
        assert isinstance(b.gate.download(f"http://{b.address}/a", own=frozenset({b.address})), StoredMedia)
        assert isinstance(b.gate.download(f"http://{b.address}/b", own=frozenset({"127.0.0.1:1"})), NotStored)


def test_a_name_that_cannot_be_resolved_is_unreachable(tmp_path: Path) -> None:
    """No address, no request, and the reason says that it may work later."""

    def nowhere(_host: str, _port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with bench(tmp_path, scripted(picture()), resolve=nowhere) as b:
        missing = b.gate.download("http://borta.example/x")
    assert missing == NotStored(reason=GapReason.UNREACHABLE, error="no address found: Name or service not known")


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """A medium that cannot be written ends the capture with a StoreError, and nothing half-made stays."""
    (tmp_path / "media").write_bytes(b"in the way")
    with pytest.raises(StoreError, match="A medium cannot be written"), bench(tmp_path, scripted(picture())) as b:
        b.gate.download(f"{API}/bild")


def test_the_same_exchanges_give_the_same_warc(tmp_path: Path) -> None:
    """Two runs with the same answers and clock write the same bytes, whatever the ports were."""
    digests = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        echo = said({"t": TOKEN}, X_Odd="ö".encode().decode("latin-1"))
        with bench(folder, scripted(Reply(b"", 503), echo, picture())) as b:
            b.gate.get(f"{API}/x", auth=BEARER)
            b.gate.download(f"{API}/bild")
        digests.add(hashlib.sha256(b.warc.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_warcio_accepts_the_file(tmp_path: Path) -> None:
    """The reference tool finds every digest right, also of redacted, cut-off and media exchanges."""
    script = scripted(Reply(b'{"a', 200, length=90), said({"access_token": "abc"}), picture(), Reply(b"nej", 404))
    with bench(tmp_path, script) as b:
        b.gate.get(f"{API}/x", auth=BEARER)
        b.gate.download(f"{API}/bild")
        b.gate.download(f"{API}/borta")
    warcio = Path(sys.executable).with_name("warcio")
    done = subprocess.run([warcio, "check", "-v", b.warc], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") == len(b.records())


def test_tls_is_checked_against_the_virtual_name(tmp_path: Path) -> None:
    """Over TLS the certificate must be the virtual host's, whatever address is connected to."""
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
    ]
    made += ["-subj", "/CN=test", "-addext", "subjectAltName=DNS:api.exempelstad.example", "-keyout", key, "-out", cert]
    subprocess.run(made, check=True, capture_output=True)
    limits, hosts = GateSettings(retries=0, ca_bundle=cert), ("api.exempelstad.example", "annan.exempelstad.example")
    with bench(tmp_path, scripted(said({})), hosts, limits, certificate=(cert, key)) as b:
        assert b.gate.get("https://api.exempelstad.example/x", auth=BEARER).body == b"{}"
        with pytest.raises(TransientError, match="doesn't match"):
            b.gate.get("https://annan.exempelstad.example/x", auth=BEARER)
        assert len(b.calls) == 1


def test_a_lying_warc_is_noticed(tmp_path: Path) -> None:
    """If a pair is missing in the WARC, closing the gate says so."""
    with bench(tmp_path, scripted(said({}))) as b:
        b.gate.get(f"{API}/x")
        b.gate._warc.pairs = 0
        with pytest.raises(IncompleteError, match="holds 0 pairs, but 1"):
            b.gate.close()
        b.gate._warc.pairs = 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=8)), max_size=6))
def test_parameters_are_added_without_touching_what_is_there(pairs: list[tuple[str, str]]) -> None:
    """Blank values and odd spellings of a followed link stay byte for byte."""
    link = "https://g.example/v1/4/posts?until&since=162&__paging_token=x%2By&fields=id%2Cmessage"
    assert with_parameters(link, pairs).startswith(link)
    assert without_credentials(link + "&access_token=REDACTED&Access-Token=a") == link


def test_address_rules() -> None:
    """Halving stops at one; private, mapped and scoped addresses are not public."""
    assert with_half("https://x.example/?limit=1", "limit") is None
    assert with_half("https://x.example/?a=9", "limit") is None
    assert target_of("https://X.example/a b#c").url == "https://X.example/a%20b"
    assert target_of("https://X.example/").authority == "x.example:443"
    assert [is_public(a) for a in ("8.8.8.8", "fe80::1%eth0", "100.64.0.1", "224.0.0.1", "::", "x")] == [True] + [
        False
    ] * 5


def test_header_readers_survive_nonsense() -> None:
    """Broken throttle headers count as not there."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert usage_of({"x-app-usage": "{", "x-business-use-case-usage": "[]"}).percent == 0
    assert retry_after({"retry-after": "Thu, 01 Jan 2026 00:01:00 GMT"}, now) == 60.0
    assert retry_after({"retry-after": "soon"}, now) is None
    assert retry_after({}, now) is None


@pytest.mark.parametrize("where", ["http://[::1", "http://m.exempelstad.example:99999/", "file:///etc/passwd", "//"])
def test_a_redirect_to_no_address_is_a_gap(tmp_path: Path, where: str) -> None:
    """A medium whose server redirects to something that is no address is not stored, and the run goes on."""
    with bench(tmp_path, lambda _call: Reply(b"", 302, {"Location": where}), settings=GateSettings(retries=0)) as b:
        found = b.gate.download(f"http://{b.address}/a", own=frozenset({b.address}))
        assert isinstance(found, NotStored)
        assert found.reason in {GapReason.REFUSED, GapReason.UNREACHABLE}
