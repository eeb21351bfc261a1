"""``urval seal``: the time stamps that signed packages and runs still lack."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from urval.cli.archive import FixedTime, Json, Spec, StoreUri  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import show, show_json, tell_progress
from urval.errors import UrvalError


def seal(
    spec: Spec,
    store: StoreUri,
    fixed_time: FixedTime = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what lacks a stamp; ask nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Add the time stamps that signed packages lack because no authority answered. Status 1 where some still do."""
    from flows.run import DUE, open_run
    from flows.stamping import stamp_all

    run = open_run(str(spec), store, DUE, fixed_time=fixed_time, dry=dry_run)
    with tell_progress():
        rows = list(stamp_all(run, dry=dry_run))
    if as_json:
        show_json([asdict(row) for row in rows])
    elif not rows:
        show("Nothing to do: every signed package has the time stamps it shall have.")
    else:
        for row in rows:
            show(f"{row.package}: {row.stamps} of {row.wanted} time stamps{f', {row.problem}' if row.problem else ''}")
    open_ = [row.package for row in rows if row.stamps < row.wanted]
    if open_ and not dry_run:
        raise UrvalError(
            f"{len(open_)} packages are signed and lack a time stamp, the first is {open_[0]}",
            next_step="They are whole and signed. Give the same command again when the authority answers.",
        )
