"""``urval verify``: judging packages."""

from __future__ import annotations

import sys
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.output import language, one_line, show, show_json
from urval.errors import ConfigError, UrvalError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.disposal import Tombstone
    from urval.verify import Level, Report, Trust

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Language = Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)]


def verify(
    target: Annotated[str, typer.Argument(help="A package folder, a proof file, or a store.", show_default=False)],
    account: Annotated[
        str | None, typer.Option("--account", help="Of a store: only this account.", show_default=False)
    ] = None,
    level: Annotated[str, typer.Option("--level", help="structure, digests or full.")] = "full",
    keys: Annotated[
        Path | None,
        typer.Option("--keys", help="The archive's list of keys, got elsewhere (allowed_signers).", show_default=False),
    ] = None,
    authorities: Annotated[
        Path | None,
        typer.Option("--tsa-ca", help="Certificates of trusted time-stamp authorities (PEM).", show_default=False),
    ] = None,
    anchor: Annotated[
        list[str] | None,
        typer.Option("--anchor", help="Of a store: SHA-256 of a run, known from elsewhere.", show_default=False),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Print the seal sheet of one package: FILE.pdf.", show_default=False)
    ] = None,
    lang: Language = None,
    *,
    as_json: Json = False,
) -> None:
    """Verify a package, a proof, a store, or one account of a store. Status 1 if anything is wrong."""
    import json

    from urval.cli.sheets import write_sheet
    from urval.cli.trusting import anchors_in, trust_in
    from urval.verify import Level

    if level not in set(Level):
        raise typer.BadParameter(f"{level} is no level: structure, digests or full", param_hint="--level")
    trust, anchors = trust_in(keys, authorities), anchors_in(anchor or ())
    reports = []
    for report in _reports(target, account, Level(level), trust, anchors):
        reports.append(report)
        if not as_json:
            show(report.to_text(language(lang)))
    if as_json:
        show_json([json.loads(report.to_json()) for report in reports])
    if sheet is not None:
        write_sheet(sheet, target, reports, trust, language(lang))
    _refuse_bad(reports)
    if not _is_package(target) and _proof_in(target) is None:
        if not as_json:
            _tell_newest_runs(target, lang)
            _tell_disposed(target, account, lang)
        _look_for_lost(target, account)


def _proof_in(target: str) -> bytes | None:
    """Return the bytes of a file that may be a proof: no more than such a file may have, and one."""
    from urval.verify.proof import MOST_BYTES, is_proof

    if not Path(target).is_file():
        return None
    with Path(target).open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    return data if is_proof(data) else None


def _refuse_file(target: str) -> None:
    if Path(target).is_file():
        raise ConfigError(
            f"{target} is a file, and neither a proof nor the folder of a package",
            next_step="Unpack it first (unzip, tar -x), then name the folder of the package.",
        )


def _proof_report(target: str, data: bytes, account: str | None, trust: Trust, anchors: list[str]) -> Report:
    from urval.verify import verify_proof

    if account is not None or anchors:
        raise ConfigError(f"{target} is one proof; --account and --anchor are for a store", next_step="Leave them out.")
    return verify_proof(data, Path(target).name, trust)


def _refuse_bad(reports: list[Report]) -> None:
    from urval.verify import CODES, PROOF_CODES, Verdict

    bad = [report for report in reports if report.verdict is Verdict.NOT_VALID]
    packages = [report.package for report in bad if report.codes is CODES]
    if not bad:
        return
    if bad[0].codes is PROOF_CODES:
        first = f"the proof {bad[0].package} is not valid"
    elif len(reports) == 1 and packages:
        first = f"the package {bad[0].package} is not valid"
    elif packages:
        of = sum(report.codes is CODES for report in reports)
        first = f"{len(packages)} of {of} packages are not valid; the first is {packages[0]}"
    else:
        first = f"the run manifests {bad[0].package} are not valid"
    raise UrvalError(
        first, next_step="Do not change anything. Compare with another copy, and see docs/format.md for each code."
    )


def _look_for_lost(target: str, account: str | None) -> None:
    from urval.holdings import lost_packages
    from urval.store import open_store

    lost = lost_packages(open_store(target, must_exist=True), account=account)
    if lost:
        raise VerificationError(
            f"the ledger says that packages were stored which are not there: {len(lost)}, first {lost[0]}",
            next_step="Restore them from another copy, and find out who removed them.",
        )


def _gone(target: str, account: str | None) -> list[tuple[str, Tombstone]]:
    from urval.disposed import disposed_packages
    from urval.store import open_store

    return disposed_packages(open_store(target, must_exist=True), account=account)


def _tell_newest_runs(target: str, lang: str | None) -> None:
    """Print what belongs in the minutes: a later ``--anchor`` finds a store that was set back."""
    from urval.held_runs import archives_with_runs, newest_run
    from urval.store import open_store

    words = "senaste körningen, för protokollet" if language(lang) == "sv" else "newest run, for the minutes"
    store = open_store(target, must_exist=True)
    for archive in archives_with_runs(store):
        if (newest := newest_run(store, archive)) is not None:
            show(one_line(f"runs/{archive}: {words}: {newest[0]}, SHA-256 {newest[1]}"))


def _tell_disposed(target: str, account: str | None, lang: str | None) -> None:
    words = "gallrat enligt" if language(lang) == "sv" else "disposed under"
    for prefix, stone in _gone(target, account):
        show(one_line(f"{prefix}: {words} {stone.references}, {stone.executed_at.date()}"))


def _is_package(target: str) -> bool:
    return (Path(target) / "bagit.txt").is_file() or (Path(target) / "manifest.json").is_file()


def _reports(target: str, account: str | None, level: Level, trust: Trust, anchors: list[str]) -> Iterator[Report]:
    from urval.cli.trusting import run_reports
    from urval.held_runs import listed_in
    from urval.holdings import packages, verify_held
    from urval.store import open_store
    from urval.verify import FolderReader, verify_package

    if (proof := _proof_in(target)) is not None:
        yield _proof_report(target, proof, account, trust, anchors)
        return
    if _is_package(target):
        if account is not None:
            raise ConfigError(
                f"{target} is one package, and --account chooses among the packages of a store",
                next_step="Leave --account out, or name the store.",
            )
        if anchors:
            raise ConfigError(f"{target} is one package, and --anchor is for a store", next_step="Name the store.")
        yield verify_package(FolderReader(Path(target)), level=level, trust=trust, progress=_progress)
        return
    _refuse_file(target)
    store = open_store(target, must_exist=True)
    found = False
    listed = cache(partial(listed_in, store))
    for held in packages(store, account=account):
        found = True
        yield verify_held(store, held, level=level, trust=trust, listed=listed(held.place[0]), progress=_progress)
    for report in run_reports(store, account, level, trust, anchors):
        found = True
        yield report
    if not found and not _gone(target, account):
        _look_for_lost(target, account)
        whose = f" of {account}" if account else ""
        raise VerificationError(
            f"{target} holds no package{whose}", next_step="Name a package folder, or a store that holds packages."
        )


def _progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        told = f"  {step} {done}/{total}" if done < total else ""  # wiped when done: the report stands alone
        print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)  # noqa: T201
