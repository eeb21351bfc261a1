"""What an occasion asks for, account by account: what is done, what it will take, whether the credential will do.

Nothing is called unless asked for: ``check_credentials`` makes one call an account about its credential, ``ask`` reads
the profile of accounts that were never captured.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from connectors._limits_of_platforms import LIMITS
from connectors._registry import check_account
from flows import preflight
from flows.credentials import resolve
from flows.feasibility import days_left, expected, hindrances, is_done
from flows.notes import ledger_of
from flows.opening import asked_profile
from flows.sealing import signer_of
from flows.volume import Known, last_volume, profile_volume
from urval.errors import ConfigError, MalformedError, SourceError, TransientError
from urval.holdings import package_of, previous_package
from urval.ledger import State, current

if TYPE_CHECKING:
    from connectors._cost import Forecast
    from flows.preflight import Checked
    from flows.run import Run
    from urval.spec import Account


def plan_run(run: Run, *, check_credentials: bool = False, ask: bool = False) -> list[dict[str, Any]]:
    """Return a row for each account that takes part in the occasion, as plain data.

    ``state`` is the ledger's, or ``due``; ``credential`` is ``set``, ``not needed`` or the sentence that says what is
    missing; ``forecast`` is None where nothing is left to do or the volume is ``unknown``; ``check`` is what the
    platform says of the credential, if it was asked; ``warnings`` are sentences; ``prevents`` are the reasons why the
    account cannot be captured, each with its next step.
    """
    accounts = [account for account in run.loaded.spec.accounts if run.takes_part(account.id)]
    rows = {account.id: _row(run, account, credential_matters=check_credentials) for account in accounts}
    forecasts: dict[str, Forecast] = {}
    for account in accounts:
        row = rows[account.id]
        if not row["done"]:
            _look_ahead(run, account, row, forecasts, ask=ask)
        if check_credentials:
            _ask_credential(run, account, row)
    if check_credentials:
        _try_seal(run, rows)
    for account_id, why in hindrances(run, forecasts).items():
        rows[account_id]["prevents"].append({"sentence": why.sentence, "next_step": why.next_step})
    return list(rows.values())


def _try_seal(run: Run, rows: dict[str, dict[str, Any]]) -> None:
    """Warn where what is captured could not be packaged, because the key of the seal does not open here."""
    try:
        signer_of(run.loaded.spec)
    except ConfigError as error:
        words = f"what is captured cannot be packaged: {error.message}. {error.next_step}"
        for row in rows.values():
            if not row["done"]:
                row["warnings"].append(words)


def _row(run: Run, account: Account, *, credential_matters: bool) -> dict[str, Any]:
    place = run.place(account.id)
    state = current(ledger_of(run, account.id))
    if state not in {State.PACKAGED, State.VERIFIED} and package_of(run.store, place) is not None:
        state = State.PACKAGED  # a run was killed before the ledger said so
    credential, problem = _credential(account)
    done = is_done(run, account.id)
    return {
        "account_id": account.id,
        "platform": account.platform,
        "state": str(state or "due"),
        "done": done,
        "credential": credential,
        "exchanges_last_time": _exchanges(run, account.id),
        "volume": "",
        "forecast": None,
        "limit": LIMITS[account.platform].words if account.platform in LIMITS else "",
        "check": None,
        "warnings": [],
        "prevents": [problem] if problem and (credential_matters or not done) else [],
    }


def _credential(account: Account) -> tuple[str, dict[str, str] | None]:
    """Return what is known of it without asking anybody, and what prevents the run."""
    try:
        check_account(account.platform, account_id=account.id, settings=account.settings)
        return "set" if resolve(account.credential) else "not needed", None
    except ConfigError as error:
        problem = {"sentence": f"{account.id}: {error.message}", "next_step": error.next_step}
        return error.message.removeprefix("credential "), problem  # the row says already what it is about


def _exchanges(run: Run, account_id: str) -> int | None:
    before = previous_package(run.store, run.place(account_id), run.occasion_of(account_id).period.start)
    return None if before is None or before[1] is None else before[1].capture.exchanges


def _look_ahead(run: Run, account: Account, row: dict[str, Any], forecasts: dict[str, Forecast], *, ask: bool) -> None:
    """Say what the account will take, as far as its volume is known."""
    known = _known(run, account, row)
    if known is None and ask and not row["prevents"]:
        known = _asked(run, account, row)
    row["volume"] = known.source if known else "unknown"
    if known is None or account.platform not in LIMITS:
        return
    try:
        told = expected(account, known.volume)
    except ConfigError:
        return  # the row says already what is wrong with the account's settings
    forecasts[account.id] = told
    row["forecast"] = {
        "calls": dict(told.calls), "total": told.total, "media": told.media, "units": told.units,
        "money_usd": str(told.money_usd) if told.money_usd is not None else None,
        "seconds": told.seconds, "days": told.days, "least": told.least,
    }  # fmt: skip
    row["warnings"] += _of_forecast(run, account, told)


def _known(run: Run, account: Account, row: dict[str, Any]) -> Known | None:
    try:
        return last_volume(run, account.id)
    except MalformedError as error:
        row["warnings"].append(f"{account.id}: its last capture tells nothing ({error.message})")
        return None


def _asked(run: Run, account: Account, row: dict[str, Any]) -> Known | None:
    try:
        posts = asked_profile(run, account.id).posts
    except (ConfigError, SourceError) as error:
        row["prevents"].append({"sentence": f"{account.id}: {error.message}", "next_step": error.next_step})
        return None
    if posts is None:
        return None
    opened = datetime.combine(account.opened, time(), UTC) if account.opened else None
    volume = profile_volume(posts, opened, run.clock(), run.occasion_of(account.id).period)
    return Known(volume, f"{posts} posts on its page")


def _of_forecast(run: Run, account: Account, told: Forecast) -> list[str]:
    limits, left = LIMITS[account.platform], days_left(run, account.id)
    found = []
    if limits.small_app is not None and told.total > limits.small_app:
        found.append(
            f"{account.id}: {told.total} calls are more than the {limits.small_app} a day of an app on the lowest tier"
        )
    if 1 < told.days <= (left or told.days):
        found.append(f"{account.id}: it takes {told.days} days of quota; give the same command each day, it resumes")
    return found


def _ask_credential(run: Run, account: Account, row: dict[str, Any]) -> None:
    if row["credential"] != "set":
        return
    try:
        found: Checked | None = preflight.checked(run, account)
    except TransientError as error:
        words = f"{account.id}: whether the credential will do is not known: {error.message}"
        row["warnings"].append(words.rstrip("."))
        return
    except (ConfigError, SourceError) as error:
        step = error.next_step or "Correct the account's settings or its credential, and plan again."
        row["prevents"].append({"sentence": f"{account.id}: {error.message}", "next_step": step})
        return
    if found is None:
        return
    row["check"] = found.as_json()
    row["warnings"] += preflight.warnings(run, account, found)
    if why := preflight.prevents(account, found):
        row["prevents"].append({"sentence": why[0], "next_step": why[1]})
