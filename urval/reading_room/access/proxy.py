"""A proxy that signs visitors in, and says in headers who they are. It is believed by its address and a secret."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from urval.reading_room.access.addresses import PublicAddress, host_of, misdirected, require_loopback
from urval.reading_room.access.gate import Admitted, mark_of
from urval.reading_room.access.refusals import MisdirectedError, SignInError
from urval.reading_room.access.roles import Role, Visitor, name_of, role_of
from urval.reading_room.faults import ForbiddenError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
SECRET_HEADER = "X-Urval-Proxy-Secret"  # noqa: S105 - the header's name


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySettings:
    """How a proxy is known, and what it says.

    Attributes:
        user_header: Holds the visitor's name.
        role_header: Holds the visitor's groups, separated by commas; empty: everybody is a visitor.
        roles: The role that each group stands for.
        trusted: The addresses it asks from.
        secret: What it sends in ``X-Urval-Proxy-Secret``, so that another program at its address cannot forge it.
        public: The address that visitors type.
    """

    user_header: str
    role_header: str = ""
    roles: Mapping[str, Role] = field(default_factory=dict)
    trusted: tuple[Network, ...]
    secret: str = field(repr=False)
    public: PublicAddress


class ProxyGate:
    """Lets in what the proxy sends, as who the proxy says."""

    def __init__(self, settings: ProxySettings) -> None:
        self._settings, self.public = settings, settings.public
        self.secure = settings.public.secure
        self.cookie = "__Host-urval_session" if self.secure else "urval_session"

    def admit(self, request: Request) -> Admitted:
        """Believe the proxy's headers; refuse everybody else's, whatever they say.

        Raises:
            ForbiddenError: It does not come from the proxy, or says twice who asks.
            SignInError: The proxy does not say who asks.
            MisdirectedError: The request is for another server.
        """
        said = self._settings
        given = request.headers.getlist(SECRET_HEADER)
        proven = len(given) == 1 and hmac.compare_digest(given[0].encode(), said.secret.encode())
        if not self._from_proxy(request) or not proven:
            raise ForbiddenError(
                "this reading room is reached by its proxy alone", next_step=f"Open {said.public.origin}/ instead."
            )
        self._require_host(request)
        mark, is_new = mark_of(request, self.cookie)
        return Admitted(self._visitor(request), said.public.origin, mark, is_new)

    def leads_to(self) -> str:
        """Return nothing."""
        return ""

    def _from_proxy(self, request: Request) -> bool:
        try:
            peer = ipaddress.ip_address(request.client.host if request.client else "")
        except ValueError:
            return False
        if isinstance(peer, ipaddress.IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self._settings.trusted)

    def _require_host(self, request: Request) -> None:
        """Refuse other hosts. A proxy hands on the name that visitors typed, or names this machine."""
        if self._settings.public.names(host_of(request)):
            return
        try:
            require_loopback(request)
        except MisdirectedError as error:
            raise misdirected() from error

    def _visitor(self, request: Request) -> Visitor:
        said = self._settings
        names = request.headers.getlist(said.user_header)
        groups = request.headers.getlist(said.role_header) if said.role_header else []
        if len(names) > 1 or len(groups) > 1:
            raise ForbiddenError(
                "the proxy handed on what a visitor says of themselves",
                next_step="Let the proxy replace these headers, not add to them.",
            )
        name = name_of(_text(names[0])) if names else ""
        if not name:
            raise SignInError("the proxy does not say who you are", next_step="Sign in at the proxy.")
        held = [one.strip() for one in _text(groups[0]).split(",")] if groups else []
        return Visitor(name=name, role=role_of(held, said.roles), known_by="proxy")


def _text(value: str) -> str:
    """Return a header's bytes as UTF-8, which proxies send, where they are."""
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
