"""Connections of the gate: to another address than the name's own where told so, and with an eye on who answers.

The certificate is read when the TLS handshake is done: later the socket may be gone, as after ``Connection: close``.
"""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.ssltransport import SSLTransport

if TYPE_CHECKING:
    import requests
    from urllib3.poolmanager import PoolManager


@dataclass(frozen=True, slots=True)
class Peer:
    """Who answered over TLS: the protocol's version, and the hex SHA-256 of the certificate shown (DER)."""

    version: str
    certificate: str


class _PeerConnection(HTTPSConnection):
    peer: Peer | None = None

    def connect(self) -> None:
        super().connect()
        self.peer = None
        if isinstance(self.sock, ssl.SSLSocket | SSLTransport):
            shown = self.sock.getpeercert(binary_form=True)
            if isinstance(shown, bytes) and shown:
                self.peer = Peer(self.sock.version() or "", hashlib.sha256(shown).hexdigest())


class _PeerPool(HTTPSConnectionPool):
    ConnectionCls = _PeerConnection


def _watched(manager: PoolManager) -> PoolManager:
    manager.pool_classes_by_scheme = {"http": HTTPConnectionPool, "https": _PeerPool}
    return manager


class ConnectTo(HTTPAdapter):
    """Connects to another address than the one a host name resolves to; name, Host header and TLS stay the host's."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)
        self.targets: dict[str, tuple[str, int]] = {}  # of a host, whatever the port
        self.pinned: dict[tuple[str, int], str] = {}  # of a medium's host and port: the address that was checked

    def init_poolmanager(self, *given: Any, **settings: Any) -> None:
        """Make the pools of connections (a place requests names for overriding)."""
        super().init_poolmanager(*given, **settings)
        _watched(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **settings: Any) -> PoolManager:
        """Return the pools of connections through a proxy (a place requests names for overriding)."""
        return _watched(super().proxy_manager_for(proxy, **settings))

    def get_connection_with_tls_context(self, request: Any, verify: Any, proxies: Any = None, cert: Any = None) -> Any:
        """Return the connection pool for a request (the place requests documents for overriding)."""
        parts = urlsplit(request.url)
        name, port = parts.hostname or "", parts.port or {"http": 80}.get(parts.scheme, 443)
        target = self.targets.get(name) or ((self.pinned[name, port], port) if (name, port) in self.pinned else None)
        if target is None:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        host, pool = self.build_connection_pool_key_attributes(request, verify, cert)
        names = {"server_hostname": parts.hostname, "assert_hostname": parts.hostname}
        context = {**pool, **names} if parts.scheme == "https" else pool
        return self.poolmanager.connection_from_host(target[0], target[1], host["scheme"], pool_kwargs=context)


def peer_of(response: requests.Response) -> Peer | None:
    """Return who answered over TLS, None over plain HTTP. To be asked before the body is read."""
    connection = getattr(response.raw, "connection", None)
    return connection.peer if isinstance(connection, _PeerConnection) else None
