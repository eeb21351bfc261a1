"""A real HTTP server on loopback whose answers a test writes, and a gate that reaches it under a made-up host name."""

from __future__ import annotations

import json
import os
import socket
import ssl
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from warcio.archiveiterator import ArchiveIterator

from connectors import Gate, GateSettings, WarcFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass
class Call:
    """A request as the server saw it."""

    host: str
    path: str
    headers: dict[str, str]


@dataclass
class Reply:
    """An answer. ``length`` overrides Content-Length; ``reset`` breaks the connection after the body."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    length: int | None = None
    reset: bool = False


def said(value: object, status: int = 200, **headers: str) -> Reply:
    """Return a JSON answer; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json", **named})


@contextmanager
def serving(
    answer: Callable[[Call], Reply], certificate: tuple[Path, Path] | None = None
) -> Iterator[tuple[str, list[Call]]]:
    """Run the server; yields ``127.0.0.1:port`` and the calls as they come in."""
    calls: list[Call] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            call = Call(self.headers["Host"], self.path, dict(self.headers.items()))
            calls.append(call)
            reply = answer(call)
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) if reply.length is None else reply.length))
            self.end_headers()
            self.wfile.write(reply.body)
            self.wfile.flush()
            if reply.reset:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())
            if reply.reset or reply.length is not None:
                self.close_connection = True

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", calls
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Bench:
    """A gate with its files, its pauses and the calls the server saw."""

    gate: Gate
    calls: list[Call]
    slept: list[float]
    folder: Path
    address: str

    @property
    def warc(self) -> Path:
        """The WARC; whole once the gate is closed."""
        return self.folder / "exchanges.warc.gz"

    def records(self) -> list[tuple[str, str, dict[str, str], bytes]]:
        """Return the WARC's records: type, target, HTTP headers, content as stored."""
        found = []
        with self.warc.open("rb") as file:
            for record in ArchiveIterator(file, check_digests="raise"):
                http = dict(record.http_headers.headers) if record.http_headers else {}
                body = record.raw_stream.read()
                found.append((record.rec_type, record.rec_headers.get_header("WARC-Target-URI"), http, body))
        return found


@contextmanager
def bench(
    folder: Path,
    answer: Callable[[Call], Reply],
    hosts: tuple[str, ...] = ("api.exempelstad.example",),
    settings: GateSettings | None = None,
    certificate: tuple[Path, Path] | None = None,
    **options: object,
) -> Iterator[Bench]:
    """Open a gate on a server of one's own; pauses are noted, not waited for."""
    slept: list[float] = []
    with serving(answer, certificate) as (address, calls):
        warc = WarcFile(
            folder / "exchanges.warc.gz", capture_id="test", clock=lambda: NOW, software={"software": "urval"}
        )
        with (
            warc,
            Gate(
                settings or GateSettings(),
                clock=lambda: NOW,
                sleep=slept.append,
                warc=warc,
                media=folder / "media",
                connect_to=dict.fromkeys(hosts, address),
                **options,
            ) as gate,
        ):
            yield Bench(gate, calls, slept, folder, address)
