"""Removed items: the register, what packages show as hidden or removed, and what vanished without an entry."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Query as Asking

from urval.reading_room.concealing import covers_entry
from urval.reading_room.faults import PageError
from urval.reading_room.gone import unregistered
from urval.reading_room.index import Hit, Query
from urval.reading_room.pages import AskedHere, Pages, View
from urval.reading_room.register import Place, places, read_entry
from urval.reading_room.room import Here
from urval.removals import Reason, thread_id_of
from urval.verify.report import shown

pages = Pages()
_SHOWN = 50  # of each list on one page
_LONGEST = 400  # characters of a text in a list
Month = Annotated[str, Asking(pattern=r"^((19|20|21)[0-9]{2}-(0[1-9]|1[0-2]))?$")]
Account = Annotated[str, Asking(pattern=r"^([A-Za-z0-9][A-Za-z0-9._-]{0,199})?$")]
ReasonAsked = Annotated[Reason | Literal[""], Asking()]
Kind = Annotated[Literal["post", "comment", ""], Asking()]
Page = Annotated[int, Asking(ge=1, le=100_000)]
After = Annotated[int | None, Asking(ge=0, le=2**63 - 1)]
_MOST_VANISHED = 200  # lines


class _Asked(NamedTuple):
    month: str
    account: str
    kind: Literal["post", "comment", ""]
    after: int | None


class ThreadPlace(View):
    """A thread in a package; ``row`` is that of a comment, from 0."""

    archive: str
    package_id: str
    number: int
    row: int | None = None


class EntryLine(View):
    """One entry of the register; ``day`` is the local day of the removal. ``hidden``: it is restricted by decision.

    ``problem`` (in English) says why it cannot be shown. ``packaged`` is its thread in a package, where there is one.
    """

    archive: str
    account: str
    entry: str
    day: str
    kind: str = ""
    reason: str = ""
    reason_words: str = ""
    text: str = ""
    removed_by: str = ""
    case: str = ""
    files: int = 0
    packaged: ThreadPlace | None = None
    hidden: bool = False
    problem: str = ""


class ShownLine(View):
    """A post or comment that a package shows as hidden or removed; ``created_at`` is when it was written."""

    account: str
    kind: str
    visibility: str
    created_at: datetime
    author: str
    text: str
    place: ThreadPlace
    hidden: bool


class VanishedLine(View):
    """A post or comment that looks missed, without an entry. ``confirmed``: on two days, or by the platform's word."""

    archive: str
    account: str
    period: str
    what: str
    id: str
    since: str
    days: int
    confirmed: bool
    thread: ThreadPlace | None
    hidden: bool


class ReasonChoice(View):
    """A reason that can be chosen."""

    code: str
    words: str


class RemovedView(View):
    """What was removed, as asked for. ``more`` is the last id of this page of ``shown``, where there are further ones.

    ``problems`` (in English) are of observations that cannot be read.
    """

    month: str
    account: str
    reason: str
    kind: str
    accounts: list[str]
    reasons: list[ReasonChoice]
    entries: list[EntryLine]
    all_entries: int
    shown: list[ShownLine]
    more: int | None
    vanished: list[VanishedLine]
    problems: list[str]
    page: int
    pages: int


@pages.page("/removed", name="removed", template="removed.html")
def removed(
    here: AskedHere, month: Month = "", account: Account = "", reason: ReasonAsked = "", kind: Kind = "",
    page: Page = 1, after: After = None,
) -> RemovedView:  # fmt: skip
    """Tell what was removed: by the register, by what packages show, and what vanished without an entry."""
    known = places(here.room.store)
    chosen = [one for one in known if account in {"", one.account} and one.entry.startswith(month)]
    lines = [_entry(here, one) for one in chosen] if reason or kind else None
    fits = None if lines is None else [one for one in lines if reason in {"", one.reason} and kind in {"", one.kind}]
    count = len(chosen) if fits is None else len(fits)
    part = slice((page - 1) * _SHOWN, page * _SHOWN)
    hits, more = ([], None) if reason else _shown(here, _Asked(month, account, kind, after))
    vanished, problems = ([], []) if reason else _vanished(here, _Asked(month, account, kind, None))
    return RemovedView(
        month=month, account=account, reason=reason, kind=kind, entries=[_entry(here, one) for one in chosen[part]]
        if fits is None else fits[part], all_entries=count, shown=hits, more=more, vanished=vanished,
        accounts=sorted({one.account for one in known} | {one.account for one in here.room.index.packages()}),
        reasons=[ReasonChoice(code=one, words=one.words(here.language)) for one in Reason],
        problems=[shown(one) for one in problems], page=page, pages=max(1, -(-count // _SHOWN)),
    )  # fmt: skip


def _entry(here: Here, place: Place) -> EntryLine:
    line = EntryLine(archive=place.archive, account=place.account, entry=place.entry, day=place.entry[:10])
    try:
        entry = read_entry(here.room.store, place)
    except PageError as error:
        return line.model_copy(update={"problem": shown(error.message)})
    if covers_entry(here.room.restrictions.of(place.archive, place.account), entry):
        if not here.visitor.sees_restricted:
            return line.model_copy(update={"entry": "", "day": "", "hidden": True})
        here.log_restricted(f"entry {entry.id} of the register of {place.archive}/{place.account}")
    return line.model_copy(update={
        "kind": entry.kind, "reason": str(entry.reason), "reason_words": entry.reason.words(here.language),
        "text": _cut(entry.text), "removed_by": entry.removed_by, "case": entry.case or "", "files": len(entry.files),
        "packaged": thread_place(here, place.archive, place.account, thread_id_of(entry)),
    })  # fmt: skip


def thread_place(here: Here, archive: str, account: str, thread_id: str) -> ThreadPlace | None:
    """Return where a thread is in the newest package that holds it."""
    for one in reversed(here.room.index.packages(archive=archive, account=account)):
        found = here.room.index.thread_of(one.no, thread_id)
        if found is not None:
            return ThreadPlace(archive=archive, package_id=one.package_id, number=found.number)
    return None


def _shown(here: Here, asked: _Asked) -> tuple[list[ShownLine], int | None]:
    since, before = _span(asked.month, here.room.settings.timezone)
    found = here.room.index.search(Query(
        account=asked.account, since=since, before=before, after=asked.after, most=_SHOWN, removed=True,
        kind=asked.kind or None, restricted=here.visitor.sees_restricted,
    ))  # fmt: skip
    hits = [one for one in found.hits if one.kind != "version" and not one.thread_id.startswith("removal:")]
    lines, secret = [], False
    for hit in hits:
        covered = here.room.restrictions.of(hit.archive, hit.account).covers(hit.item_id, hit.thread_id)
        secret = secret or covered
        lines.append(_line(hit, hidden=covered and not here.visitor.sees_restricted))
    if secret and here.visitor.sees_restricted:
        here.log_restricted("removed items that are restricted, in a list")
    return lines, found.next.after if found.next else None


def _line(hit: Hit, *, hidden: bool) -> ShownLine:
    place = ThreadPlace(archive=hit.archive, package_id=hit.package_id, number=hit.thread, row=hit.row)
    return ShownLine(
        account=hit.account, kind=hit.kind, visibility="" if hidden else _how(hit), created_at=hit.created_at,
        author="" if hidden else hit.author or "", text="" if hidden else _cut(hit.text), place=place, hidden=hidden,
    )  # fmt: skip


def _how(hit: Hit) -> str:
    """Return how it is not shown; what the platform shows and the account hides is ``hidden``."""
    return "hidden" if hit.visibility == "visible" else hit.visibility


def _vanished(here: Here, asked: _Asked) -> tuple[list[VanishedLine], list[str]]:
    found, problems = unregistered(here.room, account=asked.account or None)
    lines = []
    for one in found:
        missing = one.vanished.missing
        restricted = here.room.restrictions.of(one.archive, one.account)
        if not one.vanished.since.startswith(asked.month) or asked.kind not in {"", missing.what}:
            continue
        covered = restricted.covers(missing.id, missing.thread)
        if covered and here.visitor.sees_restricted:
            here.log_restricted(f"item {missing.id} of {one.archive}/{one.account}, which vanished")
        hidden = covered and not here.visitor.sees_restricted
        lines.append(VanishedLine(
            archive=one.archive, account=one.account, period=one.period, what=missing.what,
            id="" if hidden else missing.id, since=one.vanished.since, days=one.vanished.days,
            confirmed=one.vanished.confirmed, hidden=hidden,
            thread=None if hidden else thread_place(here, one.archive, one.account, missing.thread),
        ))  # fmt: skip
    return lines[:_MOST_VANISHED], problems


def _span(month: str, timezone: str) -> tuple[datetime | None, datetime | None]:
    """Return the local beginning of a month and of the next one; None for both where no month is asked for."""
    if not month:
        return None, None
    zone, first = ZoneInfo(timezone), date.fromisoformat(f"{month}-01")
    last = first + timedelta(days=monthrange(first.year, first.month)[1])
    return tuple(datetime.combine(day, time(), zone) for day in (first, last))  # type: ignore[return-value]


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
