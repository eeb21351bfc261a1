"""``urval review``: looking at what a capture proposes, changing it with reasons, approving it or sending it back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json, Spec, StoreUri, show_outcome
from urval.cli.output import language, show, show_json, tell_progress
from urval.errors import ConfigError

if TYPE_CHECKING:
    from flows.run import Run
    from urval.review import Proposal

app = typer.Typer(no_args_is_help=True, help="Review what is proposed: change, approve, send back.")


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


Account = Annotated[str, _option("--account", "The account.")]
Occasion = Annotated[str, typer.Option("--occasion", help="An occasion's id, or 'due' for the newest that has opened.")]
By = Annotated[str, _option("--by", "Who acts; else the user's name.")]
Role = Annotated[str, typer.Option("--role", help="As what.")]
Reason = Annotated[str, _option("--reason", "Why; it stands in the package.")]
Thread = Annotated[str, typer.Argument(help="The thread's id, as 'review show' lists it.", show_default=False)]
Lang = Annotated[str | None, _option("--language", "sv or en.")]


def _open(spec: Path, store: str, occasion: str, by: str, fixed_time: str | None, *, dry: bool = False) -> Run:
    from flows.run import open_run

    return open_run(str(spec), store, occasion, fixed_time=fixed_time, actor=by, dry=dry, ahead=True)


@app.command("list")
def list_waiting(spec: Spec, store: StoreUri, fixed_time: FixedTime = None, *, as_json: Json = False) -> None:
    """List what waits, and for how long."""
    from flows.waiting_reviews import waiting

    rows = waiting(str(spec), store, fixed_time=fixed_time)
    if as_json:
        show_json([row.as_json() for row in rows])
        return
    if not rows:
        show("Nothing waits for a review.")
    for row in rows:
        days = f"{row.days} day{'' if row.days == 1 else 's'}"
        needs = f"{row.approvals} of {row.persons} approvals"
        changed = f", {row.changes} changed" if row.changes else ""
        supplement = f", supplement to {row.supplements}" if row.supplements else ""
        supplement += f", correction of {row.corrects}" if row.corrects else ""
        show(f"{row.account}  {row.occasion}  {row.period}  {row.stands} for {days}, {needs}{changed}{supplement}")


@app.command("show")
def show_proposal(
    spec: Spec,
    store: StoreUri,
    account: Account,
    occasion: Occasion = "due",
    fixed_time: FixedTime = None,
    page: Annotated[Path | None, _option("--page", "Also write it as one HTML page with pictures.")] = None,
    lang: Lang = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what is proposed, and why.

    Counts by rule, completeness and gaps, what changed on the page, and every thread with its reason.
    """
    from flows.review_view import pictures_of, view_of
    from flows.reviewing import sitting
    from urval.review.page import render_page
    from urval.review.telling import Teller

    words = language(lang)
    run = _open(spec, store, occasion, "", fixed_time, dry=True)
    with sitting(run, account, whole=page is not None) as one:
        view = view_of(run, account, one, words)
        if page is not None:
            _write(page, render_page(view, pictures_of(run, account, one, view), words))
    if as_json:
        show_json(view.as_json())
    elif page is not None:
        show(str(page))
    else:
        for line in Teller(view, words).lines():
            show(line)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}", next_step="Name a file in a folder that is there."
        ) from error


@app.command()
def add(
    spec: Spec,
    store: StoreUri,
    thread: Thread,
    account: Account,
    reason: Reason,
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
) -> None:
    """Add a thread to what is proposed."""
    from flows.review_acts import change

    run = _open(spec, store, occasion, by, fixed_time)
    _tell(change(run, account, "add", thread, reason=reason, role=role), f"added {thread}")


@app.command()
def remove(
    spec: Spec,
    store: StoreUri,
    thread: Thread,
    account: Account,
    reason: Reason,
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
) -> None:
    """Take a thread out of what is proposed."""
    from flows.review_acts import change

    run = _open(spec, store, occasion, by, fixed_time)
    _tell(change(run, account, "remove", thread, reason=reason, role=role), f"took out {thread}")


def _tell(proposal: Proposal, what: str) -> None:
    counts = proposal.selection
    show(f"{what}: {counts.kept} kept, {counts.dropped} dropped, {counts.excluded} excluded")
    show(f"proposal {proposal.digest}")


@app.command()
def attach(
    spec: Spec,
    store: StoreUri,
    file: Annotated[Path, typer.Argument(help="A PNG or a PDF.", show_default=False)],
    account: Account,
    caption: Annotated[str, _option("--caption", "What it shows.")],
    taken_by: Annotated[str, _option("--taken-by", "Who took it.")],
    taken_at: Annotated[str, _option("--taken-at", "When, with time zone: 2026-11-02T09:15+01:00.")],
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
) -> None:
    """Attach a view of the layout that a person took."""
    from flows.review_acts import attach as attach_file

    run = _open(spec, store, occasion, by, fixed_time)
    made = attach_file(
        run, account, _read(file, run.loaded.spec.limits.media_bytes), caption=caption, taken_by=taken_by,
        taken_at=_moment(taken_at), role=role,
    )  # fmt: skip
    show(f"attached {file.name}, {made.mime}, {made.bytes} bytes, sha256 {made.sha256}")


def _read(file: Path, limit: int) -> bytes:
    """Return a file's bytes; of one that is too large, as many as show that it is."""
    try:
        with file.open("rb") as opened:
            return opened.read(limit + 1)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", next_step="Name a PNG or PDF file.") from error


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ConfigError(
            f"{text!r} is no time with a time zone", next_step="Write it as 2026-11-02T09:15+01:00, in --taken-at."
        )
    return moment


@app.command()
def approve(
    spec: Spec,
    store: StoreUri,
    account: Account,
    occasion: Occasion = "due",
    proposal: Annotated[
        str | None, _option("--proposal", "The digest of the proposal you looked at, or its beginning.")
    ] = None,
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Approve what is proposed, and package it.

    Where the spec demands two people, the second approval packages it.
    """
    from flows.review_acts import approve as approve_proposal
    from flows.run_manifests import close_run
    from flows.stages import outcome_dict, package_approved

    if not proposal:
        raise ConfigError(
            "which proposal was looked at is not said",
            next_step="Give --proposal with the digest that review show tells.",
        )
    run = _open(spec, store, occasion, by, fixed_time)
    started_at = run.clock()
    approved = approve_proposal(run, account, looked=proposal, role=role)
    given = len(approved.state.valid(approved.digest))
    if given < approved.persons:
        result = {"proposal": approved.digest, "approvals": given, "persons": approved.persons}
        if as_json:
            show_json(result)
        else:
            show(f"{account}: approved by {given} of {approved.persons}; another person must approve it too")
        return
    with tell_progress():
        outcome = outcome_dict(package_approved(run, account))
        close_run(run, started_at)
    if as_json:
        show_json(outcome)
    else:
        show_outcome(outcome, store)


@app.command("return")
def send_back(
    spec: Spec,
    store: StoreUri,
    account: Account,
    reason: Reason,
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
) -> None:
    """Send back what is proposed, to capture anew."""
    from flows.review_acts import send_back as send

    run = _open(spec, store, occasion, by, fixed_time)
    send(run, account, reason=reason, role=role)
    show(f"{account}: sent back")


@app.command()
def supplement(
    spec: Spec,
    store: StoreUri,
    account: Account,
    reason: Reason,
    occasion: Occasion = "due",
    by: By = "",
    role: Role = "archivist",
    fixed_time: FixedTime = None,
) -> None:
    """Open a supplement to what is packaged."""
    from flows.review_acts import supplement as open_supplement

    run = _open(spec, store, occasion, by, fixed_time)
    package = open_supplement(run, account, reason=reason, role=role)
    show(f"{account}: a supplement to {package.package_id} is open; add threads with: urval review add")
