"""Which addresses are ours: what a request may name as its host, where forms may come from, where a login may lead."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from urval.errors import ConfigError
from urval.reading_room.access.refusals import MisdirectedError
from urval.reading_room.faults import BadRequestError

if TYPE_CHECKING:
    from starlette.requests import Request

_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")
_LONGEST_NEXT = 2000
_PORTS = {"http": 80, "https": 443}


def is_loopback(name: str) -> bool:
    """Tell whether a name or address can only be this machine: ``localhost``, ``127.0.0.0/8``, ``::1``."""
    if name.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class PublicAddress:
    """What visitors type: ``scheme://host[:port]``, nothing after it. ``https``, or ``http`` on this machine."""

    scheme: str
    name: str  # lower case; an IPv6 address in brackets
    port: int

    @classmethod
    def parse(cls, text: str) -> PublicAddress:
        """Return an address that was written by a person.

        Raises:
            ConfigError: It is none, holds more than that, or would send sessions in the clear.
        """
        try:
            parts = urlsplit(text)
            host, port = _host_of(parts.netloc), parts.port
        except ValueError:
            host, port = None, None
        if host is None or parts.scheme not in _PORTS or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ConfigError(
                f"{text} is no public address", next_step="Give scheme and host alone, as https://arkiv.example.se"
            )
        if parts.scheme == "http" and not is_loopback(host[0]):
            raise ConfigError(
                f"{text} would send logins and sessions in the clear",
                next_step="Put a proxy with a certificate before the reading room, and give its https address.",
            )
        return cls(parts.scheme, host[0], port or _PORTS[parts.scheme])

    @property
    def origin(self) -> str:
        """Return it as browsers write it in ``Origin``."""
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.name}{port}"

    @property
    def secure(self) -> bool:
        """Tell whether cookies shall travel by https alone."""
        return self.scheme == "https"

    def names(self, host: tuple[str, int | None]) -> bool:
        """Tell whether a ``Host`` header names this address."""
        return host[0] == self.name and (host[1] or _PORTS[self.scheme]) == self.port


def host_of(request: Request) -> tuple[str, int | None]:
    """Return the name (lower case) and the port that a request says it is for.

    Raises:
        BadRequestError: It says none, more than one, or nonsense.
    """
    given = request.headers.getlist("host")
    found = _host_of(given[0]) if len(given) == 1 else None
    if found is None:
        raise BadRequestError("the request does not say which server it is for")
    return found


def require_loopback(request: Request) -> str:
    """Refuse a request that names another server than this machine at our port; return the origin it names.

    A page elsewhere can let its own name lead to 127.0.0.1 (DNS rebinding); the browser then still names that host.

    Raises:
        BadRequestError: It names none.
        MisdirectedError: It names another.
    """
    name, port = host_of(request)
    server = request.scope.get("server") or (name, port)
    if not is_loopback(name) or (port or _PORTS["http"]) != server[1]:
        raise misdirected()
    return PublicAddress("http", name, port or _PORTS["http"]).origin


def misdirected() -> MisdirectedError:
    """Return the refusal of a request that is for another server."""
    return MisdirectedError(
        "the request is for another server than this reading room",
        next_step="Open the reading room by the address that it printed when it was started.",
    )


def inner_address(wanted: str) -> str:
    """Return where a login leads: a path of this room, or the overview where something else was asked for."""
    parts = urlsplit(wanted) if wanted.isascii() and wanted.isprintable() and len(wanted) <= _LONGEST_NEXT else None
    inner = parts is not None and not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if inner and not wanted.startswith("//") and "\\" not in wanted else "/"


def _host_of(text: str) -> tuple[str, int | None] | None:
    found = _HOST.fullmatch(text)
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    return found["name"].lower().rstrip("."), port
