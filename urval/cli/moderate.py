"""``urval moderate``: the register of what the body removed, and what vanished without an entry in it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - Typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from urval.cli.archive import FixedTime, Json, Spec, StoreUri  # noqa: TC001 - Typer reads the annotations
from urval.cli.output import language, show, show_json, tell_progress
from urval.errors import ConfigError, UrvalError

if TYPE_CHECKING:
    from flows.vanished import Look, Row
    from urval.removals import Removal
    from urval.store import Store

app = typer.Typer(no_args_is_help=True, help="Register what the body removes, and find what vanished without an entry.")
Account = Annotated[str, typer.Option("--account", help="The account it was removed from.", show_default=False)]
_REASONS = (
    "defamation, agitation, sexism, violence, incitement, copyright, personal_data, obscenity, spam, commerce, "
    "off_topic or other (which needs --note)."
)
_SHOWN = 60  # characters of a text in a list


def _option(name: str, words: str) -> Any:
    return typer.Option(name, help=words, show_default=False)


@app.command()
def add(
    spec: Spec,
    store: StoreUri,
    account: Account,
    link: Annotated[str, _option("--link", "The address it had.")],
    reason: Annotated[str, _option("--reason", _REASONS)],
    removed_by: Annotated[str, _option("--removed-by", "Who removed it.")],
    removed_at: Annotated[str, _option("--removed-at", "When, with time zone: 2026-09-03T14:05+02:00.")],
    text: Annotated[str | None, _option("--text", "Its text.")] = None,
    text_file: Annotated[Path | None, _option("--text-file", "A file with its text, in UTF-8.")] = None,
    screenshot: Annotated[
        list[Path] | None, _option("--screenshot", "A PNG, JPEG or PDF that shows it; may be given again.")
    ] = None,
    published_at: Annotated[str | None, _option("--published-at", "When it was published.")] = None,
    kind: Annotated[str, typer.Option("--kind", help="post or comment.")] = "comment",
    author: Annotated[str | None, _option("--author", "Who wrote it, as the platform showed it.")] = None,
    on_post: Annotated[str | None, _option("--on-post", "Id or address of the post it stood under.")] = None,
    item: Annotated[str | None, _option("--item", "The platform's id of it.")] = None,
    case: Annotated[str | None, _option("--case", "The case number (diarienummer).")] = None,
    police: Annotated[str | None, _option("--police", "Reference of the report to the police.")] = None,
    note: Annotated[str | None, _option("--note", "What else is to be known.")] = None,
    registered_by: Annotated[str, _option("--registered-by", "Who enters it; else the user's name.")] = "",
    fixed_time: FixedTime = None,
    *,
    before: Annotated[bool, typer.Option("--before/--after", help="Saved before or after it was removed.")] = False,
    as_json: Json = False,
) -> None:
    """Take in what was removed, or is about to be; it becomes a thread of the account's next package."""
    from flows.moderation import enter, had_its_last_capture, open_register
    from urval.removals import Draft

    draft = Draft(
        link=link, reason=reason, removed_by=removed_by, removed_at=removed_at, text=_text(text, text_file),
        published_at=published_at, kind=kind, author=author, on_post=on_post, item=item, case=case, police=police,
        saved="before" if before else "after", note=note,
    )  # fmt: skip
    register = open_register(str(spec), store, fixed_time=fixed_time, actor=registered_by)
    entered = enter(register, account, draft, screenshot or [])
    if as_json:
        show_json({"id": entered.entry.id, "new": entered.new, "alike": list(entered.alike)})
        return
    told = "registered; it goes into the account's next capture" if entered.new else "registered before, nothing to do"
    if entered.new and had_its_last_capture(register, account):
        told = "registered; the account had its last capture, so no package holds it: it stands in the register"
    show(f"{account}: {entered.entry.id} {told}")
    for other in entered.alike:
        show(f"    seems to be the same item as {other}")


@app.command(name="list")
def list_entries(
    store: StoreUri,
    account: Annotated[str | None, _option("--account", "Only this account.")] = None,
    lang: Annotated[str | None, _option("--language", "sv or en.")] = None,
    *,
    as_json: Json = False,
) -> None:
    """List the entries of the register."""
    found = _entries(store, account)
    if as_json:
        show_json([entry.model_dump(mode="json") for entry in found])
        return
    if not found:
        show(f"{store} holds no entry.")
    for entry in found:
        words = entry.reason.words(language(lang))
        show(printable(f"{entry.account}  {entry.id}  {entry.kind}  {words}  {_first_words(entry)}"))


@app.command(name="show")
def show_entry(
    removal_id: Annotated[str, typer.Argument(metavar="ID", help="The entry's id.", show_default=False)],
    store: StoreUri,
    *,
    as_json: Json = False,
) -> None:
    """Show one entry of the register."""
    entry = next((one for one in _entries(store, None) if one.id == removal_id), None)
    if entry is None:
        raise ConfigError(f"{store} holds no entry {removal_id}", next_step="See urval moderate list.")
    told = entry.model_dump(mode="json")
    if as_json:
        show_json(told)
        return
    for name, value in told.items():
        if name in {"format", "files", "text"} or value is None:
            continue
        show(f"{name + ':':<15}{printable(str(value))}")
    for saved in entry.files:
        show(f"{'file:':<15}{saved.file}, {saved.bytes} bytes")
    show("text:")
    for line in entry.text.splitlines():
        show(f"    {printable(line)}")


@app.command()
def check(
    spec: Spec,
    store: StoreUri,
    account: Annotated[str, _option("--account", "The account to look at.")],
    occasion: Annotated[str | None, _option("--occasion", "The captured occasion; else the last one.")] = None,
    fixed_time: FixedTime = None,
    *,
    as_json: Json = False,
) -> None:
    """Look whether anything captured is gone, and whether it is in the register. Status 1 if not."""
    from flows.run import open_run
    from flows.vanished import last_captured, look_again
    from urval.spec import read_spec
    from urval.store import open_store

    loaded = read_spec(spec).spec
    loaded.account(account)
    chosen = occasion or last_captured(open_store(store, must_exist=True), loaded.archive.id, account)
    with tell_progress():
        look = look_again(open_run(str(spec), store, chosen, fixed_time=fixed_time), account)
    if as_json:
        show_json(_as_json(look))
    else:
        _show_look(look)
    if look.findings:
        count = len(look.findings)
        raise UrvalError(
            f"{count} {'item is' if count == 1 else 'items are'} gone from {account} without an entry in the register",
            next_step="If the body removed it, enter it: urval moderate add --item ID. What was captured is kept.",
        )


def printable(text: str) -> str:
    """Return text for a terminal: what would move the cursor or turn the line around is shown by its number."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)


def _text(text: str | None, file: Path | None) -> str:
    if file is None:
        return text or ""
    if text is not None:
        raise ConfigError("--text and --text-file are both given.", next_step="Leave one out.")
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.", next_step="Check the name.") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not in UTF-8.", next_step="Save it as UTF-8.") from error


def _entries(store_uri: str, account: str | None) -> list[Removal]:
    from urval.store import open_store, read_removals, registers

    store: Store = open_store(store_uri, must_exist=True)
    places = [place for place in registers(store) if account in {None, place[1]}]
    return [entry for place in places for entry in read_removals(store, *place)]


def _first_words(entry: Removal) -> str:
    text = " ".join(entry.text.split()) or entry.link
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


_HEADINGS = {
    "finding": "gone, and not in the register:",
    "entered": "gone, in the register:",
    "once": "missing, to be looked for again on another day:",
    "told": "gone already when it was captured; by whom is not told:",
}


def _standing(row: Row) -> str:
    if row.to_act_on:
        return "finding"
    if row.entry:
        return "entered"
    return "once" if row.since else "told"


def _show_look(look: Look) -> None:
    show(f"{look.account_id}, {look.period}: looked for {look.posts} posts and {look.comments} comments")
    for code, heading in _HEADINGS.items():
        rows = [row for row in look.rows if _standing(row) == code]
        if rows:
            show(f"  {heading}")
        for row in rows:
            show(f"    {printable(_line(row))}")
    if look.uncertain:
        show(f"  not judged, because the platform did not give it whole: {', '.join(look.uncertain[:20])}")
    if not look.kept:
        show(f"  the observation of {look.day} was kept before; this one is not stored")


def _line(row: Row) -> str:
    one = row.finding
    told = f"{one.what} {one.id}" + (f" in {one.thread_id}" if one.what == "comment" else "")
    if row.since:
        told += f", missing since {row.since}, on {row.days} day{'s' if row.days > 1 else ''}"
    if row.entry:
        told += f", entry {row.entry}"
    return f"{told}  {one.link}" if one.link else told


def _as_json(look: Look) -> dict[str, Any]:
    rows = [
        {
            "what": row.finding.what, "id": row.finding.id, "thread": row.finding.thread_id, "link": row.finding.link,
            "how": str(row.finding.how), "since": row.since or None, "days": row.days, "confirmed": row.confirmed,
            "entry": row.entry, "standing": _standing(row),
        }
        for row in look.rows
    ]  # fmt: skip
    return {
        "account": look.account_id, "period": look.period, "occasion": look.occasion, "day": look.day,
        "stored": look.kept, "posts": look.posts, "comments": look.comments, "gone": rows,
        "not_judged": list(look.uncertain),
    }  # fmt: skip
