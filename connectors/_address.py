"""Where the gate may go: checks of addresses before a byte is sent.

An address found in a platform's data is hostile until shown otherwise: it may point at the machine itself, at the
city's inner network or at a cloud's metadata service. Addresses a person put into the spec are trusted.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote_plus, urlencode, urljoin, urlsplit, urlunsplit

from connectors._redaction import SECRET_PARAMETERS
from urval.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# IPv6 addresses that stand for IPv4 ones: NAT64, 6to4, Teredo, and those called compatible.
_DISGUISES = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")))
_PORTS = {"http": 80, "https": 443}
_WHOLE = re.compile(r"https?://[0-9A-Za-z]([!-:<-~](?<!#))*(?<!\?)")  # an address that ``urljoin`` leaves as it is


@dataclass(frozen=True, slots=True)
class Target:
    """A checked address. ``authority`` is host and port, the default port written out."""

    url: str
    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Host and port as one text."""
        return f"{self.host}:{self.port}"


def joined(base: str, address: str) -> str:
    """Complete a relative address; one that cannot be read stays as it is, and the gate will refuse it."""
    named = address.strip()
    if _WHOLE.fullmatch(named):  # most are; taking them apart costs more than all else that is done with an entry
        return named
    try:
        return urljoin(base, named)
    except ValueError:
        return named


def target_of(url: str) -> Target:
    """Check the form of an address; the fragment is cut off.

    Raises:
        ValueError: It is no http(s) address, names no host, or carries a user name.
    """
    if any(ord(char) <= 0x20 or ord(char) == 0x7F for char in url):  # noqa: PLR2004 - control characters and blanks
        url = "".join(f"%{ord(char):02X}" if ord(char) <= 0x20 or ord(char) == 0x7F else char for char in url)  # noqa: PLR2004
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError("only http and https addresses are fetched")
    if not parts.hostname:
        raise ValueError("the address names no host")
    if "@" in parts.netloc:
        raise ValueError("the address carries a user name")
    return Target(
        urlunsplit(parts._replace(fragment="")), parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme]
    )


def interface(url: str, shown: str, mapped: Mapping[str, str], *, credential: bool) -> Target:
    """Check the address of an interface call; ``shown`` is what messages may say of it.

    Args:
        url: The address.
        shown: The same, secrets removed.
        mapped: Host name -> literal address that is connected to instead.
        credential: Whether a credential goes with the call.

    Raises:
        ConfigError: It cannot be used, or the credential would travel in the open.
    """
    try:
        target = target_of(url)
    except ValueError as error:
        raise ConfigError(f"The address {shown!r} cannot be used: {error}.", next_step="Correct it.") from error
    if credential and target.scheme != "https" and not is_loopback(mapped.get(target.host, target.host)):
        raise ConfigError(
            f"A credential is not sent to {target.host} over plain HTTP.",
            next_step="Set base_url to an https address, or remove the credential.",
        )
    return target


def is_loopback(host: str) -> bool:
    """Tell whether a host name or literal address is the machine itself, without asking a name server."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_literal(host: str) -> bool:
    """Tell a literal address from a name."""
    return ":" in host or host.replace(".", "").isdecimal()


def is_public(address: str) -> bool:
    """Tell whether a literal address belongs to the public internet (not private, link-local, multicast …)."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    disguised = any(parsed in network for network in _DISGUISES)
    return bool(mapped.is_global and not mapped.is_multicast and not disguised)


def resolve(host: str, port: int) -> list[str]:
    """Return the literal addresses of a host, IPv4 first.

    Raises:
        OSError: The name cannot be resolved.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(f"{host!r} is no host name") from error
    return [str(entry[4][0]) for entry in sorted(found, key=lambda entry: entry[0] != socket.AF_INET)]


def with_parameters(url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return an address with parameters added; what it holds already stays byte for byte, blank values too."""
    added = urlencode(list(parameters), safe=",:().")
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, added) if part)))


def without_credentials(url: str) -> str:
    """Return an address without parameters that carry a secret; the other parameters stay byte for byte."""
    parts = urlsplit(url)
    kept = [
        pair for pair in parts.query.split("&") if unquote_plus(pair.partition("=")[0]).lower() not in SECRET_PARAMETERS
    ]
    return urlunsplit(parts._replace(query="&".join(kept)))


def with_half(url: str, parameter: str) -> str | None:
    """Return an address with a numeric parameter halved, or None if it is not there or is 1 already."""
    parts: SplitResult = urlsplit(url)
    pairs = [pair.partition("=") for pair in parts.query.split("&")]
    sizes = [int(value) for name, _, value in pairs if name == parameter and value.isdecimal()]
    if not sizes or sizes[-1] <= 1:
        return None
    halved = "&".join(
        f"{name}={sizes[-1] // 2}" if name == parameter else f"{name}{equals}{value}" for name, equals, value in pairs
    )
    return urlunsplit(parts._replace(query=halved))
