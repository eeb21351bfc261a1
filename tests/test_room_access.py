"""Who is let in without a login or by a proxy, and which forms are taken."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any

import pytest
from _reading_room import room_over, visitor
from _room_access import FEW, at_work, browser_of, said_to, taken, token_in
from _run_store import run_store

from urval.reading_room import Role, create_app
from urval.reading_room.access.addresses import PublicAddress, inner_address
from urval.reading_room.access.proxy import ProxyGate, ProxySettings

if TYPE_CHECKING:
    from fastapi import FastAPI

SECRET = "shared-by-proxy-and-room"
PROVEN: dict[str, Any] = {
    "X-Urval-Proxy-Secret": SECRET,
    "X-Remote-User": "alva",
    "X-Remote-Roles": "läsare, revision".encode(),
}
FORM = {"file": ("a.png", b"1234", "image/png")}


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a room over two small packages."""
    return room_over(run_store(), tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def app(room: Any) -> FastAPI:
    """Give the room on loopback, opened for an archivist."""
    return create_app(room, visitor=visitor(Role.ARCHIVIST), groups=FEW)


@pytest.fixture(scope="module")
def proxied(room: Any) -> FastAPI:
    """Give the room behind a proxy."""
    return create_app(room, groups=FEW, gate=ProxyGate(ProxySettings(
        user_header="X-Remote-User", role_header="X-Remote-Roles", secret=SECRET,
        roles={"revision": Role.AUDITOR, "arkiv": Role.ARCHIVIST},
        trusted=(ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("10.1.0.0/28")),
        public=PublicAddress.parse("https://arkiv.example.se"),
    )))  # fmt: skip


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:80", "127.0.0.1:80", "[::1]", "127.9.9.9"])
def test_this_machine_is_let_in(app: FastAPI, host: str) -> None:
    """Every name of this machine, at our port, is ours."""
    assert browser_of(app).get("/packages", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example", 421), ("127.0.0.1:8000", 421), ("127.0.0.1.evil.example", 421), ("10.0.0.1", 421),
     ("localhost.evil.example", 421), ("0.0.0.0", 421), ("127.0.0.1@evil.example", 400), ("a b", 400), ("", 400)],
)  # fmt: skip
def test_another_host_is_refused(app: FastAPI, host: str, status: int) -> None:
    """A page elsewhere whose name was made to lead here (DNS rebinding) reads nothing: its name is not ours."""
    answer = browser_of(app).get("/packages.json", headers={"host": host})
    assert answer.status_code == status
    assert "packages" not in answer.json()


def test_two_hosts_are_refused(app: FastAPI) -> None:
    """A request that names two servers is for neither."""
    with at_work(app) as address:
        host = b"127.0.0.1:%d" % address[1]
        said = said_to(address, b"GET / HTTP/1.1\r\nHost: %s\r\nHost: evil.example\r\n\r\n" % host)
    assert b" 400 " in said.splitlines()[0]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"sec-fetch-site": "cross-site"}, 403), ({"sec-fetch-site": "same-site"}, 403), ({"origin": "null"}, 403),
     ({"origin": "https://evil.example"}, 403), ({"origin": "http://127.0.0.1:9999"}, 403),
     ({"origin": "http://127.0.0.1"}, 303), ({"sec-fetch-site": "same-origin"}, 303), ({}, 303)],
)  # fmt: skip
def test_a_form_comes_from_our_own_page(app: FastAPI, headers: dict[str, str], status: int) -> None:
    """With a true token, a form is done only where the browser does not say that another site sent it."""
    browser, before = browser_of(app), len(taken)
    token = token_in(browser.get("/upload-token").text)
    answer = browser.post("/upload", data={"token": token}, files=FORM, headers=headers)
    assert answer.status_code == status
    assert len(taken) - before == (status == 303)


def test_a_form_needs_this_sessions_token(app: FastAPI) -> None:
    """No token, another browser's, a shortened, an empty or a non-ASCII one: refused, and nothing is done."""
    browser, other = browser_of(app), browser_of(app)
    own, anothers = (token_in(one.get("/upload-token").text) for one in (browser, other))
    before = len(taken)
    for token in (None, anothers, own[:-1], own[16:], "", "å" * 80):
        given = {} if token is None else {"token": token}
        assert browser.post("/upload", data=given, files=FORM).status_code == 403
    assert browser_of(app).post("/upload", data={"token": own}, files=FORM).status_code == 403  # no cookie
    assert len(taken) == before
    assert browser.post("/upload", data={"token": own}, files=FORM).status_code == 303


def test_tokens_differ_on_each_page(app: FastAPI) -> None:
    """A token is masked anew each time, so that compression does not give it away."""
    browser = browser_of(app)
    assert len({token_in(browser.get("/upload-token").text) for _ in range(3)}) == 3


def test_a_forged_mark_is_replaced(app: FastAPI) -> None:
    """A session cookie of another form than ours is not taken over."""
    browser = browser_of(app)
    browser.cookies.set("urval_session", "chosen-by-another")
    given = browser.get("/packages").headers["set-cookie"]
    assert "chosen" not in given
    assert "HttpOnly" in given
    assert "SameSite=strict" in given


def test_no_page_can_be_framed_or_remembered(app: FastAPI) -> None:
    """Every answer, refusals included, forbids frames, sniffing and keeping; none may run what is not ours."""
    browser = browser_of(app)
    for answer in (browser.get("/"), browser.get("/nowhere"), browser.get("/", headers={"host": "evil.example"})):
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"


def test_a_role_is_asked_before_a_form_is_read(room: Any) -> None:
    """A visitor's upload is refused by the role, which the page names, though the form is not even whole."""
    low = browser_of(create_app(room, visitor=visitor(Role.VISITOR), groups=FEW))
    answer = low.post("/upload", content=b"not a form", headers={"content-type": "multipart/form-data"})
    assert answer.status_code == 403
    assert "this is for the role archivist, and you are here as visitor" in answer.text
    swedish = low.get("/access-log", headers={"accept-language": "sv"})
    assert "det här är för rollen administratör, och du är här som besökare" in swedish.text


def test_headers_of_a_proxy_mean_nothing_without_one(room: Any) -> None:
    """Where no proxy is set up, what looks like a proxy's words changes neither who asks nor for which server."""
    low = browser_of(create_app(room, visitor=visitor(Role.VISITOR), groups=FEW))
    forged = PROVEN | {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "10.1.0.1", "Forwarded": "for=10.1.0.1"}
    assert low.get("/access-log", headers=forged | {"X-Remote-Roles": "administrator"}).status_code == 403
    assert "evil.example" not in low.get("/packages", headers=forged).text


def test_the_proxy_says_who_asks(proxied: FastAPI) -> None:
    """What the proxy sends, with its secret, is believed: name, and the role of a group."""
    page = browser_of(proxied, "https://arkiv.example.se").get("/packages", headers=PROVEN)
    assert page.status_code == 200
    assert "alva (auditor)" in page.text
    assert page.headers["strict-transport-security"]
    assert "__Host-urval_session=" in page.headers["set-cookie"]
    assert "Secure" in page.headers["set-cookie"]
    assert SECRET not in page.text


@pytest.mark.parametrize(
    ("headers", "peer", "status"),
    [
        (PROVEN, "10.1.0.9", 200),
        (PROVEN | {"X-Remote-User": "Åsa".encode()}, "127.0.0.1", 200),
        ({}, "127.0.0.1", 403),
        ({k: v for k, v in PROVEN.items() if k != "X-Urval-Proxy-Secret"}, "127.0.0.1", 403),
        (PROVEN | {"X-Urval-Proxy-Secret": "guessed"}, "127.0.0.1", 403),
        (PROVEN | {"X-Urval-Proxy-Secret": ""}, "127.0.0.1", 403),
        (PROVEN, "10.1.0.16", 403),
        (PROVEN, "192.168.7.7", 403),
        (PROVEN | {"X-Forwarded-For": "127.0.0.1"}, "192.168.7.7", 403),
        ([*PROVEN.items(), ("X-Urval-Proxy-Secret", "guessed")], "127.0.0.1", 403),
        ([*PROVEN.items(), ("x-remote-user", "dan")], "127.0.0.1", 403),
        ([*PROVEN.items(), ("X-REMOTE-ROLES", "arkiv")], "127.0.0.1", 403),
        (PROVEN | {"X-Remote-User": ""}, "127.0.0.1", 401),
        (PROVEN | {"X-Remote-User": "alva\tadministrator"}, "127.0.0.1", 401),
        (PROVEN | {"X-Remote-User": "a" * 201}, "127.0.0.1", 401),
        (PROVEN | {"Host": "evil.example"}, "127.0.0.1", 421),
    ],
)
def test_nobody_else_is_believed(proxied: FastAPI, headers: Any, peer: str, status: int) -> None:
    """Without the secret, from another address, or saying things twice, headers are refused and nothing is shown."""
    answer = browser_of(proxied, "https://arkiv.example.se", peer).get("/packages.json", headers=headers)
    assert answer.status_code == status
    assert ("packages" in answer.json()) == (status == 200)


@pytest.mark.parametrize("groups", ["arkivet", "xarkiv", "arkiv revision", "ARKIV", "arkiv;revision", "*", "archivist"])
def test_a_group_is_a_whole_name(proxied: FastAPI, groups: str) -> None:
    """Only a group that is named to the letter gives a role."""
    asked = PROVEN | {"X-Remote-Roles": groups}
    assert "(visitor)" in browser_of(proxied, "https://arkiv.example.se").get("/packages", headers=asked).text


def test_a_form_behind_the_proxy_is_its_persons(proxied: FastAPI) -> None:
    """A token given to one person is no other's, though the browser's cookie is the same."""
    browser = browser_of(proxied, "https://arkiv.example.se")
    archivist = PROVEN | {"X-Remote-Roles": "arkiv"}
    token = token_in(browser.get("/upload-token", headers=archivist).text)
    for who, status in (("bo", 403), ("alva", 303)):
        answer = browser.post("/upload", data={"token": token}, files=FORM, headers=archivist | {"X-Remote-User": who})
        assert answer.status_code == status
    other = archivist | {"Origin": "http://arkiv.example.se"}
    assert browser.post("/upload", data={"token": token}, files=FORM, headers=other).status_code == 403


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [("/packages?page=2", "/packages?page=2"), ("//evil.example", "/"), ("/\\evil.example", "/"), ("https://evil", "/"),
     ("javascript:alert(1)", "/"), ("/\r\nSet-Cookie: a=b", "/"), ("\t//evil", "/"), ("", "/"), ("evil", "/"),
     ("/" + "a" * 3000, "/"), ("///evil.example", "/"), ("/%0d%0aa", "/%0d%0aa")],
)  # fmt: skip
def test_a_login_leads_to_a_page_of_ours(wanted: str, leads: str) -> None:
    """No address of another server, and no header, can be put where a login leads."""
    assert inner_address(wanted) == leads
