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

from flows.run import RunSettings, open_run, work_of
from flows.run_manifests import close_run
from flows.stages import archive_account, outcome_dict
from flows.waiting import Places

_AT_ONCE = 2  # accounts at work at the same time; platforms throttle by token, so more gains little


@task(name="archive-account", task_run_name="{account_id}", cache_policy=NO_CACHE)
def archive_account_task(
    account_id: str, occasions: list[str], settings: RunSettings, places: Places, *, approve_unseen: bool
) -> list[dict[str, Any]]:
    """Archive one account's occasions, oldest first; the first that fails ends the account.

    An error of its own comes back as an outcome, so that the others do not notice.
    """
    outcomes: list[dict[str, Any]] = []
    with places.place(account_id) as place:
        run = open_run(**settings)
        run = replace(run, clock=place.watched(run.clock), sleep=place.sleep)
        for occasion in occasions:
            one = replace(run, occasion_id=occasion)
            outcome = archive_account(one, account_id, dry=settings["dry"], approve_unseen=approve_unseen)
            outcomes.append(outcome_dict(outcome))
            if outcome.state == "failed":
                break
    return outcomes


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
    approve_unseen: bool = False,
    fixed_time: str | None = None,
    actor: str = "schedule",
) -> State[Any]:
    """Capture and select the accounts of a spec for an occasion, and propose what to keep. A person approves it.

    Args:
        spec: Path of the archive spec.
        occasion: The occasion's id, or ``due`` for all that have opened and are not done: missed ones are caught up,
            oldest first, each by the rules of its own date.
        store: A directory or ``s3://…``; None: what ``URVAL_STORE`` says.
        accounts: Account ids; None for all of the spec.
        dry: Capture and select, but write nothing to the store.
        approve_unseen: Approve the proposals without looking at them, and package; the packages will say so.
        fixed_time: RFC 3339 time for a fixed clock (demonstration).
        actor: Who started the run.
    """
    settings = RunSettings(spec=spec, store=store, occasion=occasion, fixed_time=fixed_time, actor=actor, dry=dry)
    run = open_run(**settings)
    work = work_of(run, occasion, accounts)  # a typing error is told before any work begins
    started_at = run.clock()
    places = Places(_AT_ONCE)
    try:
        futures = [
            archive_account_task.submit(account_id, occasions, settings, places, approve_unseen=approve_unseen)
            for account_id, occasions in work.items()
        ]
        outcomes = [outcome for future in futures for outcome in future.result()]
    except BaseException:
        places.stop()  # an interrupted run ends now, not when its accounts are done
        raise
    if not dry and any(outcome["package"] for outcome in outcomes):
        close_run(run, started_at)
    failed = [outcome["account_id"] for outcome in outcomes if outcome["state"] == "failed"]
    if failed:
        return Failed(message=f"{len(failed)} of {len(work)} accounts failed: {', '.join(failed)}", data=outcomes)
    waiting = sum(outcome["state"] in {"proposed", "waits"} for outcome in outcomes)
    return Completed(message=f"{len(work)} accounts captured, {waiting} proposals to review", data=outcomes)
