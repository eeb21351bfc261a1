"""``urval occasion``: list each account's occasions, decide an extra one, leave one out, look for changed pages."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from urval.cli.archive import AccountIds, FixedTime, Json, Spec, StoreUri  # noqa: TC001 - Typer reads them
from urval.cli.output import show, show_json, tell_progress
from urval.errors import ConfigError, UrvalError

if TYPE_CHECKING:
    from flows.run import Run

app = typer.Typer(help="List occasions of accounts, add and skip them.", no_args_is_help=True)

OneAccount = Annotated[str, typer.Option("--account", help="The account.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why, in one sentence.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="Who decides; left out: the user's name.", show_default=False)]


@app.command("list", short_help="Show every occasion of each account, and how far it is.")
def list_command(
    spec: Spec,
    store: StoreUri,
    account: AccountIds = None,
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Show every occasion of each account that has begun: its window, the period it covers, how far it is, how late."""
    from flows.occasions import list_occasions, open_calendar

    run = open_calendar(str(spec), store, fixed_time=fixed_time, dry=True)
    rows = list_occasions(run, _chosen(run, account))
    if as_json:
        show_json(rows)
        return
    if not rows:
        show("No period of these accounts has begun.")
    for line in table(rows):
        show(line)


def table(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows as lines, an account's below its name; what a person decided below the occasion."""
    lines, named = [], None
    widths = [max((len(cell[place]) for cell in map(_cells, rows)), default=0) for place in range(4)]
    for row in rows:
        if row["account_id"] != named:
            named = row["account_id"]
            lines.append(named)
        cells = [cell.ljust(width) for cell, width in zip(_cells(row), widths, strict=True)]
        late = f"  {row['days_late']} days late" if row["days_late"] else ""
        lines.append(f"  {'  '.join(cells).rstrip()}{late}")
        if row["reason"]:
            lines.append(f"      {row['decided_by']}: {row['reason']}")
    return [_plain(line) for line in lines]


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return row["occasion"], f"{row['opens']} to {row['closes']}", f"covers {row['period']}", row["state"]


def _plain(text: str) -> str:
    """Return text with nothing in it that could act on a terminal: the ledger keeps what people wrote."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


@app.command(short_help="Decide an extra occasion of an account.")
def add(
    spec: Spec,
    store: StoreUri,
    account: OneAccount,
    kind: Annotated[
        Literal["change", "closing", "extra"],
        typer.Option("--kind", help="Why: the page looks otherwise, the account is to be closed, something else."),
    ],
    reason: Reason,
    day: Annotated[
        str | None,
        typer.Option("--day", help="The first day not covered, YYYY-MM-DD; left out: today.", show_default=False),
    ] = None,
    by: By = "",
    fixed_time: FixedTime = None,
) -> None:
    """Decide an extra occasion of an account: it covers all days before the day given, and is due from that day on.

    Nothing is captured. What was decided stays; an occasion that is not to be made after all is skipped.
    """
    from flows.occasions import add_extra, open_calendar

    run = open_calendar(str(spec), store, fixed_time=fixed_time, actor=by)
    extra = add_extra(run, account, kind, _day(day) if day else run.today(), reason=reason)
    show(f"{account}: the occasion {extra.id} is decided, and due.")
    show(f"Capture it with: urval capture --account {account} --occasion {extra.id}")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{text!r} is no day", next_step="Write it as YYYY-MM-DD.") from error


@app.command(short_help="Leave an occasion of an account out, with a reason.")
def skip(
    spec: Spec,
    store: StoreUri,
    account: OneAccount,
    occasion: Annotated[str, typer.Option("--occasion", help="Its id, as 2026-host.", show_default=False)],
    reason: Reason,
    by: By = "",
    fixed_time: FixedTime = None,
) -> None:
    """Leave an occasion of an account out: the ledger says who decided it, and why. Nothing of its time is kept."""
    from flows.occasions import open_calendar
    from flows.occasions import skip as leave_out

    run = open_calendar(str(spec), store, fixed_time=fixed_time, actor=by)
    left = leave_out(run, account, occasion, reason)
    show(f"{account}: the occasion {left.id} is left out; nothing of {left.period.id} is kept.")


_SAID = {
    "same": "looks as at the last capture",
    "changed": "looks otherwise",
    "waiting": "looks otherwise",
    "unknown": "not compared",
    "closed": "not looked at",
    "not opened": "not looked at",
    "files only": "not looked at",
    "failed": "FAILED",
}


@app.command(short_help="Look for changed pages, and decide an occasion where one is.")
def check(
    spec: Spec,
    store: StoreUri,
    account: AccountIds = None,
    by: By = "",
    fixed_time: FixedTime = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look, but decide nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Look at each account's page, and decide an extra occasion of today where it differs from the last capture.

    Avatar, cover, name, text and links are compared. The exit status is 1 only if an account could not be looked at.
    """
    from flows.occasions import open_calendar
    from flows.page_changes import look_for_changes

    run = open_calendar(str(spec), store, fixed_time=fixed_time, actor=by, dry=dry_run)
    with tell_progress():
        rows = look_for_changes(run, _chosen(run, account), dry=dry_run)
    if as_json:
        show_json(rows)
    else:
        for row in rows:
            _show_look(row)
    failed = [row["account_id"] for row in rows if row["result"] == "failed"]
    if failed:
        sys.stdout.flush()
        raise UrvalError(
            f"{len(failed)} of {len(rows)} accounts could not be looked at: {', '.join(failed)}",
            next_step="Correct the cause and give the same command again.",
        )


def _show_look(row: dict[str, Any]) -> None:
    changes = f": {', '.join(row['changes'])}" if row["changes"] else ""
    decided = f"; the occasion {row['occasion']} is decided" if row["occasion"] else ""
    show(f"{row['account_id']}: {_SAID[row['result']]}{changes}{decided}")
    for line in row["detail"].splitlines():
        show(f"    {_plain(line)}")


def _chosen(run: Run, account_ids: list[str] | None) -> list[str]:
    """Return the accounts named, each once; all of the spec where none is.

    Raises:
        ConfigError: One is not in the spec.
    """
    named = [run.loaded.spec.account(name).id for name in dict.fromkeys(account_ids or ())]
    return named or [account.id for account in run.loaded.spec.accounts]
