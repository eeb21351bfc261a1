"""Coverage of one archive, as ``urval status`` judges it; without any spec, what ledgers and packages say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from urval.coverage import Coverage, Register, Standing, Years, chains_of, cover, table_of, years_of
from urval.coverage.columns import text
from urval.errors import UrvalError
from urval.periods import all_occasions
from urval.standings import extras_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from urval.periods import ExtraOccasion, Occasion
    from urval.reading_room.index import IndexedPackage
    from urval.reading_room.survey.bases import Basis
    from urval.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of an account: how many packages, the newest period, and its register entry as the newest has it."""

    packages: int
    period: str
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveCoverage:
    """The coverage of an archive.

    Attributes:
        basis: The spec it is judged by.
        table: The cells; where there is no spec, one for each ledger and package.
        years: Which years are fulfilled; None without a spec.
        packages: (account, period) -> id of the package: the period's first, not its supplements or corrections.
        kept: account -> what is kept of it; accounts without a package are not among them.
        next: The next occasion that has not opened; None without a spec.
        problems: What could not be read, one sentence each.
    """

    basis: Basis
    table: Coverage
    years: Years | None
    packages: Mapping[tuple[str, str], str]
    kept: Mapping[str, Kept]
    next: Occasion | None = None
    problems: tuple[str, ...] = ()


def covered(
    store: Store,
    basis: Basis,
    ledger: pa.Table,
    packages: Sequence[IndexedPackage],
    now: datetime,
    timezone: str,
) -> ArchiveCoverage:
    """Judge an archive; ``ledger`` is of the whole store, ``packages`` are the archive's, ``timezone`` without a spec.

    Raises:
        StoreError: The store cannot be reached.
    """
    places = _places(packages)
    if basis.spec is None:
        zone = ZoneInfo(timezone)
        register = _no_register(basis.archive, timezone)
        table = cover(register, {}, _with_packages(ledger, basis.archive, places), now.astimezone(zone).date())
        return ArchiveCoverage(basis=basis, table=table, years=None, packages=places, kept=_kept(packages))
    register = Register.of(basis.spec)
    today = now.astimezone(ZoneInfo(register.timezone)).date()
    problems = []
    extras: dict[str, tuple[ExtraOccasion, ...]] = {}
    try:
        extras = extras_of(store, register.archive)
        chains = chains_of(register, extras, today)
    except UrvalError as error:
        problems.append(error.message)
        chains = chains_of(register, {}, today)
    table = cover(register, chains, ledger, today)
    return ArchiveCoverage(
        basis=basis, table=table, years=years_of(table, chains), packages=places, kept=_kept(packages),
        next=next((one for one in all_occasions(register) if one.opens > today), None), problems=tuple(problems),
    )  # fmt: skip


def _kept(packages: Sequence[IndexedPackage]) -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for one in sorted(packages, key=lambda one: (one.account, one.period.partition("--")[2])):
        before = found.get(one.account)
        entry = one.manifest.account if one.manifest else before.entry if before else {}
        found[one.account] = Kept(packages=before.packages + 1 if before else 1, period=one.period, entry=entry)
    return found


def _places(packages: Sequence[IndexedPackage]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for one in packages:
        said = one.manifest
        first = said is None or (said.supplements is None and said.corrects is None)
        if first or (one.account, one.period) not in found:
            found[one.account, one.period] = one.package_id
    return found


def _no_register(archive: str, timezone: str) -> Register:
    return Register(
        archive=archive, name=archive, spec="", version="", timezone=timezone, first_period_start=date.min, persons=1,
        occasions=(), blackouts=(), accounts=(),
    )  # fmt: skip


def _with_packages(ledger: pa.Table, archive: str, places: Mapping[tuple[str, str], str]) -> pa.Table:
    """Add a row for each package of which no ledger tells: without a spec nothing else would show it."""
    own = ledger.filter(pc.equal(ledger.column("archive"), text(archive)))
    there = set(zip(own.column("account").to_pylist(), own.column("period").to_pylist(), strict=True))
    rows = [
        Standing(
            archive=archive, account=account, period=period, state="packaged", at="", note=name, problem="",
            stands="packaged", done="packaged",
        )
        for (account, period), name in places.items() if (account, period) not in there
    ]  # fmt: skip
    return pa.concat_tables([own, table_of(rows)]) if rows else own
