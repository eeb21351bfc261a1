"""The identity provider, spoken to by Authlib: OpenID Connect, authorization code with PKCE, state and nonce.

Standards: OpenID Connect Core 1.0 (3.1), Discovery 1.0, RP-Initiated Logout 1.0; RFC 7636 (PKCE); RFC 9700 (best
practice).
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from authlib.integrations.starlette_client import OAuth, OAuthError  # type: ignore[import-untyped]
from joserfc.errors import JoseError

from urval.reading_room.access.roles import Role, Visitor, name_of, role_of
from urval.reading_room.faults import BadRequestError, ForbiddenError, UnavailableError

try:
    import httpx2 as http_client  # as Authlib does: the newer one where both are installed
except ModuleNotFoundError:
    import httpx as http_client  # type: ignore[no-redef]

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

# A token is believed by the provider's public key alone: never unsigned, never by a secret that both know.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
_LEEWAY = 60  # seconds by which clocks may differ
_WAIT = 10.0  # seconds for which an answer is waited


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """How the provider is known.

    Attributes:
        issuer: Its address, as it calls itself in its discovery document.
        client_id: What it calls this room.
        secret: What this room shows it; empty for a public client.
        role_claim: The claim that holds the groups: a list of text, or one text. With dots it may lie in others
            (``realm_access.roles``).
        roles: The role that each group stands for; whoever is in none is a visitor.
        scope: What is asked for.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    role_claim: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    scope: str = "openid profile email"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the provider says it is, and the token that says it."""

    visitor: Visitor
    id_token: str = field(repr=False)


class Provider:
    """Signs visitors in, and out."""

    def __init__(self, settings: OidcSettings) -> None:
        self.settings = settings
        self._client = OAuth().register(
            "room", client_id=settings.client_id, client_secret=settings.secret or None,
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": settings.scope, "code_challenge_method": "S256", "timeout": _WAIT}
            | ({} if settings.secret else {"token_endpoint_auth_method": "none"}),
        )  # fmt: skip

    async def send_there(self, request: Request, callback: str) -> Response:
        """Return the answer that sends a browser to the provider. What must be known again is in ``request.session``.

        Raises:
            UnavailableError: The provider does not answer, or is another than the issuer.
        """
        with _provider_answers():
            await self._known()
            answer: Response = await self._client.authorize_redirect(request, callback)
            return answer

    async def come_back(self, request: Request) -> SignedIn:
        """Return who came back from the provider.

        Raises:
            BadRequestError: The browser was not sent there by us, or not lately.
            ForbiddenError: The provider refused, or its token is not to be believed.
            UnavailableError: The provider does not answer.
        """
        with _provider_answers():
            await self._known()
            options = {
                "iss": {"essential": True, "value": self.settings.issuer},
                "aud": {"essential": True, "value": self.settings.client_id},
            }
            token = await self._client.authorize_access_token(request, claims_options=options, leeway=_LEEWAY)
            claims = token.get("userinfo")
            if not claims:
                raise _not_believed("it sent no id token")
            return SignedIn(visitor_of(await self._more(token, claims), self.settings), token["id_token"])

    async def sign_out(self, id_token: str, back: str) -> str | None:
        """Return where a browser ends the session at the provider; None where that is not offered."""
        try:
            with _provider_answers():
                if not web_origin((await self._known()).get("end_session_endpoint")):
                    return None
                made = await self._client.create_logout_url(
                    post_logout_redirect_uri=back, id_token_hint=id_token, client_id=self.settings.client_id
                )
        except UnavailableError:
            return None  # the session here has ended; the provider's goes on, and the page says so
        return str(made["url"])

    def leads_to(self) -> str:
        """Return the origin at which a session is ended, once the provider told of it; or nothing."""
        return web_origin(self._client.server_metadata.get("end_session_endpoint"))

    async def _known(self) -> dict[str, Any]:
        """Return the provider's description of itself, read once."""
        told: dict[str, Any] = await self._client.load_server_metadata()
        if told.get("issuer") != self.settings.issuer:
            self._client.server_metadata.clear()
            raise UnavailableError(
                f"the identity provider calls itself {told.get('issuer')}, not {self.settings.issuer}",
                next_step="Tell whoever runs this reading room: the option --oidc-issuer must say it to the letter.",
            )
        offered = told.get("id_token_signing_alg_values_supported") or ["RS256"]
        told["id_token_signing_alg_values_supported"] = [one for one in offered if one in ALGORITHMS] or ["RS256"]
        return told

    async def _more(self, token: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """Return the claims, with those of the user-info endpoint where a name or the groups are not in the token."""
        known = await self._known()
        claim = self.settings.role_claim
        if known.get("userinfo_endpoint") and (not _name(claims) or (claim and _claim(claims, claim) is None)):
            more = await self._client.userinfo(token=token)
            if more.get("sub") != claims["sub"]:
                raise _not_believed("it told of somebody else")
            return {**more, **claims}
        return dict(claims)


def visitor_of(claims: Mapping[str, Any], settings: OidcSettings) -> Visitor:
    """Return the visitor whom claims tell of.

    Raises:
        ForbiddenError: They name nobody.
    """
    subject = name_of(claims["sub"]) if isinstance(claims.get("sub"), str) else ""
    if not subject:
        raise _not_believed("it names nobody")
    held = _claim(claims, settings.role_claim) if settings.role_claim else None
    groups = [held] if isinstance(held, str) else held if isinstance(held, list) else []
    role = role_of((one for one in groups if isinstance(one, str)), settings.roles)
    return Visitor(name=_name(claims) or subject, role=role, known_by=f"oidc:{subject}")


def web_origin(address: Any) -> str:
    """Return the origin of an address that can stand in a content security policy, or nothing."""
    parts = urlsplit(address) if isinstance(address, str) and address.isascii() and address.isprintable() else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.netloc or set(parts.netloc) & set(" ;,'\"@"):
        return ""
    return f"{parts.scheme}://{parts.netloc}"


def _name(claims: Mapping[str, Any]) -> str:
    """Return the first claim that can stand as a name; an address only if the provider does not doubt it."""
    wanted = ["preferred_username", "name"]
    wanted += ["email"] if claims.get("email_verified", True) is True else []
    names = (name_of(claims[one]) for one in wanted if isinstance(claims.get(one), str))
    return next(filter(None, names), "")


def _claim(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim: by its whole name, else by way of those that hold it."""
    if name in claims:
        return claims[name]
    value: Any = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


@contextmanager
def _provider_answers() -> Iterator[None]:
    """Say what went wrong between the provider and us. Nothing of a token, code or secret is told."""
    try:
        yield
    except OAuthError as error:
        if error.error == "mismatching_state":
            raise BadRequestError(
                "this sign-in was not begun in this browser, or was begun too long ago", next_step="Sign in again."
            ) from error
        raise ForbiddenError("the identity provider did not let you in", next_step="Sign in again.") from error
    except JoseError as error:
        raise _not_believed("its token is forged, expired or for another") from error
    except (http_client.HTTPError, http_client.InvalidURL, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise UnavailableError(
            "the identity provider does not answer as it should, so nobody can sign in now",
            next_step="Try again in a while; if it stays so, tell whoever runs this reading room.",
        ) from error


def _not_believed(why: str) -> ForbiddenError:
    return ForbiddenError(f"what the identity provider said is not believed: {why}", next_step="Sign in again.")
