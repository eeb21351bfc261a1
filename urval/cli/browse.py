"""``urval browse``: the reading room over a store."""

from __future__ import annotations

import logging
import os
import webbrowser
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.output import tell
from urval.errors import ConfigError

if TYPE_CHECKING:
    from urval.reading_room import Room

_PORT = 8750


def browse(
    store: Annotated[str, typer.Argument(help="A folder, or s3://bucket/prefix?endpoint=…", show_default=False)],
    spec: Annotated[
        list[Path] | None, typer.Option("--spec", help="The archive spec; shows what is due, and lets review.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="Where to listen; 0 takes a free one.")] = _PORT,
    role: Annotated[
        str, typer.Option("--role", help="On this machine: visitor, auditor, archivist or administrator.")
    ] = "visitor",
    by: Annotated[str, typer.Option("--by", help="Who looks; else the user's name.")] = "",
    *,
    open_browser: Annotated[bool, typer.Option("--open", help="Open the browser.")] = False,
) -> None:
    """Browse, search and verify a store in the browser, on this machine only, without changing anything."""
    import uvicorn

    from urval.reading_room import Role, Visitor, create_app

    if role not in set(Role):
        raise typer.BadParameter(f"{role} is no role: {', '.join(Role)}", param_hint="--role")
    visitor = Visitor(name=by or os.environ.get("USER", ""), role=Role(role), known_by="loopback")
    app = create_app(_room(store, tuple(spec or ())), visitor=visitor)
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", server_header=False)
    listening = config.bind_socket()
    address = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    tell(f"The reading room is open at {address}; end it with Ctrl-C.")
    if open_browser:
        webbrowser.open(address)
    uvicorn.Server(config).run(sockets=[listening])


def _room(uri: str, specs: tuple[Path, ...]) -> Room:
    from urval.reading_room import Room, RoomSettings
    from urval.store import open_store

    opened = open_store(uri, must_exist=True)
    name = sha256(opened.uri.encode()).hexdigest()[:16]
    settings = RoomSettings(
        cache=_folder("XDG_CACHE_HOME", "~/.cache") / "rooms" / name,
        access_log=_folder("XDG_STATE_HOME", "~/.local/state") / "rooms" / name / "access.jsonl",
        specs=specs,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return Room(opened, settings)
    except OSError as error:
        raise ConfigError(
            f"the index cannot be kept in {settings.cache}: {error.strerror}", next_step="Set XDG_CACHE_HOME."
        ) from error


def _folder(variable: str, otherwise: str) -> Path:
    base = os.environ.get(variable, "")
    return Path(base if base.startswith("/") else otherwise).expanduser() / "urval"
