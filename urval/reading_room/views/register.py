"""Registering what was removed: the intake form, and what became of it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, File, Form, Query, UploadFile
from pydantic import Field

from urval.errors import ConfigError
from urval.reading_room.access import Role
from urval.reading_room.desk import Desk, RegisterAccount
from urval.reading_room.faults import BadRequestError, NotHereError
from urval.reading_room.intake import MOST_BYTES, MOST_FILE, MOST_FILES, SentFile, Typed, checked
from urval.reading_room.pages import AskedHere, Pages, Shown, Slug, Target, View
from urval.reading_room.room import Here
from urval.reading_room.views.reviews import desk_of
from urval.removals import Reason, Removal, thread_id_of
from urval.store import read_removals

pages = Pages()
Short = Annotated[str, Query(max_length=2_000)]


class RegisterView(View):
    """The form: the accounts it can be for, the reasons in words, what was typed, and the faults by field.

    ``desk`` is false where the room was started without an archive spec. ``message`` is what the register itself
    refused, ``files_again`` that files were sent and must be chosen again. ``limit`` is in bytes.
    """

    desk: bool
    accounts: list[RegisterAccount]
    reasons: list[tuple[str, str]]
    typed: Typed
    faults: dict[str, str] = Field(default_factory=dict)
    message: str = ""
    next_step: str = ""
    files_again: bool = False
    most_files: int = MOST_FILES
    most_bytes: int = MOST_BYTES


class EntryLine(View):
    """An entry of the register, shortly. Its removal is local to ``timezone``."""

    id: str
    kind: str
    reason: str
    text: str
    removed_at: datetime
    removed_by: str
    link: str


class RegisteredView(View):
    """What became of an intake: the entry, whether it stood there before, and what seems to be of the same item.

    ``last``: the account had its last capture, so no package will hold the entry.
    """

    archive: str
    account: str
    entry: EntryLine
    files: int
    before: bool
    last: bool
    alike: list[EntryLine]


@pages.page("/removed/register", name="register", template="register.html")
def register(
    here: AskedHere, account: Short = "", kind: Short = "comment", link: Short = "", item: Short = "",
    on_post: Short = "",
) -> RegisterView:  # fmt: skip
    """Show the form, with what is known: the account (``archive/account``), and what vanished."""
    here.require(Role.ARCHIVIST)
    known = {"account": account, "kind": kind, "link": link, "item": item, "on_post": on_post}
    return _form(here, Typed(**known, removed_by=here.visitor.name))


def _form(here: Here, typed: Typed, **more: Any) -> RegisterView:
    desk = here.room.services.desk
    return RegisterView(
        desk=desk is not None,
        accounts=_accounts(desk) if desk else [],
        reasons=[(str(reason), reason.words(here.language)) for reason in Reason],
        typed=typed,
        **more,
    )


def _accounts(desk: Desk) -> list[RegisterAccount]:
    """Return the accounts, the limit of each also the room's own."""
    return [replace(one, limit=min(one.limit, MOST_FILE)) for one in desk.accounts()]


Text = Annotated[str, Form()]


def asked_typed(
    account: Text = "", link: Text = "", reason: Text = "", removed_by: Text = "", removed_at: Text = "",
    removed_fold: Text = "", text: Text = "", published_at: Text = "", published_fold: Text = "",
    kind: Text = "comment", author: Text = "", on_post: Text = "", item: Text = "", case: Text = "",
    police: Text = "", note: Text = "", saved: Text = "after",
) -> Typed:  # fmt: skip
    """Return what was typed."""
    return Typed(**locals())


@pages.act("/removed/register", name="register_enter", role=Role.ARCHIVIST, most_bytes=MOST_BYTES)
def register_enter(
    here: AskedHere, typed: Annotated[Typed, Depends(asked_typed)],
    screenshots: Annotated[list[UploadFile] | None, File()] = None,
) -> Target | Shown:  # fmt: skip
    """Take an entry in, or show the form again with what is wrong with it."""
    desk = desk_of(here)
    if not here.visitor.name.strip():
        raise BadRequestError(
            "nobody is named as the one who registers", next_step="Start the reading room with your name: --by NAME"
        )
    account = next((one for one in _accounts(desk) if f"{one.archive}/{one.account}" == typed.account), None)
    files = _sent(screenshots or [], account.limit if account else 0)
    found = checked(typed, files, account, now=datetime.now(UTC))
    if found.faults or account is None:
        status = 413 if found.faults.get("screenshots") == "too_large" else 400
        return Shown("register", _form(here, typed, faults=found.faults, files_again=bool(files)), status)
    try:
        made = desk.register(account.archive, account.account, found.draft, found.files, here.visitor.name)
    except ConfigError as error:
        said = {"message": error.message, "next_step": error.next_step, "files_again": bool(files)}
        return Shown("register", _form(here, typed, **said), 400)
    query = {"before": None if made.new else 1, "last": 1 if made.last else None, "alike": ",".join(made.alike)}
    at = {"archive": account.archive, "account": account.account, "entry": made.entry}
    return Target("registered", at | {key: value for key, value in query.items() if value})


def _sent(uploads: list[UploadFile], limit: int) -> list[SentFile]:
    """Return what was sent; of what is too large, as many bytes as show that it is."""
    chosen = [one for one in uploads if one.filename or one.size][: MOST_FILES + 1]
    return [SentFile(one.filename or "", one.file.read(limit + 1)) for one in chosen]


@pages.page("/removed/register/{archive}/{account}/{entry}", name="registered", template="registered.html")
def registered(
    here: AskedHere, archive: Slug, account: Slug, entry: Slug, alike: str = "", *, before: bool = False,
    last: bool = False,
) -> RegisteredView:  # fmt: skip
    """Say what became of an intake."""
    here.require(Role.ARCHIVIST)
    entries = {one.id: one for one in read_removals(here.room.store, archive, account)}
    if entry not in entries:
        raise NotHereError(f"the register holds no entry {entry} of {account}")
    covered = here.room.restrictions.of(archive, account)
    if any(covered.covers(thread_id_of(entries[one])) for one in {entry, *alike.split(",")} & set(entries)):
        here.log_restricted(f"register of {account}: {entry}")
    others = [one for one in alike.split(",") if one in entries and one != entry]
    return RegisteredView(
        archive=archive, account=account, entry=_line(here, entries[entry]), files=len(entries[entry].files),
        before=before, last=last, alike=[_line(here, entries[one]) for one in others],
    )  # fmt: skip


def _line(here: Here, one: Removal) -> EntryLine:
    return EntryLine(
        id=one.id, kind=one.kind, reason=one.reason.words(here.language), text=" ".join(one.text.split())[:300],
        removed_at=one.removed_at, removed_by=one.removed_by, link=one.link,
    )  # fmt: skip
