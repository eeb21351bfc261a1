"""A real provider of OpenID Connect on loopback, a person who signs in there, and tokens that it never signed."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import threading
import time
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import flask
import httpx
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

from urval.reading_room import Role
from urval.reading_room.access.addresses import PublicAddress
from urval.reading_room.access.oidc import OidcGate
from urval.reading_room.access.provider import OidcSettings

# The provider itself uses what Authlib will drop; what the room uses of Authlib warns of nothing.
OF_THE_PROVIDER = r"ignore:get_jwt_config\(self, grant\) is deprecated:DeprecationWarning"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.testclient import TestClient

    from urval.reading_room.access.sessions import Sessions

CLIENT = "reading-room"
SECRET = "a-secret-of-the-client-0123456789"
ROOM = "http://127.0.0.1"
Forgery: TypeAlias = Callable[[str, RSAKey], str]
GROUPS = {"revision": Role.AUDITOR, "arkiv": Role.ARCHIVIST, "drift": Role.ADMINISTRATOR}
PEOPLE: dict[str, dict[str, Any]] = {
    "s-alva": {"preferred_username": "alva", "groups": ["revision"]},
    "s-bo": {"name": "Bo Ek", "groups": ["okänd"]},
    "s-cilla": {"email": "cilla@example.org", "groups": "arkiv"},
    "s-dan": {"preferred_username": "dan", "groups": {"drift": "drift"}, "realm": {"roles": ["drift"]}},
    "s-eva": {"preferred_username": "eva", "groups": [["drift"], 3, None, "drift,arkiv", " drift"]},
    "s-fia": {"preferred_username": "fia", "groups": ["drift"]},
    "s-gus": {"preferred_username": "gus\r\nby: dan", "groups": "drift arkiv"},
}


@dataclass
class Provider:
    """The provider. ``change`` alters the id token on its way to the room, ``metadata`` what it says of itself."""

    issuer: str
    change: Forgery | None = None
    metadata: dict[str, Any] = field(default_factory=dict)

    def sign_in(self, there: str, subject: str) -> str:
        """Sign in as somebody at the address that the room sent the browser to; return where it leads back."""
        answer = httpx.post(there, data={"sub": subject}, follow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]


def _key() -> RSAKey:
    """Return the provider's own key."""
    return RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve the provider in a thread."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    users = [oidc_provider_mock.User(sub=sub, claims=claims) for sub, claims in PEOPLE.items()]
    app = oidc_provider_mock.app(user_claims=users, require_nonce=True)
    server = make_server("localhost", 0, app, threaded=True)
    found = Provider(f"http://localhost:{server.server_port}")

    @app.after_request
    def changed(answer: Any) -> Any:
        said = answer.get_json(silent=True)
        if isinstance(said, dict) and "id_token" in said and found.change:
            answer.set_data(json.dumps(said | {"id_token": found.change(said["id_token"], _key())}))
        elif isinstance(said, dict) and "issuer" in said:
            answer.set_data(json.dumps(said | found.metadata))
        return answer

    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


def gate_at(issuer: str, *, claim: str = "groups", sessions: Sessions | None = None, public: str = ROOM) -> OidcGate:
    """Return a gate that signs in at a provider."""
    settings = OidcSettings(issuer=issuer, client_id=CLIENT, secret=SECRET, role_claim=claim, roles=GROUPS)
    return OidcGate(settings, PublicAddress.parse(public), sessions)


def sign_in(browser: TestClient, at: Provider, subject: str, wanted: str = "/") -> Any:
    """Sign in as somebody; return the answer to the browser that came back."""
    there = browser.get("/login/start", params={"next": wanted}).headers["location"]
    back = urlsplit(at.sign_in(there, subject))
    return browser.get(f"{back.path}?{back.query}")


def claims_of(token: str) -> dict[str, Any]:
    """Return what an id token says, unchecked."""
    part = token.split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return said


def encoded(value: dict[str, Any]) -> str:
    """Return a part of a token."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _signed_with(**changes: Any) -> Forgery:
    """Return a forgery by the provider's own key: what a provider that is broken, or another client of it, may send."""

    def forged(token: str, key: RSAKey) -> str:
        return jwt.encode({"alg": "RS256"}, claims_of(token) | changes, key)

    return forged


def _without(claim: str) -> Forgery:
    def forged(token: str, key: RSAKey) -> str:
        return jwt.encode({"alg": "RS256"}, {k: v for k, v in claims_of(token).items() if k != claim}, key)

    return forged


def _by_another_key(token: str, _key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256"}, claims_of(token), RSAKey.generate_key(2048, private=True))


def _by_a_secret(token: str, _key: RSAKey) -> str:
    """Sign by the client's secret, which others may know, in place of the provider's key."""
    return jwt.encode({"alg": "HS256"}, claims_of(token), OctKey.import_key(SECRET))


def _by_the_public_key(token: str, key: RSAKey) -> str:
    """Take the public key, which everybody knows, for a secret (CVE-2015-9235)."""
    said = f"{encoded({'alg': 'HS256', 'kid': key.kid})}.{encoded(claims_of(token))}"
    signature = hmac.digest(key.as_bytes("PEM", private=False), said.encode(), "sha256")
    return f"{said}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _altered(token: str, _key: RSAKey) -> str:
    head, _, signature = token.split(".")
    return f"{head}.{encoded(claims_of(token) | {'groups': ['drift']})}.{signature}"


FORGERIES: dict[str, Forgery] = {
    "unsigned": lambda token, _: f"{encoded({'alg': 'none'})}.{encoded(claims_of(token))}.",
    "by another key": _by_another_key,
    "by the client's secret": _by_a_secret,
    "by the public key as a secret": _by_the_public_key,
    "other claims under the true signature": _altered,
    "no token at all": lambda _token, _key: "x",
    "expired": _signed_with(exp=int(time.time()) - 3600),
    "without an end": _without("exp"),
    "for another client": _signed_with(aud="another"),
    "for another client, by way of us": _signed_with(aud="another", azp=CLIENT),
    "of another issuer": _signed_with(iss="https://elsewhere.example"),
    "of another sign-in": _signed_with(nonce="of-another-sign-in"),
    "of no sign-in": _without("nonce"),
    "of nobody": _without("sub"),
    "of a subject that is no text": _signed_with(sub=7),
    "issued in a time to come": _signed_with(iat=int(time.time()) + 7200),
}
