"""The occasions of one account: the spec's calendar, cut where an extra occasion was decided and where it closes.

Every cut ends a period and starts the next, so the periods of an account still chain: each instant from the first start
to the end lies in exactly one. The end is the register's ``closing`` or, where the register names none, the day of the
newest closing occasion that was decided; without either there is none. The day of closing is itself not covered: the
last capture is made on that day, before the account is gone.

An occasion that would cover nothing is none: the spec's own where the account closes or an extra one ends on its last
day, and all but one of several on the same day (closing goes before what was decided; the first decided before the
next). What a spec could not know, an extra occasion before its first period, is passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

from urval.errors import ConfigError
from urval.periods.calendar import Occasion, all_occasions, make_period

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from urval.periods.calendar import Calendar
    from urval.periods.extras import ExtraOccasion

_OPEN = timedelta(days=14)  # how long an extra occasion stays open
_DAY = timedelta(days=1)
_NEAR = timedelta(days=800)  # how far back occasions are named when one is not found
_LAST_YEAR = 2999


class RegisteredAccount(Protocol):
    """What this module needs to know of an account."""

    @property
    def id(self) -> str:
        """The register's id."""

    @property
    def opened(self) -> date | None:
        """The day it was opened; None where nobody knows."""

    @property
    def closing(self) -> date | None:
        """The day it is to be closed."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a period ends that the calendar does not end there."""

    day: date
    occasion_id: str
    closes: date


def account_occasions(
    spec: Calendar, account: RegisteredAccount, extras: Sequence[ExtraOccasion]
) -> Iterator[Occasion]:
    """Yield every occasion of an account in the order of time; without an end, unless the account has one.

    Raises:
        ConfigError: An extra occasion lies after the day on which the account closes.
    """
    opened, end = account.opened, end_of(account, extras)
    for one in _chain(spec, _cuts(spec, account, extras), end):
        if opened is None or one.period.end_day > opened:
            yield one


def end_of(account: RegisteredAccount, extras: Sequence[ExtraOccasion]) -> date | None:
    """Return the first local day that no occasion of the account covers; None where it is not to be closed."""
    decided = [one.day for one in extras if one.kind == "closing"]
    return account.closing or max(decided, default=None)


def account_occasion_at(
    spec: Calendar, account: RegisteredAccount, extras: Sequence[ExtraOccasion], occasion_id: str
) -> Occasion:
    """Return the account's occasion of an id such as ``2026-host`` or ``2026-10-15-change``.

    Raises:
        ConfigError: The account has no such occasion, or as :func:`account_occasions`.
    """
    first = spec.first_period_start
    year = int(occasion_id[:4]) if occasion_id[:4].isascii() and occasion_id[:4].isdigit() else first.year
    around = date(min(max(year, first.year), _LAST_YEAR), 12, 31)
    known = list(takewhile(lambda one: one.period.first_day <= around, account_occasions(spec, account, extras)))
    for one in known:
        if one.id == occasion_id:
            return one
    near = [one.id for one in known if one.period.end_day > around - _NEAR]
    hint = f"Occasions of that time: {', '.join(near)}." if near else "It has no occasion of that time."
    raise ConfigError(f"The account {account.id!r} has no occasion {occasion_id!r}.", next_step=hint)


def occasion_for_period(
    spec: Calendar, account: RegisteredAccount, extras: Sequence[ExtraOccasion], period_id: str
) -> Occasion | None:
    """Return the account's occasion that covers exactly this period, ``2026-05-01--2026-11-01``; None if there is none.

    Raises:
        ConfigError: As :func:`account_occasions`.
    """
    for one in account_occasions(spec, account, extras):
        if one.period.id == period_id:
            return one
        if one.period.id[:10] > period_id[:10]:  # both begin with a date
            return None
    return None


def due_for_account(
    spec: Calendar,
    account: RegisteredAccount,
    extras: Sequence[ExtraOccasion],
    today: date,
    done: Collection[str],
) -> tuple[Occasion, ...]:
    """Return the account's occasions that have opened by a local day and whose ids are not in ``done``, oldest first.

    Late ones stay due.

    Raises:
        ConfigError: As :func:`account_occasions`.
    """
    over = takewhile(lambda one: one.period.end_day <= today, account_occasions(spec, account, extras))
    return tuple(one for one in over if one.opens <= today and one.id not in done)


def missed(occasion: Occasion, today: date) -> bool:
    """Tell whether an occasion's last day had passed on a local day."""
    return today > occasion.closes


def check_extra(
    spec: Calendar,
    account: RegisteredAccount,
    extras: Sequence[ExtraOccasion],
    new: ExtraOccasion,
    today: date,
    *,
    captured_until: date | None = None,
) -> None:
    """Refuse an extra occasion that cannot be made, or that would cover nothing.

    Args:
        spec: The calendar.
        account: The account.
        extras: What was decided for it before.
        new: What is to be decided.
        today: The local day on which it is decided.
        captured_until: The end (first day not covered) of the account's last period that was captured, or begun to be.

    Raises:
        ConfigError: It lies in the future, in or at the end of what was captured, on or after the day of closing, on
            the day of another occasion, or before the account's first period.
    """
    end = end_of(account, extras)
    sentence, step = "", "Choose another day."
    if new.day > today:
        sentence = f"lies in the future, and what it covers is not over (today is {today})"
        step = "Decide it on its day. The day on which an account closes belongs in the register, as 'closing'."
    elif same := [one for one in extras if one.day == new.day]:
        sentence = f"falls on the same day as {same[0].id}, which {same[0].decided_by} decided: {same[0].reason}"
        step = "Capture that one; it covers the same time."
    elif end is not None and new.day >= end:
        sentence = f"does not lie before the day on which the account closes, {end}"
        step = f"Capture the occasion {end}-closing, or correct 'closing' in the register."
    elif new.kind == "closing" and account.closing is not None:
        sentence = f"says that the account closes, and the register names another day for it, {account.closing}"
        step = "Correct 'closing' in the register."
    elif captured_until is not None and new.day <= captured_until:
        sentence = f"lies in time that was taken up already, all days before {captured_until}"
        step = f"The earliest day is {captured_until + _DAY}."
    else:
        sentence, step = _no_room(spec, account, extras, new.day)
    if sentence:
        raise ConfigError(f"The extra occasion {new.id} of {account.id!r} {sentence}.", next_step=step)


def _no_room(spec: Calendar, account: RegisteredAccount, extras: Sequence[ExtraOccasion], day: date) -> tuple[str, str]:
    """Return why an occasion that ends on a day would cover nothing, and what to do; two empty texts if it would."""
    one = next((one for one in account_occasions(spec, account, extras) if one.period.end_day >= day), None)
    if one is None or one.period.first_day >= day or (account.opened is not None and day <= account.opened):
        begins = max(filter(None, (spec.first_period_start, account.opened)))
        return "would cover nothing: there is nothing of the account before that day", f"Choose a day after {begins}."
    if one.period.end_day == day:
        return f"would leave nothing to the occasion {one.id}, which ends there too", f"Capture {one.id}."
    return "", ""


def _chain(spec: Calendar, cuts: Sequence[_Cut], end: date | None) -> Iterator[Occasion]:
    """Yield the spec's occasions with the cuts between them, to the end."""
    if end is not None and end <= spec.first_period_start:
        return
    waiting = iter(cuts)
    cut = next(waiting, None)
    for one in all_occasions(spec):
        start = one.period.first_day
        while cut is not None and cut.day <= one.period.end_day:
            yield Occasion(cut.occasion_id, cut.day, cut.closes, make_period(start, cut.day, spec.timezone))
            start, cut = cut.day, next(waiting, None)
        if start == end:
            return
        if start == one.period.first_day:
            yield one
        elif start < one.period.end_day:
            yield replace(one, period=make_period(start, one.period.end_day, spec.timezone))


def _cuts(spec: Calendar, account: RegisteredAccount, extras: Sequence[ExtraOccasion]) -> list[_Cut]:
    """Return where the calendar is cut, one a day, in the order of time; the last is the end if there is one."""
    end = end_of(account, extras)
    late = [one.id for one in extras if end is not None and one.day > end]
    if late:
        raise ConfigError(
            f"The account {account.id!r} closes on {end}, and the extra occasion {late[0]} was decided for later.",
            next_step="Correct 'closing' in the register: what was decided stays.",
        )
    found: dict[date, _Cut] = {}
    if account.closing is not None:
        found[account.closing] = _Cut(account.closing, f"{account.closing}-closing", account.closing)
    for one in sorted(extras, key=lambda one: (one.kind != "closing", one.decided_at, one.id)):
        closes = one.day if one.kind == "closing" else one.day + _OPEN
        found.setdefault(one.day, _Cut(one.day, one.id, closes))
    return sorted((cut for cut in found.values() if cut.day > spec.first_period_start), key=lambda cut: cut.day)
