"""The first page: what is kept, what is due, what is wrong."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from itertools import groupby
from typing import Annotated

from fastapi import Query

from urval.coverage import ACCOUNTS_A_PAGE, needs, red_sentences
from urval.reading_room.pages import AskedHere, Pages, View
from urval.reading_room.room import Language
from urval.reading_room.survey import ArchiveCoverage, RunTold, Surveyed, Wrong
from urval.reading_room.views.matrix import Matrix, matrix

pages = Pages()
_REVIEWED = frozenset({"proposed", "second", "supplement"})
_RUNS, _RED, _DUE, _WRONG = 6, 20, 30, 50  # lines of each list

Asked = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(ge=1, le=100_000)]


class FiguresView(View):
    """How much is kept; days are local, the last not included, and empty where there is no package."""

    packages: int
    accounts: int
    threads: int
    comments: int
    media: int
    first_day: str
    last_day: str


class NeedLine(View):
    """One thing to do, and the command that does it; ``reviewed`` says that the page of its review does it too."""

    archive: str
    kind: str
    occasion: str
    accounts: list[str]
    sentence: str
    command: str
    reviewed: bool


class RunLine(View):
    """A run. ``signed`` and ``stamped``: the files are there, which says nothing of whether they are right."""

    archive: str
    number: int
    started_at: datetime | None
    ended_at: datetime | None
    packages: int
    signed: bool
    stamped: bool
    problem: str


class WrongLine(View):
    """One thing that is wrong; ``detail`` is the program's own sentence."""

    kind: str
    serious: bool
    archive: str
    account: str
    period: str
    package: str
    run: int
    detail: str


class LookedAtView(View):
    """How much was looked at for what is wrong."""

    packages: int
    ledgers: int
    runs: int
    accounts: int


class NextLine(View):
    """The next occasion of an archive that has not opened yet."""

    archive: str
    occasion: str
    opens: date
    closes: date


class OverviewView(View):
    """The first page. ``as_of`` is when the store was looked at; lists are cut, their ``…_all`` is their length."""

    as_of: datetime
    figures: FiguresView
    q: str
    page: int
    pages: int
    accounts: int
    tables: list[Matrix]
    red: list[str]
    red_all: int
    judged: bool
    due: list[NeedLine]
    due_all: int
    next: list[NextLine]
    runs: list[RunLine]
    runs_all: int
    wrong: list[WrongLine]
    wrong_all: int
    serious: int
    looked_at: LookedAtView


@pages.page("/", name="overview", template="overview.html")
def overview(here: AskedHere, q: Asked = "", page: PageNumber = 1) -> OverviewView:
    """Tell what the store holds, what is due and what is wrong."""
    seen = here.room.survey.told()
    of = {one.basis.archive: one for one in seen.archives}
    found = [(one.basis.archive, account) for one in seen.archives for account in _asked(one, q)]
    last = max(1, -(-len(found) // ACCOUNTS_A_PAGE))
    page = min(page, last)
    shown = found[(page - 1) * ACCOUNTS_A_PAGE : page * ACCOUNTS_A_PAGE]
    red = [line for one in seen.archives if one.years for line in red_sentences(one.table, one.years, here.language)]
    due = [line for one in seen.archives for line in _due(one, here.language, here.room.store.uri)]
    return OverviewView(
        as_of=seen.at, figures=FiguresView(**_plain(seen)), q=q, page=page, pages=last, accounts=len(found),
        tables=_tables(of, shown, here.language), red=red[:_RED], red_all=len(red),
        judged=any(one.years is not None for one in seen.archives), due=due[:_DUE], due_all=len(due),
        next=[
            NextLine(archive=one.basis.archive, occasion=one.next.id, opens=one.next.opens, closes=one.next.closes)
            for one in seen.archives if one.next
        ],
        runs=[run_line(one) for one in _newest(seen.runs)[:_RUNS]], runs_all=len(seen.runs),
        wrong=[_wrong(one) for one in seen.wrongs[:_WRONG]], wrong_all=len(seen.wrongs),
        serious=sum(one.serious for one in seen.wrongs), looked_at=_looked_at(seen),
    )  # fmt: skip


def run_line(one: RunTold) -> RunLine:
    """Return a run as it is listed."""
    return RunLine(
        archive=one.archive, number=one.number, started_at=one.started_at, ended_at=one.ended_at,
        packages=one.packages, signed=one.signed, stamped=one.stamped, problem=one.problem,
    )  # fmt: skip


def _asked(one: ArchiveCoverage, q: str) -> list[str]:
    """Return the accounts whose id or name holds what was asked for."""
    wanted = q.strip().casefold()
    names = {entry.id: entry.name.casefold() for entry in one.table.register.accounts}
    return [
        account for account in one.table.accounts if wanted in account.casefold() or wanted in names.get(account, "")
    ]


def _tables(of: Mapping[str, ArchiveCoverage], shown: Collection[tuple[str, str]], language: Language) -> list[Matrix]:
    return [
        matrix(of[archive], {account for _, account in accounts}, language)
        for archive, accounts in groupby(shown, key=lambda one: one[0])
    ]


def _due(one: ArchiveCoverage, language: Language, store: str) -> list[NeedLine]:
    if one.years is None:
        return []
    spec = one.basis.name if one.basis.source == "given" else "archive-spec.yaml"
    return [
        NeedLine(
            archive=one.basis.archive, kind=need.kind, occasion=need.occasion, accounts=list(need.accounts),
            sentence=need.sentence, command=need.command, reviewed=need.kind in _REVIEWED,
        )
        for need in needs(one.table, language, store=store, spec=spec)
    ]  # fmt: skip


def _newest(runs: tuple[RunTold, ...]) -> list[RunTold]:
    return sorted(runs, key=lambda one: (one.ended_at.isoformat() if one.ended_at else "", one.number), reverse=True)


def _wrong(one: Wrong) -> WrongLine:
    return WrongLine(
        kind=one.kind, serious=one.serious, archive=one.archive, account=one.account, period=one.period,
        package=one.package, run=one.run, detail=one.detail,
    )  # fmt: skip


def _plain(seen: Surveyed) -> dict[str, int | str]:
    return {name: getattr(seen.figures, name) for name in FiguresView.model_fields}


def _looked_at(seen: Surveyed) -> LookedAtView:
    at = seen.looked_at
    return LookedAtView(packages=at.packages, ledgers=at.ledgers, runs=at.runs, accounts=at.accounts)
