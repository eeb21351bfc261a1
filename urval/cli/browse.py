"""``urval browse``: the reading room over a store."""

from __future__ import annotations

import gc
import logging
import os
import webbrowser
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from urval.cli import browse_options as given  # noqa: TC001 - Typer evaluates the annotations
from urval.cli.admitting import Admitting
from urval.cli.checking_log import check_log
from urval.cli.export_room import export_room
from urval.cli.output import tell
from urval.cli.serving import listen, room_address, serve
from urval.errors import ConfigError

if TYPE_CHECKING:
    from socket import socket

    from urval.reading_room import Room, Services
    from urval.verify import Trust

_PORT = 8750


def browse(
    store: given.StoreArgument,
    spec: given.Specs = None,
    host: given.HostOption = "127.0.0.1",
    port: given.Port = _PORT,
    role: given.RoleOption = "visitor",
    by: given.ByOption = "",
    public_url: given.PublicUrl = "",
    oidc_issuer: given.Issuer = "",
    oidc_client_id: given.ClientId = "",
    oidc_secret: given.OidcSecret = "",
    oidc_role_claim: given.RoleClaim = "",
    role_map: given.RoleMap = None,
    proxy_user_header: given.UserHeader = "",
    proxy_role_header: given.RoleHeader = "",
    trusted_proxy: given.TrustedProxy = None,
    proxy_secret: given.ProxySecret = "",
    access_log: given.AccessLogFile = None,
    fixed_time: given.FixedTime = None,
    keys: given.Keys = None,
    authorities: given.Authorities = None,
    *,
    open_browser: given.OpenBrowser = False,
    export: given.Export = None,
    language: given.LanguageOption = None,
    dry_run: given.DryRun = False,
    check_access_log: given.CheckAccessLog = False,
    noted: given.Noted = "",
    rebuild_index: given.RebuildIndex = False,
) -> None:
    """Browse, search and verify a store in the browser: on this machine, or behind a login. Ctrl-C ends it."""
    _require_installed()
    admitting = Admitting(
        host=host, role=role, by=by, public_url=public_url, issuer=oidc_issuer, client_id=oidc_client_id,
        oidc_secret=oidc_secret, role_claim=oidc_role_claim, role_map=role_map or [], user_header=proxy_user_header,
        role_header=proxy_role_header, trusted=trusted_proxy or [], proxy_secret=proxy_secret,
    )  # fmt: skip
    specs = tuple(spec or ())
    if check_access_log:
        raise typer.Exit(check_log(_log_of(store, access_log), noted))
    if export is None and (dry_run or language):
        raise typer.BadParameter("it is an option of --export", param_hint="--dry-run" if dry_run else "--language")
    if export is not None:
        raise typer.Exit(export_room(_room(store, specs), export, chosen=language, dry_run=dry_run))
    admitting.gate(port)  # what is wrong with the options is said before anything is opened
    with listen(host, port) as listening:
        room = _room(store, specs, fixed_time, access_log, _trust(keys, authorities))
        if rebuild_index:
            room.index.throw_away()
        _open(room, admitting, listening, open_browser=open_browser)


def _open(room: Room, admitting: Admitting, listening: socket, *, open_browser: bool) -> None:
    """Serve a room until it is ended."""
    from urval.reading_room import create_app

    gate = admitting.gate(listening.getsockname()[1])
    app = create_app(room, gate=gate)
    address = room_address(gate, listening)
    tell(f"The reading room is open at {address}; end it with Ctrl-C.")
    if admitting.everybody_is:
        tell(f"There is no login: whoever works on this machine is let in as {admitting.everybody_is}.")
    if open_browser:
        webbrowser.open(address)
    serve(app, listening)
    tell("The reading room is closed.")


def _require_installed() -> None:
    """Load what the room needs.

    What is loaded stays, so looking through it for garbage again and again, a fifth of the start, is put off.
    """
    gc.disable()
    try:
        import uvicorn  # noqa: F401 - whether it is there

        import urval.reading_room  # noqa: F401 - as before
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"the reading room needs the module {error.name}, which is not installed here",
            next_step="Give: pip install 'urval[browse]'",
        ) from error
    finally:
        gc.freeze()
        gc.enable()


def _log_of(store: str, chosen: Path | None) -> Path:
    """Return the file of a store's access log.

    Raises:
        StoreError: There is no such store.
    """
    from urval.store import open_store

    uri = open_store(store, must_exist=True).uri
    name = sha256(uri.encode()).hexdigest()[:16]
    return chosen or _folder("XDG_STATE_HOME", "~/.local/state") / "rooms" / name / "access.jsonl"


def _trust(keys: Path | None, authorities: Path | None) -> Trust | None:
    """Return what seals are judged by, where a person named it."""
    from urval.cli.trusting import trust_in

    return trust_in(keys, authorities) if keys or authorities else None


def _room(
    uri: str, specs: tuple[Path, ...], fixed_time: str | None = None, access_log: Path | None = None,
    trust: Trust | None = None,
) -> Room:  # fmt: skip
    from urval.reading_room import Room, RoomSettings
    from urval.store import open_store

    opened = open_store(uri, must_exist=True)
    name = sha256(opened.uri.encode()).hexdigest()[:16]
    settings = RoomSettings(
        cache=_folder("XDG_CACHE_HOME", "~/.cache") / "rooms" / name,
        access_log=_log_of(uri, access_log),
        specs=specs,
        trust=trust,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        return Room(opened, settings, _services(uri, specs, fixed_time))
    except OSError as error:
        raise ConfigError(
            f"the index cannot be kept in {settings.cache}: {error.strerror}", next_step="Set XDG_CACHE_HOME."
        ) from error


def _services(uri: str, specs: tuple[Path, ...], fixed_time: str | None) -> Services:
    """Return what the room is given; the desk only where there is a spec, and the flows are installed."""
    from urval.cli.proving import StoreProver
    from urval.reading_room import Services

    prover = StoreProver()
    if not specs:
        return Services(prover=prover)
    try:
        from urval.cli.desk import ArchiveDesk
    except ModuleNotFoundError as error:
        logging.getLogger("urval.cli").warning(
            "nothing can be reviewed here: the module %s is not installed", error.name
        )
        return Services(prover=prover)
    return Services(prover=prover, desk=ArchiveDesk(uri, specs, fixed_time=fixed_time))


def _folder(variable: str, otherwise: str) -> Path:
    base = os.environ.get(variable, "")
    return Path(base if base.startswith("/") else otherwise).expanduser() / "urval"
