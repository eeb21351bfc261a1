"""``urval restrict`` and ``urval access-copy``: items nobody may be shown, and copies for release and research."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import one_line, show, show_json, tell_progress
from urval.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Restrict access to an item; the sealed package is not touched.")


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


Store = Annotated[str, typer.Argument(metavar="STORE", help="A folder, or s3://….", show_default=False)]
By = Annotated[str, _option("--by", "Who acts; else the user's name.")]
Decision = Annotated[str, _option("--decision", "The decision's reference (diarienummer).")]
Reason = Annotated[str, _option("--reason", "Why.")]


@app.command()
def add(
    store: Store,
    package: Annotated[str, _option("--package", "The package's id.")],
    item: Annotated[str, _option("--item", "The thread's or comment's id.")],
    decision: Decision,
    reason: Reason,
    by: By = "",
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Restrict access to a thread or comment, in whatever package of the account it lies."""
    from flows.restricting import acting_on, held_package, restrict
    from urval.store import open_store

    opened = open_store(store, must_exist=True)
    held = held_package(opened, package)
    made = restrict(acting_on(opened, held, by=by, fixed_time=fixed_time), held, item, decision=decision, reason=reason)
    if as_json:
        show_json(made.model_dump(mode="json"))
    else:
        show(one_line(f"{made.kind} {made.item} of {made.account} is restricted under {made.decision}: {made.id}"))


@app.command()
def lift(
    store: Store,
    restriction: Annotated[str, typer.Argument(metavar="RESTRICTION", help="Its id.", show_default=False)],
    decision: Decision,
    reason: Reason,
    by: By = "",
    fixed_time: FixedTime = None,
) -> None:
    """Lift a restriction."""
    from flows.restricting import lift_restriction
    from urval.store import open_store

    opened = open_store(store, must_exist=True)
    made = lift_restriction(opened, restriction, decision=decision, reason=reason, by=by, fixed_time=fixed_time)
    show(one_line(f"{made.kind} {made.item} of {made.account} is restricted no longer by {made.id}"))


@app.command("list")
def list_restrictions(
    store: Store,
    account: Annotated[str | None, _option("--account", "Only this account.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the restrictions, those that were lifted among them."""
    from flows.restricting import all_restrictions
    from urval.store import open_store

    found = all_restrictions(open_store(store, must_exist=True), account)
    if as_json:
        show_json(
            [
                one.model_dump(mode="json") | {"lifted": end.model_dump(mode="json") if end else None}
                for one, end in found
            ]
        )
        return
    if not found:
        show("There is no restriction.")
    for one, end in found:
        told = f"lifted {end.at.date()} by {end.by}" if end else "in force"
        show(
            one_line(f"{one.id}  {told}  {one.account} {one.kind} {one.item}  {one.decision}: {one.reason} ({one.by})")
        )


def access_copy(
    target: Annotated[str, typer.Argument(help="A store, or a package folder.", show_default=False)],
    to: Annotated[Path, _option("--to", "A new folder for the copy.")],
    package: Annotated[str | None, _option("--package", "Of a store: the package's id.")] = None,
    key_file: Annotated[
        Path | None, _option("--key-file", "The key of the pseudonyms; else URVAL_PSEUDONYM_KEY.")
    ] = None,
    reviewed_by: Annotated[str | None, _option("--reviewed-by", "Who reviewed its secrecy.")] = None,
    by: By = "",
    fixed_time: FixedTime = None,
    *,
    for_review: Annotated[
        bool, typer.Option("--for-review", help="Make it for the secrecy review; it says that it may not be released.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Copy a package's rows for release or research: commenters pseudonymised, restricted items left out.

    The copy is no package, and says what it does not hide.
    """
    from flows.access_copies import Wanted, copy_of_held, make_copy, read_key
    from flows.disposing import who
    from flows.restricting import acting_on, held_package
    from flows.run import clock_of
    from urval.review import one_line as checked
    from urval.store import open_store

    if (reviewed_by is None) is not for_review:
        raise ConfigError(
            "a copy is released only after a secrecy review, and this one says nothing of one",
            next_step="Give --reviewed-by NAME, or --for-review for a copy to make that review on.",
        )
    reviewer = None if reviewed_by is None else checked(reviewed_by, "name")
    made_by, made_at = checked(who(by), "name"), clock_of(fixed_time)[0]()
    wanted = Wanted(to=to, key=read_key(key_file), made_by=made_by, made_at=made_at, reviewed_by=reviewer)
    with tell_progress():
        if (Path(target) / "manifest.json").is_file():
            record = make_copy(Path(target), None, wanted)
        elif package is None:
            raise ConfigError(f"which package of {target} is not said", next_step="Give --package ID.")
        else:
            store = open_store(target, must_exist=True)
            held = held_package(store, package)
            record = copy_of_held(acting_on(store, held, by=by, fixed_time=fixed_time), held, wanted)
    if as_json:
        show_json(record)
        return
    restricted = sum(record["restricted"].values())
    show(one_line(f"{to}: {record['rows']['posts']} posts and {record['rows']['comments']} comments of "
                  f"{record['source']['package']}, {record['pseudonyms']['people']} people pseudonymised, "
                  f"{restricted} restricted items left out"))  # fmt: skip
