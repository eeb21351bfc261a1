"""The accounts: all of them, and the page of each."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query

from urval.coverage.layout import ends
from urval.coverage.states import STATES, CellState
from urval.coverage.years import YearVerdict
from urval.reading_room.faults import NotHereError
from urval.reading_room.pages import AskedHere, Pages, Slug, View
from urval.reading_room.room import Here, Language
from urval.reading_room.survey import ArchiveCoverage
from urval.reading_room.views.account_entry import EntryChange, EntryView, entry_changes, entry_of
from urval.reading_room.views.account_history import Between, PeriodView, history_of
from urval.reading_room.views.account_looks import Look, looks_of
from urval.reading_room.views.account_weeks import Followers, Weekly, followers_of, weekly_of
from urval.reading_room.views.matrix import Mark, mark_of

pages = Pages()
A_PAGE = 100  # accounts

Asked = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]
Year = Annotated[int | None, Query(ge=1990, le=2200)]


class AccountLine(View):
    """One account in the list. ``mark`` is where its newest opened occasion stands; days are local."""

    archive: str
    account: str
    name: str
    platform_name: str
    account_class: str
    opened: str
    closing: str
    closed: str
    packages: int
    last_period: str
    mark: Mark | None
    red_years: list[int]
    listed: bool


class AccountsView(View):
    """The accounts of register and store."""

    as_of: datetime
    q: str
    page: int
    pages: int
    all: int
    accounts: list[AccountLine]


class AccountView(View):
    """One account. ``source``: the entry is of the spec that was given, of a package's spec, or of a manifest."""

    as_of: datetime
    archive: str
    archive_name: str
    account: str
    entry: EntryView
    source: str
    source_name: str
    source_version: str
    listed: bool
    mark: Mark | None
    changes: list[EntryChange]
    periods: list[PeriodView]
    between: list[Between]
    older: int
    looks: list[Look]
    looks_page: int
    looks_pages: int
    weekly: Weekly
    followers: Followers
    packages: int
    withheld: str


@pages.page("/accounts", name="accounts", template="accounts.html")
def accounts(here: AskedHere, q: Asked = "", page: PageNumber = 1) -> AccountsView:
    """List every account of register and store."""
    seen = here.room.survey.told()
    all_of = [(one, account, words) for one in seen.archives for account, words in _called(one).items()]
    wanted = q.strip().casefold()
    found = [(one, account) for one, account, words in all_of if wanted in words]
    last = max(1, -(-len(found) // A_PAGE))
    page = min(page, last)
    return AccountsView(
        as_of=seen.at, q=q, page=page, pages=last, all=len(all_of),
        accounts=[_line(one, account, here.language) for one, account in found[(page - 1) * A_PAGE : page * A_PAGE]],
    )  # fmt: skip


@pages.page("/accounts/{archive}/{account}", name="account", template="account.html")
def account(
    here: AskedHere, archive: Slug, account: Slug, year: Year = None, looks: PageNumber = 1
) -> AccountView:  # fmt: skip
    """Tell of one account: its entry, its history, how its page looked, posts and comments a week."""
    seen = here.room.survey.told()
    of = next((one for one in seen.archives if one.basis.archive == archive), None)
    if of is None or account not in of.table.accounts:
        raise NotHereError(
            f"there is no account {account} of {archive} here",
            next_step="See the list of accounts; one that was added just now is there within a minute.",
        )
    packages = here.room.index.packages(archive=archive, account=account)
    history = history_of(here, of, account, packages)
    shown, looks_pages = looks_of(here, packages, looks)
    said, source, name, version = _entry(of, account)
    return AccountView(
        as_of=seen.at, archive=archive, archive_name=of.table.register.name, account=account,
        entry=entry_of(said, here.language), source=source, source_name=name, source_version=version,
        listed=_listed(of, account), mark=_newest(of, account, here.language), changes=entry_changes(packages),
        periods=history.periods, between=history.between, older=history.older, looks=shown,
        looks_page=min(looks, looks_pages), looks_pages=looks_pages,
        weekly=weekly_of(here, archive, account, packages, year), followers=followers_of(here, shown),
        packages=len(packages), withheld=_withheld(here, archive, account),
    )  # fmt: skip


def _withheld(here: Here, archive: str, account: str) -> str:
    return here.room.restrictions.of(archive, account).problem


def _called(of: ArchiveCoverage) -> dict[str, str]:
    """Return each account and what it may be looked up by: id, name and platform."""
    said = {one.id: (one.name, one.platform) for one in of.basis.spec.accounts} if of.basis.spec else {}
    kept = {name: (one.entry.get("name", ""), one.entry.get("platform", "")) for name, one in of.kept.items()}
    known = kept | said
    return {name: "\n".join((name, *map(str, known.get(name, ())))).casefold() for name in of.table.accounts}


def _line(of: ArchiveCoverage, account: str, language: Language) -> AccountLine:
    entry, kept = entry_of(_entry(of, account)[0], language), of.kept.get(account)
    return AccountLine(
        archive=of.basis.archive, account=account, name=entry.name, platform_name=entry.platform_name,
        account_class=entry.account_class, opened=entry.opened, closing=entry.closing, closed=entry.closed,
        packages=kept.packages if kept else 0, last_period=kept.period if kept else "",
        mark=_newest(of, account, language), red_years=_red(of, account), listed=_listed(of, account),
    )  # fmt: skip


def _entry(of: ArchiveCoverage, account: str) -> tuple[dict[str, Any], str, str, str]:
    """Return the newest entry that is known, where it is from (given, package, manifest), its name and version."""
    spec = of.basis.spec
    known = next((one for one in spec.accounts if one.id == account), None) if spec else None
    if spec is not None and known is not None:
        return known.model_dump(mode="json", by_alias=True), of.basis.source, spec.id, spec.version
    kept = of.kept.get(account)
    return (dict(kept.entry), "manifest", kept.period, "") if kept else ({}, "none", "", "")


def _listed(of: ArchiveCoverage, account: str) -> bool:
    return of.basis.spec is None or of.table.accounts.index(account) < of.table.listed


def _newest(of: ArchiveCoverage, account: str, language: Language) -> Mark | None:
    """Return the newest occasion that has opened, else the first that is ahead."""
    table = of.table
    numbers = (table.account == table.accounts.index(account)).nonzero()[0].tolist()
    numbers.sort(key=lambda number: ends(table.slots[table.slot[number]]))
    opened = [number for number in numbers if STATES[table.state[number]] is not CellState.AHEAD]
    chosen = opened[-1:] or numbers[:1]
    return mark_of(of, chosen[0], language) if chosen else None


def _red(of: ArchiveCoverage, account: str) -> list[int]:
    years = of.years
    if years is None:
        return []
    place = of.table.accounts.index(account)
    return [year for year in years.years if years.verdict_of(place, year) is YearVerdict.RED]
