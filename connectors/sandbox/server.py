"""One HTTP server on loopback for all of the sandbox's hosts, routed by the Host header.

The virtual names stand in every address; the port is only in ``Sandbox.connect_to``. So bodies are byte for byte the
same in every run, and a client must connect as ``curl --connect-to`` does.
"""

from __future__ import annotations

import socket
import struct
import threading
from dataclasses import dataclass
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit

from connectors.sandbox.answers import BLOG_HOST, CDN_HOST, GRAPH_HOST, HOSTS, OTHER_HOST, Answer, Request, mark
from connectors.sandbox.city import BLOG
from connectors.sandbox.facebook import Graph
from connectors.sandbox.faults import Fault, FaultDesk
from connectors.sandbox.platforms import PLATFORMS
from connectors.sandbox.spoiling import spoiled
from connectors.sandbox.time_stamps import STAMP_HOST, TimeStamps
from connectors.sandbox.truth import Truth, truth_of
from connectors.sandbox.wordpress import Blog
from connectors.sandbox.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from types import TracebackType

    from connectors.sandbox.city import City

_CHUNKS = 20  # a slow body comes in so many pieces


@dataclass(frozen=True, slots=True)
class Call:
    """An answered request. ``target`` is path and query, credentials replaced; ``credential``: it carried one."""

    host: str
    method: str
    target: str
    status: int
    credential: bool


class Sandbox:
    """The fake platforms of a city. Use as a context manager; the server runs from entry to exit."""

    def __init__(self, city: City, clock: Callable[[], datetime]) -> None:
        """Prepare the platforms; ``clock`` gives the aware time for ``Date`` headers and edits."""
        self.city, self._clock = city, clock
        self._world = World(city, clock)
        pages = [account.key for account in city.accounts if account.platform == "facebook"]
        self.tokens = {key: f"EAAS{mark('token', city.seed, key, length=60)}ZD" for key in pages}
        self.tokens_without_moderation = {key: f"EAAR{mark('reader', city.seed, key, length=60)}ZD" for key in pages}
        known = {token: (key, True) for key, token in self.tokens.items()}
        known |= {token: (key, False) for key, token in self.tokens_without_moderation.items()}
        self._answerers: dict[str, Callable[[Request], Answer]] = {
            GRAPH_HOST: Graph(self._world, known).answer,
            CDN_HOST: self._world.shelf.answer,
            OTHER_HOST: self._world.shelf.answer,
            STAMP_HOST: TimeStamps().answer,
        }
        present = {account.key for account in city.accounts}
        if BLOG in present:
            self._answerers[BLOG_HOST] = Blog(self._world, BLOG).answer
        platforms = [make(self._world) for key, make in PLATFORMS.items() if key in present]
        self._platforms = {platform.account: platform for platform in platforms}
        self._by_host = {host: platform for platform in platforms for host in platform.hosts}
        self._answerers |= {host: platform.answer for host, platform in self._by_host.items()}
        self.tokens |= {key: platform.credential for key, platform in self._platforms.items() if platform.credential}
        self._desk, self._lock, self._calls = FaultDesk(), threading.Lock(), list[Call]()
        self._stopping = threading.Event()
        self._server: _Server | None = None

    def __enter__(self) -> Self:
        """Start the server on a free port of loopback."""
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server; slow answers under way are cut short."""
        self._stopping.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    @property
    def connect_to(self) -> dict[str, str]:
        """Return, for each virtual host, the ``127.0.0.1:PORT`` to connect to (RuntimeError before entry)."""
        if self._server is None:
            raise RuntimeError("The sandbox has not been entered.")
        return dict.fromkeys((*HOSTS, *self._by_host), f"127.0.0.1:{self._server.server_address[1]}")

    @property
    def calls(self) -> list[Call]:
        """Return all calls answered so far, in order."""
        with self._lock:
            return list(self._calls)

    def forget_calls(self) -> None:
        """Empty the list of calls."""
        with self._lock:
            self._calls.clear()

    def truth(self, account: str, start: datetime | None = None, end: datetime | None = None) -> Truth:
        """Return what a perfect capture would hold now, for ``[start, end)`` (else the city's window)."""
        window = start or self.city.start, end or self.city.end
        return truth_of(self._world, account, *window, self._platforms.get(account))

    def misbehave(self, fault: Fault) -> None:
        """Order a fault."""
        self._desk.order(fault)

    def behave(self) -> None:
        """Take back every fault ordered."""
        self._desk.clear()

    def delete_post(self, account: str, post_id: str) -> None:
        """Delete a post for good (KeyError if there is none)."""
        self._world.delete_post(account, post_id)

    def delete_comment(self, account: str, comment_id: str) -> None:
        """Delete a comment: Facebook counts it on; WordPress moves its answers up."""
        self._world.delete_comment(account, comment_id)

    def hide_comment(self, account: str, comment_id: str) -> None:
        """Hide a comment (Facebook), or hold it (WordPress)."""
        self._world.hide_comment(account, comment_id)

    def edit_post(self, account: str, post_id: str, text: str) -> None:
        """Change a post's text now."""
        self._world.edit_post(account, post_id, text)

    def edit_comment(self, account: str, comment_id: str, text: str) -> None:
        """Change a comment's text now (KeyError if there is none)."""
        self._world.edit_comment(account, comment_id, text)

    def answer(self, request: Request) -> Answer:
        """Answer a request without the network: routed by host, faults applied, call noted."""
        answerer = self._answerers.get(request.host)
        if answerer is None:
            answer = Answer(421, [("Content-Type", "text/plain")], body=b"Misdirected Request\n")
        else:
            answer = answerer(request)
            for fault in self._desk.due(request):
                answer = spoiled(fault, request, answer, self._world, self._by_host.get(request.host))
        credential = bool(request.token or request.headers.get("authorization"))
        with self._lock:
            self._calls.append(Call(request.host, request.method, request.shown, answer.status, credential))
        return answer

    def date(self) -> str:
        """Return the clock's time as a Date header."""
        return format_datetime(self._clock(), usegmt=False).replace("+0000", "GMT")

    def wait(self, seconds: float) -> bool:
        """Wait, or return true at once when the sandbox is closing."""
        return self._stopping.wait(seconds)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client goes away in mid-answer, which clients under test do."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "Sandbox", ""
    disable_nagle_algorithm = True
    timeout = 60

    def __init__(self, sandbox: Sandbox, *arguments: Any) -> None:
        self._sandbox = sandbox
        super().__init__(*arguments)

    def _serve(self) -> None:
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), 1_000_000)) if length.isdecimal() else b""
        try:
            parts = urlsplit(self.path)
        except ValueError:
            self.send_error(400, "Bad Request")
            return
        host = (parts.netloc or self.headers.get("Host", "")).rsplit(":", 1)[0].lower()
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Request.parsed(self.command, host, unquote(parts.path), parts.query, headers, body)
        self._send(self._sandbox.answer(asked))

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve  # noqa: N815 - base class

    def _send(self, answer: Answer) -> None:
        body = answer.encoded()
        self.send_response_only(answer.status)
        self.send_header("Date", self._sandbox.date())
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if answer.declared_length is None else answer.declared_length))
        if answer.cut_after is not None:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(body[: answer.cut_after], answer.seconds)
        if answer.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

    def _send_body(self, body: bytes, seconds: float) -> None:
        if not seconds:
            self.wfile.write(body)
            return
        step = max(1, -(-len(body) // _CHUNKS))
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            if self._sandbox.wait(seconds / _CHUNKS):
                self.close_connection = True
                return

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not even HTTP with a plain sentence."""
        text = f"{code} {message or explain or 'Bad Request'}\n".encode("ascii", "replace")
        self.close_connection = True
        self._send(Answer(code, [("Content-Type", "text/plain"), ("Connection", "close")], body=text))

    def log_message(self, *_arguments: object) -> None:
        """Write no log: ``Sandbox.calls`` is the log, and standard error belongs to the program under test."""
