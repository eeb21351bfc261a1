"""The reading room's server: where it listens, its limits, and its end."""

from __future__ import annotations

import errno
import os
import socket
from typing import TYPE_CHECKING

from urval.errors import ConfigError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

    from urval.reading_room.access.gate import Gate

MOST_AT_ONCE = 200  # connections; further ones are answered 503
_PAUSE = 5  # seconds for which a connection is kept between two requests
_HEAD = 32_768  # bytes of a request's head


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Raises:
        ConfigError: The port is taken, or the address is not this machine's, or may not be used.
    """
    taken = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if os.name == "posix":
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((host, port))
        taken.listen(128)
    except (OSError, OverflowError) as error:
        taken.close()
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"port {port} of {host} is in use", next_step="Give another with --port; 0 takes a free one."
            ) from error
        why = error.strerror if isinstance(error, OSError) else "there is no such port"
        raise ConfigError(f"cannot listen at {host}, port {port}: {why}") from error
    return taken


def configured(app: FastAPI) -> Config:
    """Return how uvicorn serves the room: no header of a proxy is believed, nothing that is asked for is logged."""
    import uvicorn

    from urval.reading_room.access.patience import ImpatientProtocol

    return uvicorn.Config(
        app, http=ImpatientProtocol, ws="none", proxy_headers=False, server_header=False, access_log=False,
        log_config=None, limit_concurrency=MOST_AT_ONCE, timeout_keep_alive=_PAUSE, h11_max_incomplete_event_size=_HEAD,
        timeout_graceful_shutdown=5, loop="asyncio",
    )  # fmt: skip


def serve(app: FastAPI, listening: socket.socket) -> None:
    """Serve until Ctrl-C, which ends it in good order."""
    import uvicorn

    try:
        uvicorn.Server(configured(app)).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn has ended in good order, and passes on what ended it
        return


def room_address(gate: Gate, listening: socket.socket) -> str:
    """Return the address that a person opens."""
    public = getattr(gate, "public", None)
    if public is not None:
        return f"{public.origin}/"
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/"
