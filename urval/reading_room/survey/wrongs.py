"""What is wrong in a store, as far as it shows without verifying: each with where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import pyarrow.compute as pc

from urval.coverage.columns import text
from urval.errors import VerificationError
from urval.holdings import lost_packages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa

    from urval.reading_room.access.restrictions import Restrictions
    from urval.reading_room.index import IndexedPackage
    from urval.reading_room.survey.runs import RunTold
    from urval.store import Store

Kind: TypeAlias = Literal[
    "ledger", "lost", "lost_unknown", "damaged", "restrictions", "run", "chain", "signature", "stamp", "unsigned",
    "run_signature", "run_stamp", "run_unsigned", "no_ledger", "spec",
]  # fmt: skip
SERIOUS: frozenset[Kind] = frozenset({
    "ledger", "lost", "lost_unknown", "damaged", "restrictions", "run", "chain", "signature", "run_signature", "spec",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """One thing that is wrong: what (``kind``), where, and the program's own sentence where there is one."""

    kind: Kind
    archive: str = ""
    account: str = ""
    period: str = ""
    package: str = ""
    run: int = 0
    detail: str = ""

    @property
    def serious(self) -> bool:
        """Tell whether something is damaged or lost; else it only lacks what it could have, as a signature."""
        return self.kind in SERIOUS


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAt:
    """How much was looked at."""

    packages: int
    ledgers: int
    runs: int
    accounts: int  # whose restrictions were read


def wrongs(
    store: Store,
    ledger: pa.Table,
    packages: Sequence[IndexedPackage],
    runs: Sequence[RunTold],
    restrictions: Restrictions,
) -> tuple[list[Wrong], LookedAt]:
    """Look for what is wrong; the serious things come first.

    Raises:
        StoreError: The store cannot be reached.
    """
    accounts = sorted({(one.archive, one.account) for one in packages} | _accounts(ledger))
    found = [
        *_ledgers(ledger), *_lost(store), *_packages(store, packages), *_restrictions(restrictions, accounts),
        *_runs(runs), *_without_ledger(ledger, packages),
    ]  # fmt: skip
    found.sort(key=lambda one: (not one.serious, one.kind, one.archive, one.account, one.period, one.run))
    looked = LookedAt(packages=len(packages), ledgers=ledger.num_rows, runs=len(runs), accounts=len(accounts))
    return found, looked


def _accounts(ledger: pa.Table) -> set[tuple[str, str]]:
    return {(row["archive"], row["account"]) for row in ledger.select(["archive", "account"]).to_pylist()}


def _ledgers(ledger: pa.Table) -> Iterator[Wrong]:
    for row in ledger.filter(pc.not_equal(ledger.column("problem"), text(""))).to_pylist():
        yield Wrong(
            kind="ledger", archive=row["archive"], account=row["account"], period=row["period"], detail=row["problem"]
        )


def _lost(store: Store) -> Iterator[Wrong]:
    try:
        for prefix in lost_packages(store):
            _, archive, account, period, name = prefix.split("/")
            yield Wrong(kind="lost", archive=archive, account=account, period=period, package=name)
    except VerificationError as error:
        yield Wrong(kind="lost_unknown", detail=error.message)


def _packages(store: Store, packages: Iterable[IndexedPackage]) -> Iterator[Wrong]:
    for one in packages:
        kind, detail = _of_package(store, one)
        if kind is not None:
            yield Wrong(
                kind=kind, archive=one.archive, account=one.account, period=one.period, package=one.package_id,
                detail=detail,
            )  # fmt: skip


def _of_package(store: Store, one: IndexedPackage) -> tuple[Kind | None, str]:
    if one.problem or one.manifest is None:
        return "damaged", one.problem
    if one.manifest.seal is None:
        return "unsigned", ""
    if not store.exists(f"{one.prefix}/manifest.json.sig"):
        return "signature", ""
    if one.manifest.seal.stamps and not store.exists(f"{one.prefix}/manifest.json.sig.tsr"):
        return "stamp", ""
    return None, ""


def _restrictions(restrictions: Restrictions, accounts: Iterable[tuple[str, str]]) -> Iterator[Wrong]:
    for archive, account in accounts:
        problem = restrictions.of(archive, account).problem
        if problem:
            yield Wrong(kind="restrictions", archive=archive, account=account, detail=problem)


def _runs(runs: Iterable[RunTold]) -> Iterator[Wrong]:
    for one in runs:
        if one.problem:
            yield Wrong(kind="run", archive=one.archive, run=one.number, detail=one.problem)
        elif not one.identity:
            yield Wrong(kind="run_unsigned", archive=one.archive, run=one.number)
        elif not one.signed:
            yield Wrong(kind="run_signature", archive=one.archive, run=one.number)
        elif one.stamps_wanted and not one.stamped:
            yield Wrong(kind="run_stamp", archive=one.archive, run=one.number)


def _without_ledger(ledger: pa.Table, packages: Iterable[IndexedPackage]) -> Iterator[Wrong]:
    rows = ledger.select(["archive", "account", "period"]).to_pylist()
    there = {(row["archive"], row["account"], row["period"]) for row in rows}
    for one in packages:
        if (one.archive, one.account, one.period) not in there:
            yield Wrong(
                kind="no_ledger", archive=one.archive, account=one.account, period=one.period, package=one.package_id
            )
