"""How long what is stored stays locked against change and deletion, where the store can lock (S3 Object Lock)."""

from __future__ import annotations

import calendar
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from urval.spec.scalars import Duration, Id, Part, problem

if TYPE_CHECKING:
    from datetime import datetime

_LAST_YEAR = 9999  # of Python's calendar


def _some(value: str) -> str:
    if not re.search("[1-9]", value):
        raise problem("is no time at all; write at least P1D, or leave it out")
    return value


SomeTime: TypeAlias = Annotated[Duration, AfterValidator(_some)]


class StorageRule(Part):
    """The lock on what is put into the store, from the time of storing. Absent: as the store's URI or bucket says."""

    lock: Literal["compliance", "governance"] = Field(
        description="compliance: nobody can delete or shorten; governance: those with a special right can."
    )
    keep: SomeTime = Field(
        description="How long packages, ledger, keys, runs and decisions stay locked (ISO 8601), as P10Y."
    )
    captures_keep: SomeTime | None = Field(
        default=None,
        description="How long captures and other things a disposal decision may cover stay locked; left out: not at "
        "all.",
    )
    source: tuple[Id, ...] = Field(default=(), description="Where it comes from: ids of 'grounds'.")


def after(moment: datetime, duration: str) -> datetime:
    """Return the moment that lies an ISO 8601 duration (``P1Y6M``, ``P2W``, ``P30D``) later.

    Years and months count by the calendar: a day that the month lacks becomes its last one.
    """
    units = {unit: int(count) for count, unit in re.findall(r"(\d+)([YMWD])", duration)}
    months = moment.month - 1 + units.get("M", 0) + 12 * units.get("Y", 0)
    year, month = min(moment.year + months // 12, _LAST_YEAR), months % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    return moment.replace(year=year, month=month, day=day) + timedelta(weeks=units.get("W", 0), days=units.get("D", 0))
