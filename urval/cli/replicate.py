"""``urval replicate``: copying a store to a second one."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.output import one_line, show, show_json
from urval.cli.stores import Actor, Json, SpecOption, StoreArgument, actor_of, now, storage_of
from urval.errors import StoreError

if TYPE_CHECKING:
    from urval.copies import Replication

_SHOWN = 20  # problems on a terminal; --json has all


def replicate(
    store: StoreArgument,
    to: Annotated[str, typer.Argument(metavar="TO", help="The copy: a folder, or s3://…", show_default=False)],
    account: Annotated[
        str | None, typer.Option("--account", help="Only what concerns this account.", show_default=False)
    ] = None,
    spec: SpecOption = None,
    by: Actor = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only compare, and say what would be copied.")] = False,
    as_json: Json = False,
) -> None:
    """Copy a store to a second one, each object checked on the way, and say so in the ledger.

    What the copy has is compared and never written over. Cut off, the same command goes on from there. The exit status
    is 1 if an object is damaged, missing, or another in the copy.
    """
    from urval.copies import replicate as copy_store
    from urval.store import open_store

    done = copy_store(
        open_store(store, must_exist=True),
        open_store(to, storage=storage_of(spec)),
        account=account,
        dry_run=dry_run,
        clock=now,
        actor=actor_of(by),
        progress=_progress,
    )
    if as_json:
        show_json(done.as_json())
    else:
        _show(done)
    if done.problems:
        first = done.problems[0]
        raise StoreError(
            f"{len(done.problems)} objects were not copied or are others in the copy, first {one_line(first.key)}: "
            f"{one_line(first.detail)}",
            next_step="Nothing was written over. Find out which is right: urval verify, then urval store repair.",
        )


def _show(done: Replication) -> None:
    for problem in done.problems[:_SHOWN]:
        show(f"{problem.what:<9} {one_line(problem.key)}")
        show(f"          {one_line(problem.detail)}")
    if len(done.problems) > _SHOWN:
        show(f"… and {len(done.problems) - _SHOWN} more: --json has all.")
    verb = "would be copied" if done.dry_run else "copied"
    show(f"{done.store} -> {done.to}: {len(done.copied)} {verb}, {done.same} the same, {len(done.problems)} problems.")
    if done.extra:
        show(f"{len(done.extra)} objects are in the copy only, first {one_line(done.extra[0])}.")
    if done.events:
        show(f"{len(done.events)} ledgers say so now, here and in the copy.")


def _progress(done: int, total: int, tree: str) -> None:
    if sys.stderr.isatty():
        told = f"  {done}/{total} {one_line(tree)[:80]}" if done < total else ""  # wiped when done
        print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)  # noqa: T201
