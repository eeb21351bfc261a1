"""``urval capture`` and ``select``: capturing what is due, and why a thread was kept."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.output import language, show, show_json, tell_progress
from urval.errors import ConfigError, UrvalError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prefect.client.schemas.objects import State

    from flows.run import Run

log = logging.getLogger("urval.cli")

Spec = Annotated[Path, typer.Option("--spec", envvar="URVAL_SPEC", help="The archive spec.", show_default=False)]
StoreUri = Annotated[
    str,
    typer.Option(
        "--store", envvar="URVAL_STORE", help="A folder, or s3://bucket/prefix?endpoint=…", show_default=False
    ),
]
OccasionId = Annotated[str, typer.Option("--occasion", help="An occasion's id, as 2026-host, or 'due' for the newest.")]
ApproveUnseen = Annotated[
    bool,
    typer.Option("--approve-unseen", help="Approve without looking, and package; the package will say so."),
]
AccountIds = Annotated[
    list[str] | None, typer.Option("--account", help="Only this account; may be given again.", show_default=False)
]
FixedTime = Annotated[
    str | None,
    typer.Option("--fixed-time", help="Fixed clock for demonstrations; the package says so.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

_QUIET_PREFECT = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
}


def capture(
    spec: Spec,
    store: StoreUri,
    occasion: Annotated[
        str, typer.Option("--occasion", help="An occasion's id, as 2026-host, or 'due' for all that are not done.")
    ] = "due",
    account: AccountIds = None,
    fixed_time: FixedTime = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Capture and select, but store nothing.")] = False,
    approve_unseen: ApproveUnseen = False,
    as_json: Json = False,
) -> None:
    """Capture the accounts of a spec, and propose what to keep of each; a person approves it with: urval review.

    With --occasion due every occasion that has opened and is not done is taken up, oldest first.
    """
    with tell_progress():
        outcomes = run_flow(
            spec, store, occasion, account, dry=dry_run, fixed_time=fixed_time, approve_unseen=approve_unseen
        )
    if not outcomes and not as_json:
        show("Nothing is due: every occasion that has opened is packaged or skipped.")
    if as_json:
        show_json(outcomes)
    else:
        for outcome in outcomes:
            show_outcome(outcome, store)
    failed = [outcome["account_id"] for outcome in outcomes if outcome["state"] == "failed"]
    if failed:
        raise UrvalError(
            f"{len(failed)} of {len(outcomes)} accounts failed: {', '.join(failed)}",
            next_step="What is stored stays. Correct the cause and give the same command again; it goes on from there.",
        )


def run_flow(
    spec: Path,
    store: str,
    occasion: str,
    accounts: list[str] | None,
    *,
    dry: bool,
    fixed_time: str | None,
    approve_unseen: bool = False,
) -> list[dict[str, Any]]:
    """Run the capture flow here and now and return the accounts' outcomes; a Prefect server is used only if one is set.

    Raises:
        ConfigError: Spec, store, occasion or an account is wrong, or the Prefect server that is set does not answer.
    """
    from flows.run import open_run, work_of

    # A wrong spec, store or occasion is told at once, before the engine takes its seconds to start.
    run = open_run(str(spec), store, occasion, fixed_time=fixed_time, dry=dry)
    work = work_of(run, occasion, accounts)
    if not dry and _nothing_to_read(run, work, approve_unseen=approve_unseen):
        return _without_engine(run, work)
    for name, value in _QUIET_PREFECT.items():
        os.environ.setdefault(name, value)
    log.info("starting Prefect; where no server of it runs, that takes some ten seconds")
    from flows.capture import capture as capture_flow

    with _server_reached():
        state: State[Any] = capture_flow(
            str(spec), occasion, store, accounts, dry=dry, approve_unseen=approve_unseen, fixed_time=fixed_time,
            actor=run.actor, return_state=True,
        )  # fmt: skip
    outcomes: list[dict[str, Any]] | Exception = state.result(raise_on_failure=False)
    if isinstance(outcomes, Exception):
        raise outcomes  # the flow itself broke, not one of its accounts
    return outcomes


def _nothing_to_read(run: Run, work: dict[str, list[str]], *, approve_unseen: bool) -> bool:
    """Tell whether everything is packaged already, or waits for a person: then no engine is needed."""
    from dataclasses import replace

    from flows.reviewing import stand
    from urval.holdings import package_of

    ones = [(replace(run, occasion_id=occasion), account) for account, ids in work.items() for occasion in ids]
    return all(
        package_of(one.store, one.place(account)) is not None
        or (not approve_unseen and stand(one, account) == "proposed")
        for one, account in ones
    )


def _without_engine(run: Run, work: dict[str, list[str]]) -> list[dict[str, Any]]:
    from dataclasses import replace

    from flows.run_manifests import close_run
    from flows.stages import archive_account, outcome_dict

    started_at = run.clock()
    outcomes = [
        outcome_dict(archive_account(replace(run, occasion_id=occasion), account))
        for account, ids in work.items()
        for occasion in ids
    ]
    if any(outcome["package"] for outcome in outcomes):
        close_run(run, started_at)  # one that was killed may have left packages that no run lists
    return outcomes


@contextmanager
def _server_reached() -> Iterator[None]:
    """Tell in one sentence when the Prefect server that the settings name does not answer."""
    from prefect.settings import get_current_settings

    try:
        yield
    except RuntimeError as error:
        url = get_current_settings().api.url
        if url is None or "Failed to reach API" not in str(error):
            raise
        raise ConfigError(
            f"the Prefect server at {url} does not answer",
            next_step="Start it, or unset PREFECT_API_URL: without it the command needs no server.",
        ) from error


_SAID = {
    "done": "package stored",
    "already": "nothing to do: the package is there already",
    "proposed": "captured; a proposal waits for review",
    "waits": "nothing to do: the proposal waits for review",
    "dry": "dry run, nothing stored",
    "failed": "FAILED",
}


def show_outcome(outcome: dict[str, Any], store: str) -> None:
    """Print how one account ended; in a folder, the package's path can be opened as it is printed."""
    show(f"{outcome['account_id']}, {outcome['occasion']}: {_SAID[outcome['state']]}")
    if key := outcome["package"]:
        show(f"    {key}" if "://" in store else f"    {store.rstrip('/')}/{key}")
    for line in outcome["detail"].splitlines():
        show(f"    {line}")


def select(
    spec: Spec,
    store: StoreUri,
    account: Annotated[str, typer.Option("--account", help="The account.", show_default=False)],
    occasion: OccasionId = "due",
    fixed_time: FixedTime = None,
    explain: Annotated[
        str | None,
        typer.Option("--explain", help="Say why this thread is kept, dropped or excluded.", show_default=False),
    ] = None,
    lang: Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)] = None,
    *,
    as_json: Json = False,
) -> None:
    """Select from a stored capture, and say by which rule. Nothing is written."""
    from flows.capturing import stored_capture
    from flows.run import open_run
    from flows.scratch import scratch
    from flows.stages import select_threads
    from urval.selection import explain as explain_thread

    run: Run = open_run(str(spec), store, occasion, fixed_time=fixed_time, dry=True)
    entry, occasion_ = run.loaded.spec.account(account), run.occasion_of(account)
    with scratch(run, account) as folder:
        capture = stored_capture(run, account, folder)
        if capture is None:
            raise ConfigError(
                f"the store holds no capture of {account} for {run.place(account)[2]} made with this spec",
                next_step="Give the spec it was captured with, or capture first: urval capture.",
            )
        selection = select_threads(run, account, capture)
        frame = capture.table("frame")
    if explain is not None:
        lines = explain_thread(
            run.loaded.spec, entry, occasion_.period, frame, explain, language(lang), kind=occasion_.kind
        )
        if as_json:
            show_json({"thread_id": explain, "lines": lines})
        else:
            show("\n".join(lines))
    elif as_json:
        show_json(selection.table.to_pylist())
    else:
        show(
            f"frame {frame.num_rows}: {selection.kept} kept, {selection.dropped} dropped, {selection.excluded} excluded"
        )
        for rule, count in selection.by_rule.items():
            show(f"  {rule}: {count}")
