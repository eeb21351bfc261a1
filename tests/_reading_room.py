"""The reading room over a store: as a client that asks it directly, and as a server that a browser can reach."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.testclient import TestClient

from urval.reading_room import Role, Room, RoomSettings, Services, Visitor, create_app
from urval.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fastapi import FastAPI


def visitor(role: Role = Role.VISITOR, name: str = "Alva") -> Visitor:
    """Return who looks."""
    return Visitor(name=name, role=role, known_by="loopback")


def room_over(
    store: Path | str, folder: Path, *, services: Services | None = None, specs: tuple[Path, ...] = ()
) -> Room:
    """Return a room over a store, its index and log in a folder, the index up to date."""
    settings = RoomSettings(cache=folder / "room-cache", access_log=folder / "access.jsonl", specs=specs)
    room = Room(open_store(str(store), must_exist=True), settings, services)
    room.index.bring_up_to_date(room.store)
    return room


@contextmanager
def client(
    store: Path | str, folder: Path, role: Role = Role.VISITOR, *, services: Services | None = None,
    specs: tuple[Path, ...] = (),
) -> Iterator[TestClient]:  # fmt: skip
    """Give a client of the room; it follows no redirect, and answers in English unless asked otherwise."""
    app = create_app(room_over(store, folder, services=services, specs=specs), visitor=visitor(role))
    with TestClient(
        app, base_url="http://127.0.0.1", follow_redirects=False, headers={"accept-language": "en"},
        raise_server_exceptions=False,
    ) as asking:  # fmt: skip
        yield asking


@dataclass(frozen=True)
class Served:
    """A room that a browser reaches."""

    address: str
    room: Room


@contextmanager
def served(app: FastAPI) -> Iterator[Served]:
    """Serve an application on a free port of loopback, in a thread that ends with the test."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", proxy_headers=False)
    listening = config.bind_socket()
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    try:
        yield Served(f"http://127.0.0.1:{listening.getsockname()[1]}", app.state.room)
    finally:
        server.should_exit = True
        thread.join(timeout=30)
        listening.close()


def json_of(asking: TestClient, path: str, status: int = 200) -> Any:
    """Return a page's JSON twin."""
    answer = asking.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:500]}"
    return answer.json()
