"""``urval import``: an account's export file instead of its interface."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import Annotated

import typer

from urval.cli.archive import ApproveUnseen, FixedTime, Json, OccasionId, Spec, StoreUri, show_outcome
from urval.cli.output import show_json, tell_progress
from urval.errors import UrvalError


def import_file(
    file: Annotated[Path, typer.Argument(help="The export as downloaded: a zip or tar, or the unpacked folder.")],
    spec: Spec,
    store: StoreUri,
    account: Annotated[str, typer.Option("--account", help="The account it is of.", show_default=False)],
    occasion: OccasionId = "due",
    fixed_time: FixedTime = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and select, but store nothing.")] = False,
    approve_unseen: ApproveUnseen = False,
    as_json: Json = False,
) -> None:
    """Read the export an account's owner ordered from the platform, select, and propose what to keep."""
    from flows.importing import import_export
    from flows.run import open_run
    from flows.stages import outcome_dict

    with tell_progress():
        run = open_run(str(spec), store, occasion, fixed_time=fixed_time, dry=dry_run)
        outcome = outcome_dict(import_export(run, account, file, dry=dry_run, approve_unseen=approve_unseen))
    if as_json:
        show_json([outcome])
    else:
        show_outcome(outcome, store)
    if outcome["state"] == "failed":
        raise UrvalError(
            f"{account} could not be imported",
            next_step="What is stored stays. Correct the cause and give the same command again; it goes on from there.",
        )
