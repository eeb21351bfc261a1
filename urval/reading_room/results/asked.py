"""What a visitor asks of the search, as it stands in the address: checked, and turned into a query of the index."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Literal

from urval.reading_room.faults import BadRequestError
from urval.reading_room.index import Query

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_YEARS = range(1900, 2200)  # that an index tells apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The parameters of a search, empty where nothing was chosen. Days are local, YYYY-MM-DD, both included."""

    q: str = ""
    account: str = ""  # <archive>/<account>
    platform: str = ""
    kind: Literal["", "post", "comment", "version"] = ""
    since: str = ""
    until: str = ""
    rule: str = ""
    media: bool = False
    question: bool = False
    removed: bool = False
    order: Literal["", "oldest"] = ""

    @property
    def anything(self) -> bool:
        """Tell whether anything was asked at all."""
        return any(getattr(self, one.name) for one in fields(self) if one.name != "order")

    def parameters(self) -> dict[str, str]:
        """Return what makes up the address, without what is empty."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: "1" if value is True else value for name, value in values.items() if value}

    def query(self, zone: ZoneInfo, *, restricted: bool, after: int | None = None) -> Query:
        """Return the query of the index.

        Raises:
            BadRequestError: A day is none, or the first comes after the last.
        """
        archive, _, account = self.account.partition("/")
        first, last = (self._day(text) for text in (self.since, self.until))
        if first and last and first > last:
            raise BadRequestError(
                f"the first day, {first}, comes after the last, {last}", next_step="Exchange them, or correct one."
            )
        return Query(
            words=self.q, archive=archive, account=account, platform=self.platform, kind=self.kind or None,
            rule=self.rule, media=self.media, question=self.question, removed=self.removed,
            since=datetime.combine(first, time(), zone) if first else None,
            before=datetime.combine(last + timedelta(days=1), time(), zone) if last else None,
            oldest_first=self.order == "oldest", after=after, restricted=restricted,
        )  # fmt: skip

    @staticmethod
    def _day(text: str) -> date | None:
        if not text:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = date.min
        if day.year not in _YEARS:
            raise BadRequestError(f"{text} is no day", next_step="Write a day as 2026-10-31.")
        return day
