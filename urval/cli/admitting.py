"""Who may come in to the reading room: the options of ``urval browse`` that say so, and the gate that they make."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from urval.errors import ConfigError

if TYPE_CHECKING:
    from urval.reading_room import Role
    from urval.reading_room.access.addresses import PublicAddress
    from urval.reading_room.access.gate import Gate

_REFERENCE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitting:
    """The options, as they were given."""

    host: str
    role: str = "visitor"
    by: str = ""
    public_url: str = ""
    issuer: str = ""
    client_id: str = ""
    oidc_secret: str = ""
    role_claim: str = ""
    role_map: list[str] = field(default_factory=list)
    user_header: str = ""
    role_header: str = ""
    trusted: list[str] = field(default_factory=list)
    proxy_secret: str = ""

    @property
    def has_login(self) -> bool:
        """Tell whether visitors are signed in."""
        return bool(self.issuer or self.user_header)

    @property
    def everybody_is(self) -> str:
        """Return the role that everybody on this machine has, where that is more than a visitor's; or nothing."""
        return self.role if not self.has_login and self.role != "visitor" else ""

    def gate(self, port: int) -> Gate:
        """Return the gate of a room that listens at a port.

        Raises:
            ConfigError: The options are wrong, or would let everybody in from elsewhere.
        """
        self._require_whole()
        roles = roles_of(self.role_map)
        if self.issuer:
            return self._oidc(self._public(port), roles)
        if self.user_header:
            return self._proxy(self._public(port), roles)
        from urval.reading_room import Role, Visitor
        from urval.reading_room.access.gate import LoopbackGate

        if self.role not in set(Role):
            raise ConfigError(f"{self.role} is no role", next_step=f"Give one of: {', '.join(Role)}")
        name = self.by or os.environ.get("USER", "")
        return LoopbackGate(Visitor(name=name, role=Role(self.role), known_by="loopback"))

    def _require_whole(self) -> None:
        """Refuse options that do not go together."""
        from urval.reading_room.access.addresses import is_loopback

        if not self.has_login and not is_loopback(self.host):
            raise ConfigError(
                f"listening at {self.host} demands a login, and none is set up: anybody could read and write",
                next_step="Set up --oidc-issuer or --proxy-user-header, or leave --host out.",
            )
        if self.issuer and self.user_header:
            raise ConfigError(
                "there are two logins: --oidc-issuer and --proxy-user-header", next_step="Give one of them."
            )
        if self.has_login and (self.role != "visitor" or self.by):
            raise ConfigError(
                "--role and --by say who looks where there is no login",
                next_step="Leave them out, and give --role-map.",
            )
        held = self.role_claim or self.role_header
        if bool(held) != bool(self.role_map):
            raise ConfigError(
                "--role-map and the claim or header that holds the groups are given together or not at all",
                next_step="Give --oidc-role-claim or --proxy-role-header, and --role-map GROUP=ROLE for each group.",
            )

    def _public(self, port: int) -> PublicAddress:
        from urval.reading_room.access.addresses import PublicAddress, is_loopback

        if self.public_url:
            return PublicAddress.parse(self.public_url)
        if not is_loopback(self.host):
            raise ConfigError(
                "visitors from elsewhere need an address to come to", next_step="Give --public-url https://…"
            )
        return PublicAddress.parse(f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{port}")

    def _oidc(self, public: PublicAddress, roles: dict[str, Role]) -> Gate:
        from urval.reading_room.access.addresses import is_loopback
        from urval.reading_room.access.oidc import OidcGate
        from urval.reading_room.access.provider import OidcSettings

        parts = urlsplit(self.issuer)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise ConfigError("--oidc-issuer must be an https address", next_step="Give it as the provider writes it.")
        if not self.client_id:
            raise ConfigError("--oidc-client-id is missing", next_step="Register the reading room at the provider.")
        secret = secret_of(self.oidc_secret, "--oidc-secret") if self.oidc_secret else ""
        settings = OidcSettings(
            issuer=self.issuer, client_id=self.client_id, secret=secret, role_claim=self.role_claim, roles=roles
        )
        return OidcGate(settings, public)

    def _proxy(self, public: PublicAddress, roles: dict[str, Role]) -> Gate:
        from urval.reading_room.access.proxy import ProxyGate, ProxySettings

        for header in filter(None, (self.user_header, self.role_header)):
            if not _HEADER.fullmatch(header):
                raise ConfigError(f"{header} is no header's name", next_step="Give one as X-Remote-User.")
        if not self.trusted or not self.proxy_secret:
            raise ConfigError(
                "a proxy is believed by its address and a secret, and one of them is missing",
                next_step="Give --trusted-proxy ADDRESS and --proxy-secret env:NAME.",
            )
        settings = ProxySettings(
            user_header=self.user_header, role_header=self.role_header, roles=roles, public=public,
            trusted=tuple(map(_network, self.trusted)),
            secret=secret_of(self.proxy_secret, "--proxy-secret", shortest=_SHORTEST_SECRET),
        )  # fmt: skip
        return ProxyGate(settings)


def secret_of(reference: str, option: str, *, shortest: int = 1) -> str:
    """Return the secret that a reference names. It is never printed, nor is what was given in place of a reference.

    Raises:
        ConfigError: It is no reference, or names nothing, or the secret is too short.
    """
    found = _REFERENCE.fullmatch(reference)
    if found is None:
        raise ConfigError(
            f"{option} takes where the secret lies, never the secret itself",
            next_step="Put it into an environment variable, and give env:NAME.",
        )
    secret = os.environ.get(found[1], "")
    if len(secret) < shortest:
        short = f"shorter than {shortest} characters" if secret else "not set"
        raise ConfigError(f"the environment variable {found[1]} of {option} is {short}", next_step="Set it.")
    return secret


def roles_of(given: list[str]) -> dict[str, Role]:
    """Return which role each group stands for, from ``GROUP=ROLE``.

    Raises:
        ConfigError: One is not of that form, or names no role.
    """
    from urval.reading_room import Role

    roles = {}
    for one in given:
        group, _, role = one.rpartition("=")
        if not group or role not in set(Role):
            raise ConfigError(f"--role-map {one} is not GROUP=ROLE", next_step=f"The roles are: {', '.join(Role)}")
        roles[group] = Role(role)
    return roles


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        found = ipaddress.ip_network(text, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"{text} is no address or network", next_step="Give one as 10.0.0.5 or 10.0.0.0/28."
        ) from error
    if found.prefixlen == 0:
        raise ConfigError(f"{text} trusts every address there is", next_step="Give the proxy's own.")
    return found
