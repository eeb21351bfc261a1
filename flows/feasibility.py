"""Whether a capture can finish: what the platform gives until the occasion closes, beside what is expected.

A capture that is known to need more is refused before its first call. One whose volume nobody knows is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from connectors._cost import Forecast, Volume, days_of, forecast
from connectors._limits_of_platforms import LIMITS
from connectors._registry import interface_of
from flows.opening import identify
from flows.volume import last_volume
from urval.errors import MalformedError, UrvalError
from urval.holdings import package_of
from urval.store import capture_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flows.run import Run
    from urval.spec import Account

_DAY: Final = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Hindrance:
    """Why an account's capture cannot finish, and what a person can do."""

    sentence: str
    next_step: str


def expected(account: Account, volume: Volume) -> Forecast:
    """Return what capturing a volume of an account takes.

    Raises:
        ConfigError: Unknown platform or interface.
    """
    connector = interface_of(account.platform, account_id=account.id, settings=account.settings)
    return forecast(connector, LIMITS[account.platform], volume)


def is_done(run: Run, account_id: str) -> bool:
    """Tell whether no call is needed any more: the package is there, or the capture of this spec."""
    if package_of(run.store, run.place(account_id)) is not None:
        return True
    prefix = capture_prefix(*run.place(account_id), identify(run, account_id).capture_id)
    return run.store.tree_exists(prefix, "capture.json")


def days_left(run: Run, account_id: str) -> int | None:
    """Return the local days on which the account's capture can still run; None when it is late: then none counts."""
    occasion = run.occasion_of(account_id)
    left = (occasion.closes - max(run.today(), occasion.opens)).days + 1
    return left if left > 0 else None


def hindrances(run: Run, forecasts: Mapping[str, Forecast]) -> dict[str, Hindrance]:
    """Return why accounts cannot finish, of those that are still to be captured; quota and money are shared.

    Args:
        run: The run.
        forecasts: Of every account to be captured whose volume is known.
    """
    found = {account_id: _too_long(run, account_id, one) for account_id, one in forecasts.items()}
    found |= {account_id: why for account_id in forecasts if (why := _quota(run, account_id, forecasts))}
    found |= {account_id: why for account_id in forecasts if (why := _money(run, account_id, forecasts))}
    return {account_id: why for account_id, why in found.items() if why is not None}


def _too_long(run: Run, account_id: str, one: Forecast) -> Hindrance | None:
    left = days_left(run, account_id)
    if left is None or one.seconds <= left * _DAY:
        return None
    return Hindrance(
        f"{account_id} needs about {-(-one.seconds // _DAY)} days at its platform's pace, and occasion "
        f"{run.occasion_id} closes in {left}",
        "Start earlier in the occasion, or move its last day in the spec.",
    )


def _quota(run: Run, account_id: str, forecasts: Mapping[str, Forecast]) -> Hindrance | None:
    platform, left = run.loaded.spec.account(account_id).platform, days_left(run, account_id)
    limits = LIMITS[platform]
    own = forecasts[account_id].units
    if left is None or own is None or limits.units_per_day is None:
        return None
    others = [one for other, one in forecasts.items() if run.loaded.spec.account(other).platform == platform]
    units = sum(one.units or 0 for one in others)
    days = days_of(units, limits)
    if days <= left:
        return None
    shared = f", {units:,} with the other accounts of {platform}" if len(others) > 1 else ""
    return Hindrance(
        f"{account_id} needs {own:,} quota units{shared}: {days} days of the {limits.units_per_day:,} that {platform} "
        f"gives a day, and occasion {run.occasion_id} closes in {left}",
        "Ask the platform for more quota, use a second project, or start earlier in the occasion.",
    )


def _money(run: Run, account_id: str, forecasts: Mapping[str, Forecast]) -> Hindrance | None:
    own, limit = forecasts[account_id].money_usd, run.loaded.spec.limits.money_usd
    if own is None or limit is None:
        return None
    total = sum((one.money_usd or Decimal(0) for one in forecasts.values()), Decimal(0))
    if total <= Decimal(str(limit)):
        return None
    shared = f" ({total} with the other accounts)" if total != own else ""
    platform = run.loaded.spec.account(account_id).platform
    return Hindrance(
        f"{account_id} costs about {own} USD{shared} at {platform}'s prices, and the spec allows {limit:g} an occasion",
        "Raise limits.money_usd in the spec, or ask for the account's own export file and use: urval import.",
    )


def refuse_hopeless(run: Run, account_id: str) -> None:
    """Refuse to begin a capture that cannot finish. Only platforms with a quota or a price are looked into.

    Raises:
        UrvalError: It cannot, by the last capture's volume.
    """
    spec = run.loaded.spec
    platform = spec.account(account_id).platform
    limits = LIMITS.get(platform)
    if limits is None or not (limits.units_per_day or (limits.prices and spec.limits.money_usd is not None)):
        return
    forecasts: dict[str, Forecast] = {}
    for account in spec.accounts:
        if not run.takes_part(account.id):
            continue
        if account.platform == platform and (account.id == account_id or not is_done(run, account.id)):
            try:
                known = last_volume(run, account.id)
            except MalformedError:
                known = None  # the capture before is damaged; that is for urval verify to say
            if known is not None:
                forecasts[account.id] = expected(account, known.volume)
    why = hindrances(run, forecasts).get(account_id)
    if why is not None:
        raise UrvalError(why.sentence, next_step=why.next_step)
