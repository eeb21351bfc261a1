"""What an occasion asks for, account by account, before anything is called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors._registry import check_account
from flows.credentials import resolve
from flows.stages import ledger_of
from urval.errors import ConfigError
from urval.holdings import package_of, previous_package
from urval.ledger import State, current

if TYPE_CHECKING:
    from flows.run import Run
    from urval.spec import Account


def plan_run(run: Run) -> list[dict[str, Any]]:
    """Return a row an account: ``account_id``, ``platform``, ``state``, ``credential``, ``exchanges_last_time``.

    ``state`` is the ledger's, or ``due``; ``credential`` is ``set``, ``not needed`` or the sentence that says what is
    missing. No platform is called.
    """
    return [_row(run, account) for account in run.loaded.spec.accounts]


def _row(run: Run, account: Account) -> dict[str, Any]:
    place = run.place(account.id)
    state = current(ledger_of(run, account.id))
    if state not in {State.PACKAGED, State.VERIFIED} and package_of(run.store, place) is not None:
        state = State.PACKAGED  # a run was killed before the ledger said so
    return {
        "account_id": account.id,
        "platform": account.platform,
        "state": str(state or "due"),
        "credential": _credential(account),
        "exchanges_last_time": _exchanges(run, account.id),
    }


def _credential(account: Account) -> str:
    try:
        check_account(account.platform, account_id=account.id, settings=account.settings)
        return "set" if resolve(account.credential) else "not needed"
    except ConfigError as error:
        return error.message.removeprefix("credential ")  # the row says already what it is about


def _exchanges(run: Run, account_id: str) -> int | None:
    before = previous_package(run.store, run.place(account_id), run.occasion.period.start)
    return None if before is None else before[1].capture.exchanges
