"""``urval review correct``: a package that corrects another, opened for review."""

from __future__ import annotations

from typing import Annotated

import typer

from urval.cli.archive import FixedTime, Spec, StoreUri  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import show
from urval.cli.review import Account, By, Occasion, Reason, Role  # noqa: TC001 - Typer reads the annotations


def correct(
    spec: Spec,
    store: StoreUri,
    account: Account,
    reason: Reason,
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
    *,
    recapture: Annotated[
        bool, typer.Option("--recapture", help="Capture the period anew; else the selection is changed.")
    ] = False,
) -> None:
    """Open a correction of what is packaged: a package of its own that stands beside it."""
    from flows.correcting import correct as open_correction
    from flows.run import open_run

    run = open_run(str(spec), store, occasion, fixed_time=fixed_time, actor=by, ahead=True)
    package = open_correction(run, account, reason=reason, recapture=recapture, role=role)
    step = (
        f"capture it anew: urval capture --occasion {occasion}" if recapture else "change it: urval review add, remove"
    )
    show(f"{account}: a correction of {package.package_id} is open; {step}")
