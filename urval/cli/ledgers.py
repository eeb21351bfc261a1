"""``urval ledger``: everything that happened to one account, in order, and whether the chain is whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from urval.cli.archive import Json, StoreUri  # noqa: TC001 - Typer reads them
from urval.cli.output import one_line, show, show_json
from urval.errors import ConfigError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from urval.ledger import Event
    from urval.store import Store

_PARTS = 4  # ledger/<archive>/<account>/<period>


def ledger(
    account: Annotated[str, typer.Argument(help="The account's id.", show_default=False)],
    store: StoreUri,
    period: Annotated[
        str | None, typer.Option("--period", help="Only this one, as 2026-05-01--2026-11-01.", show_default=False)
    ] = None,
    timezone: Annotated[
        str, typer.Option("--timezone", help="Times are shown local to this zone.")
    ] = "Europe/Stockholm",
    *,
    as_json: Json = False,
) -> None:
    """Show the events of one account: number, local time, state, who and as what, why, and what about.

    Says of each ledger whether its chain is whole. The exit status is 1 if one is broken.
    """
    from urval.store import inspect_events, open_store

    zone = _zone(timezone)
    opened = open_store(store, must_exist=True)
    found = [(prefix, *inspect_events(opened, prefix)) for prefix in _prefixes(opened, account, period)]
    if not found:
        of = f", period {period}" if period else ""
        raise ConfigError(
            f"{opened.uri} holds no ledger of {account}{of}", next_step=f"See what it holds: urval status {store}"
        )
    if as_json:
        show_json([_plain(prefix, events, problems) for prefix, events, problems in found])
    else:
        for prefix, events, problems in found:
            _show(prefix, events, problems, zone)
    broken = [(prefix, problems) for prefix, _, problems in found if problems]
    if broken:
        raise VerificationError(
            f"the ledger {broken[0][0]} is broken: {one_line(broken[0][1][0])}",
            next_step="Restore it from a backup and find out who changed it.",
        )


def _prefixes(store: Store, account: str, period: str | None) -> list[str]:
    from urval.store import ledger_prefix

    archives = [prefix.partition("/")[2] for prefix, _ in store.stamps("ledger", 1)]
    return [
        prefix
        for archive in archives
        for prefix, _ in store.stamps(ledger_prefix(archive, account, "x").rpartition("/")[0], 1)
        if len(prefix.split("/")) == _PARTS and period in {None, prefix.rpartition("/")[2]}
    ]


def _show(prefix: str, events: Sequence[Event], problems: Sequence[str], zone: ZoneInfo) -> None:
    _, archive, account, period = prefix.split("/")
    show(f"{archive}  {account}  {period}")
    for event in events:
        local = event.at.astimezone(zone).isoformat(sep=" ", timespec="seconds")
        show(f"  {event.seq:>3}  {local}  {event.state:<9}  {one_line(event.actor)} ({one_line(event.role)})")
        if event.reason:
            show(f"       {one_line(event.reason)}")
        for name, value in event.refs.items():
            show(f"       {one_line(name)}: {one_line(value)}")
    if not problems:
        show(f"  The chain is whole: {len(events)} events, each names the one before.")
    for problem in problems:
        show(f"  BROKEN: {one_line(problem)}")


def _plain(prefix: str, events: Sequence[Event], problems: Sequence[str]) -> dict[str, Any]:
    from urval.ledger import digest

    _, archive, account, period = prefix.split("/")
    told = [
        {
            "seq": event.seq,
            "at": event.at.isoformat().replace("+00:00", "Z"),
            "state": str(event.state),
            "actor": event.actor,
            "role": event.role,
            "reason": event.reason,
            "refs": dict(event.refs),
            "previous": event.previous,
            "digest": digest(event),
        }
        for event in events
    ]
    return {
        "archive": archive, "account": account, "period": period, "whole": not problems, "problems": list(problems),
        "events": told,
    }  # fmt: skip


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"there is no time zone {name!r}", next_step="Name one as Europe/Stockholm.") from error
