"""The browser's only way to the network while it takes a picture: a proxy that looks where each connection leads.

A public page is hostile until shown otherwise: a picture or script on it, or a redirect, may point at the machine
itself, at the city's inner network or at a cloud's metadata service, and what answers would stand in the picture. The
browser asks this proxy for every connection, redirects, frames and sockets included; the name is resolved here, every
address must be public, and the connection goes to the address that was looked at. The hosts a person wrote into the
spec are trusted. Once ``connect_to`` leads a run elsewhere, there is nothing but the hosts it names.
"""

from __future__ import annotations

import selectors
import socket
import threading
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING, Final, Self

from connectors import _address as address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_BYTES: Final = 256 * 1024 * 1024  # through the proxy while it lives, both ways
_CONNECT_SECONDS, _IDLE_SECONDS = 10.0, 30.0
_LINE_BYTES, _HEADER_LINES = 16_384, 200
_PIECE = 65_536
_FOR_THIS_PROXY = (b"proxy-", b"connection:", b"keep-alive:")


class _NotAllowedError(Exception):
    """A connection that leads where the browser may not go, or a request that is none."""


class PageProxy:
    """Listens on a free port of loopback from entry to exit. ``refused``: the ``host:port`` not let through."""

    def __init__(
        self,
        *,
        own: frozenset[str],
        connect_to: Mapping[str, str],
        resolve: Callable[[str, int], list[str]] = address.resolve,
    ) -> None:
        """Build the proxy.

        Args:
            own: Authorities (``host:port``) a person wrote into the spec; they may lie in an inner network.
            connect_to: Host name -> ``address:port`` to connect to instead.
            resolve: Host and port -> literal addresses; raises OSError.
        """
        self._own, self._resolve = own, resolve
        self._mapped = {host.lower(): target.rpartition(":") for host, target in connect_to.items()}
        self._lock, self._left = threading.Lock(), MOST_BYTES
        self.refused: set[str] = set()
        self._server = _Server(self)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        """Port on 127.0.0.1."""
        return int(self._server.server_address[1])

    def open(self, host: str, port: int) -> socket.socket:
        """Return a connection to a host, at an address that was looked at (OSError, _NotAllowedError)."""
        for literal, number in self._places(host.lower(), port):
            try:
                return socket.create_connection((literal, number), timeout=_CONNECT_SECONDS)
            except OSError:
                continue
        raise OSError(f"{host} cannot be reached")

    def _places(self, host: str, port: int) -> list[tuple[str, int]]:
        if host in self._mapped:
            literal, _, number = self._mapped[host]
            return [(literal.strip("[]"), int(number))]
        found = [] if self._mapped else self._resolve(host, port)
        if not found or (f"{host}:{port}" not in self._own and not all(map(address.is_public, found))):
            self.refused.add(f"{host}:{port}")
            raise _NotAllowedError(host)
        return [(literal, port) for literal in found]

    def spend(self, count: int) -> bool:
        """Count bytes that passed; false when there were too many."""
        with self._lock:
            self._left -= count
            return self._left >= 0


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, proxy: PageProxy) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.proxy = proxy

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a connection that broke is a picture less on the page, and the page is what is kept."""


class _Handler(StreamRequestHandler):
    rbufsize = 0  # what follows the header must not lie in a buffer
    timeout = _IDLE_SECONDS
    server: _Server

    def handle(self) -> None:
        """Serve one request, or one tunnel."""
        try:
            method, target, headers = self._read_header()
            with self._upstream(method, target, headers) as upstream:
                self._pass_on(upstream)
        except (_NotAllowedError, ValueError):
            self._answer(b"403 Forbidden")
        except OSError:
            self._answer(b"502 Bad Gateway")

    def _read_header(self) -> tuple[str, str, list[bytes]]:
        first = self.rfile.readline(_LINE_BYTES).decode("latin-1").split()
        headers: list[bytes] = []
        while (line := self.rfile.readline(_LINE_BYTES)) not in {b"\r\n", b"\n", b""}:
            headers.append(line)
            if len(headers) > _HEADER_LINES:
                raise ValueError("too many header lines")
        method, target, _version = first
        return method, target, headers

    def _upstream(self, method: str, target: str, headers: list[bytes]) -> socket.socket:
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            upstream = self.server.proxy.open(host.strip("[]"), int(port))
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return upstream
        asked = address.target_of(target)
        if asked.scheme != "http":
            raise ValueError("only plain http comes without a tunnel")
        upstream = self.server.proxy.open(asked.host, asked.port)
        path = "/" + asked.url.split("//", 1)[1].partition("/")[2]
        kept = [line for line in headers if not line.lower().startswith(_FOR_THIS_PROXY)]
        # One request a connection, so that a second one cannot go to the first one's host.
        head = [f"{method} {path} HTTP/1.1\r\n".encode("latin-1"), *kept, b"Connection: close\r\n\r\n"]
        upstream.sendall(b"".join(head))
        return upstream

    def _pass_on(self, upstream: socket.socket) -> None:
        """Pass bytes on in both directions until one side has no more, is silent too long, or there were too many."""
        with selectors.DefaultSelector() as ready:
            ready.register(self.connection, selectors.EVENT_READ, upstream)
            ready.register(upstream, selectors.EVENT_READ, self.connection)
            while events := ready.select(_IDLE_SECONDS):
                for key, _ in events:
                    source = key.fileobj
                    piece = source.recv(_PIECE) if isinstance(source, socket.socket) else b""
                    if not piece or not self.server.proxy.spend(len(piece)):
                        return
                    key.data.sendall(piece)

    def _answer(self, status: bytes) -> None:
        self.wfile.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
