"""``urval hold``: what may not be destroyed for now, whatever a decision says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json, Spec, StoreUri  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import one_line, show, show_json

if TYPE_CHECKING:
    from urval.disposal import Hold

app = typer.Typer(no_args_is_help=True, help="Holds: stop the disposal of an account, a period or a package.")


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


By = Annotated[str, _option("--by", "Who acts; else the user's name.")]
Reason = Annotated[str, _option("--reason", "Why.")]
Case = Annotated[str, _option("--case", "The case number (diarienummer).")]


@app.command()
def add(
    spec: Spec,
    store: StoreUri,
    account: Annotated[str, _option("--account", "The account.")],
    reason: Reason,
    case: Case,
    period: Annotated[str | None, _option("--period", "Only this period, as 2026-05-01--2026-11-01.")] = None,
    package: Annotated[str | None, _option("--package", "Only this package, and what it was made of.")] = None,
    by: By = "",
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Put a hold on an account, one of its periods, or a package; a bucket with Object Lock enforces it too."""
    from flows.disposing import open_desk
    from flows.holding import add_hold

    desk = open_desk(spec, store, fixed_time=fixed_time, actor=by)
    put = add_hold(desk, account, period=period, package=package, reason=reason, case=case)
    if as_json:
        show_json(put.hold.model_dump(mode="json") | {"versions_locked": put.versions})
        return
    enforced = f"{put.versions} objects locked by the store" if put.versions else "the store itself locks nothing"
    show(one_line(f"hold {put.hold.id} on {_what(put.hold)}; {enforced}"))


@app.command()
def release(
    hold: Annotated[str, typer.Argument(metavar="HOLD", help="The hold's id.", show_default=False)],
    spec: Spec,
    store: StoreUri,
    reason: Reason,
    case: Case,
    by: By = "",
    fixed_time: FixedTime = None,
) -> None:
    """Take a hold off."""
    from flows.disposing import open_desk
    from flows.holding import release_hold

    desk = open_desk(spec, store, fixed_time=fixed_time, actor=by)
    put = release_hold(desk, hold, reason=reason, case=case)
    show(one_line(f"hold {put.hold.id} on {_what(put.hold)} released"))


@app.command("list")
def list_holds(spec: Spec, store: StoreUri, fixed_time: FixedTime = None, *, as_json: Json = False) -> None:
    """List the holds, those that were released among them."""
    from flows.disposing import open_desk
    from urval.store import read_holds

    desk = open_desk(spec, store, fixed_time=fixed_time)
    found = read_holds(desk.store, desk.archive)
    if as_json:
        rows = [
            one.model_dump(mode="json") | {"released": end.model_dump(mode="json") if end else None}
            for one, end in found
        ]
        show_json(rows)
        return
    if not found:
        show("There is no hold.")
    for one, end in found:
        told = f"released {end.at.date()} by {end.by}" if end else "in force"
        show(one_line(f"{one.id}  {told}  {_what(one)}  {one.case}: {one.reason} ({one.by})"))


def _what(hold: Hold) -> str:
    return " ".join(part for part in (hold.account, hold.period, hold.package) if part)
