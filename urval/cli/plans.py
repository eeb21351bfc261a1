"""``urval plan``: what is due, what it will take, and whether each credential will do."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json, OccasionId, Spec, StoreUri  # noqa: TC001 - Typer reads them
from urval.cli.output import show, show_json
from urval.errors import UrvalError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flows.run import Run

_WIDTH = 100  # columns
_HEAD = ("account", "platform", "state", "calls", "files", "cost", "time", "credential")
_RIGHT = {"calls", "files", "cost", "time"}
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400  # seconds


def plan(
    spec: Spec,
    store: StoreUri,
    occasion: OccasionId = "due",
    fixed_time: FixedTime = None,
    *,
    check_credentials: Annotated[
        bool, typer.Option("--check-credentials", help="Ask each platform once whether its credential will do.")
    ] = False,
    ask: Annotated[
        bool, typer.Option("--ask", help="Read the page of accounts that were never captured, to estimate them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Say what is due for an occasion, what it will take, and whether each credential will do.

    Calls, quota, money and time are predicted from the account's last capture. No platform is called unless one of the
    two options says so. The exit status is 1 if something prevents the capture.
    """
    from flows.plan import plan_run
    from flows.run import open_run

    run = open_run(str(spec), store, occasion, fixed_time=fixed_time, dry=True, ahead=True)
    rows = plan_run(run, check_credentials=check_credentials, ask=ask)
    if as_json:
        show_json(rows)
    else:
        for line in _heads(run):
            show(line)
        for line in table(rows):
            show(line)
    problems = [problem for row in rows for problem in row["prevents"]]
    if problems:
        for problem in [] if as_json else problems[1:]:
            show(f"prevented: {problem['sentence'].rstrip('.')}. {problem['next_step']}".rstrip())
        raise UrvalError(problems[0]["sentence"], next_step=problems[0]["next_step"])


def _heads(run: Run) -> list[str]:
    """Return a line for each period that the accounts have at the run's occasion: mostly one, more after extra ones."""
    from flows.run import work_of

    taking_part = work_of(run, run.occasion_id, None)
    found = {run.occasion_of(account_id) for account_id in taking_part}
    return [
        f"{one.id}: period {one.period.id}, capture {one.opens} to {one.closes}"
        for one in sorted(found, key=lambda one: one.period.id)
    ]


def table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the rows as a table of at most 100 columns, then the warnings as sentences."""
    cells = [_HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(_HEAD))]
    widths[0] = max(len(_HEAD[0]), min(widths[0], _WIDTH - sum(widths[1:]) - 2 * (len(_HEAD) - 1)))
    lines = [_line(line, widths) for line in cells]
    if any(row["forecast"] is None and not row["done"] for row in rows):
        lines.append("?: not known before a first capture; --ask reads the number of posts, if the page tells it.")
    if any(row["forecast"] and row["forecast"]["least"] for row in rows):
        lines.append(">: how many comments there are is not known; it takes at least this.")
    if any(row["forecast"] and row["forecast"]["units"] for row in rows):
        lines.append("u: units of the platform's daily quota.")
    return lines + [f"warning: {words}." for row in rows for words in row["warnings"]]


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    shown = [text if len(text) <= width else f"{text[: width - 1]}…" for text, width in zip(cells, widths, strict=True)]
    placed = [
        text.rjust(width) if name in _RIGHT else text.ljust(width)
        for text, width, name in zip(shown, widths, _HEAD, strict=True)
    ]
    return "  ".join(placed).rstrip()


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    told = row["forecast"]
    named = (row["account_id"], row["platform"], row["state"])
    if told is None:
        unknown = "-" if row["done"] else "?"
        return (*named, unknown, unknown, unknown, unknown, _credential(row))
    least = ">" if told["least"] else ""
    cost = f"${told['money_usd']}" if told["money_usd"] else f"{told['units']:,}u" if told["units"] else "-"
    numbers = (f"{least}{told['total']:,}", f"{told['media']:,}", least + cost if cost != "-" else cost)
    return (*named, *numbers, least + duration(told["seconds"]), _credential(row))


def duration(seconds: int) -> str:
    """Return a time span in its largest unit, rounded up."""
    for unit, length in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if seconds >= length:
            return f"{-(-seconds // length)} {unit}"
    return f"{seconds} s"


def _credential(row: dict[str, Any]) -> str:
    check = row["check"]
    if check is None:
        return row["credential"] if row["credential"] in {"set", "not needed"} else "missing"
    ends = check["expires_at"]
    said = (
        (not check["valid"], "refused"),
        (check["missing"], "works, lacks rights"),
        (check["renewable"], "works, renews itself"),
        (check["scopes"] is None and check["needed"], "works, rights unknown"),
        (ends, f"works to {datetime.fromisoformat(ends):%Y-%m-%d}" if ends else ""),
    )
    return next((words for holds, words in said if holds), "works")
