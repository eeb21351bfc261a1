"""Signing in at a real provider of OpenID Connect, sessions, and signing out."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from _reading_room import room_over
from _room_access import FEW, browser_of, token_in
from _room_provider import FORGERIES, OF_THE_PROVIDER, PEOPLE, SECRET, gate_at, provider, sign_in
from _run_store import run_store

from urval.reading_room import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _room_provider import Provider
    from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings(OF_THE_PROVIDER)
COOKIE = "urval_session"


@pytest.fixture(scope="module")
def at() -> Iterator[Provider]:
    """Give the provider."""
    with provider() as found:
        yield found


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Give a room over two small packages."""
    return room_over(run_store(), tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def app(room: Any, at: Provider) -> Any:
    """Give the room with its login."""
    return create_app(room, gate=gate_at(at.issuer), groups=FEW)


@pytest.fixture
def browser(app: Any, at: Provider) -> TestClient:
    """Give a browser that was never here; the provider tells the truth."""
    at.change, at.metadata = None, {}
    return browser_of(app)


def test_whoever_did_not_sign_in_sees_the_door_and_no_more(browser: TestClient) -> None:
    """Pages lead to the login, JSON answers 401; neither the store nor its state is told of."""
    page = browser.get("/packages?page=2")
    assert (page.status_code, page.headers["location"]) == (303, "/login?next=%2Fpackages%3Fpage%3D2")
    door = browser.get(page.headers["location"])
    assert door.status_code == 200
    for told in ("urval-runs", "The index", '/packages"', "Packages"):
        assert told not in door.text
    for path in ("/packages.json", "/openapi.json", "/access-log.json", "/index.json"):
        assert browser.get(path).status_code == 401
    assert browser.post("/verifications", data={}).status_code == 401
    for path in ("/login/", "/login/../packages", "//packages", "/assets", "/assets/../packages", "/signed-outside"):
        assert browser.get(path).status_code in {303, 400, 404}
    assert browser.cookies.get(COOKIE) is None


@pytest.mark.parametrize(
    ("subject", "name", "role"),
    [("s-alva", "alva", "auditor"), ("s-bo", "Bo Ek", "visitor"), ("s-cilla", "cilla@example.org", "archivist"),
     ("s-dan", "dan", "visitor"), ("s-eva", "eva", "visitor"), ("s-fia", "fia", "administrator"),
     ("s-gus", "s-gus", "visitor")],
)  # fmt: skip
def test_the_provider_says_who_and_what(browser: TestClient, at: Provider, subject: str, name: str, role: str) -> None:
    """Name and role come from the token: groups are a list or one text; objects and joined texts give none."""
    came = sign_in(browser, at, subject, "/packages?page=1")
    assert (came.status_code, came.headers["location"]) == (303, "/packages?page=1")
    assert f"{name} ({role})" in browser.get("/packages").text
    assert browser.get("/access-log").status_code == (200 if role == "administrator" else 403)


def test_what_is_sent_to_the_provider(browser: TestClient, at: Provider) -> None:
    """The authorization code is asked for, with PKCE (S256), state and nonce; each time other ones."""
    asked = [parse_qs(urlsplit(browser.get("/login/start").headers["location"]).query) for _ in range(2)]
    for one in asked:
        assert one["response_type"] == ["code"]
        assert one["code_challenge_method"] == ["S256"]
        assert one["redirect_uri"] == ["http://127.0.0.1/callback"]
        assert one["scope"] == ["openid profile email"]
    for key in ("state", "nonce", "code_challenge"):
        assert len(asked[0][key][0]) >= 20
        assert asked[0][key] != asked[1][key]
    assert at.issuer in browser.get("/login").text


@pytest.mark.parametrize("forgery", FORGERIES)
def test_no_forged_token_is_believed(browser: TestClient, at: Provider, forgery: str) -> None:
    """A token that is unsigned, signed by others, altered, expired, for another, of another sign-in: no session."""
    at.change = FORGERIES[forgery]
    came = sign_in(browser, at, "s-fia")
    assert came.status_code == 403
    assert "is not believed" in came.text
    assert browser.get("/packages").status_code == 303


def test_a_provider_that_offers_weak_signatures_gets_none(room: Any, at: Provider) -> None:
    """Though the provider says that it signs with nothing or a shared secret, such tokens are refused."""
    at.metadata = {"id_token_signing_alg_values_supported": ["none", "HS256", "RS256"]}
    app = create_app(room, gate=gate_at(at.issuer), groups=FEW)
    for forgery in ("unsigned", "by the client's secret", "by the public key as a secret"):
        at.change = FORGERIES[forgery]
        assert sign_in(browser_of(app), at, "s-fia").status_code == 403
    at.change = None
    assert sign_in(browser_of(app), at, "s-fia").status_code == 303


def test_coming_back_serves_once_and_in_one_browser(app: Any, browser: TestClient, at: Provider) -> None:
    """A way back with another state, in another browser, a second time, or without a beginning is refused."""
    back = urlsplit(at.sign_in(browser.get("/login/start").headers["location"], "s-fia"))
    path = f"{back.path}?{back.query}"
    other = browser_of(app)
    other.get("/login/start")
    assert other.get(path).status_code == 400  # as when somebody is led to sign in as the attacker
    assert browser_of(app).get(path).status_code == 400
    assert browser.get(re.sub("state=[^&]+", "state=guessed", path)).status_code == 400
    assert browser.get("/callback").status_code == 400
    assert browser.get(path).status_code == 303
    assert browser.get(path).status_code == 400
    assert "Sign in again" in browser_of(app).get(path).text


def test_a_refusal_of_the_provider_is_told(browser: TestClient) -> None:
    """Where the provider lets somebody not in, the page says so, and repeats nothing of what the address says."""
    state = parse_qs(urlsplit(browser.get("/login/start").headers["location"]).query)["state"][0]
    said = browser.get(f"/callback?error=access_denied&error_description=<b>call+0123</b>&state={state}")
    assert said.status_code == 403
    assert "0123" not in said.text


def test_a_session_is_not_the_one_from_before(browser: TestClient, at: Provider) -> None:
    """A cookie that an attacker planted does not become the session; signing in again ends the session before."""
    browser.cookies.set(COOKIE, "planted-by-another-0123456789012345678901234")
    sign_in(browser, at, "s-alva")
    jar = [one.value for one in browser.cookies.jar if one.name == COOKIE]
    first = next(value for value in jar if value and "planted" not in value)
    browser.cookies.clear()
    browser.cookies.set(COOKIE, "planted-by-another-0123456789012345678901234")
    assert browser.get("/packages").status_code == 303
    browser.cookies.clear()
    browser.cookies.set(COOKIE, first, domain="127.0.0.1", path="/")
    sign_in(browser, at, "s-alva")
    browser.cookies.clear()
    browser.cookies.set(COOKIE, first)
    assert browser.get("/packages").status_code == 303


def test_no_altered_cookie_is_a_session(app: Any, browser: TestClient, at: Provider) -> None:
    """Changing a letter of the cookie, cutting it or repeating it gives nothing."""
    sign_in(browser, at, "s-fia")
    true = browser.cookies[COOKIE]
    for altered in (true[:-1] + ("A" if true[-1] != "A" else "B"), true[:-1], true + "A", true.swapcase(), "", "*"):
        other = browser_of(app)
        other.cookies.set(COOKIE, altered)
        assert other.get("/packages").status_code == 303
    assert browser.get("/packages").status_code == 200


def test_signing_out_ends_the_session_here_and_there(browser: TestClient, at: Provider) -> None:
    """Only the page's own form signs out; then the cookie is worth nothing, and the provider is told to end its own."""
    sign_in(browser, at, "s-fia")
    kept = browser.cookies[COOKIE]
    assert browser.post("/logout", data={"token": "x"}).status_code == 403
    assert browser.get("/logout").status_code == 405
    page = browser.get("/packages")
    assert f"form-action 'self' {at.issuer};" in page.headers["content-security-policy"]
    out = browser.post("/logout", data={"token": token_in(page.text)})
    asked = parse_qs(urlsplit(out.headers["location"]).query)
    assert out.headers["location"].startswith(f"{at.issuer}/oauth2/end_session?")
    assert asked["post_logout_redirect_uri"] == ["http://127.0.0.1/signed-out"]
    assert asked["id_token_hint"][0].count(".") == 2
    browser.cookies.set(COOKIE, kept)
    assert browser.get("/packages").status_code == 303
    assert "You have signed out" in browser.get("/signed-out").text


def test_signing_out_where_the_provider_offers_nothing(room: Any, at: Provider) -> None:
    """Where the provider cannot end its session, or names a strange place, signing out leads to our own page."""
    for place in (None, "https://x.example; script-src *"):
        at.metadata = {"end_session_endpoint": place}
        browser = browser_of(create_app(room, gate=gate_at(at.issuer), groups=FEW))
        sign_in(browser, at, "s-alva")
        page = browser.get("/packages")
        assert "form-action 'self';" in page.headers["content-security-policy"]
        assert browser.post("/logout", data={"token": token_in(page.text)}).headers["location"] == "/signed-out"


def test_a_form_token_is_its_sessions(app: Any, browser: TestClient, at: Provider) -> None:
    """The same person's token from another session does not sign out this one."""
    other = browser_of(app)
    for one in (browser, other):
        sign_in(one, at, "s-alva")
    token = token_in(other.get("/packages").text)
    assert browser.post("/logout", data={"token": token}).status_code == 403
    assert browser.get("/packages").status_code == 200


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nX: y"])
def test_a_login_leads_nowhere_else(browser: TestClient, at: Provider, wanted: str) -> None:
    """Where the login was asked to lead elsewhere, it leads to the overview."""
    assert sign_in(browser, at, "s-bo", wanted).headers["location"] == "/"
    assert "evil" not in browser.get("/login", params={"next": wanted}).text.replace("lang=", "").split("<main")[1]


def test_a_provider_that_is_down_or_another(room: Any, at: Provider) -> None:
    """Nobody signs in where the provider does not answer or calls itself something else: 503."""
    at.metadata = {"issuer": "https://elsewhere.example"}
    for issuer in ("http://localhost:1", at.issuer):
        answer = browser_of(create_app(room, gate=gate_at(issuer), groups=FEW)).get("/login/start")
        assert answer.status_code == 503
        assert "That is not possible right now" in answer.text
        assert SECRET not in answer.text
    at.metadata = {}


def test_behind_https_cookies_are_bound_to_it(room: Any, at: Provider) -> None:
    """Under a public https address the cookies are Secure, HttpOnly, and of this host alone."""
    gate = gate_at(at.issuer, public="https://arkiv.example.se")
    browser = browser_of(create_app(room, gate=gate, groups=FEW), "https://arkiv.example.se")
    begun = browser.get("/login/start").headers["set-cookie"]
    came = sign_in(browser, at, "s-alva")
    for cookie in (begun, came.headers["set-cookie"]):
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
    assert re.match(
        r"__Host-urval_session=[^;]{40,}; HttpOnly; Path=/; SameSite=lax; Secure", came.headers["set-cookie"]
    )
    assert browser.get("/packages").headers["strict-transport-security"]
    assert browser_of(browser.app, "http://127.0.0.1").get("/login").status_code == 421


def test_nothing_secret_is_in_log_or_page(
    browser: TestClient, at: Provider, room: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither client secret, token, code nor session is in the program's log, the access log, or a page."""
    caplog.set_level(logging.DEBUG, logger="urval")
    caplog.set_level(logging.INFO)
    there = browser.get("/login/start").headers["location"]
    back = urlsplit(at.sign_in(there, "s-fia"))
    browser.get(f"{back.path}?{back.query}")
    session, code = browser.cookies[COOKIE], parse_qs(back.query)["code"][0]
    pages = browser.get("/packages").text + browser.get("/access-log").text
    at.change = FORGERIES["expired"]
    failed = sign_in(browser_of(browser.app), at, "s-fia").text
    for secret in (SECRET, session, code, "eyJ"):
        assert secret not in pages + failed + room.access_log.file.read_text()
        assert secret not in "".join(one.getMessage() for one in caplog.records if one.name.startswith("urval"))


def test_staff_is_logged_and_the_public_is_not(browser: TestClient, at: Provider, room: Any) -> None:
    """The sign-ins of those who may see what is restricted are logged; of visitors nothing is."""
    before = room.access_log.file.read_text() if room.access_log.file.exists() else ""
    sign_in(browser, at, "s-bo")
    sign_in(browser, at, "s-alva")
    added = room.access_log.file.read_text().removeprefix(before)
    assert '"act":"login"' in added
    assert '"known_by":"oidc:s-alva"' in added
    assert "Bo Ek" not in added
    assert PEOPLE["s-bo"]["name"] == "Bo Ek"
