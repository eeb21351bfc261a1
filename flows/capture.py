"""The capture flow: one flow a run, one task an account. Results lie in the store; a rerun goes on where it stopped.

Retries live in the gate to the network, not here: a task that fails has been tried as often as makes sense, and
running the flow again resumes. See docs/adr/0004-prefect.md.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State  # noqa: TC002 - Prefect reads the flow's annotations
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from flows.run import RunSettings, open_run
from flows.stages import archive_account, outcome_dict
from flows.waiting import Places

_AT_ONCE = 2  # accounts at work at the same time; platforms throttle by token, so more gains little


@task(name="archive-account", task_run_name="{account_id}", cache_policy=NO_CACHE)
def archive_account_task(account_id: str, settings: RunSettings, places: Places) -> dict[str, Any]:
    """Archive one account; an error of its own comes back as an outcome, so that the others do not notice."""
    with places.place(account_id) as place:
        run = open_run(**settings)
        run = replace(run, clock=place.watched(run.clock), sleep=place.sleep)
        return outcome_dict(archive_account(run, account_id, dry=settings["dry"]))


# A thread an account: one that waits for its platform must not hold up the others. How many work is Places' business.
_RUNNER: ThreadPoolTaskRunner[Any] = ThreadPoolTaskRunner()


@flow(name="capture", task_runner=_RUNNER)  # type: ignore[arg-type]
def capture(
    spec: str,
    occasion: str = "due",
    store: str | None = None,
    accounts: list[str] | None = None,
    *,
    dry: bool = False,
    fixed_time: str | None = None,
    actor: str = "schedule",
) -> State[Any]:
    """Capture, select, package and store the accounts of a spec for one occasion.

    Args:
        spec: Path of the archive spec.
        occasion: The occasion's id, or ``due`` for the newest that has opened.
        store: A directory or ``s3://…``; None: what ``URVAL_STORE`` says.
        accounts: Account ids; None for all of the spec.
        dry: Capture and select, but write nothing to the store.
        fixed_time: RFC 3339 time for a fixed clock (demonstration).
        actor: Who started the run.
    """
    settings = RunSettings(spec=spec, store=store, occasion=occasion, fixed_time=fixed_time, actor=actor, dry=dry)
    run = open_run(**settings)
    chosen = accounts or [account.id for account in run.loaded.spec.accounts]
    for account_id in chosen:
        run.loaded.spec.account(account_id)  # a typing error is told before any work begins
    places = Places(_AT_ONCE)
    try:
        futures = [archive_account_task.submit(account_id, settings, places) for account_id in chosen]
        outcomes = [future.result() for future in futures]
    except BaseException:
        places.stop()  # an interrupted run ends now, not when its accounts are done
        raise
    failed = [outcome["account_id"] for outcome in outcomes if outcome["state"] == "failed"]
    if failed:
        return Failed(message=f"{len(failed)} of {len(chosen)} accounts failed: {', '.join(failed)}", data=outcomes)
    return Completed(message=f"{len(chosen)} accounts archived", data=outcomes)
