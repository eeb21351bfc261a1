"""Browsers of their own at one reading room, the room as `urval browse` serves it, and a form that takes a file."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, File, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from urval.cli.serving import configured, listen
from urval.reading_room.access import Role
from urval.reading_room.access.forms import token_of
from urval.reading_room.pages import AskedHere, Pages, Target
from urval.reading_room.views import access, overview, packages

uploads = Pages()
taken: list[int] = []  # bytes of each file that the form below was given


@uploads.act("/upload", name="upload", role=Role.ARCHIVIST, most_bytes=3_000_000)
def upload(here: AskedHere, file: Annotated[UploadFile, File()]) -> Target:  # noqa: ARG001 - what a page is asked with
    """Take a file, and forget it."""
    taken.append(file.size or 0)
    return Target("overview")


@uploads.get("/upload-token", name="upload_token")
def upload_token(request: Request) -> Response:
    """Give the field that every form has."""
    return Response(f'<input type="hidden" name="token" value="{token_of(request)}">')


FEW = (overview.pages, packages.pages, access.pages, uploads)  # an application of all groups is dear to make


def browser_of(app: FastAPI, base: str = "http://127.0.0.1", peer: str = "127.0.0.1") -> TestClient:
    """Return a browser with cookies of its own; it follows no redirect, and prefers English."""
    return TestClient(
        app, base_url=base, follow_redirects=False, headers={"accept-language": "en"}, raise_server_exceptions=False,
        client=(peer, 40_000),
    )  # fmt: skip


def token_in(page: str) -> str:
    """Return the form token of a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


@contextmanager
def at_work(app: FastAPI, **changes: Any) -> Iterator[tuple[str, int]]:
    """Serve a room as `urval browse` does, in a thread; give the address."""
    listening = listen("127.0.0.1", 0)
    config = configured(app)
    for name, value in changes.items():
        setattr(config, name, value)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield listening.getsockname()
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listening.close()


def said_to(address: tuple[str, int], sent: bytes, seconds: float = 10) -> bytes:
    """Send bytes to a server, and return all that it says until it ends the connection."""
    with socket.create_connection(address, timeout=seconds) as line:
        line.sendall(sent)
        return _all_of(line)


def pour(address: tuple[str, int], head: bytes, most: int) -> tuple[int, bytes]:
    """Send a head and then chunks without end, up to ``most`` bytes; return how many were taken, and the answer."""
    block, sent = b"100000\r\n" + b"x" * 0x100000 + b"\r\n", 0
    with socket.create_connection(address, timeout=15) as line:
        line.sendall(head)
        try:
            while sent < most:
                line.sendall(block)
                sent += 0x100000
        except OSError:
            pass
        return sent, _all_of(line)


def _all_of(line: socket.socket) -> bytes:
    said = b""
    try:
        while more := line.recv(65536):
            said += more
    except ConnectionError:
        pass
    return said
