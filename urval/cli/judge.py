"""``urval verify``: judging packages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from urval.cli.output import language, show, show_json
from urval.errors import ConfigError, UrvalError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urval.verify import Level, Report

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Language = Annotated[str | None, typer.Option("--language", help="sv or en.", show_default=False)]


def verify(
    target: Annotated[str, typer.Argument(help="A package folder, or a store (folder or s3://…).", show_default=False)],
    account: Annotated[
        str | None, typer.Option("--account", help="Of a store: only this account.", show_default=False)
    ] = None,
    level: Annotated[str, typer.Option("--level", help="structure, digests or full.")] = "full",
    lang: Language = None,
    *,
    as_json: Json = False,
) -> None:
    """Verify a package, a store, or one account of a store. Status 1 if anything is wrong."""
    import json

    from urval.verify import Level, Verdict

    if level not in set(Level):
        raise typer.BadParameter(f"{level} is no level: structure, digests or full", param_hint="--level")
    reports = []
    for report in _reports(target, account, Level(level)):
        reports.append(report)
        if not as_json:
            show(report.to_text(language(lang)))
    if as_json:
        show_json([json.loads(report.to_json()) for report in reports])
    bad = [report.package for report in reports if report.verdict is Verdict.NOT_VALID]
    if bad:
        first = f"{len(bad)} of {len(reports)} packages are not valid; the first is {bad[0]}"
        raise UrvalError(
            first if len(reports) > 1 else f"the package {bad[0]} is not valid",
            next_step="Do not change anything. Compare with another copy, and see docs/format.md for each code.",
        )
    if not _is_package(target):
        _look_for_lost(target, account)


def _look_for_lost(target: str, account: str | None) -> None:
    from urval.holdings import lost_packages
    from urval.store import open_store

    lost = lost_packages(open_store(target, must_exist=True), account=account)
    if lost:
        raise VerificationError(
            f"the ledger says that packages were stored which are not there: {len(lost)}, first {lost[0]}",
            next_step="Restore them from another copy, and find out who removed them.",
        )


def _is_package(target: str) -> bool:
    return (Path(target) / "bagit.txt").is_file() or (Path(target) / "manifest.json").is_file()


def _reports(target: str, account: str | None, level: Level) -> Iterator[Report]:
    from urval.holdings import packages, verify_held
    from urval.store import open_store
    from urval.verify import FolderReader, verify_package

    if _is_package(target):
        if account is not None:
            raise ConfigError(
                f"{target} is one package, and --account chooses among the packages of a store",
                next_step="Leave --account out, or name the store.",
            )
        yield verify_package(FolderReader(Path(target)), level=level, progress=_progress)
        return
    store = open_store(target, must_exist=True)
    found = False
    for held in packages(store, account=account):
        found = True
        yield verify_held(store, held, level=level, progress=_progress)
    if not found:
        _look_for_lost(target, account)
        whose = f" of {account}" if account else ""
        raise VerificationError(
            f"{target} holds no package{whose}", next_step="Name a package folder, or a store that holds packages."
        )


def _progress(step: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        told = f"  {step} {done}/{total}" if done < total else ""  # wiped when done: the report stands alone
        print(f"\r\033[K{told}", end="", file=sys.stderr, flush=True)  # noqa: T201
