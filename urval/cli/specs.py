"""``urval spec``: check, show, and print the schema of archive specs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from urval.cli.output import show, show_json
from urval.errors import ConfigError

app = typer.Typer(help="Check and show archive specs.", no_args_is_help=True)

SpecPath = Annotated[Path, typer.Argument(help="The archive spec, a YAML file.", show_default=False)]


@app.command(short_help="Check an archive spec, and say how to correct it.")
def check(spec: SpecPath) -> None:
    """Check an archive spec: faults of its form with line, column and remedy, then each account's settings."""
    from connectors._registry import check_account, reads_files_only
    from urval.spec import read_spec

    loaded = read_spec(spec)
    files_only = []
    for account in loaded.spec.accounts:
        if reads_files_only(account.platform, account_id=account.id, settings=account.settings):
            files_only.append(account.id)
        else:
            check_account(account.platform, account_id=account.id, settings=account.settings)
    accounts, rules = len(loaded.spec.accounts), len(loaded.spec.rules)
    show(f"{spec}: correct. Spec {loaded.spec.id}, version {loaded.spec.version}, {accounts} accounts, {rules} rules.")
    if files_only:
        show(f"Without settings, so only by 'urval import' of an export file: {', '.join(files_only)}.")
    if loaded.spec.dry_run_only:
        show("It names no decision, so it runs dry only.")


@app.command("show")
def show_spec(
    spec: SpecPath,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print the spec as JSON.")] = False,
) -> None:
    """Show accounts, rules and the occasions of this year and the next."""
    from datetime import UTC, datetime

    from urval.periods import occasions_for
    from urval.spec import read_spec

    loaded = read_spec(spec)
    if as_json:
        show_json(loaded.spec.model_dump(mode="json", by_alias=True))
        return
    model = loaded.spec
    show(f"{model.archive.name}: archive spec {model.id}, version {model.version}, valid from {model.valid_from}")
    decision = model.decision
    show(f"Decision: {decision.authority}, {decision.reference}, {decision.date}" if decision else "Decision: none")
    show(f"SHA-256: {loaded.sha256}\n\nAccounts")
    for account in model.accounts:
        show(f"  {account.id}  {account.platform}, {account.account_class}: {account.name}")
        show(f"    rules: {', '.join(rule.id for rule in model.rules_for(account)) or 'none'}")
    show("\nRules")
    for rule in model.rules:
        show(f"  {rule.id}  {rule.rule}  {rule.purpose or ''}".rstrip())
    show("\nOccasions")
    year = datetime.now(UTC).year
    for occasion in occasions_for(model, first_year=year, last_year=year + 1):
        show(f"  {occasion.id}  capture {occasion.opens} to {occasion.closes}, covers {occasion.period.id}")


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", show_default=False)] = None,
) -> None:
    """Print the JSON Schema of archive specs, for editors."""
    from urval.spec import schema_text

    if output is None:
        show(schema_text().rstrip("\n"))
        return
    try:
        output.write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"cannot write {output}: {(error.strerror or str(error)).lower()}", next_step="Check the path."
        ) from error
