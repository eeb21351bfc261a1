"""``urval store``: what a store really enforces, and the repair of what is damaged in it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.output import one_line, show, show_json
from urval.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from urval.copies import Repair
    from urval.spec import StorageRule
    from urval.store import StoreCheck

app = typer.Typer(help="What a store enforces, and its repair from a copy.", no_args_is_help=True)

StoreArgument = Annotated[
    str, typer.Argument(metavar="STORE", help="A folder, or s3://bucket/prefix?endpoint=…", show_default=False)
]
SpecOption = Annotated[
    Path | None,
    typer.Option("--spec", help="The archive spec whose 'storage' the store must keep.", show_default=False),
]
Actor = Annotated[str | None, typer.Option("--by", help="Who does it; else the user's name.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


@app.command(short_help="Try what a store enforces, and say it.")
def check(
    store: StoreArgument,
    spec: SpecOption = None,
    *,
    compliance: Annotated[
        bool,
        typer.Option("--compliance", help="Try a compliance lock too; its object stays for a minute, and is named."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be tried, and touch nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Say what a store really enforces, by trying with throw-away objects below probe/, removed again where possible.

    The exit status is 1 if something that Urval, the spec or the store's URI relies on is not enforced.
    """
    from urval.store import check_store

    found = check_store(store, storage=storage_of(spec), compliance=compliance, dry_run=dry_run)
    if isinstance(found, tuple):
        if as_json:
            show_json({"tries": list(found)})
        else:
            for step in ("Would:", *(f"  {one}" for one in found), "Nothing was touched."):
                show(step)
        return
    if as_json:
        show_json(found.as_json())
    else:
        _show_check(found)
    if found.failed:
        first = found.failed[0]
        raise StoreError(
            f"{found.store} does not do what is relied on: {', '.join(line.name for line in found.failed)}",
            next_step=first.todo or "See docs/operations.md, Store.",
        )


@app.command("repair", short_help="Restore damaged objects from a copy.")
def repair_store(
    store: StoreArgument,
    copy: Annotated[str, typer.Option("--from", help="The copy to restore from.", show_default=False)],
    keys: Annotated[list[str] | None, typer.Argument(metavar="KEY", help="The damaged objects.")] = None,
    package: Annotated[
        str | None, typer.Option("--package", help="All objects of this package.", show_default=False)
    ] = None,
    by: Actor = None,
    *,
    confirm: Annotated[bool, typer.Option("--confirm", help="Do it; else only say what would be done.")] = False,
    as_json: Json = False,
) -> None:
    """Restore objects that are damaged or missing from a copy, each checked by what the archive records of it.

    An undamaged object is never touched, and the damaged bytes are kept. Without --confirm nothing is changed. The exit
    status is 1 if an object could not be repaired.
    """
    from urval.copies import Outcome, keys_of_package, repair
    from urval.store import open_store

    opened, source = (open_store(one, must_exist=True) for one in (store, copy))
    wanted = [*(keys or []), *(keys_of_package(opened, source, package) if package else [])]
    if not wanted:
        raise ConfigError("no object is named", next_step="Name keys, or a package with --package.")
    done = repair(opened, source, wanted, confirm=confirm, clock=now, actor=actor_of(by))
    if as_json:
        show_json([one.as_json() for one in done])
    else:
        _show_repairs(done, confirm=confirm)
    refused = [one for one in done if one.outcome is Outcome.REFUSED]
    if refused:
        raise StoreError(
            f"{len(refused)} of {len(done)} objects could not be repaired, first {one_line(refused[0].key)}: "
            f"{one_line(refused[0].detail)}",
            next_step="Nothing of them was changed. Look for another copy.",
        )


def _show_check(found: StoreCheck) -> None:
    show(found.store)
    for line in found.lines:
        mark = "  <- relied on" if line.fails else ""
        show(f"  {line.answer:<11}  {line.asked}{mark}")
        show(f"               {one_line(line.means)}")
        if line.todo:
            show(f"               To do: {one_line(line.todo)}")
    for left in found.left:
        show(f"  Left, because it could not be removed: {one_line(left)}")


def _show_repairs(done: list[Repair], *, confirm: bool) -> None:
    from urval.copies import Outcome

    for one in done:
        if one.outcome is Outcome.UNDAMAGED and len(done) > 1:
            continue
        show(f"{one.outcome:<16} {one_line(one.key)}")
        if one.outcome is not Outcome.UNDAMAGED:
            show(f"                 found {one.found}, must be {one.right or 'unknown'}")
        if one.detail:
            show(f"                 {one_line(one.detail)}")
    counts = ", ".join(f"{sum(one.outcome is kind for one in done)} {kind}" for kind in Outcome)
    show(f"{len(done)} objects: {counts}.")
    if not confirm and any(one.outcome is Outcome.REPAIRABLE for one in done):
        show("Nothing was changed. Give --confirm to repair.")


def storage_of(spec: Path | None) -> StorageRule | None:
    """Return the lock a spec asks for; None without a spec."""
    if spec is None:
        return None
    from urval.spec import read_spec

    return read_spec(spec).spec.storage


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def actor_of(by: str | None) -> str:
    """Return who acts: as given, else the user's name."""
    return by or os.environ.get("USER", "unknown")
