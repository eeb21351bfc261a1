"""How large and how slow a request may be."""

from __future__ import annotations

import asyncio
import resource
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from _reading_room import room_over, visitor
from _room_access import FEW, at_work, browser_of, pour, said_to, taken, token_in
from _run_store import run_store
from starlette.exceptions import HTTPException

from urval.reading_room import Role, create_app
from urval.reading_room.access.limits import Body
from urval.reading_room.access.patience import ImpatientProtocol

if TYPE_CHECKING:
    from fastapi import FastAPI


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Give the room on loopback, opened for an archivist."""
    room = room_over(run_store(), tmp_path_factory.mktemp("room"))
    return create_app(room, visitor=visitor(Role.ARCHIVIST), groups=FEW)


def test_a_large_upload_is_refused_without_being_kept(app: FastAPI) -> None:
    """A gigabyte is refused by its length; one without a length once more came than is taken; neither is kept."""
    with at_work(app) as address:
        browser = browser_of(app)
        token = token_in(browser.get("/upload-token").text)
        cookie = browser.cookies["urval_session"]
        head = (
            f"POST /upload HTTP/1.1\r\nHost: 127.0.0.1:{address[1]}\r\nCookie: urval_session={cookie}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\n"
        )
        said = said_to(address, f"{head}Content-Length: 1073741824\r\n\r\n".encode())
        assert b" 413 " in said.splitlines()[0]
        part = f'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n{token}\r\n--b\r\n'
        part += 'Content-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        before, count = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, len(taken)
        chunk = f"{len(part):x}\r\n{part}\r\n"
        sent, answer = pour(address, f"{head}Transfer-Encoding: chunked\r\n\r\n{chunk}".encode(), 1 << 30)
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert sent < 100_000_000, "it went on taking what it had refused"
    assert not answer or b" 413 " in answer.splitlines()[0]
    assert grown < 60_000, f"{grown} kB more memory"
    assert len(taken) == count


def test_each_form_says_how_much_it_takes(app: FastAPI) -> None:
    """A form for files takes what it says, another one megabyte; both answer what is more with a clear page."""
    browser = browser_of(app)
    token = token_in(browser.get("/upload-token").text)
    fits, large = ({"file": ("a", b"x" * size)} for size in (2_900_000, 3_100_000))
    assert browser.post("/upload", data={"token": token}, files=fits).status_code == 303
    refused = browser.post("/upload", data={"token": token}, files=large)
    assert refused.status_code == 413
    assert "larger than what is taken here" in refused.text
    assert browser.post("/nowhere", content=b"x" * 1_100_000).status_code == 413
    stream = browser.post("/upload", content=(b"x" * 100_000 for _ in range(40)), headers={
        "content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    assert stream.status_code == 413


def test_a_form_has_few_files_and_no_nonsense(app: FastAPI) -> None:
    """Hundreds of files in a form, or bytes that are no form, are a bad request, not a fault."""
    browser = browser_of(app)
    token = token_in(browser.get("/upload-token").text)
    many = [("file", (f"{number}", b"x")) for number in range(30)]
    assert browser.post("/upload", data={"token": token}, files=many).status_code == 400
    for content, kind in (
        (b"\0\xff", "multipart/form-data"),
        (b"--b", "multipart/form-data; boundary=b"),
        (b"{", "x/y"),
    ):
        answer = browser.post("/upload", content=content, headers={"content-type": kind})
        assert answer.status_code in {400, 403, 422}


def test_long_addresses_and_headers_are_refused(app: FastAPI) -> None:
    """Addresses and headers beyond a browser's are refused with the status that says so."""
    browser = browser_of(app)
    assert browser.get(f"/packages?q={'a' * 9000}").status_code == 414
    assert browser.get("/packages", headers={"x-a": "b" * 40_000}).status_code == 431


def test_a_slow_body_is_not_waited_for() -> None:
    """A body of which nothing comes is given up, with 408."""

    async def never() -> Any:
        await asyncio.sleep(60)

    body = Body(never, [(b"content-length", b"10")], patience=0.05)
    with pytest.raises(HTTPException) as raised:
        asyncio.run(body.receive())
    assert raised.value.status_code == 408


def test_a_slow_head_is_not_waited_for(app: FastAPI) -> None:
    """Connections that say nothing, or half a request, or half a second one, are ended."""

    class Hasty(ImpatientProtocol):
        head_within = 0.3

    with at_work(app, http=Hasty) as address:
        whole = b"GET /nowhere.json HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % address[1]
        for first, then in ((b"", b""), (b"GET / HTTP/1.1\r\nHo", b""), (whole, whole[:9])):
            begun = time.monotonic()
            with socket.create_connection(address, timeout=4) as line:
                line.sendall(first)
                if then:
                    assert line.recv(65536).startswith(b"HTTP/1.1 404")
                    line.sendall(then)
                while line.recv(65536):
                    pass
            assert time.monotonic() - begun < 3
