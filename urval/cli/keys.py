"""``urval keys``: the keys that packages are signed with. Private keys stay outside the store, encrypted."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.archive import Json, Spec  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import show, show_json, tell
from urval.errors import ConfigError

if TYPE_CHECKING:
    from urval.key_history import KeyEvent
    from urval.package.seal import KeyFolder, Signer
    from urval.spec import ArchiveSpec
    from urval.spec.sealing import SealRule

app = typer.Typer(no_args_is_help=True, help="Make, show and replace the keys that packages are signed with.")

Folder = Annotated[
    Path | None,
    typer.Option("--keys", envvar="URVAL_KEYS", help="Folder of the keys; never the store.", show_default=False),
]
At = Annotated[
    str | None, typer.Option("--at", help="From when it counts, RFC 3339; left out: now.", show_default=False)
]
EndedAt = Annotated[
    str | None,
    typer.Option(
        "--ended-at", help="From when the key before proves nothing, if it was lost or stolen.", show_default=False
    ),
]


@app.command()
def new(spec: Spec, keys: Folder = None, at: At = None, *, as_json: Json = False) -> None:
    """Make the first key of an archive. Its passphrase is read from where the spec says, or asked for."""
    opened, rule, folder = _open(spec, keys)
    event = folder.create("new", identity=rule.identity, passphrase=_passphrase(rule, twice=True), at=_moment(at))
    _tell(event, folder, opened, as_json=as_json)


@app.command(short_help="Replace the newest key, and say why.")
def rotate(
    spec: Spec,
    reason: Annotated[str, typer.Option("--reason", help="Why.", show_default=False)],
    keys: Folder = None,
    at: At = None,
    ended_at: EndedAt = None,
    *,
    lost: Annotated[
        bool, typer.Option("--lost", help="The key before cannot be opened; nothing then leads from it to the new one.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Replace the newest key. The history says until when it counted, and the new key is signed by it."""
    opened, rule, folder = _open(spec, keys)
    passphrase = _passphrase(rule, twice=lost)
    event = folder.create(
        "rotate", identity=rule.identity, passphrase=passphrase, at=_moment(at),
        ended_at=_moment(ended_at) if ended_at else None, reason=reason, before=_before(folder, passphrase, lost=lost),
    )  # fmt: skip
    _tell(event, folder, opened, as_json=as_json)


@app.command(short_help="End the newest key without another.")
def retire(
    spec: Spec,
    reason: Annotated[str, typer.Option("--reason", help="Why.", show_default=False)],
    keys: Folder = None,
    at: At = None,
    ended_at: EndedAt = None,
    *,
    lost: Annotated[bool, typer.Option("--lost", help="The key cannot be opened.")] = False,
    as_json: Json = False,
) -> None:
    """End the newest key without another; nothing is signed until there is one."""
    opened, rule, folder = _open(spec, keys)
    before = None if lost else _before(folder, _passphrase(rule, twice=False), lost=lost)
    event = folder.retire(
        at=_moment(at), ended_at=_moment(ended_at) if ended_at else None, reason=reason, before=before
    )
    _tell(event, folder, opened, as_json=as_json)


@app.command("show")
def show_keys(
    spec: Spec,
    keys: Folder = None,
    *,
    allowed_signers: Annotated[
        bool, typer.Option("--allowed-signers", help="Print the list that ssh-keygen -Y verify takes, to publish it.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Show every key of an archive, and when it was valid. No passphrase is needed."""
    from urval.key_history import allowed_signers as listed
    from urval.key_history import validities

    _, _, folder = _open(spec, keys)
    events = folder.history()
    if as_json:
        show_json([event.model_dump(mode="json") for event in events])
        return
    if not events:
        raise ConfigError(f"there is no key in {folder.folder}", next_step="Make one with: urval keys new --spec FILE")
    if allowed_signers:
        show(listed(events).decode().rstrip("\n"))
        return
    for one in validities(events):
        ends = f"until {_shown(one.ends)}" if one.ends else "valid now"
        show(f"{one.fingerprint}  {one.identity}  from {_shown(one.begins)}, {ends}")


def _open(spec: Path, keys: Path | None) -> tuple[ArchiveSpec, SealRule, KeyFolder]:
    from flows.sealing import key_folder
    from urval.spec import read_spec

    read = read_spec(spec).spec
    if read.seal is None:
        raise ConfigError(
            f"the spec {read.id} has nobody sign its packages",
            next_step="Add 'seal:' with 'identity', and the authorities that stamp the time: docs/operations.md.",
        )
    return read, read.seal, key_folder(read.archive.id, keys)


def _before(folder: KeyFolder, passphrase: str, *, lost: bool) -> Signer | None:
    return None if lost else folder.unlock(passphrase)


def _passphrase(rule: SealRule, *, twice: bool) -> str:
    """Return the passphrase from where the spec says; on a terminal it is asked for where it is not set."""
    from flows.credentials import resolve

    kind, _, name = rule.passphrase.partition(":")
    if kind == "env" and not os.environ.get(name) and os.isatty(0):
        return str(typer.prompt("Passphrase of the seal key", hide_input=True, confirmation_prompt=twice, err=True))
    return resolve(rule.passphrase) or ""


def _tell(event: KeyEvent, folder: KeyFolder, spec: ArchiveSpec, *, as_json: bool) -> None:
    if as_json:
        show_json(event.model_dump(mode="json"))
        return
    if event.fingerprint:
        show(f"{event.fingerprint}  {event.identity}")
    else:
        show(f"the newest key of {spec.archive.id} has ended")
    tell(f"in {folder.folder}; back it up, and keep the passphrase apart from it")
    tell("publish the list of keys where others can find it: urval keys show --allowed-signers --spec …")


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError(f"{text!r} is no time with a time zone", next_step="Write it as 2026-11-02T09:15:00+01:00.")
    return moment.astimezone(UTC)


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
